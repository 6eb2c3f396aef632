"""Log probabilities in OpenAI's form, for answers whose backend has none: made up, each by its token.

Spec: https://developers.openai.com/api/reference/resources/chat (`logprobs`; read 2026-11-22).
"""

import math
import re
from collections.abc import Iterator
from dataclasses import replace

from pytest_llmock.clock import seed_of
from pytest_llmock.llm import JSON, Completion
from pytest_llmock.wire.reading import extension_key

MOST_ALTERNATIVES = 20
_TOKEN = re.compile(r"\s?[^\s]{1,8}|\s")
_OTHERS = (
    *(
        " the",
        " a",
        " of",
        " and",
        " to",
        " in",
        " is",
        " it",
        " that",
        " for",
        " on",
        " with",
        " as",
        " was",
    ),
    *(" at", " by", " an", " be", " this", " from", " or"),
)


def logprobs_of(text: str, top: int) -> list[JSON]:
    """One entry for each token of the text, with `top` alternatives: the token, then less likely ones."""
    return [
        {**_entry(token, likely), "top_logprobs": list[JSON](_alternatives(token, likely, top))}
        for token, likely in ((token, _likelihood(token)) for token in tokens_of(text))
    ]


def tokens_of(text: str) -> list[str]:
    """The text in pieces of at most a word; joined they are the text."""
    return _TOKEN.findall(text)


def _likelihood(token: str) -> float:
    """From 0.7 to nearly 1."""
    return 0.7 + seed_of("logprob", token) % 2990 / 10_000


def _entry(token: str, likelihood: float) -> dict[str, JSON]:
    logprob = round(math.log(likelihood), 6)
    return {"token": token, "logprob": logprob, "bytes": list[JSON](token.encode("utf-8", "replace"))}


def _alternatives(token: str, likely: float, top: int) -> Iterator[dict[str, JSON]]:
    """The likelihoods of all together are below 1."""
    candidates = [token, *(other for other in _OTHERS if other != token)]
    for place, candidate in enumerate(candidates[:top]):
        yield _entry(candidate, likely if place == 0 else (1 - likely) * 0.5**place)


def with_logprobs(completion: Completion, top: int) -> Completion:
    """The completion, with log probabilities for every choice that has none."""
    made: dict[str, JSON] = {
        extension_key("logprobs", index): {"content": logprobs_of(choice.text, top), "refusal": None}
        for index, choice in enumerate(completion.choices)
    }
    return replace(completion, extensions=made | dict(completion.extensions))
