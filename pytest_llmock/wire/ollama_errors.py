"""Ollama's error bodies, and the refusals of a request that is not what it takes, in the words of its server.

Spec: https://docs.ollama.com/api/errors (read 2026-11-22).
"""

from collections.abc import Mapping

from pytest_llmock.errors import LLMockError, RequestError
from pytest_llmock.llm import JSON
from pytest_llmock.wire.objects import Kind, Wording, kind_of

_GO: Mapping[Kind, str] = {
    "integer": "int",
    "number": "float32",
    "boolean": "bool",
    "array": "[]interface {}",
    "object": "map[string]interface {}",
}
_OPTION: Mapping[Kind, str] = {"number": "float32"}
_READ_AS: Mapping[str, str] = {"integer": "number", "boolean": "bool"}


def error_body(error: LLMockError) -> dict[str, JSON]:
    """`{"error": "…"}`."""
    return {"error": error.message}


def _missing(place: str) -> RequestError:
    return RequestError(f"{place.rpartition('.')[2]} is required")


def _wrong_type(place: str, kind: Kind, value: JSON) -> RequestError:
    got = _READ_AS.get(kind_of(value), kind_of(value))
    return RequestError(
        f"json: cannot unmarshal {got} into Go struct field {place} of type {_GO.get(kind, kind)}"
    )


def _wrong_option(place: str, kind: Kind, _value: JSON) -> RequestError:
    """Options are read by their names, and say so."""
    return RequestError(f'option "{place.rpartition(".")[2]}" must be of type {_OPTION.get(kind, kind)}')


WORDS = Wording(_missing, _wrong_type, item="{at}")
OPTION_WORDS = Wording(_missing, _wrong_option, item="{at}")
