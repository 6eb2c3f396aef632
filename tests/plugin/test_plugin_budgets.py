"""What live calls may cost: in a run, in a test, on several workers; and what replay saves."""

import pytest

ONE_CALL = """
    def test_it(llm_backend):
        assert llm_backend.complete_sync("Hello").text
"""


@pytest.fixture
def priced(pytester, upstream, run):
    """Runs tests whose backend is the live server, at a dollar for each token."""
    pytester.makefile(
        ".toml",
        priced=f"""
        [[Backends]]
        Name = "up"
        Provider = "lmstudio"
        BaseUrl = "{upstream.url}/v1/"
        ModelName = "llama3"
        InputPricePerMillion = 1_000_000
        OutputPricePerMillion = 1_000_000
        """,
    )

    def priced(*args, record="off", **files):
        return run("--llmock-config=priced.toml", f"--llmock-record={record}", *args, **files)

    return priced


def test_a_run_without_a_budget_says_what_it_cost(priced):
    """One line, and nothing fails."""
    result = priced(test_one=ONE_CALL)

    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["llmock: live calls cost *.00 USD in 1 call"])


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("--llmock-max-cost=2", "llmock: The run's budget of 2.00 USD is crossed: *.00 USD in 1 call. *"),
        ("--llmock-max-tokens=2", "llmock: The run's budget of 2 tokens is crossed: * tokens in 1 call. *"),
    ],
)
def test_a_run_that_crossed_its_budget_with_its_last_call_fails(priced, option, said):
    """Every test passed, and still more was spent than was allowed."""
    result = priced(option, test_one=ONE_CALL)

    result.assert_outcomes(passed=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines([said])


def test_a_call_beyond_the_budget_of_the_run_is_not_made(priced, upstream):
    """The test that wants it fails with the figure, and the server is not asked."""
    result = priced("--llmock-max-cost=2", test_one=ONE_CALL, test_two=ONE_CALL)

    result.assert_outcomes(passed=1, failed=1)
    assert len(upstream.calls) == 1
    result.stdout.fnmatch_lines(
        ["*The run's budget of 2.00 USD is spent: *.00 USD in 1 call. Raise --llmock-max-cost, or let *"]
    )


def test_a_test_that_crosses_its_own_budget_fails_and_the_run_goes_on(priced):
    """The marker's budget is that of one test."""
    text = f"""
    import pytest

    pytestmark = pytest.mark.llmock(max_cost=2)
    {ONE_CALL}
    """

    result = priced(test_one=text, test_two=ONE_CALL)

    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["llmock: The test's budget of 2.00 USD is crossed: *.00 USD in 1 call. *"])


def test_what_workers_spent_adds_up(priced):
    """Neither crossed the budget alone: together they did."""
    alone = priced(test_one=ONE_CALL)
    cost = float(next(line for line in alone.outlines if "live calls cost" in line).split()[4])

    files = {"test_one": ONE_CALL, "test_two": ONE_CALL}
    result = priced("-p", "xdist", "-n2", "--dist=loadfile", f"--llmock-max-cost={1.5 * cost}", **files)

    result.assert_outcomes(passed=2)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["llmock: The run's budget of * USD is crossed: * USD in 2 calls. *"])


def test_replay_costs_nothing_and_says_what_it_saved(priced):
    """A budget is no hindrance to recordings."""
    priced(record="once", test_one=ONE_CALL)

    result = priced("--llmock-max-cost=0", record="none")

    result.assert_outcomes(passed=1)
    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines(["llmock: replay saved *.00 USD"])
