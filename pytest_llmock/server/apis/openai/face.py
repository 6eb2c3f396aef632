"""What the endpoints of the OpenAI API share: their face, JSON bodies, ids, and lists in pages."""

from collections.abc import Iterable, Mapping

from pytest_llmock.errors import RequestError
from pytest_llmock.llm import JSON
from pytest_llmock.server.endpoint import Face
from pytest_llmock.session import Session
from pytest_llmock.shapes.limits import decode_json
from pytest_llmock.wire.http import Request
from pytest_llmock.wire.openai_errors import error_body, rate_limit_headers
from pytest_llmock.wire.openai_fields import object_at
from pytest_llmock.wire.openai_lists import MOST_ITEMS, Item, page

FACE = Face(
    "openai",
    error_body,
    is_provider=True,
    limits=rate_limit_headers,
    id_header="x-request-id",
    key_headers=("authorization", "api-key"),  # Azure's
)


def fields_of(request: Request) -> dict[str, JSON]:
    """The object in a request's body. Raises RequestError (400) for anything else."""
    return object_at(decode_json(request.body, what="request body"), "body")


def found(session: Session, kind: str, id: str, what: str) -> dict[str, JSON]:
    """What the session keeps under the id. Raises RequestError (404) in the service's words."""
    item: dict[str, JSON] | None = session.stored.get(kind, id)
    if item is None:
        raise RequestError(
            f"No {what} found with id '{id}'.", status=404, details={"param": "id", "code": "not_found"}
        )
    return item


def deleted(session: Session, kind: str, id: str, object: str, what: str) -> dict[str, JSON]:
    """The answer to a deletion. Raises RequestError (404) where there is nothing to delete."""
    found(session, kind, id, what)
    session.stored.remove(kind, id)
    return {"id": id, "object": object, "deleted": True}


def paged(
    request: Request, items: Iterable[Item], *, newest_first: bool = False, most: int = MOST_ITEMS
) -> dict[str, JSON]:
    """A page of items, which come oldest first, as the query asks for it."""
    return page(list(items), query_of(request), newest_first=newest_first, most=most)


def query_of(request: Request) -> Mapping[str, str]:
    """The query's words; of one that is repeated the last."""
    return dict(request.query)
