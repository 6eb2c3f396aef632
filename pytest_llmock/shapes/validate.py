"""Every problem of a value, by JSON pointer; the only module that knows the validator.

Rules: a validator is compiled once for each schema; nothing is ever fetched; formats are asserted, not
just noted; patterns run in linear time or within a bounded number of steps. A problem's text is ours, so
it is the same with every version of the validator, and never longer than a line.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import islice
from typing import Any, NoReturn, TypeAlias

from jsonschema_rs import Draft202012Validator, FancyRegexOptions, ValidationError

from pytest_llmock.errors import ShapeError, nearest
from pytest_llmock.llm import JSON
from pytest_llmock.shapes.limits import JSONTextError, freeze, thaw
from pytest_llmock.shapes.schema import JSON_TYPES

SHOWN_CHARACTERS = 60  # of a value or a pattern
SHOWN_MESSAGE = 300
# Compiling a pattern costs up to its compiled size (1 MB: a few milliseconds), matching with look-around up
# to this many steps (a tenth of a second); patterns without look-around are linear anyway.
_PATTERNS = FancyRegexOptions(size_limit=1_000_000, backtrack_limit=100_000)

_Path = tuple[str | int, ...]
_GUESSES = 50  # of places that the validator may mean


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong at one place: "/users/0/age", "is 'abc', which is not of type integer", "type".

    `pointer` is a JSON pointer (RFC 6901) into the value, "" for its root; `rule` the schema's keyword. What
    is missing is a problem of the object that lacks it; what is not expected, of the thing itself.
    """

    pointer: str
    message: str
    rule: str


Check: TypeAlias = Callable[[JSON], tuple[Problem, ...]]


def problems(schema: Mapping[str, JSON], value: JSON) -> tuple[Problem, ...]:
    """Every problem of the value, in the order in which a reader meets them in it; () when it is valid.

    Raises ShapeError when the schema itself is not valid.
    """
    return _problems_by(_validator(_frozen(schema)), value)


def checker(schema: Mapping[str, JSON]) -> Check:
    """`problems` of one schema, for many values: compiled now, whatever becomes of the schema.

    Raises ShapeError when the schema itself is not valid.
    """
    return partial(_problems_by, _validator(_frozen(schema)))


def accepter(schema: Mapping[str, JSON]) -> Callable[[JSON], bool]:
    """Whether a value is valid, for many values of one schema: a tenth of the time that its problems take.

    Raises ShapeError when the schema itself is not valid.
    """
    return partial(_accepts, _validator(_frozen(schema)))


def _accepts(validator: Draft202012Validator, value: JSON) -> bool:
    try:
        return validator.is_valid(value)
    except ValueError:  # not JSON
        return False


def _problems_by(validator: Draft202012Validator, value: JSON) -> tuple[Problem, ...]:
    try:
        if validator.is_valid(value):
            return ()
        errors = list(validator.iter_errors(value))
    except ValueError as error:
        return (Problem("", _short(f"is not JSON: {error}", SHOWN_MESSAGE), "json"),)
    found = [problem for error in errors for problem in _problems(error, value)]
    found.sort(key=_Order(value))
    return tuple(Problem(_pointer(path), _short(text, SHOWN_MESSAGE), rule) for path, text, rule in found)


def check_schema(schema: Mapping[str, JSON]) -> None:
    """Raises ShapeError, with the pointer of the fault, when the schema is not valid."""
    _validator(_frozen(schema))


def _frozen(schema: Mapping[str, JSON]) -> bytes:
    try:
        return freeze(schema if isinstance(schema, dict) else dict(schema))
    except JSONTextError as error:
        raise ShapeError(f"The JSON Schema is not JSON: {error}.") from None


@lru_cache(maxsize=128)
def _validator(frozen: bytes) -> Draft202012Validator:
    schema: Any = thaw(frozen)  # Any: the validator's own type for a schema is not exported
    try:
        return Draft202012Validator(
            schema, validate_formats=True, retriever=_refuse, pattern_options=_PATTERNS
        )
    except ValidationError as error:
        where = _pointer(tuple(error.instance_path)) or "its root"
        message = f"The JSON Schema is not valid at {where}: {_fault(error)}"
    except ValueError as error:
        message = f"The JSON Schema is not valid: {_short(str(error), SHOWN_MESSAGE)}."
    raise ShapeError(message)


def _fault(error: ValidationError) -> str:
    word = error.instance
    if error.instance_path[-1:] == ["type"] and isinstance(word, str):
        return f"{_shown(word)} is no type of JSON Schema.{nearest(word[:SHOWN_CHARACTERS], JSON_TYPES)}"
    return f"{_short(error.message, SHOWN_MESSAGE)}."


def _refuse(uri: str) -> NoReturn:
    message = f"nothing is fetched, not even {uri[:SHOWN_CHARACTERS]}"
    raise LookupError(message)


_Found = tuple[_Path, str, str]


def _problems(error: ValidationError, value: JSON) -> Iterator[_Found]:
    kind: Any = error.kind  # Any: each kind of error has its own attributes
    path = _path(error, value)
    if kind.name in {"additionalProperties", "unevaluatedProperties"}:
        for name in kind.unexpected:
            yield (*path, name), "is not expected here", kind.name
    elif kind.name in {"anyOf", "oneOf"} and all(kind.context):
        yield from _alternatives(error, path, value)
    else:
        message = _MESSAGES.get(kind.name)
        found = _at(value, path)
        yield path, message(kind, found) if message else error.message, kind.name


def _alternatives(error: ValidationError, path: _Path, value: JSON) -> Iterator[_Found]:
    """The problems of the one alternative that was meant, or one problem that names what was allowed.

    Not meant are alternatives of another type, or with another constant in a property (a discriminator).
    """
    kind: Any = error.kind  # Any: each kind has attributes of its own
    branches: list[list[ValidationError]] = kind.context
    depth = len(error.instance_path)
    meant = [branch for branch in branches if not any(_rules_out(each, depth) for each in branch)]
    if len(meant) == 1:
        for each in meant[0]:
            yield from _problems(each, value)
        return
    if told := _told_of_all(branches, path, value):
        yield told
        return
    found = _shown(_at(value, path))
    types = [name for branch in branches for each in branch for name in getattr(each.kind, "types", ())]
    if all(len(branch) == 1 and branch[0].kind.name == "type" for branch in branches):
        yield path, f"is {found}, which is not of type {' or '.join(dict.fromkeys(types))}", kind.name
    else:
        yield path, f"is {found}, which matches none of {len(branches)} alternatives", kind.name


def _told_of_all(branches: list[list[ValidationError]], path: _Path, value: JSON) -> _Found | None:
    """The one problem that all alternatives have, in the property that tells them apart: "cow" is none."""
    faults = [[(_path(each, value), each.kind) for each in branch] for branch in branches]
    lacks = [{_lacking(kind) for at, kind in found if at == path} for found in faults]
    if lacking := sorted(set.intersection(*lacks) - {""}):
        return path, f"has no {_shown(lacking[0])}, which is required", "required"
    tells = [{at: _allowed(kind) for at, kind in found if len(at) == len(path) + 1} for found in faults]
    for at in tells[0]:
        options = [tell.get(at, ()) for tell in tells]
        if all(options):
            known = _options(list({repr(each): each for some in options for each in some}.values()))
            return at, f"is {_shown(_at(value, at))}, which is none of {known}", "enum"
    return None


def _lacking(kind: Any) -> str:  # Any: as in `_alternatives`
    return kind.property if kind.name == "required" else ""


def _allowed(kind: Any) -> Sequence[JSON]:  # Any: as in `_alternatives`
    return [kind.expected_value] if kind.name == "const" else getattr(kind, "options", ())


def _rules_out(error: ValidationError, depth: int) -> bool:
    deeper = len(error.instance_path) - depth
    return (error.kind.name, deeper) in {("type", 0), ("const", 0), ("const", 1), ("enum", 1)}


# Any: each kind has attributes of its own, and the value is what the schema says it is not.
_MESSAGES: Mapping[str, Callable[[Any, Any], str]] = {
    "type": lambda kind, value: f"is {_shown(value)}, which is not of type {' or '.join(kind.types)}",
    "enum": lambda kind, value: f"is {_shown(value)}, which is none of {_options(kind.options)}",
    "const": lambda kind, value: f"is {_shown(value)}, which is not {_shown(kind.expected_value)}",
    "format": lambda kind, value: f"is {_shown(value)}, which is not a valid {kind.format}",
    "pattern": lambda kind, value: f"is {_shown(value)}, which does not match {_shown(kind.pattern)}",
    "required": lambda kind, _: f"has no {_shown(kind.property)}, which is required",
    "minimum": lambda kind, value: f"is {_shown(value)}, less than {kind.limit}",
    "maximum": lambda kind, value: f"is {_shown(value)}, more than {kind.limit}",
    "exclusiveMinimum": lambda kind, value: f"is {_shown(value)}, not more than {kind.limit}",
    "exclusiveMaximum": lambda kind, value: f"is {_shown(value)}, not less than {kind.limit}",
    "multipleOf": lambda kind, value: f"is {_shown(value)}, which is no multiple of {kind.multiple_of}",
    "minLength": lambda kind, value: f"has {len(value)} characters, fewer than {kind.limit}",
    "maxLength": lambda kind, value: f"has {len(value)} characters, more than {kind.limit}",
    "minItems": lambda kind, value: f"has {len(value)} items, fewer than {kind.limit}",
    "maxItems": lambda kind, value: f"has {len(value)} items, more than {kind.limit}",
    "minProperties": lambda kind, value: f"has {len(value)} properties, fewer than {kind.limit}",
    "maxProperties": lambda kind, value: f"has {len(value)} properties, more than {kind.limit}",
    "uniqueItems": lambda _, value: f"is {_shown(value)}, in which items are equal",
    "contains": lambda _, value: f"is {_shown(value)}, in which no item is of the kind that must be there",
    "oneOf": lambda _, value: f"is {_shown(value)}, which matches more than one alternative",
    "falseSchema": lambda _, value: f"is {_shown(value)}, where nothing is allowed",
    "not": lambda _, value: f"is {_shown(value)}, which is what must not be here",
}


def _shown(value: JSON) -> str:
    if isinstance(value, str):
        return repr(_short(value, SHOWN_CHARACTERS))
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, (list, tuple)):
        return f"a list of {len(value)}"
    return _short(json.dumps(value), SHOWN_CHARACTERS)


def _options(options: list[JSON]) -> str:
    shown = ", ".join(_shown(option) for option in options[:10])
    return shown + (f" and {len(options) - 10} more" if len(options) > 10 else "")


def _short(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[:limit]}…"


def _path(error: ValidationError, value: JSON) -> _Path:
    """Where the error is; the validator leaves out keys that are ""."""
    steps: _Path = tuple(error.instance_path)
    paths = [*islice(_leading(steps, value), _GUESSES)]
    if len(paths) > 1:
        paths = [path for path in paths if _at(value, path) == error.instance] or paths
    return paths[0]


def _leading(steps: _Path, value: Any) -> Iterator[_Path]:  # Any: as in `_at`
    """The paths that these steps may be, the same steps first."""
    names = value if isinstance(value, dict) else range(len(value) if isinstance(value, list) else 0)
    if not steps:
        yield ()
    elif steps[0] in names:
        yield from ((steps[0], *path) for path in _leading(steps[1:], value[steps[0]]))
    if isinstance(value, dict) and "" in value:
        yield from (("", *path) for path in _leading(steps, value[""]))


def _at(value: JSON, path: _Path) -> Any:  # Any: the path comes from this very value
    found: Any = value
    for step in path:
        found = found[step]
    return found


def _pointer(path: _Path) -> str:
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in path)


class _Order:
    """Sorts problems by where a reader of the value meets them."""

    def __init__(self, value: JSON) -> None:
        self._value = value
        self._positions: dict[int, dict[str, int]] = {}

    def __call__(self, found: _Found) -> list[int]:
        value: Any = self._value  # Any: as in `_at`
        order = []
        for step in found[0]:
            order.append(step if isinstance(step, int) else self._position(value, step))
            value = value[step]
        return order

    def _position(self, value: dict[str, JSON], key: str) -> int:
        if id(value) not in self._positions:
            self._positions[id(value)] = {name: index for index, name in enumerate(value)}
        return self._positions[id(value)][key]
