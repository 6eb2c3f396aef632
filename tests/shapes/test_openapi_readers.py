"""Parameters read from text: the other way round of how they are written."""

import pytest

from pytest_llmock.shapes.openapi.parameters import pairs
from pytest_llmock.shapes.openapi.readers import form_reader, parameter_reader
from pytest_llmock.shapes.openapi.values import Parameter

WHOLE = {"type": "integer"}
NUMBERS = {"type": "array", "items": WHOLE}
POINT = {"type": "object", "properties": {"x": WHOLE, "y": {"type": "string"}}}


def read(texts, schema, location="query", **more):
    return parameter_reader(Parameter("p", location, schema, **more), {}).read(texts)


@pytest.mark.parametrize(
    ("texts", "schema", "more", "value"),
    [
        ({"p": ["7"]}, WHOLE, {}, 7),
        ({"p": ["7"]}, {"type": "string"}, {}, "7"),
        ({"p": ["true"]}, {"type": "boolean"}, {}, True),
        ({"p": ["99"]}, {**WHOLE, "maximum": 9}, {}, 99),
        ({"p": ["1.5"]}, WHOLE, {}, 1.5),
        ({"p": ["true"]}, WHOLE, {}, "true"),
        ({"p": ["1"]}, {"type": "boolean"}, {}, "1"),
        ({"p": ["x"]}, WHOLE, {}, "x"),
        ({"p": ["1", "2"]}, WHOLE, {}, ["1", "2"]),
        ({}, WHOLE, {}, None),
        ({"p": [""]}, WHOLE, {}, ""),
        ({"p": [""]}, WHOLE, {"may_be_empty": True}, None),
        ({"p": ["7"]}, WHOLE, {"may_be_empty": True}, 7),
        ({"p": ["1", "2"]}, NUMBERS, {}, [1, 2]),
        ({"p": ["1"]}, NUMBERS, {}, [1]),
        ({"p": ["1,2"]}, NUMBERS, {"explode": False}, [1, 2]),
        ({"p": ["1|2"]}, NUMBERS, {"explode": False, "style": "pipeDelimited"}, [1, 2]),
        ({"p": ["1,2"]}, NUMBERS, {"location": "path", "style": "simple"}, [1, 2]),
        ({"p": [".7"]}, WHOLE, {"location": "path", "style": "label"}, 7),
        ({"p": [".1.2"]}, NUMBERS, {"location": "path", "style": "label"}, [1, 2]),
        ({"p": [";p=7"]}, WHOLE, {"location": "path", "style": "matrix"}, 7),
        ({"p": [";p=1;p=2"]}, NUMBERS, {"location": "path", "style": "matrix"}, [1, 2]),
        (
            {"p[a]": ["1"], "p[b]": ["c"]},
            {"type": "object", "additionalProperties": WHOLE},
            {"style": "deepObject"},
            {"a": 1, "b": "c"},
        ),
        ({"p[x]": ["1"], "p[z]": ["a", "b"]}, POINT, {"style": "deepObject"}, {"x": 1, "z": '["a", "b"]'}),
        ({"x": ["1"], "z": ["2"]}, POINT, {}, {"x": 1}),
        ({"p": ["x,1,y,2"]}, POINT, {"explode": False}, {"x": 1, "y": "2"}),
        ({"p": ["x=1,y=2"]}, POINT, {"location": "header", "style": "simple"}, {"x": 1, "y": "2"}),
        ({"p": ["x"]}, POINT, {"explode": False}, "x"),
        ({"p": ["x"]}, POINT, {"location": "header", "style": "simple"}, "x"),
        ({"z": ["1"]}, POINT, {}, None),
        ({"p": ['{"x": [1]}']}, POINT, {"is_json": True}, {"x": [1]}),
        ({"p": ["{"]}, POINT, {"is_json": True}, "{"),
    ],
)  # fmt: skip
def test_a_text_is_what_its_schema_means(texts, schema, more, value):
    """Where it is nothing of that, it stays text, so that the schema finds the problem."""
    assert read(texts, schema, **more) == value


@pytest.mark.parametrize("style", [{}, {"explode": False}, {"explode": False, "style": "spaceDelimited"}])
@pytest.mark.parametrize(("schema", "value"), [(NUMBERS, [1, 2, 3]), (WHOLE, 5)])
def test_what_is_written_can_be_read(style, schema, value):
    """Contract cases are written by the one, and read by the other."""
    parameter = Parameter("p", "query", schema, **style)
    texts = {}
    for name, text in pairs(parameter, value):
        texts.setdefault(name, []).append(text)

    assert parameter_reader(parameter, {}).read(texts) == value


def test_fields_of_a_form_are_read_each_by_its_own_schema():
    """Numbers, lists of one, lists of objects; what nobody knows stays text."""
    points = {"type": "array", "items": POINT}
    schema = {"type": "object", "properties": {"n": WHOLE, "ns": NUMBERS, "points": points, "any": True}}

    read = form_reader(schema, {}).read({"n": "1", "ns": "2", "points": ['{"x": 1}'], "any": "3", "z": "4"})

    assert read == {"n": 1, "ns": [2], "points": [{"x": 1}], "any": "3", "z": "4"}
