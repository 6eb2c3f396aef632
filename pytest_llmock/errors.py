"""Every error this package raises on purpose, as one tree.

    LLMockError                 has .status (the HTTP status that says it), .message and .details
    ├── SettingsError           a settings file, option, marker or environment variable is wrong
    ├── RequestError            what the client sent cannot be served as it stands: 4xx
    │   ├── ShapeError          its shape or count is wrong: 422
    │   └── TooLargeError       it is larger than the limits allow: 413
    ├── RefusedError            we refuse on purpose, and the test that caused it fails: 400
    │   └── CassetteError       a cassette cannot be read or written as it stands: 400
    ├── SessionClosedError      the test that this address belonged to is over: 410
    ├── NoBackendError          no backend is enabled: 503
    ├── BackendError            a backend did not answer; .failure says how: its own status, or 502
    │   ├── BreakerOpenError    it was not asked, because it has failed too often just before: 503
    │   └── DeadlineError       the time for the whole request ran out: 504
    ├── OffShapeError           the model never produced acceptable JSON; .attempts has every answer: 502
    ├── StepFailed              a step of a pattern failed; .__cause__ says how: the status of its cause
    └── DataSetError            a data set could not be finished; what was made is kept
    LLMockWarning               no Error: something was done, but not wholly as asked

A message says what happened, the nearest thing that would have worked, and the next step. Nothing in
a message or in `details` may hold a secret: whoever raises has masked it already.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

FailureKind = Literal[
    "status", "connect", "resolve", "timeout", "cut", "protocol", "too_large", "key_missing", "open"
]


@dataclass(frozen=True, slots=True)
class Failure:
    """How one attempt at a backend went wrong, as a value that can be recorded and replayed.

    `kind` is what retry and replay decide by; `status` is the upstream's HTTP status where there was one;
    `retry_after_s` is its Retry-After in seconds; `body` is the start of what it said, keys masked. Raises
    ValueError for an unknown kind.
    """

    kind: FailureKind
    message: str
    status: int | None = None
    retry_after_s: float | None = None
    body: str = ""

    def __post_init__(self) -> None:
        kinds = get_args(FailureKind)
        if self.kind not in kinds:
            raise ValueError(f"A Failure has no kind {self.kind!r:.80}.{nearest(str(self.kind), kinds)}")


class LLMockError(Exception):
    """Anything this package refuses or fails to do; `status` is the HTTP status that says so."""

    status = 500

    def __init__(self, message: str, *, details: Mapping[str, object] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.details = dict(details or {})


class LLMockWarning(UserWarning):
    """Something was done, but not wholly as asked; filter it as `ignore::pytest_llmock.LLMockWarning`."""


class SettingsError(LLMockError):
    """A settings file, option, marker or variable is wrong; the message names it and the key path."""


class RequestError(LLMockError):
    """The client's request cannot be served as it stands (400, or the 4xx given)."""

    def __init__(
        self, message: str, *, status: int = 400, details: Mapping[str, object] | None = None
    ) -> None:
        super().__init__(message, details=details)
        self.status = status


class ShapeError(RequestError):
    """A shape, schema or count that cannot be generated from (422)."""

    def __init__(self, message: str, *, details: Mapping[str, object] | None = None) -> None:
        super().__init__(message, status=422, details=details)


class TooLargeError(RequestError):
    """A body or shape beyond the limits (413); the message names limit and setting."""

    def __init__(self, message: str, *, details: Mapping[str, object] | None = None) -> None:
        super().__init__(message, status=413, details=details)


class RefusedError(LLMockError):
    """Refused on purpose (400): an unknown backend, a live call nothing allows, a prompt nobody scripted.

    A session that meets one keeps it in `failures`, and the plugin fails the test once, even if the code
    under test swallowed the error.
    """

    status = 400


class CassetteError(RefusedError):
    """A cassette cannot be read or written as it stands; the message names the file, and the line if one."""


class SessionClosedError(LLMockError):
    """The address belongs to a test that is over (410)."""

    status = 410


class NoBackendError(LLMockError):
    """No backend is enabled (503)."""

    status = 503


class BackendError(LLMockError):
    """A backend did not answer; `failure` says how, `backend` who, `attempts` how many tries were made.

    `pace` is how much of the usual wait another try is worth: 0 for a recorded failure that is replayed.
    """

    def __init__(self, failure: Failure, *, backend: str = "", attempts: int = 1) -> None:
        super().__init__(
            failure.message, details={"backend": backend, "status": failure.status, "kind": failure.kind}
        )
        self.failure = failure
        self.backend = backend
        self.attempts = attempts
        self.pace = 1.0
        self.status = 502


class BreakerOpenError(BackendError):
    """The backend was not asked: it has failed so often that it is left alone for a while (503)."""

    def __init__(self, backend: str, *, wait_s: float, cause: Failure | None) -> None:
        why = f" The last failure: {cause.message}" if cause is not None else ""
        when = f"for another {wait_s:.3g} s" if wait_s > 0 else "while one call tries it"
        message = f"Backend '{backend}' was not asked: its circuit breaker is open {when}.{why}"
        super().__init__(Failure("open", message, retry_after_s=math.ceil(wait_s) or None), backend=backend)
        self.status = 503


class DeadlineError(BackendError):
    """The time allowed for the whole request ran out before the answer was complete (504)."""

    def __init__(self, message: str, *, backend: str = "", attempts: int = 1) -> None:
        super().__init__(Failure("timeout", message), backend=backend, attempts=attempts)
        self.status = 504


class OffShapeError(LLMockError):
    """No answer had the requested shape (502); `attempts` holds each answer's text and its problems."""

    status = 502

    def __init__(self, message: str, *, attempts: Sequence[Mapping[str, object]]) -> None:
        super().__init__(message, details={"attempts": [dict(attempt) for attempt in attempts]})
        self.attempts = tuple(attempts)


class StepFailed(LLMockError):  # noqa: N818 - the name that design §8 gives it
    """A step of a pattern failed: `step` names it, `path` the patterns around it, outermost first.

    `backend` is who was asked, empty for a function; `data` what the step was given, `output` the start of
    the last answer that was no use, None when there was none. `__cause__` is what happened, `told` is that in
    words, `reason` with the step. `is_traced`: the trace of the run has it, as the model call that failed.
    """

    def __init__(
        self, step: str, data: object, cause: Exception, *, backend: str = "", output: object = None
    ) -> None:
        who = f" (backend '{backend}')" if backend else ""
        said = f": {cause}" if str(cause) else ""  # an assertion may have no words
        told = cause.message if isinstance(cause, LLMockError) else f"{type(cause).__name__}{said}"
        answered = f" It answered: {_shown(output)}." if output is not None else ""
        self.reason = f"Step '{step}'{who} failed: {told}{'' if told.endswith(('.', '?', '!')) else '.'}"
        super().__init__(f"{self.reason} Its input: {_shown(data)}.{answered}")
        self.step, self.backend, self.data, self.output = step, backend, data, output
        self.told, self.is_traced = told, False
        self.path: tuple[str, ...] = (step,)
        self.status = cause.status if isinstance(cause, LLMockError) else LLMockError.status


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 300 else f"{text[:300]}…"


class DataSetError(LLMockError):
    """A data set could not be finished. What was made so far is kept beside it; the same call goes on there.

    `batch` is the number of the batch that failed, from 0; None when it was none in particular.
    """

    def __init__(self, message: str, *, batch: int | None = None) -> None:
        super().__init__(message, details={"batch": batch})
        self.batch = batch


def nearest(word: str, known: Sequence[str]) -> str:
    """The sentence that names the closest known word, or lists a few: " Did you mean 'enricher'?".

    Starts with a space so that it can be appended; empty when nothing is known.
    """
    near = meant(word, known)
    if near or not known:
        return near
    shown = ", ".join(sorted(known)[:8])
    return f" Known: {shown}{', …' if len(known) > 8 else ''}."


def meant(word: str, known: Sequence[str]) -> str:
    """The sentence that names the closest known word, empty where none is close; begins with a space."""
    from difflib import get_close_matches  # noqa: PLC0415 - only messages need it

    close = get_close_matches(word.lower(), [name.lower() for name in known], n=1, cutoff=0.6)
    if not close:
        return ""
    name = next(name for name in known if name.lower() == close[0])
    return f" Did you mean '{name}'?"
