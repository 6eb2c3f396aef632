"""Requests for test data, answered with the cases that a schema suggests."""

from collections.abc import Iterator, Mapping
from itertools import chain, islice
from typing import cast

from pytest_llmock.clock import seed_of
from pytest_llmock.llm import JSON, Generation
from pytest_llmock.shapes.cases import CaseKind
from pytest_llmock.shapes.cases.changes import (
    BOUNDARY,
    CONSTRAINT,
    EMPTY,
    MALFORMED,
    MISMATCH,
    MISSING,
    SPECIAL,
    UNICODE,
)
from pytest_llmock.shapes.cases.streams import stream
from pytest_llmock.shapes.cases.subject import Found, Subject, subject_of
from pytest_llmock.shapes.parse import parse

# Words of a wanted scenario or error → the category of `shapes.cases`.
RULE_WORDS = {
    "bound": BOUNDARY,
    "null": EMPTY,
    "empty": EMPTY,
    "special": SPECIAL,
    "unicode": UNICODE,
    "type": MISMATCH,
    "missing": MISSING,
    "required": MISSING,
    "constraint": CONSTRAINT,
    "violation": CONSTRAINT,
    "malformed": MALFORMED,
    "format": MALFORMED,
}
CASES = 5
MOST = 1000


def cases_for(generation: Generation, kind: str, *, seed: int) -> JSON:
    """Cases of the schema in the body: [{"id", "kind", "rule", "category", "endpoint", "value"}, …].

    `kind` is "valid", "edge" or "invalid"; `id` is "edge-1". Text that is not JSON is a text in JSON here.
    """
    fields = generation.body
    assert isinstance(fields, dict)
    asked = fields.get("count") if generation.count is None else generation.count
    count = asked if isinstance(asked, int) and not isinstance(asked, bool) and asked >= 0 else CASES
    subject = subject_of(dict(parse(fields["schema"]).schema))
    endpoint = fields.get("endpoint", generation.path)
    made = _made(subject, cast("CaseKind", kind), _categories(fields), seed_of(seed, kind))
    return [
        {
            "id": f"{kind}-{number}",
            "kind": kind,
            "rule": found.rule,
            "category": found.category,
            "endpoint": endpoint,
            "value": found.value,
        }
        for number, found in enumerate(islice(made, min(count, MOST)), 1)
    ]


def _made(subject: Subject, kind: CaseKind, categories: frozenset[str], seed: int) -> Iterator[Found]:
    """The cases of these categories; of all, where the schema has none of these."""
    chosen = _as_json(subject, stream(subject, kind, seed, categories=categories))
    first = next(chosen, None)
    if first is not None:
        return chain((first,), chosen)
    return _as_json(subject, stream(subject, kind, seed))


def _as_json(subject: Subject, made: Iterator[Found]) -> Iterator[Found]:
    """What can stand in a JSON answer, and is still wrong there."""
    for found in made:
        if found.raw is None:
            yield found
        elif found.raw and found.raw.isascii() and not subject.accepts(found.raw.decode()):
            yield Found(found.rule, found.category, found.raw.decode())


def _categories(fields: Mapping[str, JSON]) -> frozenset[str]:
    """The categories that the request asks for: "unicode handling" → "unicode"; none of them means all."""
    said = fields.get("scenarios") or fields.get("errorTypes") or fields.get("rules")
    texts = " ".join(map(str, said)).lower() if isinstance(said, list) else ""
    return frozenset(category for word, category in RULE_WORDS.items() if word in texts)
