"""Patterns bound to a session: what the fixture `pipeline` holds."""

from collections.abc import Sequence

from pytest_llmock.patterns.batch import Batch
from pytest_llmock.patterns.consensus import Choose, Consensus
from pytest_llmock.patterns.fallback import Fallback
from pytest_llmock.patterns.gate import QualityGate
from pytest_llmock.patterns.heal import SelfHeal
from pytest_llmock.patterns.parallel import Branches, Merge, OnError, Parallel
from pytest_llmock.patterns.pipeline import Pipeline
from pytest_llmock.patterns.refine import Refine
from pytest_llmock.patterns.router import Router, Routes, Score
from pytest_llmock.patterns.running import Host
from pytest_llmock.patterns.step import Step, StepLike, as_step
from pytest_llmock.patterns.validation import ValidationLoop
from pytest_llmock.shapes.complexity import complexity


class Patterns:
    """Makes patterns whose stages ask the backends of one session: `pipeline(Stage("generate", …), …)`."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def __call__(self, *steps: StepLike) -> Pipeline:
        """The steps in a row; see Pipeline."""
        __tracebackhide__ = True
        return Pipeline(*steps).bound(self._host)

    def parallel(self, *branches: Branches, merge: Merge = "nest", on_error: OnError = "cancel") -> Parallel:
        """Steps side by side; see Parallel."""
        __tracebackhide__ = True
        return Parallel(*branches, merge=merge, on_error=on_error).bound(self._host)

    def fallback(self, *steps: StepLike) -> Fallback:
        """The first step that succeeds; see Fallback."""
        __tracebackhide__ = True
        return Fallback(*steps).bound(self._host)

    def router(self, routes: Routes, score: Score = complexity) -> Router:
        """The step that the data ask for; see Router."""
        __tracebackhide__ = True
        return Router(routes, score).bound(self._host)

    def batch(
        self,
        step: StepLike,
        size: int = 10,
        concurrency: int = 1,
        on_error: OnError = "collect",
        *,
        whole: bool = False,
    ) -> Batch:
        """A step for each item of a list; see Batch."""
        __tracebackhide__ = True
        return Batch(step, size, concurrency, on_error, whole=whole).bound(self._host)

    def validation_loop(
        self,
        generate: StepLike,
        validate: object,
        correct: StepLike,
        max_attempts: int = 3,
        final: "StepLike | None" = None,
    ) -> ValidationLoop:
        """Generate, validate, correct; see ValidationLoop."""
        __tracebackhide__ = True
        return ValidationLoop(generate, validate, correct, max_attempts, final).bound(self._host)

    def refine(  # noqa: PLR0913, PLR0917 - those of Refine
        self,
        generate: StepLike,
        refine: StepLike,
        score: object,
        threshold: float = 0.8,
        max_iterations: int = 3,
        final: "StepLike | None" = None,
    ) -> Refine:
        """Generate, then refine while the score is too low; see Refine."""
        __tracebackhide__ = True
        return Refine(generate, refine, score, threshold, max_iterations, final).bound(self._host)

    def self_heal(self, step: StepLike, validate: object, heal: StepLike, max_attempts: int = 3) -> SelfHeal:
        """Process, validate, heal; see SelfHeal."""
        __tracebackhide__ = True
        return SelfHeal(step, validate, heal, max_attempts).bound(self._host)

    def consensus(
        self, steps: Sequence[StepLike], choose: Choose = "best", score: object | None = None
    ) -> Consensus:
        """One of several answers; see Consensus."""
        __tracebackhide__ = True
        return Consensus(steps, choose, score).bound(self._host)

    def gate(
        self,
        threshold: float = 0.8,
        shape: object = None,
        rules: Sequence[str] = (),
        on_fail: "StepLike | None" = None,
    ) -> QualityGate:
        """Lets data through that is good enough; see QualityGate."""
        __tracebackhide__ = True
        return QualityGate(threshold, shape, rules, on_fail).bound(self._host)

    def bind(self, step: StepLike) -> Step:
        """Any step or pattern, bound."""
        __tracebackhide__ = True
        return as_step(step, of="bind").bound(self._host)
