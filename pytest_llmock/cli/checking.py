"""`pytest-llmock backends check`: the live backends are asked, all at the same time."""

import asyncio
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from pytest_llmock.backends.health import Health
from pytest_llmock.backends.live import Live
from pytest_llmock.backends.providers import provider_for
from pytest_llmock.backends.registry import Backends, Leaf
from pytest_llmock.cli import EXIT_FOUND
from pytest_llmock.cli.arguments import config_option, counted, settings_of
from pytest_llmock.cli.listing import NONE, aligned, backends_of
from pytest_llmock.cli.rendering import visible
from pytest_llmock.clock import SystemClock
from pytest_llmock.errors import SettingsError, nearest
from pytest_llmock.pool.health import Checks

_HEAD = ("NAME", "PROVIDER", "REACHABLE", "MODELS", "LATENCY", "KEY", "JSON MODE")


@click.command("check")
@click.argument("names", nargs=-1, metavar="[NAME]…")
@config_option
@click.option("--json", "as_json", is_flag=True, help="As JSON: a list with a mapping for each backend.")
@click.option("--json-mode", is_flag=True, help="Also find out what each makes of response_format: one call.")
@click.option(
    "--timeout",
    type=click.FloatRange(0, min_open=True),
    metavar="S",
    help="Seconds that each is given; else 5, or its TimeoutSeconds if that is less.",
)
@click.pass_context
def check_command(
    ctx: click.Context,
    names: tuple[str, ...],
    config: Path | None,
    timeout: float | None,
    *,
    as_json: bool,
    json_mode: bool,
) -> None:
    """Ask the live backends of the settings, or those named, whether they are up.

    Each is asked for its HealthCheckPath, or for its list of models, and costs nothing; --json-mode makes one
    small call to each model, which may. Disabled backends are listed, not asked. Ends with status 1 when an
    enabled one is down.
    """
    settings, live = settings_of(config), Live()
    leaves = _named(names, backends_of(settings, live))
    asked = [leaf for leaf in leaves if leaf.enabled]
    known = asyncio.run(_asked(asked, live, json_mode=json_mode, timeout_s=timeout))
    if as_json:
        click.echo(json.dumps([_body(leaf, known.get(leaf.name)) for leaf in leaves], indent=2))
    else:
        for line in _lines(leaves, known) if leaves else [NONE]:
            click.echo(line)
    if not all(health.up for health in known.values()):
        ctx.exit(EXIT_FOUND)


def _named(names: Sequence[str], backends: Backends) -> list[Leaf]:
    """The backends of these names, or all configured ones."""
    unknown = next((name for name in names if backends.find(name) is None), None)
    if unknown is not None:
        raise SettingsError(f"There is no backend '{unknown}'.{nearest(unknown, list(backends))}")
    chosen = {leaf.name: leaf for name in names if (leaf := backends.find(name)) is not None}
    return list(chosen.values()) if names else [leaf for leaf in backends.values() if leaf.configured]


async def _asked(
    leaves: Sequence[Leaf], live: Live, *, json_mode: bool, timeout_s: float | None
) -> dict[str, Health]:
    try:
        found = await Checks(SystemClock()).ask_all(leaves, json_mode=json_mode, timeout_s=timeout_s)
    finally:
        await live.aclose()
    return {health.name: health for health in found}


def _body(leaf: Leaf, found: Health | None) -> dict[str, object]:
    known = {"name": leaf.name, "provider": leaf.provider, "model": leaf.model, "enabled": leaf.enabled}
    return {**known, "up": None} if found is None else {**known, "up": found.up, **found.json()}


def _lines(leaves: Sequence[Leaf], known: dict[str, Health]) -> Iterator[str]:
    yield from aligned([_HEAD, *(_row(leaf, known.get(leaf.name)) for leaf in leaves)])
    remarks = [remark for leaf in leaves for remark in _remarks(leaf, known.get(leaf.name))]
    down = sum(not health.up for health in known.values())
    if remarks:
        yield ""
        yield from map(visible, remarks)
    if down:
        yield f"{down} of {counted(len(known), 'enabled backend')} {'is' if down == 1 else 'are'} down."


def _row(leaf: Leaf, found: Health | None) -> tuple[str, ...]:
    if found is None:
        return (leaf.name, leaf.provider, "disabled", "", "", "", "")
    is_asked = leaf.check is not None and found.reachable
    return (
        leaf.name,
        leaf.provider,
        "yes" if found.reachable else "no",
        _models(found, leaf.model),
        f"{found.seconds * 1000:,.0f} ms" if is_asked else "",
        found.key,
        "" if found.json_mode == "unknown" else found.json_mode,
    )


def _models(found: Health, model: str) -> str:
    """`3, with llama3`: how many it lists, and whether its own is among them."""
    number = str(len(found.models)) if found.models else ""
    if found.model_present is None:
        return number
    return f"{number}, {'with' if found.model_present else 'without'} {model}"


def _remarks(leaf: Leaf, found: Health | None) -> Iterator[str]:
    """What is wrong, and what to do."""
    if found is None:
        return
    if not found.up:
        yield f"{leaf.name} is down: {found.problem}"
    if found.model_present is False:
        hint = provider_for(leaf.provider).model_hint.format(model=leaf.model)
        yield f"{leaf.name} does not list '{leaf.model}'.{nearest(leaf.model, found.models)} {hint}"
