"""A mock API request answered by a backend: once, by one of several answers made ahead, or several times."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import count, islice
from statistics import fmean

from pytest_llmock.clock import random_for
from pytest_llmock.generation.chunk import Generating
from pytest_llmock.generation.entries import Order
from pytest_llmock.generation.generate import options_of
from pytest_llmock.generation.splitting import Splitter
from pytest_llmock.generation.together import made_together, placed
from pytest_llmock.generation.variants import Variant, request_key
from pytest_llmock.journal import Call
from pytest_llmock.llm import Backend
from pytest_llmock.mockapi.completions import Pace, completed, headers_of, response
from pytest_llmock.mockapi.request import MockRequest
from pytest_llmock.pool.deadline import Deadline, deadline_in
from pytest_llmock.pool.selection import Selection
from pytest_llmock.server.memory import remember, remembers
from pytest_llmock.session import Session
from pytest_llmock.wire.http import Response, encode_json, json_response


@dataclass(frozen=True, slots=True)
class Asking:
    """A request, and who is asked for its answer until when."""

    session: Session
    call: Call
    mock: MockRequest
    selection: Selection
    deadline: Deadline

    async def answer(self) -> Response:
        """What the client gets. Raises what the backend raises."""
        mock = self.mock
        if mock.n is None and not mock.cache:
            generated = await self._generating(self.deadline).made(self.call, mock.generation, mock.shape)
            self.call.warn(*generated.warnings)
            if remembers(mock):
                remember(self.session, self.call, mock, generated.value)
            return json_response(generated.value)
        size = self._made_ahead()
        supply = partial(self._cached, size) if size else _Fresh(self).next
        if mock.n is None:
            (variant,) = await supply(1)
            self._note((variant,))
            return Response(body=variant.body)
        settings, clock = self.session.settings, self.session.clock
        pace = Pace.of(settings.rate_limit_strategy, settings.rate_limit_delay_range)
        random = random_for(self.session.choice.seed, "delays", mock.generation.method, mock.generation.path)
        done = await completed(supply, mock.n, pace, random=random, clock=clock)
        self._note(done.variants)
        return response(done, clock, headers_of(done, self._recent_s()), in_pieces=self.call.method != "HEAD")

    async def variant(self, call: Call, number: int, deadline: Deadline) -> Variant:
        """One of the answers to the request; `call` is the part that it is."""
        clock, mock = self.session.clock, self.mock
        began = clock.monotonic()
        wanted = replace(mock.generation, variant=number)
        generated = await self._generating(deadline).made(call, wanted, mock.shape)
        warnings = (*call.warnings, *generated.warnings)
        seconds = clock.monotonic() - began
        return Variant(encode_json(generated.value), call.backend, call.model, call.source, seconds, warnings)

    def _generating(self, deadline: Deadline) -> Generating:
        session, settings, mock = self.session, self.session.settings, self.mock

        def ask(call: Call) -> Backend:
            own = deadline if call is self.call else deadline.part()
            return session.bound(self.selection, call=call, deadline=own)

        splitter = Splitter(self.selection.leaf, settings, mock.sampling, mock.chunked)
        return Generating(ask, options_of(settings, mock.sampling), splitter)

    def _made_ahead(self) -> int:
        """How many answers are kept for such requests; what is not done as asked is told."""
        settings, wanted = self.session.settings, self.mock.cache
        if not wanted or not settings.enable_caching:
            self.call.warn(*(["$cache has no effect: EnableCaching is false."] if wanted else []))
            return 0
        most = settings.max_cache_per_key
        if wanted > most:
            self.call.warn(f"$cache {wanted} is above MaxCachePerKey and was capped at {most}.")
        return min(wanted, most)

    async def _cached(self, size: int, n: int) -> Sequence[Variant]:
        generation, leaf = self.mock.generation, self.selection.leaf
        order = Order(
            request_key(generation, self.mock.sampling, leaf.name),
            f"{generation.method} {generation.path}",
            size,
            self._primed,
            self._refilled if self._may_refill else None,
        )
        taken = await self.session.cache.take(order, n, self.deadline)
        self.call.warn(*taken.warnings)
        return taken.variants

    @property
    def _may_refill(self) -> bool:
        """Whether answers are made behind a request.

        Not where calls are recorded or replayed: how many are made would depend on when the test ends. Nor by
        a script, whose next answer may be meant for another request.
        """
        leaves = (self.selection.leaf, *self.selection.others)
        if self.session.interventions or any(leaf.provider == "scripted" for leaf in leaves):
            return False
        return self.session.choice.record == "off" or not any(leaf.live for leaf in leaves)

    async def _primed(self, numbers: range) -> list[Variant | Exception]:
        """The variants for this request and the next ones."""
        parts = [self.call.part() for _ in numbers]
        try:
            return await self._outcomes(parts, numbers, self.deadline)
        finally:
            for part in parts:
                self.call.conclude(part)

    async def _refilled(self, numbers: range) -> list[Variant | Exception]:
        """Variants for later requests; the attempts are this call's, but its answer is another one."""
        session = self.session
        deadline = deadline_in(session.settings.deadline_seconds, session.clock)
        return await self._outcomes([self.call.part() for _ in numbers], numbers, deadline)

    async def _outcomes(
        self, parts: Sequence[Call], numbers: range, deadline: Deadline
    ) -> list[Variant | Exception]:
        async def outcome(part: Call, number: int) -> Variant | Exception:
            try:
                return await self.variant(part, number, deadline)
            except Exception as error:  # noqa: BLE001 - the others are of use without it
                return error

        return await made_together([partial(outcome, *each) for each in zip(parts, numbers, strict=True)])

    def _note(self, variants: Sequence[Variant]) -> None:
        """Put into the journal who made them: those for this request, before those that were there."""
        made = [variant for variant in variants if variant.source != "cache"]
        last, call = (made or variants)[-1], self.call
        call.selected = self.selection.leaf.name
        call.backend, call.model, call.source = last.backend, last.model, last.source
        for variant in variants:
            call.warn(*variant.warnings)
        if remembers(self.mock):  # of several answers the first: the one that it gets alone
            remember(self.session, call, self.mock, json.loads(variants[0].body))

    def _recent_s(self) -> float | None:
        """The mean time of the last answers to such requests, None where nobody counts them."""
        settings = self.session.settings
        if not settings.enable_rate_limit_statistics:
            return None
        like = (each for each in reversed(self.session.calls) if (each.method, each.path) == self._path)
        times = (attempt.seconds for each in like for attempt in reversed(each.attempts) if attempt.source)
        window = [*islice(times, settings.rate_limit_stats_window_size)]
        return fmean(window) if window else None

    @property
    def _path(self) -> tuple[str, str]:
        return self.call.method, self.call.path


class _Fresh:
    """The variants of a request in order, made when they are asked for."""

    def __init__(self, asking: Asking) -> None:
        self._asking, self._numbers = asking, count()

    async def next(self, n: int) -> list[Variant]:
        """The next `n`; the first that fails ends the others, and is said to be which."""
        numbers, call = [*islice(self._numbers, n)], self._asking.call
        parts = [call.part() for _ in numbers]
        try:
            return await made_together(
                [partial(self._one, *each) for each in zip(parts, numbers, strict=True)]
            )
        finally:
            for part in parts:
                call.conclude(part)

    async def _one(self, part: Call, number: int) -> Variant:
        with placed(f"Answer {number + 1} of {self._asking.mock.n}"):
            return await self._asking.variant(part, number, self._asking.deadline)
