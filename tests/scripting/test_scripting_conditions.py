"""Which prompts a rule is for."""

import pytest

from pytest_llmock.errors import RefusedError
from pytest_llmock.llm import Message, Prompt, Text, Tool, ToolCall, ToolResult
from pytest_llmock.scripting.conditions import asked_text, conditions


def said(role, text):
    return Message(role, (Text(text),))


CALL = Message("assistant", (ToolCall("c1", "weather", "{}"),))
RESULT = Message("tool", (ToolResult("c1", "18"),))
PROMPT = Prompt(
    (said("system", "Be brief."), said("developer", "Be kind."), said("user", "How warm is Oslo?")),
    model="gpt-5-mini",
    tools=(Tool("weather"),),
)
LATER = Prompt((*PROMPT.messages, CALL, RESULT), model="gpt-5-mini")
EMBED = Prompt(operation="embed", inputs=("One text", "another"))


@pytest.mark.parametrize(
    ("prompt", "given"),
    [
        pytest.param(PROMPT, {}, id="none"),
        pytest.param(PROMPT, {"contains": "Oslo"}, id="contains"),
        pytest.param(PROMPT, {"contains": ["warm", "Oslo"]}, id="contains all of them"),
        pytest.param(PROMPT, {"regex": r"^How \w+"}, id="regex"),
        pytest.param(PROMPT, {"model": "GPT-5*"}, id="model"),
        pytest.param(PROMPT, {"tool": "weather"}, id="tool"),
        pytest.param(PROMPT, {"system": ["brief", "kind"]}, id="system"),
        pytest.param(PROMPT, {"turn": 1, "has_tool_result": False}, id="first turn"),
        pytest.param(LATER, {"turn": 2, "has_tool_result": True}, id="second turn"),
        pytest.param(LATER, {"has_tool_result": "weather"}, id="result of a tool"),
        pytest.param(PROMPT, {"predicate": lambda prompt: len(prompt.messages) == 3}, id="predicate"),
        pytest.param(EMBED, {"contains": "another"}, id="inputs of an embedding"),
    ],
)
def test_a_prompt_that_fits(prompt, given):
    """All that is said of it holds."""
    asked = conditions(given)

    assert asked.fits(prompt)
    assert asked.unmet(prompt) == []


def is_long(prompt):
    return False


@pytest.mark.parametrize(
    ("prompt", "given", "unmet"),
    [
        (PROMPT, {"contains": ["warm", "Rome"]}, "contains: ['warm', 'Rome'] → 'How warm is Oslo?'"),
        (PROMPT, {"regex": "^Oslo"}, "regex: '^Oslo' → 'How warm is Oslo?'"),
        (PROMPT, {"model": "gpt-4*"}, "model: 'gpt-4*' → 'gpt-5-mini'"),
        (PROMPT, {"tool": "news"}, "tool: 'news' → 'weather'"),
        (LATER, {"tool": "news"}, "tool: 'news' → none"),
        (PROMPT, {"system": "rude"}, "system: 'rude' → 'Be brief.\\nBe kind.'"),
        (PROMPT, {"turn": 2}, "turn: 2 → 1"),
        (LATER, {"has_tool_result": "news"}, "has_tool_result: 'news' → 'weather'"),
        (PROMPT, {"has_tool_result": True}, "has_tool_result: True → none"),
        (PROMPT, {"predicate": is_long}, "predicate: is_long → 'How warm is Oslo?'"),
    ],
)
def test_what_does_not_fit_is_named(prompt, given, unmet):
    """What was wanted, and what is there."""
    asked = conditions(given)

    assert not asked.fits(prompt)
    assert asked.unmet(prompt) == [unmet]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"contans": "x"}, "There is no condition 'contans'. Did you mean 'contains'?"),
        ({"contains": ""}, "The condition contains is '': give a text, or a list of texts."),
        ({"contains": []}, "The condition contains is []: give a text, or a list of texts."),
        ({"turn": True}, "The condition turn is True: give a whole number from 1 up."),
        ({"has_tool_result": 1}, "The condition has_tool_result is 1: give True, False or a tool's name."),
        ({"predicate": "x"}, "The condition predicate is 'x': give a function of the prompt."),
        (
            {"regex": "("},
            "The condition regex is '(', no regular expression: missing ), unterminated subpattern at position 0.",
        ),
    ],
)
def test_what_is_no_condition_is_refused(given, message):
    """Where the rule is written, with the nearest that would have worked."""
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the whole message is asserted
        conditions(given)

    assert str(caught.value) == message


def test_a_predicate_that_fails_fails_the_test():
    """It is named, with what it raised."""

    def wrong(prompt):
        return prompt.text

    with pytest.raises(
        RefusedError, match=r"The predicate wrong failed: AttributeError: 'Prompt' object has no"
    ):
        conditions({"predicate": wrong}).fits(PROMPT)


def test_conditions_say_themselves():
    """For messages; of functions the name."""
    assert str(conditions({"contains": "x", "predicate": is_long})) == "contains='x', predicate=is_long"
    assert str(conditions({})) == "any prompt"


def test_where_no_user_spoke_every_word_counts():
    """A prompt of another form has words too."""
    assert asked_text(Prompt((said("system", "Be brief."),))) == "Be brief."


def test_a_result_whose_call_is_not_there_is_one_all_the_same():
    """Clients may cut their histories."""
    assert conditions({"has_tool_result": True}).fits(Prompt((RESULT,)))
