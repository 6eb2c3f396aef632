"""Requests without a shape: what a well-designed service would answer is read from path, method and body."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

from pytest_llmock.backends.synthetic.resources import GENERAL, RESOURCES
from pytest_llmock.backends.synthetic.verdicts import RULES, verdict
from pytest_llmock.llm import JSON, Generation
from pytest_llmock.shapes.fields import name_words, singular
from pytest_llmock.shapes.parse import parse

KINDS = frozenset({"valid", "edge", "invalid"})
LISTED = 3  # records of a collection when nobody says how many
VALIDATE = frozenset({"validate", "validation", "check", "verify"})
HEAL = frozenset({"heal", "fix", "correct", "repair", "mend"})
ENRICH = frozenset({"enrich", "enhance", "complete", "refine"})
OTHER_VERBS = frozenset({"generate", "transform", "search", "create", "list", "data", "query", "migrate"})
VERBS = VALIDATE | HEAL | ENRICH | OTHER_VERBS
WRITES = frozenset({"POST", "PUT", "PATCH"})
TARGETS = ("targetSchema", "target_schema", "targetShape", "target_shape")
_ID = re.compile(
    r"\d+|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\w+[-_]?\d+", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a shapeless request is about: `plain` makes the answer, or it is one of `shape`.

    `generation` is the request with the count and the body that the shape is to be filled with.
    """

    generation: Generation
    noun: str = ""
    shape: JSON = None
    plain: Callable[[Generation, int, str], JSON] | None = None


@lru_cache(maxsize=1024)
def noun_of(path: str) -> str:
    """What a path is about: "/users/7/orders" → "orders", "/users/enrich" and "/users/7" → "users".

    The last word that names a known resource is preferred: "/products/pricing" is about products.
    """
    named = [part for part in _parts(path) if part.lower() not in VERBS and not _ID.fullmatch(part)]
    known = [part for part in named if _singular(part) in RESOURCES]
    return (known or named or [""])[-1]


def read(generation: Generation) -> Wanted:
    """What the request is about, by the first of the readings that fits."""
    body, verb = generation.body, _last(generation.path)
    fields: Mapping[str, JSON] = body if isinstance(body, dict) else {}
    if _kind(generation) and isinstance(fields.get("schema"), dict):
        return Wanted(generation, plain=_cases)
    if verb in VALIDATE or (any(name in fields for name in RULES) and {"data", "record"} & fields.keys()):
        return Wanted(generation, plain=lambda asked, _seed, _locale: verdict(asked))
    if (target := _target(fields)) is not None:
        return Wanted(replace(generation, body=_known_by_name(fields, target)), shape=target)
    if "data" in fields and ("issues" in fields or "problems" in fields or verb in HEAL):
        return Wanted(generation, plain=_mended)
    if isinstance(previous := fields.get("previous"), (dict, list)) and verb in VERBS:
        return Wanted(generation, plain=lambda _, seed, locale: _anew(previous, (), seed, locale))
    return _about_resource(generation, verb)


def corrected(generation: Generation, fields: Collection[str], *, seed: int, locale: str) -> JSON:
    """The body that a shape is filled with.

    Of a request to correct "data" or to refine what was made at the "previous" time, that without what is
    wrong; of one with a target schema, the old record under the new names. Not where the shape has such a
    field itself.
    """
    body = generation.body
    if not isinstance(body, dict):
        return body
    if "data" in body and ("issues" in body or "problems" in body) and "data" not in fields:
        return _mended(generation, seed, locale)
    if (target := _target(body)) is not None and not set(TARGETS) & set(fields):
        return _known_by_name(body, target)
    if isinstance(body.get("previous"), (dict, list)) and "previous" not in fields:
        made = _anew(body["previous"], (), seed, locale)
        return {**body, **made} if isinstance(made, dict) else made
    return body


def plain_answer(wanted: Wanted, generation: Generation, *, seed: int, locale: str) -> JSON:
    """The answer of a reading that has no shape."""
    assert wanted.plain is not None
    return wanted.plain(generation, seed, locale)


def _about_resource(generation: Generation, verb: str) -> Wanted:
    noun, body, method = noun_of(generation.path), generation.body, generation.method
    example = dict(RESOURCES.get(_singular(noun), GENERAL))
    own_id = _own_id(generation.path)
    if method == "DELETE":
        return Wanted(generation, plain=lambda *_: {"deleted": True, "id": own_id})
    if isinstance(body, dict) and body and (method in WRITES or verb in ENRICH):
        return _written(generation, body, example, verb)
    if isinstance(body, list):
        return Wanted(generation, plain=lambda *_: body)
    if own_id is not None:
        shape = {**example, "id": 0 if isinstance(own_id, int) else "string"}
        return Wanted(replace(generation, body={"id": own_id}), noun, shape)
    if generation.count is not None or (_is_plural(noun) and method in ("GET", "HEAD")):
        count = LISTED if generation.count is None else generation.count
        return Wanted(replace(generation, count=count), noun, [example])
    return Wanted(generation, noun, example)


def _written(generation: Generation, body: dict[str, JSON], example: dict[str, JSON], verb: str) -> Wanted:
    """What was sent is kept; a new record gets an id and a date, an enriched one what its kind has."""
    noun, own_id = noun_of(generation.path), _own_id(generation.path)
    if any(isinstance(value, list) for value in body.values()):
        return Wanted(generation, plain=lambda *_: body)
    if verb in VERBS and verb not in ENRICH:
        added: dict[str, JSON] = {}
    elif verb in ENRICH:
        added = example if _singular(noun) in RESOURCES else {}
    else:
        added = {"id": 0 if own_id is None or isinstance(own_id, int) else "string", "createdAt": "ISO-8601"}
    if not added:
        return Wanted(generation, plain=lambda *_: body)
    given: dict[str, JSON] = {**({} if own_id is None else {"id": own_id}), **body}
    shape: dict[str, JSON] = {**{name: added[name] for name in added if name not in body}, **_as_shape(body)}
    return Wanted(replace(generation, body=given), noun, shape)


def _as_shape(kept: Mapping[str, JSON]) -> dict[str, JSON]:
    """A shape that any of the values fits, so that each of them is kept as it is."""
    return dict.fromkeys(kept)


def _parts(path: str) -> list[str]:
    return [part for part in path.split("/") if part]


def _last(path: str) -> str:
    parts = _parts(path)
    return parts[-1].lower() if parts else ""


def _singular(noun: str) -> str:
    words = name_words(noun)
    return singular(words[-1]) if words else ""


@lru_cache(maxsize=1024)
def ids_in(path: str) -> Mapping[str, JSON]:
    """The ids that a path names, by the fields that would hold them: "/users/9/orders/4" → user 9, order 4.

    {"userId": 9, "user_id": 9, "id": 4}
    """
    parts, found = _parts(path), dict[str, JSON]()
    for noun, part in pairwise(parts):
        if _ID.fullmatch(part) and not _ID.fullmatch(noun):
            one = _singular(noun)
            found |= {f"{one}Id": _id_of(part), f"{one}_id": _id_of(part)}
    own = _own_id(path)
    return found if own is None else {**found, "id": own}


def _id_of(part: str) -> JSON:
    is_number = part.isdecimal() and len(part) < 16 and (part == "0" or part[0] != "0")
    return int(part) if is_number else part


def _is_plural(noun: str) -> bool:
    words = name_words(noun)
    return bool(words) and singular(words[-1]) != words[-1]


def _own_id(path: str) -> JSON:
    parts = _parts(path)
    if len(parts) < 2 or not _ID.fullmatch(parts[-1]):
        return None
    return _id_of(parts[-1])


def _kind(generation: Generation) -> str:
    said = generation.body.get("type") if isinstance(generation.body, dict) else None
    kind = said if isinstance(said, str) else _last(generation.path)
    return kind if kind in KINDS else ""


# What few requests need is imported when one does: checks and their rules alone take as long to build as all
# that makes up a list.


def _cases(generation: Generation, seed: int, _locale: str) -> JSON:
    from pytest_llmock.backends.synthetic.cases import cases_for  # noqa: PLC0415 - only requests for test cases pay for it

    return cases_for(generation, _kind(generation), seed=seed)


def _mended(generation: Generation, seed: int, locale: str) -> JSON:
    fields = generation.body
    assert isinstance(fields, dict)
    issues = fields.get("issues") or fields.get("problems")
    return _anew(fields["data"], issues if isinstance(issues, list) else (), seed, locale)


def _anew(data: JSON, issues: Sequence[JSON], seed: int, locale: str) -> JSON:
    from pytest_llmock.backends.synthetic.mending import mended  # noqa: PLC0415 - only requests to mend data pay for it

    return mended(data, issues, seed=seed, locale=locale)


def _target(fields: Mapping[str, JSON]) -> JSON:
    return next((fields[name] for name in TARGETS if name in fields), None)


def _known_by_name(fields: Mapping[str, JSON], target: JSON) -> JSON:
    """The values of the old record under the new names: {"first_name": "Mary"} → {"firstName": "Mary"}."""
    old = next(
        (part for name, part in fields.items() if isinstance(part, dict) and name not in TARGETS), None
    )
    wanted = parse(target).schema.get("properties")
    if old is None or not isinstance(wanted, dict):
        return None
    by_words = {name_words(name): value for name, value in old.items()}
    return {name: by_words[name_words(name)] for name in wanted if name_words(name) in by_words}
