"""Deltas to events, form by form."""

import json

import pytest

from pytest_llmock.errors import BackendError, OffShapeError
from pytest_llmock.generation.generate import wanted_of
from pytest_llmock.generation.listing import listing_of
from pytest_llmock.llm import Delta, End, Origin
from pytest_llmock.mockapi.encoders import ItemEncoder, TokenEncoder, whole_by
from pytest_llmock.mockapi.events import Numbering
from pytest_llmock.shapes.parse import parse_json

USERS = {"users": [{"id": 0}]}
LIVE, SYNTHETIC = Origin("m", "live"), Origin("synthetic", "synthetic")


def encoder_of(mode, example=None, *, count=None, batch=None):
    shape = None if example is None else parse_json(example)
    whole = whole_by(wanted_of(shape, count).check, repair=False)
    if mode == "LlmTokens":
        return TokenEncoder(whole, Numbering(), batch=batch)
    listing = listing_of(shape, count, any_list=mode == "ArrayItems")
    return ItemEncoder(mode, listing, whole, Numbering(), batch=batch)


def said(pieces):
    """The data of events."""
    return [json.loads(piece.data.split(b"data: ")[1]) for piece in pieces]


def told(encoder, *texts, origin=LIVE, finish="stop"):
    """The data of the events after each text, and of those at the end."""
    deltas = [Delta(text, origin=None if number else origin) for number, text in enumerate(texts)]
    events = [said(encoder.encode(delta)) for delta in deltas]
    encoder.encode(Delta(end=End(finish)))
    return [*events, said(encoder.done())]


def test_tokens_are_passed_on_as_they_come():
    """A model's own pieces are its tokens."""
    assert told(encoder_of("LlmTokens"), '{"a"', ': "é\\n"', "}") == [
        [{"chunk": '{"a"', "accumulated": '{"a"', "done": False}],
        [{"chunk": ': "é\\n"', "accumulated": '{"a": "é\\n"', "done": False}],
        [{"chunk": "}", "accumulated": '{"a": "é\\n"}', "done": False}],
        [{"content": '{"a": "é\\n"}', "done": True}],
    ]


def test_an_empty_list_has_its_name():
    """It is known when the stream ends."""
    *_, end = told(encoder_of("ArrayItems", USERS, count=0), '{"users": ', "[]}")

    assert end == [{"total": 0, "arrayName": "users", "done": True}]


def test_a_long_answer_that_comes_whole_is_cut_into_longer_pieces():
    """Each event says all before it again: thousands of them would be hundreds of megabytes."""
    text = json.dumps([{"id": number, "name": "Ada Lovelace"} for number in range(1000)])

    events, last = told(encoder_of("LlmTokens"), text, origin=SYNTHETIC)

    assert 400 < len(events) <= 500
    assert "".join(event["chunk"] for event in events) == events[-1]["accumulated"] == text
    assert last == [{"content": text, "done": True}]


def test_an_answer_that_comes_whole_is_cut_into_words():
    """So that a page which shows tokens has some to show."""
    events, last = told(encoder_of("LlmTokens"), '{"name":"Ada Lovelace"}', origin=SYNTHETIC)

    assert [event["chunk"] for event in events] == ['{"', "name", '":"', "Ada", " Lovel", "ace", '"}']
    assert last == [{"content": '{"name":"Ada Lovelace"}', "done": True}]


@pytest.mark.parametrize(
    ("text", "content"),
    [
        ("```json\n[1, 2]\n```", "[1,2]"),
        (' {"a": 1,} ', '{"a":1}'),
        ("\ufeff [1] ", "[1]"),
    ],
)
def test_the_content_is_json_whatever_stood_around_it(text, content):
    """Fences and prose are in the chunks only."""
    assert told(encoder_of("LlmTokens"), text)[-1] == [{"content": content, "done": True}]


@pytest.mark.parametrize(
    ("text", "finish", "problem"),
    [
        (
            "I cannot.",
            "stop",
            "The answer holds no JSON value. Answer with JSON only, with names in double quotes",
        ),
        ('{"users": [{"id": "x"}]}', "stop", "/users/0/id: is 'x', which is not of type integer"),
        (
            '{"users": [{"id": 1}]}',
            "length",
            "The answer was cut off at the token limit: answer with less text",
        ),
    ],
)
def test_a_text_that_is_off_shape_at_its_end_is_an_error(text, finish, problem):
    """It never ends in done."""
    with pytest.raises(OffShapeError) as caught:
        told(encoder_of("LlmTokens", USERS), text, finish=finish)

    assert caught.value.message == (
        f"Backend 'm' left the shape in its stream: {problem}. What was sent cannot be asked again: ask for the "
        "whole answer, or choose a more capable model."
    )
    assert caught.value.attempts[0]["text"] == text


def test_a_text_without_end_is_refused_before_it_fills_the_memory():
    """32 million characters are enough."""
    with pytest.raises(BackendError, match="more than 32,000,000 characters"):
        encoder_of("LlmTokens").encode(Delta("x" * 32_000_001))


@pytest.mark.parametrize(
    ("mode", "item", "name"),
    [("CompleteObjects", "data", {}), ("ArrayItems", "item", {"arrayName": "users"})],
)
def test_an_item_is_sent_as_soon_as_another_is_certain(mode, item, name):
    """Only the last one waits, because it says that all is done."""
    events = told(encoder_of(mode, USERS), '{"users": [{"id": 1}', ",", ' {"id": 2}]', "}")

    assert events == [
        [],
        [{item: {"id": 1}, "index": 0, "total": None, **name, "done": False}],
        [],
        [],
        [{item: {"id": 2}, "index": 1, "total": 2, **name, "done": True}],
    ]


def test_with_a_count_an_item_waits_for_nothing():
    """All but the last one are known not to be it."""
    events = told(encoder_of("CompleteObjects", [{"id": 0}], count=2), '[{"id": 1}', ', {"id": 2}', "]")

    assert events == [
        [{"data": {"id": 1}, "index": 0, "total": 2, "done": False}],
        [],
        [],
        [{"data": {"id": 2}, "index": 1, "total": 2, "done": True}],
    ]


@pytest.mark.parametrize(
    ("texts", "indexes", "last"),
    [
        (["[]"], [], {"total": 0, "arrayName": None, "done": True}),
        (['[{"id": 1},', "]"], [0], {"total": 1, "arrayName": None, "done": True}),
    ],
    ids=["empty", "trailing comma"],
)
def test_a_stream_whose_last_item_was_not_known_to_be_it_ends_in_an_event_of_its_own(texts, indexes, last):
    """Each stream that came to its end says so."""
    *events, end = told(encoder_of("ArrayItems", [{"id": 0}]), *texts)

    assert [event["index"] for batch in events for event in batch] == indexes
    assert end == [last]


def test_items_beyond_the_count_are_left_out():
    """The stream is as long as it was asked to be."""
    events = told(encoder_of("ArrayItems", [{"id": 0}], count=1), '[{"id": 1}, {"id": 2}]')

    assert events == [[], [{"item": {"id": 1}, "index": 0, "total": 1, "arrayName": None, "done": True}]]


@pytest.mark.parametrize("mode", ["CompleteObjects", "ArrayItems"])
def test_an_answer_without_a_list_is_one_object(mode):
    """It is checked as a whole before it is sent."""
    events = told(encoder_of(mode, {"id": 0}), '{"id"', ": 1}")

    assert events[:2] == [[], []]
    (event,) = events[2]
    assert (event.get("data") or event["item"], event["total"], event["done"]) == ({"id": 1}, 1, True)


def test_an_answer_that_comes_whole_is_sent_at_once_as_its_items():
    """Nothing is gained by reading it piece by piece."""
    events = told(encoder_of("CompleteObjects"), '[{"id": 1},', "{}]", origin=SYNTHETIC)

    assert events[:2] == [[], []]
    assert [event["done"] for event in events[2]] == [False, True]


@pytest.mark.parametrize(
    ("rest", "finish", "problem"),
    [
        (', {"id": "x"}]}', "stop", "/users/1/id: is 'x', which is not of type integer"),
        (", ", "stop", "The answer was cut off: the JSON that begins at line 1, column 1 never ends"),
        (', {"id": 2}]}', "length", "The answer was cut off at the token limit"),
        (', {"id": 2}], "x": 2}', "stop", "/x: is not expected here"),
        (
            ', {"id": 2}]} </think> {"users": []}',
            "stop",
            "The answer holds another JSON value beside the list that was sent",
        ),
    ],
    ids=["item", "cut", "length", "rest", "another value"],
)
def test_what_is_wrong_after_the_first_item_is_an_error(rest, finish, problem):
    """It never ends in done; what is complete and was held back can still be sent."""
    encoder = encoder_of("ArrayItems", USERS)

    with pytest.raises(OffShapeError) as caught:
        told(encoder, '{"users": [{"id": 1}', rest[0], rest[1:], finish=finish)

    assert caught.value.message.startswith(f"Backend 'm' left the shape in its stream: {problem}. What was")
    assert [event["done"] for event in said(encoder.flush())] in ([False], [])


def test_too_few_items_are_an_error_at_the_end():
    """Those that came were right."""
    encoder = encoder_of("ArrayItems", USERS, count=3)

    with pytest.raises(OffShapeError, match="/users: has 1 items, fewer than 3"):
        told(encoder, '{"users": [{"id": 1}]}')


def test_an_answer_of_which_nothing_was_sent_may_be_asked_again():
    """The error says so by having sent nothing, and does not speak of what was sent."""
    encoder = encoder_of("ArrayItems", USERS)

    with pytest.raises(OffShapeError) as caught:
        told(encoder, "I cannot.")

    assert not encoder.has_sent
    assert caught.value.message == (
        "Backend 'm' gave no acceptable JSON: The answer holds no JSON value. Answer with JSON only, with names in "
        "double quotes. Raise MaxCorrectionAttempts, simplify the shape, or choose a more capable model."
    )


@pytest.mark.parametrize(
    ("mode", "last"),
    [
        ("LlmTokens", {"content": '[{"id":1}]', "batchNumber": 3, "done": False}),
        ("CompleteObjects", {"data": {"id": 1}, "index": 0, "total": 1, "batchNumber": 3, "done": False}),
    ],
)
def test_in_a_continuous_stream_no_answer_is_the_last(mode, last):
    """Its events have the number of the answer instead."""
    encoder = encoder_of(mode, batch=3)

    assert said(encoder.all([{"id": 1}]))[-1] == last


def test_what_was_held_back_of_an_answer_is_not_part_of_the_next():
    """The first one was off-shape at its end, and its only item had not been sent."""
    encoder = encoder_of("ArrayItems", USERS)
    encoder.encode(Delta('{"users": [{"id": 1}], "x": 2}'))

    assert [event["item"] for event in said(encoder.all({"users": [{"id": 3}]}))] == [{"id": 3}]


def test_a_long_text_is_shown_from_its_beginning():
    """An error does not carry the whole stream."""
    encoder = encoder_of("LlmTokens")

    with pytest.raises(OffShapeError) as caught:
        told(encoder, "no " * 1000, "no " * 1000)

    assert len(caught.value.attempts[0]["text"]) == 2000


def test_in_a_continuous_stream_an_empty_list_says_nothing():
    """The next answer may have items."""
    assert encoder_of("ArrayItems", batch=1).all([]) == []


def test_tokens_are_counted_by_their_bytes():
    """A pace of tokens is the same for words and for objects."""
    tokens = [piece.tokens for piece in encoder_of("LlmTokens").encode(Delta("word" * 3))]
    (item,) = encoder_of("CompleteObjects").all([{"text": "word" * 9}])

    assert tokens == [3]
    assert item.tokens == 17
