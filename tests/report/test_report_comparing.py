"""How two prompts, messages or completions differ, and which faults a test met."""

import pytest

from pytest_llmock.cassettes.redact import Redactor
from pytest_llmock.faults import Fault, fault_of
from pytest_llmock.journal import Call
from pytest_llmock.llm import Choice, Completion, Message, Prompt, Text, Usage
from pytest_llmock.report.comparing import compared
from pytest_llmock.report.injected import faults_told

REDACTOR = Redactor.of({})
KEY = "sk-proj-" + "a1B2c3D4" * 6


def asked(text, **others):
    return Prompt((Message("user", (Text(text),)),), **others)


def said(text, **usage):
    return Completion((Choice(text, finish_reason="stop"),), Usage(1, 2))


@pytest.mark.parametrize(
    ("left", "right", "lines"),
    [
        pytest.param(asked("a", model="m"), asked("b"), ['message 1 (user): "a" → "b"', 'model: "m" → ""'], id="prompt"),
        pytest.param(
            Prompt(),
            asked("b"),
            ['message 1 (user): not set → "b"', "messages: 0 on the left, 1 on the right"],
            id="more messages",
        ),
        pytest.param(Message("user", (Text("a"),)), Message("user", (Text("b"),)), ['message 1 (user): "a" → "b"'], id="message"),
        pytest.param(said("a"), said("b"), ['answer.text: "a" → "b"'], id="completion"),
        pytest.param(asked(KEY), asked(f"{KEY}1"), ["what differs is a secret, or the id of a tool call"], id="secret"),
        pytest.param(asked("a"), "a", None, id="another type"),
        pytest.param(said("a"), asked("a"), None, id="two types"),
    ],
)  # fmt: skip
def test_what_differs_is_told(left, right, lines):
    """Line by line, without secrets."""
    assert compared(left, right, REDACTOR) == lines


def test_faults_are_told_and_those_of_chance_with_the_way_back():
    """What a test scripted it has anyway."""
    call = Call(3, "openai", "POST", "/v1/chat/completions")
    call.strike(fault_of("cut@2"))
    scripted = faults_told([call], "pytest t.py")
    call.strike(Fault("empty", by_chance=True))

    told = faults_told([call], "pytest t.py")

    assert scripted == ["call 3 (POST /v1/chat/completions): cut@2"]
    assert told[1:] == [
        "call 3 (POST /v1/chat/completions): empty, by chaos",
        "The same again: pytest t.py",
    ]
