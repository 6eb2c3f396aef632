"""Session: what one test holds, and the one way from a prompt to a backend's answer.

Everything that must not outlive a test is here: which backend it selected, its journal, its failures. A
session knows nothing of HTTP or threads; the server below whose address it lives brings those.
"""

import asyncio
import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_llmock.backends.registry import Backends, Leaf
from pytest_llmock.choice import Choice
from pytest_llmock.clock import Clock
from pytest_llmock.config import Settings
from pytest_llmock.errors import DeadlineError, LLMockError, NoBackendError, RefusedError, nearest
from pytest_llmock.journal import CURRENT, Attempt, Call, Journal
from pytest_llmock.llm import Backend, Delta, Deltas, Origin, Prompt
from pytest_llmock.pool.deadline import Deadline, within

if TYPE_CHECKING:
    from pytest_llmock.cassettes.cassette import Cassette
    from pytest_llmock.cassettes.unused import Account
    from pytest_llmock.errors import CassetteError

log = logging.getLogger("pytest_llmock")


class Session:
    """All state of one test: its settings, backends, calls and failures, below one address."""

    def __init__(
        self, settings: Settings, choice: Choice, *, backends: Backends, clock: Clock, url: str = ""
    ) -> None:
        self.settings = settings
        self.choice = choice
        self.backends = backends.gated(self._gate)
        self.clock = clock
        self.url = url
        self.calls = Journal()
        self.failures: list[RefusedError] = []
        self.told = 0  # how many of them the test's outcome has told
        self.work: set[asyncio.Task[object]] = set()  # answers under way, cancelled when the test is over
        self.closed = False
        self._cassette: Cassette | None = None

    def reset(self) -> None:
        """Forget calls and failures. A cassette goes on where it is, as the test that recorded it did."""
        self.calls.clear()
        self.failures.clear()

    @property
    def cassette(self) -> "Cassette | None":
        """The test's cassette, opened when a live backend or the test first asks for it; None without one."""
        if self._cassette is None and self.choice.place is not None:
            from pytest_llmock.cassettes.opening import opened  # noqa: PLC0415 - reads YAML: 16 ms to import

            self._cassette = opened(self.settings, self.choice, clock=self.clock, failures=self.failures)
        return self._cassette

    @property
    def uses_cassette(self) -> bool:
        """Whether anybody has asked for the cassette."""
        return self._cassette is not None

    @property
    def remarks(self) -> list[str]:
        """What the report of the run should say of the recordings that were played."""
        return self._cassette.remarks if self._cassette is not None else []

    def account(self) -> "Account | None":
        """Which recordings the test played and which not; None where that says nothing about them.

        That is so without a cassette file, when the run let other backends answer, and when it recorded anew.
        """
        choice = self.choice
        chosen = self.settings.origins.get("backend") in ("command line", "environment")
        if choice.mapping or chosen or choice.record in ("off", "all", "rewrite") or choice.place is None:
            return None
        has_live = any(leaf.live for leaf in self.backends.values())
        if not self.uses_cassette and not (has_live and choice.place.path.exists()):
            return None
        assert self.cassette is not None
        return self.cassette.account()

    async def settle(self) -> None:
        """Wait, as long as a request may take, for the calls that are being recorded."""
        if self._cassette is not None:
            await self._cassette.settle(self.settings.deadline_seconds)

    def keep(self, *, passed: bool) -> "CassetteError | None":
        """The test is over: put what it recorded where it belongs; the error when that cannot be done."""
        return None if self._cassette is None else self._cassette.keep(passed=passed)

    def refused(self, message: str, **details: object) -> RefusedError:
        """An error that fails the test even if nobody sees it: raise it."""
        error = RefusedError(message, details=details)
        self.failures.append(error)
        return error

    def select(self, requested: str = "", *, model: str = "", call: Call | None = None) -> Leaf:
        """The backend that answers: the request's, else the test's, else the model's, else the default.

        Raises RefusedError for an unknown or disabled name (lax: warns on the call and takes the default)
        and NoBackendError when no backend is enabled.
        """
        name = requested.strip() or self.choice.backend or self._named_by_model(model)
        if name:
            leaf = self._requested(self._mapped(name), call)
            if leaf is not None:
                log.info("Using requested backend: %s (%s, %s)", leaf.name, leaf.provider, leaf.place)
                return leaf
        leaf = self._default()
        log.info("Selected backend: %s (%s, %s)", leaf.name, leaf.provider, leaf.place)
        return leaf

    def check_selection(self) -> None:
        """Fail the test when the backend it was given does not exist, even if nothing was asked of it."""
        if self.choice.backend and not self.failures:
            self._requested(self._mapped(self.choice.backend), None)

    def ask(self, prompt: Prompt, leaf: Leaf, *, call: Call, deadline: Deadline) -> Deltas:
        """The leaf's answer as a stream of deltas, noted in the call; the first delta carries its origin.

        Reading it raises RefusedError for a live call that the record mode does not allow, DeadlineError, and
        what the backend raises.
        """
        backend = within(leaf.call, deadline, self.clock)
        return self._noted(backend, prompt, leaf, call)

    def bound(self, leaf: Leaf, *, call: Call, deadline: Deadline) -> Backend:
        """`ask` as a backend, for whoever asks more than once (a generation with corrections)."""

        def backend(prompt: Prompt, /) -> Deltas:
            return self.ask(prompt, leaf, call=call, deadline=deadline)

        return backend

    def _named_by_model(self, model: str) -> str:
        return model if model and self.backends.find(model) is not None else ""

    def _mapped(self, name: str) -> str:
        mapping = {old.lower(): new for old, new in self.choice.mapping.items()}
        return mapping.get(name.lower(), mapping.get("*", name))

    def _requested(self, name: str, call: Call | None) -> Leaf | None:
        leaf = self.backends.find(name)
        if leaf is not None and leaf.enabled:
            return leaf
        state = "is not configured" if leaf is None else 'is disabled ("Enabled": false)'
        usable = [leaf.name for leaf in self.backends.values() if leaf.enabled]
        message = f"Backend '{name}' {state}.{nearest(name, usable)}"
        if self.choice.strict:
            raise self.refused(
                f"{message} Enable or add it in the settings, name another, or run with --llmock-lax to get "
                "the default backend and a warning instead.",
                backend=name,
            )
        log.warning("Requested backend '%s' not found or disabled, using default selection", name)
        if call is not None:
            call.warnings.append(f"{message} The default backend answered.")
        return None

    def _default(self) -> Leaf:
        leaf = self.backends.default()
        name = self._mapped(leaf.name if leaf else "*")
        mapped = self.backends.find(name)
        if mapped is not None and mapped.enabled:
            return mapped
        if leaf is not None and name != leaf.name:
            raise self.refused(f"Backend '{leaf.name}' is mapped to '{name}', which is unknown or disabled.")
        disabled = [entry.name for entry in self.backends.values() if entry.configured]
        raise NoBackendError(
            "No LLM backend available: every configured backend is disabled. Enable one of them "
            f"({', '.join(disabled)}), or name the embedded one: --llmock-backend=synthetic."
        )

    def _gate(self, leaf: Leaf) -> Backend:
        """What answers for a live leaf: itself in record mode `off`, else the cassette, else a refusal."""

        def guarded(prompt: Prompt, /) -> Deltas:
            if self.choice.record == "off":
                return leaf.call(prompt)
            if self.cassette is None:
                raise self._live_refused(leaf)
            return self.cassette.answer(leaf, prompt, call=CURRENT.get())

        return guarded

    def _live_refused(self, leaf: Leaf) -> RefusedError:
        where = ", ".join(part for part in (leaf.provider, leaf.model, leaf.base_url) if part)
        return self.refused(
            f"A live call to backend '{leaf.name}' ({where}) was refused: the record mode is "
            f"'{self.choice.record}'. To let this run call it: pytest --llmock-record=off. To answer without "
            f"a model: pytest --llmock-map={leaf.name}=synthetic.",
            backend=leaf.name,
        )

    async def _noted(self, backend: Backend, prompt: Prompt, leaf: Leaf, call: Call) -> Deltas:
        attempt = Attempt(leaf.name, leaf.provider, leaf.model, leaf.live)
        call.prompt, call.backend = prompt, leaf.name
        call.attempts.append(attempt)
        CURRENT.set(call)
        started, seen = self.clock.monotonic(), list[Delta]()
        call.deltas, deltas = seen, backend(prompt)
        try:
            async for delta in deltas:
                noted = delta if seen else self._with_origin(delta, leaf, call)
                seen.append(noted)
                if noted.end is not None and noted.end.usage is not None:
                    attempt.usage = noted.end.usage
                yield noted
        except LLMockError as error:
            attempt.error = error.message
            if isinstance(error, RefusedError) and error not in self.failures:
                self.failures.append(error)
            if isinstance(error, DeadlineError):
                error.backend = leaf.name
                error.details["backend"] = leaf.name
            raise
        finally:
            attempt.seconds = self.clock.monotonic() - started
            await deltas.aclose()

    def _with_origin(self, delta: Delta, leaf: Leaf, call: Call) -> Delta:
        known = delta.origin
        source = known.source if known else ("live" if leaf.live else "scripted")
        model = known.model if known and known.model else leaf.model
        if leaf.provider == "scripted" and source == "synthetic":
            call.warnings.append("Backend 'scripted' has no rule for this prompt; synthetic answered.")
        origin = Origin(leaf.name, source, model, leaf.provider, attempts=len(call.attempts))
        call.source, call.model = source, model
        return delta if origin == known else replace(delta, origin=origin)
