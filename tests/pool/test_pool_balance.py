"""Which backend is chosen: each strategy by example, as a property, and against a model of it."""

from collections import Counter
from dataclasses import dataclass
from itertools import groupby

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from pytest_llmock.pool.balance import Balancer


@dataclass
class Candidate:
    """What a choice looks at."""

    name: str
    weight: int = 1
    priority: int = 0
    busy: int = 0
    is_ejected: bool = False


def weighted(*weights):
    return [Candidate(chr(97 + index), weight) for index, weight in enumerate(weights)]


def choices(balancer, candidates, times):
    return "".join([candidates[balancer.choose(candidates)].name for _ in range(times)])


@pytest.mark.parametrize(
    ("strategy", "order"),
    [
        pytest.param("first", "aaaaaaa", id="first"),
        pytest.param("round_robin", "abcabca", id="round robin"),
        pytest.param("weighted", "aabacaa", id="weighted: spread as in nginx's own example"),
        pytest.param("priority", "bbbbbbb", id="priority: the lowest number"),
        pytest.param("least_busy", "ccccccc", id="least busy"),
    ],
)
def test_a_strategy_chooses_in_its_order(strategy, order):
    """Of three backends with weights 5, 1, 1, priorities 2, 1, 3 and 2, 1, 0 calls under way."""
    candidates = [Candidate("a", 5, 2, 2), Candidate("b", 1, 1, 1), Candidate("c", 1, 3, 0)]

    assert choices(Balancer(strategy), candidates, 7) == order


@pytest.mark.parametrize("strategy", ["priority", "least_busy"])
def test_of_equals_the_first_is_chosen(strategy):
    """What the settings say first counts."""
    assert choices(Balancer(strategy), weighted(1, 1, 1), 3) == "aaa"


@pytest.mark.parametrize(
    ("strategy", "order"),
    [
        ("first", "aaaa"),
        ("round_robin", "bcbc"),
        ("weighted", "bcbc"),
        ("priority", "bbbb"),
        ("least_busy", "bbbb"),
    ],
)
def test_an_ejected_backend_is_passed_over(strategy, order):
    """All strategies but `first` choose among those whose breaker lets a call pass."""
    candidates = weighted(9, 1, 1)
    candidates[0].is_ejected = True

    assert choices(Balancer(strategy), candidates, 4) == order


@pytest.mark.parametrize("strategy", ["first", "round_robin", "weighted", "priority", "least_busy"])
def test_when_all_are_ejected_one_is_chosen_all_the_same(strategy):
    """Somebody must answer, or say why not."""
    candidates = [Candidate(name, is_ejected=True) for name in "abc"]

    assert set(choices(Balancer(strategy), candidates, 9)) <= set("abc")


def test_each_group_has_a_turn_of_its_own():
    """A request for two of the backends does not disturb the turn of all three."""
    balancer, everybody = Balancer("round_robin"), weighted(1, 1, 1)

    mixed = [choices(balancer, group, 1) for group in (everybody, everybody[1:]) * 3]

    assert mixed == ["a", "b", "b", "c", "c", "b"]


def test_a_weight_of_nought_waits_until_nobody_else_is_there():
    """It is a spare: chosen when those with a weight are ejected."""
    balancer, candidates = Balancer("weighted"), weighted(2, 1, 0)
    before = choices(balancer, candidates, 3)
    candidates[0].is_ejected = candidates[1].is_ejected = True
    spare = choices(balancer, candidates, 4)
    candidates[0].is_ejected = candidates[1].is_ejected = False

    after = Counter(choices(balancer, candidates, 6))

    assert (sorted(before), spare, after) == (["a", "a", "b"], "cccc", {"a": 4, "b": 2})


def test_a_backend_that_comes_back_is_not_flooded():
    """It has its share again, and nothing is made up for the time it was away."""
    balancer, candidates = Balancer("weighted"), weighted(5, 1, 1)
    candidates[0].is_ejected = True
    choices(balancer, candidates, 100)
    candidates[0].is_ejected = False

    assert choices(balancer, candidates, 7) == "aabacaa"


def test_a_session_begins_at_once_however_large_seed_and_weights_are():
    """The seed moves the beginning by a thousand choices at most."""
    candidates = weighted(700_000_001, 299_999_999)

    chosen = Counter(choices(Balancer("weighted", seed=10**18 + 7), candidates, 1000))

    assert 699 <= chosen["a"] <= 701


WEIGHTS = st.lists(st.integers(1, 12), min_size=2, max_size=5)


@given(WEIGHTS, st.integers())
def test_over_a_cycle_each_is_chosen_as_often_as_its_weight_says(weights, seed):
    """From wherever the cycle is entered."""
    candidates = weighted(*weights)
    balancer = Balancer("weighted", seed=seed)

    cycles = [choices(balancer, candidates, sum(weights)) for _ in range(2)]

    assert cycles[0] == cycles[1]
    assert Counter(cycles[0]) == {each.name: each.weight for each in candidates}


@given(WEIGHTS)
def test_choices_are_spread_over_the_cycle(weights):
    """Nobody is chosen more often in a row than fits between two choices of the others, and once more."""
    candidates = weighted(*weights)

    order = choices(Balancer("weighted"), candidates, 2 * sum(weights))

    for name, run in groupby(order):
        own = next(each.weight for each in candidates if each.name == name)
        others = sum(weights) - own
        assert len(list(run)) <= 2 * -(-own // others)


@given(WEIGHTS, st.integers(0, 200))
def test_the_seed_only_says_where_the_cycle_begins(weights, seed):
    """The order is the same one, entered elsewhere."""
    candidates, cycle = weighted(*weights), sum(weights)

    plain = choices(Balancer("weighted"), candidates, cycle)
    seeded = choices(Balancer("weighted", seed=seed), candidates, cycle)

    at = seed % cycle
    assert seeded == plain[at:] + plain[:at]


class BalancerModel(RuleBasedStateMachine):
    """Every strategy while backends come, go and get busy."""

    @initialize(
        strategy=st.sampled_from(["round_robin", "weighted", "priority", "least_busy"]),
        weights=WEIGHTS,
        priorities=st.lists(st.integers(-2, 2), min_size=5, max_size=5),
        seed=st.integers(0, 50),
    )
    def begin(self, strategy, weights, priorities, seed):
        self.strategy, self.balancer = strategy, Balancer(strategy, seed=seed)
        self.candidates = weighted(*weights)
        for candidate, priority in zip(self.candidates, priorities, strict=False):
            candidate.priority = priority
        self.last, self.owed = -1, Counter()

    @rule(index=st.integers(0, 4), is_ejected=st.booleans(), busy=st.integers(0, 3))
    def change(self, index, is_ejected, busy):
        candidate = self.candidates[index % len(self.candidates)]
        candidate.is_ejected, candidate.busy = is_ejected, busy

    @rule(times=st.integers(1, 15))
    def choose(self, times):
        for _ in range(times):
            chosen = self.balancer.choose(self.candidates)
            usable = [n for n, each in enumerate(self.candidates) if not each.is_ejected]
            usable = usable or list(range(len(self.candidates)))
            assert chosen in usable
            getattr(self, f"check_{self.strategy}")(chosen, usable)

    def check_round_robin(self, chosen, usable):
        following = [(self.last + 1 + n) % len(self.candidates) for n in range(len(self.candidates))]
        assert chosen == next(index for index in following if index in usable)
        self.last = chosen

    def check_weighted(self, chosen, usable):
        """Nobody is ever owed, or ahead by, more than a whole cycle."""
        total = sum(self.candidates[index].weight for index in usable)
        for index in usable:
            self.owed[index] += self.candidates[index].weight
        self.owed[chosen] -= total
        cycle = sum(each.weight for each in self.candidates)
        assert all(-2 * cycle < owed < 2 * cycle for owed in self.owed.values())

    def check_priority(self, chosen, usable):
        best = min(self.candidates[index].priority for index in usable)
        assert chosen == next(index for index in usable if self.candidates[index].priority == best)

    def check_least_busy(self, chosen, usable):
        least = min(self.candidates[index].busy for index in usable)
        assert chosen == next(index for index in usable if self.candidates[index].busy == least)

    @precondition(lambda self: self.strategy == "weighted")
    @rule()
    def a_cycle_is_exact_whatever_was_before(self):
        assume(not any(each.is_ejected for each in self.candidates))
        cycle = sum(each.weight for each in self.candidates)

        chosen = Counter(choices(self.balancer, self.candidates, 2 * cycle)[cycle:])

        assert chosen == {each.name: each.weight for each in self.candidates}
        self.owed.clear()


TestBalancerModel = BalancerModel.TestCase
TestBalancerModel.settings = settings(max_examples=40, stateful_step_count=25)
