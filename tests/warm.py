"""Programs of this environment without the second that each spends on imports: copies of a process that has them.

Run as a script it is that process. pytest, its plugins, openai and our modules are imported, under pytest's own
import hook, and nothing else was done. For each program asked of it the process forks, and the copy goes on as
`python -m PROGRAM` would: arguments, folder, environment, standard streams and exit status are its own, and it
ends as an interpreter ends. What is the same in all copies is what was imported, and the seed of hash().
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Self

# what a run imports late: our modules' and clients' own imports of it stand in functions
LATE = (
    *("httpcore", "httpcore2", "openai.resources.chat", "truststore", "yaml", "encodings.utf_8_sig"),
    *("uvicorn.lifespan.off", "uvicorn.loops.uvloop", "uvicorn.protocols.http.httptools_impl", "uvloop"),
)
NOT_OURS = ("pytest_llmock.__main__", "pytest_llmock.plugin", "pytest_llmock.strategies")
ABROAD = ("-pno:randomly", "-pno:respx", "-pno:hypothesispytest", "-pno:cacheprovider")
# read when an interpreter starts: a copy of one that has started cannot change its mind
FIXED = ("PYTHON", "COVERAGE")
TIMEOUT_S = 120

Done = subprocess.CompletedProcess[str]


def fixed(env: Mapping[str, str]) -> dict[str, str]:
    """The variables of an environment that a copy cannot change."""
    return {name: value for name, value in env.items() if name.startswith(FIXED)}


class Warm:
    """Runs modules as programs: each in a copy of one process, which is started for the first of them."""

    def __init__(self, folder: Path) -> None:
        self._streams = (folder / "stdout", folder / "stderr")
        self._env = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
        self._process: subprocess.Popen[str] | None = None

    def run(self, module: str, *args: str, cwd: Path, env: Mapping[str, str]) -> Done:
        """What `python -m module args` printed and how it ended."""
        if not hasattr(os, "fork") or fixed(env) != fixed(self._env):
            return self.start(module, *args, cwd=cwd, env=env)
        job = {"module": module, "args": args, "cwd": str(cwd), "env": dict(env)}
        status = self._ask(json.dumps({**job, "streams": [str(path) for path in self._streams]}))
        out, err = (path.read_text(encoding="utf-8") for path in self._streams)
        assert status != -signal.SIGALRM, f"{module} {args} took longer than {TIMEOUT_S} s:\n{out}{err}"
        return Done(args, status, out, err)

    @staticmethod
    def start(module: str, *args: str, cwd: Path, env: Mapping[str, str]) -> Done:
        """The same in an interpreter that starts now."""
        return subprocess.run(
            [sys.executable, "-m", module, *args],
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=TIMEOUT_S,
            check=False,
        )

    def _ask(self, job: str) -> int:
        """The exit status of what a copy ran."""
        if self._process is None:
            pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
            self._process = subprocess.Popen([sys.executable, __file__], **pipes, env=self._env, text=True)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{job}\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.communicate()


def imports() -> None:
    """Import as a run of pytest does: what it rewrites is rewritten, and a warning is an error."""
    import contextlib
    import importlib

    import pytest

    class Plugin:
        def pytest_configure(self):
            import pytest_llmock  # not before pytest's hook is there

            root = Path(pytest_llmock.__file__).parent
            files = [file.relative_to(root.parent).with_suffix("") for file in sorted(root.rglob("*.py"))]
            ours = [".".join(file.parts).removesuffix(".__init__") for file in files]
            for name in (*ours, *LATE):
                if not name.startswith(NOT_OURS):
                    importlib.import_module(name)

    with Path(os.devnull).open("w") as nowhere, contextlib.redirect_stdout(nowhere):
        run = ["--markers", "--noconftest", "-c", os.devnull, "-Werror", *ABROAD]
        asyncio = "-oasyncio_default_fixture_loop_scope=function"  # or it warns
        assert pytest.main([*run, asyncio], plugins=[Plugin()]) == 0


def next_job() -> dict:
    """Returns in a copy, with what it is to run; the process itself stays in here until its input ends."""
    asked, answers = os.fdopen(os.dup(0)), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    for line in asked:
        copy = os.fork()
        if not copy:
            os.close(answers)
            asked.close()
            return json.loads(line)
        os.write(answers, f"{os.waitstatus_to_exitcode(os.waitpid(copy, 0)[1])}\n".encode())
    sys.exit()


def become(job: dict) -> None:
    """Everything that the caller of a program decides."""
    import importlib

    for number, path in enumerate(job["streams"], start=1):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    os.chdir(job["cwd"])
    os.environ.clear()
    os.environ.update(job["env"])
    sys.argv = ["", *job["args"]]
    sys.path[0] = job["cwd"]
    importlib.invalidate_caches()
    signal.alarm(TIMEOUT_S)


if __name__ == "__main__":
    import gc
    import runpy

    imports()
    gc.collect()
    gc.freeze()
    todo = next_job()
    become(todo)
    runpy.run_module(todo["module"], run_name="__main__", alter_sys=True)
