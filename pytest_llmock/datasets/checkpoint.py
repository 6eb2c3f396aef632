"""What was made so far, in a file beside the one that is to be: each batch as soon as it came, in any order.

The file is only appended to: a line that says the plan, then for every part a line that says which it is,
what it took and how long its records are, and those as JSON lines. A batch may come again, made better; the
last one counts. A process that is killed leaves at most one entry without its end, which the next one cuts
off. What was paid for is on the disk (fsync) before anything else is done with it.

Whoever has the file open holds its lock, so that no two runs make the same file.
"""

import json
import os
from array import array
from contextlib import suppress
from dataclasses import dataclass, field
from io import FileIO
from pathlib import Path

from filelock import lock_descriptor

from pytest_llmock.datasets.entries import Entry, entry_of, head_of, plan_in, read_entry
from pytest_llmock.datasets.making import Made, total_usage
from pytest_llmock.datasets.plan import Part
from pytest_llmock.errors import DataSetError, SettingsError
from pytest_llmock.ledger import Spent
from pytest_llmock.llm import JSON, Usage

SUFFIX = ".checkpoint"
_LONGEST_HEAD = 1_000_000  # bytes
_Place = tuple[int, int]  # where records begin, and how long they are


def checkpoint_of(out: Path) -> Path:
    """Where the checkpoint of a file is."""
    return out.with_name(out.name + SUFFIX)


@dataclass(eq=False)
class Checkpoint:
    """An open checkpoint: `done` batches are in it, `kept` of them from earlier runs.

    `usage` and `spent` are what all parts took, those that failed or were made again, too.
    """

    path: Path
    file: FileIO
    kept: int = 0
    done: int = 0
    usage: Usage = field(default_factory=Usage)
    spent: Spent = field(default_factory=Spent)
    _begins: "array[int]" = field(default_factory=lambda: array("Q"), repr=False)
    _sizes: "array[int]" = field(default_factory=lambda: array("Q"), repr=False)
    _remade: dict[int, dict[_Place, _Place]] = field(default_factory=dict, repr=False)

    def has(self, batch: int) -> bool:
        return self._begins[batch] > 0

    def lines(self, batch: int) -> bytes:
        """The records of a batch."""
        return self._read(self._begins[batch], self._sizes[batch])

    def remade(self, part: Part) -> bytes | None:
        """The records of a part that was made again in a batch whose keys are not all unique yet."""
        place = self._remade.get(part.batch, {}).get((part.start, part.variant))
        return None if place is None else self._read(*place)

    def add(self, part: Part, made: Made) -> None:
        """Keep a part that was made, or what it took to fail. Raises DataSetError when the disk does not."""
        entry = entry_of(part, made)
        try:
            self._append(entry.line + made.lines, durable=made.spent.calls > 0)
        except OSError as error:
            raise DataSetError(
                f"{self.path} cannot be written: {error.strerror}. What was made before is kept there. Make "
                "room, and run the same command again to go on.",
                batch=part.batch,
            ) from error
        self._note(entry, self.file.tell())

    def begin(self, identity: dict[str, JSON]) -> None:
        """Say which plan it is of."""
        self.file.truncate(0)
        self._append(head_of(identity), durable=True)

    def take_over(self, batches: int) -> None:
        """Go on with what earlier runs made, as far as it is whole; `batches` are in the plan."""
        self._begins, self._sizes = array("Q", bytes(8 * batches)), array("Q", bytes(8 * batches))
        with open(self.file.fileno(), "rb", closefd=False) as buffered:
            buffered.seek(0)
            end = len(buffered.readline())
            while (entry := read_entry(buffered.readline())) and 0 <= entry.batch < batches:
                if not entry.holds(buffered.read(entry.size)):
                    break
                end = buffered.tell()
                self._note(entry, end)
        self.file.truncate(end)
        self.kept = self.done

    def close(self) -> None:
        """Close the file, which frees its lock; the next run goes on with it."""
        self.file.close()

    def remove(self) -> None:
        """The data set is finished: nothing of this is needed any more."""
        with suppress(PermissionError):  # Windows lets nobody remove a file that is open
            self.path.unlink(missing_ok=True)
        self.close()
        self.path.unlink(missing_ok=True)

    def _read(self, begin: int, size: int) -> bytes:
        self.file.seek(begin)
        return self.file.read(size)

    def _append(self, data: bytes, *, durable: bool) -> None:
        self.file.seek(0, os.SEEK_END)
        rest = memoryview(data)
        while rest:
            rest = rest[self.file.write(rest) :]
        if durable:
            os.fsync(self.file.fileno())

    def _note(self, entry: Entry, end: int) -> None:
        batch, place = entry.batch, (end - entry.size, entry.size)
        self.usage, self.spent = total_usage([self.usage, entry.usage]), self.spent + entry.spent
        if entry.failed:
            return
        if entry.again is not None:
            self._remade.setdefault(batch, {})[entry.again] = place
            return
        self._remade.pop(batch, None)  # they are in it now
        self.done += not self.has(batch)
        self._begins[batch], self._sizes[batch] = place


def open_checkpoint(out: Path, identity: dict[str, JSON], batches: int) -> Checkpoint:
    """The checkpoint of `out`, new or from an earlier run of the same plan, with its lock.

    Raises SettingsError when another run has it, it is of another plan, or its folder cannot be written.
    """
    path = checkpoint_of(out)
    try:
        checkpoint = Checkpoint(path, _opened(path, out))
        try:
            _begin(checkpoint, identity)
            checkpoint.take_over(batches)
        except BaseException:
            checkpoint.close()
            raise
    except OSError as error:
        raise SettingsError(
            f"{path} cannot be written: {error.strerror}. It keeps what was made beside --out: give another."
        ) from error
    return checkpoint


def _opened(path: Path, out: Path) -> FileIO:
    while True:
        file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o666), "r+b", buffering=0)
        if not lock_descriptor(file.fileno(), blocking=False):
            file.close()
            raise SettingsError(
                f"Another run is making {out} at this moment. Wait for it, end it, or give another --out."
            )
        with suppress(FileNotFoundError):
            if os.path.samestat(path.stat(), os.fstat(file.fileno())):
                return file
        file.close()  # whoever had it has finished in between, and removed it


def _begin(checkpoint: Checkpoint, identity: dict[str, JSON]) -> None:
    """Say which plan it is of, or see that it is of the same."""
    head = checkpoint.file.read(_LONGEST_HEAD)
    line, end, _ = head.partition(b"\n")
    found = plan_in(line + end)
    if found == identity:
        return
    if found is not None:
        raise _of_another_plan(checkpoint.path, found, identity)
    if end or not head_of(identity).startswith(line):  # else it is new, or was killed when it was begun
        raise SettingsError(
            f"{checkpoint.path} is no checkpoint of this version. Move it away, or give another --out."
        )
    checkpoint.begin(identity)


def _of_another_plan(path: Path, found: dict[str, JSON], wanted: dict[str, JSON]) -> SettingsError:
    differing = [name for name in wanted if found.get(name) != wanted[name]]
    said = [f"{name} was {json.dumps(found.get(name))}, is {json.dumps(wanted[name])}" for name in differing]
    return SettingsError(
        f"{path} is of an interrupted run, and this one would not go on with it: {'; '.join(said)}. Say what "
        "was said then, give another --out, or remove that file to begin anew."
    )
