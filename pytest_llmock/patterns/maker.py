"""Patterns bound to a session: what the fixture `pipeline` holds."""

from pytest_llmock.patterns.pipeline import Pipeline
from pytest_llmock.patterns.running import Host
from pytest_llmock.patterns.step import Step, StepLike, as_step


class Patterns:
    """Makes patterns whose stages ask the backends of one session: `pipeline(Stage("generate", …), …)`."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def __call__(self, *steps: StepLike) -> Pipeline:
        """The steps in a row; see Pipeline."""
        __tracebackhide__ = True
        return Pipeline(*steps).bound(self._host)

    def bind(self, step: StepLike) -> Step:
        """Any step or pattern, bound."""
        __tracebackhide__ = True
        return as_step(step, of="bind").bound(self._host)
