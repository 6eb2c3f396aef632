"""OpenAPI documents in files, JSON or YAML; the one module here that opens a file."""

from collections.abc import Callable, Mapping
from os import PathLike
from pathlib import Path

from pytest_llmock.errors import LLMockError, ShapeError
from pytest_llmock.foreign_yaml import CORE_WORDS, ForeignYamlError, read_foreign_yaml
from pytest_llmock.shapes.limits import DATA, decode_json
from pytest_llmock.shapes.openapi.reading import read_openapi
from pytest_llmock.shapes.openapi.values import Document


def load_openapi(path: str | PathLike[str]) -> Document:
    """The document in a .json, .yaml or .yml file.

    Raises ShapeError naming the file, and the line where one is known, when it cannot be read.
    """
    file = Path(path)
    parse = _PARSERS.get(file.suffix.lower())
    if parse is None:
        raise ShapeError(f"{file} is no OpenAPI document: its name must end in .json, .yaml or .yml.")
    try:
        content = parse(file.read_bytes())
    except OSError as error:
        raise ShapeError(f"{file} cannot be read: {error.strerror}. Name the file of the document.") from None
    except ForeignYamlError as error:
        line = "" if error.line is None else f", line {error.line}"
        raise ShapeError(f"{file}{line}: {error.problem}.") from None
    except LLMockError as error:
        raise ShapeError(f"{file}: {error.message}") from None
    if not isinstance(content, dict):
        raise ShapeError(f"{file} holds no object: an OpenAPI document has `openapi`, `info` and `paths`.")
    return read_openapi(content)


def _json(data: bytes) -> object:
    return decode_json(data, what="OpenAPI document")


def _yaml(data: bytes) -> object:
    if len(data) > DATA.size:
        raise ShapeError(f"The OpenAPI document has {len(data):,} bytes; the limit is {DATA.size:,}.")
    try:
        return read_foreign_yaml(data.decode("utf-8-sig"), words=CORE_WORDS)
    except UnicodeDecodeError as error:
        raise ForeignYamlError(f"byte {error.start} is not UTF-8") from None


_PARSERS: Mapping[str, Callable[[bytes], object]] = {".json": _json, ".yaml": _yaml, ".yml": _yaml}
