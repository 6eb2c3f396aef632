"""Where the recordings of each test are, and which of them a run finds unused.

Imported by the tests that use us, not by every run.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_llmock.cassettes.names import cassette_path, cassettes_folder, differs_by_case
from pytest_llmock.choice import Place
from pytest_llmock.errors import LLMockError, SettingsError

if TYPE_CHECKING:
    from pytest_llmock.config import Settings
    from pytest_llmock.report.terminal import Totals
    from pytest_llmock.session import Session

Marker = Mapping[str, object]
_DATA = (str, dict, list, tuple)


def place(node: Any, settings: "Settings", marker: Marker, *, began: float) -> Place:
    """Where the recordings of a test are; the file is looked for when somebody needs it."""
    shared = "cassette" in marker
    return Place(lambda: cassette(node, settings, marker), shared, rootdir=node.config.rootpath, began=began)


def cassette(node: Any, settings: "Settings", marker: Marker) -> Path:
    """The cassette of a test. Raises SettingsError for a name in its marker that leaves the folder."""
    from pytest_llmock.cassettes.opening import redactor_for

    classes = [part.name for part in node.listchain() if isinstance(part, pytest.Class)]
    name = getattr(node, "originalname", None) or node.name
    qualname, named = ".".join([*classes, name]), marker.get("cassette")
    callspec = getattr(node, "callspec", None)
    redactor = redactor_for(settings)  # a name is written too
    params = callspec.params if callspec else {}
    return cassette_path(
        test_file=node.path,
        rootdir=node.config.rootpath,
        qualname=qualname,
        params={
            key: redactor.json(value) if type(value) in _DATA else value for key, value in params.items()
        },
        ids={key: str(index) for key, index in callspec.indices.items()} if callspec else {},
        folder=_folder(settings),
        named=None if named is None else str(named),
        twin=differs_by_case(getattr(node, "module", None), qualname),
    )


def _folder(settings: "Settings") -> Path | None:
    return None if settings.cassettes is None else settings.cassettes.expanduser()


def check_folder(config: pytest.Config, settings: "Settings") -> None:
    """Raise SettingsError when what should be the folder of all cassettes is a file."""
    folder = _folder(settings)
    if folder is not None and (config.rootpath / folder).is_file():
        raise SettingsError(
            f"The {settings.origins['cassettes']} sets cassettes to '{settings.cassettes}', which is a file: "
            "name a folder, such as 'cassettes'."
        )


def orphaned(
    config: pytest.Config,
    settings: "Settings",
    items: Sequence[pytest.Item],
    ours: Iterable[tuple[pytest.Item, Marker]],
) -> list[str]:
    """The cassettes that belong to none of the collected tests, which are all there are."""
    from pytest_llmock.cassettes.unused import orphans

    folders = {cassettes_folder(item.path, config.rootpath, _folder(settings)) for item in items}
    found = sorted(folder for folder in folders if folder.is_dir())
    if not found or settings.unused == "ignore" or (settings.cassettes and not _is_everything(config)):
        return []
    known = {cassette(item, settings, marker) for item, marker in ours}
    return [str(path) for path in orphans(found, known, {item.nodeid for item in items})]


def _is_everything(config: pytest.Config) -> bool:
    """Whether the run is of the whole project: one folder for all cassettes has those of every test."""
    if config.args_source is pytest.Config.ArgsSource.TESTPATHS:
        return True
    named = {(config.invocation_params.dir / arg).resolve() for arg in config.args}
    return config.rootpath.resolve() in named


def conclude(session: "Session", totals: "Totals", *, passed: bool, whole: bool) -> LLMockError | None:
    """A test is over: keep what it recorded; the error when that cannot be done.

    `whole`: it ran and passed in all its phases, so that what it did not play is unused.
    """
    error: LLMockError | None = session.keep(passed=passed)
    if whole:
        try:
            played = session.account()
        except LLMockError as problem:  # nothing was played from it, or the test would have failed
            totals["remarks"].append(problem.message)
        else:
            totals["accounts"] += [played] if played is not None else []
    totals["remarks"] += session.remarks
    return error


def judge(config: pytest.Config, settings: "Settings", totals: "Totals", complete: bool) -> bool:
    """Tell or remove what no test played, and cassettes without a test; whether the run fails for it.

    Cassettes without a test are known only after a `complete` run.
    """
    from pytest_llmock.cassettes.unused import prune, told, unused

    mode = settings.unused
    if mode == "ignore":
        return False
    used = {account["path"] for account in totals["accounts"]}
    gone = [Path(path) for path in totals["orphans"] if path not in used] if complete else []
    found = unused(totals["accounts"])
    lines = (prune if mode == "prune" else told)(found, gone, config.rootpath)
    totals["remarks"] += lines
    return mode == "fail" and bool(lines)
