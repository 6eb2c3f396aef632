"""Strategies for prompts of every kind."""

from hypothesis import strategies as st

from pytest_llmock.llm import (
    Generation,
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
)

NASTY = ["no", "1e3", "a\tb", "x ", "a\r\nb", "\x00", "😀", "--- ", "- a", "# x", "a: b", "", "\ud800", "{}"]
texts = st.one_of(st.sampled_from(NASTY), st.text(max_size=12))
names = st.text("abcxyz_", min_size=1, max_size=6)
scalars = st.none() | st.booleans() | st.integers(-(10**6), 10**6) | st.floats(-1e6, 1e6) | texts
values = st.recursive(
    scalars, lambda v: st.lists(v, max_size=3) | st.dictionaries(names, v, max_size=3), max_leaves=6
)
mappings = st.dictionaries(names, values, max_size=3)
ids = st.sampled_from(["call_a", "call_b", "toolu_9", "x"])

parts = st.one_of(
    st.builds(Text, texts),
    st.builds(Image, st.just("https://example.com/a.png"), mappings),
    st.builds(ToolCall, ids, names, st.one_of(texts, st.just('{"q": 1}'))),
    st.builds(ToolResult, ids, texts, is_error=st.booleans()),
    st.builds(Other, names, mappings),
)
roles = st.sampled_from(["system", "user", "assistant", "tool", "developer"])
messages = st.builds(
    Message, roles, st.lists(parts, max_size=3).map(tuple), name=st.just("") | names, extensions=mappings
)
samplings = st.builds(
    Sampling,
    temperature=st.none() | st.floats(0, 2),
    max_tokens=st.none() | st.integers(1, 99),
    stop=st.lists(texts, max_size=2).map(tuple),
    n=st.integers(1, 3),
)
chats = st.builds(
    Prompt,
    messages=st.lists(messages, max_size=4).map(tuple),
    sampling=samplings,
    tools=st.lists(st.builds(Tool, names, texts, mappings), max_size=2).map(tuple),
    tool_choice=st.none()
    | st.sampled_from([ToolChoice("auto"), ToolChoice("none"), ToolChoice("named", "f")]),
    schema=st.none() | st.builds(ResponseSchema, st.none() | mappings, names, st.none() | st.booleans()),
    extensions=mappings,
)
embeddings = st.builds(Prompt, operation=st.just("embed"), inputs=st.lists(texts, max_size=3).map(tuple))
generations = st.builds(
    Prompt,
    sampling=samplings,
    generation=st.builds(
        Generation,
        method=st.sampled_from(["GET", "POST"]),
        path=st.just("/users") | texts,
        query=st.lists(st.tuples(names, texts), max_size=2).map(tuple),
        body=values,
        shape=values,
        count=st.none() | st.integers(0, 9),
        rules=st.lists(texts, max_size=2).map(tuple),
        variant=st.integers(0, 2),
        previous=texts,
    ),
)
prompts = st.one_of(chats, embeddings, generations)
