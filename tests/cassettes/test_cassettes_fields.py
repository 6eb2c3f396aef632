import pytest

from pytest_llmock.cassettes.fields import FieldError, as_kind, check_known, field


@pytest.mark.parametrize(
    ("fields", "name", "kind", "default", "value"),
    [
        ({"a": "x"}, "a", str, None, "x"),
        ({}, "a", str, "", ""),
        ({"a": 2}, "a", float, None, 2.0),
        ({"a": False}, "a", bool, True, False),
        ({}, "a", list, [], []),
    ],
)
def test_a_field_of_the_right_type_is_given(fields, name, kind, default, value):
    """A field is what stands there, or its default; a whole number is a number."""
    assert field(fields, name, kind, ("b",), default) == value


@pytest.mark.parametrize(
    ("fields", "kind", "problem"),
    [
        ({}, str, "`b.1.a` is missing; it must be text"),
        ({"a": None}, str, "`b.1.a` must be text, but is empty"),
        ({"a": True}, int, "`b.1.a` must be a whole number, but is true or false"),
        ({"a": 1.0}, int, "`b.1.a` must be a whole number, but is a number"),
        ({"a": []}, dict, "`b.1.a` must be a mapping, but is a list"),
    ],
)
def test_a_field_of_a_wrong_type_is_named(fields, kind, problem):
    """The complaint has the path of the field, what it must be and what it is."""
    with pytest.raises(FieldError) as raised:
        field(fields, "a", kind, ("b", 1))

    assert (str(raised.value), raised.value.path) == (problem, ("b", 1, "a"))


def test_a_document_that_is_no_mapping_is_called_the_document():
    """Where the whole document is wrong there is no field to name."""
    with pytest.raises(FieldError) as raised:
        as_kind([], dict, ())

    assert str(raised.value) == "the document must be a mapping, but is a list"


def test_an_unknown_field_is_told_with_its_nearest():
    """A slip of the pen finds the field that was meant."""
    with pytest.raises(FieldError) as raised:
        check_known({"request": {}, "anwser": {}}, ("request", "answer"), ())

    assert str(raised.value) == "`anwser` is no field of a cassette. Did you mean 'answer'?"


def test_known_fields_may_stand_in_any_number():
    """Not every field must be there."""
    assert check_known({"request": {}}, ("request", "answer"), ()) is None
