"""The documents of a cassette: its header, and one for each interaction; as text, and back.

    llmock_cassette: 1                          ---
    test: "tests/test_chat.py::test_summary"    interaction: 1-3f2a9c0d5be84c17a1b2c3d4e5f60718
    created: "2026-11-22T03:01:54Z"             request: …
                                                answer: …
                                                deltas: 5@812 end@875
                                                recorded: {at: "2026-11-22T03:01:55Z", …}

Rules:
- every document but the header begins with `---`; an interaction's first field is its key, and its last line,
  always, is `recorded: {…}`: that is how a reader finds documents and a torn end without parsing;
- what has its default is left out, and the fields stand in a fixed order, so that the same interaction is the
  same text;
- documents may be edited by hand: a field that is wrong is named with its file and line.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias, get_args

from pytest_llmock.cassettes import yamltext
from pytest_llmock.cassettes.blobs import Blobs
from pytest_llmock.cassettes.emitting import Flow, Tree, emit, flow
from pytest_llmock.cassettes.fields import FieldError, Fields, Path, as_kind, check_known, field
from pytest_llmock.cassettes.interaction import Interaction, Recorded, Timed
from pytest_llmock.cassettes.tape import answer_of, deltas_of
from pytest_llmock.errors import CassetteError, Failure, FailureKind, nearest
from pytest_llmock.llm import JSON

FORMAT = 1
Migration: TypeAlias = Callable[[dict[str, JSON]], dict[str, JSON]]
Migrations: TypeAlias = Mapping[int, Migration]
# for each older format: what makes an interaction's document one of the next format
MIGRATIONS: Migrations = {}

_HEADER = ("llmock_cassette", "test", "created")
_DOCUMENT = (
    "interaction",
    "test",
    "request",
    "answer",
    "truncated",
    "cancelled",
    "failure",
    "deltas",
    "recorded",
)
_FAILURE = ("kind", "message", "status", "retry_after_s", "body")
_KINDS: tuple[FailureKind, ...] = get_args(FailureKind)
# Any: a field may have any of these types
_RECORDED: Mapping[str, Any] = {
    "at": str,
    "provider": str,
    "asked": str,
    "model": str,
    "seconds": float,
    "attempts": int,
    "cost": float,
    "plugin": str,
}
# parts of an answer that become one blob when they are large
_WHOLE = frozenset({"json", "arguments", "vectors"})


@dataclass(frozen=True, slots=True)
class Header:
    """What a cassette says of itself: the test it belongs to, when it was made (UTC), the format it is in."""

    test: str
    created: str
    format: int = FORMAT


def header(test: str, created: str) -> str:
    """The first document of a cassette."""
    return f"llmock_cassette: {FORMAT}\ntest: {flow(test)}\ncreated: {flow(created)}\n"


def read_header(text: str, *, where: str, migrations: Migrations = MIGRATIONS) -> Header:
    """What the first document of a cassette says; CassetteError for a format that cannot be read."""
    document = yamltext.read(text, where=where)
    if not isinstance(document, dict) or "llmock_cassette" not in document:
        yamltext.refuse(
            f"this is no cassette; one begins with `llmock_cassette: {FORMAT}`", where=where, line=1
        )
    try:
        version = field(document, "llmock_cassette", int, ())
        _check_version(version, where, migrations)
        check_known(document, _HEADER, ())
        return Header(field(document, "test", str, ()), field(document, "created", str, (), ""), version)
    except FieldError as error:
        yamltext.refuse(error.problem, where=where, line=yamltext.line_of(text, error.path))


def _check_version(version: int, where: str, migrations: Migrations) -> None:
    if version > FORMAT:
        raise CassetteError(
            f"{where} was written by a newer pytest-llmock (format {version}; this version reads up to"
            f" {FORMAT}): upgrade with pip install -U pytest-llmock"
        )
    missing = [number for number in range(version, FORMAT) if number not in migrations]
    if missing:
        raise CassetteError(
            f"{where} has format {version}, and pytest-llmock has never written format {missing[0]}:"
            " delete it and record again"
        )


def migration_from(version: int, migrations: Migrations = MIGRATIONS) -> Migration:
    """What makes an interaction's document of an older format one of this format, step by step."""

    def migrate(document: dict[str, JSON]) -> dict[str, JSON]:
        for older in range(version, FORMAT):
            document = migrations[older](document)
        return document

    return migrate


def write(interaction: Interaction, *, key: str, blobs: Blobs) -> str:
    """The document of the interaction, from its `---` to its last line break.

    What it refers to is on disk by then. Raises ValueError for what no JSON can say (NaN), CassetteError when
    a blob cannot be written.
    """
    answer, tape = answer_of(interaction.deltas)
    body: dict[str, Tree] = {"request": _on_one_line(blobs.put(dict(interaction.request)), "sampling")}
    if answer:
        body["answer"] = _on_one_line(blobs.put(answer, whole=_WHOLE), "usage")
    for name in ("truncated", "cancelled"):
        if getattr(interaction, name):
            body[name] = True
    if interaction.failure is not None:
        body["failure"] = blobs.put(_failure_fields(interaction.failure))
    if isinstance(tape, list):
        body["deltas"] = tuple(Flow(blobs.put(entry, whole=_WHOLE)) for entry in tape)
    lines = [f"---\ninteraction: {key}\n"]
    if interaction.test:
        lines.append(f"test: {flow(interaction.test)}\n")
    lines.append(emit(body))
    if tape and isinstance(tape, str):
        lines.append(f"deltas: {tape}\n")
    lines.append(f"recorded: {flow(_recorded_fields(interaction.recorded))}\n")
    return "".join(lines)


def _on_one_line(fields: Tree, name: str) -> Tree:
    if isinstance(fields, Mapping) and name in fields:
        return {**fields, name: Flow(fields[name])}
    return fields


def _failure_fields(failure: Failure) -> dict[str, JSON]:
    said = {name: getattr(failure, name) for name in _FAILURE}
    return {name: value for name, value in said.items() if value is not None and value != ""}


def _recorded_fields(recorded: Recorded) -> dict[str, Tree]:
    said = {name: getattr(recorded, name) for name in _RECORDED}
    return {name: value for name, value in said.items() if value is not None}


def read(
    text: str, *, where: str, line: int = 1, blobs: Blobs, migrate: Migration | None = None
) -> Interaction:
    """The interaction of a document that begins on this line of the file `where`.

    `migrate` is `migration_from` the format of the file's header. Raises CassetteError naming file, line and
    field for what an edit has made unreadable.
    """
    document = yamltext.read(text, where=where, line=line, blob=partial(blobs.get, where=where))
    try:
        said = as_kind(document, dict, ())
        return _interaction(said if migrate is None else migrate(said))
    except FieldError as error:
        yamltext.refuse(error.problem, where=where, line=yamltext.line_of(text, error.path, line=line))


def _interaction(document: Fields) -> Interaction:
    check_known(document, _DOCUMENT, ())
    field(document, "interaction", str, ())
    failure = _failure(document["failure"]) if "failure" in document else None
    truncated, cancelled = (
        field(document, name, bool, (), default=False) for name in ("truncated", "cancelled")
    )
    return Interaction(
        request=field(document, "request", dict, ()),
        deltas=_deltas(document, whole=failure is None and not truncated and not cancelled),
        failure=failure,
        truncated=truncated,
        cancelled=cancelled,
        recorded=_recorded(field(document, "recorded", dict, (), {})),
        test=field(document, "test", str, (), ""),
    )


def _deltas(document: Fields, *, whole: bool) -> tuple[Timed, ...]:
    """`whole`: an answer without a tape is complete, even if it does not say why it ends."""
    answer = field(document, "answer", dict, (), {})
    tape = document.get("deltas", None if answer else "")
    if isinstance(tape, str | list | None):
        return deltas_of(answer, tape, whole=whole)
    raise FieldError(("deltas",), "must be text like `5@812 end@875`, or a list of deltas")


def _failure(value: JSON) -> Failure:
    path: Path = ("failure",)
    said = as_kind(value, dict, path)
    check_known(said, _FAILURE, path)
    kind = field(said, "kind", str, path)
    if kind not in _KINDS:
        raise FieldError((*path, "kind"), f"is {kind!r}, which is no kind of failure.{nearest(kind, _KINDS)}")
    return Failure(
        kind,
        field(said, "message", str, path, ""),
        field(said, "status", int, path) if "status" in said else None,
        field(said, "retry_after_s", float, path) if "retry_after_s" in said else None,
        field(said, "body", str, path, ""),
    )


def _recorded(said: Fields) -> Recorded:
    path: Path = ("recorded",)
    check_known(said, _RECORDED, path)
    # Any: each field has its own type
    values: dict[str, Any] = {name: field(said, name, _RECORDED[name], path) for name in said}
    return Recorded(**values)
