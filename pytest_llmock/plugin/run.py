"""What is known of a run and its tests: settings, markers, totals.

Every run imports this module, so it imports nothing heavy before it is asked.
"""

import os
import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pytest

from pytest_llmock.plugin.options import command_line, ini
from pytest_llmock.report.terminal import Totals

if TYPE_CHECKING:
    from pytest_llmock.config import Settings
    from pytest_llmock.session import Session

SETTINGS = pytest.StashKey[list[tuple[object, "Settings"]]]()
SESSION: "pytest.StashKey[Session]" = pytest.StashKey()
TOTALS = pytest.StashKey[Totals]()


def settings_of(config: pytest.Config, given: "Settings | Mapping[str, object] | None" = None) -> "Settings":
    """The settings of the run, or those a conftest gave with the run's options over them; loaded once."""
    known = config.stash.setdefault(SETTINGS, [])
    for source, settings in known:
        if given is source or given is settings:
            return settings
    from pytest_llmock.choice import check_supported
    from pytest_llmock.config import load_settings

    settings = load_settings(
        config.rootpath,
        environ=os.environ,
        ini=ini(config),
        command_line=command_line(config),
        overrides=given,
    )
    check_supported(settings)
    known.append((given, settings))
    for warning in settings.warnings:
        config.issue_config_time_warning(pytest.PytestConfigWarning(f"llmock: {warning}"), stacklevel=2)
    return settings


def effective(
    config: pytest.Config, given: "Settings | Mapping[str, object]", marker: Mapping[str, object], where: str
) -> "Settings":
    """The settings of one test: what the fixture gave, and the marker's config over it."""
    if not isinstance(given, Mapping) and not hasattr(given, "merged"):
        from pytest_llmock.errors import SettingsError

        raise SettingsError(
            f"The fixture llmock_settings gave {type(given).__name__}: return a dict or Settings from it."
        )
    settings = settings_of(config, given)
    overrides = marker.get("config")
    if not isinstance(overrides, Mapping):
        return settings
    own = settings.merged(overrides, where=where)
    for warning in [each for each in own.warnings if each not in settings.warnings]:
        warnings.warn(pytest.PytestConfigWarning(f"llmock: {warning}"), stacklevel=2)
    return own


def marker_of(node: Any) -> dict[str, object]:
    """What the markers of a test say together; the closest wins, key by key."""
    values: dict[str, object] = {}
    for mark in node.iter_markers("llmock"):  # the closest comes first
        values = {**mark.kwargs, **values}
    return values


def is_in_ci() -> bool:
    """Whether the run is on a build machine, where nothing is recorded by mistake."""
    return os.environ.get("CI", "").lower() not in ("", "0", "false")
