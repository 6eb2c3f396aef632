"""One uvicorn server in a thread of this process, and the way onto its event loop.

Backends always run on this loop, whoever calls them: HTTP clients, tests, patterns. uvicorn's own main
loop is left out: its ten wake-ups a second and its waits at shutdown would slow every test session.
"""

import asyncio
import socket
from collections.abc import AsyncGenerator, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import aclosing, suppress
from importlib.util import find_spec
from threading import Event, Thread, current_thread
from typing import Any, Generic, TypeVar

import uvicorn
from starlette.types import ASGIApp

from pytest_llmock.errors import LLMockError, SettingsError

T = TypeVar("T")
START_TIMEOUT_S = 30
THREAD_NAME = "llmock-server"  # of the thread, and what those of its workers begin with


class ServerThread:
    """A running HTTP server at `url`; `stop()` ends it and its thread."""

    def __init__(self, app: ASGIApp, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self._socket = _listening(host, port)
        self._server = uvicorn.Server(_config(app))
        self._ready, self._over = Event(), asyncio.Event()
        self._error: BaseException | None = None
        self.host, self.port = host, int(self._socket.getsockname()[1])
        self.url = f"http://{f'[{host}]' if ':' in host else host}:{self.port}"
        self.loop: asyncio.AbstractEventLoop
        self._thread = Thread(target=self._run, name=THREAD_NAME, daemon=True)
        self._thread.start()
        self._ready.wait(START_TIMEOUT_S)
        if self._error is not None:
            raise self._error

    def run_sync(self, work: Coroutine[Any, Any, T]) -> T:
        """The result of `work`, run on the server's loop while this thread waits."""
        if current_thread() is self._thread:
            work.close()
            raise RuntimeError(
                "A backend that runs on the server's loop must not wait for it: make the backend an async "
                "function and await complete() instead of calling complete_sync()."
            )
        __tracebackhide__ = True
        future = asyncio.run_coroutine_threadsafe(work, self.loop)
        try:
            return future.result()
        except LLMockError as error:
            raise error.with_traceback(None)  # noqa: B904 - it is the same error, without our frames
        except BaseException:
            future.cancel()
            raise

    async def run(self, work: Coroutine[Any, Any, T]) -> T:
        """The result of `work`, run on the server's loop; awaited from any asyncio or trio loop."""
        try:
            caller: asyncio.AbstractEventLoop | None = asyncio.get_running_loop()
        except RuntimeError:  # trio's loop is none of asyncio's
            caller = None
        if caller is self.loop:
            return await work
        if caller is None:
            return await _wait_in_thread(asyncio.run_coroutine_threadsafe(work, self.loop))
        return await _Errand(work, self.loop, caller).result()

    async def pump(self, source: AsyncGenerator[T, None]) -> "Pump[T]":
        """A stream of this loop that other loops and threads read item by item; to be run on this loop."""
        return Pump(source)

    def stop(self) -> None:
        """End the server, its open requests and its thread; safe to call twice."""
        if self._thread.is_alive():
            self.loop.call_soon_threadsafe(self._over.set)
            self._thread.join()

    def _run(self) -> None:
        config = self._server.config
        try:
            with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
                runner.run(self._main())
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that waits for the start
            self._error = error
            self._ready.set()

    async def _main(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.loop.set_default_executor(ThreadPoolExecutor(thread_name_prefix=THREAD_NAME))
        config = self._server.config
        config.load()
        self._server.lifespan = config.lifespan_class(config)
        await self._server.startup(sockets=[self._socket])
        self._ready.set()
        await self._over.wait()
        await self._close()

    async def _close(self) -> None:
        state = self._server.server_state
        for server in self._server.servers:
            server.close()
        for task in (tasks := list(state.tasks)):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for connection in list(state.connections):
            connection.shutdown()
        for _ in range(2):  # closing a transport takes a turn of the loop, telling its protocol another
            await asyncio.sleep(0)


class Pump(Generic[T]):
    """An async generator driven by one task, however many tasks ask for its items.

    Cancel scopes inside a generator must be left by the task that entered them, and every hop from
    another thread is a task of its own.
    """

    def __init__(self, source: AsyncGenerator[T, None]) -> None:
        self._items: asyncio.Queue[T | BaseException | None] = asyncio.Queue(maxsize=1)
        self._task = asyncio.create_task(self._drive(source))

    async def next(self) -> T | None:
        """The next item, None at the end; raises what the generator raised."""
        item = await self._items.get()
        if isinstance(item, BaseException):
            raise item
        return item

    async def close(self) -> None:
        """Close the generator where it stands."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _drive(self, source: AsyncGenerator[T, None]) -> None:
        end: BaseException | None = None
        try:
            async with aclosing(source):
                async for item in source:
                    await self._items.put(item)
        except Exception as error:  # noqa: BLE001 - raised again for whoever reads
            end = error
        await self._items.put(end)


class _Errand(Generic[T]):
    """Work on one loop for somebody on another.

    `asyncio.run_coroutine_threadsafe` with `wrap_future` does the same by way of a future that threads can
    wait for, and takes twice as long.
    """

    def __init__(
        self, work: Coroutine[Any, Any, T], there: asyncio.AbstractEventLoop, here: asyncio.AbstractEventLoop
    ) -> None:
        self._work, self._there, self._here = work, there, here
        self._came: asyncio.Future[T] = here.create_future()
        self._task: asyncio.Task[T] | None = None

    async def result(self) -> T:
        """The result of the work, which is cancelled when its caller is."""
        self._there.call_soon_threadsafe(self._begin)
        try:
            return await self._came
        except asyncio.CancelledError:
            with suppress(RuntimeError):  # that loop is closed
                self._there.call_soon_threadsafe(self._cancel)
            raise

    def _begin(self) -> None:
        self._task = self._there.create_task(self._work)
        self._task.add_done_callback(self._end)

    def _cancel(self) -> None:
        assert self._task is not None  # a loop does what it is told in order
        self._task.cancel()

    def _end(self, task: asyncio.Task[T]) -> None:
        if not task.cancelled():
            task.exception()  # it counts as seen, even when the caller has left
        with suppress(RuntimeError):  # the caller left, and its loop is closed
            self._here.call_soon_threadsafe(self._tell, task)

    def _tell(self, task: asyncio.Task[T]) -> None:
        error = None if task.cancelled() else task.exception()
        if self._came.done():
            return
        if task.cancelled():
            self._came.cancel()
        elif error is not None:
            self._came.set_exception(error)
        else:
            self._came.set_result(task.result())


async def _wait_in_thread(future: Future[T]) -> T:
    from anyio import to_thread  # noqa: PLC0415 - only a trio loop waits like this

    try:
        return await to_thread.run_sync(future.result, abandon_on_cancel=True)
    finally:
        future.cancel()


def _config(app: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=_protocol(),
        loop="uvloop" if find_spec("uvloop") else "asyncio",
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        log_level="critical",  # what it would report, a client that left, is normal here
        access_log=False,
        server_header=False,
        proxy_headers=False,
        date_header=False,
        timeout_keep_alive=3600,
    )


def _protocol() -> Any:  # Any: uvicorn does not name the type
    if find_spec("httptools") is None:
        return "h11"
    from pytest_llmock.server.joining import JoiningProtocol  # noqa: PLC0415 - it needs httptools

    return JoiningProtocol


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio only turns Nagle's algorithm off, 40 ms a call, on sockets that say they are TCP
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise SettingsError(
            f"The server cannot listen on {host} port {port}: {error.strerror}. Choose another --port, "
            "or 0 for any free one."
        ) from error
    listener.listen(2048)
    listener.setblocking(False)
    return listener
