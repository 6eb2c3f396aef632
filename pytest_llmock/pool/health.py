"""Who is up: backends are asked how they are, together, and the last answer of each is kept.

Rule: only live backends are asked; what runs in this process, or has nobody to ask, is always up.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

from pytest_llmock.backends.health import Health
from pytest_llmock.backends.registry import Leaf
from pytest_llmock.clock import Clock

log = logging.getLogger("pytest_llmock")


class Checks:
    """The checks of a session's backends; to be asked on the loop that the backends use."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._known: dict[str, Health] = {}

    @property
    def known(self) -> Mapping[str, Health]:
        """The last check of each backend that was asked, by its name, as of now."""
        return MappingProxyType(dict(self._known))

    def is_up(self, name: str) -> bool:
        """Whether the last check of the backend found it usable; a backend nobody checked is."""
        known = self._known.get(name)
        return known is None or known.up

    async def ask(self, leaf: Leaf, *, json_mode: bool = False, timeout_s: float | None = None) -> Health:
        """How the backend is now; `json_mode` and `timeout_s` as in `backends.health.Check`."""
        if leaf.check is None:
            return self._always_up(leaf)
        health = await leaf.check(json_mode=json_mode, timeout_s=timeout_s)
        self._known[leaf.name] = health
        return health

    async def ask_all(
        self, leaves: Iterable[Leaf], *, json_mode: bool = False, timeout_s: float | None = None
    ) -> list[Health]:
        """How each of them is, in their order; all are asked at the same time."""
        asked = (self.ask(leaf, json_mode=json_mode, timeout_s=timeout_s) for leaf in leaves)
        return await asyncio.gather(*asked)

    async def watch(self, leaves: Callable[[], Iterable[Leaf]], every_s: float) -> None:
        """Ask all enabled live ones, now and again after so many seconds, until cancelled.

        One that goes down is a warning in the log, once; so is its return.
        """
        while True:
            before = self.known
            asked = [leaf for leaf in leaves() if leaf.enabled and leaf.check is not None]
            for health in await self.ask_all(asked):
                _tell(before.get(health.name), health)
            await self._clock.sleep(every_s)

    def _always_up(self, leaf: Leaf) -> Health:
        return Health(
            leaf.name,
            reachable=True,
            models=(leaf.model,) if leaf.model else (),
            model_present=True if leaf.model else None,
            json_mode="schema" if leaf.provider == "synthetic" else "unknown",
            at=self._clock.wall(),
        )


def _tell(before: Health | None, now: Health) -> None:
    if (before is None or before.up) and not now.up:
        log.warning("Backend '%s' is down: %s", now.name, now.problem)
    if before is not None and not before.up and now.up:
        log.warning("Backend '%s' is up again.", now.name)
