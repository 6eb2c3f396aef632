"""One rule of a script: which prompts it is for, and what they get, one call after the other."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from threading import Lock
from typing import Unpack

from pytest_llmock.claims import check_whole, times_text
from pytest_llmock.faults import Fault, FaultWords, fault_from
from pytest_llmock.llm import Completion, Prompt
from pytest_llmock.scripting.answers import Made, Said, Step, steps_of
from pytest_llmock.scripting.conditions import Conditions, shown

NO_ANSWER = "it has no answer yet: .on(…).reply(…)"


@dataclass(frozen=True, slots=True)
class _Turn:
    """An answer or a fault, and for how many calls; None is what nobody said."""

    step: Step
    times: int | None = None


class Rule:
    """Answers for the prompts that fit. Each verb adds to it and gives it back, so that they can be chained.

    The rule of `llm_backend.reply(…)` and `.fail(…)` is a queue: each answer is for one call, and then it is
    used up. The rule of `.on(…)` keeps its last answer, unless `.times(n)` says for how many calls.
    """

    def __init__(self, conditions: Conditions, *, is_queue: bool = False) -> None:
        self.conditions = conditions
        self._is_queue = is_queue
        self._turns: tuple[_Turn, ...] = ()
        self._used = 0
        self._lock = Lock()

    def reply(self, *answers: object) -> "Rule":
        """Answer with these, one for a call each.

        A text; data, as JSON text; a tool call, {"tool": "weather", "arguments": {"city": "Oslo"}} or a
        `ToolCall`; {"text": …, "tools": […]} for several at once; a `Completion`; a list of these, for calls
        in a row; a function of the `Prompt`, plain or async, in a thread of its own, that returns one of
        these, or None to leave the prompt to the next rule. Raises TypeError for what is no answer.
        """
        if not answers:
            raise ValueError("A reply needs an answer at least: reply('Hello').")
        return self._with([_Turn(step) for step in steps_of(answers)])

    def then(self, *answers: object) -> "Rule":
        """Answer with these after that; takes what `reply` takes."""
        return self.reply(*answers)

    def fail(self, status: int | None = None, **words: Unpack[FaultWords]) -> "Rule":
        """Let the next calls go wrong: `.fail(429, times=2)`, `.fail(fault="cut@3")`; see `FaultWords`.

        Raises ValueError for what is no fault.
        """
        struck = fault_from(status, **words)
        if struck.at == "backend":
            raise ValueError(
                "A rule speaks of what the client sees. Faults behind our retries: "
                "llmock.backends['name'].fail(…), or the marker's faults=[{'status': 429, 'at': 'backend'}]."
            )
        return self._with([_Turn(struck)])

    def times(self, number: int) -> "Rule":
        """Give the last answer so many times; after that the rule is used up."""
        check_whole(number, "The number of times", least=1)
        if not self._turns:
            raise ValueError("Nothing is said yet: .reply(…).times(2).")
        with self._lock:
            *before, last = self._turns
            self._turns = (*before, _Turn(last.step, number))
        return self

    @property
    def called(self) -> bool:
        """Whether it answered any call."""
        return self._used > 0

    @property
    def call_count(self) -> int:
        """How many calls it answered."""
        return self._used

    @property
    def is_used(self) -> bool:
        """Whether each of its answers was given at least once."""
        return bool(self._turns) and not self._left()

    @property
    def state(self) -> str:
        """What became of its answers: "1 of 3 answers given; left: 'two', 'three'"."""
        left, number = self._left(), len(self._turns)
        if not number:
            return NO_ANSWER
        given = f"{number - len(left)} of {number} answer{'' if number == 1 else 's'} given"
        return f"{given}; left: {', '.join(map(_told, left))}" if left else given

    def claim(
        self, prompt: Prompt, *, answers_only: bool = False, faults_only: bool = False
    ) -> "Claim | None":
        """Take a prompt; None when it does not fit, or the rule is used up.

        `answers_only`: it is left alone where it would let the call fail, `faults_only`: where it would not.
        """
        if not self.conditions.fits(prompt):
            return None
        with self._lock:
            place = self._place(self._used)
            if place is None or not _can_answer(self._turns[place].step, prompt):
                return None
            step = self._turns[place].step
            if answers_only if isinstance(step, Fault) else faults_only:
                return None
            self._used += 1
            follows = self._turns[place + 1].step if place + 1 < len(self._turns) else None
        return Claim(self, step, None if isinstance(follows, Fault) else follows)

    def reset(self) -> None:
        """Begin again with the first answer."""
        with self._lock:
            self._used = 0

    def copy(self) -> "Rule":
        """The same rule, which has answered nothing yet."""
        rule = Rule(self.conditions, is_queue=self._is_queue)
        rule._turns = self._turns
        return rule

    def distance(self, prompt: Prompt) -> tuple[int, float]:
        """How far it is from taking a prompt: 1 where it is only used up."""
        much, unlike = self.conditions.distance(prompt)
        return max(1, much), unlike

    def why_not(self, prompt: Prompt) -> list[str]:
        """Why it does not take a prompt, a line for each reason."""
        unmet = self.conditions.unmet(prompt)
        if unmet or not self._turns:
            return unmet or [NO_ANSWER]
        return [f"it is used up: it answered {times_text(self._used)}"]

    def __str__(self) -> str:
        return str(self.conditions)

    def __repr__(self) -> str:
        return f"<Rule for {self}: used {times_text(self._used)}>"

    def _with(self, turns: Sequence[_Turn]) -> "Rule":
        with self._lock:
            self._turns = (*self._turns, *turns)
        return self

    def _left(self) -> list[Step]:
        """The answers that no call got yet."""
        before = accumulate((self._most(place) or 1 for place in range(len(self._turns))), initial=0)
        return [turn.step for turn, number in zip(self._turns, before, strict=False) if number >= self._used]

    def _place(self, number: int) -> int | None:
        """Which of its answers the call of that number gets."""
        for place in range(len(self._turns)):
            most = self._most(place)
            if most is None or number < most:
                return place
            number -= most
        return None

    def _most(self, place: int) -> int | None:
        """For how many calls an answer is; None for all that come."""
        turn = self._turns[place]
        if turn.times is not None:
            return turn.times
        if isinstance(turn.step, Fault):
            return turn.step.times
        is_last = place == len(self._turns) - 1
        return None if is_last and not self._is_queue else 1


@dataclass(frozen=True, slots=True)
class Claim:
    """A call that a rule took: what it gets, and the answer that comes after that, if there is one."""

    rule: Rule
    step: Step
    follows: Step | None


def _told(step: Step) -> str:
    """An answer as a failing claim shows it."""
    if isinstance(step, Made):
        return f"the function '{step.name}'"
    if isinstance(step, Fault):
        return f"the fault {step}"
    tools = step.tools if isinstance(step, Said) else step.tool_calls
    calls = [f"the tool call {call.name}({call.arguments})" for call in tools]
    return ", ".join([shown(step.text), *calls] if step.text or not calls else calls)


def _can_answer(step: Step, prompt: Prompt) -> bool:
    """Whether a step is of use: words are no answer to who asks for vectors."""
    if prompt.operation != "embed" or isinstance(step, Made):
        return True
    if isinstance(step, Fault):
        return not step.is_of_words
    return isinstance(step, Completion) and bool(step.vectors)
