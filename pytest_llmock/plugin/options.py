"""Every option of a test run, once: its ini key, its command line form, its help.

Every run imports this module, so it imports nothing of ours.
"""

import argparse
import os
from collections.abc import Mapping
from typing import Any

import pytest

RECORD_HELP = "none (default) | once | new | all | rewrite | verify | off (live, nothing recorded)"

# name, ini type, what argparse needs beside help (None: no command line option), help: one row per ini key
OPTIONS: tuple[tuple[str, Any, Mapping[str, Any] | None, str], ...] = (
    (
        "backend",
        "string",
        {"action": "append", "metavar": "NAME"},
        "backend of tests without one; repeatable",
    ),
    ("map", "linelist", {"action": "append", "metavar": "OLD=NEW"}, "let NEW answer for OLD, *=NEW for all"),
    ("config", "string", {"metavar": "FILE"}, "settings file (.toml or .json)"),
    ("record", "string", {"metavar": "MODE"}, RECORD_HELP),
    (
        "cassettes",
        "string",
        {"metavar": "DIR"},
        "where cassettes live (default: cassettes/ beside the test file)",
    ),
    (
        "unused",
        "string",
        {"metavar": "MODE"},
        "report (default) | fail | prune | ignore unplayed interactions",
    ),
    ("match", "string", None, "exact (default) | normalised | shape | sequence: which recording answers"),
    ("repeat", "string", None, "never (default) | last: whether a request's last recording plays again"),
    ("max_age", "string", None, "age at which a recording expires, such as 90d"),
    ("on_expiry", "string", None, "warn (default) | fail | record: what happens then"),
    ("replay_speed", "string", None, "pace of replayed streams: 0 (default) without waiting, 1 as recorded"),
    ("redact", "linelist", None, "patterns of your own secrets: NAME=REGEX or REGEX"),
    ("normalise", "linelist", None, "patterns of what changes from run to run, for match = normalised"),
    ("similarity", "string", None, "package.module:function that scores two texts, for record mode verify"),
    ("seed", "int", {"metavar": "N"}, "seed of everything random (default 0)"),
    (
        "skip_unhealthy",
        "bool",
        {"action": "store_true", "default": None},
        "skip tests whose live backend would be called and is down",
    ),
    ("chaos", "float", {"metavar": "RATE"}, "inject seeded faults into this share of backend calls"),
    ("script", "string", {"metavar": "FILE"}, "rules that answer in place of backends (.yaml or .json)"),
    ("report", "string", {"metavar": "FILE.html", "help": argparse.SUPPRESS}, "not built yet, and refused"),
    ("max_cost", "float", {"metavar": "USD"}, "budget of the whole run"),
    ("max_tokens", "int", {"metavar": "N"}, "token budget of the whole run"),
    ("min_quality", "float", {"metavar": "0..1"}, "quality floor of the whole run"),
)

_WRITE: Mapping[str, str] = {
    "int": " Write a whole number, such as 3.",
    "float": " Write a number, such as 0.5.",
    "bool": " Write true or false.",
}
NAMES = (*(name for name, *_ in OPTIONS), "strict")


def command_line(config: pytest.Config) -> dict[str, object]:
    """What the command line says."""
    given = {name: config.getoption(f"llmock_{name}", None) for name in NAMES}
    return {name: value for name, value in given.items() if value is not None}


def ini(config: pytest.Config) -> dict[str, object]:
    """What pytest's own configuration file says. Raises SettingsError for a value of another type."""
    given = {name: _ini_value(config, f"llmock_{name}") for name in NAMES}
    return {name: value for name, value in given.items() if value is not None}


def _ini_value(config: pytest.Config, key: str) -> object:
    try:
        return config.getini(key)
    except (TypeError, ValueError, pytest.UsageError) as error:  # pytest's own message does not name the key
        from pytest_llmock.errors import SettingsError

        kind = next((kind for name, kind, *_ in OPTIONS if f"llmock_{name}" == key), "bool")
        raise SettingsError(f"The ini key {key} cannot be read: {error}.{_WRITE.get(kind, '')}") from error


def environment() -> dict[str, str]:
    """What LLMOCK_… variables say."""
    given = {name: os.environ.get(f"LLMOCK_{name.upper()}") for name in NAMES}
    return {name: value for name, value in given.items() if value is not None}
