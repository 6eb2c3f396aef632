import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effort import grows_linearly
from pytest_llmock.cassettes.differences import LINES, differences

CALL = {"tool_call": {"id": "call_1", "name": "weather", "arguments": {"city": "Paris"}}}
CHAT = {
    "operation": "chat",
    "messages": [
        {"system": "You are terse."},
        {"user": "Summarise\nthis text.\nPlease."},
        {"role": "assistant", "parts": [CALL]},
    ],
    "tools": [
        {"name": "weather", "parameters": {"type": "object"}},
        {"name": "news", "description": "What is new"},
    ],
    "sampling": {"temperature": 0.2, "stop": ["\n"]},
}


def asked_with(**changes):
    return {**copy.deepcopy(CHAT), **changes}


def with_user(text):
    return asked_with(messages=[CHAT["messages"][0], {"user": text}, CHAT["messages"][2]])


def test_equal_requests_differ_in_no_line():
    """Nothing is said where nothing is different."""
    assert differences(CHAT, copy.deepcopy(CHAT)) == []


def test_a_message_of_words_is_shown_line_by_line():
    """Number and role of the message, then what was recorded and what is asked, with the lines around it."""
    assert differences(CHAT, with_user("Summarise\nthat text. \nPlease.")) == [
        "message 2 (user):",
        "  @@ line 1",
        "   Summarise",
        "  -this text.",
        "  +that text.·",
        "   Please.",
    ]


def test_places_far_apart_in_a_text_are_shown_each():
    """What lies between them is left out, and the line's number is that of the recording."""
    lines = [f"line {number}" for number in range(1, 41)]
    other = [*lines[:9], "changed", *lines[10:30], *lines[31:], "more"]

    assert differences({"context": "\n".join(lines)}, {"context": "\n".join(other)}) == [
        "context:",
        "  @@ line 8",
        "   line 8",
        "   line 9",
        "  -line 10",
        "  +changed",
        "   line 11",
        "   line 12",
        "  @@ line 29",
        "   line 29",
        "   line 30",
        "  -line 31",
        "   line 32",
        "   line 33",
        "  @@ line 39",
        "   line 39",
        "   line 40",
        "  +more",
    ]


@pytest.mark.parametrize(
    ("messages", "lines"),
    [
        pytest.param(
            [CHAT["messages"][0], {"user": "Hi"}],
            [
                "message 2 (user):",
                "  @@ line 1",
                "  -Summarise",
                "  -this text.",
                "  -Please.",
                "  +Hi",
                "messages: 3 recorded, 2 asked",
            ],
            id="fewer messages",
        ),
        pytest.param(
            [*CHAT["messages"], {"user": "And?"}],
            ['message 4 (user): not set → "And?"', "messages: 3 recorded, 4 asked"],
            id="one more",
        ),
        pytest.param(
            CHAT["messages"][:2],
            [
                'message 3 (assistant): {"parts": [{"tool_call": {"id": "call_1", "name": "weather"… → not set',
                "messages: 3 recorded, 2 asked",
            ],
            id="one less",
        ),
        pytest.param(
            [{"developer": "You are terse."}, *CHAT["messages"][1:]],
            ["message 1 (system → developer): the same words"],
            id="another role",
        ),
        pytest.param(
            [{"user": "You are wordy."}, {"user": "a"}, {"user": "b"}],
            [
                'message 1 (system → user): "You are terse." → "You are wordy."',
                "messages after that: 2 more differ",
            ],
            id="all different",
        ),
        pytest.param(
            [
                *CHAT["messages"][:2],
                {
                    "role": "assistant",
                    "parts": [{"tool_call": {**CALL["tool_call"], "arguments": {"city": "Rome"}}}],
                },
            ],
            ['message 3 (assistant): parts[0].tool_call.arguments.city: "Paris" → "Rome"'],
            id="arguments",
        ),
        pytest.param(
            [
                {"system": "You are not terse."},
                CHAT["messages"][1],
                {"assistant": "Fine."},
            ],
            [
                'message 1 (system): "You are terse." → "You are not terse."',
                "messages after that: 1 more differs",
            ],
            id="two different",
        ),
    ],
)
def test_of_the_messages_the_first_that_differs_is_shown(messages, lines):
    """Those after it are counted."""
    assert differences(CHAT, asked_with(messages=messages)) == lines


@pytest.mark.parametrize(
    ("change", "lines"),
    [
        pytest.param(
            {"sampling": {"temperature": 0.7, "top_p": 0.9}},
            [
                "sampling.temperature: 0.2 → 0.7",
                'sampling.stop: ["\\n"] → not set',
                "sampling.top_p: not set → 0.9",
            ],
            id="parameters",
        ),
        pytest.param(
            {"tools": [{"name": "weather", "parameters": {"type": "array"}}]},
            [
                'tools.weather.parameters.type: "object" → "array"',
                'tools.news: {"name": "news", "description": "What is new"} → not set',
            ],
            id="tools by their names",
        ),
        pytest.param({"rules": ["a", "b"]}, ['rules: not set → ["a", "b"]'], id="a new field"),
        pytest.param(
            {"messages": "odd"},
            ['message 1 (system): "You are terse." → not set', "messages: 3 recorded, 0 asked"],
            id="an edited field",
        ),
    ],
)
def test_what_is_not_a_message_is_shown_by_its_path(change, lines):
    """From what was recorded to what is asked."""
    assert differences(CHAT, asked_with(**change)) == lines


def test_lists_differ_item_by_item():
    """By number, because they have no names; a switch is no number."""
    assert differences(
        {"query": [["a", "1"]], "body": [True]}, {"query": [["a", "2"], ["b", "3"]], "body": [1]}
    ) == [
        'query[0][1]: "1" → "2"',
        'query[1]: not set → ["b", "3"]',
        "body[0]: true → 1",
    ]


def test_a_long_line_is_cut_around_the_difference():
    """However far into the line it is."""
    lines = differences({"context": "a" * 500 + "b" + "c" * 500}, {"context": "a" * 500 + "d" + "c" * 500})

    assert lines == [
        "context:",
        "  @@ line 1",
        f"  -…{'a' * 30}b{'c' * 69}…",
        f"  +…{'a' * 30}d{'c' * 69}…",
    ]


@pytest.mark.parametrize(
    ("recorded", "asked", "line"),
    [
        pytest.param("a\r", "a", r'x: "a\r" → "a"', id="carriage return"),
        pytest.param("a b", "a\u00a0b", r'x: "a b" → "a\xa0b"', id="hard space"),
        pytest.param("e\u0301", "\u00e9", r'x: "e\u0301" → "é"', id="accent"),
        pytest.param("a", "\x1b[31ma", r'x: "a" → "\x1b[31ma"', id="escape sequence"),
        pytest.param("a", "a  ", 'x: "a" → "a··"', id="spaces at the end"),
    ],
)
def test_what_cannot_be_seen_is_shown(recorded, asked, line):
    """Two texts that look the same do not in a message about their difference."""
    assert differences({"x": recorded}, {"x": asked}) == [line]


def test_there_are_never_too_many_lines():
    """A text takes twenty, all together thirty, and the rest is counted."""
    old, new = "\n".join("abcdefghijklm"), "\n".join("ABCDEFGHIJKLM")
    numbers = {f"n{number}": number for number in range(20)}

    lines = differences({"context": old}, {"context": new, **numbers})

    assert len(lines) == LINES
    assert lines[1] == "  @@ line 1"
    assert lines[20:22] == ["  … and 8 more lines", "n0: not set → 0"]
    assert lines[-1] == "… and 12 more lines"


TEXTS = st.lists(st.sampled_from(["a", "b", "c", "same", ""])).map("\n".join)


@settings(max_examples=100, deadline=None)
@given(TEXTS, TEXTS)
def test_texts_that_differ_are_never_shown_without_a_difference(recorded, asked):
    """There is a line that was recorded or is asked now."""
    lines = differences({"messages": [{"user": recorded}]}, {"messages": [{"user": asked}]})

    assert bool(lines) == (recorded != asked)
    assert len(lines) <= LINES
    assert recorded == asked or any(line.lstrip()[:1] in "-+m" for line in lines)


@pytest.mark.parametrize(
    ("recorded", "asked"),
    [
        pytest.param("x" * 3_000_000 + "a", "x" * 3_000_000 + "b", id="one long line"),
        pytest.param("ab\n" * 300_000 + "a", "ab\n" * 300_000 + "b", id="many equal lines"),
        pytest.param("a\nb\n" * 100_000, "b\na\nc\n" * 100_000, id="many different lines"),
    ],
)
def test_long_texts_take_no_long_time(recorded, asked):
    """Comparing lines is quadratic, so that few of them are compared: of the last ones too."""

    def compared(size):
        return differences({"context": recorded[-size:]}, {"context": asked[-size:]})

    assert len(compared(len(asked))) <= LINES
    assert grows_linearly(compared, len(asked))
