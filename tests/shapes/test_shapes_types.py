"""Shapes read from Python types."""

import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum, IntEnum
from typing import Annotated, Any, Literal, NewType, NotRequired, Required, TypedDict, Union
from uuid import UUID

import pydantic
import pytest

from pytest_llmock.errors import ShapeError, TooLargeError
from pytest_llmock.shapes.parse import answer_schema, parse
from pytest_llmock.shapes.schema import is_json_schema
from pytest_llmock.shapes.types import SUPPORTED
from pytest_llmock.shapes.validate import problems

TEXT = {"type": "string"}
WHOLE = {"type": "integer"}
UserId = NewType("UserId", int)


class Tier(Enum):
    FREE = "free"
    PAID = "paid"


class Level(IntEnum):
    ONE = 1


@dataclass
class Address:
    city: str
    zip_code: str = ""


@dataclass
class User:
    id: UserId
    tier: Tier
    address: Address
    tags: list[str] = field(default_factory=list)


@dataclass
class Tree:
    label: str
    branches: list["Tree"]
    parent: "Tree | None" = None


class Garden:
    @dataclass
    class Tree:  # noqa: D106 - its name is the case
        next: "Garden.Tree | None"


@dataclass
class Forest:
    tall: Tree
    small: Garden.Tree | Tree


class Movie(TypedDict):
    title: str
    year: NotRequired[int]


class Partial(TypedDict, total=False):
    title: Required[str]
    year: "NotRequired[int]"
    stars: float


class Point(pydantic.BaseModel):
    x: float
    y: float = pydantic.Field(ge=0)


class Comment(pydantic.BaseModel):
    text: str
    replies: list["Comment"] = []


@dataclass
class Thread:
    first: Comment
    second: Comment
    at: Point


class Lonely:
    """No type that a shape could be read from."""


def schema_of(kind):
    """The schema of a type, without the mark that it is one."""
    return parse(kind).schema


@pytest.mark.parametrize(
    ("kind", "schema"),
    [
        (str, TEXT),
        (int, WHOLE),
        (float, {"type": "number"}),
        (bool, {"type": "boolean"}),
        (Decimal, {"type": "number"}),
        (type(None), {"type": "null"}),
        (datetime, {"type": "string", "format": "date-time"}),
        (date, {"type": "string", "format": "date"}),
        (time, {"type": "string", "format": "time"}),
        (timedelta, {"type": "string", "format": "duration"}),
        (UUID, {"type": "string", "format": "uuid"}),
        (Any, {}),
        (object, {}),
        (list, {"type": "array"}),
        (dict, {"type": "object"}),
        (list[int], {"type": "array", "items": WHOLE}),
        (Sequence[list[str]], {"type": "array", "items": {"type": "array", "items": TEXT}}),
        (typing.List[int], {"type": "array", "items": WHOLE}),  # noqa: UP006 - the old spelling is the case
        (set[str], {"type": "array", "items": TEXT, "uniqueItems": True}),
        (dict[str, int], {"type": "object", "additionalProperties": WHOLE}),
        (Mapping[str, Any], {"type": "object", "additionalProperties": {}}),
        (tuple[int, ...], {"type": "array", "items": WHOLE}),
        (tuple[int, str], {"type": "array", "prefixItems": [WHOLE, TEXT], "minItems": 2, "maxItems": 2}),
        (str | None, {"anyOf": [TEXT, {"type": "null"}]}),
        (Union[int, str], {"anyOf": [WHOLE, TEXT]}),  # noqa: UP007 - the old spelling is the case
        (Literal["a", "b"], {"type": "string", "enum": ["a", "b"]}),
        (Literal["a", 1], {"enum": ["a", 1]}),
        (Literal["a"], {"type": "string", "const": "a"}),
        (Literal[Tier.FREE], {"type": "string", "const": "free"}),
        (Tier, {"type": "string", "enum": ["free", "paid"]}),
        (Level, {"type": "integer", "const": 1}),
        (UserId, WHOLE),
    ],
    ids=repr,
)
def test_a_type_says_its_schema(kind, schema):
    """Every type that a field may have reads as JSON Schema."""
    assert schema_of(kind) == schema


def test_a_dataclass_is_an_object_with_its_fields():
    """Fields without default are required, inner classes stand where they are used."""
    assert schema_of(User) == {
        "type": "object",
        "properties": {
            "id": WHOLE,
            "tier": {"type": "string", "enum": ["free", "paid"]},
            "address": {
                "type": "object",
                "properties": {"city": TEXT, "zip_code": TEXT},
                "required": ["city"],
                "additionalProperties": False,
            },
            "tags": {"type": "array", "items": TEXT},
        },
        "required": ["id", "tier", "address"],
        "additionalProperties": False,
    }


@pytest.mark.parametrize(
    ("kind", "required", "names"),
    [(Movie, ["title"], ["title", "year"]), (Partial, ["title"], ["title", "year", "stars"])],
    ids=["total", "partial"],
)
def test_a_typed_dict_knows_which_keys_are_required(kind, required, names):
    """Required and NotRequired count, however the annotation is written."""
    schema = schema_of(kind)

    assert (schema["required"], list(schema["properties"])) == (required, names)


def test_a_class_that_contains_itself_becomes_a_definition():
    """Recursion is a reference into the schema."""
    schema = schema_of(Tree)

    assert schema["$ref"] == "#/$defs/Tree"
    assert (
        problems(schema, {"label": "a", "branches": [{"label": "b", "branches": [], "parent": None}]}) == ()
    )
    assert [problem.pointer for problem in problems(schema, {"label": "a", "branches": [{"label": 1}]})] == [
        "/branches/0",
        "/branches/0/label",
    ]


def test_two_classes_of_one_name_become_two_definitions():
    """Names of definitions are made unique."""
    schema = schema_of(Forest)

    assert schema["properties"] == {
        "tall": {"$ref": "#/$defs/Tree"},
        "small": {"anyOf": [{"$ref": "#/$defs/Tree_1"}, {"$ref": "#/$defs/Tree"}]},
    }


def test_a_pydantic_model_brings_its_own_schema():
    """What pydantic says of a model is the shape."""
    assert schema_of(Point)["properties"]["y"] == {"title": "Y", "minimum": 0, "type": "number"}


@pytest.mark.parametrize("kind", [Comment, list[Comment], Thread, dict[str, Comment]], ids=repr)
def test_a_recursive_pydantic_model_keeps_its_references_wherever_it_stands(kind):
    """References of a model still lead to its definitions when it is only a part."""
    shape = parse(kind)
    comment = {"text": "a", "replies": [{"text": "b"}, {"text": 3}]}
    value = {
        Comment: comment,
        Thread: {"first": comment, "second": {"text": ""}, "at": {"x": 1, "y": 1}},
    }.get(kind, [comment] if kind == list[Comment] else {"a": comment})

    assert [problem.message for problem in problems(shape.schema, value)] == [
        "is 3, which is not of type string"
    ]


def test_a_pydantic_type_in_a_dataclass_is_described_by_pydantic():
    """Types that are no models, such as URLs, have a schema of pydantic's as well."""

    @dataclass
    class Page:
        url: pydantic.HttpUrl
        size: pydantic.PositiveInt

    assert schema_of(Page)["properties"] == {
        "url": {"format": "uri", "maxLength": 2083, "minLength": 1, "type": "string"},
        "size": {"type": "integer", "exclusiveMinimum": 0},
    }


@pytest.mark.parametrize(
    ("kind", "schema"),
    [
        (
            Annotated[int, pydantic.Field(ge=1, lt=9, description="how many")],
            {"minimum": 1, "exclusiveMaximum": 9, "description": "how many"},
        ),
        (Annotated[str, pydantic.Field(min_length=1, pattern="^a")], {"minLength": 1, "pattern": "^a"}),
        (Annotated[list[int], pydantic.Field(max_length=3)], {"maxItems": 3, "items": WHOLE}),
        (
            Annotated[dict[str, int], pydantic.Field(min_length=1)],
            {"minProperties": 1, "additionalProperties": WHOLE},
        ),
        (Annotated[Decimal, pydantic.Field(gt=Decimal("0.5"))], {"exclusiveMinimum": 0.5}),
        (
            Annotated[str, "a sentence", {"format": "email"}, object()],
            {"description": "a sentence", "format": "email"},
        ),
    ],
    ids=["numbers", "text", "list", "mapping", "decimal", "words and keywords"],
)
def test_metadata_of_annotated_constrains_the_schema(kind, schema):
    """Bounds, lengths, patterns and words of a field are part of its shape; what is unknown is no error."""
    assert schema_of(kind) | schema == schema_of(kind)


def test_the_source_of_a_type_is_a_json_schema():
    """A shape that was read from a type is described to models as a schema, not as an example."""
    assert is_json_schema(parse(str).source)


def test_a_list_of_records_has_a_collection():
    """Types are counted like any other shape."""
    shape = parse(list[Address])

    assert shape.collection == ""
    assert problems(answer_schema(shape, 2), [{"city": "Ulm"}] * 2) == ()
    assert parse(Address).collection is None


@dataclass
class Forward:
    other: "Nowhere"  # noqa: F821 - that it is not defined is the case


@dataclass
class Bytes:
    raw: bytes


REST = f" cannot be a shape. Give example JSON, a JSON Schema, or a type: {SUPPORTED}."


class Callback(pydantic.BaseModel):
    call: typing.Callable[[], int]


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        (Lonely, "Lonely" + REST),
        (
            Lonely(),
            "A value of type Lonely" + REST,
        ),
        (Bytes, "bytes" + REST),
        (
            type[int],
            "type[int]" + REST,
        ),
        (
            Literal[b"x"],
            (
                "A choice holds a value of type bytes, which JSON cannot say. "
                "Use text, numbers, booleans or None."
            ),
        ),
        (
            Forward,
            (
                "The fields of Forward cannot be read: name 'Nowhere' is not defined. "
                "Names in annotations must be defined at the top level of the class's module."
            ),
        ),
    ],
    ids=["class", "object", "field", "alias", "literal", "name"],
)
def test_a_type_without_schema_is_refused_by_name(kind, message):
    """The message names the type and what is possible."""
    with pytest.raises(ShapeError) as caught:
        parse(kind)

    assert caught.value.message == message


def test_a_model_that_pydantic_cannot_describe_is_refused():
    """The reason that pydantic gives is passed on."""
    with pytest.raises(ShapeError, match=r"^pydantic has no JSON Schema of Callback: Cannot generate"):
        parse(Callback)


def test_classes_that_multiply_are_too_large():
    """Thirty classes that each hold two of the next are refused, not unfolded."""
    kind = int
    for level in range(30):
        kind = dataclass(type(f"Level{level}", (), {"__annotations__": {"a": kind, "b": kind}}))

    with pytest.raises(TooLargeError):
        parse(kind)


def test_a_type_is_read_once():
    """The same class gives the very same shape."""
    assert parse(User) is parse(User)


@pytest.mark.skipif(not hasattr(typing, "TypeAliasType"), reason="`type X = …` came with Python 3.12")
def test_a_type_alias_stands_for_its_value():
    """`type Names = list[str]` is a list of text."""
    names = typing.TypeAliasType("names", list[str])

    assert schema_of(names) == {"type": "array", "items": TEXT}
