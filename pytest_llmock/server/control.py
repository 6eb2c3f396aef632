"""The control API at R/llmock/…: is it alive, who can answer, what is remembered, start over."""

from collections.abc import Callable, Mapping

from pytest_llmock.backends.health import Health
from pytest_llmock.backends.registry import Leaf
from pytest_llmock.errors import RequestError
from pytest_llmock.journal import Call
from pytest_llmock.llm import JSON
from pytest_llmock.mockapi.contexts import context_name
from pytest_llmock.mockapi.errors import error_body
from pytest_llmock.server.api import Api
from pytest_llmock.server.endpoint import Endpoint, Face
from pytest_llmock.session import Session
from pytest_llmock.shapes.limits import decode_json
from pytest_llmock.wire.http import Request, Response, json_response

FACE = Face("control", error_body)
SHOWN_CHARACTERS = 4000
READ = frozenset({"GET", "HEAD"})


def _health(session: Session) -> object:
    return {"status": "ok", "test": session.choice.test}


def _backends(session: Session) -> object:
    return {
        "backends": [
            {
                "name": leaf.name,
                "provider": leaf.provider,
                "model": leaf.model,
                "enabled": leaf.enabled,
                **_health_of(leaf, session.healthy.get(leaf.name)),
                "breaker": session.pool.members[leaf.name].guard.state,
            }
            for leaf in session.backends.values()
        ]
    }


def _health_of(leaf: Leaf, found: Health | None) -> Mapping[str, object]:
    """What is known of a backend; embedded ones are always up, and null is what nobody has asked yet."""
    if found is None:
        return {"healthy": None if leaf.live else True, "health": None}
    return {"healthy": found.up, "health": found.json()}


def _calls(session: Session) -> object:
    from pytest_llmock.cassettes.opening import redactor_for  # noqa: PLC0415 - reads YAML: 16 ms to import

    masked = redactor_for(session.settings).text
    return {"calls": [call_body(call, masked) for call in session.calls]}


def _stats(session: Session) -> object:
    figures = session.monitor.json()
    return {**figures, "cache": session.cache.json()} if session.settings.enable_cache_statistics else figures


def _reset(session: Session) -> object:
    session.reset()
    return {"reset": True}


def _openapi(session: Session) -> object:
    from pytest_llmock.server.description import described  # noqa: PLC0415 - most runs never ask

    return described(session.url)


def call_body(call: Call, masked: Callable[[str], str]) -> Mapping[str, object]:
    """A call as JSON, without request headers; texts are `masked` and cut at 4,000 characters."""
    completion, prompt = call.completion, call.prompt
    return {
        "number": call.number,
        "api": call.face,
        "method": call.method,
        "path": call.path,
        "status": call.status,
        "backend": call.backend,
        "selected": call.selected,
        "model": call.model,
        "source": call.source,
        "seconds": round(call.seconds, 6),
        "prompt": [
            {"role": message.role, "text": masked(message.text)[:SHOWN_CHARACTERS]}
            for message in (prompt.messages if prompt else ())
        ],
        "completion": masked(completion.text)[:SHOWN_CHARACTERS] if completion else None,
        "usage": {"input_tokens": call.usage.input_tokens, "output_tokens": call.usage.output_tokens},
        "attempts": [
            {
                "backend": attempt.backend,
                "reason": attempt.reason,
                "outcome": attempt.outcome,
                "seconds": round(attempt.seconds, 6),
                "error": masked(attempt.error),
            }
            for attempt in call.attempts
        ],
        "faults": [str(fault) for fault in call.faults],
        "warnings": [masked(warning) for warning in call.warnings],
        "error": masked(call.error),
    }


def _endpoint(view: Callable[[Session], object], methods: frozenset[str]) -> Endpoint:
    async def handler(session: Session, call: Call, request: Request) -> Response:
        return json_response(view(session))

    return Endpoint(FACE, handler, methods, journalled=False)


async def _metrics(session: Session, call: Call, request: Request) -> Response:
    from pytest_llmock.wire import prometheus  # noqa: PLC0415 - most runs are never scraped

    text = session.monitor.metrics().encode("utf-8", "backslashreplace")
    return Response(body=text, content_type=prometheus.CONTENT_TYPE)


async def _unknown(session: Session, call: Call, request: Request) -> Response:
    raise RequestError(
        f"There is nothing at {request.path}. The mock REST API is at /api/mock/…, OpenAI's API at /v1/…, "
        "Anthropic's at /v1/messages, Ollama's at /api/…, Gemini's at /v1beta/…, Azure's at /openai/…, the "
        "control API at /llmock/health, /llmock/backends, /llmock/calls, /llmock/contexts, /llmock/stats, "
        "/llmock/metrics, /llmock/openapi.json and /llmock/reset.",
        status=404,
    )


CONTEXTS_PATH = "/llmock/contexts"
_EXCHANGE = frozenset({"method", "path", "body", "answer"})
_WANTED = '{"method": "POST", "path": "/users", "body": {…}, "answer": {…}}'


async def _contexts(session: Session, call: Call, request: Request) -> Response:
    contexts = session.contexts
    if request.method == "DELETE":
        count = len(contexts)
        contexts.clear()
        return json_response({"deleted": count})
    kept = [contexts[name] for name in contexts]
    shown = [{"name": each.name, "calls": len(each.calls), "known": len(each.known)} for each in kept]
    return json_response({"contexts": shown})


async def _context(session: Session, call: Call, request: Request) -> Response:
    """One context. Its name is all of the path below; POST adds a request that somebody else answered."""
    contexts = session.contexts
    name = context_name(request.params["name"])
    if request.method == "POST":
        _add_exchange(session, name, decode_json(request.body, what="request body"))
    if request.method == "DELETE":
        contexts.delete(name)
        return json_response({"deleted": 1})
    context = contexts[name]
    return json_response(
        {
            "name": context.name,
            "calls": [each.json() for each in context.calls],
            "known": [{each.kind: dict(each.fields)} for each in context.known.values()],
            "text": context.text(most=contexts.most),
        }
    )


def _add_exchange(session: Session, name: str, said: JSON) -> None:
    fields = said if isinstance(said, dict) else {}
    unknown = "".join(f" It has '{key[:40]}'." for key in sorted(fields.keys() - _EXCHANGE))
    method, path = fields.get("method", "GET"), fields.get("path")
    is_one = isinstance(method, str) and isinstance(path, str) and path.startswith("/") and "answer" in fields
    if unknown or not name or not is_one:
        raise RequestError(f"This is no request with its answer.{unknown} Send {_WANTED}.", status=422)
    assert isinstance(method, str)
    assert isinstance(path, str)
    session.contexts.add(name, method.upper(), path, fields["answer"], body=fields.get("body"))


API = Api(
    FACE,
    {
        "/llmock/health": _endpoint(_health, READ),
        "/llmock/backends": _endpoint(_backends, READ),
        "/llmock/calls": _endpoint(_calls, READ),
        "/llmock/stats": _endpoint(_stats, READ),
        "/llmock/metrics": Endpoint(FACE, _metrics, READ, journalled=False),
        "/llmock/openapi.json": _endpoint(_openapi, READ),
        "/llmock/reset": _endpoint(_reset, frozenset({"POST"})),
        CONTEXTS_PATH: Endpoint(FACE, _contexts, READ | {"DELETE"}, journalled=False),
        f"{CONTEXTS_PATH}/{{name:path}}": Endpoint(
            FACE, _context, READ | {"POST", "DELETE"}, journalled=False
        ),
    },
    Endpoint(FACE, _unknown, journalled=False),
)
