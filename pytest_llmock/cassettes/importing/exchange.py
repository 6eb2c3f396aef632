"""One HTTP exchange as another tool recorded it, and which API was called.

Rule: values only. Headers hold keys, so only those are ever taken that say how to read the response.
"""

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, TypeAlias

from pytest_llmock.cassettes.importing.foreign_yaml import Data

LARGEST_BODY = 64 * 1024 * 1024
_COMPRESSED = (b"\x1f\x8b", b"x\x01", b"x^", b"x\x9c", b"x\xda")  # how gzip and zlib begin
Operation: TypeAlias = Literal["chat", "embed"]

_TAKEN = frozenset({"content-encoding", "content-type", "retry-after", "retry-after-ms"})
_SUPPORTED: tuple[tuple[str, Operation], ...] = (("/chat/completions", "chat"), ("/embeddings", "embed"))
_KNOWN = (
    ("/messages", "Anthropic's API"),
    ("/responses", "OpenAI's Responses API"),
    ("/completions", "OpenAI's older completions API"),
    ("/api/chat", "Ollama's own API"),
    ("/api/generate", "Ollama's own API"),
    ("/api/embed", "Ollama's own API"),
    ("enerateContent", "Google's API"),
    ("mbedContent", "Google's API"),
    ("/converse", "Amazon's API"),
    ("/converse-stream", "Amazon's API"),
)


@dataclass(frozen=True, slots=True)
class Exchange:
    """One recorded exchange, the `number`th of its file.

    `request` and `response` are the bodies, None where the file does not have one. `at` is when it was
    recorded and `seconds` how long it took, where the file says so.
    """

    number: int
    method: str
    url: str
    request: bytes | None
    status: int
    response: bytes | None
    headers: Mapping[str, str] = field(default_factory=dict)
    at: str = ""
    seconds: float = 0.0

    @property
    def path(self) -> str:
        """The path alone: host and query may hold a key."""
        address = self.url.partition("?")[0].partition("#")[0]
        return f"/{address.rpartition('://')[2].partition('/')[2]}".rstrip("/") or "/"

    @property
    def operation(self) -> Operation | None:
        """What was asked for, None when the API is none that can be read."""
        if self.method != "POST":
            return None
        return next((kind for end, kind in _SUPPORTED if self.path.endswith(end)), None)

    @property
    def api(self) -> str:
        """The name of an API that is known but cannot be read; empty for any other address."""
        return next((name for end, name in _KNOWN if self.path.endswith(end)), "")


class Note(NamedTuple):
    """What is to be said about an exchange of a file, by its number."""

    number: int
    text: str


class Contents(NamedTuple):
    """What a file of another tool holds; `remarks` are about the file as a whole."""

    exchanges: tuple[Exchange, ...]
    notes: tuple[Note, ...] = ()
    remarks: tuple[str, ...] = ()


def contents(found: Sequence[Exchange | Note], remarks: Sequence[str] = ()) -> Contents:
    """The exchanges, and the notes about what is none."""
    return Contents(
        tuple(item for item in found if isinstance(item, Exchange)),
        tuple(item for item in found if isinstance(item, Note)),
        tuple(remarks),
    )


def headers_of(raw: Data) -> dict[str, str]:
    """The headers that say how to read a response, in lower case; a value may be a text or a list of them."""
    found: dict[str, str] = {}
    for name, value in mapping(raw).items():
        last = value[-1] if isinstance(value, list) and value else value
        if name.lower() in _TAKEN and isinstance(last, str):
            found[name.lower()] = last
    return found


def mapping(value: Data) -> dict[str, Data]:
    """The value if it is a mapping, else an empty one: what it lacks is said where it is missed."""
    return value if isinstance(value, dict) else {}


def text(value: Data) -> str:
    """The value if it is text, else nothing."""
    return value if isinstance(value, str) else ""


def as_bytes(value: Data) -> bytes | None:
    """A body as it was sent; None for what is no text and no bytes, and for nothing at all."""
    if isinstance(value, str):
        value = value.encode("utf-8", "surrogatepass")
    return value if isinstance(value, bytes) and value else None


def as_json(value: Data) -> bytes | None:
    """A body that the file has as data, as JSON again; None when it is none."""
    try:
        return json.dumps(value).encode()
    except TypeError:  # bytes somewhere in it
        return None


def decompressed(body: bytes) -> bytes:
    """The body without gzip or zlib, if it has one; raises ValueError for what is damaged or too large.

    Its own first bytes decide: tools keep the header when they have already decompressed the body.
    """
    if not body.startswith(_COMPRESSED):
        return body
    inflater = zlib.decompressobj(wbits=47)  # both headers
    try:
        plain = inflater.decompress(body, LARGEST_BODY)
    except zlib.error as error:
        raise ValueError(str(error)) from error
    if not inflater.eof:
        raise ValueError("it is cut off" if len(plain) < LARGEST_BODY else "it is too large")
    return plain
