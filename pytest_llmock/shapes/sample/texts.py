"""Texts within what the schema allows.

The name of the field decides first; a text that breaks a bound is bent or drawn anew; when nothing helps,
the error says which keyword stands in the way, and where.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from pytest_llmock.shapes.fields import is_id, singular, text_field
from pytest_llmock.shapes.references import Schema, listed
from pytest_llmock.shapes.sample import times
from pytest_llmock.shapes.sample.figures import figure
from pytest_llmock.shapes.sample.kinds import KINDS, foreign, hexes, numbered, one_of, plain_words, uuid
from pytest_llmock.shapes.sample.moments import MOMENTS
from pytest_llmock.shapes.sample.patterns import matching
from pytest_llmock.shapes.sample.places import Where, impossible
from pytest_llmock.shapes.sample.prose import in_domain
from pytest_llmock.shapes.sample.schemas import patterns_of
from pytest_llmock.shapes.sample.scope import Scope, TextMaker
from pytest_llmock.shapes.validate import problems
from pytest_llmock.shapes.vocabulary.prose import PLAIN_WORDS
from pytest_llmock.shapes.vocabulary.web import PATHS

_TRIES = 40
# Where an example says which one is meant, it stays that one in every record.
_CONSTANTS = frozenset({"currency", "country", "country_code", "locale", "language", "timezone", "uom"})
_DATE_WORDS = frozenset({"date", "day", "dob", "birthday", "birth", "born", "on"})
_HUGE = 2**53
_LONGEST = 1_000_000


def text(schema: Schema, where: Where) -> TextMaker:
    """The maker of a text."""
    make = _formatted(schema, where) or _named(schema, where)
    low, high = _length(schema, "minLength", 0), _length(schema, "maxLength", _HUGE)
    patterns = patterns_of(schema)
    if low > high:
        raise impossible(where, "minLength", f"{low} is more than 'maxLength', {high}")
    if low > _LONGEST:
        raise impossible(where, "minLength", f"texts of more than {_LONGEST:,} characters are not made")
    if not patterns and low == 0 and high == _HUGE:
        return make
    format_ = str(schema.get("format", ""))
    return _Bounded(make, low, high, patterns, format_, where)


def _length(schema: Schema, keyword: str, default: int) -> int:
    value = schema.get(keyword)
    return int(value) if isinstance(value, (int, float)) else default


def _named(schema: Schema, where: Where) -> TextMaker:
    """A text by the name of its field."""
    literals = [each for each in listed(schema, "examples") if isinstance(each, str)]
    words = where.words
    if words and words[-1] in {"id", "ids"}:
        return _identifier(where)
    field = text_field(words, where.domain)
    if not field.kind:
        field = text_field((*words[:-1], singular(words[-1])), where.domain) if words else field
    if literals and (not field.kind or field.kind in _CONSTANTS):
        return one_of(literals)
    if field.family == "time":
        return _moment(field.kind, times.date if words[-1] in _DATE_WORDS else times.date_time)
    if field.family == "number":
        return _written(figure(words, where.noun, whole=False)[0])
    return in_domain(field.kind, where.domain) or KINDS.get(field.kind, plain_words)


def _identifier(where: Where) -> TextMaker:
    if is_id(where.words, where.noun):
        return numbered(singular(where.noun).lower() or "id")
    owner = "-".join(where.words[:-1])
    return foreign(owner or "id")


def _moment(kind: str, style: Callable[[int], str]) -> TextMaker:
    moment = MOMENTS[kind]
    return lambda scope: style(moment(scope))


def _written(number: Callable[[Scope], float]) -> TextMaker:
    return lambda scope: str(number(scope))


def _formatted(schema: Schema, where: Where) -> TextMaker | None:
    """A text of the schema's format; the name still chooses which one, where it fits the format."""
    format_ = str(schema.get("format", ""))
    field = text_field(where.words, where.domain)
    if format_ in _STYLES:
        return _moment(field.kind if field.family == "time" else "created", _STYLES[format_])
    if format_ in {"uri", "iri", "uri-reference", "iri-reference"} and field.kind in {"avatar", "image"}:
        return KINDS[field.kind]
    return _FORMATS.get(format_)


_STYLES: Mapping[str, Callable[[int], str]] = {
    "date-time": times.date_time,
    "date": times.date,
    "time": times.time,
    "date-time-local": lambda moment: times.date_time(moment)[:-1],
}
_FORMATS: Mapping[str, TextMaker] = {
    "email": KINDS["email"],
    "idn-email": KINDS["email"],
    "uuid": uuid,
    "uri": KINDS["url"],
    "iri": KINDS["url"],
    "uri-reference": KINDS["url"],
    "iri-reference": KINDS["url"],
    "uri-template": lambda scope: f"https://www.example.com/{one_of(PATHS)(scope)}/{{id}}",
    "hostname": lambda scope: f"host-{hexes(scope, 4)}.example.com",
    "idn-hostname": lambda scope: f"host-{hexes(scope, 4)}.example.com",
    "ipv4": KINDS["ip"],
    "ipv6": KINDS["ipv6"],
    "duration": lambda scope: f"P{1 + int(scope.random() * 30)}D",
    "json-pointer": lambda scope: f"/{one_of(PLAIN_WORDS)(scope)}/{int(scope.random() * 10)}",
    "relative-json-pointer": lambda scope: f"{int(scope.random() * 3)}/{one_of(PLAIN_WORDS)(scope)}",
    "regex": lambda scope: f"^{one_of(PLAIN_WORDS)(scope)}$",
}
# The shortest of a format, for a small `maxLength`.
_SHORT: Mapping[str, TextMaker] = {
    "email": lambda scope: f"{hexes(scope, 2)}@a.test",
    "idn-email": lambda scope: f"{hexes(scope, 2)}@a.test",
    "uri": lambda scope: f"urn:a:{hexes(scope, 2)}",
    "iri": lambda scope: f"urn:a:{hexes(scope, 2)}",
    "uri-reference": lambda scope: hexes(scope, 2),
    "iri-reference": lambda scope: hexes(scope, 2),
    "hostname": lambda scope: f"a{hexes(scope, 2)}",
    "idn-hostname": lambda scope: f"a{hexes(scope, 2)}",
}
_PADDED = frozenset(_SHORT) - {"email", "idn-email"}


@dataclass(frozen=True, slots=True)
class _Bounded:
    """Texts of a bounded length, or that match patterns."""

    make: TextMaker
    low: int
    high: int
    patterns: tuple[str, ...]
    format: str
    where: Where

    def __call__(self, scope: Scope) -> str:
        for candidate in self._candidates(scope):
            if self.low <= len(candidate) <= self.high and self._matches(candidate):
                return candidate
        keyword = "pattern" if self.patterns else "maxLength" if self.format in _SHORT else "minLength"
        wanted = " and ".join(repr(pattern) for pattern in self.patterns)
        why = f"no text found that matches {wanted}" if wanted else f"no {self.format or 'text'} is that long"
        if wanted and (self.low or self.high < _HUGE):
            why += f" and has {self.low} to {self.high if self.high < _HUGE else 'any number of'} characters"
        raise impossible(self.where, keyword, why)

    def _candidates(self, scope: Scope) -> Iterator[str]:
        for make in (self.make, _SHORT.get(self.format, self.make)):
            value = make(scope)
            yield value
            yield self._bent(scope, value)
        writers = [writer for pattern in self.patterns if (writer := matching(pattern))]
        for attempt in range(_TRIES):
            yield from (write(scope, attempt % 12) for write in writers)
        yield from (self.make(scope) for _ in range(_TRIES))
        for attempt in range(_TRIES):  # a pattern may be open on one side or the other
            for write in writers:
                value = write(scope, attempt % 12)
                filler = self._bent(scope, "").lstrip()
                yield self._bent(scope, value)
                yield f"{filler[: max(0, self.low - len(value))]}{value}"

    def _matches(self, candidate: str) -> bool:
        checks = [*({"pattern": pattern} for pattern in self.patterns), {"format": self.format}]
        return not any(problems(check, candidate) for check in checks)

    def _bent(self, scope: Scope, value: str) -> str:
        """The value cut or lengthened."""
        if len(value) > self.high:
            return value if self.format else value[: self.high].rstrip().ljust(self.low, "x")
        if self.format and self.format not in _PADDED:
            return hexes(scope, self.low - len(value)) + value if self.format in _SHORT else value
        joint = "" if self.format else " "
        said, size, word = [value], len(value), one_of(PLAIN_WORDS)
        while size < self.low:
            said.append(joint + word(scope))
            size += len(said[-1])
        return "".join(said)[: self.high].rstrip().ljust(self.low, "x")
