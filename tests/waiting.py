"""Waiting for what other threads do, without a guess how long that takes."""

import time
from collections.abc import Callable

MOST_S = 5


def until(claim: Callable[[], object]) -> None:
    """Wait for what other threads are about to make true."""
    given_up = time.monotonic() + MOST_S
    while not claim():
        assert time.monotonic() < given_up
        time.sleep(0.01)
