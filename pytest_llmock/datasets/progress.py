"""How far a data set is, for programs and for people."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TextIO, TypeAlias

from pytest_llmock.clock import Clock, SystemClock
from pytest_llmock.ledger import Spent
from pytest_llmock.llm import Usage
from pytest_llmock.prices import usd

WIDTH = 24  # characters of the bar
BAR_EVERY_S = 0.1
LINE_EVERY_S = 5.0


@dataclass(frozen=True, slots=True)
class Progress:
    """How far it is: `done` of `count` records, `resumed` of them made by earlier runs, in `seconds`.

    `usage` and `spent` are of all runs. `stopping` is how many batches are still waited for before the run
    stops, None while it goes on.
    """

    done: int
    count: int
    resumed: int = 0
    seconds: float = 0.0
    usage: Usage = field(default_factory=Usage)
    spent: Spent = field(default_factory=Spent)
    stopping: int | None = None

    @property
    def rate(self) -> float:
        """Records a second in this run."""
        return (self.done - self.resumed) / self.seconds if self.seconds > 0 else 0.0

    @property
    def left_s(self) -> float:
        """Seconds until the end, at this rate; infinite while nothing is made."""
        return (self.count - self.done) / self.rate if self.rate else math.inf

    @property
    def line(self) -> str:
        """`4,200 of 10,000 records, 310/s, 0.12 USD, 19 s left`."""
        parts = [f"{self.done:,} of {self.count:,} records", f"{self.rate:,.0f}/s"]
        if self.spent.cost:
            parts.append(f"{'about ' if self.spent.estimated else ''}{usd(self.spent.cost)}")
        if self.stopping is not None:
            parts.append(f"waiting for {self.stopping} under way" if self.stopping else "stopped")
        elif self.done < self.count and self.rate:
            parts.append(f"{span(self.left_s)} left")
        return ", ".join(parts)

    @property
    def bar(self) -> str:
        """`[########--------]  42%`."""
        share = self.done / self.count if self.count else 1.0
        full = int(share * WIDTH)
        return f"[{'#' * full}{'-' * (WIDTH - full)}] {int(share * 100):3d}%"


Watch: TypeAlias = Callable[[Progress], None]


def span(seconds: float) -> str:
    """`19 s`, `4 min`, `1.5 h`."""
    if seconds < 120:
        return f"{math.ceil(seconds)} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def shown_on(stream: TextIO, clock: Clock | None = None) -> Watch:
    """What shows progress on a stream: on a terminal a bar that stays in its line, else lines."""
    return _Shown(stream, clock or SystemClock())


class _Shown:
    def __init__(self, stream: TextIO, clock: Clock) -> None:
        self._stream, self._clock = stream, clock
        self._is_terminal = stream.isatty()
        self._every_s = BAR_EVERY_S if self._is_terminal else LINE_EVERY_S
        # a short run needs no lines; a bar is there at once
        self._due = clock.monotonic() + (0.0 if self._is_terminal else self._every_s)
        self._last = ""

    def __call__(self, progress: Progress) -> None:
        now, is_end = self._clock.monotonic(), progress.done == progress.count
        is_new = progress.stopping is not None or (is_end and self._is_terminal)
        if now < self._due and not is_new:
            return
        self._due = now + self._every_s
        if self._is_terminal:
            self._redraw(
                f"{progress.bar} {progress.line}", end="\n" if is_end or progress.stopping == 0 else ""
            )
        else:
            print(progress.line, file=self._stream, flush=True)

    def _redraw(self, text: str, *, end: str) -> None:
        print(f"\r{text.ljust(len(self._last))}", end=end, file=self._stream, flush=True)
        self._last = text
