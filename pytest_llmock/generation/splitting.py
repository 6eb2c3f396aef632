"""How many records of a long list a backend is asked for at a time.

- The embedded generator makes any number at once: its records depend on their numbers only.
- `ChunkSize` is the most that anybody else is asked for at a time.
- A model is asked for no more than fits its answer: three quarters of its output limit (`maxTokens`,
  `MaxTokens`, `MaxOutputTokens`, but no more than half a `MaxContextWindow` that somebody set), or where
  nobody says one, of a quarter of `MaxContextWindow`. What a record takes is told by one that is made up:
  twice its tokens, because models write with spaces, and 50 at least.
- A function is taken for a model with those limits unless there is a `ChunkSize`; a script has none.
"""

import json
from dataclasses import dataclass
from functools import lru_cache

from pytest_llmock.backends.registry import Leaf
from pytest_llmock.config import Settings
from pytest_llmock.errors import ShapeError
from pytest_llmock.folding import estimate_tokens
from pytest_llmock.llm import Prompt, Sampling
from pytest_llmock.shapes.sample import compile_sampler
from pytest_llmock.shapes.schema import Shape, answer_schema

SHARE = 0.75  # of an answer's limit is planned for, because an estimate is one
FREE_TOKENS, LEAST_TOKENS, MOST_TOKENS = 100, 50, 1000  # of a record: without a shape, and with one
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class Parts:
    """At most `size` records at a time, asked for side by side or one part after the other."""

    size: int
    side_by_side: bool = True


@dataclass(frozen=True, slots=True)
class Splitter:
    """How the lists of one backend are split; `wanted` is what the client says of it, None if nothing."""

    leaf: Leaf
    settings: Settings
    sampling: Sampling
    wanted: bool | None = None

    @property
    def is_idle(self) -> bool:
        """Whether the backend makes lists of any length at once, and always as long as asked for."""
        return self.leaf.provider == "synthetic"

    def parts(self, count: int, shape: Shape | None) -> Parts:
        """How a list of `count` records is asked for."""
        entry = self.settings.backend_named(self.leaf.name)
        is_on = self.settings.enable_chunking if self.wanted is None else self.wanted
        size = self._size(count, shape) if is_on and count > 1 else count
        return Parts(max(1, size), entry is None or entry.max_concurrent_requests > 1)

    def _size(self, count: int, shape: Shape | None) -> int:
        chunk = min(count, self.settings.chunk_size or count)
        if not self._has_limit:
            return chunk
        fitting = max(1, int(self._room * SHARE) // tokens_of_a_record(shape))
        if chunk <= fitting:
            return chunk
        return -(-count // -(-count // fitting))  # as many parts, of the same size

    @property
    def _has_limit(self) -> bool:
        is_function = not self.leaf.live
        return self.leaf.provider != "scripted" and not (is_function and self.settings.chunk_size)

    @property
    def _room(self) -> int:
        """The tokens that an answer of this backend may have."""
        limit = self.leaf.asked(Prompt(sampling=self.sampling)).sampling.max_tokens
        window = self.settings.max_context_window
        if limit is None:
            return window // 4
        return min(limit, window // 2) if "max_context_window" in self.settings.origins else limit


@lru_cache(maxsize=256)
def tokens_of_a_record(shape: Shape | None) -> int:
    """About how many tokens a model writes for one record."""
    if shape is None:
        return FREE_TOKENS
    try:
        sample = compile_sampler(dict(answer_schema(shape, 1))).one(0)
    except ShapeError:  # nothing could be made up: what it says of itself is a measure too
        sample = shape.source
    return min(MOST_TOKENS, max(LEAST_TOKENS, 2 * estimate_tokens(_encode(sample))))
