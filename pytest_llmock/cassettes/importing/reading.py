"""A file of another tool, read: which tool made it is told by what is in it, not by its name."""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from pytest_llmock.cassettes.importing import aimock, cassetter, vcr
from pytest_llmock.cassettes.importing.exchange import Contents, Exchange
from pytest_llmock.cassettes.importing.foreign_yaml import Data, read_foreign_yaml
from pytest_llmock.errors import CassetteError
from pytest_llmock.shapes.limits import JSONTextError, loads, place

_FORMS = (
    "What can be imported: vcrpy and pytest-recording (.yaml, .yml, .json), cassetter (.yaml, .yml, .toml), "
    "aimock fixtures (.json)."
)
_OURS = "llmock_cassette:"
# in this order: what the first two say of their own files is narrower than what the last says
_TOOLS: tuple[tuple[str, Callable[[Data], Contents | None]], ...] = (
    (aimock.NAME, aimock.read),
    (cassetter.NAME, cassetter.read),
    (vcr.NAME, vcr.read),
)


@dataclass(frozen=True, slots=True)
class Foreign:
    """A file of another tool: `tool` is "vcrpy" (pytest-recording too), "cassetter" or "aimock"."""

    path: Path
    tool: str
    contents: Contents

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """What was recorded, in the order of the file."""
        return self.contents.exchanges

    @property
    def unit(self) -> str:
        """What the tool calls one of them."""
        return "fixture" if self.tool == aimock.NAME else "interaction"


def read_foreign(path: Path) -> Foreign:
    """What the file holds, and which tool made it.

    Raises CassetteError when it cannot be read or no known tool made it.
    """
    data = _data(path)
    for tool, read in _TOOLS:
        found = read(data)
        if found is not None:
            return Foreign(path, tool, found)
    raise CassetteError(f"{path} cannot be imported: it is the work of no tool that is known. {_FORMS}")


def _data(path: Path) -> Data:
    read = _READERS.get(path.suffix.lower())
    if read is None:
        raise CassetteError(f"{path} cannot be imported: its name does not end as theirs do. {_FORMS}")
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise CassetteError(f"{path} cannot be read: {error.strerror}. Check the path.") from error
    except UnicodeDecodeError as error:
        raise CassetteError(f"{path} cannot be imported: it is not UTF-8 text ({error.reason}).") from error
    if text.startswith(_OURS):
        raise CassetteError(
            f"{path} is a cassette of pytest-llmock already: there is nothing to import. "
            "Put it into a cassettes/ folder as it is."
        )
    return read(text, str(path))


def _toml(text: str, where: str) -> Data:
    try:
        data: Data = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # a number of 5,000 digits is the former too
        raise CassetteError(f"{where} cannot be imported: it is no TOML ({error}).") from error
    return data


def _json(text: str, where: str) -> Data:
    try:
        return cast("Data", loads(text))
    except JSONTextError as error:
        at = "" if error.position is None else f", {place(text, error.position)}"
        raise CassetteError(f"{where}{at}: this is no JSON: {error.problem}.") from error
    except RecursionError as error:
        raise CassetteError(f"{where} cannot be imported: it is nested too deep.") from error


_READERS: Mapping[str, Callable[[str, str], Data]] = {
    ".json": _json,
    ".toml": _toml,
    ".yaml": read_foreign_yaml,
    ".yml": read_foreign_yaml,
}
