"""What is wrong with which value, one sentence each, in the words and at the place of whoever wrote it."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pytest_llmock.config.keys import spelling
from pytest_llmock.config.resolve import Path
from pytest_llmock.config.secret import masked
from pytest_llmock.config.tree import Node, Section, Written, inside

_SHOWN_LENGTH = 60
# The user of an address up to the last "@": a password may hold slashes, and the address lack its scheme.
_USER = re.compile(r'^("[a-z]+://|"(?=.*:.*@)).*@', re.IGNORECASE)
_WHOLE = "not a whole number. Write one, such as 3."
_NUMBER = "not a number. Write one, such as 0.5."
_TRUTH = "neither true nor false. Write one of them."
_LIST = "not a list. Write one."
_SECTION = "not a section of keys. Write one."

# pydantic's names of errors, as what they say about a value.
_SENTENCES: Mapping[str, str] = {
    "int_type": _WHOLE,
    "int_parsing": _WHOLE,
    "int_parsing_size": _WHOLE,
    "int_from_float": _WHOLE,
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "decimal_type": _NUMBER,
    "decimal_parsing": _NUMBER,
    "finite_number": "not a finite number. Write one, such as 0.5.",
    "bool_type": _TRUTH,
    "bool_parsing": _TRUTH,
    "string_type": "not text. Put it in quotes.",
    "path_type": "not a path. Write it as text.",
    "literal_error": "not known. Known: {expected}.",
    "greater_than": "not more than {gt}. Write a larger number.",
    "greater_than_equal": "less than {ge}. Write a larger number.",
    "less_than_equal": "more than {le}. Write a smaller number.",
    "tuple_type": _LIST,
    "mapping_type": _SECTION,
    "dict_type": _SECTION,
    "model_type": _SECTION,
    "model_attributes_type": _SECTION,
    "value_error": "{error}",
}


@dataclass(frozen=True, slots=True)
class Flaw:
    """One refusal of the models: the path of the value, the kind of error, and its figures."""

    path: Path
    kind: str
    figures: Mapping[str, object]
    text: str


def sentence(flaw: Flaw, places: Mapping[Path, Node], hidden: frozenset[str]) -> str:
    """Place, value, and what is wrong: `a.json: Seed is "x", which is not a whole number. Write one, …`.

    Values of `hidden` fields are not quoted.
    """
    node, rest = _nearest_place(flaw.path, places)
    if flaw.kind == "missing":
        return f"{_place(node, rest[:-1])} describes an entry without a {spelling(str(rest[-1]))}. Add one."
    said = _SENTENCES[flaw.kind].format(**flaw.figures) if flaw.kind in _SENTENCES else flaw.text
    field = next((step for step in reversed(flaw.path) if isinstance(step, str)), "")
    shown = None if rest or field in hidden else _shown(node)
    return f"{_place(node, rest)} is {shown}, which is {said}" if shown else f"{_place(node, rest)} is {said}"


def _nearest_place(path: Path, places: Mapping[Path, Node]) -> tuple[Node, Path]:
    length = next(length for length in range(len(path), -1, -1) if path[:length] in places)
    return places[path[:length]], path[length:]


def _place(node: Node, rest: Sequence[str | int]) -> str:
    place = node.place
    for step in rest:
        place = f"{place}[{step}]" if isinstance(step, int) else inside(place, spelling(step))
    return place.removesuffix(":") if isinstance(node, Section) and not rest else place


def quoted(value: object) -> str:
    """The value as JSON, short and without secrets."""
    text = masked(_USER.sub(r"\1***@", json.dumps(value, ensure_ascii=False, default=str)))
    return text if len(text) <= _SHOWN_LENGTH else f"{text[:_SHOWN_LENGTH]}…"


def _shown(node: Node) -> str | None:
    """The value as it was written; None if it is none that can be shown."""
    value = node.value if isinstance(node, Written) else None
    # Text that was meant as JSON may hold a key somewhere.
    is_whole = isinstance(value, Mapping | list | tuple) or str(value).lstrip()[:1] in ("[", "{")
    return None if is_whole or value is None else quoted(value)
