"""The processes that run llama.cpp for this one, and the way to their addresses.

Why not in this process: xllamacpp holds the interpreter's lock while it loads a model and while it closes
one, so that every thread stands still (1.2 s for 1.5 GB that the disk had cached), and closing while an
answer is still being made never returns. A process also keeps a crash to itself, gives its memory back, and
says on its standard error why a model does not load, which the exception does not.
"""

import asyncio
import json
import secrets
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from pytest_llmock.backends.http import safe

SCRIPT = Path(__file__).with_name("llama_server.py")
SLOTS = 4
END_S = 5.0
_MAGIC = b"GGUF"
_REASON = "error loading model: "
_COMPLAINT = " E "


class NotLoadedError(Exception):
    """Why a model cannot run, and what to do, as the end of a sentence."""


@dataclass(frozen=True, slots=True)
class Model:
    """A file, and the tokens that each of SLOTS calls at a time may use."""

    path: Path
    context: int


class Process:
    """A process that loads a model and then serves it; `key` opens it."""

    def __init__(self, model: Model) -> None:
        check(model.path)
        self.key = secrets.token_urlsafe(16)
        self._model = model
        self._log: IO[bytes] = TemporaryFile()  # noqa: SIM115 - open until `stop`, as the process
        # -P: beside the script stand modules that are called as some of the standard library
        self._process = subprocess.Popen(  # noqa: S603 - our own script, no shell, no word of a user
            [sys.executable, "-P", str(SCRIPT)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
        )
        self._tell()

    @property
    def is_over(self) -> bool:
        """Whether it has ended, by itself or by `stop`."""
        return self._process.poll() is not None

    def address(self) -> str:
        """Where it serves, when the model is loaded; NotLoadedError when it cannot be. Blocks."""
        assert self._process.stdout is not None
        address = self._process.stdout.readline().decode().strip()
        if not address:
            self._end()
            complaint = self._complaint()
            self.stop()
            raise NotLoadedError(f"cannot be loaded by llama.cpp: {complaint}")
        return address

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()

    def stop(self) -> None:
        """End it, and close everything that is open to it. Blocks; safe to call twice."""
        self._end()
        self._log.close()

    def _end(self) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            with suppress(OSError):  # what could not be written to a process that has ended
                pipe.close()
        try:
            self._process.wait(END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _tell(self) -> None:
        order = {
            "path": str(self._model.path),
            "alias": self._model.path.name,
            "context": self._model.context,
            "slots": SLOTS,
            "key": self.key,
        }
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):  # it has ended: `address` says why
            self._process.stdin.write(f"{json.dumps(order)}\n".encode())
            self._process.stdin.flush()

    def _complaint(self) -> str:
        self._log.seek(0)
        lines = self._log.read().decode("utf-8", "replace").splitlines()
        reasons = [line.partition(_REASON)[2] for line in lines if _REASON in line]
        complaints = [line.partition(_COMPLAINT)[2] for line in lines if _COMPLAINT in line]
        said = next(iter([*reasons, *complaints, *lines[-1:]]), "it ended without a word")
        return safe(said, 300).rstrip(".")


def check(path: Path) -> None:
    """NotLoadedError for what can be known before llama.cpp is started."""
    if not path.exists():
        raise NotLoadedError("does not exist. Put the GGUF file there, or set 'ModelName' to where it is")
    try:
        with path.open("rb") as file:
            start = file.read(len(_MAGIC))
    except OSError as error:
        raise NotLoadedError(f"cannot be read: {error.strerror}") from error
    if start != _MAGIC:
        raise NotLoadedError(f"is no GGUF file: it begins with {start!r}. Set 'ModelName' to one that is")
    if find_spec("xllamacpp") is None:
        raise NotLoadedError("needs llama.cpp: pip install 'pytest-llmock[llamacpp]'")


class Processes:
    """The processes of one event loop, one for each model; a model is loaded when it is first asked for."""

    def __init__(self) -> None:
        self._loading: dict[Model, asyncio.Task[tuple[Process, str]]] = {}
        self._started: list[Process] = []
        self._closed = False

    async def running(self, model: Model) -> tuple[Process, str]:
        """The process that serves the model, and its address; NotLoadedError when it cannot be.

        A caller that leaves does not stop the loading: the next one finds it done. One that failed or died
        is started anew.
        """
        task = self._loading.get(model)
        if task is None or _is_over(task):
            task = self._loading[model] = asyncio.create_task(self._start(model))
            task.add_done_callback(_failed)
        return await asyncio.shield(task)

    async def aclose(self) -> None:
        """End them all, those that are still loading too."""
        self._closed = True
        loading = [task for task in self._loading.values() if not task.done()]
        if loading:
            for process in self._started:
                process.kill()  # while it loads it hears nothing
            await asyncio.gather(*loading, return_exceptions=True)
        await asyncio.gather(*(asyncio.to_thread(process.stop) for process in self._started))

    async def _start(self, model: Model) -> tuple[Process, str]:
        process = await asyncio.to_thread(Process, model)
        self._started.append(process)
        if self._closed:
            process.kill()
        return process, await asyncio.to_thread(process.address)


def _is_over(task: asyncio.Task[tuple[Process, str]]) -> bool:
    return task.done() and (_failed(task) or task.result()[0].is_over)


def _failed(task: asyncio.Task[tuple[Process, str]]) -> bool:
    """Whether it failed; asked, because asyncio would log a failure that nobody waited for."""
    return task.cancelled() or task.exception() is not None
