"""`llm_backend` where it meets threads, loops and errors."""

import asyncio
import threading

import anyio
import pytest

from pytest_llmock.errors import RequestError, SettingsError
from pytest_llmock.llm import Delta, Message, Text
from pytest_llmock.server.selected import SelectedBackend
from pytest_llmock.server.thread import ServerThread


@pytest.fixture
def selected(opened, runtime):
    """The handle of a session, and the session."""
    session = opened()
    return SelectedBackend(session, runtime.thread), session


async def hanging(prompt):
    yield Delta("begun")
    await asyncio.Event().wait()


def test_messages_of_ours_and_of_openai_may_be_mixed(selected):
    """Both say the same."""
    backend, session = selected
    session.backends.add("echo", lambda prompt: [message.text for message in prompt.messages])

    answer = backend.complete_sync(
        [Message("system", (Text("a"),)), {"role": "user", "content": "b"}], model="echo"
    )

    assert answer.json() == ["a", "b"]


def test_a_response_format_is_kept(selected):
    """A shape is one way to ask for JSON, OpenAI's response_format another."""
    backend, _ = selected

    answer = backend.complete_sync("x", response_format={"type": "json_object"})

    assert isinstance(answer.json(), dict)


def test_wrong_messages_are_refused_before_anything_is_asked(selected):
    """The journal stays empty."""
    backend, session = selected

    with pytest.raises(RequestError, match="messages"):
        backend.complete_sync([{"content": "no role"}])

    assert len(session.calls) == 0


def test_an_error_of_the_backend_is_raised_and_noted(selected):
    """The caller sees the real error."""
    backend, session = selected
    session.backends.add("broken", lambda prompt: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        backend.complete_sync("x", model="broken")

    assert (session.calls[-1].status, session.calls[-1].error) == (500, "ZeroDivisionError: division by zero")


def test_an_error_in_the_middle_of_a_stream_is_raised_there(selected):
    """What came before has been read."""
    backend, session = selected

    async def breaking(prompt):
        yield Delta("half")
        raise ValueError("broken")

    session.backends.add("breaking", breaking)
    stream = backend.stream_sync("x", model="breaking")

    assert next(stream).text == "half"
    with pytest.raises(ValueError, match="broken"):
        next(stream)


def test_a_backend_that_waits_for_its_own_loop_is_told_the_way_out(selected):
    """Instead of a deadlock."""
    backend, session = selected
    session.backends.add("nested", lambda prompt: backend.complete_sync("inner").text)

    with pytest.raises(RuntimeError, match="await complete"):
        backend.complete_sync("outer", model="nested")


def test_an_async_backend_may_ask_another_one(selected):
    """A backend made of a backend, on the same loop."""
    backend, session = selected

    async def louder(prompt):
        return (await backend.complete("inner")).text.upper()

    session.backends.add("louder", louder)

    assert backend.complete_sync("outer", model="louder").text.isupper()


def test_ending_the_test_ends_what_its_handle_asked(selected, runtime):
    """A thread left over does not wait for ever."""
    backend, session = selected
    session.backends.add("hanging", hanging)
    ended = []

    def ask():
        try:
            backend.complete_sync("x", model="hanging")
        except BaseException as error:  # noqa: BLE001 - which one it is, is the question
            ended.append(type(error).__name__)

    thread = threading.Thread(target=ask)
    thread.start()
    while not session.work:
        pass
    runtime.end(session)
    thread.join(5)

    assert ended == ["CancelledError"]


@pytest.mark.parametrize("backend_name", ["asyncio", "trio"])
def test_leaving_a_stream_early_closes_the_backend(selected, backend_name):
    """On whatever loop the reader lives."""
    backend, session = selected
    closed = threading.Event()

    async def endless(prompt):
        try:
            while True:
                yield Delta("x")
                await asyncio.sleep(0)
        finally:
            closed.set()

    session.backends.add("endless", endless)

    async def read_one():
        stream = backend.stream("x", model="endless")
        await anext(stream)
        await stream.aclose()

    anyio.run(read_one, backend=backend_name)

    assert closed.wait(5)


def test_a_server_that_cannot_start_says_why(runtime):
    """The error of the thread is raised where the server was asked for."""

    async def app(scope, receive, send):
        raise AssertionError

    port = runtime.thread.port

    with pytest.raises(SettingsError, match=f"cannot listen on 127.0.0.1 port {port}"):
        ServerThread(app, port=port)


def test_a_server_listens_on_ipv6_too():
    """The address is written in brackets."""

    async def app(scope, receive, send):
        raise AssertionError

    server = ServerThread(app, host="::1")
    server.stop()
    server.stop()

    assert server.url == f"http://[::1]:{server.port}"
