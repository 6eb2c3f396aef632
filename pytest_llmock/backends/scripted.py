"""The backend that answers only what a test told it to."""

from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass

from pytest_llmock.errors import RefusedError
from pytest_llmock.llm import Backend, Deltas, Prompt


def _no_rule(_: Prompt) -> str:
    return "Backend 'scripted' has no rule for this prompt."


@dataclass(slots=True, eq=False)
class Scripted:
    """Who is asked when no rule of the script fits: it refuses, or hands over to `fallback` (lax).

    `refusal` is what the refusal says of a prompt; a session tells which rule is the nearest.
    """

    fallback: Backend | None = None
    refusal: Callable[[Prompt], str] = _no_rule

    async def __call__(self, prompt: Prompt, /) -> Deltas:
        if self.fallback is None:
            raise RefusedError(self.refusal(prompt))
        async with aclosing(self.fallback(prompt)) as deltas:
            async for delta in deltas:
                yield delta
