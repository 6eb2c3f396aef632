"""`pytest-llmock cassettes list | show`."""

import json
from pathlib import Path

import click

from pytest_llmock.cassettes.maintenance.found import Opened, Problem, Recording, awaited, cassettes
from pytest_llmock.cassettes.maintenance.survey import Survey, survey
from pytest_llmock.cassettes.record import seconds_of
from pytest_llmock.cli import EXIT_FOUND
from pytest_llmock.cli.arguments import PATHS_HELP, counted, paths_argument
from pytest_llmock.cli.rendering import rendered, visible
from pytest_llmock.clock import SystemClock
from pytest_llmock.errors import SettingsError

_DAY_S = 86_400  # days begin at midnight UTC, as dates in cassettes do
_NONE = "There is no cassette here. Record some: pytest --llmock-record=once"


@click.command("list", epilog=PATHS_HELP)
@paths_argument
@click.option("--json", "as_json", is_flag=True, help="As JSON: a list with a mapping for each cassette.")
@click.pass_context
def list_command(ctx: click.Context, paths: tuple[Path, ...], *, as_json: bool) -> None:
    """Say what is in each cassette: tests, recordings, models, age, size and tokens."""
    found = [survey(path) for path in (*cassettes(paths), *awaited(paths))]
    if as_json:
        click.echo(json.dumps([each.json() for each in found], indent=2, ensure_ascii=False))
    else:
        now = SystemClock().wall()
        for line in [line for each in found for line in _lines(each, now)] or [_NONE]:
            click.echo(visible(line))
    if any(each.problems for each in found):
        ctx.exit(EXIT_FOUND)


def _lines(found: Survey, now: float) -> list[str]:
    tests = found.tests[0] if len(found.tests) == 1 else counted(len(found.tests), "test")
    models = ", ".join(f"{backend} ({model})" if model else backend for backend, model in found.models)
    said = [
        counted(found.recordings, "recording") + (f" of {tests}" if found.tests else ""),
        models,
        f"newest {_age(found.newest, now)}" if found.newest else "",
        _size(found.bytes),
        counted(found.input_tokens + found.output_tokens, "token"),
    ]
    first = f"{found.path}: {', '.join(part for part in said if part)}"
    left = [f"{path}: not taken over yet: pytest-llmock cassettes accept {path}" for path in found.beside]
    return [first, *map(str, found.problems), *left]


def _age(moment: str, now: float) -> str:
    try:
        days = int(now // _DAY_S - seconds_of(moment) // _DAY_S)
    except ValueError:
        return moment
    return f"{moment[:10]} ({counted(days, 'day')} ago)" if days > 0 else f"{moment[:10]} (today)"


def _size(size: int) -> str:
    return f"{size / 1000:,.1f} kB" if size >= 1000 else f"{size} bytes"


@click.command("show")
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("which", metavar="[NUMBER|KEY]", default="")
@click.pass_context
def show_command(ctx: click.Context, file: Path, which: str) -> None:
    """Show a cassette, or one of its recordings: what was asked, what came back, when and from whom.

    NUMBER counts from 1, in the order of the file; KEY is the recording's identity or how it begins.
    """
    if not file.is_file():
        raise SettingsError(f"There is no file {file}. See which there are: pytest-llmock cassettes list")
    opened = Opened.at(file)
    recordings = list(opened.recordings)
    chosen = [each for each in recordings if not which or _is_meant(each, which)]
    if which and not chosen:
        raise SettingsError(
            f"{file} has {counted(len(recordings), 'recording')}, and none is '{which}': give the number of "
            "one, or how its key begins."
        )
    if not which:
        test = f" of {opened.header.test}" if opened.header.test else ""
        click.echo(visible(f"{file}: {counted(len(recordings), 'recording')}{test}"))
    for each in chosen:
        click.echo(f"\n{rendered(each, len(recordings))}")
    for problem in opened.torn:
        click.echo(f"\n{visible(str(problem))}")
    if opened.torn or any(isinstance(each.content, Problem) for each in chosen):
        ctx.exit(EXIT_FOUND)


def _is_meant(recording: Recording, which: str) -> bool:
    if which.isdecimal():
        return recording.number == int(which)
    return recording.entry.key.startswith(which)
