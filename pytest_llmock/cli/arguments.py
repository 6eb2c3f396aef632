"""Arguments and options that several commands take, and the settings that they lead to."""

import os
from pathlib import Path

import click

from pytest_llmock.config import Settings, load_settings

PATHS_HELP = (
    "PATHS are cassettes, or folders with cassettes; without any, every folder 'cassettes' below this one."
)

paths_argument = click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
config_option = click.option(
    "--config", type=click.Path(path_type=Path), help="Settings file (.toml, .json)."
)
dry_run_option = click.option("--dry-run", is_flag=True, help="Only say what would be done.")


def settings_of(config: Path | None, **said: object) -> Settings:
    """The settings that hold in the current folder, with what the command line said; warnings are shown."""
    given = {name: value for name, value in said.items() if value is not None}
    settings = load_settings(Path.cwd(), file=config, environ=os.environ, command_line=given)
    for warning in settings.warnings:
        click.echo(f"pytest-llmock: warning: {warning}", err=True)
    return settings


def counted(number: int, noun: str) -> str:
    """`1 recording`, `2 recordings`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
