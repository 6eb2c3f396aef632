"""pytest-llmock: an in-process LLM mock server for pytest, and any backend per test.

Everything public is importable from here, and imported only when it is asked for: an installed plugin
must cost a run that does not use it next to nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_llmock.backends.registry import Backends, Leaf
    from pytest_llmock.config import BackendSettings, Settings
    from pytest_llmock.errors import (
        BackendError,
        DeadlineError,
        Failure,
        LLMockError,
        NoBackendError,
        OffShapeError,
        RefusedError,
        RequestError,
        SessionClosedError,
        SettingsError,
        ShapeError,
        TooLargeError,
    )
    from pytest_llmock.journal import Attempt, Call, Journal
    from pytest_llmock.llm import (
        Backend,
        Completion,
        Delta,
        Deltas,
        End,
        Generation,
        Image,
        Message,
        Origin,
        Prompt,
        Text,
        Tool,
        ToolCall,
        ToolResult,
        Usage,
        as_backend,
        fold,
        unfold,
    )
    from pytest_llmock.server.client import MockApi
    from pytest_llmock.server.selected import SelectedBackend
    from pytest_llmock.session import Session

_HOMES = {
    "pytest_llmock.backends.registry": ("Backends", "Leaf"),
    "pytest_llmock.config": ("BackendSettings", "Settings"),
    "pytest_llmock.errors": (
        "BackendError",
        "DeadlineError",
        "Failure",
        "LLMockError",
        "NoBackendError",
        "OffShapeError",
        "RefusedError",
        "RequestError",
        "SessionClosedError",
        "SettingsError",
        "ShapeError",
        "TooLargeError",
    ),
    "pytest_llmock.journal": ("Attempt", "Call", "Journal"),
    "pytest_llmock.llm": (
        "Backend",
        "Completion",
        "Delta",
        "Deltas",
        "End",
        "Generation",
        "Image",
        "Message",
        "Origin",
        "Prompt",
        "Text",
        "Tool",
        "ToolCall",
        "ToolResult",
        "Usage",
        "as_backend",
        "fold",
        "unfold",
    ),
    "pytest_llmock.server.client": ("MockApi",),
    "pytest_llmock.server.selected": ("SelectedBackend",),
    "pytest_llmock.session": ("Session",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__version__ = "0.1.0"
__all__ = [*sorted(_HOME_OF), "__version__"]


def __getattr__(name: str) -> object:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'pytest_llmock' has no attribute '{name}'")
    value = getattr(import_module(_HOME_OF[name]), name)
    globals()[name] = value
    return value
