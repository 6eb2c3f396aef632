"""What patterns and their steps are given: refused at once, with what would do, when it means nothing."""

from collections.abc import Sequence

from pytest_llmock.errors import nearest

_KINDS = {dict: "an object", list: "a list", str: "text", bool: "a truth value", type(None): "null"}


def check_word(value: object, known: Sequence[object], *, what: str, otherwise: str = "") -> None:
    """Raise ValueError when `what`, such as "Parallel: merge", is none of the known words."""
    if value in known:
        return
    close = (
        nearest(value, [word for word in known if isinstance(word, str)]) if isinstance(value, str) else ""
    )
    listed = ", ".join(map(repr, known))
    meant = close if "Did you" in close else ""
    raise ValueError(f"{what} is {value!r:.80}, which is not known.{meant} Give {listed}{otherwise}.")


def check_number(value: object, *, what: str) -> None:
    """Raise ValueError when `what`, such as "Batch: size", is no whole number from 1."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ValueError(f"{what} is {value!r:.80}: give a whole number, 1 or more.")


def check_seconds(value: object, *, what: str) -> None:
    """Raise ValueError when `what`, such as "Pipeline: timeout", is neither None nor seconds above 0."""
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool) and value > 0):
        return
    raise ValueError(f"{what} is {value!r:.80}: give seconds, more than 0.")


def kind(value: object) -> str:
    """What JSON data is, in a word: "a list"."""
    return next((word for each, word in _KINDS.items() if isinstance(value, each)), "a number")
