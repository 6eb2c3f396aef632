"""Settings files: which one counts, and its content as a layer.

JSON is read as .NET reads an appsettings.json: a byte order mark, comments and trailing commas are fine.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TypeAlias

from pytest_llmock.config.keys import Keys
from pytest_llmock.config.reading import read_layer, root_sections
from pytest_llmock.config.tree import Layer
from pytest_llmock.errors import SettingsError, nearest

_Parser: TypeAlias = Callable[[str, str], object]

PYPROJECT = "pyproject.toml"
NAMES = (PYPROJECT, "llmock.toml", "llmock.json", "appsettings.json")
MAX_DEPTH = 64

# A string first, so that nothing inside one is taken for a comment or a comma.
_STRING = r'"(?:\\.|[^"\\])*"'
_COMMENT = re.compile(rf"({_STRING})|//[^\n]*|/\*.*?\*/", re.DOTALL)
_LAST_COMMA = re.compile(rf"({_STRING})|,(?=\s*[\]}}])", re.DOTALL)


def find_settings_file(rootdir: Path) -> Path | None:
    """The first file in `rootdir` that holds our settings: see `NAMES` for the order.

    A pyproject.toml counts if it has `[tool.llmock]`, an appsettings.json if it has one of our root sections.
    """
    return next((file for name in NAMES if (file := rootdir / name).is_file() and _is_ours(file)), None)


def read_file(file: Path, keys: Keys, *, rootdir: Path) -> Layer:
    """The settings in `file`; SettingsError if it is missing, broken, or no settings file."""
    label = _label(file, rootdir)
    document = _document(file, label)
    if file.name == PYPROJECT:
        table = _tool_table(document)
        if table is None:
            raise SettingsError(f"{label} has no table [tool.llmock]. Add it, or name another file.")
        return read_layer(table, keys, place=f"{label}: tool.llmock", origin="file")
    # Other sections of an ASP.NET application's file are not misspelt settings of ours.
    shared = file.name.casefold().startswith("appsettings")
    return read_layer(document, keys, place=f"{label}:", origin="file", shared=shared)


def _is_ours(file: Path) -> bool:
    if file.name == PYPROJECT:
        return _tool_table(_document(file, file.name)) is not None
    return file.name != "appsettings.json" or bool(root_sections(_document(file, file.name), f"{file.name}:"))


def _tool_table(document: Mapping[str, object]) -> Mapping[str, object] | None:
    tool = document.get("tool")
    table = tool.get("llmock") if isinstance(tool, Mapping) else None
    if table is not None and not isinstance(table, Mapping):
        raise SettingsError(
            "pyproject.toml: tool.llmock is not a table. Write the settings below [tool.llmock]."
        )
    return table


def _label(file: Path, rootdir: Path) -> str:
    return (file.relative_to(rootdir) if file.is_relative_to(rootdir) else file).as_posix()


def _document(file: Path, label: str) -> Mapping[str, object]:
    parse = _PARSERS.get(file.suffix.casefold())
    if parse is None:
        raise SettingsError(
            f"{label} is neither a .toml nor a .json file. Name a settings file of one of these kinds."
        )
    content = _parsed(parse, _text(file, label), label)
    if not isinstance(content, Mapping):
        raise SettingsError(f"{label} does not hold an object. Write the settings between {{ and }}.")
    if _is_deep(content):
        raise _too_deep(label)
    return content


def _parsed(parse: _Parser, text: str, label: str) -> object:
    try:
        return parse(text, label)
    except RecursionError:
        raise _too_deep(label) from None
    except ValueError:  # Python's own limit, which neither parser reports as an error of the text
        raise SettingsError(
            f"{label} holds a number with thousands of digits. No setting needs one."
        ) from None


def _too_deep(label: str) -> SettingsError:
    return SettingsError(f"{label} is nested more than {MAX_DEPTH} levels deep. No setting is.")


def _text(file: Path, label: str) -> str:
    try:
        return file.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        beside = sorted(path.name for path in file.parent.glob("*") if path.suffix.casefold() in _PARSERS)
        raise SettingsError(
            f"The settings file {label} does not exist.{nearest(file.name, beside)} "
            "Create it, or name another one."
        ) from None
    except OSError as error:
        raise SettingsError(
            f"The settings file {label} cannot be read: {error.strerror}. Name a readable file."
        ) from error
    except UnicodeDecodeError as error:
        raise SettingsError(
            f"{label} is not UTF-8: byte {error.start} cannot be read. Save it as UTF-8."
        ) from None


def _json(text: str, label: str) -> object:
    clean = _LAST_COMMA.sub(_blank, _COMMENT.sub(_blank, text))
    try:
        return json.loads(clean, object_pairs_hook=_object(label))
    except json.JSONDecodeError as error:
        raise SettingsError(
            f"{label} is not JSON: {error.msg} in line {error.lineno}, column {error.colno}. "
            "Correct it there."
        ) from None


def _toml(text: str, label: str) -> object:
    import tomllib  # noqa: PLC0415 - four milliseconds that only a TOML file is worth

    try:
        return tomllib.loads(text.replace("\r\n", "\n"))
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{label} is not TOML: {error}. Correct it there.") from None


_PARSERS: Mapping[str, _Parser] = {".json": _json, ".toml": _toml}


def _blank(match: re.Match[str]) -> str:
    """The string as it is, anything else as blanks, so that lines and columns stay what they are."""
    return match[1] if match[1] is not None else re.sub(r"[^\n]", " ", match[0])


def _object(label: str) -> Callable[[Iterable[tuple[str, object]]], dict[str, object]]:
    def build(pairs: Iterable[tuple[str, object]]) -> dict[str, object]:
        entries: dict[str, object] = {}
        for key, value in pairs:
            if key in entries and entries[key] != value:
                raise SettingsError(
                    f"{label} has the key {json.dumps(key)} twice in one object. Keep one of them."
                )
            entries[key] = value
        return entries

    return build


def _is_deep(content: object) -> bool:
    level = [content]
    for _ in range(MAX_DEPTH):
        level = [value for entry in level for value in _entries(entry)]
    return bool(level)


def _entries(content: object) -> Iterable[object]:
    if isinstance(content, Mapping):
        return content.values()
    return content if isinstance(content, list) else ()
