"""What every provider's answers share when they are read: events, odd fields, and what is no answer."""

import json
from collections.abc import Mapping
from typing import TypeGuard

from pytest_llmock.errors import BackendError, Failure
from pytest_llmock.llm import JSON
from pytest_llmock.wire.openai_errors import decode_error


def unreadable(problem: str) -> BackendError:
    """The failure of an answer that is not in the API's form."""
    return BackendError(Failure("protocol", f"The answer cannot be read: {problem}."))


def told_error(body: JSON, *, otherwise: str, statuses: Mapping[str, int] | None = None) -> BackendError:
    """The failure that a body says in place of an answer.

    Its status is the one that it says, or that `statuses` has for its type; without one the answer counts as
    cut. A body that says no error is unreadable, with `otherwise` as the problem.
    """
    told = decode_error(body)
    if told is None:
        return unreadable(otherwise)
    kept = json.dumps(body, ensure_ascii=False)[:500]
    message, status = f"The answer is an error: {told.message}", told.status
    if status is None:
        status = (statuses or {}).get(told.type)
    return BackendError(Failure("cut" if status is None else "status", message, status, body=kept))


def parsed_event(data: str) -> dict[str, JSON]:
    """The object in an event. Raises BackendError for anything else."""
    try:
        event = json.loads(data, parse_constant=lambda _: None)  # NaN is no JSON, and nothing to pass on
    except (ValueError, RecursionError) as error:
        raise unreadable(f"an event is not JSON: {data[:80]!r}") from error
    if not isinstance(event, dict):
        raise unreadable(f"an event is not a JSON object: {data[:80]!r}")
    return event


def object_in(raw: JSON) -> dict[str, JSON]:
    """An object, empty where there is none."""
    return raw if isinstance(raw, dict) else {}


def text_in(raw: JSON) -> str:
    """A text, empty where there is none."""
    return raw if isinstance(raw, str) else ""


def is_count(value: JSON) -> TypeGuard[int]:
    """Whether a value can be a number of tokens."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def extension_key(name: str, index: int) -> str:
    """Where an answer's `extensions` hold what choice number `index` says: "refusal", "refusal[1]"."""
    return name if index == 0 else f"{name}[{index}]"


def refusal_in(extensions: Mapping[str, JSON], index: int = 0) -> str:
    """In which words choice number `index` of an answer refuses: OpenAI's API has them apart. Else empty."""
    return text_in(extensions.get(extension_key("refusal", index)))
