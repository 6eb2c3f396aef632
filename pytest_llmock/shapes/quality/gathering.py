"""Everybody who knows something wrong with data, asked in turn: shape, model, common sense, rules."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

from pytest_llmock.llm import JSON
from pytest_llmock.shapes.checks import check_data, objects
from pytest_llmock.shapes.parse import parse
from pytest_llmock.shapes.quality.expected import Expected
from pytest_llmock.shapes.quality.findings import Findings
from pytest_llmock.shapes.quality.model import model_check
from pytest_llmock.shapes.quality.realism import unbelievable
from pytest_llmock.shapes.rules import read
from pytest_llmock.shapes.schema import Shape
from pytest_llmock.shapes.validate import Check, Problem, checker

_NOTHING = Expected({})


class Asked(NamedTuple):
    """A shape or a model that data is held against, and what finds its problems."""

    shape: Shape
    check: Check

    def problems(self, data: JSON) -> Iterator[Problem]:
        """What is wrong; what is asked of one record is asked of each in a list."""
        if not self.is_of_each(data):
            yield from self.check(data)
            return
        assert isinstance(data, list)
        for index, record in enumerate(data):
            yield from _moved(self.check(record), f"/{index}")

    def is_of_each(self, data: JSON) -> bool:
        """Whether the data is a list of what is asked for."""
        return isinstance(data, list) and self.shape.collection != ""


def by_shape(shape: object) -> Asked:
    """What the shape (example JSON, a JSON Schema, a type) asks for. Raises ShapeError."""
    read_shape = parse(shape)
    return Asked(read_shape, checker(read_shape.schema))


def by_model(model: object) -> Asked:
    """What the model asks for. Raises SettingsError for what is no type, ShapeError."""
    check = model_check(model)
    return Asked(parse(model), check)


def found(data: JSON, asked: Sequence[Asked], rules: Sequence[str]) -> Findings:
    """What is wrong with the data; `rules` are those that are understood in full."""
    shape = asked[0].shape if asked else None
    findings = Findings(_expected(shape) if shape is not None else _NOTHING)
    if asked and asked[0].is_of_each(data):
        findings.visit_each(data)
    else:
        findings.visit(data, findings.expected.root, is_required=True)
    for each in asked:
        findings.by_schema(each.problems(data))
    findings.by_emptiness()
    for pointer, record, is_record in _records(data, shape):
        _by_sense(findings, record, pointer, rules, is_record=is_record)
    return findings


def number_of_records(data: JSON, asked: Sequence[Asked]) -> int:
    """How many records the data has: the items of its list, else 1."""
    key = asked[0].shape.collection if asked else None
    records = data.get(key) if key and isinstance(data, dict) else data
    return len(records) if isinstance(records, list) else 1


def _by_sense(findings: Findings, data: JSON, pointer: str, rules: Sequence[str], *, is_record: bool) -> None:
    """What common sense and the rules find in one record; what is around a list need not have its fields."""
    topics = {topic: rule for rule in rules for topic in read(rule).topics}
    of_fields = [rule for rule in rules if read(rule).field_rule]
    for problem in _moved(check_data(data, of_fields), pointer):
        if problem.rule == "rule" and (is_record or problem.pointer in findings.spots):
            findings.by_rule(problem)
        elif problem.rule != "rule":
            findings.by_sense(problem, topics.get(problem.rule, ""))
    for where, each in objects(data, pointer):
        for problem in unbelievable(each, where):
            findings.by_sense(problem, topics.get(problem.rule, ""))


def _records(data: JSON, shape: Shape | None) -> Iterator[tuple[str, JSON, bool]]:
    """The parts that rules speak of, and whether each is a record: the items of a list, what is around it."""
    key = shape.collection if shape is not None else None
    inside = data.get(key) if isinstance(data, dict) and key else None
    if key and isinstance(data, dict) and isinstance(inside, list):
        yield "", {name: value for name, value in data.items() if name != key}, False
        step = key.replace("~", "~0").replace("/", "~1")
        yield from ((f"/{step}/{index}", record, True) for index, record in enumerate(inside))
    elif isinstance(data, list):
        yield from ((f"/{index}", record, True) for index, record in enumerate(data))
    else:
        yield "", data, True


def _moved(problems: Sequence[Problem], pointer: str) -> Iterator[Problem]:
    return (replace(problem, pointer=pointer + problem.pointer) for problem in problems)


@lru_cache(maxsize=64)
def _expected(shape: Shape) -> Expected:
    return Expected(dict(shape.schema))
