"""What an installed plugin costs a run that does not use it, and one test that does."""

import os
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.measure import Figure, cpu_in_turn, ratio

PYTEST = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
TESTS = 200
ROUNDS = 15
# httpx and starlette bring anyio and its pytest plugin. When the goals were set that cost 0.1 to 0.2 s of CPU beside
# the 0.19 s of a bare pytest (the upper end where trio is installed, which the plugin then imports): so a whole
# install may take twice a bare pytest. That nearly all of it is anyio's is held by the figure against pytest with
# anyio alone; the note says how much it was.
WHOLE_INSTALL = 2.0


def figures() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "test_one.py").write_text("def test_one(): pass\n")
        Path(folder, "test_plain.py").write_text(_tests(""))
        Path(folder, "test_ours.py").write_text(_tests("mock_api"))
        yield from _unused(folder)
        Path(folder, "test_scripted.py").write_text(_tests("llm_backend", 'llm_backend.reply("ok")'))
        yield _per_test(folder, "test_ours.py", "a test that uses a fixture")
        yield _per_test(folder, "test_scripted.py", "a test with environment and script")


def _unused(folder: str) -> Iterator[Figure]:
    with_plugin = [*PYTEST, "-p", "pytest_llmock.plugin", "test_one.py"]
    bare = [*PYTEST, "test_one.py"]
    anyio = [*PYTEST, "-p", "anyio.pytest_plugin", "test_one.py"]
    whole = [*PYTEST, "-p", "anyio.pytest_plugin", "-p", "pytest_llmock.plugin", "test_one.py"]
    times = cpu_in_turn(bare, with_plugin, anyio, whole, env=_quiet(), cwd=folder, rounds=ROUNDS)
    plugin, brought, install = (_above(times[0], each) for each in times[1:])
    yield Figure("start-up, installed but unused: CPU above bare pytest", plugin, 15, "ms")
    yield Figure("start-up, installed but unused: against bare pytest", ratio(times[0], times[1]), 1.05, "x")
    yield Figure(
        "start-up of the whole install: against pytest + anyio", ratio(times[2], times[3]), 1.05, "x"
    )
    yield Figure(
        "start-up of the whole install: against bare pytest",
        ratio(times[0], times[3]),
        WHOLE_INSTALL,
        "x",
        note=f"{install:.0f} ms of CPU above it, {brought:.0f} of them anyio's plugin",
    )


def _above(floor: Sequence[float], product: Sequence[float]) -> float:
    """Milliseconds of the product above the floor, the median of the pairs."""
    return statistics.median(b - a for a, b in zip(floor, product, strict=True)) * 1000


def _per_test(folder: str, file: str, what: str) -> Figure:
    plugin = ["-p", "pytest_llmock.plugin"]
    plain, ours = [*PYTEST, *plugin, "test_plain.py"], [*PYTEST, *plugin, file]
    # the first fixture pays for the server once: it is taken out by running one such test alone
    first = [*PYTEST, *plugin, f"{file}::test_0"]
    times = cpu_in_turn(
        plain, ours, first, [*PYTEST, *plugin, "test_one.py"], env=_quiet(), cwd=folder, rounds=7
    )
    spent = _above(times[0], times[1]) - _above(times[3], times[2])
    return Figure(f"{what}: CPU above an empty test", spent / TESTS, 1, "ms")


def _tests(fixture: str, body: str = "pass") -> str:
    return "\n".join(f"def test_{number}({fixture}): {body}" for number in range(TESTS))


def _quiet() -> dict[str, str]:
    """Without the plugins that happen to be installed here, and with byte code as a user has it."""
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**env, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
