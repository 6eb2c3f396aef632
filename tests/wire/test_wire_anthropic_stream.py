"""Answers of Anthropic's Messages API, streamed and whole."""

import json

import pytest
from hypothesis import given, settings

from anthropic_answers import (
    MESSAGES,
    PING,
    STOPPED,
    as_events,
    begun,
    ended,
    grown,
    message,
    noted,
    spoken,
    started,
    words,
)
from pytest_llmock.errors import BackendError
from pytest_llmock.folding import collect
from pytest_llmock.llm import Choice, Delta, End, ToolCall, ToolDelta, Usage
from pytest_llmock.wire.anthropic_answer import encode_completion as anthropic_answer
from pytest_llmock.wire.anthropic_stream import EventDecoder
from pytest_llmock.wire.ollama_answer import encode_completion as ollama_answer
from pytest_llmock.wire.openai_chat import encode_completion as openai_answer


def decoded(*events, answer_tool=""):
    decoder = EventDecoder(answer_tool=answer_tool)
    deltas = [delta for event in events for delta in decoder.feed(json.dumps(event), event["type"])]
    return decoder, [*deltas, *decoder.finish()]


def folded(*events, **options):
    return collect(decoded(*events, **options)[1])


def choice(*events, **options):
    return folded(*events, **options).choices[0]


def test_words_come_piece_by_piece_and_the_end_last():
    """Pings and frames say nothing; usage is that of the last count."""
    decoder, deltas = decoded(*spoken("Hel", "lo"))

    assert deltas == [Delta("Hel"), Delta("lo"), Delta(end=End("stop", Usage(3, 2)))]
    assert (decoder.model, decoder.done) == ("claude-real", True)


def test_thoughts_are_reasoning_and_their_signatures_are_kept():
    """The API wants a signature back with its block."""
    events = [
        started(),
        begun(0, type="thinking", thinking="", signature=""),
        grown(0, "thinking", thinking="Hm. "),
        grown(0, "thinking", thinking="Yes."),
        grown(0, "signature", signature="EqQB"),
        ended(0),
        *spoken("42")[1:],
    ]

    completion = folded(*events)

    assert completion.choices == (Choice("42", "Hm. Yes.", finish_reason="stop"),)
    assert completion.extensions == {"signatures": ["EqQB"]}


def test_a_signature_is_told_with_its_thought():
    """Who passes the answer on needs it before the next block begins."""
    thought = begun(0, type="thinking", thinking="Hm.", signature="EqQB")

    _, deltas = decoded(started(), thought, ended(0), *spoken("42")[1:])

    assert deltas[1] == Delta(extensions={"signatures": ["EqQB"]})


def test_thought_without_a_signature_is_a_thought():
    """Compatible servers sign nothing."""
    completion = EventDecoder().whole(message({"type": "thinking", "thinking": "Hm."}))

    assert (completion.reasoning, completion.extensions) == ("Hm.", {})


def test_tool_calls_come_with_name_first_and_arguments_after():
    """Blocks of several calls are numbered among themselves."""
    _, deltas = decoded(
        started(),
        begun(1, type="tool_use", id="toolu_1", name="f", input={}),
        grown(1, "input_json", partial_json=""),
        grown(1, "input_json", partial_json='{"a": '),
        grown(1, "input_json", partial_json="1}"),
        ended(1),
        begun(2, type="tool_use", id="toolu_2", name="g", input={}),
        ended(2),
        noted("tool_use"),
        STOPPED,
    )

    assert [delta.tool for delta in deltas[:-1]] == [
        ToolDelta(0, "toolu_1", "f"),
        ToolDelta(0, arguments='{"a": '),
        ToolDelta(0, arguments="1}"),
        ToolDelta(1, "toolu_2", "g"),
        ToolDelta(1, arguments="{}"),
    ]
    assert deltas[-1].end == End("tool_calls", Usage(3, 2))


def test_input_that_comes_with_the_block_is_not_lost():
    """Compatible servers send it in one piece."""
    found = choice(
        started(), begun(0, type="tool_use", id="1", name="f", input={"ü": 1}), ended(0), noted("tool_use")
    )

    assert found.tool_calls == (ToolCall("1", "f", '{"ü": 1}'),)


def test_input_of_the_answers_tool_is_the_answer():
    """It was called for its form only, so the answer stopped by itself."""
    found = choice(
        started(),
        begun(0, type="tool_use", id="1", name="answer", input={}),
        grown(0, "input_json", partial_json='{"a"'),
        grown(0, "input_json", partial_json=": 1}"),
        ended(0),
        noted("tool_use"),
        STOPPED,
        answer_tool="answer",
    )

    assert found == Choice('{"a": 1}', finish_reason="stop")


@pytest.mark.parametrize(
    ("said", "finish", "kept"),
    [
        ("end_turn", "stop", {}),
        ("max_tokens", "length", {}),
        ("tool_use", "tool_calls", {}),
        ("refusal", "content_filter", {}),
        ("stop_sequence", "stop", {"stop_reason": "stop_sequence"}),
        ("pause_turn", "stop", {"stop_reason": "pause_turn"}),
        (
            "model_context_window_exceeded",
            "length",
            {"stop_reason": "model_context_window_exceeded"},
        ),
        ("tired", "stop", {"stop_reason": "tired"}),
    ],
)
def test_reason_to_stop_is_a_finish_reason(said, finish, kept):
    """What the finish reason does not say is kept."""
    completion = folded(*spoken("x", reason=said))

    assert (completion.finish_reason, completion.extensions) == (finish, kept)


def test_details_of_the_stop_are_kept():
    """Which sequence it was, and what a refusal says about itself."""
    note = noted("refusal")
    note["delta"] |= {"stop_sequence": "END", "stop_details": {"type": "refusal", "category": "bio"}}

    completion = folded(started(), note, STOPPED)

    assert completion.extensions == {"stop_sequence": "END", "stop_details": note["delta"]["stop_details"]}


EXPLAINED = {"type": "refusal", "category": "bio", "explanation": "I won't."}


def test_the_words_of_a_refusal_are_where_every_api_looks_for_them():
    """Streamed and whole: who replays it by another API has them, and Anthropic's own is what it was."""
    note = noted("refusal")
    note["delta"] |= {"stop_details": EXPLAINED}

    streamed = folded(started(), note, STOPPED)
    whole = EventDecoder().whole(message(reason="refusal", stop_details=EXPLAINED))

    assert streamed.extensions == whole.extensions == {"stop_details": EXPLAINED, "refusal": "I won't."}
    assert (
        openai_answer(whole, id="i", created=1, model="m")["choices"][0]["message"]["refusal"] == "I won't."
    )
    assert ollama_answer(whole, model="m", created_at="")["message"]["content"] == "I won't."
    assert anthropic_answer(whole, id="i", model="m")["stop_details"] == EXPLAINED


def test_cached_tokens_are_input_tokens():
    """Those written to the cache and those read from it; the parts are kept."""
    events = spoken("x")
    events[0] = started(cache_creation_input_tokens=10, cache_read_input_tokens=100, service_tier="standard")
    events[-2] = noted(cache_creation_input_tokens=None, output_tokens_details={"thinking_tokens": 1})

    usage = folded(*events).usage

    assert (usage.input_tokens, usage.output_tokens) == (113, 2)
    assert usage.extensions == {
        "cache_creation_input_tokens": 10,
        "cache_read_input_tokens": 100,
        "service_tier": "standard",
        "output_tokens_details": {"thinking_tokens": 1},
    }


@pytest.mark.parametrize("usage", [None, {}, {"input_tokens": -1}, {"input_tokens": True}], ids=repr)
def test_tokens_that_cannot_be_are_not_counted(usage):
    """Somebody else estimates them then."""
    start = {"type": "message_start", "message": {"usage": usage}}

    _, deltas = decoded(start, noted())

    assert deltas[-1].end == End("stop", None)


def test_citations_are_kept():
    """Those of a stream come one by one, those of a whole answer with their block."""
    place = {"type": "char_location", "cited_text": "x"}
    streamed = folded(started(), begun(0, type="text", text=""), grown(0, "citations", citation=place))
    whole = EventDecoder().whole(message({**words("x"), "citations": [place]}))

    assert [streamed.extensions, whole.extensions] == [{"citations": [place]}] * 2


def test_blocks_of_other_kinds_are_kept_as_they_came():
    """With the input that came piece by piece, even where it is no JSON."""
    block = {"type": "server_tool_use", "id": "1", "name": "web_search", "input": {}}
    results = {"type": "web_search_tool_result", "tool_use_id": "1", "content": []}
    pieces = [grown(0, "input_json", partial_json=piece) for piece in ('{"query"', ': "x"}')]
    broken = [begun(2, **block), grown(2, "input_json", partial_json="{"), ended(2)]

    completion = folded(
        started(), begun(0, **block), *pieces, ended(0), begun(1, **results), ended(1), *broken
    )

    expected = [{**block, "input": {"query": "x"}}, results, {**block, "input": "{"}]
    assert completion.extensions == {"content": expected}


def test_answer_without_a_block_is_an_empty_answer():
    """The service sends one where there is nothing to add."""
    completion = folded(started(), noted(), STOPPED)

    assert completion.choices == (Choice(finish_reason="stop"),)


@pytest.mark.parametrize(
    ("events", "finish"),
    [
        (spoken("x")[:4], None),
        (spoken("x")[:-1], "stop"),
        ([*spoken("x")[:-2], STOPPED], "stop"),
    ],
    ids=["no-reason", "no-stop-event", "no-reason-but-stop-event"],
)
def test_cut_stream_has_no_end(events, finish):
    """A reason or the stop event says that all is well."""
    found = choice(*events)

    assert (found.text, found.finish_reason) == ("x", finish)


def test_end_is_given_once():
    """Whoever asks again after the stop event gets nothing."""
    decoder, _ = decoded(*spoken("x"))

    assert decoder.finish() == []


@pytest.mark.parametrize(
    "event",
    [
        PING,
        {"type": "message_pause"},
        {"type": "content_block_delta"},
        {"type": "content_block_delta", "index": 7, "delta": {"type": "text_delta", "text": None}},
        {
            "type": "content_block_delta",
            "index": 7,
            "delta": {"type": "input_json_delta", "partial_json": "x"},
        },
        {"type": "content_block_stop", "index": 7},
        {"type": "content_block_start", "index": "a", "content_block": "b"},
        {"type": "message_start", "message": []},
        {"type": "message_delta", "delta": 1, "usage": []},
        {"data": "x"},
    ],
    ids=lambda event: json.dumps(event)[:60],
)
def test_event_that_says_nothing_is_passed_over(event):
    """Pings, types that nobody knows yet, and frames that frame nothing."""
    deltas = EventDecoder().feed(json.dumps(event), "x")

    assert deltas == []


@pytest.mark.parametrize(
    ("type", "kind", "status"),
    [
        ("overloaded_error", "status", 529),
        ("rate_limit_error", "status", 429),
        ("api_error", "status", 500),
        ("invalid_request_error", "status", 400),
        ("new_error", "cut", None),
    ],
)
def test_error_event_is_the_failure_of_its_status(type, kind, status):
    """The status 200 was sent already: the type says what it would have been."""
    event = {"type": "error", "error": {"type": type, "message": "No"}, "request_id": "req_1"}

    with pytest.raises(BackendError) as caught:
        EventDecoder().feed(json.dumps(event), "error")

    failure = caught.value.failure
    assert (failure.kind, failure.status, failure.message) == (kind, status, "The answer is an error: No")
    assert json.loads(failure.body) == event


def test_error_without_a_type_is_known_by_its_events_name():
    """Some gateways send their own words."""
    with pytest.raises(BackendError) as caught:
        EventDecoder().feed('{"message": "gone"}', "error")

    assert caught.value.failure.message == "The answer is an error: gone"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ([], "The answer cannot be read: the answer is not a JSON object."),
        ({"id": 1}, "The answer cannot be read: it has neither content nor an error."),
        ({"type": "error", "error": {"type": "api_error", "message": "No"}}, "The answer is an error: No"),
    ],
    ids=["list", "neither", "error"],
)
def test_body_that_is_no_answer_is_a_failure(body, message):
    """It is never taken for an empty one."""
    with pytest.raises(BackendError) as caught:
        EventDecoder().whole(body)

    assert caught.value.failure.message == message


def test_whole_answer_says_its_model_and_stops_by_itself():
    """Even where it does not say why: its body is complete."""
    decoder = EventDecoder()

    completion = decoder.whole(message(words("Hi"), reason=None))

    assert (completion.choices, decoder.model) == ((Choice("Hi", finish_reason="stop"),), "claude-real")


@given(MESSAGES)
@settings(max_examples=80)
def test_answer_is_the_same_whole_and_streamed(body):
    """Whatever blocks it has, in whatever pieces they come."""
    streamed = folded(*as_events(body))

    assert streamed == EventDecoder().whole(body)
