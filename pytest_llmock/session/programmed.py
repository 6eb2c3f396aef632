"""What a session is told to answer in place of its backend, and what is claimed of the prompts that came."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Unpack

from pytest_llmock.claims import SHOWN_CALLS, check_called, check_order, listed
from pytest_llmock.faults import FaultWords
from pytest_llmock.journal import Call
from pytest_llmock.scripting.conditions import Conditions, On, asked_text, conditions, shown
from pytest_llmock.scripting.rule import Rule
from pytest_llmock.scripting.script import Script
from pytest_llmock.session import Session


class OnTimes(On, total=False):
    """Conditions, and how many calls there were of which they hold."""

    times: int | None


class Programmed:
    """Rules that answer in place of the test's backend, and assertions."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def reply(self, *answers: object) -> Rule:
        """Answer the next calls with these, one for a call each; after that the backend answers again.

        A text, JSON data, a tool call ({"tool": "weather", "arguments": {"city": "Oslo"}}), a function of the
        `Prompt`, or a list of these: see `Rule.reply`.
        """
        return self._script.add(Rule(Conditions(), is_queue=True).reply(*answers))

    def on(self, **wanted: Unpack[On]) -> Rule:
        """A rule for the prompts that fit: `.on(contains="weather").reply("Sunny.")`.

        The first rule that fits answers. Its last answer stays, unless `.times(n)` says how often it is
        given. Raises ValueError for a condition that is none.
        """
        return self._script.add(Rule(conditions(wanted)))

    def fail(self, status: int | None = None, **words: Unpack[FaultWords]) -> Rule:
        """Let the next calls fail as the client sees it: `.fail(429, retry_after=1, times=2).then("ok")`.

        In place of a status a `fault`: a kind ("timeout"), or with the events before it ("cut@3"). With
        either, `times` (None: all calls from then on) and what else `FaultWords` has. Raises ValueError for
        what is no fault.
        """
        return self._script.add(Rule(Conditions(), is_queue=True).fail(status, **words))

    def assert_called(self, times: int | None = None) -> None:
        """Fail unless a model was asked, or just so many times; each retry of a client counts."""
        __tracebackhide__ = True
        self._check(Conditions(), times=times)

    def assert_called_with(self, **wanted: Unpack[OnTimes]) -> None:
        """Fail unless there was a call whose prompt fits, or just so many (`times`); see `on`."""
        __tracebackhide__ = True
        given: dict[str, object] = {**wanted}
        times = given.pop("times", None)
        self._check(conditions(given), times=times)  # type: ignore[arg-type]  # it is checked there

    def assert_not_called(self, **wanted: Unpack[On]) -> None:
        """Fail if there was a call, or one whose prompt fits."""
        __tracebackhide__ = True
        self._check(conditions(wanted), times=0)

    def assert_order(self, *wanted: str | Mapping[str, object]) -> None:
        """Fail unless such calls came in this order: "weather", {"tool": "search", "turn": 2}.

        A text is what the prompt contains. There may be other calls between them.
        """
        __tracebackhide__ = True
        if not wanted:
            raise ValueError("An order needs calls: assert_order('weather', {'tool': 'search', 'turn': 2}).")
        asked = [conditions({"contains": each} if isinstance(each, str) else each) for each in wanted]
        try:
            check_order([_Wanted(each) for each in asked], self._prompted, _line)
        except AssertionError as error:
            raise AssertionError(self._told(str(error))) from None

    def assert_all_used(self) -> None:
        """Fail unless every answer that the test scripted was given."""
        __tracebackhide__ = True
        unused = self._script.unused
        if unused:
            lines = "\n".join(f"  Rule for {rule}: {rule.state}" for rule in unused)
            verb = "was" if len(unused) == 1 else "were"
            told = f"{len(unused)} of the test's rules {verb} not used to the end:\n{lines}"
            raise AssertionError(self._told(f"{told}\n{listed(self._prompted, _line)}"))

    @property
    def _script(self) -> Script:
        return self._session.interventions.script

    @property
    def _prompted(self) -> list[Call]:
        """The calls in which a model was asked."""
        return [call for call in self._session.calls if call.prompt is not None]

    def _check(self, wanted: Conditions, *, times: int | None) -> None:
        __tracebackhide__ = True
        try:
            check_called(_Wanted(wanted), self._prompted, _line, times=times)
        except AssertionError as error:
            raise AssertionError(self._told(str(error))) from None

    def _told(self, text: str) -> str:
        """What a failing assertion says, without secrets; where no model was asked, what came instead."""
        from pytest_llmock.cassettes.opening import redactor_for  # noqa: PLC0415 - for assertions that fail

        return redactor_for(self._session.settings).text(f"{text}{self._nothing_asked()}")

    def _nothing_asked(self) -> str:
        if self._prompted:
            return ""
        if not self._session.calls:
            return "\nNo request came to this test: give the client base_url=llm_backend.base_url."
        lines = [f"\n  {call.method} {call.path} → {call.state} {call.error}" for call in self._session.calls]
        return f"\nNo model was asked by what came:{''.join(lines[-SHOWN_CALLS:])}"


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Conditions that the prompts of calls are held against."""

    conditions: Conditions
    verb: str = "made"

    def takes_call(self, call: Call) -> bool:
        return call.prompt is not None and self.conditions.fits(call.prompt)

    def nearest(self, calls: Sequence[Call]) -> tuple[Call, list[str]]:
        """The call with the fewest differences, of several the likest, of those the newest."""
        prompts = [(call, call.prompt) for call in reversed(calls) if call.prompt is not None]
        call, prompt = min(prompts, key=lambda each: self.conditions.distance(each[1]))
        return call, self.conditions.unmet(prompt)

    def __str__(self) -> str:
        return f"a call with {self.conditions}" if self.conditions.said else "a call"


def _line(call: Call) -> str:
    words = shown(asked_text(call.prompt)) if call.prompt is not None else call.path
    faults = f", faults: {', '.join(map(str, call.faults))}" if call.faults else ""
    model = f" ({call.prompt.model})" if call.prompt is not None and call.prompt.model else ""
    return f"{call.number}. {words}{model} → {call.state} {call.source or 'no answer'}{faults}"
