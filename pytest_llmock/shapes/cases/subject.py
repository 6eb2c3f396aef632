"""What cases are made of: a schema, how its values are judged, and good values of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pytest_llmock.errors import ShapeError
from pytest_llmock.llm import JSON
from pytest_llmock.shapes.cases.changes import MALFORMED, MISSING, Change, broken
from pytest_llmock.shapes.cases.places import Place
from pytest_llmock.shapes.limits import canonical
from pytest_llmock.shapes.references import Schema, dialect
from pytest_llmock.shapes.sample import compile_sampler
from pytest_llmock.shapes.validate import accepter

IDLE_RECORDS = 60  # records in a row that are of no use, after which no other is expected


def broken_bodies(value: JSON) -> Iterator[tuple[str, str, bytes]]:
    """The bodies that are no JSON value, made of one that is: category, words and bytes of each."""
    yield MISSING, "missing", b""
    yield from ((MALFORMED, f"not JSON, {words}", raw) for words, raw in broken(canonical(value)))


def _everywhere(_place: Place, _change: Change) -> bool:
    return True


def _as_pointer(pointer: str) -> str:
    return pointer or "body"


@dataclass(frozen=True, slots=True)
class Subject:
    """What cases are made of: a schema, and how a value of it is judged and spoken of.

    `label` is a place as a report calls it, `allows` says which changes can be sent at all, and `broken` are
    the bodies that are no JSON value: category, words and bytes of each. After `turns`, where it is set, no
    rule comes again with other values around.
    """

    schema: Schema
    accepts: Callable[[JSON], bool]
    label: Callable[[str], str] = _as_pointer
    allows: Callable[[Place, Change], bool] = _everywhere
    broken: Callable[[JSON], Iterator[tuple[str, str, bytes]]] = broken_bodies
    turns: int | None = None


def subject_of(schema: Schema) -> Subject:
    """The subject of a plain body. Raises ShapeError for a schema that is not valid."""
    root = dialect(schema)
    return Subject(root, accepter(root))


@dataclass(frozen=True, slots=True)
class Found:
    """A case before it has a name: `raw` is text that is not JSON and is sent in place of the body."""

    rule: str
    category: str
    value: JSON
    raw: bytes | None = None

    @property
    def key(self) -> str:
        """What two equal cases have in common."""
        return canonical(self.value) if self.raw is None else f"raw {self.raw.hex()}"


def records(subject: Subject, seed: int) -> Iterator[JSON]:
    """Records that are accepted. A schema so hard that some record is not found has those before it."""
    sampler = compile_sampler(subject.schema)
    index, last = 0, -1
    while index - last <= IDLE_RECORDS:
        try:
            record = sampler.one(seed, index)
        except ShapeError:
            if last < 0:
                raise
            return
        if subject.accepts(record):
            last = index
            yield record
        index += 1
    if last < 0:
        raise ShapeError("No request was found whose parameters can be sent as text. Simplify their schemas.")
