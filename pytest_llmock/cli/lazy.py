"""Commands that are listed before they are imported."""

from collections.abc import Sequence
from importlib import import_module
from typing import Any

import click

EXIT_INTERRUPTED = 130  # as shells say of a process that Ctrl-C ended


class Announced(click.Command):
    """A command's name and the line that help shows; the module `home` has it under its name."""

    def __init__(self, name: str, home: str, line: str) -> None:
        super().__init__(name, short_help=line)
        self.home = home

    def imported(self) -> click.Command:
        """The command itself."""
        try:
            home = import_module(self.home)
        except KeyboardInterrupt:
            click.echo("pytest-llmock: interrupted before anything was written.", err=True)
            raise click.exceptions.Exit(EXIT_INTERRUPTED) from None
        return vars(home)[f"{self.name}_command"]  # type: ignore[no-any-return]  # a module's names are Any


class LazyGroup(click.Group):
    """A group of announced commands, each imported when it is called for."""

    # Any: click's own options, passed on
    def __init__(self, *args: Any, announced: Sequence[Announced] = (), **options: Any) -> None:
        super().__init__(*args, **options)
        for command in announced:
            self.add_command(command)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that is called, and what is left of the arguments."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, command.imported() if isinstance(command, Announced) else command, rest
