"""The values of unique keys that are taken, and what a record gets instead of one.

A record that is made again gets other values from the backend; a field whose values are known, in the end the
first one that is free. What is missing or null is not compared.
"""

import sqlite3
from collections.abc import Sequence
from hashlib import sha256

from pytest_llmock.datasets.plan import Part, Plan
from pytest_llmock.datasets.records import MISSING, Missing, at, encode, with_fields
from pytest_llmock.llm import JSON
from pytest_llmock.shapes.limits import canonical
from pytest_llmock.shapes.validate import checker

_SHOWN = 20  # values that a model is told to avoid
_LONGEST = 64  # characters of a value that are kept as they are


class Keys:
    """The values that are taken, on disk: SQLite's own temporary file, which goes with the process."""

    def __init__(self, plan: Plan) -> None:
        self.fields = plan.unique
        self._plan = plan
        self._domains = {key: plan.domain(key) for key in plan.unique}
        self._cursors = dict.fromkeys(plan.unique, 0)
        self._check = checker(plan.record)
        self._db = sqlite3.connect("", isolation_level=None)
        self._db.execute("PRAGMA journal_mode=OFF")
        self._db.execute("PRAGMA cache_size=-8000")
        self._db.execute("CREATE TABLE taken (field, value, PRIMARY KEY (field, value)) WITHOUT ROWID")
        self._db.execute("BEGIN")

    def close(self) -> None:
        self._db.close()

    def take(self, record: JSON) -> str:
        """Take the record's values, or none of them and say which field has one that is taken."""
        values = [(key, text) for key in self.fields if (text := _text(at(record, key)))]
        for key, text in values:
            if self._is_taken(key, text):
                return key
        self._db.executemany("INSERT OR IGNORE INTO taken VALUES (?, ?)", values)
        return ""

    def free(self, record: JSON) -> JSON:
        """The record with the first free value in each field whose values are known and that has a taken one.

        None where there is none, or the record would not be valid with it.
        """
        found: dict[str, JSON] = {}
        for key in self.fields:
            if self._is_taken(key, _text(at(record, key))):
                domain = self._domains[key]
                value = MISSING if domain is None else self._first_free(key, domain)
                if value is MISSING:
                    return None
                found[key] = value
        changed = with_fields(record, found)
        return None if self._check(changed) else changed

    def remade(self, part: Part, place: int, taken: Sequence[JSON], variant: int) -> Part:
        """The part that makes neighbours in a batch again, from this place on; `taken` is what they were."""
        said = []
        for key in self.fields:
            avoid = [encode(value) for record in taken if (value := at(record, key)) is not MISSING]
            said.append(f'Values of "{key}" that are taken: {", ".join(avoid[:_SHOWN])}. Give others.')
        start = part.start + place
        linked = self._plan.linked(range(start, start + len(taken)), variant)
        return Part(part.batch, start, len(taken), variant, " ".join(said), part.enriched, linked)

    def _first_free(self, key: str, domain: Sequence[JSON]) -> "JSON | Missing":
        # what is taken stays taken: nobody has to look at it twice
        for place in range(self._cursors[key], len(domain)):
            if not self._is_taken(key, _text(domain[place])):
                self._cursors[key] = place
                return domain[place]
        return MISSING

    def _is_taken(self, key: str, text: str) -> bool:
        found = self._db.execute("SELECT 1 FROM taken WHERE field = ? AND value = ?", (key, text))
        return found.fetchone() is not None


def _text(value: "JSON | Missing") -> str:
    """What stands for a value; "" for none: what is missing or null is not compared."""
    if value is MISSING or value is None:
        return ""
    text = canonical(value)
    return text if len(text) <= _LONGEST else sha256(text.encode()).hexdigest()
