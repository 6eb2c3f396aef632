"""Tests whose live backend is absent: skipped with the reason, when they or the run ask for that.

Imported by the tests that use us, not by every run.
"""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pytest_llmock.backends.health import Health
    from pytest_llmock.server.runtime import Runtime
    from pytest_llmock.session import Session

ASKED = pytest.StashKey[dict[tuple[str, str], "Health"]]()
ALWAYS_LIVE = frozenset({"off", "all", "rewrite", "verify"})
LIVE_AT_FIRST = frozenset({"once", "new"})  # until there is a cassette, from which they play


def skip_if_down(runtime: "Runtime", session: "Session", config: pytest.Config) -> None:
    """Skip the test when it asks for that and its live backend, which it would call, is down.

    The session is ended then. Each backend is asked once in a process.
    """
    leaves = session.expected() if session.choice.skip_unhealthy and _is_live(session) else []
    if not leaves or any(leaf.check is None for leaf in leaves):
        return
    known, problems = config.stash.setdefault(ASKED, {}), []
    for leaf in leaves:
        key = leaf.name, leaf.base_url
        if key not in known:
            known[key] = session.health(leaf.name)
        if known[key].up:
            return
        state = "usable" if known[key].reachable else "reachable"
        problems.append(f"backend '{leaf.name}' is not {state}: {known[key].problem}")
    runtime.end(session)
    pytest.skip(" ".join(problems))


def _is_live(session: "Session") -> bool:
    """Whether the record mode lets the test call its backend."""
    mode, place = session.choice.record, session.choice.place
    if mode in ALWAYS_LIVE:
        return True
    return mode in LIVE_AT_FIRST and (place is None or not place.path.exists())
