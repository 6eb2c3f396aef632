"""Batches: the requests of a file, each answered by the handler of its endpoint, one after the other.

A batch is worked off while the client does something else; each of its requests is a call of the journal.
"""

import asyncio
import json
from dataclasses import dataclass, field

from pytest_llmock.errors import LLMockError
from pytest_llmock.journal import Call
from pytest_llmock.llm import JSON
from pytest_llmock.server.apis.asking import EPOCH, identifier
from pytest_llmock.server.apis.openai import chat, completions, embeddings, moderations, responses
from pytest_llmock.server.apis.openai.face import FACE, fields_of, found, paged
from pytest_llmock.server.apis.openai.files import content_of, keep
from pytest_llmock.server.endpoint import Handler, unexpected
from pytest_llmock.session import Session
from pytest_llmock.wire import openai_batches
from pytest_llmock.wire.http import Request, Response, encode_json, json_response
from pytest_llmock.wire.openai_errors import wrong_value
from pytest_llmock.wire.openai_fields import metadata_at, required_text

_BATCH, _WORK = "openai.batch", "openai.batch.work"
_WHAT = "batch"
_ENDPOINTS: dict[str, Handler] = {
    "/v1/chat/completions": chat.create,
    "/v1/responses": responses.create,
    "/v1/embeddings": embeddings.create,
    "/v1/completions": completions.create,
    "/v1/moderations": moderations.create,
}


async def create(session: Session, call: Call, request: Request) -> Response:
    """POST /v1/batches."""
    fields = fields_of(request)
    endpoint = required_text(fields, "endpoint")
    if endpoint not in _ENDPOINTS:
        raise wrong_value("endpoint", f"'{endpoint}'. Supported values are: {', '.join(_ENDPOINTS)}.")
    if required_text(fields, "completion_window") != "24h":
        raise wrong_value("completion_window", "supported values are: 24h.")
    file_id = required_text(fields, "input_file_id")
    content = content_of(session, file_id)
    id_, created = identifier("batch_", session, call), EPOCH + call.number
    body = openai_batches.batch_body(
        id_, created, endpoint=endpoint, input_file_id=file_id, metadata=metadata_at(fields)
    )
    begun = dict(body)
    session.stored.put(_BATCH, id_, body)
    work = asyncio.create_task(_Work(session, request, body).run(content))
    session.work.add(work)
    work.add_done_callback(session.work.discard)
    session.stored.put(_WORK, id_, work)
    return json_response(begun)


@dataclass(slots=True)
class _Work:
    """A batch while it is worked off; `body` is what the client gets to see of it."""

    session: Session
    request: Request
    body: dict[str, JSON]
    answers: list[bytes] = field(default_factory=list)
    errors: list[bytes] = field(default_factory=list)
    answered: list[JSON] = field(default_factory=list)

    async def run(self, content: bytes) -> None:
        lines, problems = openai_batches.decode_lines(content, str(self.body["endpoint"]))
        if problems:
            self.body["errors"] = {"object": "list", "data": problems}
            self.reach("failed")
            return
        self.reach("in_progress")
        self.count(len(lines))
        try:
            for line in lines:
                await self.answer(line)
                self.count(len(lines))
        except asyncio.CancelledError:
            self.finish()
            self.reach("cancelled")
            raise
        self.finish()
        self.reach("completed")

    def reach(self, status: str) -> None:
        self.body |= {"status": status, f"{status}_at": self.body["created_at"]}

    def count(self, total: int) -> None:
        done, failed = len(self.answers), len(self.errors)
        self.body["request_counts"] = {"total": total, "completed": done, "failed": failed}

    async def answer(self, line: openai_batches.Line) -> None:
        """One request, as if the client had sent it by itself."""
        session, url = self.session, str(self.body["endpoint"])
        call = session.calls.open(FACE.name, "POST", url, started=session.clock.monotonic())
        asked = Request("POST", url, headers=self.request.headers, body=encode_json(line.body))
        response = await _handled(_ENDPOINTS[url], session, call, asked)
        call.status, call.seconds = response.status, session.clock.monotonic() - call.started
        id_ = identifier("", session, call)
        told = openai_batches.encode_line(id_, line.custom_id, response.status, response.body)
        if response.status == 200:
            self.answers.append(told)
            self.answered.append(json.loads(response.body))
        else:
            self.errors.append(told)

    def finish(self) -> None:
        """Put what was answered into files."""
        self.body["usage"] = openai_batches.summed_usage(self.answered)
        for kind, lines in (("output", self.answers), ("error", self.errors)):
            if lines:
                id_ = f"file-{kind}-{str(self.body['id']).partition('_')[2]}"
                name, content = f"{self.body['id']}_{kind}.jsonl", b"".join(lines)
                created = int(str(self.body["created_at"]))
                keep(self.session, id_, created, name=name, purpose="batch_output", content=content)
                self.body[f"{kind}_file_id"] = id_


async def _handled(handler: Handler, session: Session, call: Call, request: Request) -> Response:
    try:
        return await handler(session, call, request)
    except LLMockError as error:
        call.fail(error)
        return FACE.error(error)
    except Exception as error:  # noqa: BLE001 - whatever it is, the client is told and the log has it
        told = unexpected(error)
        call.fail(told)
        return FACE.error(told)


async def list_all(session: Session, call: Call, request: Request) -> Response:
    """GET /v1/batches: newest first."""
    return json_response(paged(request, session.stored.all(_BATCH), newest_first=True))


async def retrieve(session: Session, call: Call, request: Request) -> Response:
    """GET /v1/batches/{id}."""
    return json_response(found(session, _BATCH, str(request.params["id"]), _WHAT))


async def cancel(session: Session, call: Call, request: Request) -> Response:
    """POST /v1/batches/{id}/cancel: what was answered until then is kept."""
    id_ = str(request.params["id"])
    body = found(session, _BATCH, id_, _WHAT)
    work: asyncio.Task[None] | None = session.stored.get(_WORK, id_)
    if work is None or work.done():
        raise wrong_value("batch_id", f"the batch cannot be cancelled, as its status is '{body['status']}'.")
    told = {**body, "status": "cancelling", "cancelling_at": body["created_at"]}
    body["cancelling_at"] = body["created_at"]
    work.cancel()
    await asyncio.wait([work])
    return json_response(told)
