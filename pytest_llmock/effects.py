"""Functions of tests that answer, a request of the mock API or a prompt, each call in a thread of its own.

Rules: the server's loop never waits for one, and neither does the end of the run: the threads are daemons. An
async function gets a loop of its own in its thread, and so cannot use what belongs to the test's.
"""

import asyncio
import contextvars
import inspect
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import TypeVar

T = TypeVar("T")


async def outcome(effect: Callable[[T], object], asked: T) -> object:
    """What the function returns for what is asked, or raises."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[object] = loop.create_future()
    context = contextvars.copy_context()

    def tell(report: Callable[[asyncio.Future[object]], None]) -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(lambda: None if future.done() else report(future))

    def run() -> None:
        try:
            value = context.run(_called, effect, asked)
        except BaseException as error:  # noqa: BLE001 - whatever it is, it is for the one who waits
            raised = _told(error)
            tell(lambda waiting: waiting.set_exception(raised))
        else:
            tell(lambda waiting: waiting.set_result(value))

    Thread(target=run, name="llmock-side-effect", daemon=True).start()
    return await future


def place_of(error: BaseException) -> str:
    """Where a user's function went wrong: "test_users.py:12", the last line that no installed package has."""
    import sysconfig  # noqa: PLC0415 - only a function that failed needs it
    import traceback  # noqa: PLC0415 - read only when a function of the user's has raised

    installed = (str(Path(__file__).parent), *map(sysconfig.get_path, ("stdlib", "purelib", "platlib")), "<")
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if not frame.filename.startswith(installed)] or frames[-1:]
    return f"{Path(own[-1].filename).name}:{own[-1].lineno}" if own else "an unknown place"


def _called(effect: Callable[[T], object], asked: T) -> object:
    value = effect(asked)
    return asyncio.run(_awaited(value)) if inspect.isawaitable(value) else value


def _told(error: BaseException) -> Exception:
    """The error as a future can hold it; pytest.fail() and what else ends a test is a failed assertion."""
    if isinstance(error, Exception) and not isinstance(error, StopIteration):
        return error
    return AssertionError(f"{type(error).__name__}: {error}")


async def _awaited(value: Awaitable[object]) -> object:
    return await value
