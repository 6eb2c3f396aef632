"""The way in: every source, in its order, to one `Settings`."""

import os
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from pytest_llmock.config.environment import read_environment, read_options, settings_variable
from pytest_llmock.config.files import find_settings_file, read_file
from pytest_llmock.config.keys import fold
from pytest_llmock.config.settings import KEYS, Settings, build, code_layer
from pytest_llmock.config.tree import Layer

_NOTHING: Mapping[str, object] = MappingProxyType({})


def load_settings(  # noqa: PLR0913 - one keyword for each source
    rootdir: Path,
    *,
    file: Path | None = None,
    environ: Mapping[str, str] | None = None,
    ini: Mapping[str, object] = _NOTHING,
    command_line: Mapping[str, object] = _NOTHING,
    overrides: Mapping[str, object] | Settings | None = None,
) -> Settings:
    """The settings that hold in `rootdir`.

    Lowest to highest: file, code (`overrides`), ini, environment, command line. `environ` is that of the
    process unless one is given; `ini` and `command_line` are options by name, without `llmock_`. Without
    `file`, an option or variable `config` names it, else it is looked for; a relative one is relative to
    `rootdir`. A `Settings` in `overrides` stands in for the file. SettingsError has one line for each wrong
    value, with its place as it was written.
    """
    frozen = dict(os.environ if environ is None else environ)
    if isinstance(overrides, Settings):
        source, below = overrides.source, overrides.layers()
    else:
        named = file or _named(command_line, ini, frozen)
        source = (rootdir / named) if named else find_settings_file(rootdir)
        below = _below(source, overrides, rootdir)
    above = (
        read_options(_without_config(ini), KEYS, origin="ini"),
        read_environment(frozen, KEYS),
        read_options(_without_config(command_line), KEYS, origin="command line"),
    )
    return build((*below, *above), environ=frozen, source=source)


def _below(source: Path | None, overrides: Mapping[str, object] | None, rootdir: Path) -> tuple[Layer, ...]:
    file = () if source is None else (read_file(source, KEYS, rootdir=rootdir),)
    return file if overrides is None else (*file, code_layer(overrides))


def _named(
    command_line: Mapping[str, object], ini: Mapping[str, object], environ: Mapping[str, str]
) -> str | None:
    named = command_line.get("config") or settings_variable(environ) or ini.get("config")
    return str(named) if named else None


def _without_config(options: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in options.items() if fold(name) != "config"}
