"""Settings for another process, which must not get a key of ours.

Rule: where a key is the variable `${NAME}`, the name travels, and is looked up there; a key that is written
out is refused. All else travels as it was resolved here.
"""

from collections.abc import Mapping

from pytest_llmock.config.fields import as_written
from pytest_llmock.config.sections import BackendSettings
from pytest_llmock.config.settings import Settings, build, code_layer
from pytest_llmock.errors import SettingsError

# of parts that another process does not run, and that may hold secrets
_STAY = frozenset({"management_auth_secret", "rest_apis", "tools", "backends"})


def shipped(settings: Settings, *, where: str) -> dict[str, object]:
    """What `settings_there` makes the same settings of. Raises SettingsError where that would need a key.

    `where` says for people who gets them: "a worker of Dask".
    """
    said = as_written(settings)
    assert isinstance(said, dict)
    kept = {name: _literal(value) for name, value in said.items() if name not in _STAY}
    return {**kept, "backends": [_backend(entry, where) for entry in settings.backends]}


def settings_there(said: Mapping[str, object], environ: Mapping[str, str]) -> Settings:
    """The settings, with the keys that `environ` has."""
    return build((code_layer(said),), environ=environ, source=None)


def _backend(entry: BackendSettings, where: str) -> dict[str, object]:
    said = as_written(entry)
    assert isinstance(said, dict)
    key = said.pop("api_key", None)
    if entry.enabled and key and not entry.api_key.reference:
        raise SettingsError(
            f"Backend '{entry.name}' has its key in the settings, and {where} gets none. Write "
            '"ApiKey": "${NAME}", and set the variable NAME where the workers run.'
        )
    kept: dict[str, object] = {name: _literal(value) for name, value in said.items()}
    return {**kept, "api_key": entry.api_key.reference} if entry.api_key.reference else kept


def _literal(value: object) -> object:
    """The value, with no text in it that would be taken for a variable."""
    if isinstance(value, str):
        return value.replace("${", "$${")
    if isinstance(value, Mapping):
        return {name: _literal(inner) for name, inner in value.items()}
    return [_literal(inner) for inner in value] if isinstance(value, list) else value
