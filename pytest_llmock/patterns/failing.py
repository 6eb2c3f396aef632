"""When none of several steps succeeded."""

from collections.abc import Sequence

from pytest_llmock.errors import LLMockError, StepFailed


def nobody(failures: Sequence[StepFailed]) -> LLMockError:
    """The error that lists why each of the steps failed; its cause is a group of these, in their order."""
    causes = [failure.reason for failure in failures]
    told = f"none of its {len(causes)} steps succeeded. {' '.join(causes)}"
    error = LLMockError(told, details={"causes": causes})
    error.status = failures[-1].status
    error.__cause__ = ExceptionGroup("why each step failed", failures)
    return error
