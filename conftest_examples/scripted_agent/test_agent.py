"""A model that says just what the test needs: tool calls, several at once, an answer from the results."""

from pathlib import Path

import pytest
from agent import SYSTEM, run
from openai import OpenAI

TOOLS = {"weather": lambda city: f"18 degrees in {city}", "hotels": lambda city: f"The Grand, {city}"}


@pytest.fixture
def client(llm_backend):
    with OpenAI() as client:
        yield client


def test_a_tool_is_called_and_its_result_is_used(llm_backend, client):
    llm_backend.on(contains="Oslo", has_tool_result=False).reply(
        {"tool": "weather", "arguments": {"city": "Oslo"}}
    )
    llm_backend.on(has_tool_result="weather").reply(
        lambda prompt: f"Pack light: {prompt.messages[-1].parts[0].content}."
    )

    assert run("What do I pack for Oslo?", TOOLS, client=client) == "Pack light: 18 degrees in Oslo."
    llm_backend.assert_order({"contains": "Oslo", "turn": 1}, {"contains": "Oslo", "turn": 2})
    llm_backend.assert_called_with(system=SYSTEM, tool="hotels", times=2)
    llm_backend.assert_all_used()


def test_two_tools_at_once(llm_backend, client):
    both = [
        {"tool": "weather", "arguments": {"city": "Rome"}},
        {"tool": "hotels", "arguments": {"city": "Rome"}},
    ]
    llm_backend.reply({"text": "Let me see.", "tools": both}, "Stay at The Grand.")

    assert run("Rome?", TOOLS, client=client) == "Stay at The Grand."
    assert [part.content for turn in llm_backend.calls[-1].prompt.messages[-2:] for part in turn.parts] == [
        "18 degrees in Rome",
        "The Grand, Rome",
    ]


def test_a_model_that_never_comes_to_an_end(llm_backend, client):
    llm_backend.on().reply({"tool": "weather", "arguments": {"city": "Oslo"}})

    with pytest.raises(RuntimeError, match="no answer after 5 turns"):
        run("Oslo?", TOOLS, client=client)
    llm_backend.assert_called(times=5)


@pytest.mark.llmock(config={"script": str(Path(__file__).with_name("travel.yaml"))})
def test_the_script_stands_in_a_file(client):
    assert run("How is Paris?", TOOLS, client=client) == "Paris is lovely."
