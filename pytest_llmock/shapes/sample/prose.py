"""Sentences that mention what their neighbours say: a description names the product and its material."""

from collections.abc import Mapping, Sequence
from string import Formatter

from pytest_llmock.shapes.sample import facts
from pytest_llmock.shapes.sample.scope import Scope, TextMaker
from pytest_llmock.shapes.vocabulary import goods, people, prose, work


def _picked(options: Sequence[str]) -> TextMaker:
    count = len(options)
    return lambda scope: options[int(scope.random() * count)]


def _with_article(scope: Scope) -> str:
    title = facts.job(scope).title
    return f"{'an' if title[0] in 'AEIOU' else 'a'} {title}"


def _material(scope: Scope) -> str:
    """The material inside a sentence: "bamboo", but "PVC"."""
    name = facts.product(scope)[0].material
    return name if name[1].isupper() else name.lower()


def _interest_pair(offset: int) -> TextMaker:
    """Two interests of one sentence: those with an even and an odd number are never equal."""
    options = people.INTERESTS[offset::2]
    return _picked(options)


_BLANKS: Mapping[str, TextMaker] = {
    "product": lambda scope: facts.product(scope)[1],
    "material": _material,
    "color": _picked(goods.COLORS),
    "first": lambda scope: facts.person(scope).first,
    "job": lambda scope: facts.job(scope).title,
    "a_job": _with_article,
    "city": lambda scope: facts.place(scope).city,
    "interest": _interest_pair(0),
    "other": _interest_pair(1),
    "company": lambda scope: facts.company(scope).name,
    "industry": lambda scope: facts.company(scope).industry.lower(),
}


def _sentence(template: str) -> TextMaker:
    pieces = [(text, _BLANKS.get(name or "")) for text, name, _, _ in Formatter().parse(template)]

    def make(scope: Scope) -> str:
        return "".join(text + (blank(scope) if blank else "") for text, blank in pieces)

    return make


def _sentences(templates: Sequence[str]) -> TextMaker:
    makers = [_sentence(template) for template in templates]
    count = len(makers)
    return lambda scope: makers[int(scope.random() * count)](scope)


def _by_subject(scope: Scope) -> str:
    """A description of whatever the record turned out to be about."""
    if scope.product:
        return PRODUCT(scope)
    if scope.company:
        return _COMPANY(scope)
    return _BIO(scope) if scope.person else PLAIN(scope)


PRODUCT = _sentences(prose.PRODUCT_TEXTS)
PLAIN = _sentences(prose.PLAIN_TEXTS)
_OPENING, _CLOSING = _sentences(prose.PLAIN_TEXTS[::2]), _sentences(prose.PLAIN_TEXTS[1::2])
_COMPANY = _sentences(prose.COMPANY_TEXTS)
_BIO = _sentences(prose.PERSON_TEXTS)
_COMMENT = _sentences(prose.COMMENT_TEXTS)
_REVIEW = _sentences(prose.REVIEW_TEXTS)
_MESSAGE = _sentences(prose.MESSAGE_TEXTS)

PROSE: Mapping[str, TextMaker] = {
    "description": _by_subject,
    "bio": _BIO,
    "review": _REVIEW,
    "comment": _COMMENT,
    "message": _MESSAGE,
    "note": _picked(prose.NOTE_TEXTS),
    "content": lambda scope: f"{_OPENING(scope)} {_CLOSING(scope)}",
    "headline": _picked(prose.POST_TITLES),
    "question": _picked(prose.QUESTIONS),
    "answer": PLAIN,
    "feature": lambda scope: f"{_picked(prose.ADJECTIVES)(scope)} {_picked(prose.NOUNS)(scope).lower()}",
    "task": _picked(prose.TASK_TEXTS),
    "post_title": _picked(prose.POST_TITLES),
    "book_title": _picked(prose.BOOK_TITLES),
    "event_title": _picked(prose.EVENT_TITLES),
    "song_title": _picked(prose.SONG_TITLES),
}

# What a text is in a record of some domain, where the name alone leaves it open.
_BY_DOMAIN: Mapping[str, Mapping[str, TextMaker]] = {
    "description": {"product": PRODUCT, "person": _BIO, "company": _COMPANY, "review": _REVIEW},
    "content": {"comment": _COMMENT, "review": _REVIEW, "notification": _MESSAGE},
    "comment": {"review": _REVIEW},
}


def in_domain(kind: str, domain: str) -> TextMaker | None:
    """The maker of a kind that depends on what the record is: status, type or description."""
    if kind in {"status", "type"}:
        words = work.STATUSES if kind == "status" else work.TYPES
        return _picked(words.get(domain, words[""]))
    return _BY_DOMAIN.get(kind, {}).get(domain)
