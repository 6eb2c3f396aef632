"""How a backend was when somebody looked: a value, and what can be said of it. Nothing is asked here."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, Protocol

from pytest_llmock.llm import JSON

KeyState = Literal["present", "missing", "not needed", "refused"]
JsonMode = Literal["schema", "object", "none", "unknown"]


@dataclass(frozen=True, slots=True)
class Health:
    """What a check found.

    `reachable`: something answered there, whatever it said. `problem` says why the backend cannot be used,
    and what to do; it is empty when it can. `models` are those that it lists, `model_present` whether its
    own model is among them, None where there is no list or no model; some servers take any name, so that is
    no problem. `json_mode` is the best form of `response_format` that it keeps to, unknown unless a model
    call was made to find out. `seconds` is how long the server took, `at` when the check was made, in seconds
    since 1970.
    """

    name: str
    reachable: bool
    models: tuple[str, ...] = ()
    model_present: bool | None = None
    seconds: float = 0.0
    key: KeyState = "not needed"
    json_mode: JsonMode = "unknown"
    problem: str = ""
    at: float = 0.0

    @property
    def up(self) -> bool:
        """Whether a call can be expected to be answered."""
        return not self.problem

    def json(self) -> dict[str, JSON]:
        """The same as JSON, without the name; `checked` is a date, `2026-11-22T03:01:54Z`."""
        return {
            "reachable": self.reachable,
            "models": list(self.models),
            "model_present": self.model_present,
            "seconds": round(self.seconds, 6),
            "key": self.key,
            "json_mode": self.json_mode,
            "problem": self.problem,
            "checked": datetime.fromtimestamp(self.at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        }


class Check(Protocol):
    """Asks one backend how it is; never raises for what the backend does.

    `json_mode`: find out by a model call, which may cost money, what it makes of `response_format`.
    `timeout_s`: the time allowed in place of the check's own.
    """

    async def __call__(self, *, json_mode: bool = False, timeout_s: float | None = None) -> Health: ...


def lists(models: tuple[str, ...], model: str) -> bool | None:
    """Whether the model is in a list; None where there is no list, or no model."""
    if not models or not model:
        return None
    return model in models or f"{model}:latest" in models  # Ollama's name for a model without a tag
