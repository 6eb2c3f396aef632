"""Files: what a client uploads, and what batches leave, for as long as the test runs."""

from pytest_llmock.errors import RequestError
from pytest_llmock.journal import Call
from pytest_llmock.llm import JSON
from pytest_llmock.server.apis.asking import EPOCH, identifier
from pytest_llmock.server.apis.openai.face import deleted, found, paged, query_of
from pytest_llmock.server.apis.openai.forms import form_of
from pytest_llmock.session import Session
from pytest_llmock.wire.http import Request, Response, json_response
from pytest_llmock.wire.openai_errors import missing, wrong_type, wrong_value

_FILE, _CONTENT = "openai.file", "openai.file.content"
_PURPOSES = ("assistants", "batch", "fine-tune", "vision", "user_data", "evals")
_WHAT = "file"
_MOST = 10_000


async def create(session: Session, call: Call, request: Request) -> Response:
    """POST /v1/files."""
    form = form_of(request)
    file, purpose = form.file("file"), form.fields.get("purpose")
    if purpose is None:
        raise missing("purpose")
    if purpose not in _PURPOSES:
        raise wrong_value("purpose", f"'{purpose}'. Supported values are: {', '.join(_PURPOSES)}.")
    id_, created = identifier("file-", session, call), EPOCH + call.number
    kept = keep(session, id_, created, name=file.name, purpose=str(purpose), content=file.content)
    seconds = form.fields.get("expires_after[seconds]")
    if seconds is not None:
        if not (isinstance(seconds, str) and seconds.isdecimal() and len(seconds) < 10):
            raise wrong_type("expires_after.seconds", "an integer", seconds)
        kept["expires_at"] = created + int(seconds)
    return json_response(kept)


def keep(  # noqa: PLR0913 - what a file is, by keyword
    session: Session, id: str, created: int, *, name: str, purpose: str, content: bytes
) -> dict[str, JSON]:
    """A file of the session, from now on."""
    file: dict[str, JSON] = {
        "id": id,
        "object": "file",
        "bytes": len(content),
        "created_at": created,
        "expires_at": None,
        "filename": name,
        "purpose": purpose,
        "status": "processed",
        "status_details": None,
    }
    session.stored.put(_FILE, id, file)
    session.stored.put(_CONTENT, id, content)
    return file


def content_of(session: Session, id: str) -> bytes:
    """What is in a file. Raises RequestError (404) where there is none."""
    found(session, _FILE, id, _WHAT)
    content: bytes = session.stored.get(_CONTENT, id) or b""
    return content


async def list_all(session: Session, call: Call, request: Request) -> Response:
    """GET /v1/files: newest first, of a purpose if the query says so."""
    purpose = query_of(request).get("purpose")
    files = [file for file in session.stored.all(_FILE) if not purpose or file["purpose"] == purpose]
    return json_response(paged(request, files, newest_first=True, most=_MOST))


async def retrieve(session: Session, call: Call, request: Request) -> Response:
    """GET /v1/files/{id}."""
    return json_response(found(session, _FILE, str(request.params["id"]), _WHAT))


async def content(session: Session, call: Call, request: Request) -> Response:
    """GET /v1/files/{id}/content."""
    id_ = str(request.params["id"])
    if found(session, _FILE, id_, _WHAT)["purpose"] == "assistants":
        raise RequestError("Not allowed to download files of purpose: assistants.")
    return Response(body=content_of(session, id_), content_type="application/octet-stream")


async def delete(session: Session, call: Call, request: Request) -> Response:
    """DELETE /v1/files/{id}."""
    id_ = str(request.params["id"])
    gone = deleted(session, _FILE, id_, "file", _WHAT)
    session.stored.remove(_CONTENT, id_)
    return json_response(gone)
