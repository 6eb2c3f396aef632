"""Parameters as text, there and back."""

import pytest

from pytest_llmock.shapes.openapi.parameters import Receiver, can_be_sent, pairs, written
from pytest_llmock.shapes.openapi.values import Parameter


def parameter(location="query", style="form", explode=True, schema=None, **more):
    return Parameter("p", location, schema or {}, style=style, explode=explode, **more)


@pytest.mark.parametrize(
    ("value", "text"), [(True, "true"), (None, ""), (1.5, "1.5"), ("é", "é"), ([1], "[1]")], ids=str
)
def test_a_value_is_written_as_json_but_text_bare(value, text):
    """Flags small, null as nothing."""
    assert written(value) == text


@pytest.mark.parametrize(
    ("form", "value", "texts"),
    [
        (parameter(), "a", [("p", "a")]),
        (parameter(), [1, 2], [("p", "1"), ("p", "2")]),
        (parameter(explode=False), [1, 2], [("p", "1,2")]),
        (parameter(style="spaceDelimited", explode=False), [1, 2], [("p", "1 2")]),
        (parameter(style="pipeDelimited", explode=False), [1, 2], [("p", "1|2")]),
        (parameter("header", "simple", explode=False), ["a", "b"], [("p", "a,b")]),
        (parameter(), {"a": 1, "b": True}, [("a", "1"), ("b", "true")]),
        (parameter(style="deepObject"), {"a": 1, "b": 2}, [("p[a]", "1"), ("p[b]", "2")]),
        (parameter("path", "simple", explode=False), {"a": 1, "b": 2}, [("p", "a,1,b,2")]),
        (parameter("path", "simple"), {"a": 1, "b": 2}, [("p", "a=1,b=2")]),
        (parameter(is_json=True), {"a": [1]}, [("p", '{"a": [1]}')]),
    ],
    ids=str,
)
def test_lists_and_objects_are_written_by_style(form, value, texts):
    """As OpenAPI's table of styles has it."""
    assert [*pairs(form, value)] == texts


@pytest.mark.parametrize(
    ("form", "value", "arrives"),
    [
        (parameter(), "", True),
        (parameter(), None, False),
        (parameter(), [], False),
        (parameter(), {}, False),
        (parameter(), [[1]], False),
        (parameter(), [None], False),
        (parameter(), ["a,b"], True),
        (parameter(explode=False), ["a,b"], False),
        (parameter(is_json=True), [], True),
        (parameter("header", is_json=True), [], False),
        (parameter("path"), "a b?#%é", True),
        (parameter("path"), "", False),
        (parameter("path"), "..", False),
        (parameter("path"), "a/b", False),
        (parameter("path"), "a\nb", False),
        (parameter("header"), "a b; c", True),
        (parameter("header"), " a", False),
        (parameter("header"), "é", False),
        (parameter("header"), "", False),
        (parameter("cookie"), "a=b", True),
        (parameter("cookie"), "a b", False),
        (parameter("cookie"), "a;b", False),
    ],
    ids=str,
)
def test_what_does_not_arrive_as_what_it_is_is_known(form, value, arrives):
    """Nothing, another path, two headers, a broken cookie."""
    assert can_be_sent(form, value) is arrives


@pytest.mark.parametrize(
    ("schema", "sent", "read"),
    [
        ({"type": "integer"}, 7, 7),
        ({"type": "integer"}, "7", 7),
        ({"type": "integer"}, "x", "x"),
        ({"type": "null"}, "null", "null"),
        ({"type": "integer"}, "[" * 5000, "[" * 5000),
        ({"type": "string"}, 7, "7"),
        ({"type": "boolean"}, True, True),
        ({"enum": [1, "a"]}, 1, 1),
        ({"type": "array", "items": {"type": "integer"}}, ["7", 8], [7, 8]),
        ({"type": "array", "items": {"type": "integer"}}, "7", [7]),
        ({"type": "array"}, [7], ["7"]),
        ({"type": "object", "properties": {"a": {"type": "integer"}}}, {"a": 1, "b": 2}, {"a": 1, "b": "2"}),
    ],
    ids=str,
)
def test_a_text_is_read_as_what_the_schema_means(schema, sent, read):
    """A number where one is meant, text where text is."""
    assert Receiver(parameter(schema=schema), schema).read(sent) == read


def test_json_is_read_as_json():
    """What is sent as JSON needs no guess."""
    assert Receiver(parameter(is_json=True), {}).read({"a": [1]}) == {"a": [1]}
