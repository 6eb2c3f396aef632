"""The command line: `pytest-llmock serve | generate | backends | cassettes` (also `python -m pytest_llmock`).

Rules: this module and `lazy` import nothing but click, so that `--help` and shell completion are quick; a
command's module is imported when the command is used. Exit status: 0 fine, 1 something was found, 2 the
command cannot be carried out as it was given, 130 interrupted.
"""

from typing import Any

import click

from pytest_llmock.cli.lazy import EXIT_INTERRUPTED, Announced, LazyGroup
from pytest_llmock.errors import CassetteError, DataSetError, LLMockError

EXIT_FOUND = 1
EXIT_USAGE = 2


class _Main(LazyGroup):
    """Ends with one line on standard error for whatever this package refuses to do."""

    def invoke(self, ctx: click.Context) -> Any:  # Any: as click declares it
        try:
            return super().invoke(ctx)
        except LLMockError as error:
            click.echo(f"pytest-llmock: {error.message}", err=True)
            ctx.exit(EXIT_FOUND if isinstance(error, CassetteError | DataSetError) else EXIT_USAGE)
        except KeyboardInterrupt:
            click.echo("pytest-llmock: interrupted.", err=True)
            ctx.exit(EXIT_INTERRUPTED)


@click.group(
    cls=_Main,
    announced=(
        Announced("serve", "pytest_llmock.cli.serve", "Serve one session until interrupted."),
        Announced("generate", "pytest_llmock.cli.generate", "Make a file of records, of any size."),
        Announced("backends", "pytest_llmock.cli.backends", "Look at the backends of the settings."),
        Announced("cassettes", "pytest_llmock.cli.cassettes", "Look after recordings of live models."),
    ),
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name="pytest-llmock")
def main() -> None:
    """An LLM mock server for tests, outside a test run."""
