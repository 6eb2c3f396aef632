"""What stands between a call and the backend that was to answer it: a test's script, its faults, chaos.

Rule: all of it is what the client sees, so it stands outside of retries and failover. A fault that only bytes
can say is noted in the call, for whoever sends them (`server/spoiling.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pytest_llmock.backends.registry import Leaf
from pytest_llmock.choice import Choice
from pytest_llmock.clock import Clock
from pytest_llmock.config import Settings
from pytest_llmock.faults import BYTES, Fault, Strikes
from pytest_llmock.folding import unfold
from pytest_llmock.journal import Call, Reason
from pytest_llmock.ledger import Ledger
from pytest_llmock.llm import Backend, Completion, Delta, Deltas, End, Prompt
from pytest_llmock.pool.attempt import Noting, noted
from pytest_llmock.pool.deadline import Deadline, Times, within
from pytest_llmock.scripting.answers import Fixed, Made, Said, Step, empty, refusal
from pytest_llmock.scripting.chaos import Chaos
from pytest_llmock.scripting.rule import Rule
from pytest_llmock.scripting.script import Script
from pytest_llmock.scripting.striking import struck

NO_BYTES = "python"  # the face of calls that no HTTP client made
BEFORE_DEADLINE = 0.99  # so that a fault which takes all the time there is tells of itself


def _asked() -> Reason:
    return "asked"


@dataclass(frozen=True, slots=True)
class Asking:
    """One call: who was to answer, and what is noted of whoever does."""

    call: Call
    leaf: Leaf
    times: Times
    ledger: Ledger
    is_whole: bool

    def said(self, completion: Completion) -> Backend:
        """A backend that answers with it, in place of the one that was to answer."""

        def script(_: Prompt, /) -> Deltas:
            return unfold(completion, in_pieces=not self.is_whole)

        leaf = Leaf(self.leaf.name, script, "scripted", self.leaf.model)
        return noted(script, leaf, Noting(self.call, self.times, self.ledger, _asked))


class Interventions:
    """What one session does to its calls; true as long as it may do anything."""

    def __init__(self, script: Script, faults: Sequence[Fault], chaos: Chaos, clock: Clock) -> None:
        self.script, self.faults, self.chaos = script, Strikes(faults), chaos
        self._clock = clock

    def __bool__(self) -> bool:
        return bool(self.script) or bool(self.faults) or self.chaos.rate > 0

    def reset(self) -> None:
        """Let every rule and fault begin again."""
        self.script.reset()
        self.faults.renew()

    def around(self, backend: Backend, asking: Asking) -> Backend:
        """The backend, where no rule answers and no fault strikes."""

        async def intervened(prompt: Prompt, /) -> Deltas:
            chosen = await self._chosen(backend, asking, prompt)
            deltas = chosen(prompt)
            try:
                async for delta in deltas:
                    yield delta
            finally:
                await deltas.aclose()

        return within(intervened, asking.times.deadline, self._clock, is_whole=asking.is_whole)

    def alone(self, call: Call, deadline: Deadline) -> Backend:
        """What strikes a call that asks no backend, as a backend that says nothing.

        Its prompt is one of `operation` "embed", because no fault of words fits. Answers of the script are
        none to it, and stay for others.
        """

        async def struck_alone(prompt: Prompt, /) -> Deltas:
            fault = self._fault(prompt, call)
            if fault is not None:
                call.strike(fault)
            if fault is None or fault.kind in BYTES:
                return
            left_s = deadline.expires - self._clock.monotonic()
            faulty = struck(_nothing, fault, self._clock, longest_s=left_s * BEFORE_DEADLINE)
            async for delta in faulty(prompt):
                yield delta

        return within(struck_alone, deadline, self._clock, is_whole=True)

    def _fault(self, prompt: Prompt, call: Call) -> Fault | None:
        """What strikes where no answer is wanted."""
        fault = self.faults.take(prompt.operation)
        claim = self.script.take(prompt, faults_only=True) if fault is None else None
        if claim is not None and isinstance(claim.step, Fault):
            fault = claim.step
        return fault or self.chaos.take(call, prompt)

    async def _chosen(self, backend: Backend, asking: Asking, prompt: Prompt) -> Backend:
        fault, answer = await self._decided(prompt, asking.call)
        if answer is not None:
            backend = asking.said(_completion(answer, prompt, self.chaos, asking.call))
        if fault is None:
            return backend
        call = asking.call
        call.strike(fault)
        call.prompt, call.backend = prompt, call.backend or asking.leaf.name
        if fault.kind in ("empty", "refusal"):
            said = empty(prompt) if fault.kind == "empty" else refusal(prompt, fault.message)
            return asking.said(said)
        if fault.kind in BYTES and call.face != NO_BYTES:
            return backend
        left_s = asking.times.deadline.expires - self._clock.monotonic()
        return struck(backend, fault, self._clock, longest_s=left_s * BEFORE_DEADLINE)

    async def _decided(self, prompt: Prompt, call: Call) -> "tuple[Fault | None, Said | Completion | None]":
        """The fault that strikes, and the answer that the script has; None where there is none."""
        fault, rule = self.faults.take(prompt.operation), None
        answer: Said | Completion | None = None
        while answer is None and not (fault is not None and fault.is_whole):
            claim = self.script.take(prompt, after=rule, answers_only=fault is not None)
            if claim is None:
                break
            rule = claim.rule
            made = await _made(claim.step, prompt)
            if isinstance(made, Fault):
                fault = made
                following = None if claim.follows is None or made.is_whole else claim.follows
                made = None if following is None else await _made(following, prompt)
            answer = None if isinstance(made, Fault) else made
        if fault is None:
            fault = self.chaos.take(call, prompt)
        return fault, answer


async def _nothing(_: Prompt, /) -> Deltas:
    """An answer without a word."""
    yield Delta(end=End())


def interventions_of(settings: Settings, choice: Choice, clock: Clock) -> Interventions:
    """Those of a test, from its marker, the run's options and its script file. Raises SettingsError."""
    rules = rules_of_run(settings, choice.place.rootdir if choice.place else Path())
    chaos = Chaos(settings.chaos, choice.seed, choice.test)
    return Interventions(Script(rules), [each for each in choice.faults if each.at == "client"], chaos, clock)


def rules_of_run(settings: Settings, rootdir: Path) -> tuple[Rule, ...]:
    """The rules of the run's script file; none without one. Raises SettingsError."""
    if settings.script is None:
        return ()
    from pytest_llmock.scripting.files import load_script  # noqa: PLC0415 - reads YAML: 16 ms to import

    in_file = settings.origins.get("script") == "file" and settings.source is not None
    folder = settings.source.parent if in_file and settings.source else rootdir
    return load_script(folder / settings.script.expanduser())


async def _made(step: Step, prompt: Prompt) -> Fixed | None:
    return await step.outcome(prompt) if isinstance(step, Made) else step


def _completion(answer: Said | Completion, prompt: Prompt, chaos: Chaos, call: Call) -> Completion:
    if isinstance(answer, Completion):
        return replace(answer, origin=None)
    return answer.completion(prompt, chaos.seed, chaos.test, call.number)
