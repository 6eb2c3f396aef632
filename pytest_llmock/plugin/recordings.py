"""Where the recordings of each test are, and which of them a run finds unused.

Imported by the tests that use us, not by every run.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_llmock.cassettes.names import cassette_path, cassettes_folder, differs_by_case
from pytest_llmock.choice import Place
from pytest_llmock.errors import CassetteError

if TYPE_CHECKING:
    from pytest_llmock.cassettes.unused import Collected
    from pytest_llmock.config import Settings
    from pytest_llmock.report.terminal import Totals
    from pytest_llmock.session import Session

Marker = Mapping[str, object]


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
    clean = redactor_for(settings).text  # a name is written too
    params = callspec.params if callspec else {}
    return cassette_path(
        test_file=node.path,
        rootdir=node.config.rootpath,
        qualname=qualname,
        params={key: clean(value) if isinstance(value, str) else value for key, value in params.items()},
        ids={key: str(index) for key, index in callspec.indices.items()} if callspec else {},
        folder=settings.cassettes,
        named=None if named is None else str(named),
        twin=differs_by_case(getattr(node, "module", None), qualname),
    )


def collected(
    config: pytest.Config,
    settings: "Settings",
    items: Sequence[pytest.Item],
    ours: Iterable[tuple[pytest.Item, Marker]],
) -> "Collected | None":
    """The cassettes that the tests of a full run may have; None where there are no cassettes at all."""
    if settings.unused == "ignore":
        return None
    folders = {cassettes_folder(item.path, config.rootpath, settings.cassettes) for item in items}
    found = sorted(str(folder) for folder in folders if folder.is_dir())
    if not found:
        return None
    paths = {str(cassette(item, settings, marker)) for item, marker in ours}
    return {"cassettes": sorted(paths), "folders": found}


def account(session: "Session", totals: "Totals") -> None:
    """A test has passed in all its phases: note which of its recordings it played."""
    try:
        played = session.account()
    except CassetteError as error:  # nothing was played from it, or the test would have failed
        totals["remarks"].append(error.message)
        return
    if played is not None:
        totals["accounts"].append(played)


def judge(config: pytest.Config, settings: "Settings", totals: "Totals", complete: bool) -> bool:
    """Tell or remove what no test played, and cassettes without a test; whether the run fails for it.

    Cassettes without a test are known only after a `complete` run.
    """
    from pytest_llmock.cassettes.unused import orphans, prune, told, unused

    mode = settings.unused
    if mode == "ignore":
        return False
    gone = orphans(totals["collected"]) if complete and totals["collected"] else []
    found = unused(totals["accounts"])
    lines = (prune if mode == "prune" else told)(found, gone, config.rootpath)
    totals["remarks"] += lines
    return mode == "fail" and bool(lines)
