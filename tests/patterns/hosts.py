"""Hosts that answer for stages without a session."""

import anyio

from pytest_llmock.clock import SystemClock
from pytest_llmock.errors import RefusedError
from pytest_llmock.patterns.running import Traced


class Canned:
    """Answers with these values one after the other, again and again; exceptions among them are raised.

    A function among them is given what was asked. `asked` are the model calls, `after_s` how long each takes.
    """

    def __init__(self, *answers, after_s=0, known=None):
        self.clock = SystemClock()
        self.asked = []
        self._answers, self._after_s, self._known = answers, after_s, known

    def check(self, step, backend):
        if self._known is not None and backend not in self._known:
            raise RefusedError(f"Stage '{step}': backend '{backend}' is not configured.")

    async def make(self, asked, note):
        self.asked.append(asked)
        answer = self._answers[(len(self.asked) - 1) % len(self._answers)]
        await anyio.sleep(self._after_s)
        note(Traced(asked.step, asked.backend or "canned", "m", "scripted", attempts=1))
        answer = answer(asked) if callable(answer) else answer
        if isinstance(answer, Exception):
            raise answer
        return answer
