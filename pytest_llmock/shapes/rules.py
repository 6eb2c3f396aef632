"""Validation rules in English, as far as they are understood.

`understood(["Verify email formats", "age must be at least 18"])` → the topics to check and the rules about
single fields. Topics alone narrow what is checked; a rule that is not understood widens it to everything.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from pytest_llmock.llm import JSON
from pytest_llmock.shapes.fields import domain_of, name_words
from pytest_llmock.shapes.references import words

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
    r"makes? sense|plausibl[ey]|reasonabl[ey]|sensibl[ey]|(?:im)?possible": tuple(
        words("placeholder consistency age negative range")
    ),
    r"chronological\w*|in (?:the right )?order": ("consistency",),
    r"formats?|valid": (),
}
TOPICS = frozenset(
    ("placeholder", "empty", "email", "date", "uuid", "url", "age", "negative", "range", "consistency")
)
_FORMATS = ("email", "date", "uuid", "url")  # of which a rule speaks that names none
_NUMBER = r"(-?\d+(?:\.\d+)?)"
_FIELD = r"[\"'`]?([A-Za-z_][\w.-]*)[\"'`]?"
_MUST = r"(?:\s+(?:must|should|has to|have to|needs to|is|are|can|shall))?(?:\s+be)?\s*"
_NOISE = frozenset(
    ("all", "each", "every", "the", "any", "ensure", "verify", "check", "that", "and", "it", "they")
)
# Words that may stand around what is understood and change nothing of it.
_GLUE = _NOISE | words(
    "validate confirm make sure a an of for in on with is are be being must should have has do does valid "
    "correct correctly proper properly well formed formatted format formats field fields value values data "
    "record records entry entries item items list or also exist exists existing"
)
# Negations turn a rule about good things around, and only confirm one about bad things.
_NEGATIONS = frozenset(("no", "not", "never", "without"))
_BAD = re.compile(r"negative|placeholder|lorem|missing|empty|blank|contradict|impossible", re.IGNORECASE)
_LONGEST_OPTION = 3  # words: a longer one is the rest of a sentence that has more to say

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
        lambda found: _number_that(lambda value: min(map(float, found)) <= value <= max(map(float, found))),
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


@dataclass(frozen=True, slots=True)
class Reading:
    """One rule, as far as it is understood: the rule about a field, or the topics it speaks of.

    `is_whole`: no word of it is left over that could ask for more than that.
    """

    field_rule: FieldRule | None
    topics: frozenset[str]
    is_whole: bool


@lru_cache(maxsize=256)
def read(text: str) -> Reading:
    """What a rule asks for. "Verify email formats" → the topic "email", whole; "Be nice" → nothing."""
    rule, rest = _field_rule(text)
    if rule is not None:
        return Reading(rule, frozenset(), _is_glue(rest, text))
    topics, rest = _topics(text)
    # what is empty is told of few fields, so that a rule about others asks for more
    is_sure = bool(topics) and ("empty" not in topics or topics <= {"empty", "placeholder"})
    return Reading(None, frozenset(topics), is_sure and _is_glue(rest, text))


def understood(rules: Sequence[str]) -> tuple[frozenset[str], tuple[FieldRule, ...]]:
    """The topics that the rules leave to check, and the rules about single fields."""
    topics: set[str] = set()
    added: list[FieldRule] = []
    everything = False
    for reading in map(read, rules):
        if reading.field_rule is not None:
            added.append(reading.field_rule)
            continue
        topics |= reading.topics
        everything = everything or not reading.topics
    return (TOPICS if everything or not topics else frozenset(topics)), tuple(added)


def _is_glue(rest: str, text: str) -> bool:
    """Whether the words that are left over say nothing of their own."""
    left = re.findall(r"[\w'-]+", rest.lower())
    allowed = _GLUE | _NEGATIONS if _BAD.search(text) else _GLUE
    return all(word in allowed or domain_of(word.removesuffix("'s")) for word in left)


def _topics(text: str) -> tuple[set[str], str]:
    """The topics of a rule, and the text without the words that named them."""
    topics: set[str] = set()
    rest = text.lower()
    for forms, named in _TOPIC_WORDS.items():
        pattern = rf"\b(?:{forms})\b"
        if re.search(pattern, text.lower()):
            topics.update(named)
            rest = re.sub(pattern, " ", rest)
    if not topics and re.search(r"\bformats?\b", text.lower()):
        return set(_FORMATS), rest
    return topics, rest


def _field_rule(text: str) -> tuple[FieldRule | None, str]:
    """The rule about one field, and what stands around it."""
    for pattern, make in _COMPILED:
        match = pattern.search(text)
        if match and match[1].lower() not in _NOISE:
            groups = [group for group in match.groups()[1:] if group]
            return FieldRule(match[1], text, make(groups)), _around(match, groups)
    match = _REQUIRED.search(text)
    if match and match[1].lower() not in _NOISE | {"fields", "values", "field", "data"}:
        rule = FieldRule(match[1], text, lambda value: value not in (None, "", [], {}), is_required=True)
        return rule, _around(match, [])
    return None, text


def _around(match: re.Match[str], groups: Sequence[str]) -> str:
    """The text before and after a match; and a choice of it that reads like the rest of a sentence."""
    options = re.split(r",|\bor\b|\band\b|\|", " ".join(groups))
    long = [option for option in options if len(option.split()) > _LONGEST_OPTION]
    return " ".join([match.string[: match.start()], match.string[match.end() :], *long])
