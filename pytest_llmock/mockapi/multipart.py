"""Multipart forms, read piece by piece: fields are data, of a file only its name, type and size are kept.

RFC 7578 (https://www.rfc-editor.org/rfc/rfc7578, read 2026-11-22). What is wrong is told with its place when
the data is asked for, so that a route which does not need it answers all the same.
"""

import codecs
from collections.abc import Mapping

from python_multipart.multipart import MultipartParser, parse_options_header

from pytest_llmock.errors import RequestError, TooLargeError
from pytest_llmock.llm import JSON

MOST_PARTS = 1000
MOST_FIELD_BYTES = 1_000_000  # of all fields together; files are not limited


class Multipart:
    """One form; `write` it in any pieces, then ask for its `data`.

    With `holds_files` the contents of its files can be asked for too.
    """

    def __init__(self, content_type: str, *, holds_files: bool = False) -> None:
        self._parts = _Parts(holds_files=holds_files)
        self._read = 0
        self._problem: RequestError | None = None
        self._parser: MultipartParser | None = None
        boundary = parse_options_header(content_type)[1].get(b"boundary", b"")
        if not boundary:
            self._problem = RequestError(
                "The multipart body has no boundary: send Content-Type multipart/form-data; boundary=…"
            )
            return
        try:
            self._parser = MultipartParser(boundary, self._parts.callbacks())  # type: ignore[arg-type]  # its TypedDict is private
        except ValueError as error:
            self._problem = RequestError(f"The multipart body cannot be read: {error}")

    def write(self, piece: bytes) -> None:
        """Read the next piece; after a problem there is nothing more to read."""
        if self._problem is not None or self._parser is None:
            return
        try:
            self._parser.write(piece)
        except RequestError as error:
            self._problem = error
        except ValueError as error:  # its MultipartParseError is one
            at = self._read + max(0, getattr(error, "offset", 0))
            self._problem = RequestError(
                f"The multipart body cannot be read at byte {at} (part {self._parts.number}): {error}"
            )
        self._read += len(piece)

    def data(self) -> JSON:
        """{"fields": {…}, "files": [{"field", "filename", "contentType", "size"}]}.

        Raises RequestError (400) that names byte or part, TooLargeError (413) for too many parts or fields.
        """
        if self._problem is not None:
            raise self._problem
        if not self._parts.complete:
            raise RequestError(
                f"The multipart body ends before its last boundary, after {self._read} bytes in part "
                f"{self._parts.number}: it was cut off on the way."
            )
        return {"fields": grouped(self._parts.fields), "files": self._parts.files}

    @property
    def contents(self) -> list[bytes]:
        """What is in the files, in the order of the data."""
        return self._parts.contents


def grouped(pairs: list[tuple[str, str]]) -> dict[str, JSON]:
    """Fields by name; one that is repeated is a list."""
    fields: dict[str, JSON] = {}
    for name, value in pairs:
        known = fields.get(name)
        if name not in fields:
            fields[name] = value
        elif isinstance(known, list):
            known.append(value)
        else:
            fields[name] = [known, value]
    return fields


def charset_in(content_type: str | bytes, what: str) -> str:
    """The charset that a content type names, "" for none. Raises RequestError (400) for an unknown one."""
    said = parse_options_header(content_type)[1].get(b"charset", b"").decode("latin-1").strip()
    if not said:
        return ""
    try:
        known = codecs.lookup(said)
    except (LookupError, ValueError):
        known = None
    if known is None or not known._is_text_encoding:  # noqa: SLF001 - "base64" and the like decode to no text
        raise RequestError(f"The charset {said[:40]!r} of the {what} is not known: send it as utf-8.")
    return known.name


def decoded(data: bytes, charset: str, what: str) -> str:
    """The text; RequestError (400) says at which byte it is none."""
    try:
        return data.decode(charset or "utf-8")
    except UnicodeDecodeError as error:
        name = charset.upper() if charset and charset != "utf-8" else "UTF-8"
        raise RequestError(f"The {what} is not {name}: {error.reason} at byte {error.start}.") from None


class _Parts:
    """What the multipart parser calls back with, gathered."""

    def __init__(self, *, holds_files: bool = False) -> None:
        self.fields: list[tuple[str, str]] = []
        self.files: list[JSON] = []
        self.contents: list[bytes] = []
        self._holds_files = holds_files
        self.number = 0
        self.complete = False
        self._headers: dict[bytes, bytes] = {}
        self._options: Mapping[bytes, bytes] = {}
        self._name = self._value = b""
        self._data: list[bytes] = []
        self._size = self._field_bytes = 0

    def callbacks(self) -> Mapping[str, object]:
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._header_field,
            "on_header_value": self._header_value,
            "on_header_end": self._header_end,
            "on_headers_finished": self._headers_finished,
            "on_part_data": self._part_data,
            "on_part_end": self._part_end,
            "on_end": self._end,
        }

    def _begin(self) -> None:
        self.number += 1
        if self.number > MOST_PARTS:
            raise TooLargeError(
                f"The multipart body has more than {MOST_PARTS:,} parts. Send fewer at a time."
            )
        self._headers, self._options, self._data, self._size = {}, {}, [], 0

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        self._headers[self._name.lower()] = self._value
        self._name = self._value = b""

    def _headers_finished(self) -> None:
        _, self._options = parse_options_header(self._headers.get(b"content-disposition", b""))
        if b"name" not in self._options:
            raise RequestError(
                f"Part {self.number} of the multipart body has no name: send it with Content-Disposition: "
                'form-data; name="…".'
            )
        kind, _ = parse_options_header(self._headers.get(b"content-type", b""))
        if self._options.get(b"filename") == b"blob" and kind == b"application/json":
            # a page can give a field a content type by a Blob only, and that gets this name of a file
            self._options = {b"name": self._options[b"name"]}

    def _part_data(self, data: bytes, start: int, end: int) -> None:
        self._size += end - start
        if b"filename" in self._options:
            if self._holds_files:
                self._data.append(data[start:end])
            return
        self._field_bytes += end - start
        if self._field_bytes > MOST_FIELD_BYTES:
            raise TooLargeError(
                f"The fields of the multipart body have more than {MOST_FIELD_BYTES:,} bytes together (part "
                f"{self.number}). Send large data as a file."
            )
        self._data.append(data[start:end])

    def _end(self) -> None:
        self.complete = True

    def _part_end(self) -> None:
        name = self._options[b"name"].decode("utf-8", "replace")
        kind = self._headers.get(b"content-type", b"")
        if b"filename" not in self._options:
            what = f"field '{name[:40]}' (part {self.number})"
            self.fields.append((name, decoded(b"".join(self._data), charset_in(kind, what), what)))
            return
        if self._holds_files:
            self.contents.append(b"".join(self._data))
        self.files.append(
            {
                "field": name,
                "filename": self._options[b"filename"].decode("utf-8", "replace"),
                "contentType": (kind or b"application/octet-stream").decode("latin-1"),
                "size": self._size,
            }
        )
