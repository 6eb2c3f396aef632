"""Request bodies of any kind as JSON data; files are described, their content is not kept."""

from collections.abc import Mapping
from urllib.parse import parse_qsl

from python_multipart.multipart import MultipartParser, parse_options_header

from pytest_llmock.errors import RequestError, TooLargeError
from pytest_llmock.llm import JSON
from pytest_llmock.shapes.limits import decode_json
from pytest_llmock.wire.http import Request


def body_data(request: Request) -> JSON:
    """The body as the model will see it.

    JSON is itself; a form becomes an object, a repeated field a list; multipart becomes
    {"fields": {…}, "files": [{"field", "filename", "contentType", "size"}]}; other text stays text; bytes
    become {"contentType", "size"}; nothing is None.
    """
    if not request.body:
        return None
    kind = request.content_type
    if kind == "application/json" or kind.endswith("+json"):
        return decode_json(request.body, what="request body")
    if kind == "application/x-www-form-urlencoded":
        return _form(request.body)
    if kind == "multipart/form-data":
        return _multipart(request)
    return _text(request, guess=not kind)


def _form(body: bytes) -> JSON:
    try:
        pairs = parse_qsl(body.decode("utf-8"), keep_blank_values=True)
    except UnicodeDecodeError as error:
        raise RequestError(f"The form is not UTF-8: {error.reason} at byte {error.start}.") from error
    return _grouped(pairs)


def _grouped(pairs: list[tuple[str, str]]) -> JSON:
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


def _text(request: Request, *, guess: bool) -> JSON:
    try:
        text = request.body.decode("utf-8")
    except UnicodeDecodeError:
        return {"contentType": request.content_type or "application/octet-stream", "size": len(request.body)}
    if guess and text.lstrip()[:1] in ("{", "["):
        try:
            return decode_json(text, what="request body")
        except TooLargeError:
            raise
        except RequestError:
            return text
    return text


class _Parts:
    """What the multipart parser calls back with, gathered."""

    def __init__(self) -> None:
        self.fields: list[tuple[str, str]] = []
        self.files: list[JSON] = []
        self.complete = False
        self._headers: dict[bytes, bytes] = {}
        self._name = self._value = b""
        self._data: list[bytes] = []

    def callbacks(self) -> Mapping[str, object]:
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._header_field,
            "on_header_value": self._header_value,
            "on_header_end": self._header_end,
            "on_part_data": self._part_data,
            "on_part_end": self._part_end,
            "on_end": self._end,
        }

    def _begin(self) -> None:
        self._headers, self._data = {}, []

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        self._headers[self._name.lower()] = self._value
        self._name = self._value = b""

    def _part_data(self, data: bytes, start: int, end: int) -> None:
        self._data.append(data[start:end])

    def _end(self) -> None:
        self.complete = True

    def _part_end(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition", b""))
        name = options.get(b"name", b"").decode("utf-8", "replace")
        content = b"".join(self._data)
        if b"filename" not in options:
            self.fields.append((name, content.decode("utf-8", "replace")))
            return
        self.files.append(
            {
                "field": name,
                "filename": options[b"filename"].decode("utf-8", "replace"),
                "contentType": self._headers.get(b"content-type", b"application/octet-stream").decode(
                    "latin-1"
                ),
                "size": len(content),
            }
        )


def _multipart(request: Request) -> JSON:
    _, options = parse_options_header(request.headers["content-type"])
    boundary = options.get(b"boundary", b"")
    if not boundary:
        raise RequestError(
            "The multipart body has no boundary: send Content-Type multipart/form-data; boundary=…"
        )
    parts = _Parts()
    try:
        parser = MultipartParser(boundary, parts.callbacks())  # type: ignore[arg-type]  # its TypedDict is private
        parser.write(request.body)
        parser.finalize()
    except ValueError as error:  # its MultipartParseError is one
        raise RequestError(f"The multipart body cannot be read: {error}") from error
    if not parts.complete:
        raise RequestError("The multipart body ends before its last boundary: it was cut off on the way.")
    return {"fields": _grouped(parts.fields), "files": parts.files}
