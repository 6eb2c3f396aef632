"""Ids of events, and clients that come back."""

import pytest

from pytest_llmock.errors import RequestError
from pytest_llmock.mockapi.events import (
    Continuous,
    Numbering,
    Position,
    continuous_end,
    continuous_start,
    error_event,
    position_of,
)


def ids(numbering, *values):
    """The ids of these events; "" for one that is left out."""
    events = [numbering.event({"n": value}) for value in values]
    return [event.split(b"\n")[0].removeprefix(b"id: ").decode() for event in events]


def test_an_event_has_its_number_and_the_sum_of_all_before_it():
    """The same events have the same ids, on every machine."""
    assert ids(Numbering(), 1, 2) == ids(Numbering(), 1, 2) == ["1-ff3c05d7", "2-99effa76"]


def test_the_last_event_says_that_it_is_the_last():
    """A client that comes back with it need not be answered."""
    event = Numbering(round=7).event({"done": True}, is_end=True)

    id_, data = event.decode().split("\n", 1)
    assert id_.startswith("id: 7.1-")
    assert position_of(id_.removeprefix("id: ")).is_end
    assert data == 'data: {"done":true}\n\n'


def test_what_a_client_has_is_left_out():
    """The ids of the others are those of the first time."""
    whole = ids(Numbering(), 1, 2, 3)

    assert ids(Numbering(position_of(whole[1])), 1, 2, 3) == ["", "", whole[2]]
    assert ids(Numbering(position_of("1")), 1, 2, 3) == ["", *whole[1:]]


def test_another_answer_is_not_spliced_to_what_a_client_has():
    """A live model says other things the second time."""
    _, second = ids(Numbering(), 1, 2)

    with pytest.raises(RequestError, match="the backend gave another answer this time") as caught:
        ids(Numbering(position_of(second)), 1, 3)

    assert caught.value.status == 409


@pytest.mark.parametrize(("said", "fails"), [("3-00000000", True), ("3", False), ("", False)])
def test_an_answer_that_ends_before_what_a_client_has_is_another_one(said, fails):
    """A bare number says nothing about the answer, and is taken as it is."""
    numbering = Numbering(position_of(said))
    numbering.event({"n": 1})

    if fails:
        with pytest.raises(RequestError):
            numbering.check_end()
    else:
        assert numbering.check_end() is None


@pytest.mark.parametrize(
    ("said", "position"),
    [
        ("", None),
        ("3", Position(3)),
        ("3-0000000a", Position(3, sum=10)),
        ("2.3-0000000a-end", Position(3, 2, 10, is_end=True)),
    ],
)
def test_a_position_is_read(said, position):
    """As ids are written."""
    assert position_of(said) == position


@pytest.mark.parametrize("said", ["x", "-1", "1-2", "1.2.3", "3-0000000A", "9999999999"])
def test_a_strange_id_is_refused(said):
    """The message shows what one looks like."""
    with pytest.raises(RequestError) as caught:
        position_of(said)

    assert caught.value.message == (
        f"Last-Event-ID is {said!r}: send the id of an event of this stream, such as '3-5f1c2a90', or leave the "
        "header out to begin anew."
    )


def test_events_around_the_answers():
    """The first and the last of a continuous stream, and an error, which has no id."""
    start, error = continuous_start("ArrayItems", Continuous(0.5, 3.0)), error_event({"error": {"code": 502}})

    assert start.data == (
        b'data: {"type":"info","message":"Continuous stream","mode":"ArrayItems","intervalMs":500.0,'
        b'"maxDurationSeconds":3.0}\n\n'
    )
    assert error.data == b'data: {"error":{"code":502}}\n\n'
    assert continuous_end(4, Numbering(round=1)).data.endswith(
        b'-end\ndata: {"type":"end","message":"Max duration reached","eventCount":4,"done":true}\n\n'
    )
