"""`pytest-llmock cassettes import`."""

from dataclasses import replace
from pathlib import Path

import click

from pytest_llmock.backends.live import Live
from pytest_llmock.backends.registry import BUILT_IN, Leaf
from pytest_llmock.cassettes.importing import imported, read_foreign
from pytest_llmock.cassettes.maintenance.keep import keep
from pytest_llmock.cassettes.opening import redactor_for
from pytest_llmock.cli import EXIT_FOUND
from pytest_llmock.cli.arguments import config_option, counted, settings_of
from pytest_llmock.clock import SystemClock
from pytest_llmock.config import Settings
from pytest_llmock.errors import CassetteError, SettingsError, nearest


@click.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--backend", required=True, metavar="NAME", help="Who is to have answered: a live backend.")
@config_option
@click.option(
    "--out",
    default=Path("cassettes"),
    show_default=True,
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Where the cassettes go.",
)
@click.option("--test", default="", metavar="NODEID", help="The test they belong to; else any may use them.")
@click.option("--force", is_flag=True, help="Replace cassettes that exist.")
@click.pass_context
def import_command(
    ctx: click.Context,
    files: tuple[Path, ...],
    backend: str,
    config: Path | None,
    out: Path,
    test: str,
    *,
    force: bool,
) -> None:
    """Make a cassette of each recording of another tool: vcrpy, pytest-recording, cassetter, aimock.

    FILE.yaml becomes DIR/FILE.yaml; a test plays it with @pytest.mark.llmock(cassette="FILE").
    """
    settings = settings_of(config)
    leaf, redactor, now = _leaf(backend, settings), redactor_for(settings), SystemClock().wall()
    targets = {path: out / f"{path.stem}.yaml" for path in files}
    _check_targets(targets, force=force)
    failed = False
    for path, target in targets.items():
        try:
            found = imported(read_foreign(path), leaf, redactor)
            if found.interactions:
                signed = [replace(each, test=test) for each in found.interactions]
                keep(target, signed, redactor=redactor, now=now)
        except CassetteError as error:
            click.echo(f"pytest-llmock: {error.message}", err=True)
            failed = True
            continue
        number = len(found.interactions)
        click.echo(f"{path}: {counted(number, 'recording') + f' in {target}' if number else 'nothing taken'}")
        for remark in found.remarks:
            click.echo(f"{path}: {remark}")
        failed = failed or not number
    if failed:
        ctx.exit(EXIT_FOUND)


def _leaf(name: str, settings: Settings) -> Leaf:
    entry = settings.backend_named(name)
    if entry is None or entry.provider.lower() in BUILT_IN:
        live = [each.name for each in settings.backends if each.provider.lower() not in BUILT_IN]
        raise SettingsError(
            f"--backend {name} is no live backend of the settings, and only those have recordings."
            f"{nearest(name, live)}"
        )
    return Live().leaf(entry, settings)


def _check_targets(targets: dict[Path, Path], *, force: bool) -> None:
    known: dict[Path, Path] = {}
    for path, target in targets.items():
        if target in known:
            raise SettingsError(
                f"{known[target]} and {path} would both become {target}. Import one at a time."
            )
        if target.exists() and not force:
            raise SettingsError(
                f"{target} exists. Give another folder with --out, or replace it with --force."
            )
        known[target] = path
