"""A test's script: its own rules, then those of the run's script file. The first one that fits answers."""

from collections.abc import Callable, Iterator, Sequence
from itertools import dropwhile

from pytest_llmock.llm import Prompt
from pytest_llmock.scripting.conditions import asked_text, shown
from pytest_llmock.scripting.rule import Claim, Rule


class Script:
    """Rules in the order in which they are asked; true as long as there are any."""

    def __init__(self, shared: Sequence[Rule] = ()) -> None:
        self._own: list[Rule] = []
        self._shared = [rule.copy() for rule in shared]

    def add(self, rule: Rule) -> Rule:
        """Ask this rule of the test too, after those that it has."""
        self._own.append(rule)
        return rule

    def take(
        self,
        prompt: Prompt,
        *,
        after: Rule | None = None,
        answers_only: bool = False,
        faults_only: bool = False,
    ) -> Claim | None:
        """What the first rule that fits, of those `after` one, has for the prompt; None when none does."""
        rules = iter(self) if after is None else _behind(after, self)
        for rule in rules:
            claim = rule.claim(prompt, answers_only=answers_only, faults_only=faults_only)
            if claim is not None:
                return claim
        return None

    @property
    def unused(self) -> list[Rule]:
        """The test's own rules that were not used, or not to their last answer."""
        return [rule for rule in self._own if not rule.is_used]

    def reset(self) -> None:
        """Let every rule begin again."""
        for rule in self:
            rule.reset()

    def rewinder(self) -> Callable[[], None]:
        """A function that forgets the test's rules from here on, and lets those before begin again."""
        kept = len(self._own)

        def rewind() -> None:
            del self._own[kept:]
            self.reset()

        return rewind

    def refusal(self, prompt: Prompt) -> str:
        """What is told when no rule fits: the prompt, and the nearest rule with what differs."""
        words = asked_text(prompt)
        said = f"Backend 'scripted' has no rule for this prompt: {shown(words)}."
        return f"{said}{self._nearest(prompt)} {_advice(words)}"

    def _nearest(self, prompt: Prompt) -> str:
        rule = min(self, key=lambda each: each.distance(prompt), default=None)
        if rule is None:
            return " There are no rules."
        return f" The nearest rule is for {rule}, and differs: {'; '.join(rule.why_not(prompt))}."

    def __iter__(self) -> Iterator[Rule]:
        return iter([*self._own, *self._shared])

    def __bool__(self) -> bool:
        return bool(self._own or self._shared)


def _behind(rule: Rule, rules: Script) -> Iterator[Rule]:
    found = dropwhile(lambda each: each is not rule, rules)
    next(found, None)
    return found


def _advice(words: str) -> str:
    start = " ".join(words.split()[:4])
    rule = f"llm_backend.on(contains={start!r}).reply('…')" if start else "llm_backend.reply('…')"
    return f"Add one, {rule}, or let backend 'synthetic' answer."
