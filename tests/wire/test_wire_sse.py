"""Server-sent events as the WHATWG describes them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_llmock.wire.sse import Event, EventTooLargeError, SSEDecoder, SSEError, encode

LINE_ENDS = st.sampled_from(["\n", "\r\n", "\r"])
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\r"))


@pytest.mark.parametrize(
    ("data", "event", "expected"),
    [
        ("x", "", b"data: x\n\n"),
        ("x", "error", b"event: error\ndata: x\n\n"),
        ("a\nb", "", b"data: a\ndata: b\n\n"),
        ("a\r\nb\rc", "", b"data: a\ndata: b\ndata: c\n\n"),
        ("", "", b"data: \n\n"),
    ],
    ids=["plain", "named", "two-lines", "other-line-ends", "empty"],
)
def test_event_is_written_line_by_line(data, event, expected):
    """Each line of the data is a field of its own, so that no line end is lost."""
    written = encode(data, event)

    assert written == expected


@given(st.lists(st.tuples(TEXT, st.sampled_from(["", "error"]))), LINE_ENDS, st.integers(1, 5))
def test_events_survive_any_line_end_and_any_cut(pairs, end, size):
    """What was encoded is decoded, however lines end and wherever the network cuts."""
    stream = b"".join(encode(*pair) for pair in pairs).replace(b"\n", end.encode())
    decoder = SSEDecoder()

    events = [event for at in range(0, len(stream), size) for event in decoder.feed(stream[at : at + size])]

    assert events == [Event(data, event) for data, event in pairs]


@pytest.mark.parametrize(
    ("stream", "expected"),
    [
        (b"\xef\xbb\xbfdata: x\n\n", [Event("x")]),
        (b": a comment\n\ndata: x\n\n", [Event("x")]),
        (b"data\n\n", [Event("")]),
        (b"data:x\ndata:  y\n\n", [Event("x\n y")]),
        (b"id: 7\ndata: x\n\ndata: y\n\n", [Event("x", id="7"), Event("y", id="7")]),
        (b"id: 7\0\ndata: x\n\n", [Event("x")]),
        (b"retry: 10\nunknown: 1\ndata: x\n\n", [Event("x")]),
        (b"event: ping\n\ndata: x\n\n", [Event("x")]),
        (b"data: x", []),
    ],
    ids=["bom", "comment", "no-colon", "one-space", "id", "nul-in-id", "ignored", "no-data", "unended"],
)
def test_field_is_read_as_the_specification_says(stream, expected):
    """Byte order mark, comments, spaces, ids and unknown fields are treated as the specification says."""
    events = SSEDecoder().feed(stream)

    assert events == expected


def test_carriage_return_at_the_end_of_a_chunk_is_one_line_end_with_the_next_line_feed():
    """CR LF that the network has cut in two ends one line, not two."""
    decoder = SSEDecoder()

    events = [*decoder.feed(b"data: x\r"), *decoder.feed(b""), *decoder.feed(b"\n"), *decoder.feed(b"\r\n")]

    assert events == [Event("x")]


def test_bytes_that_are_not_utf8_are_an_error():
    """Nothing is replaced silently."""
    with pytest.raises(SSEError) as caught:
        SSEDecoder().feed(b"data: \xff\n\n")

    assert str(caught.value) == "The event stream is not UTF-8 (invalid start byte)."


@pytest.mark.parametrize("chunks", [[b"data: 12345678\n"], [b"data: 12", b"345678"]], ids=["line", "pieces"])
def test_event_above_the_limit_is_an_error(chunks):
    """A server cannot fill the memory with an event that never ends."""
    decoder = SSEDecoder(max_event_bytes=10)

    with pytest.raises(EventTooLargeError) as caught:
        [decoder.feed(chunk) for chunk in chunks]

    assert str(caught.value) == "An event is larger than 10 bytes."
