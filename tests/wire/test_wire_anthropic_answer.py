"""Answers of Anthropic's Messages API, written."""

import json

from anthropic_strategies import COMPLETIONS
from hypothesis import given

from pytest_llmock.errors import BackendError, Failure, RequestError
from pytest_llmock.folding import collect
from pytest_llmock.llm import Choice, Completion, Delta, End, ToolDelta, Usage
from pytest_llmock.wire.anthropic_answer import encode_completion
from pytest_llmock.wire.anthropic_errors import error_body
from pytest_llmock.wire.anthropic_events import EventEncoder
from pytest_llmock.wire.anthropic_stream import EventDecoder
from pytest_llmock.wire.sse import SSEDecoder


def unfolded(completion):
    """The deltas of a completion, its words in pieces of one letter."""
    (choice,) = completion.choices
    yield Delta(extensions=completion.extensions)
    yield from (Delta(reasoning=letter) for letter in choice.reasoning)
    yield from (Delta(letter) for letter in choice.text)
    for place, call in enumerate(choice.tool_calls):
        yield Delta(tool=ToolDelta(place, call.id, call.name))
        yield from (Delta(tool=ToolDelta(place, arguments=letter)) for letter in call.arguments)
    yield Delta(end=End(choice.finish_reason, completion.usage))


def events(*deltas, **options):
    encoder = EventEncoder(id="msg_1", model="m", **{"input_tokens": 1, **options})
    data = b"".join([*map(encoder.encode, deltas), encoder.done()])
    return SSEDecoder().feed(data)


def bodies(*deltas):
    return [json.loads(event.data) for event in events(*deltas)]


def decoded(sent):
    decoder = EventDecoder()
    return collect([delta for event in sent for delta in decoder.feed(event.data, event.event)])


@given(COMPLETIONS)
def test_an_answer_survives_the_round_trip(completion):
    """Whole, it is what is decoded from its own body."""
    body = json.loads(json.dumps(encode_completion(completion, id="msg_1", model="m")))

    assert EventDecoder().whole(body) == completion


@given(COMPLETIONS)
def test_a_stream_survives_the_round_trip(completion):
    """In pieces, it is what is decoded from its own events."""
    assert decoded(events(*unfolded(completion))) == completion


def test_blocks_follow_each_other():
    """Each begins at its index, and ends before the next one begins; a ping comes once."""
    said = bodies(Delta(reasoning="Hm"), Delta("a"), Delta("b"), Delta(tool=ToolDelta(0, "1", "f", "{}")))

    kinds = [body["type"] for body in said]
    frame = ["content_block_start", "content_block_delta"]
    assert kinds == [
        "message_start",
        *frame[:1],
        "ping",
        *frame[1:] * 2,
        "content_block_stop",
        *frame,
        *frame[1:],
        "content_block_stop",
        *frame,
        "content_block_stop",
        "message_delta",
        "message_stop",
    ]
    assert [body["index"] for body in said if body["type"] == "content_block_stop"] == [0, 1, 2]


def test_a_late_piece_of_a_call_goes_to_its_block():
    """Some backends write two calls at once."""
    pieces = [ToolDelta(0, "1", "f", "{"), ToolDelta(1, "2", "g", "{}"), ToolDelta(0, arguments="}")]

    calls = decoded(events(*(Delta(tool=piece) for piece in pieces), Delta(end=End("tool_calls")))).tool_calls

    assert [call.name for call in calls] == ["f", "g"]
    late = [body for body in bodies(*(Delta(tool=piece) for piece in pieces)) if body.get("index") == 0]
    assert late[-1]["delta"]["partial_json"] == "}"


def test_a_stream_without_a_word_has_its_frame():
    """An answer may be empty."""
    assert [body["type"] for body in bodies()] == ["message_start", "message_delta", "message_stop"]
    assert bodies(Delta(end=End("length")))[1]["delta"]["stop_reason"] == "max_tokens"


def test_usage_that_nobody_counted_is_that_of_the_beginning():
    """It is never zero."""
    assert bodies(Delta("a"))[-2]["usage"]["input_tokens"] == 1


def test_a_thought_that_is_not_shown_has_its_signature():
    """The API wants it back."""
    said = Completion((Choice("", "", (), "stop"),), extensions={"signatures": ["s"]})

    assert encode_completion(said, id="i", model="m")["content"] == [
        {"type": "thinking", "thinking": "", "signature": "s"}
    ]
    assert decoded(events(*unfolded(said))).extensions == {"signatures": ["s"]}


def test_blocks_of_other_kinds_and_citations_come_back():
    """As they were read, whole and streamed."""
    block, citation = {"type": "redacted_thinking", "data": "x"}, {"type": "char_location"}
    details = {"type": "refusal", "category": "cyber"}
    said = Completion(
        (Choice("a", "", (), "content_filter"),),
        Usage(1, 1),
        extensions={"content": [block], "citations": [citation], "stop_details": details},
    )

    body = encode_completion(said, id="i", model="m")

    assert EventDecoder().whole(body) == said
    assert decoded(events(*unfolded(said))) == said


def test_what_is_no_block_is_left_out_of_a_stream():
    """A cassette may have been edited by hand."""
    odd = Delta(extensions={"content": ["x"]})

    assert [body["type"] for body in bodies(odd)] == ["message_start", "message_delta", "message_stop"]


def test_an_error_has_the_services_type():
    """An upstream's own type, else that of its status, else that of its kind."""
    told = '{"error": {"type": "billing_error", "message": "pay"}}'
    errors = [
        BackendError(Failure("status", "pay", status=400, body=told)),
        BackendError(Failure("status", "slow", status=429)),
        BackendError(Failure("timeout", "late")),
        RequestError("no", status=418),
    ]

    assert [error_body(error)["error"]["type"] for error in errors] == [
        "billing_error",
        "rate_limit_error",
        "api_error",
        "invalid_request_error",
    ]


def test_an_error_in_a_stream_is_an_event():
    """SDKs look at its name."""
    encoder = EventEncoder(id="i", model="m", input_tokens=1)

    assert encoder.error({"type": "error"}) == b'event: error\ndata: {"type":"error"}\n\n'
