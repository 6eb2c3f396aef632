"""`clock="virtual"`: waits that take no time."""

import time

FAILING = """
    import pytest
    from pytest_llmock.errors import BackendError, Failure
    from pytest_llmock.llm import Delta

    class Busy:
        def __init__(self):
            self.asked = 0

        async def __call__(self, prompt):
            self.asked += 1
            if self.asked < 3:
                raise BackendError(Failure("status", "slow down", 429, 50.0))
            yield Delta("well")
            yield Delta(end=__import__("pytest_llmock.llm").llm.End())
"""


def test_a_marker_makes_long_waits_short(run):
    """Two Retry-After of 50 seconds each pass at once, and the call says how long it took."""
    began = time.monotonic()

    result = run(
        test_it=FAILING
        + """
    @pytest.mark.llmock(clock="virtual", backend="busy")
    def test_patience(llm_backend, llmock):
        llmock.backends.add("busy", Busy())

        assert llm_backend.complete_sync("Hello?").text == "well"
        assert 100 <= llmock.calls[0].seconds < 110
        assert [attempt.reason for attempt in llmock.calls[0].attempts] == ["asked", "retry", "retry"]
"""
    )

    result.assert_outcomes(passed=1)
    assert time.monotonic() - began < 50


def test_time_can_be_moved_by_the_test(run):
    """A breaker that opened for half a minute lets the next call try."""
    result = run(
        test_it=FAILING
        + """
    @pytest.mark.llmock(
        clock="virtual", backend="down", config={"CircuitBreakerFailureThreshold": 1, "EnableRetryPolicy": False}
    )
    def test_recovery(llm_backend, llmock):
        down = []

        def answer(prompt):
            if not down:
                down.append(True)
                raise BackendError(Failure("status", "out of order", 503))
            return "well again"

        llmock.backends.add("down", answer)
        for problem in ("out of order", "its circuit breaker is open"):
            with pytest.raises(BackendError, match=problem):
                llm_backend.complete_sync("Hello?")
        llmock.clock.advance(30)

        assert llm_backend.complete_sync("Hello?").text == "well again"
"""
    )

    result.assert_outcomes(passed=1)


def test_only_the_marked_test_has_virtual_time(run):
    """The clock of the others is real, and the nearest marker wins."""
    result = run(
        test_it="""
    import pytest
    from pytest_llmock.clock import SystemClock, VirtualClock

    pytestmark = pytest.mark.llmock(clock="virtual")

    def test_virtual(llmock):
        assert isinstance(llmock.clock, VirtualClock)

    @pytest.mark.llmock(clock="real")
    def test_real(llmock):
        assert isinstance(llmock.clock, SystemClock)
""",
        test_other="""
    from pytest_llmock.clock import SystemClock

    def test_unmarked(llmock):
        assert isinstance(llmock.clock, SystemClock)
""",
    )

    result.assert_outcomes(passed=3)


def test_a_clock_that_there_is_not_is_refused(run):
    """At collection, with what there is."""
    result = run(
        test_it="""
    import pytest

    @pytest.mark.llmock(clock="atomic")
    def test_it(llmock):
        pass
"""
    )

    assert result.ret == 4
    result.stderr.fnmatch_lines(['*@pytest.mark.llmock(clock=\'atomic\'): give "real" or "virtual".'])
