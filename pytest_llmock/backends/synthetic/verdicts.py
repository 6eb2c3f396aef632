"""Validation requests, answered by really checking the data."""

from collections.abc import Mapping, Sequence

from pytest_llmock.llm import JSON, Generation
from pytest_llmock.shapes.validate import Problem

DATA = ("data", "record", "value", "item", "payload")
RULES = ("validationRules", "validation_rules", "rules", "checks")
PASSED = frozenset({"passed", "valid", "isvalid", "ok", "success"})
ISSUES = frozenset({"issues", "errors", "problems", "violations"})
SCORES = frozenset({"score", "quality"})
BESIDE = SCORES | {"summary", "message", "warnings", "checkedat", "rule", "rules"}


def verdict(generation: Generation) -> dict[str, JSON]:
    """{"passed": bool, "issues": [text, …]} for the data in the request's body."""
    found = issues_in(generation)
    return {"passed": not found, "issues": [_text(problem) for problem in found]}


def issues_in(generation: Generation) -> tuple[Problem, ...]:
    """What is wrong with the data of a validation request, by its rules."""
    from pytest_llmock.shapes.checks import check_data  # noqa: PLC0415 - compiles patterns few requests need

    data, rules = subject_of(generation.body)
    return check_data(data, (*rules, *generation.rules))


def subject_of(body: JSON) -> tuple[JSON, tuple[str, ...]]:
    """The data to check and the rules in English: the body's own parts of those names, else all of it."""
    if not isinstance(body, Mapping):
        return body, ()
    rules = next((body[name] for name in RULES if isinstance(body.get(name), list)), None)
    texts = tuple(rule for rule in rules if isinstance(rule, str)) if isinstance(rules, list) else ()
    data = next((body[name] for name in DATA if name in body and _is_subject(body, name)), None)
    return (body if data is None else data), texts


def _is_subject(body: Mapping[str, JSON], name: str) -> bool:
    """Whether a part is what is to be checked: not the "value" of a record that has other fields too."""
    return isinstance(body[name], (dict, list)) or body.keys() <= {name, *RULES}


def judgement_for(generation: Generation, schema: Mapping[str, JSON]) -> dict[str, JSON] | None:
    """What a shape that asks for a judgement has to say of the data in the body; None for other shapes.

    A verdict says what is wrong with the data, a choice which of "candidates" has the least wrong with it.
    """
    if asks_for_verdict(schema):
        return verdict_for(generation, schema)
    candidates = generation.body.get("candidates") if isinstance(generation.body, Mapping) else None
    properties = schema.get("properties")
    if not candidates or not isinstance(candidates, list) or not isinstance(properties, dict):
        return None
    return {"choice": _best(candidates, generation.rules)} if properties.keys() == {"choice"} else None


def _best(candidates: Sequence[JSON], rules: Sequence[str]) -> int:
    from pytest_llmock.shapes.checks import check_data  # noqa: PLC0415 - compiles patterns few requests need

    return min(range(len(candidates)), key=lambda place: len(check_data(candidates[place], rules)))


def asks_for_verdict(schema: Mapping[str, JSON]) -> bool:
    """Whether a shape is that of a verdict: a yes or no or a score, what is wrong, and little else."""
    properties = schema.get("properties")
    if not isinstance(properties, dict):
        return False
    folded = {_folded(name) for name in properties}
    return bool(folded & (PASSED | SCORES) and folded & ISSUES and folded <= PASSED | ISSUES | BESIDE)


def verdict_for(generation: Generation, schema: Mapping[str, JSON]) -> dict[str, JSON]:
    """The verdict in the words of a shape that asks for one; the shape's other fields are left to be made."""
    found = issues_in(generation)
    properties = schema["properties"]
    assert isinstance(properties, dict)
    said: dict[str, JSON] = {}
    for name, part in properties.items():
        if _folded(name) in PASSED:
            said[name] = not found
        elif _folded(name) in ISSUES:
            said[name] = [_issue(problem, part) for problem in found]
        elif _folded(name) in SCORES:
            share = 1 / (1 + len(found))
            is_whole = isinstance(part, dict) and part.get("type") == "integer"
            said[name] = int(share * 100) if is_whole else round(share, 2)
    return said


def _issue(problem: Problem, part: JSON) -> JSON:
    items = part.get("items") if isinstance(part, dict) else None
    properties = items.get("properties") if isinstance(items, dict) else None
    if not isinstance(properties, dict):
        return _text(problem)
    field = problem.pointer.rpartition("/")[2]
    known: dict[str, JSON] = {"pointer": problem.pointer, "path": problem.pointer, "field": field}
    known |= {"rule": problem.rule, "code": problem.rule}
    return {name: known.get(_folded(name), problem.message) for name in properties}


def _text(problem: Problem) -> str:
    return f"{problem.pointer.strip('/').replace('/', '.') or 'data'}: {problem.message}"


def _folded(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()
