"""Sessions without pytest: `with connect() as session: session.pipeline(…).run_sync({})`."""

import logging
import os
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Never

from pytest_llmock.choice import Choice, Place, choose_alone
from pytest_llmock.clock import SystemClock
from pytest_llmock.config import Settings, load_settings
from pytest_llmock.errors import SettingsError
from pytest_llmock.server.runtime import Runtime
from pytest_llmock.session import Session

CASSETTE = "connect.yaml"
_RECORDING = ("once", "new", "new_episodes", "all", "rewrite", "verify")
log = logging.getLogger("pytest_llmock")


class connect:  # noqa: N801 - it is called as a function is, and only to be entered
    """A session on a server of its own, for as long as the block lasts; `with` and `async with` both do.

    `settings` is a Settings or a mapping of settings over those of the current folder (appsettings.json, …);
    `backend` answers whatever names nobody. Live backends are called and not recorded. With `cassettes` (a
    folder, or a .yaml file in one) `record` may be "none", "once", "new" or "all", as in a test run. It is
    strict, as a test is: a backend that does not exist is refused, unless the settings say `strict` false.
    Raises SettingsError when made or entered, and CassetteError when what was recorded cannot be kept.
    """

    def __init__(
        self,
        settings: Settings | Mapping[str, object] | None = None,
        *,
        backend: str | None = None,
        record: str = "off",
        cassettes: str | Path | None = None,
    ) -> None:
        if cassettes is None and record in _RECORDING:
            raise SettingsError(
                f"record={record!r} needs a place for what it records: connect(record={record!r}, "
                "cassettes='recordings')."
            )
        self._given, self._place = settings, None if cassettes is None else _place(Path(cassettes))
        self._said = {"record": record} | ({"backend": backend} if backend else {})
        self._runtime: Runtime | None = None
        self._session: Session | None = None

    def __enter__(self) -> Session:
        if self._runtime is not None:
            raise RuntimeError("This connect() was entered before: each block needs one of its own.")
        settings, choice = self._chosen()
        self._runtime = Runtime()
        try:
            self._session = self._runtime.open(settings, choice)
        except BaseException:
            self._runtime.close()
            raise
        return self._session

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._runtime is not None
        assert self._session is not None
        try:
            self._runtime.end(self._session)
            unkept = self._session.keep(passed=error is None)
        finally:
            self._runtime.close()
        if unkept is not None and error is None:
            raise unkept

    async def __aenter__(self) -> Session:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, trace)

    def __getattr__(self, name: str) -> Never:
        meant = f"with connect() as session: session.{name}"
        told = "" if name.startswith("_") else f" It belongs to the session that a block gets: {meant}."
        raise AttributeError(f"'connect' has no attribute '{name}'.{told}", name=name, obj=self)

    def _chosen(self) -> tuple[Settings, Choice]:
        settings = load_settings(
            Path.cwd(), environ=os.environ, command_line=self._said, overrides=self._given
        )
        for warning in settings.warnings:
            log.warning("%s", warning)
        return settings, choose_alone(settings, name="connect()", place=self._place, strict=True)


def _place(cassettes: Path) -> Place:
    file = cassettes if cassettes.suffix in (".yaml", ".yml") else cassettes / CASSETTE
    path, began = Path.cwd() / file, SystemClock().wall()
    return Place(lambda: path, rootdir=Path.cwd(), began=began, endless=True)
