"""`pytest-llmock backends list`: nothing is asked, no key is read."""

import json
from collections.abc import Sequence
from pathlib import Path

import click

from pytest_llmock.backends.live import Live
from pytest_llmock.backends.registry import BUILT_IN, Backends, configured
from pytest_llmock.cli.arguments import config_option, settings_of
from pytest_llmock.cli.rendering import visible
from pytest_llmock.config import BackendSettings, Settings

NONE = "No backend is configured: 'synthetic' answers."
_HEAD = ("NAME", "PROVIDER", "MODEL", "ADDRESS", "ENABLED", "WEIGHT", "PRIORITY", "FAILOVER")


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """The rows as lines, each column as wide as its widest cell; an empty cell is a dash."""
    shown = [[visible(cell).replace("\n", " ") or "-" for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
    return ["  ".join(map(str.ljust, row, widths)).rstrip() for row in shown]


def backends_of(settings: Settings, live: Live) -> Backends:
    """The backends of the settings, and the built-in ones."""
    return configured(settings, live=live.leaf, seed=settings.seed, strict=True)


@click.command("list")
@config_option
@click.option("--json", "as_json", is_flag=True, help="As JSON: a list with a mapping for each backend.")
def list_command(config: Path | None, *, as_json: bool) -> None:
    """Say which backends the settings configure, in their order, and how.

    Enabled ones answer when a test or a request names them; the first one when nobody is named.
    """
    settings = settings_of(config)
    leaves = backends_of(settings, Live())
    rows = [_row(backend, settings, leaves) for backend in settings.backends]
    if as_json:
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    texts = [[_text(value) for value in row.values()] for row in rows]
    for line in aligned([_HEAD, *texts]) if rows else [NONE]:
        click.echo(line)
    built_in = [name for name in BUILT_IN if settings.backend_named(name) is None]
    if built_in:
        click.echo(f"\nAlways there: {', '.join(built_in)}.")


def _row(backend: BackendSettings, document: Settings, leaves: Backends) -> dict[str, object]:
    leaf = leaves[backend.name]
    failover = document.failover if backend.failover is None else backend.failover
    return {
        "name": leaf.name,
        "provider": leaf.provider,
        "model": leaf.model,
        "base_url": leaf.base_url,
        "enabled": leaf.enabled,
        "weight": backend.weight,
        "priority": backend.priority,
        "failover": failover,
    }


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(value) if isinstance(value, tuple) else str(value)
