"""What changes in a request from run to run, and the placeholders that stand for it while two are compared.

Built in: UUIDs, dates and times, epoch seconds and milliseconds, temporary paths, ports of this machine. A
user's own patterns come first. Text is brought into Unicode form NFC as well. Never touched are operation,
backend, model, method, numbers of records, and sampling.

A value that names a thing keeps its number, `<uuid:1>` for the first and `<uuid:2>` for another, so that one
id asked for twice never matches two different ones. A moment has no number: whether two of them fall into the
same second is chance.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from pytest_llmock.cassettes.interaction import Request
from pytest_llmock.errors import SettingsError
from pytest_llmock.llm import JSON

_FIXED = frozenset(
    {"operation", "backend", "model", "method", "sampling", "count", "start", "total", "variant"}
)
_DECLARED = re.compile(r"([A-Za-z][A-Za-z0-9_-]*)=(.*)", re.DOTALL)

# Each expression is linear: it begins at one place of a word only, and no two neighbours in it take the same
# character (possessive `++` says where giving back is pointless). It also begins with the characters that it
# can begin with, and looks back after the first: that alone makes it ten times faster on prose.
_NAME = r"[^\s/\\\"'`<>|,;:()\[\]{}=]++"
_SLASH = r"[/\\]{1,3}"
_PYTEST = rf"pytest-of-{_NAME}{_SLASH}pytest-\d++(?:{_SLASH}popen-gw\d++)?(?:{_SLASH}{_NAME}(?<=\d))?"
_LOCAL = rf"{_SLASH}Users{_SLASH}{_NAME}{_SLASH}AppData{_SLASH}Local{_SLASH}Temp{_SLASH}{_NAME}"
_HEX = "[0-9a-fA-F]"
_SECOND = r":[0-5]\d(?:[.,]\d{1,9})?"
_ZONE = r"(?:Z| ?UTC| ?[+-](?:0\d|1[0-4]):?[0-5]\d)?"
_CLOCK = rf"[0-5]\d(?:{_SECOND})?{_ZONE}"
_DAY = r"(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"
# a name, the words one of which a text has that is worth searching, and the expressions
_BUILT_IN = tuple(
    (name, words, tuple(re.compile(form) for form in forms))
    for name, words, *forms in (
        # only the directory that was made for this run: the names below it stay
        (
            "path",
            ("pytest-of-",),
            rf"(?<![^\s\"'`<>|,;:()\[\]{{}}=])(?:[A-Za-z]:)?(?:{_SLASH}{_NAME})*?{_SLASH}{_PYTEST}",
        ),
        (
            "path",
            ("/tmp/", "/var/folders/", "AppData"),  # noqa: S108 - sought in texts, never opened
            rf"/(?<![\w.~-]/)(?:private/)?(?:tmp|var/tmp|var/folders/{_NAME}/{_NAME}/T)/{_NAME}",
            rf"[A-Za-z](?<!\w\w):{_LOCAL}",
        ),
        ("uuid", ("-",), rf"{_HEX}(?<!{_HEX}{_HEX}){_HEX}{{7}}-(?:{_HEX}{{4}}-){{3}}{_HEX}{{12}}(?!{_HEX})"),
        (
            "time",
            ("-", ":", "T"),
            rf"[12](?<!\d\d)[09]\d\d-{_DAY}(?:[T ][0-2]\d:{_CLOCK})?(?!\d)",
            r"2(?<!\d\d)0\d{6}T\d{6}Z?(?!\d)",
            rf"[0-2](?<![\w:.].)\d:[0-5]\d{_SECOND}{_ZONE}(?![\w:])",
        ),
        # 2017 to 2033 and standing alone: any other number of ten digits is a number
        ("epoch", ("1",), r"1(?<![\w.+-].)[5-9]\d{8}(?:\d{3}|\.\d{1,9})?(?![\w-]|\.\d)"),
        (
            "port",
            ("localhost:", "127.0.0.1:", "0.0.0.0:", "[::1]:"),
            r"\d(?:(?<=localhost:\d)|(?<=127\.0\.0\.1:\d)|(?<=0\.0\.0\.0:\d)|(?<=\[::1\]:\d))\d{1,4}(?!\d)",
        ),
    )
)
_MOMENTS = frozenset({"time", "epoch"})
_EPOCHS = ((1_500_000_000, 2_000_000_000), (1_500_000_000_000, 2_000_000_000_000))


@dataclass(frozen=True, slots=True)
class Pattern:
    """What a user declared as changing from run to run: `<name:1>` stands for it, or `<…>` for a bare one."""

    name: str
    regex: re.Pattern[str]


def patterns_of(declared: Iterable[str]) -> tuple[Pattern, ...]:
    r"""The patterns of the setting `Normalise`: `order=ord_\w+` or only `took \d+ ms`.

    What a named one matches is numbered by its value; what a bare one matches does not count at all. Raises
    SettingsError for what is no regular expression or matches the empty text.
    """
    return tuple(_pattern(line) for line in declared)


def _pattern(line: str) -> Pattern:
    named = _DECLARED.fullmatch(line)
    name, text = named.groups() if named else ("", line)
    try:
        regex = re.compile(text)
    except re.error as error:
        raise SettingsError(
            f"Setting 'Normalise': '{line}' is no regular expression: {error}. Write NAME=REGEX or "
            r"REGEX, and put \ before a character that stands for itself."
        ) from error
    if regex.search("") is not None:
        raise SettingsError(
            f"Setting 'Normalise': '{line}' also matches empty text, which is everywhere. Write + where it "
            "has * or ?."
        )
    return Pattern(name, regex)


def normalised(request: Request, patterns: tuple[Pattern, ...] = ()) -> dict[str, JSON]:
    """The request with a placeholder for each value that changes from run to run."""
    placeholders = _Placeholders(patterns)
    # sorted: the numbers follow the order of appearance, and the order of keys means nothing
    return {key: value if key in _FIXED else placeholders.of(value) for key, value in sorted(request.items())}


class _Placeholders:
    """The placeholders of one request, by the values that they stand for."""

    def __init__(self, patterns: tuple[Pattern, ...]) -> None:
        self._patterns = patterns
        self._known: dict[str, dict[str, str]] = {}

    def of(self, value: JSON) -> JSON:
        """The value with its placeholders; keys stay as they are."""
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, dict):
            return {key: self.of(item) for key, item in sorted(value.items())}
        if isinstance(value, list):
            return [self.of(item) for item in value]
        return "<epoch>" if _is_epoch(value) else value

    def _text(self, text: str) -> str:
        for pattern in self._patterns:
            text = self._replaced(text, pattern.name, pattern.regex)
        for name, words, forms in _BUILT_IN:
            if any(word in text for word in words):
                for form in forms:
                    text = self._replaced(text, name, form)
        return unicodedata.normalize("NFC", text)

    def _replaced(self, text: str, name: str, regex: re.Pattern[str]) -> str:
        return regex.sub(lambda found: self._placeholder(name, found[0]), text)

    def _placeholder(self, name: str, value: str) -> str:
        if not name or name in _MOMENTS:
            return f"<{name or '…'}>"
        known = self._known.setdefault(name, {})
        return known.setdefault(value, f"<{name}:{len(known) + 1}>")


def _is_epoch(value: JSON) -> bool:
    return isinstance(value, int | float) and any(low <= value < high for low, high in _EPOCHS)
