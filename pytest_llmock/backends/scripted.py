"""The backend that answers only what a test told it to."""

from contextlib import aclosing
from dataclasses import dataclass

from pytest_llmock.errors import RefusedError
from pytest_llmock.llm import Backend, Deltas, Prompt

SHOWN_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class Scripted:
    """A script without rules: every prompt is refused, or handed to `fallback` where there is one (lax)."""

    fallback: Backend | None = None

    async def __call__(self, prompt: Prompt, /) -> Deltas:
        if self.fallback is None:
            raise _unmatched(prompt)
        async with aclosing(self.fallback(prompt)) as deltas:
            async for delta in deltas:
                yield delta


def _unmatched(prompt: Prompt) -> RefusedError:
    words = prompt.messages[-1].text if prompt.messages else ""
    shown = f"{words[:SHOWN_CHARACTERS]}{'…' if len(words) > SHOWN_CHARACTERS else ''}"
    return RefusedError(
        f"Backend 'scripted' has no rule for this prompt: {shown!r}. Register an answer with "
        "llmock.backends.add('name', function) and select that name, or let backend 'synthetic' answer."
    )
