"""What a request asks of its stream."""

import pytest

from pytest_llmock.config import load_settings
from pytest_llmock.errors import ShapeError
from pytest_llmock.mockapi.events import Continuous, Position
from pytest_llmock.mockapi.request import decode
from pytest_llmock.mockapi.streams import Pace, decode_stream
from pytest_llmock.wire.http import Request


@pytest.fixture
def asked(tmp_path):
    """The stream that a request asks for: `asked("sseMode=…", settings={…})`."""

    def asked(query="", *, settings=None, **headers):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        request = Request("GET", "/api/mock/stream/x", query, named)
        loaded = load_settings(tmp_path, environ={}, overrides=settings or {})
        return decode_stream(request, decode(request, max_items=10), loaded)

    return asked


def test_without_a_word_the_settings_decide(asked):
    """The defaults are those of the original."""
    plain = asked()
    settings = {
        "SseMode": "arrayitems",
        "EnableContinuousStreaming": True,
        "StreamingChunkDelayMinMs": 10,
        "StreamingChunkDelayMaxMs": 20,
    }
    configured = asked(settings=settings)

    assert (plain.mode, bool(plain.pace), plain.continuous, plain.position) == (
        "LlmTokens",
        False,
        None,
        None,
    )
    assert (configured.mode, configured.continuous) == ("ArrayItems", Continuous(2.0, 300.0))
    assert configured.pace == Pace(low_s=0.01, high_s=0.02)


def test_words_are_words_and_all_else_is_data(asked):
    """The backend sees the same request as in the plain form."""
    query = "sseMode=%20completeObjects&timeToFirstTokenMs=50&tokensPerSecond=20&jitter=0.5&interval=5&page=2"

    stream = asked(query)

    assert stream.mode == "CompleteObjects"
    assert stream.pace == Pace(first_s=0.05, token_s=0.05, jitter=0.5)
    assert stream.mock.generation.query == (("interval", "5"), ("page", "2"))


@pytest.mark.parametrize(
    ("query", "headers", "continuous"),
    [
        ("continuous=true&interval=10&maxDuration=0", {}, Continuous(0.01, 0.0)),
        ("", {"x_continuous_streaming": "1"}, Continuous(2.0, 300.0)),
        ("shape=%7B%22%24continuous%22:true,%22id%22:0%7D", {}, Continuous(2.0, 300.0)),
        ("continuous=false", {"x_continuous_streaming": "true"}, None),
    ],
    ids=["query", "header", "shape", "query first"],
)
def test_a_stream_goes_on_when_anybody_asks_for_it(asked, query, headers, continuous):
    """Query before header before shape."""
    stream = asked(query, **headers)

    assert stream.continuous == continuous
    assert stream.mock.generation.query == ()


def test_a_position_is_that_of_the_header(asked):
    """An EventSource sends it by itself."""
    assert asked(last_event_id="4-0000000a").position == Position(4, sum=10)


@pytest.mark.parametrize(
    ("query", "message"),
    [
        (
            "sseMode=ArrayItem",
            "sseMode is 'ArrayItem'. Did you mean 'ArrayItems'? It is one of LlmTokens, CompleteObjects, ArrayItems.",
        ),
        ("continuous=maybe", "continuous is 'maybe': give true or false."),
        ("continuous=1&interval=0", "interval is '0': give milliseconds from 1 to 86,400,000."),
        ("continuous=1&maxDuration=-1", "maxDuration is '-1': give seconds from 0 to 86,400,000."),
        ("timeToFirstTokenMs=soon", "timeToFirstTokenMs is 'soon': give milliseconds from 0 to 86,400,000."),
        ("tokensPerSecond=0", "tokensPerSecond is '0': give tokens from 0.001 to 1,000,000."),
        ("jitter=2", "jitter is '2': give a share from 0 to 1."),
    ],
)
def test_a_wrong_word_is_named_with_what_would_be_right(asked, query, message):
    """422, before anybody is asked."""
    with pytest.raises(ShapeError) as caught:
        asked(query)

    assert caught.value.message == message


def test_waits_are_the_same_for_the_same_seed():
    """And others for another."""
    pace = Pace(token_s=0.1, low_s=0.0, high_s=0.2, jitter=0.5)

    one, same, other = (
        [waits.before(1) for _ in range(5)] for waits in (pace.waits(1), pace.waits(1), pace.waits(2))
    )

    assert one == same != other
    assert all(0.05 <= wait <= 0.45 for wait in one)


def test_a_wait_is_made_of_the_first_the_tokens_and_the_event():
    """What no model writes (the end) has none."""
    waits = Pace(first_s=1.0, token_s=0.25, low_s=0.5, high_s=0.5).waits(0)

    assert [waits.before(tokens) for tokens in (2, 1, 0, 4)] == [2.0, 0.75, 0.0, 1.5]
