"""Prompts as OpenAI's Responses API can say them."""

from dataclasses import replace

from hypothesis import strategies as st
from openai_strategies import NAMES, SCHEMAS, TOOLS, WORDS, extras

from pytest_llmock.llm import (
    Image,
    Message,
    Other,
    Prompt,
    ResponseSchema,
    Sampling,
    Text,
    ToolCall,
    ToolChoice,
    ToolResult,
)

IMAGES = st.builds(Image, WORDS, extras("detail"))
OTHERS = st.sampled_from(
    [
        Other("file", {"file": {"file_id": "f"}}),
        Other("input_audio", {"input_audio": {}}),
        Other("refusal", {"refusal": "no"}),
    ]
)
CONTENT = st.lists(st.builds(Text, WORDS) | IMAGES | OTHERS, max_size=3).map(tuple)
CUSTOM = Other("tool_call", {"id": "c", "type": "custom", "custom": {"name": "n", "input": "i"}})
CALLS = st.lists(st.builds(ToolCall, NAMES, NAMES, WORDS) | st.just(CUSTOM), max_size=2).map(tuple)
TURNS = st.builds(
    Message, st.sampled_from(["user", "system", "developer"]), CONTENT, extensions=extras("phase")
)
ITEMS = st.just(
    Message("assistant", (Other("responses_item", {"type": "reasoning", "id": "r", "summary": []}),))
)
ANSWERS = st.builds(
    lambda content, calls: Message("assistant", content + calls), CONTENT.filter(bool), CALLS
) | st.builds(lambda calls: Message("assistant", calls), CALLS)
RESULTS = st.builds(
    lambda call_id, words, rest, kept: Message("tool", (ToolResult(call_id, words), *rest), extensions=kept),
    NAMES,
    WORDS,
    st.lists(IMAGES, max_size=1),
    extras("phase") | st.just({"responses_item": "custom_tool_call_output"}),
)
PAIRS = st.tuples(TURNS | RESULTS, st.none() | ANSWERS | ITEMS)
CONVERSATIONS = st.lists(PAIRS, max_size=3).map(
    lambda pairs: tuple(message for pair in pairs for message in pair if message is not None)
)
CHOICES = st.sampled_from(["auto", "none", "required"]).map(ToolChoice) | st.builds(
    ToolChoice, st.just("named"), NAMES
)
FORMATS = st.just(ResponseSchema()) | st.builds(ResponseSchema, SCHEMAS, NAMES, st.none() | st.booleans())
SHARED = st.fixed_dictionaries(
    {},
    optional={
        "metadata": st.just({"a": "b"}),
        "user": WORDS,
        "verbosity": st.just("low"),
        "reasoning_effort": st.just("high"),
    },
)
OWN = st.fixed_dictionaries(
    {},
    optional={
        "truncation": st.just("auto"),
        "tools": st.just([{"type": "web_search"}]),
        "reasoning": st.just({"summary": "auto"}),
        "include": st.just(["reasoning.encrypted_content"]),
    },
)
SAMPLINGS = st.builds(
    Sampling,
    temperature=st.none() | st.floats(0, 2),
    top_p=st.none() | st.floats(0, 1),
    max_tokens=st.none() | st.integers(1, 10**9),
)


def with_own(prompt, own, instructions):
    """The prompt with what only this API says, and with instructions if there are any."""
    if instructions:
        own = own | {"instructions": True}
        prompt = replace(prompt, messages=(Message("system", (Text(instructions),)), *prompt.messages))
    return replace(prompt, extensions=prompt.extensions | ({"responses": own} if own else {}))


PROMPTS = st.builds(
    with_own,
    st.builds(
        Prompt,
        messages=CONVERSATIONS,
        model=WORDS,
        sampling=SAMPLINGS,
        tools=st.lists(TOOLS, max_size=2).map(tuple),
        tool_choice=st.none() | CHOICES,
        schema=st.none() | FORMATS,
        extensions=SHARED,
    ),
    OWN,
    WORDS,
)
