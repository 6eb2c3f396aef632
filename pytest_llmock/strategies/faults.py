"""Faults of any kind, for tests of clients that are to survive all of them."""

from collections.abc import Sequence

from hypothesis import strategies as st

from pytest_llmock.errors import ShapeError, nearest
from pytest_llmock.faults import KINDS, Fault

_STATUSES = (429, 500, 502, 503, 504, 529, 400, 401, 403, 404, 408, 409, 413, 422)
_OF_EVENTS = frozenset({"cut", "malformed", "truncated", "duplicated", "invalid_utf8"})
_SLOW = frozenset({"slow_first_token", "dribble"})
_SECONDS = 0.01  # what a test can wait, a hundred times


def faults(*, kinds: Sequence[str] = KINDS, times: int = 1, max_after: int = 5) -> st.SearchStrategy[Fault]:
    """Faults as `llm_backend.fail(fault=…)` takes them; each strikes `times` calls.

    `kinds` are some of those of `Fault`. A status is one that providers send, some with a Retry-After of 0 s;
    what strikes a stream does so after up to `max_after` events; waits are of milliseconds, and "timeout"
    answers 504 at once.

        @given(fault=strategies.faults(kinds=["status", "cut", "malformed"]))

    A failing fault shrinks to the kind that stands first. Raises ShapeError for an unknown kind.
    """
    for kind in kinds:
        if kind not in KINDS:
            raise ShapeError(f"The kind of faults is {kind!r}.{nearest(str(kind), KINDS)}")
    if not kinds:
        raise ShapeError(f"There are no kinds of faults in {kinds!r}.{nearest('', KINDS)}")

    def of(kind: str) -> st.SearchStrategy[Fault]:
        known = next(each for each in KINDS if each == kind)
        if known == "status":
            waits = st.sampled_from((None, 0.0))
            return st.builds(
                Fault,
                st.just(known),
                status=st.sampled_from(_STATUSES),
                retry_after=waits,
                times=st.just(times),
            )
        if known in _OF_EVENTS:
            after = st.none() | st.integers(0, max_after)
            return st.builds(Fault, st.just(known), after=after, times=st.just(times))
        seconds = _SECONDS if known in _SLOW else 0.0 if known == "timeout" else None
        return st.just(Fault(known, seconds=seconds, times=times))

    return st.sampled_from(tuple(kinds)).flatmap(of)
