"""Values of a shape.

Each part of a schema is a strategy of its own, so that a failing value shrinks to the fewest fields, the
shortest text, the smallest number. What has no strategy here (a pattern, a format, a condition) is made by
the generator of this package from a seed that shrinks; what the parts cannot know of the whole is checked.
"""

import math
from collections.abc import Mapping

from hypothesis import strategies as st

from pytest_llmock.llm import JSON
from pytest_llmock.shapes.parse import parse
from pytest_llmock.shapes.references import listed, mapping
from pytest_llmock.shapes.sample import compile_sampler
from pytest_llmock.shapes.validate import accepter
from pytest_llmock.strategies.texts import CHARACTERS, TEXT

_KNOWN: Mapping[str, frozenset[str]] = {
    "null": frozenset(),
    "boolean": frozenset(),
    "integer": frozenset({"minimum", "maximum"}),
    "number": frozenset({"minimum", "maximum"}),
    "string": frozenset({"minLength", "maxLength"}),
    "array": frozenset({"items", "minItems", "maxItems"}),
    "object": frozenset({"properties", "required", "additionalProperties"}),
}
_SAID = frozenset({"type", "title", "description", "default", "examples", "$schema"})
_LONGEST = 8  # items of a list without a maximum


def from_shape(shape: object) -> st.SearchStrategy[JSON]:
    """Values that are valid by a shape: an example, a JSON Schema, a type or a pydantic model.

        @given(strategies.from_shape({"id": 0, "email": "string"}))

    Texts are any texts, hostile ones included, unless the schema says more. Raises ShapeError for a shape
    that is none, and for a schema that nothing satisfies.
    """
    schema = dict(parse(shape).schema)
    sample = compile_sampler(schema)
    sample.one(0)  # raises where nothing is valid
    return _value(schema).filter(accepter(schema))


def _value(schema: JSON) -> st.SearchStrategy[JSON]:
    if not isinstance(schema, dict) or not schema:
        return _anything()
    if "const" in schema:
        return st.just(schema["const"])
    if chosen := listed(schema, "enum"):
        return st.sampled_from(chosen)
    kind = schema.get("type")
    if isinstance(kind, list):
        return st.one_of(*(_value({**schema, "type": each}) for each in kind))
    if not isinstance(kind, str) or schema.keys() - _SAID - _KNOWN[kind]:
        return _sampled(schema)
    return _of_type(kind, schema)


def _sampled(schema: dict[str, JSON]) -> st.SearchStrategy[JSON]:
    sample = compile_sampler(schema)
    return st.integers(0, 2**32).map(sample.one)


def _of_type(kind: str, schema: dict[str, JSON]) -> st.SearchStrategy[JSON]:
    if kind == "object":
        return _object(schema)
    if kind == "array":
        low = _count(schema, "minItems", 0)
        high = _count(schema, "maxItems", low + _LONGEST)
        return st.lists(_value(schema.get("items")), min_size=low, max_size=high)
    if kind == "string":
        low = _count(schema, "minLength", 0)
        return st.text(CHARACTERS, min_size=low, max_size=_count(schema, "maxLength", max(low, 100)))
    if kind in ("integer", "number"):
        return _number(kind, schema)
    return st.none() if kind == "null" else st.booleans()


def _object(schema: dict[str, JSON]) -> st.SearchStrategy[JSON]:
    properties = mapping(schema, "properties")
    needed = listed(schema, "required")
    if not properties and not needed and schema.get("additionalProperties") in (None, True):
        return st.dictionaries(TEXT, _anything(), max_size=_LONGEST)
    fields = {name: _value(each) for name, each in properties.items()}
    for name in needed:
        fields.setdefault(str(name), _anything())
    required = {name: each for name, each in fields.items() if name in needed}
    optional = {name: each for name, each in fields.items() if name not in needed}
    return st.fixed_dictionaries(required, optional=optional)


def _number(kind: str, schema: dict[str, JSON]) -> st.SearchStrategy[JSON]:
    low, high = schema.get("minimum"), schema.get("maximum")
    assert low is None or isinstance(low, int | float)
    assert high is None or isinstance(high, int | float)
    if kind == "integer":
        return st.integers(
            None if low is None else math.ceil(low), None if high is None else math.floor(high)
        )
    return st.floats(low, high, allow_nan=False, allow_infinity=False)


def _count(schema: dict[str, JSON], name: str, otherwise: int) -> int:
    value = schema.get(name)
    return value if isinstance(value, int) else otherwise


def _anything() -> st.SearchStrategy[JSON]:
    leaves = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT
    return st.recursive(
        leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3)
    )
