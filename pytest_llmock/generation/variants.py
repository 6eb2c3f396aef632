"""Several answers to one request: variants with numbers, the first of them what it gets alone."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, fields
from hashlib import sha256
from typing import TypeAlias

from pytest_llmock.llm import Generation, Sampling, Source
from pytest_llmock.shapes.limits import canonical

MOST = 128  # of one request


@dataclass(frozen=True, slots=True)
class Variant:
    """One answer: its bytes, who made it and in how many seconds, and what its client should know."""

    body: bytes
    backend: str = ""
    model: str = ""
    source: Source | None = None
    seconds: float = 0.0
    warnings: tuple[str, ...] = ()


# makes the variants of these numbers, in this order; what failed stands in the place of its variant
Make: TypeAlias = Callable[[range], Awaitable[Sequence[Variant | Exception]]]


def request_key(generation: Generation, sampling: Sampling, backend: str) -> str:
    """64 hexadecimal digits for all that can change the answer but its variant."""
    said = {
        each.name: getattr(value, each.name)
        for value in (generation, sampling)
        for each in fields(value)
        if each.name != "variant"
    }
    return sha256(canonical({**said, "backend": backend}).encode("utf-8", "surrogatepass")).hexdigest()
