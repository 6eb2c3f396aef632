"""What calls came to, and the budgets that stop further ones.

Rules: only answers that came live count as paid, those of failed attempts too; what a replay saved is kept
apart. A price that nobody knows is never taken for nothing: it ends a budget of money. Calls that cannot
cost anything always pass such a budget. Calls under way when a budget ends run on.
"""

from dataclasses import dataclass
from decimal import Decimal
from threading import Lock
from typing import Literal, TypedDict

from pytest_llmock.errors import RefusedError
from pytest_llmock.journal import Attempt
from pytest_llmock.prices import FREE, Pricing, tables_are_installed, usd

PAID = frozenset({"live", "recorded"})
_COUNTED = PAID | {"replayed"}

_RAISED_BY = {
    "run": "--llmock-max-{}",
    "test": "max_{} in the marker of the test",
    "data set": "--max-{}",
}


class Figures(TypedDict):
    """`Spent` as plain data, for another process."""

    cost: str
    tokens: int
    calls: int
    estimated: bool
    uncounted: int
    unpriced: list[str]
    saved: str
    replayed: int


@dataclass(frozen=True, slots=True)
class Spent:
    """What some calls came to; two of them add up.

    `cost` (US dollars) and `tokens` are of `calls` attempts that were paid; `estimated`: some tokens were
    only counted here; `uncounted` of the attempts were cut before their tokens were told; `unpriced` names
    those whose price nobody knows. `saved` is what `replayed` attempts would have cost, as far as is known.
    """

    cost: Decimal = FREE
    tokens: int = 0
    calls: int = 0
    estimated: bool = False
    uncounted: int = 0
    unpriced: tuple[str, ...] = ()
    saved: Decimal = FREE
    replayed: int = 0

    def __add__(self, other: "Spent") -> "Spent":
        return Spent(
            self.cost + other.cost,
            self.tokens + other.tokens,
            self.calls + other.calls,
            self.estimated or other.estimated,
            self.uncounted + other.uncounted,
            tuple(dict.fromkeys((*self.unpriced, *other.unpriced))),
            self.saved + other.saved,
            self.replayed + other.replayed,
        )

    @property
    def line(self) -> str:
        """One line for people, empty where nothing has a price: "3 live calls cost 0.01 USD; …"."""
        unpriced = f", {', '.join(self.unpriced)} not counted" if self.unpriced else ""
        about = "about " if self.estimated else ""
        paid = f"live calls cost {about}{usd(self.cost)} {_in_calls(self)}{unpriced}" if self.cost else ""
        saved = f"replay saved {usd(self.saved)}" if self.saved else ""
        return "; ".join(part for part in (paid, saved) if part)

    @property
    def figures(self) -> Figures:
        """The same as plain data; `Spent.of` reads it."""
        return {
            "cost": str(self.cost),
            "tokens": self.tokens,
            "calls": self.calls,
            "estimated": self.estimated,
            "uncounted": self.uncounted,
            "unpriced": list(self.unpriced),
            "saved": str(self.saved),
            "replayed": self.replayed,
        }

    @classmethod
    def of(cls, figures: Figures) -> "Spent":
        """What another process spent."""
        return cls(
            Decimal(figures["cost"]),
            figures["tokens"],
            figures["calls"],
            figures["estimated"],
            figures["uncounted"],
            tuple(figures["unpriced"]),
            Decimal(figures["saved"]),
            figures["replayed"],
        )


def spent_on(attempt: Attempt) -> Spent:
    """What one attempt came to; nothing if it neither went out nor was a replay."""
    if attempt.source == "replayed":
        return Spent(saved=attempt.cost or FREE, replayed=1)
    if attempt.source not in PAID:
        return Spent()
    usage, cost = attempt.usage, attempt.cost
    if usage is None or not usage.total_tokens:
        return Spent(cost=cost or FREE, calls=1, uncounted=1)
    return Spent(
        cost=cost or FREE,
        tokens=usage.total_tokens,
        calls=1,
        estimated=usage.estimated,
        unpriced=(_who(attempt.backend, attempt.model),) if cost is None else (),
    )


@dataclass(frozen=True, slots=True)
class Budget:
    """What may be spent: `cost` in US dollars, `tokens`; None is without limit. `whose` is for messages."""

    cost: Decimal | None = None
    tokens: int | None = None
    whose: Literal["run", "test", "data set"] = "run"

    def refusal(self, spent: Spent, who: str, pricing: Pricing, model: str) -> str:
        """Why a live call of `who` may not be made; empty if it may."""
        if self.tokens is not None and spent.tokens >= self.tokens:
            return self._tokens_are("spent", spent)
        if self.cost is None or pricing.is_free:
            return ""
        if spent.unpriced or not pricing.is_known(model):
            return self._cannot_be_kept([*spent.unpriced, who][0])
        return self._money_is("spent", spent) if spent.cost >= self.cost else ""

    def overrun(self, spent: Spent) -> str:
        """Why a run that is over fails; empty if it kept within the budget."""
        if self.tokens is not None and spent.tokens > self.tokens:
            return self._tokens_are("crossed", spent)
        if self.cost is None:
            return ""
        if spent.cost > self.cost:
            return self._money_is("crossed", spent)
        return self._cannot_be_kept(spent.unpriced[0]) if spent.unpriced else ""

    def _tokens_are(self, what: str, spent: Spent) -> str:
        about = "about " if spent.estimated else ""
        return (
            f"The {self.whose}'s budget of {self.tokens} tokens is {what}: {about}{spent.tokens} tokens "
            f"{_in_calls(spent)}. {self._remedy('tokens')}"
        )

    def _money_is(self, what: str, spent: Spent) -> str:
        about = "about " if spent.estimated else ""
        return (
            f"The {self.whose}'s budget of {usd(self.cost or FREE)} is {what}: {about}{usd(spent.cost)} "
            f"{_in_calls(spent)}. {self._remedy('cost')}"
        )

    def _remedy(self, kind: str) -> str:
        return f"Raise {_RAISED_BY[self.whose].format(kind)}, or let recordings answer."

    def _cannot_be_kept(self, who: str) -> str:
        install = "" if tables_are_installed() else ", install pytest-llmock[prices]"
        return (
            f"The {self.whose}'s budget of {usd(self.cost or FREE)} cannot be kept: nobody knows what {who} "
            "costs. Write InputPricePerMillion and OutputPricePerMillion (USD per million tokens) into its "
            f"entry of Backends{install}, or leave out {_RAISED_BY[self.whose].format('cost')}."
        )


class Ledger:
    """What one run, or one test of it, has spent in this process; safe to use from any thread.

    The pool asks `check` before each live attempt, and notes each attempt when it is over.
    """

    def __init__(self, budget: Budget, *, run: "Ledger | None" = None) -> None:
        self.budget = budget
        self._run = run
        self._spent = Spent()
        self._lock = Lock()

    def for_test(self, *, max_cost: Decimal | None = None) -> "Ledger":
        """The ledger of one test: what it notes is the run's too, and both budgets hold."""
        return Ledger(Budget(cost=max_cost, whose="test"), run=self)

    @property
    def spent(self) -> Spent:
        """What was spent so far."""
        return self._spent

    def check(self, backend: str, pricing: Pricing, model: str) -> None:
        """Raise RefusedError, with the figure, when a live call of `model` would be beyond a budget."""
        if self._run is not None:
            self._run.check(backend, pricing, model)
        said = self.budget.refusal(self._spent, _who(backend, model), pricing, model)
        if said:
            raise RefusedError(said, details={"backend": backend, "model": model})

    def begin(self, spent: Spent) -> None:
        """Count on from what was spent before, or by others."""
        with self._lock:
            self._spent = spent

    def note(self, attempt: Attempt) -> None:
        """Add an attempt that is over."""
        if attempt.source not in _COUNTED:
            return
        if self._run is not None:
            self._run.note(attempt)
        with self._lock:
            self._spent += spent_on(attempt)


def _who(backend: str, model: str) -> str:
    return f"backend '{backend}' (model {model})" if model else f"backend '{backend}' (no model named)"


def _in_calls(spent: Spent) -> str:
    calls = f"in {spent.calls} call{'' if spent.calls == 1 else 's'}"
    return f"{calls}, {spent.uncounted} of them of unknown size" if spent.uncounted else calls
