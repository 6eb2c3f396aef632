"""The identity of a call."""

import json
from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from prompts import prompts, values

from pytest_llmock.cassettes.identity import key_of
from pytest_llmock.cassettes.request import request_of
from pytest_llmock.llm import ToolCall, ToolResult

REQUEST = {
    "operation": "chat",
    "backend": "old",
    "model": "m",
    "messages": [{"user": "Hello"}],
    "tools": [{"name": "f", "parameters": {"type": "object"}}],
    "sampling": {"temperature": 0.5},
    "extensions": {"mirostat": 2},
}


def shuffled(value):
    if isinstance(value, dict):
        return {key: shuffled(value[key]) for key in reversed(value)}
    return [shuffled(item) for item in value] if isinstance(value, list) else value


def canonical(value):
    """The value with its numbers as JSON knows them, told apart from texts and booleans."""
    if isinstance(value, dict):
        return sorted((key, canonical(item)) for key, item in value.items())
    if isinstance(value, list):
        return [canonical(item) for item in value]
    return (type(value).__name__ if isinstance(value, bool | str) else "number", repr(value + 0.0)
            if isinstance(value, float | int) and not isinstance(value, bool) else repr(value))  # fmt: skip


def test_an_identity_is_this_text_on_every_machine():
    """A version that changed it would make every committed cassette miss."""
    assert key_of(REQUEST) == "1-696315e804b752018d89a92c3bf268db"


@given(prompts)
def test_the_order_of_keys_does_not_count(prompt):
    """Two mappings that say the same in another order have one identity."""
    request = request_of(prompt, backend="b", model="m")

    assert key_of(shuffled(request)) == key_of(request)


@given(values, values)
def test_other_values_have_other_identities(one, other):
    """Whatever differs as JSON differs in identity; 1.0 and 1 are one number."""
    assume(canonical(one) != canonical(other))

    assert key_of({"body": one}) != key_of({"body": other})


@pytest.mark.parametrize("number", [0, 1, -7, 10**15])
def test_a_number_is_its_value(number):
    """JSON has one kind of number, so a client that writes 1.0 asks the same as one that writes 1."""
    assert key_of({"n": float(number)}) == key_of({"n": number}) != key_of({"n": str(number)})


@pytest.mark.parametrize(
    "path",
    ["operation", "backend", "model", "messages.0.user", "tools.0.name", "tools.0.parameters.type",
     "sampling.temperature", "extensions.mirostat"],
)  # fmt: skip
def test_each_part_of_a_request_counts(path):
    """A change of any part is another request."""
    changed = json.loads(json.dumps(REQUEST))
    *parents, last = path.split(".")
    place = changed
    for step in parents:
        place = place[int(step) if step.isdigit() else step]
    place[last] = "other"

    assert key_of(changed) != key_of(REQUEST)


@given(prompts, st.sampled_from(["call_zz", "toolu_1"]))
def test_ids_of_tool_calls_do_not_count(prompt, fresh):
    """Providers draw them at random: renaming one everywhere asks the same."""

    def renamed(part):
        if isinstance(part, ToolCall) and part.id == "x":
            return replace(part, id=fresh)
        return replace(part, call_id=fresh) if isinstance(part, ToolResult) and part.call_id == "x" else part

    other = replace(
        prompt,
        messages=tuple(replace(m, parts=tuple(map(renamed, m.parts))) for m in prompt.messages),
    )

    assert key_of(request_of(other, backend="b", model="m")) == key_of(
        request_of(prompt, backend="b", model="m")
    )
