"""Good values of what cases are made of."""

from itertools import islice

import pytest

from pytest_llmock.errors import ShapeError
from pytest_llmock.shapes.cases.subject import Found, Subject, records, subject_of

SCHEMA = {"type": "integer", "minimum": 0, "maximum": 1_000_000}


def test_records_come_without_end():
    """Each of them is valid."""
    assert all(0 <= record <= 1_000_000 for record in islice(records(subject_of(SCHEMA), 0), 100))


def test_records_that_are_no_longer_accepted_come_to_an_end():
    """After sixty in a row nobody waits for another."""
    first = [*islice(records(subject_of(SCHEMA), 0), 3)]

    assert [*records(Subject(SCHEMA, lambda value: value in first), 0)] == first


def test_records_of_which_none_is_accepted_are_an_error():
    """There is nothing to make cases of."""
    with pytest.raises(ShapeError, match="No request was found whose parameters can be sent as text"):
        next(records(Subject(SCHEMA, lambda value: False), 0))


def test_bytes_are_no_value():
    """A blank body is not the number of its byte."""
    assert Found("x", "malformed", 1, b" ").key != Found("x", "boundary", 20).key
