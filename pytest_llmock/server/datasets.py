"""`generate`: data sets, answered as everything else is, here or on workers of Dask."""

import asyncio
import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from pytest_llmock.backends.registry import Leaf
from pytest_llmock.choice import Choice, Place
from pytest_llmock.clock import Clock, SystemClock
from pytest_llmock.config import Settings, load_settings
from pytest_llmock.datasets.checkpoint import Checkpoint, checkpoint_of, open_checkpoint
from pytest_llmock.datasets.cluster import on_dask
from pytest_llmock.datasets.executors import Executor, dask_address, here
from pytest_llmock.datasets.formats import check_out, publish
from pytest_llmock.datasets.links import read_links
from pytest_llmock.datasets.plan import Plan
from pytest_llmock.datasets.progress import Watch
from pytest_llmock.datasets.reading import read_shape
from pytest_llmock.datasets.records import record_schema
from pytest_llmock.datasets.running import Running
from pytest_llmock.datasets.summary import DataSet
from pytest_llmock.errors import SettingsError, nearest
from pytest_llmock.llm import JSON
from pytest_llmock.server.jobs import job_of
from pytest_llmock.server.roles import Answerer, Answering, Roles
from pytest_llmock.shapes.parse import parse
from pytest_llmock.shapes.schema import Shape

BATCH, LIVE_BATCH = 100, 20  # records: a model that is asked for more at a time runs out of tokens
CONCURRENCY = 4
CASSETTE = "generate.yaml"
MODES = ("none", "once", "new", "all")
log = logging.getLogger("pytest_llmock")


def generate(  # noqa: PLR0913 - one keyword for each option of the command
    shape: "JSON | type | Path",
    count: int,
    out: str | Path,
    *,
    seed: int | None = None,
    backend: Answerer | None = None,
    settings: Settings | Mapping[str, object] | None = None,
    unique: Sequence[str] = (),
    links: Mapping[str, str] | None = None,
    enrich_every: int | None = None,
    enrich_backend: Answerer | None = None,
    batch: int | None = None,
    executor: str = "local",
    concurrency: int = CONCURRENCY,
    max_cost: float | Decimal | None = None,
    max_tokens: int | None = None,
    cassettes: str | Path | None = None,
    record: str | None = None,
    force: bool = False,
    progress: Watch | None = None,
) -> DataSet:
    """A file of `count` records of the shape: .jsonl, .csv or .parquet, as the end of `out` says.

    `shape` is example JSON, a JSON Schema, a type, or the path of a JSON or YAML file; `links` are
    {"customerId": "customers.jsonl:id"}. `backend` and `enrich_backend` are names of the settings, or
    functions. `concurrency` batches are under way at a time; with the executor "dask", so many worker
    processes make them. `max_cost` is in US dollars. `progress` gets a `Progress` after each batch.

    Batches are kept in `out` + ".checkpoint": the same call after an interruption goes on there, to the same
    bytes. Raises SettingsError, ShapeError or RefusedError for what cannot be, before anything is made, and
    DataSetError when a batch fails; what came before is kept.
    """
    _refuse_loop()
    said = {"seed": seed, "max_cost": max_cost, "max_run_tokens": max_tokens}
    opening = _opening(settings, said, Roles.of(backend=backend, enricher=enrich_backend), cassettes, record)
    wanted = _Wanted(shape, count, Path(out), unique, links or {}, enrich_every or 0, batch)
    plan = _plan(wanted, opening)
    check_out(wanted.out, plan.record)
    workplace = _workplace(plan, opening, executor, concurrency)
    with _checkpoint(wanted.out, plan, force=force) as checkpoint:
        running = Running(plan, checkpoint, opening.clock, progress)
        asyncio.run(workplace.make_all(running))
        publish(wanted.out, plan.record, lambda: map(checkpoint.lines, range(plan.batches)))
        summary = running.summary(wanted.out)
        checkpoint.remove()
    return summary


def _refuse_loop() -> None:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return
    raise RuntimeError(
        "generate() waits for a whole data set: in async code, await asyncio.to_thread(generate, …)."
    )


@dataclass(frozen=True, slots=True)
class _Opening:
    """What sessions for this data set are opened with."""

    settings: Settings
    choice: Choice
    roles: Roles
    clock: Clock

    def answering(self) -> Answering:
        """A new one, for one event loop."""
        return Answering(self.settings, self.choice, self.roles, clock=self.clock)


def _opening(
    settings: Settings | Mapping[str, object] | None,
    said: Mapping[str, object],
    roles: Roles,
    cassettes: str | Path | None,
    record: str | None,
) -> _Opening:
    mode = _mode(record, cassettes)
    given = {name: value for name, value in {**said, "record": mode}.items() if value is not None}
    found = load_settings(Path.cwd(), environ=os.environ, command_line=given, overrides=settings)
    for warning in () if isinstance(settings, Settings) else found.warnings:  # who has Settings was told
        log.warning("%s", warning)
    clock = SystemClock()
    choice = Choice(
        backend=roles.backend or ",".join(found.backend),
        mapping=found.map,
        record=found.record,
        match=found.match,
        repeat=found.repeat != "never",
        seed=found.seed,
        test="generate",
        place=None if cassettes is None else _place(Path(cassettes), clock),
        is_test=False,
    )
    return _Opening(found, choice, roles, clock)


def _mode(record: str | None, cassettes: str | Path | None) -> str:
    if record is None:
        return "off" if cassettes is None else "none"
    if record not in MODES:
        raise SettingsError(f"--record {record} is no mode of recording here.{nearest(record, MODES)}")
    if cassettes is None:
        raise SettingsError(f"--record {record} needs a place for what it records: --cassettes DIR.")
    return record


def _place(folder: Path, clock: Clock) -> Place:
    here_ = Path.cwd()
    return Place(lambda: here_ / folder / CASSETTE, rootdir=here_, began=clock.wall(), endless=True)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What the caller wants, as it was said."""

    shape: "JSON | type | Path"
    count: int
    out: Path
    unique: Sequence[str]
    links: Mapping[str, str]
    enrich_every: int
    batch: int | None


def _plan(wanted: _Wanted, opening: _Opening) -> Plan:
    """The plan of what is wanted, by who answers. Raises what is wrong with any of it."""
    shape, answering, enricher = _shape(wanted.shape), opening.answering(), opening.roles.enricher
    leaf = answering.who(enricher=False)
    return Plan(
        shape=shape.source,
        count=wanted.count,
        path=f"/{shape.collection or wanted.out.stem}",
        seed=opening.choice.seed,
        batch=(LIVE_BATCH if leaf.live else BATCH) if wanted.batch is None else wanted.batch,
        backend=_told(leaf),
        enrich_every=wanted.enrich_every,
        enricher=_told(answering.who(enricher=True)) if enricher else "",
        unique=tuple(wanted.unique),
        links=read_links(wanted.links, record_schema(shape)),
        locale=opening.settings.locale,
    )


def _shape(said: "JSON | type | Path") -> Shape:
    return parse(read_shape(Path(said)) if isinstance(said, str | Path) else said)


def _told(leaf: Leaf) -> str:
    return f"{leaf.name} ({leaf.model})" if leaf.model else leaf.name


@dataclass(frozen=True, slots=True)
class _Workplace:
    """Where batches are made: in this process, or where `there` has them made."""

    plan: Plan
    opening: _Opening
    workers: int
    there: Executor | None

    async def make_all(self, running: Running) -> None:
        """Have all batches made."""
        if self.there is not None:
            await running.make_all(self.there)
            return
        answering = self.opening.answering()
        answering.ledger.begin(running.checkpoint.spent)
        try:
            await running.make_all(here(self.plan, answering.ask, width=self.workers))
        finally:
            await answering.aclose()


def _workplace(plan: Plan, opening: _Opening, executor: str, concurrency: int) -> _Workplace:
    """Raises SettingsError for an executor that is none, or cannot do what is wanted."""
    if concurrency < 1:
        raise SettingsError(f"--concurrency is {concurrency}: give 1 or more.")
    address = dask_address(executor)
    if address is None:
        return _Workplace(plan, opening, concurrency, None)
    if opening.choice.place is not None:
        raise SettingsError("--cassettes needs --executor local: one process writes a cassette.")
    job = job_of(plan, opening.settings, opening.choice, opening.roles)
    return _Workplace(plan, opening, concurrency, on_dask(address, job, workers=concurrency))


@contextmanager
def _checkpoint(out: Path, plan: Plan, *, force: bool) -> Iterator[Checkpoint]:
    """The checkpoint of `out`. Raises SettingsError when `out` is there and nobody said that it may go."""
    refusal = SettingsError(
        f"{out} exists already. To overwrite it: --force. To keep it, give another --out."
    )
    is_there = out.exists() and not force
    if is_there and not checkpoint_of(out).exists():
        raise refusal
    checkpoint = open_checkpoint(out, plan.identity, plan.batches)
    try:
        # a run that was killed when its file had its name already has made all of it
        if is_there and checkpoint.done < plan.batches:
            raise refusal
        yield checkpoint
    finally:
        checkpoint.close()
