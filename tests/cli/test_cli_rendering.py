"""A recording as text for a terminal."""

from dataclasses import replace
from pathlib import Path

import pytest

from pytest_llmock.cassettes.interaction import Recorded, Timed
from pytest_llmock.cassettes.maintenance.found import Opened
from pytest_llmock.cli.rendering import rendered, visible
from pytest_llmock.errors import Failure
from pytest_llmock.llm import Delta, End, ToolDelta
from recordings import cassette, chat


@pytest.fixture
def shown(tmp_path):
    """How an interaction is shown, line by line, when it has been written and read."""

    def shown(interaction):
        path = cassette(Path(tmp_path, "x.yaml"), interaction)
        (recording,) = Opened.at(path).recordings
        return [line.strip() for line in rendered(recording, 1).splitlines()]

    return shown


def answered(*deltas, **more):
    return chat(deltas=tuple(Timed(5, delta) for delta in deltas), **more)


@pytest.mark.parametrize(
    ("interaction", "lines"),
    [
        (
            answered(failure=Failure("status", "Slow down.", 429, 2.5)),
            ["FAILED: status 429: Slow down. (retry after 2.5 s)"],
        ),
        (
            answered(Delta("Half"), failure=Failure("cut", "The\nend.")),
            ["answer (cut): Half", "FAILED:", "cut: The", "end."],
        ),
        (
            answered(Delta("Half"), truncated=True),
            [
                "answer (cut): Half",
                "TRUNCATED: the stream was cut or abandoned here, and replay ends here too",
            ],
        ),
        (
            answered(Delta("Half"), truncated=True, cancelled=True),
            [
                "answer (cut): Half",
                "CANCELLED: whoever asked gave up here, and replay waits to be cancelled too",
            ],
        ),
        (
            answered(
                Delta(reasoning="Hm."),
                Delta(tool=ToolDelta(0, "c", "find", '{"q":1}')),
                Delta(end=End("tool_calls")),
            ),
            ["reasoning: Hm.", 'calls find({"q":1})', "3 deltas, the first after 5 ms, the last after 5 ms"],
        ),
        (
            answered(Delta("A", end=End()), Delta("B", 1, end=End("length"))),
            ["answer 1 (stop): A", "answer 2 (length): B"],
        ),
        (
            answered(Delta(vector=(0.5, 1.5)), Delta(index=1, vector=(0.5, 1.5), end=End())),
            ["answer: 2 vectors of 2 numbers"],
        ),
    ],
    ids=["failure", "failure after words", "truncated", "cancelled", "tools", "choices", "vectors"],
)
def test_what_came_back_is_shown(shown, interaction, lines):
    """Whatever kind of answer it is, and whether it was one."""
    found = shown(interaction)

    assert [line for line in found if line in lines] == lines


@pytest.mark.parametrize(
    ("request_", "lines"),
    [
        (
            {"operation": "generate", "backend": "w", "model": "m", "path": "/users", "shape": {"id": 0}},
            ["generate: w (m)", 'path: "/users"', "shape:", "id: 0"],
        ),
        (
            {"operation": "embed", "backend": "w", "inputs": ["One", "Two"]},
            ["embed: w", "inputs:", "- One", "- Two"],
        ),
        (
            {
                "operation": "chat",
                "backend": "w",
                "messages": [
                    {
                        "role": "user",
                        "parts": [
                            {"text": "Look:"},
                            {"image": "https://x.test/a.png"},
                            {"image": "https://x.test/" + "a" * 100},
                            {"tool_result": {"call": "call_1", "content": "12"}},
                        ],
                    },
                    {"user": 5},
                    "odd",
                    {"role": "tool", "parts": "odder"},
                ],
            },
            [
                "user:",
                "Look:",
                "[image https://x.test/a.png]",
                f"[image https://x.test/{'a' * 65}… (115 characters)]",
                '{tool_result: {call: "call_1", content: "12"}}',
                "user: 5",
                '"odd"',
                'tool: "odder"',
            ],
        ),
        ({"operation": "chat", "messages": "none"}, ["chat:"]),
    ],
    ids=["generation", "embedding", "parts", "no messages"],
)
def test_what_was_asked_is_shown(shown, request_, lines):
    """Edited by hand or not."""
    found = shown(replace(chat(), request=request_))

    assert [line for line in found if line in lines] == lines


@pytest.mark.parametrize(
    ("recorded", "line"),
    [
        (Recorded(), "recorded: 0 s"),
        (
            Recorded(asked="m", model="m", attempts=2, cost=0.0031),
            "recorded: model m, 0 s, attempt 2, 0.0031 USD",
        ),
        (Recorded(asked="m"), "recorded: (asked for m), 0 s"),
    ],
    ids=["nothing", "cost", "asked only"],
)
def test_where_it_comes_from_is_shown_as_far_as_it_is_known(shown, recorded, line):
    """A recording that was made by hand may say little."""
    assert shown(chat(recorded=recorded))[-1] == line


def test_nothing_in_a_recording_moves_the_cursor():
    """A terminal obeys what a model may have written."""
    assert visible("a\x1b[31m\tb\r\u202e\ud800\n") == "a\\x1b[31m\tb\\r\\u202e\\ud800\n"
