"""`pytest-llmock generate`: a file of records, of any size. The same command goes on where a run stopped."""

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from pytest_llmock.cli.arguments import config_option, settings_of
from pytest_llmock.cli.lazy import EXIT_INTERRUPTED
from pytest_llmock.datasets.checkpoint import checkpoint_of
from pytest_llmock.datasets.executors import KNOWN
from pytest_llmock.datasets.progress import shown_on
from pytest_llmock.errors import SettingsError
from pytest_llmock.server.datasets import BATCH, CASSETTE, CONCURRENCY, LIVE_BATCH, MODES, generate


@click.command("generate")
@click.option(
    "--shape",
    required=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Example JSON or a JSON Schema, as JSON or YAML.",
)
@click.option("--count", required=True, type=int, metavar="N", help="How many records.")
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="What is made: .jsonl, .csv or .parquet.",
)
@click.option("--seed", type=int, metavar="N", help="Seed of everything random.")
@click.option(
    "--unique",
    multiple=True,
    metavar="FIELD",
    help="No two records have the same value there; may be repeated.",
)
@click.option(
    "--link",
    multiple=True,
    metavar="FIELD=FILE:KEY",
    help="Values of FIELD come from KEY in FILE; may be repeated.",
)
@click.option("--backend", metavar="NAME", help="Who answers; else as in a test run.")
@config_option
@click.option(
    "--batch",
    type=int,
    metavar="N",
    help=f"Records that are asked for at a time: {BATCH}, of live backends {LIVE_BATCH}.",
)
@click.option(
    "--concurrency",
    type=int,
    default=CONCURRENCY,
    show_default=True,
    metavar="N",
    help="Batches under way at a time.",
)
@click.option(
    "--enrich-every", type=int, metavar="N", help="Have every Nth batch enriched, the first one included."
)
@click.option("--enrich-backend", metavar="NAME", help="By whom.")
@click.option(
    "--executor", default="local", show_default=True, metavar="WHERE", help=f"Who makes batches: {KNOWN}."
)
@click.option(
    "--max-cost", metavar="USD", help="Stop before a live call when that much is spent, by all runs."
)
@click.option("--max-tokens", type=int, metavar="N", help="The same in tokens.")
@click.option(
    "--cassettes",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help=f"Answer for live backends from DIR/{CASSETTE}.",
)
@click.option("--record", metavar="MODE", help=f"{' | '.join(MODES)}: needs --cassettes; none without it.")
@click.option("--force", is_flag=True, help="Overwrite --out.")
@click.option("--quiet", is_flag=True, help="Show no progress.")
def generate_command(
    shape: Path,
    count: int,
    out: Path,
    seed: int | None,
    unique: tuple[str, ...],
    link: tuple[str, ...],
    backend: str | None,
    config: Path | None,
    batch: int | None,
    concurrency: int,
    enrich_every: int | None,
    enrich_backend: str | None,
    executor: str,
    max_cost: str | None,
    max_tokens: int | None,
    cassettes: Path | None,
    record: str | None,
    *,
    force: bool,
    quiet: bool,
) -> None:
    """Make a file of records.

    What is made is kept beside it at once: after Ctrl-C, kill -9 or an error the same command goes on, and
    gives the same bytes as a run that nothing interrupted.
    """
    try:
        made = generate(
            shape,
            count,
            out,
            seed=seed,
            backend=backend,
            settings=settings_of(config, max_cost=max_cost),
            unique=unique,
            links=_links(link),
            enrich_every=enrich_every,
            enrich_backend=enrich_backend,
            batch=batch,
            executor=executor,
            concurrency=concurrency,
            max_tokens=max_tokens,
            cassettes=cassettes,
            record=record,
            force=force,
            progress=None if quiet else shown_on(sys.stderr),
        )
    except KeyboardInterrupt:
        kept = checkpoint_of(out)
        told = (
            f"What was made is kept in {kept}; run the same command again to go on."
            if kept.exists()
            else "Nothing was written yet."
        )
        click.echo(f"pytest-llmock: interrupted. {told}", err=True)
        sys.exit(EXIT_INTERRUPTED)
    click.echo(made.line)


def _links(said: Sequence[str]) -> dict[str, str]:
    """{"userId": "users.jsonl:id"} of "userId=users.jsonl:id"."""
    links: dict[str, str] = {}
    for each in said:
        name, equals, source = each.partition("=")
        if not equals:
            raise SettingsError(f"--link {each}: write FIELD=FILE:KEY, such as userId=users.jsonl:id.")
        if name in links:
            raise SettingsError(f"--link gives the field '{name}' two sources. Leave one out.")
        links[name] = source
    return links
