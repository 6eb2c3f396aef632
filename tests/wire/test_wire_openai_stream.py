"""Streamed answers of OpenAI's chat API."""

import asyncio
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.types.chat import ChatCompletionChunk
from openai_strategies import COMPLETIONS

from pytest_llmock.errors import BackendError
from pytest_llmock.folding import by_words, fold, unfold
from pytest_llmock.llm import Choice, Completion, Delta, End, ToolCall, ToolDelta, Usage
from pytest_llmock.wire.openai_chat import ChunkDecoder, ChunkEncoder
from pytest_llmock.wire.sse import SSEDecoder

END = Delta(end=End("stop", Usage(3, 2)))


async def stream(deltas):
    for delta in deltas:
        yield delta


async def listed(deltas):
    return [delta async for delta in deltas]


def folded(deltas):
    return asyncio.run(fold(stream(deltas)))


def encoded(deltas, *, include_usage=True):
    encoder = ChunkEncoder(id="chatcmpl-1", created=7, model="m", include_usage=include_usage)
    return [*map(encoder.encode, deltas), encoder.done()]


def chunks_of(deltas, **options):
    events = SSEDecoder().feed(b"".join(encoded(deltas, **options)))
    assert events.pop().data == "[DONE]"
    return [json.loads(event.data) for event in events]


def decoded(*chunks):
    decoder = ChunkDecoder()
    fed = [
        delta
        for chunk in chunks
        for delta in decoder.feed(chunk if isinstance(chunk, str) else json.dumps(chunk))
    ]
    return [*fed, *decoder.finish()]


def piece(index=0, finish=None, **delta):
    return {"choices": [{"index": index, "delta": delta, "finish_reason": finish}]}


@pytest.mark.parametrize("top_logprobs", [None, 2], ids=["plain", "with log probabilities"])
@given(text=st.text(alphabet=st.sampled_from(' ab"\\\né\ud800😀'), min_size=1, max_size=30))
def test_what_was_made_at_once_becomes_the_events_of_its_pieces(top_logprobs, text):
    """The encoder cuts the text itself, and byte for byte as it is cut elsewhere."""

    def events(deltas):
        encoder = ChunkEncoder(id="chatcmpl-1", created=7, model="m", top_logprobs=top_logprobs)
        return b"".join([*map(encoder.encode, deltas), encoder.done()])

    at_once = [Delta(text, at_once=True), END]

    assert events(at_once) == events(asyncio.run(listed(by_words(stream(at_once)))))


@given(COMPLETIONS)
def test_stream_survives_the_round_trip(completion):
    """What the decoder makes of the encoder's bytes folds to the same answer."""
    deltas = asyncio.run(listed(unfold(completion)))
    events = SSEDecoder().feed(b"".join(encoded(deltas)))
    decoder = ChunkDecoder()

    received = [delta for event in events for delta in decoder.feed(event.data, event.event)]

    assert folded(received) == completion
    assert (decoder.done, decoder.model, decoder.finish()) == (True, "m", [])


@given(st.lists(st.tuples(st.integers(0, 2), st.text()), max_size=9))
def test_pieces_of_several_choices_survive_in_any_order(pieces):
    """Choices may grow by turns, in pieces of any size."""
    deltas = [Delta(text, index) for index, text in pieces]
    ends = [Delta(index=index, end=End("stop")) for index in range(3)]
    whole = [*deltas, *ends[:-1], Delta(index=2, end=End("stop", Usage(1, 1)))]

    received = decoded(*chunks_of(whole))

    assert folded(received) == folded(whole)


@given(COMPLETIONS)
def test_chunks_are_what_the_sdk_expects(completion):
    """OpenAI's own types accept every chunk, strictly."""
    deltas = asyncio.run(listed(unfold(completion)))

    for chunk in chunks_of(deltas):
        for choice in chunk["choices"]:
            choice["logprobs"] = None
        parsed = ChatCompletionChunk.model_validate(chunk, strict=True)

        assert parsed.id == "chatcmpl-1"


def test_stream_has_the_chunks_of_the_api():
    """Role first, then words, then the reason, then the usage on a chunk without choices."""
    head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 7, "model": "m"}

    chunks = chunks_of([Delta("Hi"), END])

    said = [
        ({"role": "assistant", "content": "", "refusal": None}, None),
        ({"content": "Hi"}, None),
        ({}, "stop"),
    ]
    assert chunks == [
        *(
            {
                **head,
                "choices": [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}],
                "usage": None,
            }
            for delta, finish in said
        ),
        {**head, "choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}},
    ]


def test_usage_is_sent_only_when_it_was_asked_for():
    """Without include_usage no chunk mentions usage."""
    chunks = chunks_of([Delta("Hi"), END], include_usage=False)

    assert [sorted(chunk) for chunk in chunks] == [["choices", "created", "id", "model", "object"]] * 3


def test_tool_call_is_sent_in_pieces():
    """The first piece has id, type and name, the others arguments only."""
    first = Delta(tool=ToolDelta(0, "c1", "f", ""))

    chunks = chunks_of([first, Delta(tool=ToolDelta(0, arguments='{"a"'))])

    assert [chunk["choices"][0]["delta"].get("tool_calls") for chunk in chunks[1:3]] == [
        [{"index": 0, "id": "c1", "type": "function", "function": {"name": "f", "arguments": ""}}],
        [{"index": 0, "function": {"arguments": '{"a"'}}],
    ]


def test_fields_of_the_answer_stand_in_every_chunk_from_then_on():
    """A fingerprint that comes with a later delta is in the chunks from there."""
    chunks = chunks_of([Delta("a"), Delta("b", extensions={"system_fingerprint": "fp", "unknown": 1})])

    assert [chunk.get("system_fingerprint") for chunk in chunks] == [None, None, "fp", "fp"]


def test_choice_that_only_refuses_is_opened_by_its_refusal():
    """What a choice says beside words stands in its own chunks, the unknown finish reason in its last."""
    extensions = {"refusal[1]": "no", "finish_reason[1]": "eos"}

    chunks = chunks_of([Delta("a", extensions=extensions), Delta(index=1, end=End("stop"))])

    second = [choice for chunk in chunks for choice in chunk["choices"] if choice["index"] == 1]
    assert [choice["delta"].get("refusal") for choice in second] == [None, "no", None]
    assert [choice["finish_reason"] for choice in second] == [None, None, "eos"]


def test_text_that_is_no_unicode_is_still_json():
    """A lone surrogate goes through escaped."""
    chunks = chunks_of([Delta("\ud83d")])

    assert chunks[1]["choices"][0]["delta"] == {"content": "\ud83d"}


def test_error_is_one_event():
    """A stream gone wrong ends in an event with OpenAI's error body."""
    encoder = ChunkEncoder(id="x", created=1, model="m")

    written = encoder.error({"error": {"message": "no"}})

    assert written == b'data: {"error":{"message":"no"}}\n\n'


@pytest.mark.parametrize(
    ("chunks", "expected"),
    [
        ([piece(role="assistant", content=None), piece(content=""), piece(content="a")], [Delta("a")]),
        ([{"choices": []}, {"object": "ping"}, {"choices": ["?"]}], []),
        ([piece(reasoning_content="a"), piece(reasoning="b")], [Delta(reasoning="a"), Delta(reasoning="b")]),
        ([{"choices": [{"delta": None}]}], []),
        ([piece(content="a", finish="stop")], [Delta("a"), Delta(end=End("stop"))]),
        (
            [piece(finish="length"), {"usage": {"prompt_tokens": 1, "completion_tokens": 2}}],
            [Delta(end=End("length", Usage(1, 2)))],
        ),
        ([piece(content="a")], [Delta("a")]),
        (
            [piece(content="a"), "[DONE]"],
            [Delta("a"), Delta(end=End("stop"))],
        ),
        (
            [piece(refusal="I "), piece(refusal="won't"), piece(finish="stop")],
            [Delta(end=End("stop"), extensions={"refusal": "I won't"})],
        ),
        ([piece(refusal="I ")], [Delta(extensions={"refusal": "I "})]),
        (
            [piece(1, finish="eos"), {"choices": [], "system_fingerprint": "fp"}],
            [
                Delta(
                    index=1,
                    end=End("stop"),
                    extensions={"finish_reason[1]": "eos", "system_fingerprint": "fp"},
                )
            ],
        ),
        (
            [
                piece(function_call={"name": "f"}),
                piece(function_call={"arguments": "{}"}, finish="function_call"),
            ],
            [
                Delta(tool=ToolDelta(0, "", "f")),
                Delta(tool=ToolDelta(0, arguments="{}")),
                Delta(end=End("tool_calls")),
            ],
        ),
        (
            [{"choices": [{"logprobs": {"content": [1], "refusal": None}}]} for _ in "ab"],
            [Delta(extensions={"logprobs": {"content": [1, 1], "refusal": None}})],
        ),
        (
            ['{"choices": [{"delta": {}, "finish_reason": "stop", "logprobs": {"a": NaN}}]}'],
            [Delta(end=End("stop"), extensions={"logprobs": {"a": None}})],
        ),
    ],
    ids=[
        *("role", "empty", "reasoning", "no-delta", "one-chunk", "usage-last", "cut", "done-without-reason"),
        *("refusal", "refusal-cut", "unknown-reason", "function_call", "logprobs", "nan"),
    ],
)
def test_chunks_become_deltas(chunks, expected):
    """Chunks without words are swallowed, ends held back, and what is not modelled is kept."""
    deltas = decoded(*chunks)

    assert deltas == expected


@pytest.mark.parametrize(
    ("calls", "expected"),
    [
        (
            [
                {"index": 0, "id": "a", "function": {"name": "f"}},
                {"index": 0, "function": {"arguments": "{}"}},
            ],
            (ToolCall("a", "f", "{}"),),
        ),
        (
            [
                {"index": 0, "id": "a", "function": {"name": "f"}},
                {"index": 0, "id": "b", "function": {"name": "g"}},
            ],
            (ToolCall("a", "f", ""), ToolCall("b", "g", "")),
        ),
        (
            [
                {"id": "a", "function": {"name": "f"}},
                {"function": {"arguments": "{"}},
                {"id": "b", "function": {"name": "g"}},
                {"id": "a", "function": {"arguments": "}"}},
            ],
            (ToolCall("a", "f", "{}"), ToolCall("b", "g", "")),
        ),
        ([{"function": {"name": "f", "arguments": {}}}, None], (ToolCall("", "f", "{}"),)),
    ],
    ids=["pieces", "all-numbered-0", "not-numbered", "no-id"],
)
def test_tool_calls_are_told_apart_however_servers_number_them(calls, expected):
    """A new id is a new call, even where the server gives every call the number 0, or none."""
    deltas = decoded(*(piece(tool_calls=[call]) for call in calls))

    assert folded(deltas) == Completion((Choice(tool_calls=expected),))


@pytest.mark.parametrize(
    ("data", "event", "kind", "status", "message"),
    [
        ("{", "", "protocol", None, "The answer cannot be read: an event is not JSON: '{'."),
        ("[1]", "", "protocol", None, "The answer cannot be read: an event is not a JSON object: '[1]'."),
        (
            "[" * 100_000,
            "",
            "protocol",
            None,
            f"The answer cannot be read: an event is not JSON: {'[' * 80!r}.",
        ),
        ('{"error": {"message": "no", "code": 500}}', "", "status", 500, "The answer is an error: no"),
        ('{"message": "no"}', "error", "cut", None, "The answer is an error: no"),
    ],
    ids=["broken", "list", "deep", "error", "error-event"],
)
def test_event_that_is_no_chunk_is_a_failure(data, event, kind, status, message):
    """Broken JSON and error events end the answer as a failure."""
    with pytest.raises(BackendError) as caught:
        ChunkDecoder().feed(data, event)

    failure = caught.value.failure
    assert (failure.kind, failure.status, failure.message) == (kind, status, message)
