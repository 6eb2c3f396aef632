"""How alike two texts are, from 0 to 1, by our own measure or a user's function."""

import re
from collections import Counter
from collections.abc import Callable
from importlib import import_module
from itertools import pairwise
from typing import cast

from pytest_llmock.errors import SettingsError, nearest

Scorer = Callable[[str, str], float]

# words; single characters of scripts that put no spaces between words; every other mark
_EAST = r"\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_WORD = re.compile(rf"[{_EAST}]|[^\W{_EAST}]+|[^\w\s]")
_COMPARED_CHARACTERS = 200_000


def word_similarity(one: str, other: str) -> float:
    """The share of words, and of pairs of neighbouring words, that two texts have in common; case is ignored.

    1 for equal texts, 0 for texts without a common word. The time grows with the length of the texts, of
    which the first 200,000 characters are compared.
    """
    if one == other:
        return 1.0
    was, now = _counted(one), _counted(other)
    size = was.total() + now.total()
    return 2 * (was & now).total() / size if size else 0.0


def _counted(text: str) -> Counter[object]:
    words = _WORD.findall(text[:_COMPARED_CHARACTERS].casefold())
    return Counter([*words, *pairwise(words)])


def load_scorer(name: str | None) -> Scorer:
    """The function that `package.module:function` names, or our own when nothing is named.

    It takes the recorded text and the live one and returns a number from 0 to 1; what else it returns is a
    SettingsError, as is a name of nothing.
    """
    if not name:
        return word_similarity
    function = _function(name)

    def scored(recorded: str, live: str) -> float:
        score = function(recorded, live)
        if isinstance(score, int | float) and 0 <= score <= 1:
            return float(score)
        raise SettingsError(
            f"Setting 'Similarity': '{name}' returned {score!r}, which is no number from 0 to 1."
        )

    return scored


def _function(name: str) -> Callable[[str, str], object]:
    where, _, attribute = name.partition(":")
    if not attribute or not all(part.isidentifier() for part in where.split(".")):
        raise SettingsError(
            f"Setting 'Similarity': '{name}' names no function. Write package.module:function."
        )
    try:
        module = import_module(where)
    except ImportError as error:
        raise SettingsError(
            f"Setting 'Similarity': '{name}' cannot be imported: {error}. Python has to find it: run pytest "
            "from the folder that holds it, or name that folder in pytest's setting `pythonpath`."
        ) from error
    functions = {key: value for key, value in vars(module).items() if callable(value)}
    if attribute not in functions:
        raise SettingsError(
            f"Setting 'Similarity': module '{where}' has no function '{attribute}'."
            f"{nearest(attribute, list(functions))}"
        )
    return cast("Callable[[str, str], object]", functions[attribute])
