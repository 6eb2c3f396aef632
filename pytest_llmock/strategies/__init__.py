"""Hypothesis strategies: what this package makes by itself, chosen and shrunk by Hypothesis.

Imports hypothesis at once, so nothing else here imports this package.
"""

try:
    import hypothesis  # noqa: F401 - so that its absence is told here
except ImportError as error:
    raise ImportError(
        "pytest_llmock.strategies needs hypothesis, which is not installed: "
        "`pip install pytest-llmock[hypothesis]`."
    ) from error

from pytest_llmock.strategies.cases import contract_cases
from pytest_llmock.strategies.conversations import conversations
from pytest_llmock.strategies.faults import faults
from pytest_llmock.strategies.replies import REPLIES, replies
from pytest_llmock.strategies.shapes import from_shape

__all__ = ["REPLIES", "contract_cases", "conversations", "faults", "from_shape", "replies"]
