"""`pytest-llmock cassettes`: what is done with recordings between test runs."""

import click

from pytest_llmock.cli.lazy import Announced, LazyGroup

_VIEWS, _UPKEEP = "pytest_llmock.cli.views", "pytest_llmock.cli.upkeep"


@click.group(
    "cassettes",
    cls=LazyGroup,
    announced=(
        Announced("list", _VIEWS, "What is in each cassette, a line for each."),
        Announced("show", _VIEWS, "One cassette, or one of its recordings, to read."),
        Announced("accept", _UPKEEP, "Take over what failed and killed runs have recorded."),
        Announced("verify", "pytest_llmock.cli.verify", "Ask the live models again, and tell what differs."),
        Announced("prune", _UPKEEP, "Remove old recordings, and what is left behind."),
        Announced("scan", _UPKEEP, "Find damage and secrets; for a pre-commit hook."),
        Announced("migrate", _UPKEEP, "Bring older formats and edited requests up to date."),
        Announced("import", "pytest_llmock.cli.imports", "Make cassettes of other tools' recordings."),
    ),
)
def cassettes_command() -> None:
    """Look after recordings of live models.

    A command takes cassettes or folders; without any, it takes every folder 'cassettes' below this one.
    """
