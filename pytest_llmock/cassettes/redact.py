"""Takes secrets out of whatever is about to be written, and finds those that are still there.

Rules: one engine for all questions, so that `survivors` finds nothing in what `text` has seen. A secret
becomes `<redacted:NAME>`; such a placeholder is never touched again, so redacting twice changes nothing. No
value shows in a repr, a message or a pickle. What is secret stands in `credentials.py`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from types import MappingProxyType
from typing import NoReturn, TypeAlias, cast

from pytest_llmock.cassettes.credentials import KNOWN, secret_values, spellings
from pytest_llmock.config.secret import masked
from pytest_llmock.errors import SettingsError
from pytest_llmock.llm import JSON

_NOTHING: Mapping[str, str] = MappingProxyType({})
_PLACEHOLDER = re.compile(r"<redacted:([A-Za-z0-9_.-]{1,200})>")
_UNNAMEABLE = re.compile(r"[^A-Za-z0-9_.-]+")
_DECLARED = re.compile(r"([A-Za-z][A-Za-z0-9_-]*)=(.*)", re.DOTALL)

# Nearly every text is found to hold no key by this: keys are long runs of characters, words are not. The
# table makes "x" of each byte that can stand in a key.
_RUN_CHARACTERS = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.~+/=-")
_RUN_TABLE = bytes(ord("x" if byte in _RUN_CHARACTERS else " ") for byte in range(256))
_RUN = b"x" * 20
_BEFORE_RUN = 16  # "Bearer ", and a break or two
_LINE_END = r"[ \t]*+(?:\r?\n[ \t]*+)++"

_LISTS = (list, tuple)  # named: a union made anew for each value costs more than asking
_NUMBERS = (int, float)

_Span: TypeAlias = tuple[int, int, str]  # where a secret begins and ends, and its name


class Redactor:
    """Replaces secrets by named placeholders; `Redactor.of` makes the one of a run."""

    __slots__ = ("_anywhere", "_by_user", "_in_runs", "_names", "_numeric", "_rules")

    def __init__(self, rules: Iterable["_Rule"]) -> None:
        self._rules = tuple(rules)
        self._names = frozenset(rule.name for rule in self._rules)
        self._by_user = tuple(rule for rule in self._rules if rule.by_user)
        self._in_runs = tuple({rule.hint: None for rule in self._rules if rule.in_run})
        self._anywhere = tuple({rule.hint: None for rule in self._rules if not rule.in_run and rule.hint})
        self._numeric = any(rule.hint.isdigit() for rule in self._rules)

    @classmethod
    def of(
        cls,
        environ: Mapping[str, str],
        *,
        secrets: Mapping[str, str] = _NOTHING,
        patterns: Sequence[str] = (),
    ) -> "Redactor":
        r"""What hides the secrets of `environ`, settings' `secrets` by name, known keys and `patterns`.

        A pattern is `NAME=REGEX` (`customer=cust-\d{6}` makes `<redacted:customer>`) or only a REGEX. Raises
        SettingsError for what is no regular expression or matches the empty text.
        """
        declared = [_declared(line) for line in patterns]
        return cls([*_value_rules(environ, secrets, declared), *_KNOWN_RULES, *declared])

    def text(self, text: str) -> str:
        """The text with a placeholder for each secret; the same object when it has none."""
        return self._redacted(text, self._live(text))

    def json(self, value: "JSON | Mapping[str, JSON]") -> JSON:
        """The value with placeholders in its texts and keys; the same object when it has no secret."""
        rules = self._live("\n".join(_texts(value, numbers=self._numeric)))
        return cast("JSON", self._clean(value, rules) if rules else value)

    def pieces(self, pieces: Sequence[str]) -> list[str]:
        """The pieces of one text without its secrets, also where several pieces make one.

        As many pieces as before: the one in which a secret begins has the placeholder, the others keep
        their own characters.
        """
        whole = "".join(pieces)
        spans = self._spans(whole, self._live(whole))
        return _dealt(whole, spans, list(accumulate(map(len, pieces)))) if spans else list(pieces)

    def survivors(self, text: str) -> tuple[str, ...]:
        """The names of secrets that stand in the text as they are, in JSON, an address or base64.

        A user's own patterns are not asked: they speak of one text, and this is a file made of many.
        """
        rules = [rule for rule in self._live(text) if not rule.by_user]
        return tuple(sorted({name for _, _, name in self._spans(text, rules)}))

    def __repr__(self) -> str:
        return f"<Redactor of {', '.join(sorted(self._names))}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("A Redactor is not pickled, so that keys stay in this process. Make one there.")

    def _live(self, text: str) -> Sequence["_Rule"]:
        """The rules that can match anything in the text: as a rule none."""
        runs = _runs(text)
        in_runs = runs and any(map(runs.__contains__, self._in_runs))
        if not (in_runs or any(map(text.__contains__, self._anywhere))):
            return self._by_user
        return [rule for rule in self._rules if rule.hint in (runs if rule.in_run else text)]

    def _redacted(self, text: str, rules: Sequence["_Rule"]) -> str:
        spans = self._spans(text, rules)
        return _dealt(text, spans, [len(text)])[0] if spans else text

    def _spans(self, text: str, rules: Sequence["_Rule"]) -> list[_Span]:
        """Where the secrets are, in order. What a find leaves on either side is searched again."""
        found: list[_Span] = []
        open_spans = self._outside_placeholders(text, rules) if rules else []
        while open_spans:
            start, end = open_spans.pop()
            part = text[start:end]
            for rule in rules:
                if spans := [(start + a, start + b) for a, b in rule.spans(part)]:
                    found += [(a, b, rule.name) for a, b in spans]
                    open_spans += _outside(spans, start, end)
                    break
        return sorted(found)

    def _outside_placeholders(self, text: str, rules: Sequence["_Rule"]) -> list[tuple[int, int]]:
        ours = [
            match.span()
            for match in _PLACEHOLDER.finditer(text)
            if match[1] in self._names or not any(rule.spans(match[1]) for rule in rules if not rule.by_user)
        ]
        return _outside(ours, 0, len(text))

    def _clean(self, value: object, rules: Sequence["_Rule"]) -> object:
        if isinstance(value, str):
            return self._redacted(value, rules)
        if isinstance(value, Mapping):
            return self._clean_members(value, rules)
        if isinstance(value, _LISTS):
            items = [self._clean(item, rules) for item in value]
            return value if _same(items, value) else items
        if isinstance(value, _NUMBERS):
            digits = str(value)
            clean = self._redacted(digits, rules)
            return value if clean is digits else clean
        return value

    def _clean_members(self, members: Mapping[object, object], rules: Sequence["_Rule"]) -> object:
        clean: dict[object, object] = {}
        for key, value in members.items():
            name = plain = self._redacted(key, rules) if isinstance(key, str) else key
            while name in clean:  # two keys with a secret each: neither member is lost
                name = f"{plain}+{len(clean)}"
            clean[name] = self._clean_member(key, value, rules)
        return members if _same(clean, members) and _same(clean.values(), members.values()) else clean

    def _clean_member(self, key: object, value: object, rules: Sequence["_Rule"]) -> object:
        """A member's value; some are known as secret by their key only, in a file as much as here."""
        clean = self._clean(value, rules)
        if not isinstance(clean, str):
            return clean
        before = f"{key}: "
        pair = self._spans(before + clean, [rule for rule in rules if rule.group])
        spans = [(start - len(before), end - len(before), name) for start, end, name in pair]
        return _dealt(clean, spans, [len(clean)])[0] if spans and spans[0][0] >= 0 else clean


class _Rule:
    """One thing to look for. A text without `hint` does not have it; a part of `form` may be the secret."""

    # No tuple or dataclass: their repr would show the value.
    __slots__ = ("by_user", "group", "hint", "in_run", "name", "regex")

    def __init__(self, name: str, form: str, *, hint: str, in_run: bool = False, group: int = 0) -> None:
        self.name, self.regex, self.hint = name, re.compile(form), hint
        self.in_run, self.by_user, self.group = in_run, not hint, group

    def spans(self, text: str) -> list[tuple[int, int]]:
        spans = (match.span(self.group) for match in self.regex.finditer(text))
        return [(start, end) for start, end in spans if start < end]


_KNOWN_RULES = tuple(
    _Rule(known.name, known.form, hint=hint, in_run=known.in_run, group=known.group)
    for known in KNOWN
    for hint in known.hints
)


def _value_rules(
    environ: Mapping[str, str], secrets: Mapping[str, str], declared: Sequence[_Rule]
) -> list[_Rule]:
    """A rule for each spelling of each secret value: a long one before any that it contains."""
    named: dict[str, str] = {}
    for value, name in secret_values(environ, secrets).items():
        for spelling in spellings(value):
            named.setdefault(spelling, _UNNAMEABLE.sub("_", name))
    names = {*named.values(), *(rule.name for rule in (*_KNOWN_RULES, *declared))}
    shown = "\n".join(f"<redacted:{name}>" for name in sorted(names))
    # a value that is part of a name everybody sees is not secret, and would be found in our own placeholders
    kept = [(spelling, name) for spelling, name in named.items() if spelling not in shown]
    return [
        _value_rule(name, spelling) for spelling, name in sorted(kept, key=lambda item: (-len(item[0]), item))
    ]


def _value_rule(name: str, spelling: str) -> _Rule:
    """A value of several lines is found however they are indented."""
    lines = [line for line in map(str.strip, re.split(r"\r?\n", spelling)) if line]
    hint = max(lines, key=len)
    in_run = len(hint) >= len(_RUN) and set(hint.encode("utf-8", "surrogatepass")) <= _RUN_CHARACTERS
    return _Rule(name, _LINE_END.join(map(re.escape, lines)), hint=hint, in_run=in_run)


def _declared(line: str) -> _Rule:
    named = _DECLARED.fullmatch(line)
    name, form = named.groups() if named else ("pattern", line)
    try:
        rule = _Rule(name, form, hint="")
    except re.error as error:
        raise SettingsError(
            f"Setting 'Redact': '{masked(line)}' is no regular expression: {error}. Write NAME=REGEX or "
            r"REGEX, and put \ before a character that stands for itself."
        ) from error
    if rule.regex.search("") is not None:
        raise SettingsError(
            f"Setting 'Redact': '{masked(line)}' also matches empty text, which is everywhere. Write + where "
            "it has * or ?."
        )
    return rule


def _runs(text: str) -> str:
    """What is written without a gap over 20 characters or more, with a little of what stands before it."""
    data = text.encode("utf-8", "surrogatepass")
    table = data.translate(_RUN_TABLE)
    runs = []
    start = table.find(_RUN)
    while start >= 0:
        end = table.find(b" ", start)
        end = len(data) if end < 0 else end
        runs.append(data[max(0, start - _BEFORE_RUN) : end])
        start = table.find(_RUN, end)
    return b"\n".join(runs).decode("latin-1")


def _outside(spans: Iterable[tuple[int, int]], start: int, end: int) -> list[tuple[int, int]]:
    """What lies between `start` and `end` and in none of the spans."""
    edges = [start, *(edge for span in spans for edge in span), end]
    return [(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if a < b]


def _dealt(text: str, spans: Sequence[_Span], ends: Sequence[int]) -> list[str]:
    """The text with placeholders at the spans, cut where its pieces end."""
    pieces: list[list[str]] = [[] for _ in ends]
    index = 0
    for start, end, shown in _segments(text, spans):
        position = start
        while position < end:
            while ends[index] <= position:
                index += 1
            stop = min(end, ends[index])
            pieces[index].append(text[position:stop] if not shown else shown if position == start else "")
            position = stop
    return ["".join(piece) for piece in pieces]


def _segments(text: str, spans: Sequence[_Span]) -> Iterator[_Span]:
    """The text from its begin to its end: a secret with its placeholder, the rest with none."""
    position = 0
    for start, end, name in spans:
        yield position, start, ""
        yield start, end, f"<redacted:{name}>"
        position = end
    yield position, len(text), ""


def _texts(value: object, *, numbers: bool) -> list[str]:
    """All texts and keys of a JSON value, and its numbers when one of the secrets is a number."""
    texts: list[str] = []
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            texts.append(item)
        elif isinstance(item, dict):  # before Mapping, which takes 20 times as long to ask for
            texts += map(str, item)
            waiting += item.values()
        elif isinstance(item, _LISTS):
            waiting += item
        elif item is None or isinstance(item, _NUMBERS):
            texts += [str(item)] if numbers else ()
        elif isinstance(item, Mapping):
            waiting.append(dict(item))
    return texts


def _same(these: Iterable[object], those: Iterable[object]) -> bool:
    return all(a is b for a, b in zip(these, those, strict=True))
