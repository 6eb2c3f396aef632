"""`pytest-llmock generate`, in this process and as one of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture
def shape(here):
    """A shape in a file."""
    Path("shape.json").write_text('{"id": 0, "email": "email"}')
    return "shape.json"


def test_a_file_is_made_and_told(run, shape):
    """In one line; all options are as in Python."""
    run("generate", "--shape", shape, "--count", 20, "--out", "users.jsonl")
    Path("order.json").write_text('{"id": 0, "userId": 0}')

    done = run(
        "generate", "--shape", "order.json", "--count", 50, "--out", "orders.csv", "--seed", 3, "--unique", "id",
        "--link", "userId=users.jsonl:id", "--batch", 10, "--concurrency", 2,
    )  # fmt: skip

    rows = Path("orders.csv").read_text().splitlines()
    assert (done.exit_code, len(rows), rows[0]) == (0, 51, "id,userId")
    assert done.stdout.startswith("50 records in orders.csv, ")
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("args", "status", "message"),
    [
        (["--link", "userId"], 2, "--link userId: write FIELD=FILE:KEY, such as userId=users.jsonl:id."),
        (
            ["--link", "id=a.csv:b", "--link", "id=a.csv:c"],
            2,
            "--link gives the field 'id' two sources. Leave one out.",
        ),
        (["--max-cost", "much"], 2, None),
        (["--count", "-1"], 2, "--count is -1: give 0 or more."),
    ],
    ids=["half a link", "two links", "cost", "count"],
)
def test_bad_options_end_with_a_line_that_says_why(run, shape, args, status, message):
    """Status 2, and nothing is left behind."""
    done = run("generate", "--shape", shape, "--count", "5", "--out", "a.jsonl", *args)

    assert done.exit_code == status
    assert message is None or done.stderr == f"pytest-llmock: {message}\n"
    assert sorted(path.name for path in Path().iterdir()) == ["shape.json"]


def live(settings, upstream, **said):
    """A backend that costs money: 1 USD a token."""
    settings(writer=upstream.url)
    found = json.loads(Path("llmock.json").read_text())
    found["Backends"][0] |= {"InputPricePerMillion": 1e6, "OutputPricePerMillion": 1e6, **said}
    Path("llmock.json").write_text(json.dumps(found))


def test_a_live_backend_is_asked_in_smaller_batches_and_paid_for(run, shape, settings, upstream):
    """The cost is told."""
    live(settings, upstream)

    done = run("generate", "--shape", shape, "--count", 25, "--out", "a.jsonl")

    assert done.exit_code == 0
    assert "USD in 2 calls" in done.stdout


def test_a_budget_stops_the_run_and_counts_what_earlier_runs_spent(run, shape, settings, upstream):
    """Nothing that was paid for is lost."""
    live(settings, upstream)
    command = ["generate", "--shape", shape, "--count", 60, "--out", "a.jsonl", "--concurrency", 1]

    stopped = run(*command, "--max-tokens", 10)
    again = run(*command, "--max-tokens", 10)
    done = run(*command)

    assert (stopped.exit_code, again.exit_code, done.exit_code) == (1, 1, 0)
    assert "The data set's budget of 10 tokens is spent" in stopped.stderr
    assert "Raise --max-tokens, or let recordings answer" in again.stderr
    assert "1 of 3 batches are kept" in again.stderr
    assert "1 of 3 batches from before" in done.stdout


def test_a_recorded_data_set_is_made_again_without_the_model(run, shape, settings, upstream):
    """The same bytes, from DIR/generate.yaml."""
    live(settings, upstream)
    command = ["generate", "--shape", shape, "--count", 25, "--cassettes", "tapes"]
    run(*command, "--out", "a.jsonl", "--record", "once")
    live(settings, upstream, BaseUrl="http://127.0.0.1:9/v1/")
    Path("a.jsonl").rename("b.jsonl")

    done = run(*command, "--out", "a.jsonl")

    assert (done.exit_code, Path("tapes/generate.yaml").exists()) == (0, True)
    assert Path("a.jsonl").read_bytes() == Path("b.jsonl").read_bytes()
    assert "replay saved" in done.stdout


def test_a_recording_that_is_not_there_is_told(run, shape, settings, upstream):
    """Nothing live is asked."""
    live(settings, upstream)

    done = run("generate", "--shape", shape, "--count", 5, "--out", "a.jsonl", "--cassettes", "tapes")

    assert done.exit_code == 1
    assert "tapes/generate.yaml does not exist (record mode 'none')" in done.stderr


SLOW = """
import asyncio, os, signal

async def __call__(prompt):
    generation = prompt.generation
    if generation.start == 20:
        os.kill(os.getpid(), signal.SIGINT)
        await asyncio.sleep(1)
    return [{"id": n, "email": "a@example.com"} for n in range(generation.start, generation.start + generation.count)]
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="Ctrl-C as a signal is of POSIX")
def test_ctrl_c_waits_for_what_is_under_way_and_says_how_to_go_on(here, shape):
    """Status 130, as of any program that it ends."""
    code = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # a job in the background ignores it
        "import runpy, sys; from pytest_llmock.server import datasets; from pytest_llmock.cli import generate as cli\n"
        f"space = {{}}; exec({SLOW!r}, space)\n"
        "made = datasets.generate\n"
        "cli.generate = lambda *args, **said: made(*args, **{**said, 'backend': space['__call__']})\n"
        "cli.generate_command()"
    )
    command = [
        sys.executable,
        "-c",
        code,
        "--shape",
        shape,
        "--count",
        "50",
        "--out",
        "a.jsonl",
        "--batch",
        "10",
    ]

    done = subprocess.run([*command, "--concurrency", "1"], capture_output=True, text=True, check=False)

    assert done.returncode == 130
    waiting, stopped, said = done.stderr.splitlines()
    assert (waiting[:16], waiting[-24:]) == ("20 of 50 records", " waiting for 1 under way")
    assert (stopped[:16], stopped[-9:]) == ("30 of 50 records", ", stopped")
    assert said == (
        "pytest-llmock: interrupted. What was made is kept in a.jsonl.checkpoint; run the same command again to go on."
    )
    assert Path("a.jsonl.checkpoint").read_bytes().count(b'{"batch"') == 3


def test_an_unknown_backend_is_refused_without_the_advice_of_a_test_run(run, here):
    """`generate` has no --llmock-lax."""
    (here / "shape.json").write_text('{"id": 1}')

    done = run(
        "generate", "--shape", "shape.json", "--count", "3", "--out", "a.jsonl", "--backend", "synthetc"
    )

    assert (done.exit_code, done.stderr) == (
        2,
        (
            "pytest-llmock: Backend 'synthetc' is not configured. Did you mean 'synthetic'? Enable or add it in the "
            "settings, or name another.\n"
        ),
    )


def test_an_interrupt_before_anything_was_made_says_so(run, here, monkeypatch):
    """There is no checkpoint to go on from."""

    def interrupted(_):
        raise KeyboardInterrupt

    monkeypatch.setattr("pytest_llmock.server.datasets.read_shape", interrupted)

    done = run("generate", "--shape", "shape.json", "--count", "3", "--out", "a.jsonl")

    assert (done.exit_code, done.stderr) == (130, "pytest-llmock: interrupted. Nothing was written yet.\n")
