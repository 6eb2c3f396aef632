from pytest_llmock.errors import RefusedError
from pytest_llmock.journal import Attempt, Call
from pytest_llmock.llm import Usage
from pytest_llmock.report.terminal import count, failures_text, header, merge, no_totals, summary


def call(source, *usages):
    attempts = [Attempt("b", "p", "m", live=False, usage=usage) for usage in usages]
    return Call(1, "mock", "GET", "/x", source=source, attempts=attempts)


def test_calls_are_counted_by_source_with_the_tokens_of_all_attempts():
    """A failed call counts too, as failed."""
    totals = no_totals()

    count(totals, [call("synthetic", Usage(1, 2), Usage(10, 20)), call("live", None), call(None)])

    assert totals == {
        **no_totals(),
        "calls": {"synthetic": 1, "live": 1, "failed": 1},
        "input_tokens": 11,
        "output_tokens": 22,
    }


def test_totals_of_workers_add_up():
    """The controller of xdist shows the sum."""
    totals, worker = no_totals(), no_totals()
    count(totals, [call("live", Usage(1, 1))])
    count(worker, [call("live", Usage(2, 2)), call("synthetic")])
    worker["late"].append("late call, GET /x for test_a")

    merge(totals, worker)

    assert summary(totals) == [
        "llmock: 3 calls (2 live, 1 synthetic), 3 tokens in, 3 out",
        "llmock: late call, GET /x for test_a",
    ]


def test_a_single_call_is_no_plural_and_no_call_no_line():
    """The line reads well, or is not there."""
    totals = no_totals()
    silent = summary(totals)
    count(totals, [call("cache")])

    assert silent == []
    assert summary(totals) == ["llmock: 1 call (1 cache), 0 tokens in, 0 out"]


def test_the_header_shows_what_was_given():
    """Without options of ours there is none."""
    assert header({"backend": ["a", "b"], "seed": 7}) == "llmock: backend=a,b, seed=7"
    assert header({}) is None


def test_the_same_refusal_is_told_once():
    """A loop that is refused a hundred times is one line."""
    assert (
        failures_text([RefusedError("no"), RefusedError("no"), RefusedError("never")])
        == "llmock: no\nllmock: never"
    )
