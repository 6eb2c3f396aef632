"""`pytest-llmock cassettes verify`: the live models are asked again, and nothing is written."""

import asyncio
import sys
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from pytest_llmock.backends.live import Live
from pytest_llmock.backends.registry import BUILT_IN, Leaf
from pytest_llmock.cassettes.drift import Scorer, compare, load_scorer, report
from pytest_llmock.cassettes.interaction import Interaction
from pytest_llmock.cassettes.maintenance.found import Opened, Problem, cassettes
from pytest_llmock.cli import EXIT_FOUND
from pytest_llmock.cli.again import prompt_again
from pytest_llmock.cli.arguments import PATHS_HELP, config_option, counted, paths_argument, settings_of
from pytest_llmock.clock import Clock, SystemClock, seed_of
from pytest_llmock.config import Settings
from pytest_llmock.errors import BackendError, CassetteError, Failure, SettingsError, ShapeError, nearest
from pytest_llmock.folding import fold
from pytest_llmock.llm import Completion, Prompt
from pytest_llmock.pool.deadline import deadline_in, within

# these say nothing about the model, and the next call would fail alike
_UNREACHABLE = frozenset({"connect", "resolve", "key_missing"})


@dataclass(frozen=True, slots=True)
class _Case:
    """A recording, and whom to ask what it asked; `where` is its file and line."""

    where: str
    recorded: Interaction
    leaf: Leaf
    prompt: Prompt


@click.command("verify", epilog=PATHS_HELP)
@paths_argument
@config_option
@click.option("--backend", multiple=True, metavar="NAME", help="Only recordings of this backend; repeatable.")
@click.option("--sample", type=click.IntRange(1), metavar="N", help="Only N recordings, chosen by the seed.")
@click.option("--similarity", metavar="MODULE:FUNCTION", help="What scores how alike two texts are.")
@click.option("--yes", is_flag=True, help="Do not ask before calls are made.")
@click.pass_context
def verify_command(
    ctx: click.Context,
    paths: tuple[Path, ...],
    config: Path | None,
    backend: tuple[str, ...],
    sample: int | None,
    similarity: str | None,
    *,
    yes: bool,
) -> None:
    """Ask the live backends again and say how their answers differ from the recorded ones.

    Every recording is one call, which may cost money. What fails is another shape of JSON, finish reason or
    tool call, and a failure instead of an answer; other words are told, not judged. Recordings that were
    cut are left out. Nothing is written.
    """
    settings = settings_of(config, similarity=similarity)
    if settings.similarity:
        sys.path.insert(0, str(Path.cwd()))  # a console script is not started in it
    scorer = load_scorer(settings.similarity)
    live = Live()
    found = list(_found(cassettes(paths), {name.casefold() for name in backend}, settings, live))
    cases = _sampled([each for each in found if isinstance(each, _Case)], sample, settings.seed)
    problems = [each for each in found if isinstance(each, Problem)]
    for each in problems:
        click.echo(str(each))
    failed = 0
    if not cases:
        click.echo("There is nothing to ask.")
    elif _is_wanted(cases, yes=yes):
        failed = asyncio.run(_verified(cases, live, settings, scorer))
    if failed or problems:
        ctx.exit(EXIT_FOUND)


def _found(
    paths: Iterable[Path], only: Collection[str], settings: Settings, live: Live
) -> Iterator[_Case | Problem]:
    for path in paths:
        try:
            opened = Opened.at(path)
        except CassetteError as error:
            yield Problem.of(error, path)
            continue
        for recording in opened.recordings:
            content, line = recording.content, recording.entry.line
            if isinstance(content, Problem):
                yield content
            elif not (content.truncated or content.cancelled) and _is_meant(content, only):
                case = _case(content, f"{path}:{line}", settings, live)
                yield Problem(path, line, case) if isinstance(case, str) else case


def _is_meant(recorded: Interaction, only: Collection[str]) -> bool:
    return not only or str(recorded.request.get("backend", "")).casefold() in only


def _case(recorded: Interaction, where: str, settings: Settings, live: Live) -> _Case | str:
    """The case, or why there is none."""
    name = str(recorded.request.get("backend", ""))
    entry = settings.backend_named(name)
    if entry is None:
        known = [backend.name for backend in settings.backends]
        return f"its backend '{name}' is not configured.{nearest(name, known)}"
    if entry.provider.lower() in BUILT_IN:
        return f"its backend '{name}' is embedded now ({entry.provider}), so nobody can be asked again."
    try:
        return _Case(where, recorded, live.leaf(entry, settings), prompt_again(recorded.request, settings))
    except (ValueError, ShapeError) as error:
        return f"its request cannot be asked again: {error}"


def _sampled(cases: Sequence[_Case], size: int | None, seed: int) -> Sequence[_Case]:
    """So many of the cases, the same ones for the same seed, in their order."""
    chosen = sorted(range(len(cases)), key=lambda number: seed_of("verify", seed, cases[number].where))
    return [cases[number] for number in sorted(chosen[:size])]


def _is_wanted(cases: Sequence[_Case], *, yes: bool) -> bool:
    """Say what is going to be called, and whether that is wanted."""
    calls = Counter(f"'{case.leaf.name}' ({_described(case)})" for case in cases)
    said = ", ".join(f"{number} to {place}" for place, number in calls.items())
    click.echo(f"{counted(len(cases), 'call')} to live backends: {said}.")
    if yes:
        return True
    if not sys.stdin.isatty():
        raise SettingsError("Calls may cost money, and nobody is there to agree: give --yes.")
    return click.confirm("Make them?")


def _described(case: _Case) -> str:
    leaf = case.leaf
    return ", ".join(part for part in (leaf.provider, leaf.model or case.prompt.model, leaf.base_url) if part)


async def _verified(cases: Sequence[_Case], live: Live, settings: Settings, scorer: Scorer) -> int:
    """Ask case by case and tell at once; how many failed, or could not be asked."""
    lost, failed, clock = set[str](), 0, SystemClock()
    try:
        for case in cases:
            if case.leaf.name in lost:
                failed += 1
                continue
            answer = await _answer(case, settings, clock)
            if isinstance(answer, Failure) and answer.kind in _UNREACHABLE:
                lost.add(case.leaf.name)
                failed += 1
                click.echo(f"{case.where}: backend '{case.leaf.name}' cannot be asked: {answer.message}")
            else:
                drift = compare(case.recorded, answer, similarity=scorer)
                failed += drift.fails
                click.echo(f"{case.where}: {report(drift)}")
    finally:
        await live.aclose()
    click.echo(f"{len(cases) - failed} of {counted(len(cases), 'answer')} agreed.")
    return failed


async def _answer(case: _Case, settings: Settings, clock: Clock) -> Completion | Failure:
    backend = within(case.leaf.call, deadline_in(settings.deadline_seconds, clock), clock)
    try:
        return await fold(backend(case.prompt))
    except BackendError as error:
        return error.failure
