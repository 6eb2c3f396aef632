"""Request bodies of any kind as JSON data; files, XML and bytes are described, their content is not kept."""

from urllib.parse import parse_qsl

from pytest_llmock.errors import RequestError, TooLargeError
from pytest_llmock.llm import JSON
from pytest_llmock.mockapi.multipart import Multipart, charset_in, decoded, grouped
from pytest_llmock.shapes.limits import decode_json
from pytest_llmock.wire.http import Request

_BODY = "request body"
_DESCRIBED = ("image/", "audio/", "video/", "font/", "model/")
_DESCRIBED_TYPES = frozenset(
    f"application/{name}" for name in ("octet-stream", "pdf", "zip", "gzip", "xml", "x-tar", "wasm")
) | {"text/xml"}


def body_data(request: Request) -> JSON:
    """The body as the model will see it.

    JSON is itself; a form becomes an object, a repeated field a list; multipart becomes
    {"fields": {…}, "files": [{"field", "filename", "contentType", "size"}]}; other text stays text; XML and
    bytes become {"contentType", "size"}; nothing is None. Raises RequestError (400) that says where the body
    is broken, and for a charset that nobody knows.
    """
    if request.form is not None:
        return request.form()
    if not request.body:
        return None
    kind = request.content_type
    if kind == "multipart/form-data":
        form = Multipart(request.headers["content-type"])
        form.write(request.body)
        return form.data()
    if kind.startswith(_DESCRIBED) or kind in _DESCRIBED_TYPES or kind.endswith("+xml"):
        return _described(request)
    charset = charset_in(request.headers["content-type"], _BODY) if kind else ""
    if kind == "application/json" or kind.endswith("+json"):
        body = decoded(request.body, charset, _BODY) if charset not in ("", "utf-8") else request.body
        return decode_json(body, what=_BODY)
    if kind == "application/x-www-form-urlencoded":
        return _form(decoded(request.body, charset, "form"), charset or "utf-8")
    return decoded(request.body, charset, _BODY) if charset else _text(request)


def _form(body: str, charset: str) -> JSON:
    try:
        return grouped(parse_qsl(body, keep_blank_values=True, encoding=charset, errors="strict"))
    except UnicodeDecodeError as error:
        raise RequestError(
            f"The form is not {charset.upper()}: {error.reason} in one of its fields."
        ) from None


def _text(request: Request) -> JSON:
    try:
        text = request.body.decode("utf-8")
    except UnicodeDecodeError:
        return _described(request)
    if not request.content_type and text.lstrip()[:1] in ("{", "["):
        try:
            return decode_json(text, what=_BODY)
        except TooLargeError:
            raise
        except RequestError:
            return text
    return text


def _described(request: Request) -> JSON:
    return {"contentType": request.content_type or "application/octet-stream", "size": len(request.body)}
