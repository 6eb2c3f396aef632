"""Fields of an OpenAI request, read with their types checked. `null` counts as absent, as it does there."""

from collections.abc import Mapping
from typing import TypeAlias

from pytest_llmock.llm import JSON
from pytest_llmock.wire.openai_errors import missing, wrong_type, wrong_value

Fields: TypeAlias = Mapping[str, JSON]
MOST_NOTES = 16


def object_at(value: JSON, param: str) -> dict[str, JSON]:
    """`value`, which must be an object."""
    if not isinstance(value, dict):
        raise wrong_type(param, "an object", value)
    return value


def text_at(fields: Fields, key: str, at: str = "") -> str:
    """A text, empty when it is absent."""
    value = fields.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise wrong_type(f"{at}{key}", "a string", value)
    return value


def required_text(fields: Fields, key: str, at: str = "") -> str:
    """A text that must be there, though it may be empty."""
    if fields.get(key) is None:
        raise missing(f"{at}{key}")
    return text_at(fields, key, at)


def flag_at(fields: Fields, key: str, at: str = "") -> bool | None:
    """A boolean, None when it is absent."""
    value = fields.get(key)
    if value is not None and not isinstance(value, bool):
        raise wrong_type(f"{at}{key}", "a boolean", value)
    return value


def list_at(fields: Fields, key: str, at: str = "") -> list[JSON]:
    """An array, empty when it is absent."""
    value = fields.get(key)
    if value is None:
        return []
    if not isinstance(value, list):
        raise wrong_type(f"{at}{key}", "an array", value)
    return value


def integer_at(fields: Fields, key: str, *, low: int | None = None, high: int | None = None) -> int | None:
    """A whole number within its bounds, None when it is absent."""
    value = fields.get(key)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool):
        raise wrong_type(key, "an integer", value)
    _check_bounds(key, value, low, high)
    return value


def decimal_at(fields: Fields, key: str, *, low: float, high: float) -> float | None:
    """A number within its bounds, None when it is absent."""
    value = fields.get(key)
    if value is None:
        return None
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise wrong_type(key, "a decimal", value)
    _check_bounds(key, value, low, high)
    return float(value)


def _check_bounds(key: str, value: float, low: float | None, high: float | None) -> None:
    if low is not None and not value >= low:
        raise wrong_value(key, f"expected a value >= {low}, but got {value} instead.", code="below_min_value")
    if high is not None and not value <= high:
        raise wrong_value(
            key, f"expected a value <= {high}, but got {value} instead.", code="above_max_value"
        )


def metadata_at(fields: Fields) -> dict[str, JSON]:
    """The client's own notes, empty when absent: up to 16 texts of 512 characters, by keys of 64."""
    value = fields.get("metadata")
    notes = {} if value is None else object_at(value, "metadata")
    if len(notes) > MOST_NOTES:
        raise wrong_value("metadata", f"expected at most {MOST_NOTES} properties, but got {len(notes)}.")
    for key, note in notes.items():
        if not isinstance(note, str):
            raise wrong_type(f"metadata.{key[:64]}", "a string", note)
        if len(key) > 64 or len(note) > 512:
            raise wrong_value(
                f"metadata.{key[:64]}",
                "keys have at most 64 characters, values 512.",
                code="string_above_max_length",
            )
    return notes


def others(fields: Fields, known: frozenset[str]) -> dict[str, JSON]:
    """The fields that are not among `known`, as they came."""
    return {key: value for key, value in fields.items() if key not in known}
