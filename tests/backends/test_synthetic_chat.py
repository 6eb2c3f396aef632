"""What the embedded generator says in a chat, and its embeddings."""

import asyncio
import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_llmock.backends.synthetic import Synthetic
from pytest_llmock.backends.synthetic.vectors import vector
from pytest_llmock.folding import fold
from pytest_llmock.llm import (
    Message,
    Prompt,
    ResponseSchema,
    Sampling,
    Text,
    Tool,
    ToolCall,
    ToolChoice,
    ToolResult,
)

WEATHER = Tool(
    "weather",
    parameters={
        "type": "object",
        "properties": {
            "city": {"type": "string"},
            "days": {"type": "integer", "minimum": 1, "maximum": 7},
            "unit": {"enum": ["celsius", "fahrenheit"]},
        },
        "required": ["city", "days", "unit"],
    },
)
CLOCK = Tool("clock", parameters={"type": "object", "properties": {}})


def says(text="What is the weather in Oslo for 3 days, in celsius?", *more, seed=0, **prompt):
    messages = (Message("user", (Text(text),)), *more)
    return asyncio.run(fold(Synthetic(seed=seed)(Prompt(messages, **prompt))))


def called(name, call_id="c1"):
    return Message("assistant", (ToolCall(call_id, name, "{}"),))


def result(content, call_id="c1"):
    return Message("tool", (ToolResult(call_id, content),))


def test_an_answer_in_words_is_short_and_about_the_question():
    """The same question has the same answer, another one another."""
    answer = says("Tell me about tidal power")

    assert "Tell me about tidal power" in answer.text
    assert answer == says("Tell me about tidal power")
    assert answer.text != says("Tell me about wind").text
    assert answer.text != says("Tell me about tidal power", seed=1).text or answer.text


def test_nothing_to_talk_about_is_answered_too():
    """A prompt without words is still a prompt."""
    assert asyncio.run(fold(Synthetic()(Prompt()))).text
    assert says("").finish_reason == "stop"


def test_a_tool_is_called_with_what_the_question_mentions():
    """City, number and unit are taken from the words."""
    answer = says(tools=(WEATHER,))

    assert answer.finish_reason == "tool_calls"
    assert json.loads(answer.tool_calls[0].arguments) == {"city": "Oslo", "days": 3, "unit": "celsius"}


def test_a_quoted_text_and_a_broken_number_are_taken_over():
    """Quotation marks name a value."""
    schema = {
        "type": "object",
        "properties": {"title": {"type": "string"}, "price": {"type": "number"}},
        "required": ["title", "price"],
    }

    answer = says('Add "Moby Dick" at 9.50', tools=(Tool("add", parameters=schema),))

    assert json.loads(answer.tool_calls[0].arguments) == {"title": "Moby Dick", "price": 9.5}


def test_arguments_are_valid_when_the_question_mentions_nothing_fitting():
    """A number out of range is not taken over."""
    arguments = json.loads(says("in 99 days", tools=(WEATHER,)).tool_calls[0].arguments)

    assert 1 <= arguments["days"] <= 7
    assert arguments["unit"] in ("celsius", "fahrenheit")


def test_each_tool_is_called_once_and_then_the_results_are_used():
    """An agent's loop ends."""
    tools = (WEATHER, CLOCK)

    second = says("Oslo?", called("weather"), result("rain"), tools=tools)
    last = says("Oslo?", called("weather"), result("rain"), called("clock"), result("10:30"), tools=tools)

    assert [call.name for call in second.tool_calls] == ["clock"]
    assert last.text == "Here is what I found: rain; 10:30."


def test_a_new_question_may_call_the_tool_again():
    """Only what happened since the user last spoke counts."""
    answer = says(
        "Oslo?", called("weather"), result("rain"), Message("user", (Text("And Rome?"),)), tools=(WEATHER,)
    )

    assert [call.name for call in answer.tool_calls] == ["weather"]


@pytest.mark.parametrize(
    ("choice", "names"),
    [
        pytest.param(ToolChoice("none"), [], id="none"),
        pytest.param(ToolChoice("auto"), ["weather"], id="auto"),
        pytest.param(ToolChoice("required"), ["weather"], id="required"),
        pytest.param(ToolChoice("named", "clock"), ["clock"], id="named"),
        pytest.param(ToolChoice("named", "ghost"), [], id="named but not offered"),
    ],
)
def test_the_choice_of_tools_is_kept_to(choice, names):
    """None gives text, a named tool that tool."""
    answer = says(tools=(WEATHER, CLOCK), tool_choice=choice)

    assert [call.name for call in answer.tool_calls] == names


def test_a_named_tool_is_called_however_often_it_was():
    """Whoever names a tool wants that tool."""
    answer = says(
        "Oslo?",
        called("weather"),
        result("rain"),
        tools=(WEATHER,),
        tool_choice=ToolChoice("named", "weather"),
    )

    assert [call.name for call in answer.tool_calls] == ["weather"]


def test_only_allowed_tools_are_called():
    """A list of allowed tools narrows those that are offered."""
    choice = {
        "type": "allowed_tools",
        "allowed_tools": {"mode": "auto", "tools": [{"type": "function", "function": {"name": "clock"}}]},
    }

    answer = says(tools=(WEATHER, CLOCK), extensions={"tool_choice": choice})

    assert [call.name for call in answer.tool_calls] == ["clock"]


@pytest.mark.parametrize(
    ("schema", "kind"), [({"enum": ["a"]}, str), ({"anyOf": [{"type": "integer"}]}, int)]
)
def test_a_schema_without_a_type_is_filled_too(schema, kind):
    """What may stand there is what the schema says."""
    assert isinstance(says(schema=ResponseSchema(schema)).json(), kind)


def test_ids_of_calls_do_not_change_the_answer():
    """Ids differ from run to run, answers must not."""
    one = says("Oslo?", called("weather", "a"), result("rain", "a"), tools=(WEATHER, CLOCK))
    other = says("Oslo?", called("weather", "b"), result("rain", "b"), tools=(WEATHER, CLOCK))

    assert one == other


def test_a_response_schema_is_filled():
    """Any object, or an instance of the schema."""
    exact = says(
        schema=ResponseSchema({"type": "object", "properties": {"n": {"const": 4}}, "required": ["n"]})
    )
    any_object = says(schema=ResponseSchema())

    assert exact.json()["n"] == 4
    assert isinstance(any_object.json(), dict)


def test_words_beside_a_result_are_no_new_question():
    """Anthropic's clients say them in one turn; a loop must end all the same."""
    turn = Message("user", (ToolResult("c1", "rain"), Text("Go on.")))

    answer = says("Oslo?", called("weather"), turn, tools=(WEATHER,))

    assert (answer.tool_calls, "rain" in answer.text) == ((), True)


@pytest.mark.parametrize(
    ("extensions", "thinks"),
    [
        ({"thinking": {"type": "enabled", "budget_tokens": 1024}}, True),
        ({"thinking": {"type": "adaptive"}}, True),
        ({"thinking": {"type": "disabled"}}, False),
        ({"think": "high"}, True),
        ({"think": False}, False),
        ({"thinkingConfig": {"includeThoughts": True}}, True),
        ({"thinkingConfig": {"thinkingBudget": 9}}, False),
        ({"responses": {"reasoning": {"summary": "auto"}}}, True),
        ({"responses": {"reasoning": 1}, "reasoning_effort": "high"}, False),
        ({"thinking": [], "thinkingConfig": "x", "responses": 1}, False),
        ({}, False),
    ],
)
def test_thoughts_are_shown_to_whom_asks_for_them(extensions, thinks):
    """In the words of each API; they cost tokens."""
    answer, plain = says(extensions=extensions), says()

    assert bool(answer.reasoning) == thinks
    assert (answer.text, answer.usage.output_tokens > plain.usage.output_tokens) == (plain.text, thinks)


def test_several_choices_differ():
    """Each is a variant, with its own index; the usage is of all."""
    answer = says("Tell me about rivers", sampling=Sampling(n=3))

    assert len({choice.text for choice in answer.choices}) > 1
    assert [choice.finish_reason for choice in answer.choices] == ["stop"] * 3
    assert answer.usage.output_tokens > says("Tell me about rivers").usage.output_tokens


def test_the_token_limit_cuts():
    """About four bytes a token; no more are counted than there may be."""
    answer = says("Tell me", sampling=Sampling(max_tokens=3))

    assert (answer.finish_reason, answer.usage.output_tokens) == ("length", 3)
    assert len(answer.text.encode()) <= 12


def test_the_stop_sequence_that_came_first_is_told():
    """Where one ended the answer."""
    stop = ("Oslo", "weather", "never")

    assert says(sampling=Sampling(stop=stop)).extensions == {"stop_sequence": "weather"}
    assert says(sampling=Sampling(stop=("never",))).extensions == {}


def test_a_stop_sequence_cuts():
    """The text ends before it."""
    whole = says("Tell me about rivers").text

    answer = says("Tell me about rivers", sampling=Sampling(stop=("rivers", "zzz")))

    assert answer.text == whole[: whole.index("rivers")]
    assert answer.finish_reason == "stop"


@given(st.text(), st.integers(1, 50))
def test_every_text_has_a_unit_vector(text, size):
    """Of the size asked for."""
    numbers = vector(text, size)

    assert len(numbers) == size
    assert math.fsum(number * number for number in numbers) == pytest.approx(1)


def test_similar_texts_are_closer_than_others():
    """Equal texts are equal, related ones nearer than foreign ones."""

    def likeness(one, other):
        return sum(a * b for a, b in zip(vector(one, 256), vector(other, 256), strict=True))

    assert likeness("the cat sat on the mat", "a cat sat on a mat") > likeness(
        "the cat sat on the mat", "tax law of 1986"
    )
    assert likeness("same", "same") == pytest.approx(1)


def test_embeddings_have_the_size_asked_for():
    """Or 64 numbers; one vector for each input, in their order."""
    prompt = Prompt(operation="embed", inputs=("a", "b"), extensions={"dimensions": 8})

    answer = asyncio.run(fold(Synthetic()(prompt)))
    default = asyncio.run(fold(Synthetic()(Prompt(operation="embed", inputs=("a",)))))

    assert [len(each) for each in answer.vectors] == [8, 8]
    assert len(default.vectors[0]) == 64
    assert answer.usage.input_tokens == 2
