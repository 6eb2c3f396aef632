"""What an upstream means that does not answer: its status, its reasons, its Retry-After."""

import json
from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from math import isfinite

from pytest_llmock.backends.http import Answer, safe
from pytest_llmock.backends.providers import Provider
from pytest_llmock.clock import Clock
from pytest_llmock.errors import BackendError
from pytest_llmock.wire.openai_errors import decode_error

_HTML = frozenset({"text/html", "application/xhtml+xml"})
_KEY_HINT = "Check 'ApiKey' of this backend."


async def refusal(answer: Answer, provider: Provider, model: str, clock: Clock) -> BackendError | None:
    """The failure that an answer's status or type already says; None when its body is to be read."""
    if 300 <= answer.status < 400 and "location" in answer.headers:
        return _redirect(answer)
    if answer.status < 400 and answer.status != 200:
        return answer.target.error("protocol", f"answered {answer.status}, which carries no answer.")
    if answer.status != 200:
        return await _refused(answer, provider, model, clock)
    if answer.content_type in _HTML:
        return html_page(answer, await _start_of(answer))
    return None


def _redirect(answer: Answer) -> BackendError:
    location = safe(answer.headers["location"], 200)
    return answer.target.error(
        "protocol",
        f"answered {answer.status}, a redirect to {location}, which is not followed: the key would go along. "
        "Set 'BaseUrl' to the address that answers.",
    )


def html_page(answer: Answer, body: str) -> BackendError:
    """The failure of an answer that is a page for browsers."""
    return answer.target.error(
        "protocol",
        f"answered with an HTML page, not with JSON: {safe(body)!r}. Check the path of 'BaseUrl': it usually "
        "ends in /v1/.",
        body=body,
    )


async def _refused(answer: Answer, provider: Provider, model: str, clock: Clock) -> BackendError:
    body = await _start_of(answer)
    told = decode_error(body)
    reason = safe(told.message, 300) if told else safe(body) or "no reason given"
    hint = _hint(answer.status, provider, model)
    return answer.target.error(
        "status",
        f"answered {answer.status}: {reason.rstrip('.')}.{f' {hint}' if hint else ''}",
        status=answer.status,
        retry_after_s=retry_after(answer.headers, clock),
        body=body,
    )


def _hint(status: int, provider: Provider, model: str) -> str:
    if status in {401, 403}:
        return _KEY_HINT
    return provider.model_hint.format(model=model) if status == 404 else ""


async def _start_of(answer: Answer) -> str:
    """The body of a refusal; what came of it, when it breaks off: the status says enough."""
    try:
        body = await answer.read()
    except BackendError:
        return ""
    text = body.decode("utf-8", "replace")
    return text if decode_error(text) is None else _compact(text)


def _compact(text: str) -> str:
    return json.dumps(json.loads(text), ensure_ascii=False, separators=(",", ":"))


def retry_after(headers: Mapping[str, str], clock: Clock) -> float | None:
    """The seconds that the server asks to wait, from milliseconds, seconds or a date; else None."""
    for name, divisor in (("retry-after-ms", 1000), ("retry-after", 1)):
        seconds = _number(headers.get(name, ""))
        if seconds is not None:
            return seconds / divisor
    try:
        date = parsedate_to_datetime(headers.get("retry-after", ""))
    except (ValueError, OverflowError):  # a zone of twenty digits overflows
        return None
    return max(0.0, date.replace(tzinfo=date.tzinfo or UTC).timestamp() - clock.wall())


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if isfinite(number) and number >= 0 else None
