"""`${VAR}` and `${VAR:-default}` in any text; `$${` is a plain `${`.

As in a shell, the default also stands in for an empty variable. Values are not expanded again.
"""

import re
from collections.abc import Mapping

from pytest_llmock.errors import SettingsError

_REFERENCE = re.compile(r"\$(\$\{)|\$\{(?:([A-Za-z_][A-Za-z0-9_]*)(?::-([^{}]*))?\})?")


def expanded(text: str, environ: Mapping[str, str], *, place: str) -> str:
    """The text with every variable's value in its place; SettingsError names variable and `place`."""

    def value(match: re.Match[str]) -> str:
        escaped, name, default = match.groups()
        if escaped is not None:
            return "${"
        if name is None:
            raise SettingsError(
                f"{place} has a '${{' that does not begin a variable. "
                "Write ${NAME} or ${NAME:-default}, or $${ for the two characters themselves."
            )
        found = environ.get(name, "" if default is not None else None)
        if found is None:
            raise SettingsError(
                f"{place} needs the environment variable {name}, which is not set. "
                f"Set it, or write ${{{name}:-default}}."
            )
        return found or default or ""

    return _REFERENCE.sub(value, text)


def expanded_all(value: object, environ: Mapping[str, str], *, place: str) -> object:
    """The value with every text inside it expanded; keys of mappings stay as they are."""
    if isinstance(value, str):
        return expanded(value, environ, place=place)
    if isinstance(value, Mapping):
        return {key: expanded_all(inner, environ, place=place) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [expanded_all(inner, environ, place=place) for inner in value]
    return value
