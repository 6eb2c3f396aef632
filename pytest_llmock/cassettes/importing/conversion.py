"""A recorded exchange as an interaction of ours, as if the backend had been recorded.

Rules: nothing is invented. What cannot be read, or would not have been recorded (a refused key), is left out
and the reason is said; an answer that was cut is kept as cut.
"""

from collections.abc import Mapping

from pytest_llmock import __version__
from pytest_llmock.backends.http import safe
from pytest_llmock.backends.registry import Leaf
from pytest_llmock.cassettes.importing.answers import Heard, heard
from pytest_llmock.cassettes.importing.exchange import Exchange, decompressed
from pytest_llmock.cassettes.interaction import Interaction, Recorded, Request, Timed
from pytest_llmock.cassettes.record import iso, seconds_of
from pytest_llmock.cassettes.redact import Redactor
from pytest_llmock.cassettes.redacting import redacted
from pytest_llmock.cassettes.request import request_of
from pytest_llmock.errors import RequestError
from pytest_llmock.folding import collect
from pytest_llmock.llm import Prompt
from pytest_llmock.shapes.limits import decode_json
from pytest_llmock.wire import openai_chat, openai_embeddings

_NO_KEY = frozenset({401, 403})


class NotImportedError(Exception):
    """The exchange is left out; the message says why."""


def prompt_of(exchange: Exchange) -> Prompt:
    """What was asked. Raises NotImportedError for another API, or a request that cannot be read."""
    if exchange.operation is None:
        raise NotImportedError(_unsupported(exchange))
    if exchange.request is None:
        raise NotImportedError("its request has no body in this file, so nobody knows what was asked")
    try:
        body = decode_json(_plain(exchange.request, "request"), what="body of its request")
        if exchange.operation == "embed":
            return openai_embeddings.decode_request(body)
        return openai_chat.decode_request(body).prompt
    except RequestError as error:
        raise NotImportedError(error.message.rstrip(".")) from error


async def converted(exchange: Exchange, prompt: Prompt, leaf: Leaf, redactor: Redactor) -> Interaction:
    """The interaction of a backend that is asked `prompt`. Raises NotImportedError."""
    response = _response(exchange)
    found = await heard(exchange, response, prompt, leaf)
    _check_heard(found, redactor.text(response.decode("utf-8", "replace")))
    interaction = Interaction(
        _request(prompt, leaf, redactor),
        tuple(Timed(0, delta) for delta in found.deltas),
        found.failure,
        truncated=found.failure is None and not _has_ended(found),
        recorded=_recorded(exchange, prompt, found, leaf),
    )
    return redacted(interaction, redactor)


def _unsupported(exchange: Exchange) -> str:
    called = f"{exchange.method} {exchange.path}".strip()
    if exchange.api:
        return f"{called} is a call of {exchange.api}, which is not supported by this version"
    return f"{called} is no call that this version knows; those are …/chat/completions and …/embeddings"


def _request(prompt: Prompt, leaf: Leaf, redactor: Redactor) -> Request:
    request = request_of(leaf.asked(prompt), backend=leaf.name, model=leaf.model or prompt.model)
    clean = redactor.json(request)
    assert isinstance(clean, Mapping)
    return clean


def _recorded(exchange: Exchange, prompt: Prompt, found: Heard, leaf: Leaf) -> Recorded:
    asked = prompt.model or leaf.model
    return Recorded(
        at=_moment(exchange.at),
        provider=leaf.provider,
        asked=asked,
        model=found.model or asked,
        seconds=exchange.seconds,
        plugin=__version__,
    )


def _has_ended(found: Heard) -> bool:
    return all(choice.finish_reason is not None for choice in collect(found.deltas).choices)


def _response(exchange: Exchange) -> bytes:
    if exchange.status in _NO_KEY:
        raise NotImportedError(_refused(exchange.status))
    if exchange.status < 400 and exchange.status != 200:
        raise NotImportedError(f"it was answered with the status {exchange.status}, which carries no answer")
    if exchange.response is None and exchange.status == 200:
        raise NotImportedError("its response has no body in this file")
    return _plain(exchange.response or b"", "response")


def _refused(status: int | None) -> str:
    return f"it was refused for its key ({status}), which says nothing of the model"


def _plain(body: bytes, what: str) -> bytes:
    try:
        return decompressed(body)
    except ValueError as error:
        raise NotImportedError(f"the body of its {what} cannot be decompressed: {error}") from error


def _check_heard(found: Heard, said: str) -> None:
    failure = found.failure
    if failure is None:
        return
    if failure.status in _NO_KEY:
        raise NotImportedError(_refused(failure.status))
    if failure.kind == "protocol":
        begin = safe(said, 60)
        raise NotImportedError(f"its response is no whole answer of this API; it begins {begin!r}")
    if failure.kind == "cut" and not found.deltas and not failure.body:  # not a word of the provider's
        raise NotImportedError("its response breaks off before it says anything")


def _moment(text: str) -> str:
    """A moment in UTC, as cassettes have it; empty for what is none."""
    try:
        return iso(seconds_of(text))
    except (ValueError, OverflowError):
        return ""
