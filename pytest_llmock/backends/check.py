"""Asking a live server how it is: by its health path, or by its list of models.

Rules: one GET, bounded by a few seconds, nothing retried, no redirect followed, nothing paid. Only the
question for the JSON mode is a model call, and it is asked on request alone.
"""

from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urljoin

from pytest_llmock.backends.answers import json_of
from pytest_llmock.backends.health import Health, JsonMode, KeyState, lists
from pytest_llmock.backends.http import Answer, Patience, safe
from pytest_llmock.backends.live_leaf import LiveLeaf
from pytest_llmock.backends.refusals import refusal
from pytest_llmock.errors import BackendError, Failure
from pytest_llmock.folding import fold
from pytest_llmock.llm import Completion, Message, Prompt, ResponseSchema, Sampling, Text
from pytest_llmock.wire.openai_models import listed_models

LONGEST_S = 5.0
_SHOWN_NAME = 200
_PATH_HINT = "Check the path of 'BaseUrl', or name one that answers in 'HealthCheckPath'."
_QUESTION = Prompt(
    (Message("user", (Text("Are you ready? Answer with JSON."),)),),
    schema=ResponseSchema(
        {
            "type": "object",
            "properties": {"ready": {"type": "boolean"}},
            "required": ["ready"],
            "additionalProperties": False,
        }
    ),
    sampling=Sampling(max_tokens=64),
)
_MODES: Mapping[str, JsonMode] = {
    "json_schema": "schema",
    "json_object": "object",
    "tool": "schema",
    "prompt": "none",
}


@dataclass(frozen=True, slots=True)
class LiveCheck:
    """The check of a live backend; `path` is its `HealthCheckPath`: a path on its host, 2xx means up."""

    backend: LiveLeaf[Any]  # Any: the words for a form of schema differ from API to API
    path: str = ""

    async def __call__(self, *, json_mode: bool = False, timeout_s: float | None = None) -> Health:
        """How it is now."""
        at, (key, problem) = self.backend.clock.wall(), self._key()
        # not the clock's: importing the HTTP client, which the first check pays for, is not the server's time
        patience = Patience(timeout_s or min(LONGEST_S, self.backend.timeout_s), setting="")
        found = replace(await self._asked(key, patience), seconds=patience.spent_s, at=at)
        if problem:
            return replace(found, key="missing", problem=problem)
        return await self._with_json_mode(found) if json_mode and found.up else found

    def _key(self) -> tuple[str, str]:
        """The key, or why there is none."""
        try:
            return self.backend.key(), ""
        except BackendError as error:
            return "", error.failure.message

    async def _asked(self, key: str, patience: Patience) -> Health:
        name: str = self.backend.name
        state: KeyState = "present" if key else "not needed"
        url = urljoin(self.backend.url(""), f"/{self.path.lstrip('/')}") if self.path else ""
        target = self.backend.target(url or self.backend.url("models"), key)
        reachable = False
        try:
            answer = await self.backend.http.get(target, patience=patience)
            reachable = True
            async with aclosing(answer):
                models = await self._models(answer)
        except BackendError as error:
            return Health(name, reachable, key=_judged(state, error.failure), problem=error.failure.message)
        return Health(name, reachable, models, lists(models, self.backend.model), key=state)

    async def _models(self, answer: Answer) -> tuple[str, ...]:
        """The models that an answer lists. Raises BackendError for an answer that is none."""
        if self.path and 200 <= answer.status < 300:
            return ()
        provider = replace(self.backend.provider, model_hint=_PATH_HINT)  # of 404, which is no model here
        refused = await refusal(answer, provider, self.backend.model, self.backend.clock)
        if refused is not None:
            raise refused
        names = listed_models(await json_of(answer, warn=lambda _: None))
        return tuple(safe(answer.target.masked(name), _SHOWN_NAME) for name in names)

    async def _with_json_mode(self, found: Health) -> Health:
        try:
            completion = await fold(self.backend(_QUESTION))
        except BackendError as error:
            return replace(found, problem=error.failure.message)
        mode = self.backend.modes(_QUESTION)[0]
        return replace(found, json_mode=_kept(completion, _MODES[mode]))


def _judged(state: KeyState, failure: Failure) -> KeyState:
    """The key as the server sees it: one that asks for a key nobody gave it misses one."""
    if failure.status not in {401, 403}:
        return state
    return "refused" if state == "present" else "missing"


def _kept(completion: Completion, taken: JsonMode) -> JsonMode:
    """What is true of the form that a server took: some take one and do not keep to it."""
    try:
        answer = completion.json()
    except (ValueError, RecursionError):
        is_cut = completion.finish_reason != "stop"
        return "unknown" if is_cut and completion.text.lstrip()[:1] in {"", "{"} else "none"
    is_kept = isinstance(answer, dict) and isinstance(answer.get("ready"), bool)
    return "object" if taken == "schema" and not is_kept else taken
