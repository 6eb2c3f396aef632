"""Makers of single values, by the type of the schema."""

from collections.abc import Callable, Mapping

from pytest_llmock.shapes.fields import number_field, text_field
from pytest_llmock.shapes.references import Schema
from pytest_llmock.shapes.sample.figures import flag
from pytest_llmock.shapes.sample.numbers import number
from pytest_llmock.shapes.sample.places import Where
from pytest_llmock.shapes.sample.scope import Maker
from pytest_llmock.shapes.sample.texts import text


def _anything(schema: Schema, where: Where) -> Maker:
    """What a field without a type may be: text or a number when its name says so, null otherwise."""
    known = text_field(where.words, where.domain)
    if known.family == "time" and known.kind == "deleted":
        return lambda _: None
    if number_field(where.words).family == "number":
        return number(schema, where, whole=False)
    if known.kind or (where.words and where.words[-1] == "id"):
        return text(schema, where)
    return lambda _: None


LEAVES: Mapping[str, Callable[[Schema, Where], Maker]] = {
    "string": text,
    "integer": lambda schema, where: number(schema, where, whole=True),
    "number": lambda schema, where: number(schema, where, whole=False),
    "boolean": lambda _, where: flag(where.words),
    "null": lambda _, __: lambda _: None,
    "": _anything,
}
