"""What can go wrong on purpose, as values: what tests, markers, script files and `--llmock-chaos` inject.

A text says a fault in short: "429", "timeout", "cut@3" (after three events). A mapping says all of it:
`{"status": 429, "retry_after": 1, "times": 2}`, `{"fault": "cut", "after": 3}`.

Rules: values only; who makes them happen stands in `scripting/striking.py` (what a stream of deltas can say)
and `server/spoiling.py` (what only bytes can say).
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from threading import Lock
from typing import Literal, TypeAlias, TypedDict, Unpack, get_args

from pytest_llmock.errors import BackendError, Failure, nearest

FaultKind = Literal[
    "status",
    "timeout",
    "slow_first_token",
    "dribble",
    "cut",
    "malformed",
    "truncated",
    "duplicated",
    "empty",
    "content_type",
    "invalid_utf8",
    "refusal",
    "length",
]
Place = Literal["client", "backend"]
KINDS: tuple[FaultKind, ...] = get_args(FaultKind)
PLACES: tuple[Place, ...] = get_args(Place)
BYTES: frozenset[FaultKind] = frozenset(
    {"cut", "malformed", "truncated", "duplicated", "content_type", "invalid_utf8"}
)  # what is done to the bytes of an answer, where there are any
_WHOLE = frozenset({"status", "timeout", "empty", "refusal"})
_WORDS = frozenset({"empty", "refusal", "length"})
_SECONDS: Mapping[str, float] = {"slow_first_token": 1.0, "dribble": 0.01}
_TAKES: Mapping[str, frozenset[str]] = {
    "status": frozenset({"status", "retry_after", "after", "message"}),
    "timeout": frozenset({"seconds"}),
    "slow_first_token": frozenset({"seconds"}),
    "dribble": frozenset({"seconds"}),
    "refusal": frozenset({"message"}),
    **dict.fromkeys(("cut", "malformed", "truncated", "duplicated", "invalid_utf8"), frozenset({"after"})),
}
_FOR_ALL = frozenset({"times", "at"})
_TEXT = re.compile(r"([a-z_0-9]+)(?:@([0-9]{1,6}))?")


@dataclass(frozen=True, slots=True, repr=False)
class Fault:
    """Something that goes wrong on purpose.

    `status` (400 to 599) and `retry_after` (seconds) are those of the kind "status"; `after` is how many
    events of the answer come before it strikes; `seconds` how long is waited: in all for "timeout" (default:
    as long as a request may take), before the first piece for "slow_first_token" (1), before each for
    "dribble" (0.01). `times` is how many calls it strikes, None for all. `at` is "client" for what the code
    under test sees, "backend" for what strikes behind our retries and failover. `by_chance`: chaos chose it.

    Raises ValueError for what cannot be.
    """

    kind: FaultKind
    status: int | None = None
    retry_after: float | None = None
    after: int | None = None
    seconds: float | None = None
    message: str = ""
    times: int | None = 1
    at: Place = "client"
    by_chance: bool = False

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"There is no fault {self.kind!r:.80}.{nearest(str(self.kind), KINDS)}")
        for name, (wanted, fits) in _FIELDS.items():
            value = getattr(self, name)
            if value is not None and not fits(value):
                raise ValueError(f"The fault {self.kind} has {name}={value!r:.80}: give {wanted}.")
        self._check_fields()

    def _check_fields(self) -> None:
        taken = _TAKES.get(self.kind, frozenset())
        said = [name for name in _OPTIONAL if getattr(self, name) not in (None, "")]
        for name in said:
            if name not in taken:
                allowed = ", ".join(sorted(taken | _FOR_ALL))
                raise ValueError(f"The fault {self.kind} takes no {name}. It takes {allowed}.")
        if self.kind == "status" and self.status is None:
            raise ValueError("The fault status needs one: Fault('status', status=503), or '503'.")

    @property
    def wait_s(self) -> float | None:
        """The seconds of each wait; None where nothing says how long."""
        return self.seconds if self.seconds is not None else _SECONDS.get(self.kind)

    @property
    def is_whole(self) -> bool:
        """Whether it takes the place of an answer, so that nobody needs to be asked for one."""
        return self.kind in _WHOLE and self.after is None

    @property
    def is_of_words(self) -> bool:
        """Whether it is about what a model says: nothing for who asks for vectors."""
        return self.kind in _WORDS

    def error(self) -> BackendError:
        """The fault as the error of whoever asked; the client of an API gets its status."""
        error = BackendError(_FAILURES[self.kind](self))
        if self.at == "client" and self.kind in ("status", "timeout"):
            error.status = self.status or HTTPStatus.GATEWAY_TIMEOUT
        return error

    @property
    def name(self) -> str:
        """Its kind, of "status" the status: "429"."""
        return str(self.status) if self.kind == "status" else self.kind

    def __repr__(self) -> str:
        said = {"retry_after": self.retry_after, "seconds": self.seconds, "message": self.message}
        others = "".join(f", {name}={value!r}" for name, value in said.items() if value not in (None, ""))
        return f"<Fault {self}{others}>"

    def __str__(self) -> str:
        return self.name if self.after is None else f"{self.name}@{self.after}"


def _status_failure(fault: Fault) -> Failure:
    assert fault.status is not None
    told = fault.message or f"{_phrase(fault.status)}: a fault that the test injected ({fault})."
    return Failure("status", told, status=fault.status, retry_after_s=fault.retry_after)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return f"Status {status}"


def _timeout_failure(fault: Fault) -> Failure:
    return Failure("timeout", f"Nothing came in time: a fault that the test injected ({fault}).")


def _cut_failure(fault: Fault) -> Failure:
    return Failure("cut", f"The answer was cut off: a fault that the test injected ({fault}).")


def _protocol_failure(fault: Fault) -> Failure:
    return Failure("protocol", f"The answer cannot be read: a fault that the test injected ({fault}).")


_FAILURES: Mapping[str, Callable[[Fault], Failure]] = {
    **dict.fromkeys(KINDS, _protocol_failure),
    "status": _status_failure,
    "timeout": _timeout_failure,
    "cut": _cut_failure,
}


def _is_whole(least: int, most: float = math.inf) -> Callable[[object], bool]:
    return lambda value: isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _is_seconds(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < math.inf


_FIELDS: Mapping[str, tuple[str, Callable[[object], bool]]] = {
    "status": ("a status from 400 to 599", _is_whole(400, 599)),
    "retry_after": ("seconds from 0 up", _is_seconds),
    "after": ("a number of events from 0 up", _is_whole(0)),
    "seconds": ("seconds from 0 up", _is_seconds),
    "message": ("a text", lambda value: isinstance(value, str)),
    "times": ("a whole number from 1 up, or None for every call", _is_whole(1)),
    "at": ('"client" or "backend"', lambda value: value in PLACES),
}
_OPTIONAL = ("status", "retry_after", "after", "seconds", "message")
_KEYS = ("fault", *_FIELDS)

FaultLike: TypeAlias = Fault | str | int | Mapping[str, object]


def fault_of(value: object) -> Fault:
    """The fault that a text ("cut@3"), a status (429), a mapping or a Fault says. Raises ValueError."""
    if isinstance(value, Fault):
        return value
    if isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)):
        return _of_text(str(value))
    if isinstance(value, Mapping):
        return _of_mapping(value)
    raise ValueError(
        f"A fault is a status (429), a text such as 'cut@3' or a mapping such as {{'status': 429}}, "
        f"not {value!r:.80}."
    )


def _of_text(text: str) -> Fault:
    match = _TEXT.fullmatch(text.strip())
    word, after = (match[1], match[2]) if match else (text, None)
    events = None if after is None else int(after)
    if word.isdecimal():
        return Fault("status", status=int(word), after=events)
    return Fault(_kind(word), after=events)


def _kind(word: object) -> FaultKind:
    for kind in KINDS:
        if kind == word:
            return kind
    told = nearest(str(word), KINDS)
    raise ValueError(f"There is no fault {word!r:.80}.{told} A status is a fault too: '429'.")


def _of_mapping(value: Mapping[str, object]) -> Fault:
    said = {str(key): each for key, each in value.items() if key != "fault"}
    _check_words(said)
    if "fault" not in value and "status" not in value:
        raise ValueError("A fault says what goes wrong: {'status': 429}, or {'fault': 'cut', 'after': 3}.")
    base = _of_text(str(value["fault"])) if "fault" in value else Fault("status", status=500)
    return replace(base, **said)  # type: ignore[arg-type]  # its own checks say what is wrong


class FaultWords(TypedDict, total=False):
    """What `.fail()` may be told beside a status.

    `fault` is a kind, alone ("timeout") or with what comes before it ("cut@3"), a mapping or a `Fault`;
    `times` is how many calls are struck, 1 where nothing is said, None for all; the others are those of
    `Fault`.
    """

    fault: FaultLike | None
    retry_after: float | None
    after: int | None
    seconds: float | None
    message: str
    times: int | None


def fault_from(status: int | None, *, at: Place | None = None, **words: Unpack[FaultWords]) -> Fault:
    """The fault that the arguments of `.fail()` say together; they win over those of a fault.

    Raises ValueError.
    """
    fault = words.pop("fault", None)
    if (status is None) == (fault is None):
        raise ValueError("Say what fails: a status, .fail(429), or a fault, .fail(fault='cut', after=3).")
    base = Fault("status", status=status) if fault is None else fault_of(fault)
    said: dict[str, object] = {"at": at, **words}
    _check_words(said)
    given = {name: value for name, value in said.items() if value is not None or name == "times"}
    return replace(base, **given)  # type: ignore[arg-type]  # its own checks say what is wrong


def _check_words(said: Mapping[str, object]) -> None:
    unknown = next((name for name in said if name not in _FIELDS), None)
    if unknown is not None:
        raise ValueError(f"A fault has no key '{unknown}'.{nearest(unknown, _KEYS)}")


class Strikes:
    """Faults that strike in a row, each so many calls as it says; true as long as there is one left."""

    def __init__(self, faults: Sequence[Fault] = ()) -> None:
        self._faults = list(faults)
        self._used = 0
        self._lock = Lock()

    def add(self, fault: Fault) -> None:
        """One more, after those before it."""
        with self._lock:
            self._faults.append(fault)

    def take(self, operation: str = "chat") -> Fault | None:
        """The one that strikes now, which has done so once more then; None when all are over.

        One of words waits where vectors are asked for (`operation` "embed").
        """
        with self._lock:
            found = self._at(self._used)
            if found is not None and operation == "embed" and found.is_of_words:
                return None
            self._used += found is not None
        return found

    def renew(self) -> None:
        """Begin again."""
        with self._lock:
            self._used = 0

    def rewinder(self) -> Callable[[], None]:
        """A function that forgets the faults added from here on, and lets those before begin again."""
        kept = len(self._faults)

        def rewind() -> None:
            with self._lock:
                del self._faults[kept:]
                self._used = 0

        return rewind

    def _at(self, number: int) -> Fault | None:
        for fault in self._faults:
            if fault.times is None or number < fault.times:
                return fault
            number -= fault.times
        return None

    def __bool__(self) -> bool:
        return self._at(self._used) is not None

    def __repr__(self) -> str:
        return f"<Strikes {', '.join(map(str, self._faults))}>"
