"""How the effort of a piece of work grows with its size, in time of the processor: other programs do not take it."""

from collections.abc import Callable
from time import thread_time

TIMES = 8  # as large: what is linear takes 8 times as long, what is quadratic 64 times
MOST_TIMES = 25  # as long: between the two
NOTHING_S = 0.004  # a smaller effort says nothing of how it grows


def grows_linearly(work: Callable[[int], object], size: int) -> bool:
    """Whether the effort for `size` is not many times more than for an eighth of it, once in three tries."""
    return any(
        _effort(work, size) < MOST_TIMES * max(_effort(work, size // TIMES), NOTHING_S) for _ in range(3)
    )


def _effort(work: Callable[[int], object], size: int) -> float:
    began = thread_time()
    work(size)
    return thread_time() - began
