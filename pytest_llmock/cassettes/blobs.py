"""What is too large or too binary for a cassette, in files beside it: `blobs/<sha256 of the content>.<ext>`.

A text over 16 kB, the JSON text of answers and vectors over 16 kB, and the content of every `data:` URL leave
the document for such a file, and `{"$blob": name}` stands in their place. The name is the digest, so that
equal content is stored once, and content that was changed is noticed.
"""

import base64
import binascii
import hashlib
import json
import os
import re
import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import TypeAlias

from pytest_llmock.cassettes.emitting import DEEPEST, Reference, Tree, strict_json
from pytest_llmock.errors import CassetteError
from pytest_llmock.llm import JSON

LIMIT = 16_384  # bytes of UTF-8
FOLDER = "blobs"

_MENTIONED = re.compile(r"[0-9a-f]{64}\.[a-z0-9]{2,4}")
_HEAD = r"data:([\w.+-]+/[\w.+-]+)(?:;[\w.+=-]+)*;base64,"
_DATA_URL = re.compile(rf"({_HEAD})([A-Za-z0-9+/]*={{0,2}})", re.ASCII)
_REFERENCE = re.compile(rf"({_HEAD})?([0-9a-f]{{64}})\.([a-z0-9]{{2,4}})", re.ASCII)
_EXTENSIONS: Mapping[str, str] = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/webp": "webp",
    "image/gif": "gif",
    "audio/wav": "wav",
    "audio/x-wav": "wav",
    "application/pdf": "pdf",
}
_CURE = "Get it back with `git checkout -- {path}`, or record it again."

# looks at what is about to be written, and raises to forbid it
Guard: TypeAlias = Callable[[str, bytes], None]


class Blobs:
    """The blobs of the cassettes in `folder`; `guard(name, content)` is called before each write."""

    def __init__(self, folder: Path, *, guard: Guard | None = None) -> None:
        self.folder = folder / FOLDER
        self._guard = guard

    def put(self, value: JSON, *, whole: Collection[str] = (), depth: int = 0) -> Tree:
        """The value with references for what is large or binary, all of which is on disk by then.

        A mapping or list under a key in `whole` becomes one blob when its JSON text is over the limit. Raises
        CassetteError when a blob cannot be written.
        """
        if isinstance(value, str):
            return self._put_text(value)
        if depth > DEEPEST:  # it will be JSON text within the document
            return value
        if isinstance(value, dict):
            items = value.items()
            return {key: self._put_field(key, item, whole, depth + 1) for key, item in items}
        if isinstance(value, list):
            return [self.put(item, whole=whole, depth=depth + 1) for item in value]
        return value

    def get(self, reference: str, *, where: str) -> JSON:
        """What the reference stands for; `where` names the document that has it, for messages.

        Raises CassetteError for a blob that is missing, or whose content is not what was recorded.
        """
        match = _REFERENCE.fullmatch(reference)
        if match is None:
            raise CassetteError(
                f"{where} refers to the blob {reference!r}, which is no name of one: the sha256 of its"
                f" content, 64 hex digits, and an extension. {_CURE.format(path=where)}"
            )
        head, _, digest, extension = match.groups()
        content = self._content(self.folder / f"{digest}.{extension}", digest, where)
        if head is not None:
            return f"{head}{base64.b64encode(content).decode()}"
        text = content.decode("utf-8", "surrogatepass")
        value: JSON = json.loads(text) if extension == "json" else text
        return value

    def _put_field(self, key: str, value: JSON, whole: Collection[str], depth: int) -> Tree:
        if key in whole and isinstance(value, dict | list):
            content = strict_json(value).encode("utf-8", "surrogatepass")
            if len(content) > LIMIT:
                return Reference(self._save(content, "json"))
        return self.put(value, whole=whole, depth=depth)

    def _put_text(self, text: str) -> Tree:
        url = _DATA_URL.fullmatch(text) if text.startswith("data:") else None
        content = None if url is None else _decoded(url[3])
        if url is not None and content is not None:
            return Reference(url[1] + self._save(content, _EXTENSIONS.get(url[2], "bin")))
        if len(text) * 4 <= LIMIT:  # a character takes four bytes at most
            return text
        content = text.encode("utf-8", "surrogatepass")
        return text if len(content) <= LIMIT else Reference(self._save(content, "txt"))

    def _save(self, content: bytes, extension: str) -> str:
        name = f"{hashlib.sha256(content).hexdigest()}.{extension}"
        path = self.folder / name
        if not _has_size(path, len(content)):
            if self._guard is not None:
                self._guard(name, content)
            try:
                _replace(path, content)
            except OSError as error:
                raise CassetteError(
                    f"{path}: a part of a recording cannot be written ({error.strerror or error}). Make the"
                    " folder writable, with room on its disk, and record again."
                ) from error
        return name

    def _content(self, path: Path, digest: str, where: str) -> bytes:
        try:
            content = path.read_bytes()
        except OSError as error:
            reason = error.strerror or str(error)
            raise CassetteError(
                f"{path}: this part of {where} cannot be read ({reason}). {_CURE.format(path=path)}"
            ) from error
        for known in _checked_out(content, path.suffix):
            if hashlib.sha256(known).hexdigest() == digest:
                return known
        raise CassetteError(
            f"{path}: this part of {where} is not what was recorded: its content no longer has the digest"
            f" that its name says. {_CURE.format(path=path)}"
        )


def referenced(text: str) -> set[str]:
    """The names of all blobs that a document mentions; perhaps one more, never one less."""
    return set(_MENTIONED.findall(text))


def _decoded(payload: str) -> bytes | None:
    """The content, None when encoding it would not give the same text."""
    try:
        content = base64.b64decode(payload, validate=True)
    except binascii.Error:
        return None
    return content if base64.b64encode(content).decode() == payload else None


def _checked_out(content: bytes, suffix: str) -> Iterator[bytes]:
    """The content, and for text also as it was before git changed its line breaks."""
    yield content
    if suffix in (".txt", ".json"):
        unix = content.replace(b"\r\n", b"\n")
        yield unix
        yield unix.replace(b"\n", b"\r\n")


def _has_size(path: Path, size: int) -> bool:
    try:
        return path.stat().st_size == size
    except OSError:
        return False


def _replace(path: Path, content: bytes) -> None:
    """Put the file there as a whole or not at all, whoever else does the same."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
