"""The lines of a checkpoint: what it says of its plan, and of each part before that part's records."""

import json
from dataclasses import dataclass, field
from typing import TypedDict
from zlib import crc32

from pytest_llmock.datasets.making import Made
from pytest_llmock.datasets.plan import Part
from pytest_llmock.ledger import Figures, Spent
from pytest_llmock.llm import JSON, Usage

FORMAT = 1


class _Line(TypedDict, total=False):
    batch: int
    bytes: int
    crc: int
    again: list[int]  # start and variant of records that were made again
    failed: bool
    tokens: list[int]
    spent: Figures


@dataclass(frozen=True, slots=True)
class Entry:
    """What is said of one part: how long its records are, and what they took."""

    batch: int
    size: int
    crc: int
    again: tuple[int, int] | None = None
    failed: bool = False
    usage: Usage = field(default_factory=Usage)
    spent: Spent = field(default_factory=Spent)

    @property
    def line(self) -> bytes:
        """The entry as it is written."""
        line: _Line = {"batch": self.batch, "bytes": self.size, "crc": self.crc}
        if self.again is not None:
            line["again"] = [*self.again]
        if self.failed:
            line["failed"] = True
        if self.usage.total_tokens:
            line["tokens"] = [self.usage.input_tokens, self.usage.output_tokens, int(self.usage.estimated)]
        if self.spent != Spent():
            line["spent"] = self.spent.figures
        return json.dumps(line).encode() + b"\n"

    def holds(self, lines: bytes) -> bool:
        """Whether these are its records, whole."""
        return len(lines) == self.size and crc32(lines) == self.crc


def entry_of(part: Part, made: Made) -> Entry:
    """The entry of a part that was made, or that failed."""
    again = (part.start, part.variant) if part.variant else None
    failed = made.error is not None
    return Entry(part.batch, len(made.lines), crc32(made.lines), again, failed, made.usage, made.spent)


def read_entry(text: bytes) -> Entry | None:
    """The entry that a line says; None at the end of the file, or where it broke off."""
    try:
        line: _Line = json.loads(text) if text.endswith(b"\n") else {}
        again, tokens, spent = line.get("again"), line.get("tokens"), line.get("spent")
        return Entry(
            line["batch"],
            line["bytes"],
            line["crc"],
            None if again is None else (again[0], again[1]),
            line.get("failed", False),
            Usage() if tokens is None else Usage(tokens[0], tokens[1], estimated=bool(tokens[2])),
            Spent() if spent is None else Spent.of(spent),
        )
    except (ValueError, LookupError, TypeError, AttributeError):  # bytes of a disk that lost some of them
        return None


def head_of(identity: dict[str, JSON]) -> bytes:
    """The first line of a checkpoint of this plan."""
    return json.dumps({"llmock_checkpoint": FORMAT, "plan": identity}).encode() + b"\n"


def plan_in(head: bytes) -> dict[str, JSON] | None:
    """The plan of a checkpoint that begins with this line; None where it is none of ours."""
    try:
        said = json.loads(head) if head.endswith(b"\n") else None
    except ValueError:
        return None
    if not isinstance(said, dict) or said.get("llmock_checkpoint") != FORMAT:
        return None
    plan: dict[str, JSON] | None = said.get("plan")
    return plan
