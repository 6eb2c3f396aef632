"""`pytest-llmock cassettes accept | prune | scan | migrate`."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import click

from pytest_llmock.cassettes.format import FORMAT
from pytest_llmock.cassettes.maintenance.accept import accept
from pytest_llmock.cassettes.maintenance.found import Problem, beside, cassettes, given, is_ours, leftovers
from pytest_llmock.cassettes.maintenance.migrate import Migrated, migrate
from pytest_llmock.cassettes.maintenance.prune import Removal, blob_folders, carry_out, unmentioned, unneeded
from pytest_llmock.cassettes.maintenance.scan import scan
from pytest_llmock.cassettes.opening import redactor_for
from pytest_llmock.cli import EXIT_FOUND
from pytest_llmock.cli.arguments import (
    PATHS_HELP,
    config_option,
    counted,
    dry_run_option,
    paths_argument,
    settings_of,
)
from pytest_llmock.clock import SystemClock
from pytest_llmock.config.values import age
from pytest_llmock.errors import CassetteError


@click.command("accept", epilog=PATHS_HELP)
@paths_argument
@click.option("--force", is_flag=True, help="Take also what a test may still be recording.")
@click.pass_context
def accept_command(ctx: click.Context, paths: tuple[Path, ...], *, force: bool) -> None:
    """Take over what failed tests (.failed) and killed runs (.recording) have recorded.

    A recording takes the place of the one with the same test, request and position among equal requests;
    where there is none, it is added. The file it came from is removed.
    """
    now, refused, found = SystemClock().wall(), False, beside(paths)
    for source in found:
        try:
            done = accept(source, now=now, force=force)
        except CassetteError as error:
            click.echo(f"pytest-llmock: {error.message}", err=True)
            refused = True
        else:
            click.echo(f"{source}: {done.replaced} replaced, {done.added} added in {done.cassette}")
    if not found:
        click.echo("There is nothing to accept: no run has left a .failed or .recording file.")
    if refused:
        ctx.exit(EXIT_FOUND)


def _age(_: click.Context, parameter: click.Parameter, value: str | None) -> timedelta | None:
    try:
        return age(value)
    except ValueError as error:
        raise click.BadParameter(f"{value!r} is {error}", param=parameter) from error


@click.command("prune", epilog=PATHS_HELP)
@paths_argument
@click.option("--older-than", callback=_age, metavar="AGE", help="Recordings of this age go: 90d, 12h.")
@click.option("--blobs", is_flag=True, help="Files in blobs/ that no recording mentions go.")
@dry_run_option
@click.pass_context
def prune_command(
    ctx: click.Context, paths: tuple[Path, ...], older_than: timedelta | None, *, blobs: bool, dry_run: bool
) -> None:
    """Remove cassettes without a recording, and with an option old recordings and blobs.

    Recordings that no test plays, and cassettes whose test is gone, are known only to a test run:
    pytest --llmock-unused=prune
    """
    now = SystemClock().wall()
    found = [each for path in cassettes(paths) for each in unneeded(path, older_than=older_than, now=now)]
    removals = [each for each in found if isinstance(each, Removal)]
    problems = [each for each in found if isinstance(each, Problem)]
    _remove(removals, dry_run=dry_run)
    if blobs:
        without = removals if dry_run else []
        places = blob_folders(given(paths))
        unused = [each for place in places for each in unmentioned(place, without=without, now=now)]
        _remove(unused, dry_run=dry_run)
        removals += unused
    if not removals:
        click.echo("There is nothing to remove.")
    _tell(ctx, problems)


def _remove(removals: Sequence[Removal], *, dry_run: bool) -> None:
    verb = "would be removed" if dry_run else "removed"
    if not dry_run:
        carry_out(removals)
    for removal in removals:
        what = f"recording {removal.number} " if removal.number else ""
        click.echo(f"{removal.path}: {what}{verb}: {removal.why}")


@click.command("scan", epilog=PATHS_HELP)
@paths_argument
@config_option
@click.pass_context
def scan_command(ctx: click.Context, paths: tuple[Path, ...], config: Path | None) -> None:
    """Find what must not be committed: damage, conflicts, edited requests, missing blobs, secrets.

    Secrets are those of this environment and of the settings, and what has the form of a known key. Files
    that are no cassettes of ours are passed over.
    """
    redactor = redactor_for(settings_of(config))
    found = cassettes(paths)
    ours = [path for path in found if is_ours(path)]
    problems = [problem for path in ours for problem in scan(path, redactor)]
    others = len(found) - len(ours)
    passed_over = f", {counted(others, 'other file')} passed over" if others else ""
    if not problems:
        click.echo(f"Nothing found in {counted(len(ours), 'cassette')}{passed_over}.")
    _tell(ctx, problems)


@click.command("migrate", epilog=PATHS_HELP)
@paths_argument
@dry_run_option
@click.pass_context
def migrate_command(ctx: click.Context, paths: tuple[Path, ...], *, dry_run: bool) -> None:
    """Rewrite cassettes of an older format, and give edited requests their new identity.

    Whatever need not change stays as it is.
    """
    problems, changed = [], 0
    for path in _with_leftovers(cassettes(paths)):
        try:
            done = migrate(path, dry_run=dry_run)
        except CassetteError as error:
            problems.append(Problem.of(error, path))
            continue
        if done:
            changed += 1
            click.echo(f"{path}: {_migrated(done)}{', not written' if dry_run else ''}")
    if not changed:
        click.echo("There is nothing to migrate.")
    _tell(ctx, problems)


def _migrated(done: Migrated) -> str:
    edited = f"{counted(done.rekeyed, 'edited recording')} with a new identity" if done.rekeyed else ""
    older = f"from format {done.format} to {FORMAT}" if done.format < FORMAT else ""
    return ", ".join(part for part in (older, edited) if part)


def _with_leftovers(found: Sequence[Path]) -> Iterator[Path]:
    for path in found:
        yield path
        yield from leftovers(path)


def _tell(ctx: click.Context, problems: Sequence[Problem]) -> None:
    for problem in problems:
        click.echo(str(problem))
    if problems:
        ctx.exit(EXIT_FOUND)
