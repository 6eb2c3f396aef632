"""Each client through each cell of the table."""

import asyncio
import inspect
import json

import pytest
from task import ANSWER, KEY, RETRY_AFTER_S, Place, Ticket

from pytest_llmock import BackendError, Delta, Failure
from pytest_llmock.backends.synthetic import Synthetic

ONE_REQUEST_ONE_CALL = {"EnableRetryPolicy": False}  # the client is to repeat, not our pool


def run(function, place):
    """What a function of an adapter gives, whether it is a coroutine function or not."""
    result = function(place)
    return asyncio.run(result) if inspect.isawaitable(result) else result


@pytest.fixture
def place(llm_backend):
    return Place(llm_backend.base_url.removesuffix("/v1"))


@pytest.mark.needs("plain")
def test_plain(adapter, place, llm_backend):
    """The answer is the backend's, word for word."""
    said = run(adapter.plain, place)

    (call,) = llm_backend.calls
    assert (said, call.source) == (call.completion.text, "synthetic")
    assert said


@pytest.mark.needs("streamed")
def test_streamed(adapter, place, llm_backend):
    """It comes in pieces, which together are the same words."""
    pieces = [piece for piece in run(adapter.streamed, place) if piece]

    (call,) = llm_backend.calls
    assert "".join(pieces) == call.completion.text
    assert len(pieces) > 1


@pytest.mark.needs("streamed")
@pytest.mark.llmock(clock="virtual")
def test_a_stream_letter_by_letter(adapter, place, llm_backend):
    """However small its pieces are, nothing is lost."""
    llm_backend.fail(fault="dribble").then("Rain in Oslo.")

    pieces = run(adapter.streamed, place)

    assert "".join(pieces) == "Rain in Oslo."


@pytest.mark.needs("streamed")
def test_a_stream_that_is_cut(adapter, place, llm_backend):
    """The client's user learns that something is missing, and nothing is asked twice."""
    llm_backend.fail(fault="cut@2").then("Rain in Oslo, sun in Rome, snow in Bern.")

    with pytest.raises(Exception, match=r"\w"):  # of the client's own class
        run(adapter.streamed, place)

    assert [list(map(str, call.faults)) for call in llm_backend.calls] == [["cut@2"]]


@pytest.mark.needs("tools")
def test_tools(adapter, place, llm_backend):
    """The tool that is called, and its arguments, are what the backend wrote."""
    name, arguments = run(adapter.tools, place)

    (call,) = llm_backend.calls
    (written,) = call.completion.tool_calls
    assert (name, arguments) == (written.name, json.loads(written.arguments)) == ("weather", {"city": "Oslo"})


@pytest.mark.needs("structured")
def test_structured(adapter, place, llm_backend):
    """The client's own parser makes an instance of what the backend wrote, as text or as a call."""
    ticket = run(adapter.structured, place)

    (call,) = llm_backend.calls
    written = call.completion.tool_calls[0].arguments if call.completion.tool_calls else call.completion.text
    assert isinstance(ticket, Ticket)  # instructor makes a class of its own below it
    assert ticket.model_dump() == json.loads(written)


@pytest.mark.needs("agent")
def test_agent(adapter, place, llm_backend):
    """The loop ends after one call of the tool, and its last words use what that gave."""
    said = run(adapter.agent, place)

    assert ANSWER in said
    assert [call.completion.finish_reason for call in llm_backend.calls] == ["tool_calls", "stop"]


@pytest.mark.needs("models")
def test_models(adapter, place, llmock, llm_backend):
    """They are the enabled backends, in the client's own types."""
    assert run(adapter.models, place) == [leaf.name for leaf in llmock.backends.values() if leaf.enabled]


def flaky(status, retry_after_s):
    """A backend that fails the first time it is asked."""
    healthy = Synthetic(seed=1)
    failures = [Failure("status", "Not now.", status=status, retry_after_s=retry_after_s)]

    async def backend(prompt):
        if failures:
            raise BackendError(failures.pop())
        async for delta in healthy(prompt):
            yield delta

    return backend


@pytest.mark.needs("patient")
@pytest.mark.parametrize(
    ("status", "retry_after_s"),
    [pytest.param(429, RETRY_AFTER_S, id="429"), pytest.param(500, None, id="500")],
)
@pytest.mark.llmock(backend="flaky", config=ONE_REQUEST_ONE_CALL)
def test_retries(adapter, place, llmock, llm_backend, status, retry_after_s):
    """After a failure the client asks once more, not before the time that it was told."""
    llmock.backends.add("flaky", flaky(status, retry_after_s))

    said = run(adapter.patient, place)

    first, second = llm_backend.calls
    assert (first.status, second.status) == (status, 200)
    assert said
    if retry_after_s and getattr(adapter, "OBEYS_RETRY_AFTER", True):
        assert retry_after_s <= second.started - first.started < 10 * retry_after_s


async def slow(prompt):
    await asyncio.sleep(30)
    yield Delta()


@pytest.mark.needs("impatient")
@pytest.mark.llmock(backend="slow")
def test_timeout(adapter, place, llmock, llm_backend):
    """The client's own patience ends, in its own words, and nothing is asked twice."""
    llmock.backends.add("slow", slow)

    with pytest.raises(adapter.TIMEOUT):
        run(adapter.impatient, place)

    assert len(llm_backend.calls) == 1


@pytest.mark.needs("plain", "HOME")
@pytest.mark.llmock(intercept=True, env=False)
def test_intercepted(adapter, llmock, monkeypatch):
    """A client that asks its provider is answered by the test, which it knows nothing of."""
    for name in ("OPENAI", "ANTHROPIC"):
        monkeypatch.setenv(f"{name}_API_KEY", KEY)
        monkeypatch.delenv(f"{name}_BASE_URL", raising=False)

    said = run(adapter.plain, Place())

    (call,) = llmock.calls
    assert said == call.completion.text
