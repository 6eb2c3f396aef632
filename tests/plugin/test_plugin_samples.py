"""`samples=20, pass_rate=0.9`: tests of models that do not say the same each time."""

import pytest

AGES = """
    import pytest

    @pytest.fixture(scope="session")
    def ages():
        seen = {}
        yield seen

    @pytest.mark.llmock(samples=20, pass_rate=RATE)
    def test_age(llm_backend, ages):
        age = llm_backend.complete_sync("x", shape={"age": 0}).json()["age"]
        ages.setdefault("all", []).append(age)
        assert age > 30

    @pytest.mark.llmock(samples=3)
    def test_seeds(ages):
        assert len(ages["all"]) == 20
        assert len(set(ages["all"])) > 10

    def test_one(llm_backend, ages):
        assert llm_backend.complete_sync("x", shape={"age": 0}).json()["age"] == ages["all"][0]
"""


def test_enough_samples_pass(run):
    """Each has a seed of its own, the first that of the test; the run tells the figure."""
    result = run("-rP", test_it=AGES.replace("RATE", "0.8"))

    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines(
        [
            "*Captured llmock samples call*",
            "17 of 20 samples passed (85 %, 95 % interval 64?95 %)",
            "llmock: test_it.py::test_age: 17 of 20 samples passed (85 %, 95 % interval 64?95 %)",
            "llmock: test_it.py::test_seeds: 3 of 3 samples passed (100 %, 95 % interval 44?100 %)",
        ]
    )


def test_too_few_samples_fail_with_the_first_failure_in_full(run):
    """Its own assertion, then how many passed, and how many failed alike."""
    result = run(test_it=AGES.replace("RATE", "0.9"))

    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(
        [
            ">       assert age > 30",
            "E       assert 19 > 30",
            "E       llmock: 17 of 20 samples passed (85 %, 95 % interval 64?95 %); pass_rate=0.9 asks for 18. *sample 7, 2 of 2 other failures are alike.",
            "",
            "test_it.py:12: AssertionError",
        ]
    )
    result.stdout.no_fnmatch_line("*samples.py*")


def test_async_tests_are_sampled_too(run):
    """Of pytest-asyncio and anyio; a sample is a whole run of the test."""
    result = run(
        "-p", "pytest_asyncio.plugin", "-p", "anyio", "-o", "asyncio_default_fixture_loop_scope=function",
        test_it="""
    import pytest

    seen = {"asyncio": 0, "anyio": 0}

    @pytest.mark.asyncio
    @pytest.mark.llmock(samples=4, pass_rate=0.5)
    async def test_asyncio(llm_backend):
        seen["asyncio"] += 1
        assert (await llm_backend.complete("Hi")).text
        assert seen["asyncio"] % 2

    @pytest.mark.anyio
    @pytest.mark.llmock(samples=4, pass_rate=0.5)
    async def test_anyio(llm_backend, anyio_backend):
        seen["anyio"] += 1
        assert (await llm_backend.complete("Hi")).text
        assert seen["anyio"] % 2

    def test_both():
        assert seen == {"asyncio": 4, "anyio": 8}
    """,
    )  # fmt: skip

    result.assert_outcomes(passed=4)


def test_what_is_no_failure_of_the_model_ends_the_test(run):
    """Skips, expected failures and refusals are those of the test."""
    result = run(
        test_it="""
    import pytest

    pytestmark = pytest.mark.llmock(samples=5, pass_rate=0.2)
    runs = []

    def test_skip():
        runs.append("skip")
        pytest.skip("not today")

    def test_xfail():
        runs.append("xfail")
        pytest.xfail("known")

    @pytest.mark.llmock(backend="nobody")
    def test_refused(llm_backend):
        runs.append("refused")
        with pytest.raises(Exception):
            llm_backend.complete_sync("Hi")

    @pytest.mark.llmock(backend="nobody")
    def test_raised(llm_backend):
        runs.append("raised")
        llm_backend.complete_sync("Hi")

    @pytest.mark.llmock(pass_rate=1)
    def test_fail():
        runs.append("fail")
        pytest.fail("told in short", pytrace=False)

    @pytest.mark.llmock(samples=1)
    def test_runs():
        assert runs == ["skip", "xfail", "refused", "raised", *["fail"] * 5]
    """
    )

    result.assert_outcomes(skipped=1, xfailed=1, failed=3, passed=1)
    result.stdout.fnmatch_lines(
        [
            "llmock: Backend 'nobody' is not configured.*",
            "told in short",
            "llmock: 0 of 5 samples passed (0 %, 95 % interval 0?43 %); pass_rate=1 asks for 5. *",
        ]
    )


def test_recordings_are_played_in_the_order_of_the_samples(run, upstream, tape):
    """Each sample has its own; what failed is recorded as what passed."""
    text = """
    import pytest

    answers = iter(range(4))

    @pytest.mark.llmock(samples=4, pass_rate=0.5)
    def test_it(llm_backend, llmock):
        number = next(answers)
        assert llm_backend.complete_sync("Hi").text
        assert len(llmock.calls) == number + 1
        assert number % 2
    """
    run("--llmock-record=once", test_it=text).assert_outcomes(passed=1)
    upstream.stop()

    result = run(test_it=text)

    result.assert_outcomes(passed=1)
    assert tape().count("\n---") == 4
    result.stdout.fnmatch_lines(["llmock: 4 calls (4 replayed)*"])


def test_each_sample_has_the_whole_script(run):
    """Rules and faults of fixtures and marker begin again, and those of the sample before are gone."""
    result = run(
        test_it="""
        import pytest

        @pytest.fixture
        def scripted(llm_backend):
            llm_backend.reply("first", "second")
            return llm_backend

        @pytest.mark.llmock(samples=3, faults=["500", {"status": 503, "at": "backend"}], clock="virtual")
        def test_it(scripted, llmock):
            llmock.backends["synthetic"].fail(429)
            scripted.on(contains="rule").reply("third", "not asked for")
            with pytest.raises(Exception, match="500"):
                scripted.complete_sync("rule")
            assert [scripted.complete_sync("rule").text for _ in range(3)] == ["first", "second", "third"]
            scripted.complete_sync("model")
            assert [each.error[-5:] for each in llmock.calls[-1].attempts] == ["429).", "503).", ""]
    """
    )

    result.assert_outcomes(passed=1)


def test_an_interrupt_passes_through(run):
    """Nobody has to press the keys twenty times."""
    result = run(
        test_it="""
    import pytest

    @pytest.mark.llmock(samples=20)
    def test_it():
        raise KeyboardInterrupt
    """
    )

    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.no_fnmatch_line("*samples passed*")


@pytest.mark.parametrize(
    ("marker", "message"),
    [
        ("pass_rate=0.9", "@pytest.mark.llmock(pass_rate=0.9) is the share of samples that must pass: say how many, llmock(samples=20, pass_rate=0.9)."),
        ("samples=0", "@pytest.mark.llmock(samples=0): give a whole number of 1 or more. Did you mean 1?"),
    ],
)  # fmt: skip
def test_wrong_values_are_usage_errors(run, marker, message):
    """When tests are collected, with what would have worked."""
    result = run(test_it=f"import pytest\n@pytest.mark.llmock({marker})\ndef test_it(): pass\n")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert f"ERROR: llmock: test_it.py::test_it: {message}" in result.stderr.str()


def test_unittests_cannot_be_sampled(run):
    """They keep their failures to themselves."""
    result = run(
        test_it="""
    import unittest
    import pytest

    @pytest.mark.llmock(samples=2)
    class TestIt(unittest.TestCase):
        def test_it(self):
            pass
    """
    )

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        ["*test_it.py::TestIt::test_it: a method of unittest.TestCase cannot be sampled.*"]
    )
