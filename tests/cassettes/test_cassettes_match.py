import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_llmock.cassettes.identity import key_of
from pytest_llmock.cassettes.match import LEVELS, Matcher, outline
from pytest_llmock.cassettes.placeholders import patterns_of
from pytest_llmock.choice import MATCH_LEVELS
from pytest_llmock.config.fields import MatchLevel

ID, OTHER_ID = "550e8400-e29b-41d4-a716-446655440000", "550e8400-e29b-41d4-a716-446655440001"
CITY = {"type": "object", "properties": {"city": {"type": "string", "description": "where"}}}
CHAT = {
    "operation": "chat",
    "backend": "local",
    "model": "llama3",
    "messages": [
        {"system": "You are terse."},
        {"user": f"Weather for {ID}?"},
        {"role": "assistant", "parts": [{"tool_call": {"id": "call_1", "name": "weather", "arguments": {}}}]},
        {"role": "tool", "parts": [{"tool_result": {"call": "call_1", "content": "rain"}}]},
        {"role": "user", "parts": [{"text": "And?"}, {"image": "https://x"}, {"other": "audio", "data": {}}]},
    ],
    "tools": [{"name": "weather", "description": "Looks it up", "parameters": CITY}],
    "schema": {"name": "answer", "schema": CITY},
    "sampling": {"temperature": 0.2, "n": 2},
}
MADE = {
    "operation": "generate",
    "backend": "local",
    "model": "llama3",
    "method": "POST",
    "path": f"/users/7/orders/{ID}/5f1d7f0e9b1e8a3b2c4d5e6f/lines",
    "query": [["page", "1"], ["sort", "name"]],
    "shape": {"id": 0, "tags": ["a", "b"], "done": True, "note": None},
    "count": 3,
    "body": {"items": [{"id": 1}, {"id": 2.5}, {"id": "x"}]},
    "context": "before",
}


def with_text(text):
    return {**CHAT, "messages": [{"system": "You are terse."}, {"user": text}]}


def matches(level, one, other, *declared):
    matcher = Matcher(level, patterns_of(declared))
    return matcher.key(one) == matcher.key(other)


def test_the_levels_are_those_of_marker_and_settings():
    """One list of words, strictest first, wherever they are given."""
    assert LEVELS == MATCH_LEVELS == MatchLevel.__args__


def test_exact_is_the_default_and_the_identity():
    """Nothing is loosened unless somebody asks for it."""
    assert Matcher().level == "exact"
    assert Matcher().key(CHAT) == key_of(CHAT)


def test_sequence_has_no_key():
    """Whatever is asked matches."""
    assert Matcher("sequence").key(CHAT) is None
    assert Matcher("sequence").view(CHAT) is CHAT


@pytest.mark.parametrize(
    ("recorded", "asked", "first"),
    [
        pytest.param("Hi", "Hi", "exact", id="equal"),
        pytest.param(f"for {ID}", f"for {OTHER_ID}", "normalised", id="another id"),
        pytest.param(f"{ID} {OTHER_ID}", f"{ID} {ID}", "shape", id="ids that no longer differ"),
        pytest.param("on 2026-11-22", "on 2026-11-23", "normalised", id="another day"),
        pytest.param("ord_1 please", "ord_2 please", "normalised", id="a declared pattern"),
        pytest.param("Hi", "Hello", "shape", id="other words"),
    ],
)
def test_each_level_matches_what_the_stricter_ones_do_and_more(recorded, asked, first):
    """From the first level on at which two match they match at every looser one."""
    found = [matches(level, with_text(recorded), with_text(asked), r"order=ord_\d") for level in LEVELS]

    assert found == [index >= LEVELS.index(first) for index in range(len(LEVELS))]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"messages": [*CHAT["messages"], {"user": "More"}]}, id="one more message"),
        pytest.param({"messages": [{"user": "a"}, *CHAT["messages"][1:]]}, id="another role"),
        pytest.param({"tools": [{**CHAT["tools"][0], "name": "climate"}]}, id="another tool"),
        pytest.param({"schema": {"name": "answer", "schema": {"type": "array"}}}, id="another schema"),
        pytest.param({"tool_choice": "required"}, id="tool choice"),
        pytest.param({"sampling": {"n": 3}}, id="number of choices"),
        pytest.param({"model": "llama4"}, id="another model"),
        pytest.param({"backend": "remote"}, id="another backend"),
        pytest.param({"extensions": {"logprobs": True}}, id="an unknown field"),
    ],
)
def test_another_shape_of_chat_matches_at_no_level(change):
    """Only words are let go."""
    assert Matcher("shape").key({**CHAT, **change}) != Matcher("shape").key(CHAT)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"sampling": {"temperature": 0.9, "n": 2}}, id="sampling"),
        pytest.param({"tools": [{"name": "weather", "parameters": CITY}]}, id="description of a tool"),
    ],
)
def test_words_and_sampling_have_no_shape(change):
    """What does not change the kind of the answer is let go."""
    assert matches("shape", CHAT, {**CHAT, **change})


def test_the_outline_of_a_chat_has_roles_parts_tools_and_schemas():
    """A property that is called like a word of JSON Schema stays."""
    schema = {
        "type": "object",
        "title": "T",
        "properties": {"title": {"type": "string"}},
        "required": ["title"],
    }

    found = outline({**CHAT, "schema": {"schema": schema}, "tool_choice": {"named": "weather"}})

    assert found == {
        "operation": "chat",
        "backend": "local",
        "model": "llama3",
        "messages": [
            {"role": "system", "parts": ["text"]},
            {"role": "user", "parts": ["text"]},
            {"role": "assistant", "parts": ["tool_call weather"]},
            {"role": "tool", "parts": ["tool_result"]},
            {"role": "user", "parts": ["text", "image", "other audio"]},
        ],
        "tools": [["weather", {"type": "object", "properties": {"city": {"type": "string"}}}]],
        "tool_choice": {"named": "weather"},
        "schema": {
            "schema": {
                "type": "object",
                "properties": {"title": {"type": "string"}},
                "required": ["title"],
            }
        },
        "sampling": 2,
    }


def test_the_outline_of_a_generation_has_no_ids_and_only_kinds_of_values():
    """Of a list each kind of item stands once."""
    assert outline(MADE) == {
        "operation": "generate",
        "backend": "local",
        "model": "llama3",
        "method": "POST",
        "path": "/users/{id}/orders/{id}/{id}/lines",
        "query": ["page", "sort"],
        "shape": {"id": "number", "tags": ["string"], "done": "boolean", "note": "null"},
        "count": 3,
        "body": {"items": [{"id": "number"}, {"id": "string"}]},
        "context": "string",
    }


def test_a_shape_that_is_a_schema_keeps_its_types():
    """An array is no object, though both are words."""
    assert not matches(
        "shape",
        {**MADE, "shape": {"type": "array", "items": {}}},
        {**MADE, "shape": {"type": "object", "items": {}}},
    )


def test_embeddings_of_as_many_texts_have_one_shape():
    """An answer has a vector for each."""
    one, two, other = ({"operation": "embed", "inputs": texts} for texts in (["a"], ["a", "b"], ["c"]))

    assert matches("shape", one, other)
    assert not matches("shape", one, two)


@pytest.mark.parametrize("field", ["messages", "tools", "query", "inputs", "sampling", "path"])
def test_a_field_that_was_edited_into_something_else_has_an_outline_too(field):
    """Files are edited by hand; what stands there is compared, not judged."""
    assert isinstance(Matcher("shape").key({"operation": "chat", field: "odd"}), str)


@pytest.mark.parametrize(
    ("level", "asked", "looser"),
    [
        pytest.param("exact", f"for {OTHER_ID}", "normalised", id="normalised"),
        pytest.param("exact", "Hello", "shape", id="shape"),
        pytest.param("normalised", "Hello", "shape", id="from normalised"),
        pytest.param("shape", "Hello", None, id="nothing between shape and sequence"),
    ],
)
def test_the_first_looser_level_that_matches_is_named(level, asked, looser):
    """The least loosening that would do."""
    assert Matcher(level).looser(with_text(asked), with_text(f"for {ID}")) == looser


def test_no_looser_level_is_named_when_only_sequence_would_match():
    """That would match anything."""
    assert Matcher().looser(CHAT, MADE) is None


@settings(max_examples=50, deadline=None)
@given(st.text(), st.text())
def test_what_matches_exactly_matches_at_every_level(one, other):
    """And what matches at no level but sequence is different in all the others."""
    found = [matches(level, with_text(one), with_text(other)) for level in LEVELS]

    assert found == sorted(found)
    assert found[0] == (one == other)
