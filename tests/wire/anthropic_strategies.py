"""Prompts and answers as Anthropic's Messages API can say them."""

import json

from hypothesis import strategies as st

from pytest_llmock.llm import (
    Choice,
    Completion,
    Image,
    Message,
    Other,
    Prompt,
    ResponseSchema,
    Sampling,
    Text,
    Tool,
    ToolCall,
    ToolChoice,
    ToolResult,
    Usage,
)

WORDS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=8)
NAMES = st.text("abc_-", min_size=1, max_size=5)
CLOSED = {
    "type": "object",
    "properties": {"a": {"type": "integer"}},
    "additionalProperties": False,
    "required": ["a"],
}
ARGUMENTS = st.dictionaries(NAMES, st.integers() | WORDS, max_size=2).map(
    lambda given: json.dumps(given, ensure_ascii=False)
)
CALLS = st.builds(ToolCall, NAMES, NAMES, ARGUMENTS)
IMAGES = st.builds(Image, st.sampled_from(["https://h.test/a.png", "data:image/png;base64,AAAA"]))
OTHERS = st.sampled_from(
    [
        Other("document", {"source": {"type": "text", "media_type": "text/plain", "data": "x"}}),
        Other("image", {"source": {"type": "file", "file_id": "file_1"}}),
    ]
)
THOUGHTS = st.builds(Other, st.just("thinking"), st.just({"thinking": "Hm", "signature": "s"}))
BREAKPOINT = {"cache_control": {"type": "ephemeral"}}


def with_breakpoint(message):
    """The message, with a cache breakpoint at its first part."""
    return Message(message.role, message.parts, extensions={"parts": {"0": BREAKPOINT}})


def maybe_marked(messages):
    """Some of the messages have a cache breakpoint."""
    return messages | messages.map(with_breakpoint)


SYSTEM = maybe_marked(st.builds(Message, st.just("system"), st.tuples(st.builds(Text, WORDS))))
USER = maybe_marked(
    st.builds(
        Message,
        st.just("user"),
        st.tuples(st.builds(Text, WORDS), IMAGES) | st.lists(IMAGES, min_size=1, max_size=2).map(tuple),
    )
) | st.builds(Message, st.just("user"), st.tuples(OTHERS, st.builds(Text, WORDS)))
ASSISTANT = st.builds(
    Message,
    st.just("assistant"),
    st.lists(THOUGHTS | st.builds(Text, WORDS) | CALLS, min_size=1, max_size=3).map(tuple),
)
RESULT = maybe_marked(
    st.builds(
        Message,
        st.just("tool"),
        st.tuples(st.builds(ToolResult, NAMES, WORDS, st.booleans()))
        | st.tuples(st.builds(ToolResult, NAMES, WORDS), IMAGES),
    )
)
BOTH = maybe_marked(
    st.builds(
        Message,
        st.just("user"),
        st.tuples(st.builds(ToolResult, NAMES, WORDS, st.booleans()), st.builds(Text, WORDS)),
    )
)


@st.composite
def conversations(draw):
    """System words, then turns of both sides in turn; the user's may be results of tools, or hold them."""
    messages = draw(st.lists(SYSTEM, max_size=1))
    for _ in range(draw(st.integers(1, 3))):
        messages += draw(st.lists(RESULT, min_size=1, max_size=2) | st.tuples(USER | BOTH).map(list))
        messages.append(draw(ASSISTANT))
    return tuple(messages)


TOOLS = st.builds(
    Tool,
    NAMES,
    WORDS | st.just(""),
    st.just(CLOSED),
    st.fixed_dictionaries(
        {}, optional={"strict": st.just(True), **{k: st.just(v) for k, v in BREAKPOINT.items()}}
    ),
)
SERVICE = {"type": "web_search_20250305", "name": "web_search"}
TOOLING = st.just({}) | st.fixed_dictionaries(
    {
        "tools": st.lists(TOOLS, min_size=1, max_size=2).map(tuple),
        "tool_choice": st.sampled_from([None, *map(ToolChoice, ("auto", "none", "required"))]),
    }
)
SAMPLINGS = st.builds(
    Sampling,
    temperature=st.none() | st.floats(0, 1),
    top_p=st.none() | st.floats(0, 1),
    max_tokens=st.integers(0, 10**9),
    stop=st.lists(WORDS, max_size=2).map(tuple),
)
EXTRAS = st.fixed_dictionaries(
    {},
    optional={
        "top_k": st.integers(1, 9),
        "thinking": st.just({"type": "adaptive"}),
        "output_config": st.just({"effort": "low"}),
        "server_tools": st.just([SERVICE]),
        "new": WORDS,
    },
)
PROMPTS = st.builds(
    lambda messages, tooling, **more: Prompt(messages=messages, **tooling, **more),
    messages=conversations(),
    tooling=TOOLING,
    model=WORDS,
    sampling=SAMPLINGS,
    schema=st.none() | st.just(ResponseSchema(CLOSED)),
    extensions=EXTRAS,
)

SIGNED = st.tuples(WORDS, WORDS).map(lambda both: (both[0], {"signatures": [both[1]]}))


@st.composite
def completions(draw):
    """An answer: thoughts with their signature, words, calls, and why it stopped."""
    reasoning, said = draw(st.just(("", {})) | SIGNED)
    text = draw(st.just("") | WORDS)
    calls = draw(st.lists(CALLS, max_size=2, unique_by=lambda call: call.id).map(tuple))
    finish = draw(st.sampled_from(["stop", "length", "tool_calls", "content_filter"]))
    if finish == "stop" and draw(st.booleans()):
        said = {**said, "stop_reason": "stop_sequence", "stop_sequence": "END"}
    cached = draw(st.fixed_dictionaries({}, optional={"cache_read_input_tokens": st.integers(1, 9)}))
    usage = Usage(draw(st.integers(0, 9)) + sum(cached.values()), draw(st.integers(0, 9)), extensions=cached)
    return Completion((Choice(text, reasoning, calls, finish),), usage, extensions=said)


COMPLETIONS = completions()
