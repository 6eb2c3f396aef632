"""What a field means by its name: `customerEmail` is an e-mail address, `unit_price` a price.

A name is split into words, and the longest ending that the tables know decides, so `shippingZipCode` is a
`zip_code`. A few words (`name`, `status`, `type`, …) mean something only beside their owner: that is the
word before them, the object they stand in, or what their neighbours say. Kinds are names only; what they
produce stands in `shapes.sample`, what they must satisfy in `shapes.checks`.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from pytest_llmock.shapes.vocabulary.number_names import CONTEXT, DOMAINS, FLAG_OPENERS, FLAGS, NUMBERS
from pytest_llmock.shapes.vocabulary.text_names import TEXTS, TIMES
from pytest_llmock.shapes.vocabulary.words import words as listed

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[^\W\d_A-Za-z]+")


class Field(NamedTuple):
    """What a name says: `family` is "text", "time", "number", "flag", "context" or "" for an unknown name."""

    family: str = ""
    kind: str = ""


_PEOPLE = frozenset(
    listed("email phone firstname lastname username age birthdate gender fullname occupation")
)
_GOODS = frozenset(listed("price sku brand category msrp material quantity instock dimensions color"))
_FIRMS = frozenset(listed("industry employees founded headquarters revenue"))
_COUNTING = frozenset({("count",), ("total", "count"), ("num",), ("number", "of")})
_NO_PLURAL = frozenset(listed("status address news business series species analysis canvas bus gas"))
_PLURALS = {"people": "person", "children": "child", "companies": "company", "addresses": "address"}


@lru_cache(maxsize=4096)
def name_words(name: str) -> tuple[str, ...]:
    """The words of a name, small: `shippingZipCode`, `shipping_zip-code` → ("shipping", "zip", "code")."""
    return tuple(word.lower() for word in _WORD.findall(name))


def singular(word: str) -> str:
    """One of many: "orders" → "order", "categories" → "category", "status" stays."""
    if word in _PLURALS:
        return _PLURALS[word]
    if word in _NO_PLURAL or not word.endswith("s") or word.endswith("ss") or len(word) < 4:
        return word
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    return word[:-2] if word.endswith(("sses", "xes", "ches", "shes")) else word[:-1]


@lru_cache(maxsize=4096)
def counts(name: str, noun: str) -> bool:
    """Whether a field says how many of a noun there are: `userCount`, `total_users` of "users"."""
    said, nouns = name_words(name), {singular(word) for word in name_words(noun)}
    rest = tuple(word for word in said if singular(word) not in nouns)
    if rest == said or not said:
        return False
    return rest in _COUNTING or (rest == ("total",) and said[0] == "total")  # an orderTotal is an amount


def domain_of(noun: str) -> str:
    """What kind of thing a noun names ("users" → "person"), "" when nobody knows."""
    words = name_words(noun)
    return DOMAINS.get(singular(words[-1]), "") if words else ""


def domain_by_neighbours(names: Iterable[str]) -> str:
    """What kind of thing has such fields: one with `email` and `age` is a person."""
    folded = {"".join(name_words(name)) for name in names}
    scores = (("person", folded & _PEOPLE), ("product", folded & _GOODS), ("company", folded & _FIRMS))
    best = max(scores, key=lambda score: len(score[1]))
    return best[0] if best[1] else ""


@lru_cache(maxsize=4096)
def text_field(words: tuple[str, ...], domain: str) -> Field:
    """What a text of this name is: the longest known ending, of whatever family."""
    for start in range(len(words)):
        ending = "".join(words[start:])
        if ending in CONTEXT:
            owner = DOMAINS.get(singular(words[start - 1]), "") if start else domain
            choices = CONTEXT[ending]
            kind = choices.get(owner, choices[""])
            return Field("text", kind) if kind else Field()
        for family, table in (("text", TEXTS), ("time", TIMES), ("number", NUMBERS)):
            if ending in table:
                return Field(family, table[ending])
    if len(words) > 1 and words[-1] in {"at", "on", "date", "time", "datetime", "timestamp"}:
        return Field("time", "completed")
    return Field("text", "full_name") if words and DOMAINS.get(words[-1]) == "person" else Field()


@lru_cache(maxsize=4096)
def number_field(words: tuple[str, ...]) -> Field:
    """What a number of this name is; a time is one in seconds since 1970."""
    for start in range(len(words)):
        ending = "".join(words[start:])
        for family, table in (("number", NUMBERS), ("time", TIMES)):
            if ending in table:
                return Field(family, table[ending])
    return Field("number", "range:count") if words and words[0] in {"num", "total"} else Field()


def flag_odds(words: tuple[str, ...]) -> float:
    """How likely a flag of this name is set."""
    words = words[1:] if words and words[0] in FLAG_OPENERS else words
    endings = ("".join(words[start:]) for start in range(len(words)))
    return next((FLAGS[ending] for ending in endings if ending in FLAGS), 0.5)


def is_id(words: tuple[str, ...], noun: str) -> bool:
    """Whether the field is the record's own number: `id`, or `userId` in a user."""
    if not words or words[-1] not in {"id", "key", "uid", "pk"}:
        return False
    owner = "".join(words[:-1])
    return (owner == "" and words[-1] != "key") or owner == "".join(name_words(singular(noun)))
