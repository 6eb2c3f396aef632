"""What only other APIs have a word for, on its way to a server of OpenAI's form."""

import pytest

from pytest_llmock.llm import Message, Other, Prompt, Text
from pytest_llmock.wire.anthropic_request import decode_request
from pytest_llmock.wire.gemini_request import decode_request as decode_gemini
from pytest_llmock.wire.ollama_request import decode_chat
from pytest_llmock.wire.openai_chat import encode_request
from pytest_llmock.wire.openai_foreign import left_out

ASKED = {"model": "m", "max_tokens": 2000, "messages": [{"role": "user", "content": "Hi"}]}
PLAIN = {"model", "messages", "stream", "max_tokens"}


def sent(prompt):
    return encode_request(prompt, model="m", stream=False)


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ({"thinking": {"type": "enabled", "budget_tokens": 1024}}, ("thinking",)),
        ({"thinking": {"type": "adaptive"}}, ("thinking",)),
        ({"mcp_servers": [], "container": "c"}, ("container",)),
        ({"output_config": {"effort": "high"}, "speed": "fast"}, ("output_config", "speed")),
        ({"service_tier": "standard_only"}, ("service_tier",)),
        ({"tools": [{"type": "web_search_20250305", "name": "web_search"}]}, ("server_tools",)),
    ],
    ids=str,
)
def test_fields_of_anthropic_are_left_out_and_named(said, left):
    """A strict server would refuse the request; an empty one is missed by nobody."""
    prompt = decode_request(ASKED | said).prompt

    assert (sent(prompt).keys(), left_out(prompt)) == (PLAIN, left)


def test_fields_of_gemini_are_left_out_and_named():
    """In their own spelling."""
    config = {"topK": 3, "thinkingConfig": {"thinkingBudget": 1}, "maxOutputTokens": 5}
    contents = [{"role": "user", "parts": [{"text": "Hi"}]}]
    prompt = decode_gemini(
        {"contents": contents, "generationConfig": config, "labels": {"a": "b"}}, model="m"
    )

    assert (sent(prompt).keys(), left_out(prompt)) == (PLAIN, ("labels", "thinkingConfig", "topK"))


def test_fields_of_ollama_are_left_out_and_named():
    """Options among them."""
    asked = {**ASKED, "options": {"num_ctx": 9, "num_predict": 4}, "think": True, "keep_alive": "5m"}
    prompt = decode_chat(asked).prompt

    assert left_out(prompt) == ("keep_alive", "options", "think")
    assert sent(prompt).keys() == PLAIN


def test_what_servers_of_this_form_know_goes_out_as_it_came():
    """Whoever says it."""
    extensions = {"top_k": 3, "thinking": {"type": "enabled"}, "metadata": {"a": "b"}, "service_tier": "flex"}
    prompt = Prompt((Message("user", (Text("Hi"),)),), extensions=extensions)

    assert {key: sent(prompt)[key] for key in extensions} == extensions
    assert left_out(prompt) == ()


def test_the_user_of_anthropic_is_the_user_here():
    """Metadata are notes on what is stored."""
    prompt = decode_request({**ASKED, "metadata": {"user_id": "u-1"}}).prompt

    assert sent(prompt)["user"] == "u-1"
    assert "metadata" not in sent(prompt)


def test_thoughts_of_other_models_are_not_sent():
    """Nobody else can read them; a turn of nothing else is not there."""
    thought = Other("thinking", {"thinking": "Hm", "signature": "s"})
    turns = (
        Message("user", (Text("Hi"),)),
        Message("assistant", (thought, Text("Yes"))),
        Message("assistant", (thought,)),
    )

    assert sent(Prompt(turns))["messages"] == [
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "Yes"},
    ]
