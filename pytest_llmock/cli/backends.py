"""`pytest-llmock backends`: who is configured, and whether they can be asked."""

import click

from pytest_llmock.cli.lazy import Announced, LazyGroup


@click.group(
    "backends",
    cls=LazyGroup,
    announced=(
        Announced("list", "pytest_llmock.cli.listing", "Which backends are configured, and how."),
        Announced("check", "pytest_llmock.cli.checking", "Ask the live backends whether they are up."),
    ),
)
def backends_command() -> None:
    """Look at the backends of the settings, before a run needs them."""
