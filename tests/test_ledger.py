"""What calls came to, and the budgets that stop further ones."""

import json
import sys
from decimal import Decimal
from threading import Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_llmock.errors import RefusedError
from pytest_llmock.journal import Attempt
from pytest_llmock.ledger import Budget, Ledger, Spent, spent_on
from pytest_llmock.llm import Usage
from pytest_llmock.prices import Price, Pricing

DEAR = Pricing("openai", "https://gateway.example/v1/", Price(Decimal(10), Decimal(30)))
LOCAL = Pricing("ollama", "http://localhost:11434/v1/")
UNKNOWN = Pricing("ollama", "http://10.0.0.5/v1/")
WRITE = (
    "Write InputPricePerMillion and OutputPricePerMillion (USD per million tokens) into its entry of Backends"
)


def attempt(cost="0.25", *, source="live", usage=Usage(100, 50), backend="up", model="m-1"):  # noqa: B008 - frozen
    amount = None if cost is None else Decimal(cost)
    return Attempt(backend, "openai", model, live=True, source=source, usage=usage, cost=amount)


def ledger_of(*attempts, cost=None, tokens=None):
    ledger = Ledger(Budget(None if cost is None else Decimal(cost), tokens))
    for one in attempts:
        ledger.note(one)
    return ledger


def refusal(ledger, pricing=DEAR, model="m-1"):
    with pytest.raises(RefusedError) as caught:
        ledger.check("up", pricing, model)
    return caught.value.message


@pytest.mark.parametrize("source", ["live", "recorded"])
def test_what_came_live_was_paid(source):
    """Recorded on its way or not."""
    assert spent_on(attempt(source=source)) == Spent(cost=Decimal("0.25"), tokens=150, calls=1)


@pytest.mark.parametrize("source", ["synthetic", "scripted", "cache", None])
def test_what_did_not_go_out_was_not_paid(source):
    """Nor what never came."""
    assert spent_on(attempt(source=source)) == Spent()


@pytest.mark.parametrize(("cost", "saved"), [("0.25", "0.25"), (None, "0")], ids=["known", "unknown"])
def test_what_a_replay_saved_is_kept_apart(cost, saved):
    """It was not paid, and a price that nobody knows is in nobody's way."""
    assert spent_on(attempt(cost, source="replayed")) == Spent(saved=Decimal(saved), replayed=1)


def test_estimated_tokens_are_marked():
    """The sum then says "about"."""
    assert spent_on(attempt(usage=Usage(1, 1, estimated=True))).estimated


@pytest.mark.parametrize("usage", [None, Usage()], ids=["none", "zero"])
def test_what_was_cut_is_a_call_of_unknown_size(usage):
    """Its tokens were never told, so its price is not missing."""
    assert spent_on(attempt(None, usage=usage)) == Spent(calls=1, uncounted=1)


def test_a_missing_price_is_named():
    """Backend and model, each once."""
    ledger = ledger_of(attempt(None), attempt(None), attempt(None, model=""))

    assert ledger.spent.unpriced == ("backend 'up' (model m-1)", "backend 'up' (no model named)")
    assert ledger.spent.calls == 3


SPENT = st.builds(
    Spent,
    cost=st.decimals(0, 99, places=6),
    tokens=st.integers(0, 999),
    calls=st.integers(0, 9),
    estimated=st.booleans(),
    uncounted=st.integers(0, 9),
    unpriced=st.lists(st.sampled_from("abc"), unique=True).map(tuple),
    saved=st.decimals(0, 99, places=6),
    replayed=st.integers(0, 9),
)


@given(SPENT, SPENT, SPENT)
def test_what_was_spent_adds_up(one, two, three):
    """In any grouping, with nothing as the neutral one: workers report theirs in any order."""
    assert (one + two) + three == one + (two + three)
    assert one + Spent() == Spent() + one == one


@given(SPENT)
def test_what_was_spent_goes_to_another_process_and_back(spent):
    """As plain data, without losing a digit."""
    assert Spent.of(json.loads(json.dumps(spent.figures))) == spent


def test_without_a_budget_every_call_may_be_made():
    """Money and tokens are counted, and nobody is stopped; no price is looked for."""
    ledger = ledger_of(attempt("900"), attempt(None))

    ledger.check("up", UNKNOWN, "")

    assert ledger.spent.cost == 900


def test_within_the_budget_calls_may_be_made():
    """Up to its last cent."""
    ledger = ledger_of(attempt("0.49"), cost="0.50", tokens=151)

    assert ledger.check("up", DEAR, "m-1") is None


def test_a_spent_budget_of_money_refuses_the_next_call():
    """With the figure, and what to do."""
    ledger = ledger_of(attempt("0.5132"), attempt("0"), cost="0.5")

    assert refusal(ledger) == (
        "The run's budget of 0.50 USD is spent: 0.5132 USD in 2 calls. "
        "Raise --llmock-max-cost, or let recordings answer."
    )


def test_a_spent_budget_of_tokens_refuses_the_next_call():
    """Free ones too: they are tokens all the same."""
    ledger = ledger_of(attempt(usage=Usage(900, 134, estimated=True)), tokens=1000)

    assert refusal(ledger, LOCAL) == (
        "The run's budget of 1000 tokens is spent: about 1034 tokens in 1 call. "
        "Raise --llmock-max-tokens, or let recordings answer."
    )


def test_a_figure_says_how_sure_it_is():
    """Estimated tokens make it "about", attempts that were cut are counted."""
    guess = attempt("0.5", usage=Usage(1, 1, estimated=True))

    message = refusal(ledger_of(guess, attempt(None, usage=None), cost="0.5"))

    assert message.startswith(
        "The run's budget of 0.50 USD is spent: about 0.50 USD in 2 calls, 1 of them of unknown size. "
    )


def test_free_calls_pass_a_spent_budget_of_money():
    """A budget of nothing means: only what costs nothing."""
    ledger = ledger_of(attempt("1"), attempt(None), cost="0")

    assert ledger.check("local", LOCAL, "llama3") is None
    assert refusal(ledger_of(cost="0")).startswith(
        "The run's budget of 0.00 USD is spent: 0.00 USD in 0 calls."
    )


def test_an_unknown_price_is_refused_before_the_call():
    """The budget cannot be kept without it; nothing has been paid yet."""
    assert refusal(ledger_of(cost="0.5"), UNKNOWN, "llama3") == (
        "The run's budget of 0.50 USD cannot be kept: nobody knows what backend 'up' (model llama3) costs. "
        f"{WRITE}, or leave out --llmock-max-cost."
    )


def test_a_cost_that_nobody_knows_ends_the_budget():
    """A call was made whose tokens were only estimated, or whose model answered under another name."""
    ledger = ledger_of(attempt(None, backend="odd", model="m-9"), cost="0.5")

    assert "nobody knows what backend 'odd' (model m-9) costs." in refusal(ledger)


def test_without_the_extra_it_is_named_as_a_remedy(monkeypatch):
    """It may know the price."""
    monkeypatch.setitem(sys.modules, "genai_prices.data_snapshot", None)

    assert refusal(ledger_of(cost="0.5"), UNKNOWN, "").endswith(
        f"{WRITE}, install pytest-llmock[prices], or leave out --llmock-max-cost."
    )


def test_the_refusal_says_whose_call_it_was():
    """For whoever reads the answer by program."""
    with pytest.raises(RefusedError) as caught:
        ledger_of(cost="0").check("up", DEAR, "m-1")

    assert caught.value.details == {"backend": "up", "model": "m-1"}


def test_what_a_test_spends_is_the_runs_too():
    """Each test begins with nothing of its own."""
    run = ledger_of(attempt("0.1"), cost="9")
    first, second = run.for_test(), run.for_test(max_cost=Decimal("0.2"))

    first.note(attempt("0.2"))
    second.note(attempt("0.2"))

    assert (first.spent.cost, run.spent.cost) == (Decimal("0.2"), Decimal("0.5"))
    assert first.check("up", DEAR, "m-1") is None
    assert refusal(second) == (
        "The test's budget of 0.20 USD is spent: 0.20 USD in 1 call. "
        "Raise max_cost in the marker of the test, or let recordings answer."
    )


def test_the_budget_of_the_run_holds_for_every_test():
    """It is asked first."""
    run = ledger_of(attempt("0.5"), cost="0.5")

    assert refusal(run.for_test(max_cost=Decimal(9))).startswith("The run's budget of 0.50 USD is spent")


@pytest.mark.parametrize(
    ("spent", "said"),
    [
        (Spent(cost=Decimal("0.5"), tokens=1000), ""),
        (
            Spent(cost=Decimal("0.51"), tokens=10, calls=3),
            (
                "The run's budget of 0.50 USD is crossed: 0.51 USD in 3 calls. "
                "Raise --llmock-max-cost, or let recordings answer."
            ),
        ),
        (
            Spent(tokens=1001, calls=3),
            (
                "The run's budget of 1000 tokens is crossed: 1001 tokens in 3 calls. "
                "Raise --llmock-max-tokens, or let recordings answer."
            ),
        ),
        (
            Spent(unpriced=("backend 'a' (model m)",), calls=1),
            (
                "The run's budget of 0.50 USD cannot be kept: nobody knows what backend 'a' (model m) costs. "
                f"{WRITE}, or leave out --llmock-max-cost."
            ),
        ),
    ],
    ids=["within", "money", "tokens", "unknown"],
)
def test_at_the_end_the_whole_run_is_judged(spent, said):
    """Several processes together can cross what each of them kept within."""
    assert Budget(Decimal("0.5"), 1000).overrun(spent) == said


def test_a_run_without_a_budget_overruns_none():
    """Whatever it cost."""
    assert Budget().overrun(Spent(cost=Decimal(9), tokens=9, unpriced=("a",))) == ""


def test_threads_lose_nothing():
    """Answers end on the server's thread and on those of callers."""
    ledger = ledger_of()
    threads = [Thread(target=lambda: [ledger.note(attempt("0.01")) for _ in range(250)]) for _ in range(4)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (ledger.spent.cost, ledger.spent.calls) == (10, 1000)
