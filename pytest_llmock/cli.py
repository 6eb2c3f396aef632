"""The command line: `pytest-llmock serve` (also `python -m pytest_llmock`)."""

import os
import signal
import sys
from pathlib import Path
from threading import Event

import click

from pytest_llmock.choice import Choice
from pytest_llmock.config import Settings, load_settings
from pytest_llmock.errors import LLMockError, SettingsError
from pytest_llmock.server.app import LOOPBACK
from pytest_llmock.server.runtime import Runtime

EXIT_USAGE = 2


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="pytest-llmock")
def main() -> None:
    """An LLM mock server for tests, outside a test run."""


@main.command()
@click.option("--config", type=click.Path(path_type=Path), help="Settings file (.toml, .json).")
@click.option("--host", default="127.0.0.1", show_default=True, help="Interface to listen on.")
@click.option(
    "--port", default=5116, show_default=True, type=click.IntRange(0, 65535), help="0 takes a free one."
)
@click.option("--token", default="", help="What clients must send; needed on any interface but loopback.")
@click.option("--backend", default="", help="Backend of every request that names none.")
@click.option("--seed", type=int, help="Seed of everything random.")
@click.option(
    "--strict", is_flag=True, help="Refuse an unknown backend instead of answering with the default one."
)
def serve(
    config: Path | None, host: str, port: int, token: str, backend: str, seed: int | None, *, strict: bool
) -> None:
    """Serve one session until interrupted; live backends are called, nothing is recorded."""
    given = {"record": "off", "backend": backend or None, "seed": seed, "strict": strict or None}
    said = {name: value for name, value in given.items() if value is not None}
    try:
        settings = load_settings(Path.cwd(), file=config, environ=os.environ, command_line=said)
        _serve_until_stopped(settings, host=host, port=port, token=token)
    except LLMockError as error:
        click.echo(f"pytest-llmock: {error.message}", err=True)
        sys.exit(EXIT_USAGE)


def _serve_until_stopped(settings: Settings, *, host: str, port: int, token: str) -> None:
    if host not in LOOPBACK and not token:
        raise SettingsError(
            f"--host {host} can be reached by other machines: give --token, which clients then have to send."
        )
    for warning in settings.warnings:
        click.echo(f"pytest-llmock: warning: {warning}", err=True)
    stop = Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stop.set())
    runtime = Runtime(host=host, port=port, token=token)
    try:
        runtime.serve(settings, choice_for_serve(settings))
        click.echo(f"llmock listening on {runtime.url}")
        stop.wait()
    finally:
        runtime.close()


def choice_for_serve(settings: Settings) -> Choice:
    """What the settings choose outside a test run: lax unless they say strict."""
    return Choice(
        backend=settings.backend[0] if settings.backend else "",
        mapping=settings.map,
        strict=bool(settings.strict),
        record=settings.record,
        seed=settings.seed,
        test="serve",
    )
