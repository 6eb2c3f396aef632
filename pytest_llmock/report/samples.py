"""How many samples of a test passed, and how sure that is.

The interval is that of E. B. Wilson, "Probable inference, the law of succession, and statistical inference",
Journal of the American Statistical Association 22 (1927), 209-212: it is right for few samples, too, and for
shares near 0 and 1, where the usual one is not.
"""

from dataclasses import dataclass, field
from math import ceil, sqrt

_Z = 1.959963984540054  # 95 % of a normal distribution lie within so many standard deviations


def wilson(passed: int, samples: int) -> tuple[float, float]:
    """Between which shares the true one lies, with a confidence of 95 %: 17 of 20 → (0.640, 0.948)."""
    share, square = passed / samples, _Z**2 / samples
    middle = (share + square / 2) / (1 + square)
    half = _Z / (1 + square) * sqrt(share * (1 - share) / samples + square / (4 * samples))
    return max(0.0, min(share, middle - half)), min(1.0, max(share, middle + half))


@dataclass(slots=True)
class Tally:
    """The samples of one test: how many there are to be, and the share of them that must pass."""

    samples: int
    pass_rate: float
    failures: list[tuple[int, object]] = field(default_factory=list)  # its number, what kind it is of

    @property
    def passed(self) -> int:
        """How many passed."""
        return self.samples - len(self.failures)

    @property
    def needed(self) -> int:
        """How many have to."""
        return ceil(self.pass_rate * self.samples - 1e-9)

    @property
    def is_enough(self) -> bool:
        """Whether so many passed."""
        return self.passed >= self.needed

    @property
    def line(self) -> str:
        """In words: "17 of 20 samples passed (85 %, 95 % interval 64-95 %)"."""
        low, high = wilson(self.passed, self.samples)
        share = round(100 * self.passed / self.samples)
        interval = f"{round(100 * low)}\N{EN DASH}{round(100 * high)} %"
        return f"{self.passed} of {self.samples} samples passed ({share} %, 95 % interval {interval})"

    @property
    def verdict(self) -> str:
        """The line, what was asked for, and how many failed like the first that failed."""
        first, kind = self.failures[0]
        others = self.failures[1:]
        alike = sum(each == kind for _, each in others)
        told = f", {alike} of {len(others)} other failures are alike" if others else ""
        return (
            f"{self.line}; pass_rate={self.pass_rate:g} asks for {self.needed}. "
            f"This is the failure of sample {first}{told}."
        )
