"""How the calls of one test use their cassette."""

from dataclasses import dataclass
from datetime import timedelta
from os.path import relpath
from pathlib import Path
from typing import Literal

from pytest_llmock.cassettes.match import Level

Mode = Literal["none", "once", "new", "all", "rewrite", "verify"]
Expiry = Literal["warn", "fail", "record"]


@dataclass(frozen=True, slots=True)
class Policy:
    """How the calls of one test use their cassette.

    `began` is when the run began, in seconds since 1970: what was recorded since belongs to this run, and
    `once` goes on recording into it. `shared` cassettes have a name of their own and may hold the calls of
    several tests. `endless` is for a server without tests: what it records is kept at
    once, not when a test has passed. `speed` is the pace of replay, 0 without waiting.
    """

    path: Path
    test: str = ""
    mode: Mode = "none"
    level: Level = "exact"
    repeat: bool = False
    max_age: timedelta | None = None
    on_expiry: Expiry = "warn"
    speed: float = 0.0
    began: float = 0.0
    rootdir: Path = Path()
    in_ci: bool = False
    shared: bool = False
    endless: bool = False


def shown(path: Path, rootdir: Path) -> str:
    """The path as messages show it: from `rootdir`, where it is below it."""
    return Path(relpath(path, rootdir)).as_posix() if path.is_relative_to(rootdir) else str(path)
