"""Requests for test data, answered with the cases that a schema suggests."""

from collections.abc import Mapping
from random import Random

from pytest_llmock.clock import random_for
from pytest_llmock.llm import JSON, Generation
from pytest_llmock.shapes.cases import Case, edge_cases, invalid_cases, valid_cases
from pytest_llmock.shapes.mutations import (
    BOUNDARY,
    CONSTRAINT,
    EMPTY,
    MALFORMED,
    MISMATCH,
    MISSING,
    SPECIAL,
    UNICODE,
)
from pytest_llmock.shapes.parse import parse

# Words of a wanted scenario or error → the rule of `shapes.cases`.
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


def cases_for(generation: Generation, kind: str, *, seed: int) -> JSON:
    """Cases of the schema in the body: [{"id": "edge-1", "kind", "rule", "endpoint", "value"}, …].

    `kind` is "valid", "edge" or "invalid".
    """
    fields = generation.body
    assert isinstance(fields, dict)
    asked = fields.get("count") if generation.count is None else generation.count
    count = asked if isinstance(asked, int) and not isinstance(asked, bool) and asked >= 0 else CASES
    schema = dict(parse(fields["schema"]).schema)
    endpoint = fields.get("endpoint", generation.path)
    made = _made_cases(kind, schema, min(count, 1000), random_for(seed, kind), _rules(fields))
    return [
        {
            "id": f"{kind}-{number}",
            "kind": case.kind,
            "rule": case.rule,
            "endpoint": endpoint,
            "value": case.value,
        }
        for number, case in enumerate(made, 1)
    ]


def _made_cases(
    kind: str, schema: dict[str, JSON], count: int, random: Random, rules: tuple[str, ...]
) -> tuple[Case, ...]:
    if kind == "valid":
        return valid_cases(schema, count, random)
    changed = edge_cases if kind == "edge" else invalid_cases
    return changed(schema, count, random, rules=rules)


def _rules(fields: Mapping[str, JSON]) -> tuple[str, ...]:
    """The rules that the request asks for: "unicode handling" → "unicode"; () for all."""
    said = fields.get("scenarios") or fields.get("errorTypes") or fields.get("rules")
    texts = " ".join(map(str, said)).lower() if isinstance(said, list) else ""
    return tuple(dict.fromkeys(rule for word, rule in RULE_WORDS.items() if word in texts))
