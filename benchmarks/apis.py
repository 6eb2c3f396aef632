"""Chat completions a second, plain and streamed, beside aimock's on the same machine in the same run.

Both answer the same text of 400 characters, in 20 pieces where it is streamed; ours by a rule of a script, and beside
it the embedded generator with words of its own. aimock is a Node server: `make bench` installs it where npm is.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from benchmarks.load import rate
from benchmarks.measure import Figure

ROUNDS, SECONDS = 5, 1.5
TEXT = " ".join(["twelve twelve seven"] * 20)  # aimock sends 20 characters at a time, we send three words
MODULES = Path(os.environ.get("AIMOCK", Path(sys.prefix) / "aimock"))
THEIRS = """
import { LLMock } from "@copilotkit/aimock";
const mock = new LLMock({ port: 0, logLevel: "silent" });
mock.onMessage(/.*/, { content: %s });
await mock.start();
console.log(mock.url);
process.stdin.resume();
"""
OURS = """
import sys
from pathlib import Path
from pytest_llmock.choice import Choice
from pytest_llmock.config import load_settings
from pytest_llmock.scripting.conditions import conditions
from pytest_llmock.scripting.rule import Rule
from pytest_llmock.server.runtime import Runtime

runtime = Runtime()
session = runtime.serve(load_settings(Path.cwd(), environ={}), Choice(strict=False))
session.interventions.script.add(Rule(conditions({"model": "script"}))).reply(%s)
print(runtime.url, flush=True)
sys.stdin.read()
"""


def figures() -> Iterator[Figure]:
    if not (MODULES / "node_modules").exists():
        print(f"aimock is not measured: it is not in {MODULES}, where `make bench` puts it if there is npm")
        return
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        (folder / "node_modules").symlink_to(MODULES / "node_modules")
        (folder / "server.mjs").write_text(THEIRS % json.dumps(TEXT), encoding="utf-8")
        theirs = stack.enter_context(_running([str(shutil.which("node")), "server.mjs"], folder))
        ours = stack.enter_context(_running([sys.executable, "-c", OURS % repr(TEXT)], folder))
        for stream in (False, True):
            for connections in (1, 16):
                yield from _compared(theirs, ours, stream=stream, connections=connections)


def _compared(theirs: str, ours: str, *, stream: bool, connections: int) -> Iterator[Figure]:
    asked = {"messages": [{"role": "user", "content": "Say something."}], "stream": stream}
    rates: dict[str, list[float]] = {"": [], "script": [], "synthetic": []}
    for _ in range(ROUNDS):
        for model, found in rates.items():
            body = json.dumps({"model": model or "gpt-4o", **asked}).encode()
            url = f"{ours if model else theirs}/v1/chat/completions"
            found.append(rate(url, body, connections=connections, seconds=SECONDS))
    kind = "streamed" if stream else "plain"
    floor = statistics.median(rates.pop(""))
    for model, found in rates.items():
        name = f"{kind} chats a second, {connections} at a time, {model}: against aimock"
        mine = statistics.median(found)
        yield Figure(name, mine / floor, 1, "x", at_least=True, note=f"{mine:,.0f} against {floor:,.0f}")


@contextmanager
def _running(command: list[str], folder: Path) -> Iterator[str]:
    """A server that says its address first."""
    with subprocess.Popen(
        command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        try:
            yield server.stdout.readline().strip()
        finally:
            server.kill()
