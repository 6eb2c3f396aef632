"""What is wrong with data by common sense alone: impossible dates, negative ages, prices above list price.

Every check is a row of a table: a topic, the values it speaks of, and what is wrong with one. Rules in
English choose topics ("Verify email formats") or add a check of one field ("age must be at least 18"); a
rule that is not understood changes nothing, and all topics are checked. Nothing here knows a schema:
`shapes.validate` does that.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from pytest_llmock.llm import JSON
from pytest_llmock.shapes.fields import Field, name_words, number_field, singular, text_field
from pytest_llmock.shapes.rules import FieldRule, understood
from pytest_llmock.shapes.validate import Problem

_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(?:\.[^@\s.]+)+")
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_URL = re.compile(r"(?:[a-z][a-z0-9+.-]*:/?/?[^\s/]\S*|/\S*)", re.IGNORECASE)
_DATE_LIKE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}")
_CLOCK = re.compile(
    r"([01]?\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?|[01]?\d:[0-5]\d ?[AaPp][Mm]"
)
_PLACEHOLDERS = frozenset(
    (
        *("string", "todo", "tbd", "tba", "n/a", "null", "undefined", "placeholder", "xxx", "???", "dummy"),
        *("lorem", "foo", "foobar", "asdf", "your name", "your name here", "insert text here", "sample text"),
    )
)
_TEMPLATE = re.compile(r"\{\{.*\}\}|\$\{.*\}|<[a-z][a-z _-]*>|\[(?:your|insert|name|email) ?[a-z ]*\]")
# Text that a record cannot do without.
_NEEDED = frozenset(("name", "email", "title", "id", "username"))
_DATES = frozenset(("created", "updated", "last", "birth", "hired", "expires"))
_AMOUNTS = frozenset(
    (
        "price",
        "msrp",
        "quantity",
        "subtotal",
        "tax",
        "shipping",
        "total",
        "income",
        "range:count",
        "range:views",
    )
)
_PERCENTS = frozenset(("discount", "range:percent"))
_DEEPEST = 200


class Leaf(NamedTuple):
    """A single value and what its name says; `field` is that of a number where the value is one."""

    pointer: str
    name: str
    value: JSON
    field: Field


@dataclass(frozen=True, slots=True)
class Check:
    """What can be wrong with a value of some kinds: `fails(value)`, and then `message` says how."""

    topic: str
    applies: Callable[[Leaf], bool]
    fails: Callable[[JSON], bool]
    message: str


def check_data(data: JSON, rules: Sequence[str] = ()) -> tuple[Problem, ...]:
    """Everything wrong with the data, by JSON pointer, in the data's own order; () when nothing is.

    {"email": "no-at", "age": -5} → problems at "/email" and "/age". `rules` narrow or add, see above.
    """
    chosen, added = understood(rules)
    leaves = tuple(_leaves(data, "", "", 0))
    found = [problem for leaf in leaves for problem in _of_leaf(leaf, chosen)]
    if "consistency" in chosen:
        found += [problem for record in objects(data, "", 0) for problem in _of_record(*record)]
    found += [problem for rule in added for problem in _of_rule(rule, leaves, data)]
    order = {leaf.pointer: number for number, leaf in enumerate(leaves)}
    return tuple(sorted(dict.fromkeys(found), key=lambda problem: order.get(problem.pointer, len(order))))


def _leaves(value: JSON, pointer: str, name: str, depth: int) -> Iterator[Leaf]:
    if isinstance(value, dict) and depth < _DEEPEST:
        for key, child in value.items():
            yield from _leaves(child, f"{pointer}/{_escaped(key)}", key, depth + 1)
    elif isinstance(value, list) and depth < _DEEPEST:
        for index, child in enumerate(value):
            yield from _leaves(child, f"{pointer}/{index}", name, depth + 1)
    elif not isinstance(value, (dict, list)):
        words = name_words(name)
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        field = number_field(words) if number else Field()
        yield Leaf(pointer, name, value, field if field.kind else text_field(words, ""))


def objects(value: JSON, pointer: str, depth: int = 0) -> Iterator[tuple[str, dict[str, JSON]]]:
    """Every object in the data, each before those inside it, with its pointer."""
    if isinstance(value, dict):
        yield pointer, value
    children = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, child in children:
        if depth < _DEEPEST:
            yield from objects(child, f"{pointer}/{_escaped(str(key))}", depth + 1)


def _escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")


def _of_leaf(leaf: Leaf, topics: frozenset[str]) -> Iterator[Problem]:
    for check in CHECKS:
        if check.topic in topics and check.applies(leaf) and check.fails(leaf.value):
            yield Problem(leaf.pointer, check.message.format(_shown(leaf.value)), check.topic)
            return


def _shown(value: JSON) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:60]}…"


def moment_of(value: JSON) -> datetime | None:
    """The moment of an ISO-8601 date, in UTC where it names no zone; None when it is none."""
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _is_text(kind: str) -> Callable[[Leaf], bool]:
    return lambda leaf: leaf.field == Field("text", kind) and leaf.value is not None


def _is_number(kinds: frozenset[str]) -> Callable[[Leaf], bool]:
    return lambda leaf: (
        leaf.field.kind in kinds and isinstance(leaf.value, (int, float)) and leaf.value is not True
    )


def _is_date(leaf: Leaf) -> bool:
    if not isinstance(leaf.value, str) or not leaf.value:
        return False
    if _DATE_LIKE.match(leaf.value) and leaf.field.family != "text":
        return True
    return leaf.field.family == "time" and (
        leaf.field.kind in _DATES or name_words(leaf.name)[-1] in {"at", "date"}
    )


def _is_no_date(value: JSON) -> bool:
    return moment_of(value) is None and not _CLOCK.fullmatch(str(value))


def _misses(pattern: re.Pattern[str]) -> Callable[[JSON], bool]:
    """Whether a value is not text of this pattern; an empty one is the business of another check."""
    return lambda value: value != "" and not (isinstance(value, str) and pattern.fullmatch(value))


def _is_words(leaf: Leaf) -> bool:
    return isinstance(leaf.value, str) and name_words(leaf.name)[-1:] != ("type",)


def _is_needed(leaf: Leaf) -> bool:
    return isinstance(leaf.value, str) and not _NEEDED.isdisjoint(name_words(leaf.name)[-1:])


def is_placeholder(value: JSON) -> bool:
    """Whether a text only holds the place of another: "string", "TODO", "Lorem ipsum …", "{{name}}"."""
    text = str(value).strip().lower()
    return text in _PLACEHOLDERS or text.startswith("lorem ipsum") or bool(_TEMPLATE.fullmatch(text))


def _is_counted(leaf: Leaf) -> bool:
    return isinstance(leaf.value, str) and name_words(leaf.name)[-1:] in {("age",), ("quantity",), ("qty",)}


def _is_no_number(value: JSON) -> bool:
    return not re.fullmatch(r"\s*-?\d+(\.\d+)?\s*", str(value))


def _outside(low: float, high: float) -> Callable[[JSON], bool]:
    return lambda value: isinstance(value, (int, float)) and not low <= value <= high


CHECKS: tuple[Check, ...] = (
    Check("placeholder", _is_words, is_placeholder, "is {}, a placeholder"),
    Check("empty", _is_needed, lambda value: str(value).strip() == "", "is empty"),
    Check("email", _is_text("email"), _misses(_EMAIL), "is {}, which is not an e-mail address"),
    Check("date", _is_date, _is_no_date, "is {}, which is not an ISO-8601 date that exists"),
    Check("uuid", _is_text("uuid"), _misses(_UUID), "is {}, which is not a UUID"),
    Check("url", _is_text("url"), _misses(_URL), "is {}, which is not a URL"),
    Check("age", _is_number(frozenset({"age"})), _outside(0, 130), "is {}, which is no age (0 to 130)"),
    Check("age", _is_counted, _is_no_number, "is {}, which is not a number"),
    Check("negative", _is_number(_AMOUNTS), _outside(0, float("inf")), "is {}, which is negative"),
    Check(
        "range",
        _is_number(frozenset({"discount", "range:percent"})),
        _outside(0, 100),
        "is {}, not in 0 to 100",
    ),
    Check("range", _is_number(frozenset({"latitude"})), _outside(-90, 90), "is {}, not in -90 to 90"),
    Check("range", _is_number(frozenset({"longitude"})), _outside(-180, 180), "is {}, not in -180 to 180"),
)
# What of one record comes first, by kind of time.
_ORDER = (
    ("created", "updated"),
    ("created", "last"),
    ("start", "end"),
    ("created", "shipped"),
    ("shipped", "delivered"),
    ("birth", "hired"),
    ("birth", "created"),
    ("created", "expires"),
)


def _of_record(pointer: str, record: Mapping[str, JSON]) -> Iterator[Problem]:
    """What contradicts itself in one object."""
    times: dict[str, tuple[str, datetime]] = {}
    numbers: dict[str, tuple[str, float]] = {}
    for name, value in record.items():
        moment = moment_of(value)
        if moment is not None and text_field(name_words(name), "").family == "time":
            times.setdefault(text_field(name_words(name), "").kind, (name, moment))
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            numbers.setdefault(number_field(name_words(name)).kind, (name, value))
    for first, second in _ORDER:
        if first in times and second in times and times[second][1] < times[first][1]:
            yield _contradiction(pointer, times[second][0], f"lies before '{times[first][0]}'")
    if "price" in numbers and "msrp" in numbers and numbers["msrp"][1] < numbers["price"][1]:
        yield _contradiction(pointer, numbers["msrp"][0], f"is lower than '{numbers['price'][0]}'")
    yield from _of_stock(pointer, record, numbers.get("quantity"))


def _of_stock(
    pointer: str, record: Mapping[str, JSON], quantity: tuple[str, float] | None
) -> Iterator[Problem]:
    for name, value in record.items():
        folded = "".join(name_words(name)).removeprefix("is")
        if folded == "instock" and isinstance(value, bool) and quantity and value is not (quantity[1] > 0):
            shown = str(value).lower()
            yield _contradiction(pointer, name, f"is {shown} although '{quantity[0]}' is {quantity[1]}")


def _contradiction(pointer: str, name: str, message: str) -> Problem:
    return Problem(f"{pointer}/{_escaped(name)}", message, "consistency")


def _of_rule(rule: FieldRule, leaves: Sequence[Leaf], data: JSON) -> Iterator[Problem]:
    """Where a rule about one field is broken: at the field, or where one that must be there is missing."""
    named = [leaf for leaf in leaves if _is_meant(leaf.name, rule)]
    if not named and rule.is_required and not has_field(data, rule, is_full=True):
        yield Problem(f"/{rule.name}", f"is missing ({rule.text})", "rule")
    for leaf in named:
        if not rule.holds(leaf.value):
            yield Problem(leaf.pointer, f"is {_shown(leaf.value)} ({rule.text})", "rule")


def _is_meant(name: str, rule: FieldRule) -> bool:
    """Whether a field is the rule's; "emails are required" speaks of each record's email."""
    return "".join(name_words(name)) in {rule.field, singular(rule.field)}


def has_field(data: JSON, rule: FieldRule, *, is_full: bool = False) -> bool:
    """Whether anything in the data is the field of the rule, and `is_full` of something."""
    fields = (field for _, record in objects(data, "") for field in record.items())
    return any(_is_meant(name, rule) and bool(value or not is_full) for name, value in fields)
