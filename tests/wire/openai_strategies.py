"""Prompts and answers as OpenAI's chat API can say them."""

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

WORDS = st.text(max_size=8)
NAMES = st.text("abc_-", min_size=1, max_size=5)
JSON_VALUES = st.none() | st.booleans() | st.integers() | WORDS
SCHEMAS = st.sampled_from(
    [{}, {"type": "object", "properties": {"a": {"type": "integer"}}}, {"type": "array"}]
)


def extras(*keys):
    """Some of these keys, with any values."""
    return st.fixed_dictionaries({}, optional=dict.fromkeys(keys, JSON_VALUES))


IMAGES = st.builds(Image, WORDS, extras("detail"))
OTHERS = st.builds(Other, st.sampled_from(["input_audio", "file", "refusal"]), extras("data"))
CONTENT = st.lists(st.builds(Text, WORDS) | IMAGES | OTHERS, max_size=3).map(tuple)
CUSTOM = st.builds(lambda name: Other("tool_call", {"id": name, "type": "custom", "custom": {}}), NAMES)
CALLS = st.lists(st.builds(ToolCall, NAMES, NAMES, WORDS) | CUSTOM, max_size=2).map(tuple)
TURNS = st.builds(
    Message,
    role=st.sampled_from(["system", "developer", "user"]),
    parts=CONTENT,
    name=st.just("") | NAMES,
    extensions=extras("x"),
)
ANSWERS = st.builds(
    Message,
    role=st.just("assistant"),
    parts=st.tuples(CONTENT, CALLS).map(lambda both: both[0] + both[1]),
    extensions=extras("refusal", "audio"),
)
RESULTS = st.builds(
    Message,
    role=st.just("tool"),
    parts=st.tuples(st.builds(ToolResult, NAMES, WORDS), IMAGES | OTHERS).map(lambda both: both[:1])
    | st.tuples(st.builds(ToolResult, NAMES, WORDS.filter(bool)), IMAGES | OTHERS),
    extensions=extras("x"),
)
SAMPLINGS = st.builds(
    Sampling,
    temperature=st.none() | st.floats(0, 2),
    top_p=st.none() | st.floats(0, 1),
    max_tokens=st.none() | st.integers(1, 10**9),
    seed=st.none() | st.integers(),
    stop=st.lists(WORDS, max_size=3).map(tuple),
    n=st.integers(1, 128),
)
TOOLS = st.builds(Tool, NAMES, WORDS, SCHEMAS, extras("strict") | st.just({"type": "custom", "format": {}}))
CHOICES = st.sampled_from(["auto", "none", "required"]).map(ToolChoice) | st.builds(
    ToolChoice, st.just("named"), NAMES
)
FORMATS = st.just(ResponseSchema()) | st.builds(ResponseSchema, SCHEMAS, NAMES, st.none() | st.booleans())
PROMPTS = st.builds(
    Prompt,
    messages=st.lists(TURNS | ANSWERS | RESULTS, min_size=1, max_size=4).map(tuple),
    model=WORDS,
    sampling=SAMPLINGS,
    tools=st.lists(TOOLS, max_size=2).map(tuple),
    tool_choice=st.none() | CHOICES,
    schema=st.none() | FORMATS,
    extensions=extras("user", "logit_bias", "prediction"),
)

ANSWER_TEXT = st.text(st.characters(codec="utf-8"), max_size=8)
ANSWER_CALLS = st.lists(
    st.builds(ToolCall, NAMES, NAMES, ANSWER_TEXT), max_size=3, unique_by=lambda call: call.id
)
SAID = {
    "refusal": ANSWER_TEXT.filter(bool),
    "logprobs": st.just({"content": [{"token": "a", "logprob": -0.5}]}),
    "annotations": st.just([{"type": "url_citation"}]),
}
COMPLETIONS = st.builds(
    Completion,
    choices=st.lists(
        st.builds(
            Choice,
            ANSWER_TEXT,
            ANSWER_TEXT,
            ANSWER_CALLS.map(tuple),
            st.sampled_from(["stop", "length", "tool_calls", "content_filter"]),
        ),
        min_size=1,
        max_size=3,
    ).map(tuple),
    usage=st.builds(
        Usage,
        st.integers(0, 9),
        st.integers(0, 9),
        extensions=st.fixed_dictionaries(
            {}, optional={"prompt_tokens_details": st.just({"cached_tokens": 1})}
        ),
    ),
    extensions=st.fixed_dictionaries({}, optional={"system_fingerprint": st.just("fp"), **SAID}),
)
