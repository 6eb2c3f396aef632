"""How word lists are written down."""

from collections.abc import Mapping


def words(*lines: str) -> tuple[str, ...]:
    """The words of some lines: `words("red green", "blue")` is `("red", "green", "blue")`."""
    return tuple(word for line in lines for word in line.split())


def index(table: Mapping[str, str]) -> dict[str, str]:
    """From every name to its kind: `{"city": "city town"}` is `{"city": "city", "town": "city"}`."""
    return {name: kind for kind, names in table.items() for name in names.split()}
