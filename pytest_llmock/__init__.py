"""pytest-llmock: an in-process LLM mock server for pytest, and any backend per test.

Everything public is importable from here, and imported only when it is asked for: an installed plugin
must cost a run that does not use it next to nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_llmock.backends.health import Health
    from pytest_llmock.backends.registry import Backends, Leaf
    from pytest_llmock.config import BackendSettings, Settings, load_settings
    from pytest_llmock.datasets.progress import Progress
    from pytest_llmock.datasets.summary import DataSet
    from pytest_llmock.errors import (
        BackendError,
        DataSetError,
        DeadlineError,
        Failure,
        LLMockError,
        LLMockWarning,
        NoBackendError,
        OffShapeError,
        RefusedError,
        RequestError,
        SessionClosedError,
        SettingsError,
        ShapeError,
        StepFailed,
        TooLargeError,
    )
    from pytest_llmock.faults import Fault
    from pytest_llmock.folding import as_backend, fold, unfold
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
    )
    from pytest_llmock.mockapi.asserting import MockCalls
    from pytest_llmock.mockapi.mounts import Mount
    from pytest_llmock.mockapi.received import RouteRequest
    from pytest_llmock.mockapi.route import Route
    from pytest_llmock.patterns.batch import Batch
    from pytest_llmock.patterns.consensus import Consensus
    from pytest_llmock.patterns.fallback import Fallback
    from pytest_llmock.patterns.gate import QualityGate
    from pytest_llmock.patterns.heal import SelfHeal
    from pytest_llmock.patterns.maker import Patterns
    from pytest_llmock.patterns.parallel import Parallel
    from pytest_llmock.patterns.pipeline import Pipeline
    from pytest_llmock.patterns.refine import Refine
    from pytest_llmock.patterns.result import Result
    from pytest_llmock.patterns.router import Router
    from pytest_llmock.patterns.running import Slot, Traced
    from pytest_llmock.patterns.stage import Stage
    from pytest_llmock.patterns.step import Step
    from pytest_llmock.patterns.validation import ValidationLoop
    from pytest_llmock.scripting.rule import Rule
    from pytest_llmock.server.client import MockApi
    from pytest_llmock.server.connection import connect
    from pytest_llmock.server.datasets import generate
    from pytest_llmock.server.graded import QualityGrader
    from pytest_llmock.server.selected import SelectedBackend
    from pytest_llmock.session import Session
    from pytest_llmock.shapes.cases import Case, contract_cases
    from pytest_llmock.shapes.complexity import assess_complexity, complexity
    from pytest_llmock.shapes.openapi.cases import openapi_cases
    from pytest_llmock.shapes.quality import QualityIssue, QualityReport, RuleCheck, score

# where the names are looked for, lightest first
_HOMES = (
    "errors",
    "llm",
    "faults",
    "folding",
    "journal",
    "shapes.cases",
    "shapes.openapi.cases",
    "backends.health",
    "config",
    "backends.registry",
    "shapes.complexity",
    "mockapi.received",
    "mockapi.asserting",
    "mockapi.mounts",
    "mockapi.route",
    "patterns.running",
    "patterns.result",
    "patterns.stage",
    "patterns.pipeline",
    "patterns.parallel",
    "patterns.fallback",
    "patterns.router",
    "patterns.batch",
    "patterns.validation",
    "patterns.refine",
    "patterns.heal",
    "patterns.gate",
    "patterns.consensus",
    "patterns.maker",
    "shapes.quality",
    "scripting.rule",
    "session",
    "server.connection",
    "server.client",
    "server.selected",
    "server.graded",
    "datasets.progress",
    "datasets.summary",
    "server.datasets",
)

__version__ = "0.1.0"
__all__ = [
    "Attempt",
    "Backend",
    "BackendError",
    "BackendSettings",
    "Backends",
    "Batch",
    "Call",
    "Case",
    "Completion",
    "Consensus",
    "DataSet",
    "DataSetError",
    "DeadlineError",
    "Delta",
    "Deltas",
    "End",
    "Failure",
    "Fallback",
    "Fault",
    "Generation",
    "Health",
    "Image",
    "Journal",
    "LLMockError",
    "LLMockWarning",
    "Leaf",
    "Message",
    "MockApi",
    "MockCalls",
    "Mount",
    "NoBackendError",
    "OffShapeError",
    "Origin",
    "Parallel",
    "Patterns",
    "Pipeline",
    "Progress",
    "Prompt",
    "QualityGate",
    "QualityGrader",
    "QualityIssue",
    "QualityReport",
    "Refine",
    "RefusedError",
    "RequestError",
    "Result",
    "Route",
    "RouteRequest",
    "Router",
    "Rule",
    "RuleCheck",
    "SelectedBackend",
    "SelfHeal",
    "Session",
    "SessionClosedError",
    "Settings",
    "SettingsError",
    "ShapeError",
    "Slot",
    "Stage",
    "Step",
    "StepFailed",
    "Text",
    "TooLargeError",
    "Tool",
    "ToolCall",
    "ToolResult",
    "Traced",
    "Usage",
    "ValidationLoop",
    "__version__",
    "as_backend",
    "assess_complexity",
    "complexity",
    "connect",
    "contract_cases",
    "fold",
    "generate",
    "load_settings",
    "openapi_cases",
    "score",
    "unfold",
]


def __getattr__(name: str) -> object:
    if name in __all__:
        for home in _HOMES:
            module = import_module(f"pytest_llmock.{home}")
            if name in vars(module):
                globals()[name] = vars(module)[name]
                return globals()[name]
    raise AttributeError(f"module 'pytest_llmock' has no attribute '{name}'")
