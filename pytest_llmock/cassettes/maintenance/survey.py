"""What is in a cassette, at a glance."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pytest_llmock.cassettes.interaction import Interaction
from pytest_llmock.cassettes.maintenance.found import Opened, Problem, leftovers
from pytest_llmock.errors import CassetteError
from pytest_llmock.llm import JSON

Item = TypeVar("Item", str, tuple[str, str])


@dataclass(frozen=True, slots=True)
class Survey:
    """A cassette at a glance.

    `tests` are those that its recordings belong to; `models` the pairs of backend and model that were asked;
    `newest` is UTC in ISO form, empty when no recording says; `bytes` are the file's own; `beside` is what
    failed and killed runs have left.
    """

    path: Path
    tests: tuple[str, ...] = ()
    recordings: int = 0
    models: tuple[tuple[str, str], ...] = ()
    newest: str = ""
    bytes: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    problems: tuple[Problem, ...] = ()
    beside: tuple[Path, ...] = ()

    def json(self) -> dict[str, JSON]:
        """The survey as JSON data."""
        return {
            "path": self.path.as_posix(),
            "tests": list(self.tests),
            "recordings": self.recordings,
            "models": [{"backend": backend, "model": model} for backend, model in self.models],
            "newest": self.newest,
            "bytes": self.bytes,
            "tokens": {"input": self.input_tokens, "output": self.output_tokens},
            "problems": [{"line": problem.line, "text": problem.text} for problem in self.problems],
            "beside": [path.as_posix() for path in self.beside],
        }


def survey(path: Path) -> Survey:
    """What is in the cassette; of a damaged one, what can be read and what cannot; it need not exist yet."""
    left = tuple(leftovers(path))
    if not path.exists():
        return Survey(path, beside=left)
    size = path.stat().st_size
    try:
        opened = Opened.at(path)
    except CassetteError as error:
        return Survey(path, bytes=size, problems=(Problem.of(error, path),), beside=left)
    recordings = list(opened.recordings)
    said = [each.content for each in recordings if isinstance(each.content, Interaction)]
    usages = [each.completion.usage for each in said]
    return Survey(
        path,
        _distinct(test for each in recordings if (test := each.entry.test or opened.header.test)),
        len(recordings),
        _distinct(
            (str(each.request.get("backend", "")), str(each.request.get("model", ""))) for each in said
        ),
        max((each.recorded.at for each in said), default=""),
        size,
        sum(usage.input_tokens for usage in usages),
        sum(usage.output_tokens for usage in usages),
        (*(each.content for each in recordings if isinstance(each.content, Problem)), *opened.torn),
        left,
    )


def _distinct(items: Iterable[Item]) -> tuple[Item, ...]:
    return tuple(dict.fromkeys(items))
