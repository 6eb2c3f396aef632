"""Faults that only bytes can say: the answer to a client is changed here, after everything else.

A stream is changed event by event, behind as many as the fault lets pass; a body as a whole.
"""

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import replace

from pytest_llmock.faults import Fault
from pytest_llmock.journal import Call
from pytest_llmock.server.sending import ConnectionCutError
from pytest_llmock.wire.http import Response

FIRST_EVENTS = 1  # that come before a fault which says nothing of them
NOT_UTF8 = b"\xff\xfe"
_LINES = frozenset({"application/x-ndjson", "application/jsonl"})

Limits = Callable[[float | None, float], Mapping[str, str]]
Spoil = Callable[[bytes], bytes]


def spoiled(response: Response, call: Call, *, limits: Limits | None, now: float) -> Response:
    """The response as the call's faults leave it.

    `limits` gives the headers with which the API tells its rate limit, `now` is seconds since 1970.
    """
    for fault in call.faults:
        if fault.at == "backend":
            continue
        if fault.kind == "status":
            response = replace(response, headers={**response.headers, **_told(fault, limits, now)})
        elif fault.kind == "content_type":
            response = replace(response, content_type="text/html; charset=utf-8")
        elif fault.kind in _SPOILS:
            response = _changed(response, fault, call)
    return response


def _told(fault: Fault, limits: Limits | None, now: float) -> Mapping[str, str]:
    headers = dict(limits(fault.retry_after, now)) if limits is not None and fault.status == 429 else {}
    if fault.retry_after is not None and fault.retry_after % 1:  # Retry-After has whole seconds only
        headers["retry-after-ms"] = str(round(fault.retry_after * 1000))
    return headers


def _changed(response: Response, fault: Fault, call: Call) -> Response:
    spoil, ends, is_cut = _SPOILS[fault.kind]
    if response.stream is not None:
        end = b"\n" if response.content_type in _LINES else b"\n\n"
        after = FIRST_EVENTS if fault.after is None else fault.after
        events = _events(response.stream, end)
        if is_cut:
            return replace(response, stream=_cut(events, after, call))
        return replace(response, stream=_spoiled(events, after, spoil, call, ends=ends))
    if not is_cut:
        return replace(response, body=spoil(response.body))
    length = {"content-length": str(len(response.body))}
    stream = _cut(_body(spoil(response.body)), 1, call)
    return replace(response, headers={**response.headers, **length}, stream=stream)


async def _body(body: bytes) -> AsyncGenerator[bytes, None]:
    yield body


async def _events(stream: AsyncGenerator[bytes, None], end: bytes) -> AsyncGenerator[bytes, None]:
    """The events of a stream, one by one, each with its end."""
    rest = b""
    async with aclosing(stream):
        async for piece in stream:
            *events, rest = (rest + piece).split(end)
            for event in events:
                yield event + end
    if rest:
        yield rest


async def _cut(events: AsyncGenerator[bytes, None], after: int, call: Call) -> AsyncGenerator[bytes, None]:
    """So many events, and then the connection is gone."""
    async with aclosing(events):
        number = 0
        while number < after and (event := await anext(events, None)) is not None:
            yield event
            number += 1
        await _read_on(events, call)
    raise ConnectionCutError


async def _spoiled(
    events: AsyncGenerator[bytes, None], after: int, spoil: Spoil, call: Call, *, ends: bool
) -> AsyncGenerator[bytes, None]:
    """The events, one of them spoiled; `ends`: nothing comes after that."""
    number = 0
    async with aclosing(events):
        async for event in events:
            yield spoil(event) if number == after else event
            if ends and number == after:
                await _read_on(events, call)
                return
            number += 1


async def _read_on(events: AsyncGenerator[bytes, None], call: Call) -> None:
    """What is recorded is recorded whole: whoever plays it may have no such fault."""
    if call.source == "recorded":
        async for _ in events:
            pass


def _unclosed(data: bytes) -> bytes:
    """JSON without its last brace."""
    place = max(data.rfind(b"}"), data.rfind(b"]"))
    return data[:place] + data[place + 1 :] if place >= 0 else data


def _half(data: bytes) -> bytes:
    return data[: len(data) // 2]


def _twice(data: bytes) -> bytes:
    return data + data


def _not_utf8(data: bytes) -> bytes:
    """Bytes that are no UTF-8, in the last text value of some JSON."""
    place = data.rfind(b'":"') + 3
    place = place if place >= 3 else len(data) // 2
    return data[:place] + NOT_UTF8 + data[place:]


# what is done to a body or an event, whether a stream ends with that, and whether the connection does
_SPOILS: Mapping[str, tuple[Spoil, bool, bool]] = {
    "malformed": (_unclosed, False, False),
    "truncated": (_half, True, False),
    "duplicated": (_twice, False, False),
    "invalid_utf8": (_not_utf8, False, False),
    "cut": (_half, True, True),
}
