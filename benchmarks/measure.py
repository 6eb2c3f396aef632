"""Timing in pairs: floor and product take turns, so that a machine whose speed drifts slows both."""

import resource
import statistics
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the report: what was measured, the limit that design.md sets, and whether it holds."""

    name: str
    measured: float
    limit: float
    unit: str
    at_least: bool = False
    note: str = ""

    @property
    def holds(self) -> bool:
        return self.measured >= self.limit if self.at_least else self.measured <= self.limit

    def line(self) -> str:
        sign = "≥" if self.at_least else "≤"
        verdict = "holds" if self.holds else "MISSED"
        return f"{verdict:6}  {self.name:58} {self.measured:10,.2f} {self.unit:4} (goal {sign} {self.limit:,g})  {self.note}"


def in_turn(*functions: Callable[[], object], rounds: int) -> list[list[float]]:
    """Seconds of each function in each round, the functions taking turns within a round."""
    seconds: list[list[float]] = [[] for _ in functions]
    for _ in range(rounds):
        for times, function in zip(seconds, functions, strict=True):
            started = time.perf_counter()
            function()
            times.append(time.perf_counter() - started)
    return seconds


def ratio(floor: Sequence[float], product: Sequence[float]) -> float:
    """The median of product/floor, pair by pair."""
    return statistics.median(b / a for a, b in zip(floor, product, strict=True))


def cpu_seconds(command: Sequence[str], *, env: dict[str, str], cwd: str) -> float:
    """User and system seconds of a whole process; fails loudly if the process does."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, env=env, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} exited with {done.returncode}:\n{done.stdout}{done.stderr}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def cpu_in_turn(*commands: Sequence[str], env: dict[str, str], cwd: str, rounds: int) -> list[list[float]]:
    """CPU seconds of each command in each round, the commands taking turns; one warm-up before."""
    seconds: list[list[float]] = [[] for _ in commands]
    for number in range(rounds + 1):
        for times, command in zip(seconds, commands, strict=True):
            spent = cpu_seconds(command, env=env, cwd=cwd)
            if number:
                times.append(spent)
    return seconds
