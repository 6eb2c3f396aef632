"""Fixtures of aimock."""

import json

import pytest
from foreign_files import taken

from pytest_llmock.cassettes.importing import aimock
from pytest_llmock.cassettes.request import prompt_of
from pytest_llmock.llm import ToolCall, Usage


def fixture(tmp_path, response, match=None, **entry):
    path = tmp_path / "f.json"
    entry = {"match": match or {"userMessage": "hi"}, "response": response, **entry}
    path.write_text(json.dumps({"fixtures": [entry]}), encoding="utf-8")
    return taken(path)


def test_what_aimock_recorded_is_taken_as_far_as_it_goes():
    """Answers, refusals and embeddings; the request is the one message that the file has."""
    found = taken("aimock.json").interactions

    prompts = [prompt_of(item.request) for item in found]
    assert [prompt.messages[0].text for prompt in prompts[:4]] == ["plain", "streamed", "busy", "secret <redacted:server-key>"]  # fmt: skip
    assert [prompt.inputs for prompt in prompts[4:]] == [("a",), ("b c",)]
    assert (found[0].completion.text, found[0].completion.usage) == ("Answer to: plain", Usage(12, 5))
    assert (found[2].failure.status, found[2].failure.retry_after_s) == (429, 1.0)
    assert found[4].completion.vectors == ((0.5, -0.25, 1.0),)


def test_the_duration_that_aimock_noted_is_kept():
    """Replayed at the recorded pace, a refusal takes as long."""
    assert taken("aimock.json").interactions[1].recorded.seconds == 0.006


def test_what_aimock_does_not_keep_is_said():
    """A request that had more than the file has is not made up."""
    assert taken("aimock.json").remarks == [
        "aimock keeps the last user message of a request and not the rest, so each imported request is that message alone (the inputs of an embedding are one text). A call that says more misses: record it again.",
        "fixture 3: not imported: its request had a system prompt, which aimock does not keep.",
        "fixture 4: not imported: its request offered tools, which aimock does not keep.",
        "fixture 5: not imported: it answers a later turn of a conversation, and aimock keeps only the last message of that.",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("match", "reason"),
    [
        ({"userMessage": "a", "hasToolResult": True}, "it answers a later turn of a conversation, and aimock keeps only the last message of that"),
        ({"toolCallId": "c"}, "it answers a later turn of a conversation, and aimock keeps only the last message of that"),
        ({"userMessage": "a", "toolName": "t"}, "its request offered tools, which aimock does not keep"),
        ({"userMessage": "a", "systemMessage": ["b", "c"]}, "its request had a system prompt, which aimock does not keep"),
        ({"userMessage": "a", "responseFormat": "json_object"}, "its request asked for a form of answer, which aimock does not keep"),
        ({"endpoint": "image", "userMessage": "a"}, "the endpoint 'image' is not supported by this version"),
        ({"model": "m"}, "it does not say what was asked"),
        ({"inputText": "a"}, "an answer of this kind is not supported by this version"),
    ],
    ids=["tool result", "tool call", "tool", "system", "format", "endpoint", "nothing", "kind"],
)  # fmt: skip
def test_a_fixture_that_is_no_whole_exchange_is_left_out(tmp_path, match, reason):
    """The reason is said, and as nothing was imported, nothing more."""
    found = fixture(tmp_path, {"content": "Hello."}, match)

    assert (found.interactions, found.remarks) == ([], [f"fixture 1: not imported: {reason}."])


def test_an_answer_with_sound_is_left_out(tmp_path):
    """Its words alone would not be what was answered."""
    found = fixture(tmp_path, {"content": "Hello.", "audio": "AAAA"})

    assert found.remarks == [
        "fixture 1: not imported: an answer of this kind is not supported by this version."
    ]


def test_a_system_prompt_that_the_fixture_states_is_part_of_the_request(tmp_path):
    """As a whole text it can be sent; model and words are taken too."""
    match = {"userMessage": "hi", "systemMessage": "Be brief.", "model": "small-1", "turnIndex": 0}

    (interaction,) = fixture(tmp_path, {"content": "Hello."}, match).interactions

    assert interaction.request["messages"] == [{"system": "Be brief."}, {"user": "hi"}]
    assert interaction.recorded.asked == "small-1"


def test_parts_of_an_answer_keep_their_order(tmp_path):
    """`blocks` say it, and win over what else is there; data becomes JSON text, a missing id is numbered."""
    blocks = [{"type": "toolCall", "name": "find", "arguments": {"q": 1}}, {"type": "text", "text": "Wait."}]

    (interaction,) = fixture(tmp_path, {"content": "old", "blocks": blocks}).interactions

    assert [bool(delta.tool) for _, delta in interaction.deltas] == [True, False, False]
    assert interaction.completion.tool_calls == (ToolCall("call_1", "find", '{"q":1}'),)
    assert (interaction.completion.text, interaction.completion.finish_reason) == ("Wait.", "tool_calls")


def test_all_that_a_fixture_says_of_its_answer_is_taken(tmp_path):
    """Structured content as JSON text, thoughts, calls, tokens in either dialect, reason, model, fingerprint."""
    said = {
        "content": {"a": "é"},
        "reasoning": "Hm.",
        "toolCalls": [{"id": "x", "name": "t", "arguments": "{}"}],
        "usage": {"input_tokens": 3, "output_tokens": 2},
        "finishReason": "length",
        "model": "big",
        "systemFingerprint": "fp",
    }

    (interaction,) = fixture(tmp_path, said).interactions

    completion = interaction.completion
    assert (completion.text, completion.reasoning, completion.finish_reason) == ('{"a":"é"}', "Hm.", "length")
    assert (completion.tool_calls, completion.usage) == ((ToolCall("x", "t", "{}"),), Usage(3, 2))
    assert (interaction.recorded.model, completion.extensions) == ("big", {"system_fingerprint": "fp"})


def test_an_error_of_a_fixture_is_a_refusal(tmp_path):
    """500 where it says no status; nothing is waited for after that."""
    (interaction,) = fixture(tmp_path, {"error": {"message": "Broken."}}).interactions

    failure = interaction.failure
    assert (failure.kind, failure.status, failure.retry_after_s) == ("status", 500, None)
    assert failure.message == "Backend 'cloud' (openai at https://api.openai.com) answered 500: Broken."


def test_a_status_that_is_no_number_is_said(tmp_path):
    """A slip in a hand-written fixture is no crash."""
    found = fixture(tmp_path, {"error": {"message": "x"}, "status": "429"})

    assert (
        found.remarks[1]
        == "fixture 1: not imported: it was answered with the status 0, which carries no answer."
    )


def test_fixtures_of_one_match_come_in_their_sequence():
    """By their index, those without one last."""
    matches = [{}, {"sequenceIndex": 1}, {"sequenceIndex": 0}]
    fixtures = [{"match": {"userMessage": "a", **match}, "response": {"content": "x"}} for match in matches]

    found = aimock.read({"fixtures": fixtures})

    assert [exchange.number for exchange in found.exchanges] == [3, 2, 1]


def test_injected_faults_are_left_out_and_said(tmp_path):
    """They are no part of what a model answers."""
    found = fixture(tmp_path, {"content": "Hello."}, chaos={"dropRate": 1}, truncateAfterChunks=2)

    assert len(found.interactions) == 1
    assert found.remarks[1] == "fixture 1: imported without the faults that aimock injects (chaos, truncateAfterChunks)."  # fmt: skip


def test_another_file_is_none_of_aimock():
    """It has fixtures, and nothing else does; they are JSON."""
    assert (aimock.read({"interactions": []}), aimock.read({"fixtures": [b""]})) == (None, None)
