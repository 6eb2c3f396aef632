"""Validation rules in English, as far as they are understood.

`understood(["Verify email formats", "age must be at least 18"])` → the topics to check and the rules about
single fields. Topics alone narrow what is checked; a rule that is not understood widens it to everything.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from pytest_llmock.llm import JSON
from pytest_llmock.shapes.fields import name_words

# Words of a rule → topics of `shapes.checks`.
_TOPIC_WORDS: Mapping[str, tuple[str, ...]] = {
    r"e-?mails?": ("email",),
    r"dates?|timestamps?|iso[- ]?8601": ("date",),
    r"urls?|links?": ("url",),
    r"uuids?|guids?": ("uuid",),
    r"consisten\w*|logical\w*|contradict\w*": ("consistency", "age", "negative", "range"),
    r"ages?": ("age",),
    r"negative|positive": ("negative", "age"),
    r"prices?|quantit\w+|stock|amounts?": ("negative", "range", "consistency"),
    r"percent\w*|discounts?|coordinates|latitude|longitude|ranges?": ("range",),
    r"placeholders?|lorem|realistic|real": ("placeholder",),
    r"required|missing|complete\w*|empty|blank|present": ("empty", "placeholder"),
    r"formats?|valid": (),
}
TOPICS = frozenset(
    ("placeholder", "empty", "email", "date", "uuid", "url", "age", "negative", "range", "consistency")
)
_NUMBER = r"(-?\d+(?:\.\d+)?)"
_FIELD = r"[\"'`]?([A-Za-z_][\w.-]*)[\"'`]?"
_MUST = r"(?:\s+(?:must|should|has to|have to|needs to|is|are|can|shall))?(?:\s+be)?\s*"
_NOISE = frozenset(
    ("all", "each", "every", "the", "any", "ensure", "verify", "check", "that", "and", "it", "they")
)

Holds = Callable[[JSON], bool]


@dataclass(frozen=True, slots=True)
class FieldRule:
    """A rule about one field, by its name without case and separators; `holds(value)` says if it is kept."""

    name: str
    text: str
    holds: Holds
    is_required: bool = False

    @property
    def field(self) -> str:
        """The name as names are compared."""
        return "".join(name_words(self.name))


def _number_that(test: Callable[[float], bool]) -> Holds:
    return lambda value: isinstance(value, (int, float)) and not isinstance(value, bool) and test(value)


def _one_of(text: str) -> Holds:
    options = {option.strip(" .\"'`") for option in re.split(r",|\bor\b|\band\b|\|", text)}
    return lambda value: str(value) in options


# A rule about a field: its words, and what its numbers (or words) ask of the value.
_FORMS: tuple[tuple[str, Callable[[list[str]], Holds]], ...] = (
    (
        rf"between\s+{_NUMBER}\s+(?:and|to)\s+{_NUMBER}",
        lambda found: _number_that(lambda value: float(found[0]) <= value <= float(found[1])),
    ),
    (
        rf"(?:at least|>=|≥|no less than|not less than|minimum(?: of)?|min)\s*{_NUMBER}",
        lambda found: _number_that(lambda value: value >= float(found[0])),
    ),
    (
        rf"(?:at most|<=|≤|no more than|not more than|maximum(?: of)?|max|up to)\s*{_NUMBER}",
        lambda found: _number_that(lambda value: value <= float(found[0])),
    ),
    (
        rf"(?:greater than|more than|above|over|>)\s*{_NUMBER}",
        lambda found: _number_that(lambda value: value > float(found[0])),
    ),
    (
        rf"(?:less than|lower than|below|under|<)\s*{_NUMBER}",
        lambda found: _number_that(lambda value: value < float(found[0])),
    ),
    (r"(?:not be |non-?|not )negative", lambda _: _number_that(lambda value: value >= 0)),
    (r"positive", lambda _: _number_that(lambda value: value > 0)),
    (r"(?:one of|either)[:\s]+(.+)", lambda found: _one_of(found[0])),
)
_REQUIRED = re.compile(
    rf"{_FIELD}{_MUST}(?:required|mandatory|present|not (?:be )?(?:empty|blank|missing|null))", re.IGNORECASE
)
_COMPILED = tuple((re.compile(rf"{_FIELD}{_MUST}{form}", re.IGNORECASE), make) for form, make in _FORMS)


def understood(rules: Sequence[str]) -> tuple[frozenset[str], tuple[FieldRule, ...]]:
    """The topics that the rules leave to check, and the rules about single fields."""
    topics: set[str] = set()
    added: list[FieldRule] = []
    everything = False
    for text in rules:
        rule = _field_rule(text)
        if rule is not None:
            added.append(rule)
            continue
        found = _topics(text)
        topics.update(found)
        everything = everything or not found
    return (TOPICS if everything or not topics else frozenset(topics)), tuple(added)


def _topics(text: str) -> set[str]:
    lowered = text.lower()
    matching = (topics for words, topics in _TOPIC_WORDS.items() if re.search(rf"\b(?:{words})\b", lowered))
    return {topic for topics in matching for topic in topics}


def _field_rule(text: str) -> FieldRule | None:
    for pattern, make in _COMPILED:
        match = pattern.search(text)
        if match and match[1].lower() not in _NOISE:
            return FieldRule(match[1], text, make([group for group in match.groups()[1:] if group]))
    match = _REQUIRED.search(text)
    if match and match[1].lower() not in _NOISE | {"fields", "values", "field", "data"}:
        return FieldRule(match[1], text, lambda value: value not in (None, "", [], {}), is_required=True)
    return None
