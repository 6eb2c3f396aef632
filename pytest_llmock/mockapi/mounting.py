"""A document made ready to be mounted: read, filtered and compiled, once in a process for all its tests."""

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import lru_cache
from os import PathLike
from pathlib import Path
from typing import cast

from pytest_llmock.config import OpenApiSettings, Settings
from pytest_llmock.errors import LLMockError, SettingsError, ShapeError
from pytest_llmock.llm import JSON
from pytest_llmock.mockapi.mounts import Mount
from pytest_llmock.mockapi.operation import MountedOperation
from pytest_llmock.mockapi.paths import described
from pytest_llmock.shapes.limits import JSONTextError, check_limits, freeze, thaw
from pytest_llmock.shapes.openapi import Document, Operation, read_openapi
from pytest_llmock.shapes.openapi.files import load_openapi

Compiled = tuple[MountedOperation, ...]
NOT_MOUNTED = frozenset(
    {"OPTIONS", "TRACE", "QUERY"}
)  # the server answers the first, nobody sends the others


def mounted(
    document: Mapping[str, object] | str | PathLike[str],
    *,
    prefix: str = "",
    examples: bool = False,
    streaming: bool = False,
) -> Mount:
    """The document as a mount. Raises ShapeError for one that cannot be read, or has wrong schemas."""
    source, compiled = _document(document)
    if not compiled:
        raise ShapeError("The OpenAPI document has no operations: they stand under `paths`.")
    return Mount(source.title, source.version, _prefix(prefix), compiled, examples, streaming)


def mounts_of(settings: Settings) -> Iterator[Mount]:
    """The mounts of `OpenApiSpecs`. Raises SettingsError naming the entry."""
    folder = settings.source.parent if settings.source else Path()
    for number, entry in enumerate(settings.openapi_specs):
        try:
            yield _of_entry(entry, folder)
        except LLMockError as error:
            raise SettingsError(f"OpenApiSpecs[{number}] '{entry.name}': {error.message}") from error


def _of_entry(entry: OpenApiSettings, folder: Path) -> Mount:
    if "://" in entry.source:
        raise ShapeError(
            f"Its Source is the address {entry.source[:80]!r}, and nothing is fetched: save the document, "
            "and name its file."
        )
    source, compiled = _document(folder / entry.source)
    chosen = tuple(each for each in compiled if _is_chosen(each.source, entry))
    if not chosen:
        raise ShapeError("No operation is left by IncludeTags, ExcludeTags, IncludePaths and ExcludePaths.")
    return Mount(
        source.title or entry.name,
        source.version,
        _prefix(entry.base_path or ""),
        chosen,
        streaming=entry.enable_streaming,
        context=entry.context_name or "",
    )


def _is_chosen(operation: Operation, entry: OpenApiSettings) -> bool:
    tags = {tag.casefold() for tag in operation.tags}

    def has_tag(names: Sequence[str]) -> bool:
        return any(name.casefold() in tags for name in names)

    def has_path(patterns: Sequence[str]) -> bool:
        return any(_fits(operation.path, pattern) for pattern in patterns)

    included = (not entry.include_tags or has_tag(entry.include_tags)) and (
        not entry.include_paths or has_path(entry.include_paths)
    )
    return included and not has_tag(entry.exclude_tags) and not has_path(entry.exclude_paths)


def _fits(path: str, pattern: str) -> bool:
    """`/pets/*` is /pets and all below it; any other pattern is a path, in which `*` stands for any text."""
    if pattern.endswith("/*") and path == pattern[:-2]:
        return True
    literal = pattern.replace("[", "[[]")
    return fnmatchcase(path, literal)


def _prefix(prefix: str) -> str:
    """The prefix with a slash before it and none behind: "petstore/" → "/petstore"."""
    found = prefix.strip("/")
    if not found:
        return ""
    if any(character in found for character in "{}?#*") or "" in found.split("/"):
        raise ShapeError(f"The prefix {prefix!r} is no path: write plain segments, such as '/petstore'.")
    return f"/{found}"


def _document(document: Mapping[str, object] | str | PathLike[str]) -> tuple[Document, Compiled]:
    if not isinstance(document, Mapping):
        if not isinstance(document, str | PathLike):
            raise ShapeError(f"An OpenAPI document is a dict or the path of a file, not {document!r:.60}.")
        path = Path(document)
        try:
            stamp = path.stat()
        except OSError:
            return _compiled(load_openapi(path))  # which says what is wrong with it
        return _of_file(path.absolute(), stamp.st_mtime_ns, stamp.st_size)
    check_limits(document, what="OpenAPI document")  # type: ignore[arg-type]  # what is no JSON is found below
    try:
        return _of_frozen(freeze(cast("JSON", dict(document))))
    except (JSONTextError, TypeError) as error:
        raise ShapeError(f"The OpenAPI document is not JSON: {error}.") from None


@lru_cache(maxsize=32)
def _of_file(path: Path, _changed: int, _size: int) -> tuple[Document, Compiled]:
    return _compiled(load_openapi(path))


@lru_cache(maxsize=32)
def _of_frozen(frozen: bytes) -> tuple[Document, Compiled]:
    source: JSON = thaw(frozen)
    assert isinstance(source, dict)
    return _compiled(read_openapi(source))


def _compiled(document: Document) -> tuple[Document, Compiled]:
    return document, tuple(_operation(each) for each in document.operations if each.method not in NOT_MOUNTED)


def _operation(operation: Operation) -> MountedOperation:
    try:
        described(operation.path)
        return MountedOperation(operation)
    except ValueError as error:
        raise ShapeError(f"{operation.endpoint}: {error}") from None
    except LLMockError as error:
        if error.message.startswith(operation.endpoint):
            raise
        raise ShapeError(f"{operation.endpoint}: {error.message}") from None
