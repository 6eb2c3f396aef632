"""Answers of Ollama's own API: what lines say is what the whole says."""

import json

from anthropic_strategies import COMPLETIONS
from hypothesis import given

from pytest_llmock.llm import Choice, Completion, Delta, End, ToolDelta, Usage
from pytest_llmock.wire.ollama_answer import LineEncoder, encode_completion

HEAD = {"model": "m", "created_at": "2026-01-01T00:00:01Z"}


def lines(*deltas, face="message"):
    encoder = LineEncoder(**HEAD, face=face)
    sent = b"".join([*map(encoder.encode, deltas), encoder.done()])
    return [json.loads(line) for line in sent.splitlines()]


def unfolded(completion):
    """The deltas of a completion, its words in pieces of one letter."""
    (choice,) = completion.choices
    yield from (Delta(reasoning=letter) for letter in choice.reasoning)
    yield from (Delta(letter) for letter in choice.text)
    for place, call in enumerate(choice.tool_calls):
        yield Delta(tool=ToolDelta(place, call.id, call.name))
        yield from (Delta(tool=ToolDelta(place, arguments=letter)) for letter in call.arguments)
    yield Delta(end=End(choice.finish_reason, completion.usage))


def joined(said):
    """The lines put together as a client does."""
    message = {"role": "assistant", "content": "".join(line["message"]["content"] for line in said)}
    if thinking := "".join(line["message"].get("thinking", "") for line in said):
        message["thinking"] = thinking
    if calls := [call for line in said for call in line["message"].get("tool_calls", ())]:
        message["tool_calls"] = calls
    return said[-1] | {"message": message}


@given(COMPLETIONS)
def test_lines_put_together_are_the_whole_answer(completion):
    """Words, thoughts, calls, reason and counts."""
    assert joined(lines(*unfolded(completion))) == encode_completion(completion, **HEAD)


def test_a_prompt_has_no_place_for_calls():
    """Its answer is words."""
    said = lines(Delta("a"), Delta(tool=ToolDelta(0, "1", "f", "{}")), Delta(end=End()), face="response")
    whole = encode_completion(Completion((Choice("a", "Hm"),), Usage(1, 1)), **HEAD, face="response")

    assert [line["response"] for line in said] == ["a", ""]
    assert (whole["response"], whole["thinking"]) == ("a", "Hm")


def test_a_call_is_sent_when_the_next_one_begins():
    """Nobody has to wait for the last one."""
    encoder = LineEncoder(**HEAD)

    held = encoder.encode(Delta(tool=ToolDelta(0, "1", "f", "{}")))
    sent = encoder.encode(Delta(tool=ToolDelta(1, "2", "g", "{}")))

    assert (held, json.loads(sent)["message"]["tool_calls"][0]["id"]) == (b"", "1")
