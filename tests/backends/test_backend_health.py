"""Health as a value."""

import pytest

from pytest_llmock.backends.health import Health, lists


@pytest.mark.parametrize(
    ("models", "model", "listed"),
    [
        pytest.param(("llama3", "phi4"), "phi4", True, id="listed"),
        pytest.param(("llama3:latest",), "llama3", True, id="Ollama's name without a tag"),
        pytest.param(("llama3:8b",), "llama3", False, id="another tag is another model"),
        pytest.param((), "llama3", None, id="no list"),
        pytest.param(("llama3",), "", None, id="no model"),
    ],
)
def test_a_model_is_listed_or_not_or_nobody_knows(models, model, listed):
    """Without a list or a model nothing is claimed."""
    assert lists(models, model) is listed


def test_a_backend_with_a_problem_is_not_up():
    """A server that answers and refuses the key is reachable, and of no use."""
    refused = Health("x", reachable=True, key="refused", problem="answered 401")

    assert not refused.up
    assert Health("x", reachable=True, models=("other",), model_present=False).up


def test_health_as_json_has_a_date_and_no_name():
    """Seconds to the microsecond, the moment to the second."""
    health = Health("x", reachable=True, models=("a",), seconds=0.12345678, at=1_795_316_514.9)

    assert health.json() == {
        "reachable": True,
        "models": ["a"],
        "model_present": None,
        "seconds": 0.123457,
        "key": "not needed",
        "json_mode": "unknown",
        "problem": "",
        "checked": "2026-11-22T03:01:54Z",
    }
