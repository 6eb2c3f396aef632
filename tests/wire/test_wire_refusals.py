"""Whatever a client sends is read, or refused with a status of its own: nothing else may come of it."""

from contextlib import suppress
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from junk import places, replaced
from pytest_llmock.errors import RequestError
from pytest_llmock.wire import anthropic_request, gemini_request, ollama_request

JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)
SCHEMA = {"type": "OBJECT", "properties": {"a": {"type": "STRING", "nullable": True}}, "minItems": "1"}
ANTHROPIC = {
    "model": "m",
    "max_tokens": 3000,
    "system": [{"type": "text", "text": "a", "cache_control": {}}],
    "messages": [
        {"role": "user", "content": [{"type": "image", "source": {"type": "url", "url": "u"}}]},
        {"role": "assistant", "content": [{"type": "tool_use", "id": "1", "name": "f", "input": {}}]},
        {
            "role": "user",
            "content": [
                {"type": "tool_result", "tool_use_id": "1", "content": [{"type": "text", "text": "b"}]}
            ],
        },
    ],
    "tools": [
        {"name": "f", "description": "d", "input_schema": SCHEMA},
        {"type": "web_search_1", "name": "w"},
    ],
    "tool_choice": {"type": "tool", "name": "f"},
    "thinking": {"type": "enabled", "budget_tokens": 2000},
    "output_config": {"format": {"type": "json_schema", "schema": SCHEMA}},
    "temperature": 0.5,
    "stop_sequences": ["x"],
    "stream": True,
}
FUNCTION = {"name": "f", "description": "d", "parameters": SCHEMA}
CALLED = {"role": "assistant", "tool_calls": [{"id": "1", "function": {"name": "f", "arguments": {}}}]}
OLLAMA = {
    "model": "m",
    "messages": [
        {"role": "user", "content": "a", "images": ["AAAA"]},
        CALLED,
        {"role": "tool", "tool_name": "f", "content": "b"},
    ],
    "tools": [{"type": "function", "function": FUNCTION}],
    "options": {"temperature": 1, "num_predict": 2, "stop": ["a"]},
    "format": SCHEMA,
    "think": "high",
    "stream": False,
    "prompt": "p",
    "system": "s",
    "input": ["a"],
}
GEMINI = {
    "contents": [
        {"role": "user", "parts": [{"text": "a"}, {"inlineData": {"mimeType": "image/png", "data": "AAAA"}}]},
        {"role": "model", "parts": [{"functionCall": {"name": "f", "args": {}}}]},
        {"role": "user", "parts": [{"functionResponse": {"name": "f", "response": {"a": 1}}}]},
    ],
    "systemInstruction": {"parts": [{"text": "s"}]},
    "tools": [{"functionDeclarations": [FUNCTION]}],
    "toolConfig": {"functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": ["f"]}},
    "generationConfig": {"temperature": 1, "responseMimeType": "application/json", "responseSchema": SCHEMA},
    "requests": [{"content": {"parts": [{"text": "a"}]}, "outputDimensionality": 3}],
    "content": {"parts": [{"text": "a"}]},
    "generateContentRequest": {"contents": [{"parts": [{"text": "a"}]}]},
}
READERS = {
    "messages": (ANTHROPIC, anthropic_request.decode_request),
    "chat": (OLLAMA, ollama_request.decode_chat),
    "generate": (OLLAMA, ollama_request.decode_generate),
    "embed": (OLLAMA, partial(ollama_request.decode_embed, key="input")),
    "generateContent": (GEMINI, partial(gemini_request.decode_request, model="m")),
    "countTokens": (GEMINI, partial(gemini_request.decode_count, model="m")),
    "embedContent": (GEMINI, partial(gemini_request.decode_embed, model="m")),
    "batchEmbedContents": (GEMINI, partial(gemini_request.decode_batch, model="m")),
}


@pytest.mark.parametrize("name", READERS)
@given(data=st.data())
@settings(max_examples=60)
def test_a_body_with_anything_in_one_place_is_read_or_refused(name, data):
    """Its words are the service's; an error of ours would be a 500."""
    body, read = READERS[name]
    at = data.draw(st.sampled_from(list(places(body))))

    with suppress(RequestError):
        assert read(replaced(body, at, data.draw(JUNK)))


@pytest.mark.parametrize("name", READERS)
def test_the_body_itself_is_read(name):
    """So what is refused above is refused for the junk in it."""
    body, read = READERS[name]

    assert read(body)
