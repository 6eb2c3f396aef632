"""JSON text in and out, strictly by RFC 8259, and how much of it we take.

Rules: nothing a client or a model sends may end in a stack overflow or in minutes of work, so every
limit is checked by iteration and before the expensive step. What RFC 8259 leaves open is refused rather
than guessed, because a silent guess loses data: NaN and Infinity (also by overflow, 1e999), a key that
stands twice in one object, half of a surrogate pair, text that is not UTF-8. A byte order mark is skipped.
"""

import json
import marshal
import re
from codecs import BOM_UTF8
from collections import Counter
from dataclasses import dataclass
from math import isinf

from pytest_llmock.errors import RequestError, TooLargeError
from pytest_llmock.llm import JSON


@dataclass(frozen=True, slots=True)
class Limits:
    """How deep, how many values and keys, how many bytes (of values in memory: characters) JSON may have."""

    depth: int
    nodes: int
    size: int


# The deepest published API schemas nest about 20 levels, and the largest (FHIR) have some 10,000 keywords.
SHAPE = Limits(depth=64, nodes=5_000, size=1_000_000)
# Python's own recursion limit of 1,000 leaves room for five frames a level; 10,000 records of 50 values.
DATA = Limits(depth=200, nodes=500_000, size=32_000_000)

_ESCAPED_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_ALL_BUT_QUOTES_AND_COMMAS = bytes(byte for byte in range(256) if byte not in b'",')


class JSONTextError(ValueError):
    """Text that is not RFC 8259 JSON: what is wrong, and at which character (None when only its value is)."""

    def __init__(self, problem: str, position: int | None = None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.position = position


def canonical(value: JSON) -> str:
    """The one text of a JSON value: keys sorted, no spaces, no escapes beyond what JSON asks for.

    `{"b": 1, "a": "é"}` → `{"a":"é","b":1}`. Raises ValueError for NaN and Infinity.
    """
    return _canonical(value)


def plain(value: object) -> JSON:
    """A copy of `value` in nothing but JSON's own types: tuples become lists, keys become text.

    Raises JSONTextError for what JSON cannot say, RecursionError when nested too deeply.
    """
    try:
        text = _ordered(value)
    except (TypeError, ValueError) as error:
        raise JSONTextError(str(error)) from None
    return loads(text)


def freeze(value: JSON) -> bytes:
    """Bytes that stand for exactly this JSON value, order of keys included: the key for caches; see `thaw`.

    Three times as fast as JSON text. Marshal's version 2 depends on nothing but the value, unlike later
    ones; the bytes never leave the process. Errors are those of `plain`.
    """
    try:
        return marshal.dumps(value, 2)
    except ValueError:  # a subclass of dict, list, str …, or nested too deeply for marshal
        return marshal.dumps(plain(value), 2)


def thaw(frozen: bytes) -> JSON:
    """A fresh copy of the value that was frozen."""
    value: JSON = marshal.loads(frozen)  # noqa: S302 - our own bytes of this process
    return value


def loads(text: str) -> JSON:
    """The JSON value that is all of `text`; raises JSONTextError, or RecursionError for very deep text."""
    try:
        value: JSON = _decoder.decode(text)
        if not text.isascii() or _ESCAPED_SURROGATE.search(text):
            _canonical(value).encode()
    except JSONTextError:
        raise
    except json.JSONDecodeError as error:
        raise JSONTextError(_unexpected(text, error.pos), error.pos) from None
    except UnicodeEncodeError:
        raise JSONTextError("a string holds half of a surrogate pair") from None
    except ValueError:
        raise JSONTextError("a whole number has too many digits") from None
    return value


def place(text: str, position: int) -> str:
    """Where a character is, in words: "line 2, column 7"."""
    start = text.rfind("\n", 0, position) + 1
    return f"line {text.count(chr(10), 0, position) + 1}, column {position - start + 1}"


def decode_json(data: bytes | str, *, what: str, limits: Limits = DATA) -> JSON:
    """The JSON value in `data`, which a message calls "the `what`".

    Raises TooLargeError (413) beyond the limits, before parsing where possible, and RequestError (400) with
    line and column when it is no JSON.
    """
    raw = _utf8(data, what).removeprefix(BOM_UTF8)
    if len(raw) > limits.size:
        raise TooLargeError(
            f"The {what} has {len(raw):,} bytes; the limit is {limits.size:,}. Send it in parts."
        )
    if _commas(raw, limits.nodes) > limits.nodes:
        raise _too_many(what, limits)
    try:
        text = raw.decode()
        value = loads(text)
    except UnicodeDecodeError as error:
        message = f"The {what} is not UTF-8 text: byte {raw[error.start]:#04x} at position {error.start}. "
        raise RequestError(f"{message}JSON is sent as UTF-8.") from None
    except JSONTextError as error:
        where = "" if error.position is None else f"{place(text, error.position)}: "
        raise RequestError(f"The {what} is not valid JSON: {where}{error.problem}.") from None
    except RecursionError:
        raise _too_deep(what, limits) from None
    if may_exceed(text, limits):
        check_limits(value, what=what, limits=limits)
    return value


def may_exceed(text: str, limits: Limits = DATA) -> bool:
    """Whether JSON text has brackets or commas enough to go beyond the limits; never False by mistake."""
    opened = text.count("{") + text.count("[")
    return opened > limits.depth or opened + text.count(",") >= limits.nodes


def check_limits(value: JSON, *, what: str, limits: Limits = DATA) -> None:
    """Raises TooLargeError (413) when the value is deeper, wider or longer than `limits`; never recurses."""
    level, depth, nodes, size = [value], 0, 1, 0
    while level:
        containers = [item for item in level if isinstance(item, (dict, list, tuple))]
        depth += bool(containers)
        nodes += sum(map(len, containers))
        size += sum(len(item) for item in level if isinstance(item, str))
        if depth > limits.depth:
            raise _too_deep(what, limits)
        if nodes > limits.nodes:
            raise _too_many(what, limits)
        if size > limits.size:
            raise TooLargeError(f"The {what} holds more than {limits.size:,} characters. Send it in parts.")
        level = [
            below for item in containers for below in (item.values() if isinstance(item, dict) else item)
        ]


def _too_deep(what: str, limits: Limits) -> TooLargeError:
    return TooLargeError(f"The {what} is nested deeper than {limits.depth} levels. Flatten it.")


def _too_many(what: str, limits: Limits) -> TooLargeError:
    return TooLargeError(f"The {what} holds more than {limits.nodes:,} values. Send it in parts.")


def _utf8(data: bytes | str, what: str) -> bytes:
    try:
        return data.encode() if isinstance(data, str) else data
    except UnicodeEncodeError:
        raise RequestError(f"The {what} holds half of a surrogate pair. JSON is sent as UTF-8.") from None


def _commas(raw: bytes, enough: int) -> int:
    """How many commas stand outside strings; or how many at all, where that is not more than `enough`."""
    count = raw.count(b",")
    if count <= enough:
        return count
    unescaped = raw.replace(b"\\\\", b"").replace(b'\\"', b"")
    bare = unescaped.translate(None, _ALL_BUT_QUOTES_AND_COMMAS).replace(b'""', b"")
    return sum(map(len, bare.split(b'"')[::2]))


def _unexpected(text: str, position: int) -> str:
    if position >= len(text):
        return "the text ends too early"
    return f"unexpected {text[position]!r}"


def _refuse_constant(name: str) -> JSON:
    raise JSONTextError(f"{name} is not a JSON number")


def _finite(digits: str) -> float:
    number = float(digits)
    if isinf(number):
        raise JSONTextError(f"the number {digits[:20]} is too large")
    return number


def _without_duplicates(pairs: list[tuple[str, JSON]]) -> dict[str, JSON]:
    result = dict(pairs)
    if len(result) == len(pairs):
        return result
    counts = Counter(key for key, _ in pairs)
    twice = next(key for key in counts if counts[key] > 1)
    raise JSONTextError(f"the key {twice[:40]!r} stands twice in one object")


_decoder = json.JSONDecoder(
    object_pairs_hook=_without_duplicates, parse_constant=_refuse_constant, parse_float=_finite
)
_ordered = json.JSONEncoder(ensure_ascii=False, allow_nan=False, check_circular=False).encode
_canonical = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, sort_keys=True, check_circular=False, separators=(",", ":")
).encode
