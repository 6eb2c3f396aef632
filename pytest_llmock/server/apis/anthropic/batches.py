"""Message batches: requests that are answered when somebody looks whether they have been.

A new batch is `in_progress`, as it is there, and so code that polls has something to wait for. Whoever
retrieves it first has it answered, one request after the other, each a call of the journal; it comes back
`ended`.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from pytest_llmock.errors import LLMockError, RequestError
from pytest_llmock.journal import Call
from pytest_llmock.llm import JSON
from pytest_llmock.server.apis.anthropic import messages
from pytest_llmock.server.apis.anthropic.face import FACE, page, told
from pytest_llmock.server.apis.asking import EPOCH, identifier
from pytest_llmock.server.endpoint import unexpected
from pytest_llmock.session import Session
from pytest_llmock.shapes.limits import decode_json
from pytest_llmock.wire.anthropic_errors import WORDS, wrong_value
from pytest_llmock.wire.http import Request, Response, encode_json, json_response
from pytest_llmock.wire.objects import object_at

_KIND = "anthropic.batch"
_STEERING = ("x-llm-backend", "x-llm-timeout")
_LINES = "application/x-jsonl"


@dataclass(slots=True)
class Batch:
    """A batch as it stands: `results` has a line for each request that was answered, or was not to be."""

    id: str
    created: datetime
    requests: Sequence[tuple[str, JSON]]  # by custom id
    query_string: str
    headers: Mapping[str, str]
    results: list[dict[str, JSON]] = field(default_factory=list)
    canceled: bool = False
    is_running: bool = False

    @property
    def has_ended(self) -> bool:
        return len(self.results) == len(self.requests)

    def json(self, session: Session) -> dict[str, JSON]:
        """The batch as the API shows it."""
        status = "ended" if self.has_ended else "canceling" if self.canceled else "in_progress"
        results = f"{session.url}/v1/messages/batches/{self.id}/results"
        later = self.created + timedelta(seconds=1)
        return {
            "id": self.id,
            "type": "message_batch",
            "processing_status": status,
            "request_counts": self._counts(),
            "created_at": _text(self.created),
            "expires_at": _text(self.created + timedelta(days=1)),
            "ended_at": _text(later) if self.has_ended else None,
            "cancel_initiated_at": _text(later) if self.canceled else None,
            "archived_at": None,
            "results_url": results if self.has_ended else None,
        }

    def _counts(self) -> JSON:
        kinds = [object_at(line["result"], WORDS).text("type") for line in self.results]
        ended = ("succeeded", "errored", "canceled", "expired")
        counts: dict[str, JSON] = {kind: kinds.count(kind) if self.has_ended else 0 for kind in ended}
        return counts | {"processing": 0 if self.has_ended else len(self.requests)}

    async def run(self, session: Session) -> None:
        """Have the requests answered that have not been; nothing while somebody else does."""
        if self.is_running:
            return
        self.is_running = True
        try:
            while not self.has_ended:
                custom_id, params = self.requests[len(self.results)]
                canceled: JSON = {"type": "canceled"}
                result = canceled if self.canceled else await self._answered(session, params)
                self.results.append({"custom_id": custom_id, "result": result})
        finally:
            self.is_running = False

    async def _answered(self, session: Session, params: JSON) -> JSON:
        started = session.clock.monotonic()
        call = session.calls.open(FACE.name, "POST", "/v1/messages", started=started)
        try:
            body = encode_json({**object_at(params, WORDS, "params").fields, "stream": False})
            request = Request("POST", "/v1/messages", self.query_string, self.headers, body)
            response = await messages.create(session, call, request)
        except LLMockError as error:
            return _errored(call, error)
        except Exception as error:  # noqa: BLE001 - it is the result of this request, and the log has it
            return _errored(call, unexpected(error))
        finally:
            call.seconds = session.clock.monotonic() - started
        call.status = response.status
        return {"type": "succeeded", "message": json.loads(response.body)}


def _errored(call: Call, error: LLMockError) -> JSON:
    call.fail(error)
    return {"type": "errored", "error": told(error, call)}


def _text(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


async def create(session: Session, call: Call, request: Request) -> Response:
    """A new batch."""
    body = object_at(decode_json(request.body, what="request body"), WORDS)
    body.need("requests")
    requests = [(each.required("custom_id"), each.fields.get("params")) for each in body.objects("requests")]
    ids = [custom_id for custom_id, _ in requests]
    if not ids or len(ids) != len(set(ids)):
        problem = "Input should have unique custom_ids" if ids else "Input should have at least 1 item"
        raise wrong_value("requests", problem)
    created = datetime.fromtimestamp(EPOCH + call.number, UTC)
    headers = {name: request.headers[name] for name in _STEERING if name in request.headers}
    id_ = identifier("msgbatch_", session, call)
    batch = Batch(id_, created, requests, request.query_string, headers)
    session.stored.put(_KIND, id_, batch)
    return json_response(batch.json(session))


async def index(session: Session, call: Call, request: Request) -> Response:
    """The batches, newest first, in pages."""
    newest = [batch.json(session) for batch in reversed([*session.stored.all(_KIND)])]
    return json_response(page(newest, request))


async def retrieve(session: Session, call: Call, request: Request) -> Response:
    """A batch; one that was in progress has ended by then."""
    batch = _batch(session, request)
    await batch.run(session)
    return json_response(batch.json(session))


async def cancel(session: Session, call: Call, request: Request) -> Response:
    """A batch whose requests that nobody has answered yet are not to be answered."""
    batch = _batch(session, request)
    if not batch.has_ended:
        batch.canceled = True
    return json_response(batch.json(session))


async def delete(session: Session, call: Call, request: Request) -> Response:
    """Forget a batch that has ended."""
    batch = _batch(session, request)
    if not batch.has_ended:
        raise RequestError(f"Message batch {batch.id} is still being processed: cancel it, then delete it.")
    session.stored.remove(_KIND, batch.id)
    return json_response({"id": batch.id, "type": "message_batch_deleted"})


async def results(session: Session, call: Call, request: Request) -> Response:
    """The results of a batch that has ended, a line of JSON for each."""
    batch = _batch(session, request)
    if not batch.has_ended:
        raise RequestError(f"Message batch {batch.id} has no results yet: retrieve it until it has ended.")
    lines = [encode_json(line) + b"\n" for line in batch.results]
    return Response(body=b"".join(lines), content_type=_LINES)


def _batch(session: Session, request: Request) -> Batch:
    id_ = str(request.params["id"])
    batch: Batch | None = session.stored.get(_KIND, id_)
    if batch is None:
        raise RequestError(f"There is no message batch {id_[:100]} in this test.", status=404)
    return batch
