"""How often all calls of a backend together may be repeated."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from pytest_llmock.pool.budget import RESERVE, RetryBudget


def test_a_backend_nobody_called_has_its_reserve():
    """The first calls of a session may all be repeated."""
    budget = RetryBudget()

    allowed = [budget.take() for _ in range(RESERVE + 3)]

    assert allowed == [True] * RESERVE + [False] * 3


def test_every_fifth_call_pays_for_a_repeat():
    """A dead backend gets a fifth more than it would without repeats."""
    budget = RetryBudget(calls=1000)

    allowed = sum(budget.take() for _ in range(1000))

    assert allowed == RESERVE + 200


class BudgetModel(RuleBasedStateMachine):
    """Whole numbers say what the budget is: twenty, and one for each five calls."""

    @initialize(calls=st.integers(0, 10_000))
    def begin(self, calls):
        self.budget = RetryBudget(calls=calls)
        self.calls, self.taken = calls, 0

    @rule(times=st.integers(1, 30))
    def call(self, times):
        for _ in range(times):
            self.budget.note_call()
        self.calls += times

    @rule(times=st.integers(1, 60))
    def repeat(self, times):
        for _ in range(times):
            may = self.taken < 20 + self.calls // 5
            assert self.budget.take() is may
            self.taken += may

    @invariant()
    def never_over_its_share(self):
        if hasattr(self, "budget"):
            assert self.budget.taken == self.taken <= 20 + self.calls // 5


TestBudgetModel = BudgetModel.TestCase
TestBudgetModel.settings = settings(max_examples=30, stateful_step_count=20)
