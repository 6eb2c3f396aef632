"""What a test records: kept call by call beside the cassette, and taken into it when the test has passed.

Rules: nothing that was paid for is lost, and nothing unredacted is written. Each complete call goes at once
into `<cassette>.<8 hex>.recording`; when the test is over, that becomes part of the cassette, in the order in
which the calls were issued, or of `<cassette>.failed` when the test failed. A server without tests writes
into the cassette at once, equal requests in the order in which they came.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from pytest_llmock.cassettes import format as documents
from pytest_llmock.cassettes.blobs import Blobs
from pytest_llmock.cassettes.files import check_writable
from pytest_llmock.cassettes.index import Index
from pytest_llmock.cassettes.interaction import Interaction
from pytest_llmock.cassettes.overlay import Overlay
from pytest_llmock.cassettes.policy import Policy
from pytest_llmock.cassettes.redact import Redactor
from pytest_llmock.cassettes.redacting import redacted
from pytest_llmock.cassettes.store import Store
from pytest_llmock.clock import Clock, seed_of
from pytest_llmock.errors import CassetteError


@dataclass(slots=True)
class _Call:
    """A call that is being recorded; `document` stays None when nothing came of it.

    `place`: which recording of this request it replaces (0 is the first); None: it comes after them.
    `needed`: whether it is recorded at all, to be asked at the end.
    """

    key: str
    place: int | None
    document: str | None = None
    closed: bool = False
    written: bool = False
    needed: Callable[[], bool] | None = None

    @property
    def is_kept(self) -> bool:
        """Whether there is something to record, as things stand."""
        return self.document is not None and (self.needed is None or self.needed())


@dataclass
class Recorder:
    """The recordings of one test. `refuse` fails the test with an error that nobody can be given."""

    policy: Policy
    redactor: Redactor
    clock: Clock
    refuse: Callable[[CassetteError], None]
    calls: list[_Call] = field(default_factory=list)
    _all_closed: asyncio.Event | None = None
    _broken: CassetteError | None = None
    _is_over: bool = False

    def begin(self, key: str, *, place: int | None) -> int:
        """Reserve a place in the order of calls. Raises CassetteError when nothing can be written there."""
        if self._broken is not None:
            raise self._broken
        if not self.calls:
            check_writable(self.policy.path.parent)
        self.calls.append(_Call(key, place))
        return len(self.calls) - 1

    def keep(
        self, number: int, interaction: Interaction | None, *, needed: Callable[[], bool] | None = None
    ) -> None:
        """The call is over; None when there is nothing to record.

        `needed` is asked at the end of the test whether this is to be recorded after all; a server without
        tests, which has no such end, does not record it.
        """
        call = self.calls[number]
        call.closed, call.needed = True, needed
        if self._is_over:  # it was not complete in time, and what the test recorded has its place already
            return
        try:
            if interaction is not None and (needed is None or not self.policy.endless):
                call.document = self._document(interaction, call.key)
                self._save(call)
            elif self.policy.endless:
                self._write_in_order()
        except CassetteError as error:
            self._broken = error  # so that no further call is paid for and lost
            self.refuse(error)
        if self._all_closed is not None and not self.under_way:
            self._all_closed.set()

    @property
    def under_way(self) -> int:
        """How many calls are being recorded."""
        return sum(not call.closed for call in self.calls)

    async def settled(self, timeout_s: float) -> None:
        """Wait for the calls under way; what is not complete by then is not recorded."""
        if self.under_way:
            self._all_closed = asyncio.Event()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._all_closed.wait(), timeout_s)

    def finish(self, *, passed: bool) -> int:
        """Take what was recorded into the cassette, or beside it when the test failed; how many calls."""
        self._is_over = True
        for call in self.calls:
            if not call.is_kept:
                call.document = None
        waiting = [call for call in self.calls if call.document is not None and not call.written]
        if waiting:
            if passed or self.policy.endless:
                self._write(waiting)
                self._supersede(waiting)
            else:
                self._write_beside(waiting)
            if not self.policy.endless:
                self._pending.remove()
        return len(waiting)

    @cached_property
    def _pending(self) -> Store:
        mark = f"{seed_of(self.policy.test):016x}"[:8]
        pending = Store(self.policy.path.with_name(f"{self.policy.path.name}.{mark}.recording"))
        if pending.exists:  # left by a run that was killed: what it paid for is kept for `accept`
            Store(failed(self.policy.path)).take_over(pending.path)
        return pending

    @cached_property
    def _header(self) -> str:
        test = "" if self.policy.shared else self.policy.test
        return documents.header(self.redactor.text(test), iso(self.clock.wall()))

    def _document(self, interaction: Interaction, key: str) -> str:
        clean = redacted(interaction, self.redactor)
        if self.policy.shared:
            clean = replace(clean, test=self.redactor.text(self.policy.test))
        blobs = Blobs(self.policy.path.parent, guard=lambda _, data: self._check(data.decode("latin-1")))
        try:
            document = documents.write(clean, key=key, blobs=blobs)
        except ValueError as error:  # JSON has no word for NaN
            raise CassetteError(f"{self.policy.path}: a call was not recorded: {error}") from error
        self._check(document)
        return document

    def _check(self, text: str) -> None:
        """The last look at what is about to be written."""
        if left := self.redactor.survivors(text):
            raise CassetteError(
                f"{self.policy.path}: a recording was not written because {', '.join(left)} would have stood "
                "in it even after redaction. Add a pattern for the form it has there to llmock_redact."
            )

    def _save(self, call: _Call) -> None:
        if self.policy.endless:
            self._write_in_order()
        elif call.document is not None and call.needed is None:
            self._pending.append([call.document], header=self._header)

    def _write_in_order(self) -> None:
        """Write what is complete and has no equal request under way before it."""
        held, ready = set[str](), list[_Call]()
        for call in self.calls:
            if not call.closed:
                held.add(call.key)
            elif call.document is not None and not call.written and call.key not in held:
                ready.append(call)
        if ready:
            self._write(ready)

    def _write(self, calls: Sequence[_Call]) -> None:
        store, rewrites = Store(self.policy.path), self.policy.mode == "rewrite"
        if rewrites or any(call.place is not None for call in calls):
            store.rewrite(
                lambda index: self._changed(index, calls),
                header=self._header,
                replace_header=rewrites and not self.policy.shared,
            )
        else:
            store.append(_texts(calls), header=self._header)
        for call in calls:
            call.written = True

    def _write_beside(self, calls: Sequence[_Call]) -> None:
        """What the cassette would have become, laid over what earlier failures have left."""
        texts = self._changed(Store(self.policy.path).load(), calls)
        stream = "---\n".join([self._header, *texts]).encode()
        overlay = Overlay(Index.of(stream, str(failed(self.policy.path))))
        Store(failed(self.policy.path)).rewrite(overlay.over, header=self._header)
        for call in calls:
            call.written = True

    def _supersede(self, calls: Sequence[_Call]) -> None:
        """Take out of `.failed` what was recorded anew: accepted later, it would replace the new."""
        beside = Store(failed(self.policy.path))
        if not beside.exists:
            return
        anew = {call.key for call in calls}
        beside.rewrite(
            lambda index: [
                index.text(entry)
                for entry, owner in zip(index.entries, owners_of(index, self.policy), strict=True)
                if owner != self.policy.test or entry.key not in anew
            ]
        )

    def _changed(self, index: Index, calls: Sequence[_Call]) -> list[str]:
        """The documents of the cassette when these calls have been taken into it."""
        if self.policy.mode != "rewrite":
            return self._merged(index, calls)
        unanswered = {call.key for call in self.calls if call.document is None}
        others = [
            index.text(entry)
            for entry, owner in zip(index.entries, owners_of(index, self.policy), strict=True)
            if owner != self.policy.test or entry.key in unanswered
        ]
        return [*others, *_texts(calls)]

    def _merged(self, index: Index, calls: Sequence[_Call]) -> list[str]:
        """The documents there are, those of this test replaced that were recorded anew."""
        anew = {(call.key, call.place): call for call in calls if call.place is not None}
        seen: Counter[str] = Counter()
        merged = []
        for entry, owner in zip(index.entries, owners_of(index, self.policy), strict=True):
            replaced = None
            if owner == self.policy.test:
                replaced = anew.pop((entry.key, seen[entry.key]), None)
                seen[entry.key] += 1
            merged.append(index.text(entry) if replaced is None else replaced.document or "")
        rest = [call for call in calls if call.place is None or (call.key, call.place) in anew]
        return merged + _texts(rest)


def _texts(calls: Iterable[_Call]) -> list[str]:
    """The documents without the line that separates them."""
    return [call.document.removeprefix("---\n") for call in calls if call.document is not None]


def owners_of(index: Index, policy: Policy) -> tuple[str, ...]:
    """The test of each recording; in a cassette that is not shared, all are this test's."""
    if not policy.shared:
        return (policy.test,) * len(index.entries)
    return tuple(entry.test or index.test for entry in index.entries)


def failed(path: Path) -> Path:
    """Where the recordings of a failed test go."""
    return path.with_name(f"{path.name}.failed")


def iso(seconds: float) -> str:
    """A moment as it stands in cassettes: `2026-11-22T03:01:54.123456Z`."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def seconds_of(moment: str) -> float:
    """The moment as seconds since 1970; raises ValueError for what is none."""
    return datetime.fromisoformat(moment).timestamp()
