"""Recordings of vcrpy and pytest-recording."""

import json

import pytest
from foreign_files import answer_of, body_of, taken

from pytest_llmock.cassettes.importing import vcr
from pytest_llmock.cassettes.importing.exchange import Note
from pytest_llmock.cassettes.request import prompt_of
from pytest_llmock.llm import ToolCall, Usage


@pytest.mark.parametrize("file", ["vcrpy.yaml", "vcrpy.json", "cassetter.yaml", "cassetter.toml"])
def test_what_was_asked_is_the_same_from_every_tool(file):
    """Five calls recorded by each: the prompts have the words, tools and inputs that were sent."""
    prompts = [prompt_of(interaction.request) for interaction in taken(file).interactions]

    said = [[message.text for message in prompt.messages] for prompt in prompts]
    assert said == [
        ["Be brief.", "plain"],
        ["Be brief.", "streamed"],
        ["Be brief.", "zipped ☃"],
        ["Be brief.", "tool"],
        [],
    ]
    assert ([tool.name for tool in prompts[3].tools], prompts[4].inputs) == (["weather"], ("a", "b"))


@pytest.mark.parametrize("file", ["vcrpy.yaml", "vcrpy.json", "cassetter.yaml", "cassetter.toml"])
def test_what_was_answered_is_the_same_from_every_tool(file):
    """Texts, tool calls, vectors and tokens come through, out of a compressed body too."""
    plain, streamed, zipped, tool, vectors = [item.completion for item in taken(file).interactions]

    assert [plain.text, streamed.text, zipped.text] == [
        "Answer to: plain",
        "Hello ☃ there.",
        "Answer to: zipped ☃",
    ]
    assert tool.tool_calls == (ToolCall("call_abc", "weather", '{"city":"Oslo"}'),)
    assert vectors.vectors == ((0.5, -0.25, 1.0), (0.5, -0.25, 1.0))
    assert [item.usage for item in (plain, streamed, vectors)] == [Usage(12, 5), Usage(9, 4), Usage(4, 0)]  # fmt: skip


@pytest.mark.parametrize("file", ["vcrpy.yaml", "vcrpy_5.yaml", "pytest_recording.yaml", "cassetter.toml"])
def test_a_recorded_stream_keeps_its_events(file):
    """One delta for each event that said something; their times are unknown."""
    streamed = taken(file).interactions[1]

    said = [(ms, delta.text) for ms, delta in streamed.deltas]
    assert said == [(0, "Hel"), (0, "lo "), (0, "☃ there"), (0, "."), (0, "")]


def test_a_compressed_body_that_was_kept_as_bytes_is_read():
    """vcrpy writes what urllib got as !!binary."""
    (interaction,) = taken("vcrpy_binary.yaml").interactions

    assert interaction.completion.text == "Answer to: zipped"


def test_what_pytest_recording_wrote_is_taken_whole():
    """The openai SDK's calls, with its base64 vectors; a stream without usage gets an estimate."""
    plain, streamed, embedded = [item.completion for item in taken("pytest_recording.yaml").interactions]

    assert (plain.text, plain.usage) == ("Answer to: plain", Usage(12, 5))
    assert streamed.usage == Usage(2, 4, estimated=True)
    assert embedded.vectors == ((0.5, -0.25, 1.0),)


def test_responses_in_the_form_of_vcrpy_5_are_read():
    """Its httpx recordings have `content` and `status_code`."""
    found = [item.completion.text for item in taken("vcrpy_5.yaml").interactions]

    assert found == ["Answer to: plain", "Hello ☃ there.", "Answer to: busy"]


def test_bodies_that_were_kept_as_data_are_read():
    """pydantic-ai's serialiser writes them under `parsed_body`."""
    request = {
        "method": "POST",
        "uri": "http://h/v1/chat/completions",
        "parsed_body": json.loads(body_of("hi")),
    }
    response = {"status": {"code": 200}, "parsed_body": json.loads(answer_of("Hello."))}

    (exchange,) = vcr.read({"interactions": [{"request": request, "response": response}]}).exchanges

    assert (json.loads(exchange.request), json.loads(exchange.response)) == (json.loads(body_of("hi")), json.loads(answer_of("Hello.")))  # fmt: skip


@pytest.mark.parametrize("entry", [None, {"request": {"uri": "x"}}, {"response": {"status": {}}}])
def test_half_an_interaction_is_noted(entry):
    """A damaged file loses only what is damaged."""
    found = vcr.read({"interactions": [entry]})

    assert found.notes == (Note(1, "not imported: it has not both a request and a response."),)


def test_another_file_is_none_of_vcrpy():
    """The oldest form, a bare list, is not read either."""
    assert (vcr.read([{"request": {}}]), vcr.read({"fixtures": []})) == (None, None)
