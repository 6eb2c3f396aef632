"""`pytest-llmock serve`: the server without tests, and a recording proxy with `--cassettes`."""

import signal
from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Event

import click

from pytest_llmock.choice import Choice, Place, choose_alone
from pytest_llmock.cli.arguments import config_option, counted, settings_of
from pytest_llmock.clock import SystemClock
from pytest_llmock.config import Settings
from pytest_llmock.errors import SettingsError, nearest
from pytest_llmock.server.app import LOOPBACK
from pytest_llmock.server.mock import ROOT
from pytest_llmock.server.runtime import Runtime
from pytest_llmock.session import Session

CASSETTE = "serve.yaml"
CHECK_EVERY_S = 30
MODES = ("none", "once", "new", "all")
_ALIAS = "new_episodes"  # of `new`
# what these do depends on how a test ends; and what to do instead
_TEST_MODES = {
    "rewrite": "Record with --record all, or run tests: pytest --llmock-record=rewrite",
    "verify": "To compare recordings with live answers: pytest-llmock cassettes verify",
}


@click.command("serve")
@config_option
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
@click.option(
    "--cassettes",
    type=click.Path(path_type=Path, file_okay=False),
    help=f"Answer for live backends from DIR/{CASSETTE}; with --record also record them there.",
    metavar="DIR",
)
@click.option(
    "--openapi",
    multiple=True,
    type=click.Path(path_type=Path),
    help="OpenAPI document whose operations are answered; may be repeated.",
    metavar="FILE",
)
@click.option(
    "--script",
    type=click.Path(path_type=Path),
    help="Rules that answer in place of backends (.yaml or .json).",
    metavar="FILE",
)
@click.option("--record", help=f"{' | '.join(MODES)}: needs --cassettes; none without it.", metavar="MODE")
def serve_command(
    config: Path | None,
    host: str,
    port: int,
    token: str,
    backend: str,
    seed: int | None,
    cassettes: Path | None,
    openapi: tuple[Path, ...],
    script: Path | None,
    record: str | None,
    *,
    strict: bool,
) -> None:
    """Serve one session until interrupted.

    Without --cassettes live backends are called and nothing is recorded.
    """
    mode = _record_mode(record, cassettes)
    said = {"record": mode, "backend": backend or None, "seed": seed, "strict": strict or None}
    settings = settings_of(config, **said, script=script)
    choice = choice_for_serve(settings, cassettes)
    _serve_until_stopped(settings, choice, openapi, host=host, port=port, token=token)


def _record_mode(record: str | None, cassettes: Path | None) -> str:
    if record is None:
        return "none" if cassettes else "off"
    if record in _TEST_MODES:
        raise SettingsError(
            f"--record {record} needs the end of a test, and a server has none. {_TEST_MODES[record]}"
        )
    if record not in MODES and record != _ALIAS:
        raise SettingsError(f"--record {record} is no mode of recording.{nearest(record, MODES)}")
    if cassettes is None:
        raise SettingsError(
            f"--record {record} needs a place for what it records: --cassettes DIR. Without both, live "
            "backends are called and nothing is recorded."
        )
    return record


def _serve_until_stopped(
    settings: Settings, choice: Choice, openapi: Sequence[Path], *, host: str, port: int, token: str
) -> None:
    if host not in LOOPBACK and not token:
        raise SettingsError(
            f"--host {host} can be reached by other machines: give --token, which clients then have to send."
        )
    stop = Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stop.set())
    runtime = Runtime(host=host, port=port, token=token)
    try:
        session = runtime.serve(settings, choice)
        for file in openapi:
            session.mounts.mount(file)
        session.check_selection(even_lax=True)
        if every_s := _check_every_s(settings, choice):
            runtime.watch(every_s)
        click.echo("\n".join([f"llmock listening on {runtime.url}", *_told(session)]))
        stop.wait()
    finally:
        runtime.close()


def _told(session: Session) -> Iterator[str]:
    """Who answers, and with what, a line each; what depends on a single request is left out."""
    leaves = session.expected()
    known = ", ".join(f"{leaf.name} ({leaf.provider}, {leaf.place})" for leaf in leaves)
    yield f"backend: {known or 'none is enabled'}"
    if session.settings.script is not None:
        rules = counted(len([*session.interventions.script]), "rule")
        yield f"script: {session.settings.script} ({rules})"
    for mount in session.mounts:
        yield f"OpenAPI: {mount.title} {mount.version} at {session.url}{ROOT}{mount.path}"


def _check_every_s(settings: Settings, choice: Choice) -> float:
    """How often live backends are asked how they are; 0 is never: what only replays needs nobody."""
    if settings.health_check_seconds is None:
        return 0 if choice.record == "none" else CHECK_EVERY_S
    return settings.health_check_seconds


def choice_for_serve(settings: Settings, cassettes: Path | None = None) -> Choice:
    """What the settings choose for a server that plays or records the cassette in a folder."""
    return choose_alone(settings, name="serve", place=None if cassettes is None else _place(cassettes))


def _place(folder: Path) -> Place:
    here = Path.cwd()
    began = SystemClock().wall()
    return Place(lambda: here / folder / CASSETTE, rootdir=here, began=began, endless=True)
