"""A cassette in the hands of one test: it answers for live backends, from its file or by recording them.

One decision per call, made when the call begins and before anything is awaited, so that equal calls under way
together are told apart by the order in which they were issued:

    mode      a recording answers            the live backend answers and is recorded
    none      always, else a miss            never
    once      always, else a miss            when the file did not exist before this run
    new       where there is one             where there is none
    all       never                          always; recordings of other calls stay
    rewrite   never                          always; the test's other recordings go
    verify    always, else a miss            asked beside it and compared, never recorded
"""

import shlex
from collections import Counter
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from pytest_llmock.backends.registry import Leaf
from pytest_llmock.cassettes import format as documents
from pytest_llmock.cassettes.blobs import Blobs
from pytest_llmock.cassettes.drift import Scorer, compare, report, word_similarity
from pytest_llmock.cassettes.identity import key_of
from pytest_llmock.cassettes.index import Entry, Index
from pytest_llmock.cassettes.inquest import expired, missed
from pytest_llmock.cassettes.interaction import Interaction, Recorded, Request
from pytest_llmock.cassettes.match import Matcher
from pytest_llmock.cassettes.playing import Player, Slot, is_cancelled
from pytest_llmock.cassettes.policy import Policy, shown
from pytest_llmock.cassettes.record import Recorder, failed, iso, owners_of, seconds_of
from pytest_llmock.cassettes.redact import Redactor
from pytest_llmock.cassettes.replay import replay
from pytest_llmock.cassettes.request import request_of
from pytest_llmock.cassettes.store import Store
from pytest_llmock.cassettes.tee import UNRECORDED_KINDS, Take, tee
from pytest_llmock.cassettes.unused import Account
from pytest_llmock.clock import Clock, real
from pytest_llmock.errors import BackendError, CassetteError, Failure, RefusedError
from pytest_llmock.folding import fold
from pytest_llmock.journal import Attempt, Call
from pytest_llmock.llm import Completion, Deltas, Prompt


class _Turn(NamedTuple):
    """Who answers a call: the recording in `slot`, or the live backend, recorded at `place`."""

    slot: Slot | None
    place: int | None = None


@dataclass(eq=False)
class Cassette:
    """A cassette in the hands of one test: `played`, `recorded` and `unplayed` say how it went."""

    policy: Policy
    matcher: Matcher
    redactor: Redactor
    clock: Clock
    failures: list[RefusedError] = field(repr=False)
    similarity: Scorer = field(default=word_similarity, repr=False)
    remarks: list[str] = field(default_factory=list)
    _created: float = 0.0
    _anew: Counter[str] = field(default_factory=Counter, repr=False)
    _latest: tuple[int, Interaction] | None = field(default=None, repr=False)
    _asked: tuple[Prompt, Leaf, Request] | None = field(default=None, repr=False)

    def answer(self, leaf: Leaf, prompt: Prompt, *, call: Call | None) -> Deltas:
        """The answer of a live leaf, from the file or recorded; `call` is told what its caller should know.

        Raises RefusedError for a miss, and CassetteError; its deltas raise what was recorded or happens live.
        """
        request = self._request(leaf, prompt)
        turn = self._turn(request, leaf)
        if turn.slot is None:
            return self._recorded_live(leaf, prompt, request, turn.place, call)
        return self._play(turn.slot, leaf, prompt, request, call)

    def _play(self, slot: Slot, leaf: Leaf, prompt: Prompt, request: Request, call: Call | None) -> Deltas:
        interaction = self._read(slot.number, request)
        self._remark(slot, interaction, call)
        if call is not None and call.attempts:
            _tell(interaction.recorded, call.attempts[-1])

        def following() -> Deltas | None:
            found = self._player.take(request, repeat=False)
            return None if found is None else self._play(found, leaf, prompt, request, call)

        deltas = replay(interaction, leaf, speed=self.policy.speed, clock=self.clock, otherwise=following)
        if self.policy.mode == "verify" and not interaction.cancelled:
            return self._verified(deltas, leaf, prompt, slot.number, interaction)
        return deltas

    @property
    def path(self) -> Path:
        """The file."""
        return self.policy.path

    @property
    def recorded(self) -> int:
        """How many calls this test has recorded."""
        return sum(call.is_kept for call in self._recorder.calls)

    @property
    def played(self) -> int:
        """How many recordings have answered this test."""
        return len(self._player.played)

    @property
    def unplayed(self) -> list[int]:
        """The recordings of this test that no call has asked for, by their number in the file, from 0."""
        return self._player.unplayed()

    def account(self) -> Account:
        """What this test played and what it did not, for the report of the run.

        Whether a call is reached that will be cancelled is a matter of milliseconds: it is not missed.
        """
        entries = self._index.entries
        missed = [number for number in self.unplayed if not is_cancelled(self._index, number)]
        return {
            "path": str(self.path),
            "played": [(number, entries[number].key) for number in sorted(self._player.played)],
            "unplayed": [(number, entries[number].key) for number in missed],
        }

    async def settle(self, timeout_s: float) -> None:
        """Wait for the calls that are being recorded."""
        await self._recorder.settled(timeout_s)

    def keep(self, *, passed: bool) -> CassetteError | None:
        """Put what was recorded where it belongs; the error when it cannot stand there."""
        try:
            kept = self._recorder.finish(passed=passed)
        except CassetteError as error:
            return error
        if kept and not passed and not self.policy.endless:
            beside = shown(failed(self.path), self.policy.rootdir)
            self.remarks.append(
                f"{self.policy.test} did not pass: what it recorded is in {beside}. To take it over: "
                f"pytest-llmock cassettes accept {shlex.quote(beside)}"
            )
        if passed and not kept and self.policy.mode == "rewrite" and self._store.exists:
            path = shown(self.path, self.policy.rootdir)
            self.remarks.append(f"{path}: left as it was, because {self.policy.test} recorded nothing")
        return None

    @cached_property
    def _store(self) -> Store:
        return Store(self.policy.path)

    @cached_property
    def _index(self) -> Index:
        index = self._store.load()
        if index.header:
            self._created = self._made(index.header)
        if index.warning:
            self.remarks.append(index.warning)
        return index

    @cached_property
    def _player(self) -> Player:
        owners = owners_of(self._index, self.policy)
        return Player(self._index, owners, self.policy.test, self.matcher, lambda n: self._read(n).request)

    @cached_property
    def _recorder(self) -> Recorder:
        return Recorder(self.policy, self.redactor, real(self.clock), self.failures.append)

    @cached_property
    def _records_misses(self) -> bool:
        if self.policy.mode == "once":
            return not self._index.entries or self._began_in_this_run()
        return self.policy.mode == "new"

    def _made(self, header: str) -> float:
        """When the file was made. Raises CassetteError for a newer format, and for a time that is none."""
        where = str(self.path)
        created = documents.read_header(header, where=where).created
        try:
            return seconds_of(created)
        except ValueError:
            raise CassetteError(
                f"{where}: its header was created at {created!r}, which is no time. Write one such as "
                f"{iso(self.clock.wall())!r}."
            ) from None

    def _began_in_this_run(self) -> bool:
        return self.policy.began <= self._created <= self.clock.wall()

    def _request(self, leaf: Leaf, prompt: Prompt) -> Request:
        if self._asked is not None and self._asked[0] is prompt and self._asked[1] is leaf:
            return self._asked[2]
        request = request_of(leaf.asked(prompt), backend=leaf.name, model=leaf.model or prompt.model)
        clean = self.redactor.json(request)
        assert isinstance(clean, dict)
        self._asked = prompt, leaf, clean
        return clean

    def _turn(self, request: Request, leaf: Leaf) -> _Turn:
        _ = self._index  # whatever the mode: a file that cannot be read is not paid into
        if self.policy.mode in ("all", "rewrite"):
            return _Turn(None, self._place(request))
        if self._records_misses and self.policy.mode == "once":
            return _Turn(None)
        slot = self._player.take(request, repeat=self.policy.repeat)
        if slot is None:
            if self._records_misses:
                return _Turn(None)
            text = missed(request, leaf, self._player, self.policy, self._read)
            raise RefusedError(text, details={"backend": leaf.name})
        return self._renewed(slot, request, leaf) if self._is_expired(slot.number) else _Turn(slot)

    def _renewed(self, slot: Slot, request: Request, leaf: Leaf) -> _Turn:
        """What answers in place of a recording that has expired; itself, in a run that may not record."""
        if self.policy.on_expiry == "fail":
            age = self._age(slot.number)
            text = expired(request, leaf, self.policy, line=self._index.entries[slot.number].line, age=age)
            raise RefusedError(text, details={"backend": leaf.name})
        if self.policy.on_expiry == "record" and self.policy.mode in ("once", "new"):
            return _Turn(None, self._player.place_of(slot.number))
        return _Turn(slot)

    def _place(self, request: Request) -> int:
        key = key_of(request)
        self._anew[key] += 1
        return self._anew[key] - 1

    def _is_expired(self, number: int) -> bool:
        return self.policy.max_age is not None and self._age(number) > self.policy.max_age

    def _age(self, number: int) -> timedelta:
        recorded = self._read(number).recorded.at
        try:
            return timedelta(seconds=self.clock.wall() - seconds_of(recorded)) if recorded else timedelta()
        except ValueError:
            where = self._index.entries[number].where
            raise CassetteError(f"{where}: recorded at {recorded!r}, which is no time.") from None

    def _read(self, number: int, asked: Request | None = None) -> Interaction:
        """The interaction of that number; CassetteError when its request was edited and its key was not."""
        if self._latest is not None and self._latest[0] == number:
            return self._latest[1]
        entry = self._index.entries[number]
        interaction = self._parsed(entry)
        if interaction.request != asked and key_of(interaction.request) != entry.key:
            raise CassetteError(
                f"{entry.where}: the request of this recording was edited, so that it is not what was "
                "answered any more. Undo the edit, or let it stand and give it its new identity: "
                f"pytest-llmock cassettes migrate {self.policy.path}"
            )
        self._latest = number, interaction
        return interaction

    def _parsed(self, entry: Entry) -> Interaction:
        text, where, blobs = self._index.text(entry), str(self.policy.path), Blobs(self.policy.path.parent)
        try:
            return documents.read(text, where=where, blobs=blobs)
        except CassetteError:  # again, to name the line, which is counted only when somebody is told
            return documents.read(text, where=where, line=entry.line, blobs=blobs)

    def _where(self, number: int) -> str:
        """File and line, as the report of the run shows them."""
        return f"{shown(self.path, self.policy.rootdir)}:{self._index.entries[number].line}"

    def _remark(self, slot: Slot, interaction: Interaction, call: Call | None) -> None:
        """Tell the caller, and the report of the run, what is special about the recording that answers."""
        remarks = []
        if slot.level != "exact":
            remarks.append(f"matched at level '{slot.level}' only")
        if self._is_expired(slot.number):
            remarks.append(f"recorded {self._age(slot.number).days} days ago, longer than max_age allows")
        if interaction.cancelled:
            remarks.append("cancelled when it was recorded, so it waits until it is cancelled")
        elif interaction.truncated:
            remarks.append("truncated when it was recorded, and so is this answer")
        told = [f"{self._where(slot.number)}: {remark}." for remark in remarks]
        if call is not None:
            call.warnings += told
        self.remarks += told

    async def _verified(
        self, deltas: Deltas, leaf: Leaf, prompt: Prompt, number: int, recorded: Interaction
    ) -> Deltas:
        """The recorded deltas, after asking the live model too; another kind of answer fails the test."""
        live = await _answered(leaf, prompt)
        drift = compare(recorded, live, similarity=self.similarity)
        text = f"{self._where(number)}: {report(drift)}"
        if isinstance(live, Failure) and live.kind in UNRECORDED_KINDS:
            text = f"{self._where(number)}: the live model could not be asked: {live.message}"
        if drift.fails:
            self.failures.append(RefusedError(text, details={"backend": leaf.name}))
        else:
            self.remarks.append(text)
        async with aclosing(deltas):
            async for delta in deltas:
                yield delta

    def _recorded_live(
        self, leaf: Leaf, prompt: Prompt, request: Request, place: int | None, call: Call | None
    ) -> Deltas:
        number = self._recorder.begin(key_of(request), place=place)
        take = Take(request, number)
        if call is not None:
            # that a client of a server left says nothing about the next client
            keeps = call.face == "python" or not self.policy.endless
            take = Take(request, number, len(call.attempts), lambda: call.is_rescued, keeps)
        return tee(leaf, prompt, take, recorder=self._recorder, clock=real(self.clock))


async def _answered(leaf: Leaf, prompt: Prompt) -> Completion | Failure:
    try:
        return await fold(leaf.call(prompt))
    except BackendError as error:
        return error.failure


def _tell(recorded: Recorded, attempt: Attempt) -> None:
    """Put into the journal what a replay saves, in money and in time."""
    attempt.recorded_seconds = recorded.seconds
    if recorded.cost is not None:
        attempt.cost = Decimal(str(recorded.cost))
