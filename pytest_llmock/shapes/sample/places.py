"""Where in a schema something is made, and the error for what cannot be made there."""

from dataclasses import dataclass

from pytest_llmock.errors import ShapeError


@dataclass(frozen=True, slots=True)
class Where:
    """The words of a field's name, noun and domain of its owner, and the pointer for messages."""

    words: tuple[str, ...] = ()
    noun: str = ""
    domain: str = ""
    pointer: str = ""


def impossible(where: Where, keyword: str, why: str) -> ShapeError:
    """The error for a schema that nothing can be made for."""
    place = where.pointer or "its root"
    return ShapeError(
        f"No value can be made for the JSON Schema at {place}: {why} (keyword '{keyword}'). "
        "Change that keyword, or give the value as 'const' or 'enum'."
    )
