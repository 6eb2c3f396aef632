"""Messages, plain and streamed, and the number of their tokens."""

from functools import lru_cache

from pytest_llmock.folding import estimate_tokens, first, fold, prompt_text
from pytest_llmock.journal import Call
from pytest_llmock.llm import Prompt
from pytest_llmock.server.apis.anthropic.face import told
from pytest_llmock.server.apis.asking import ask, identifier, pieces, whole
from pytest_llmock.server.events import EVENT_STREAM, events
from pytest_llmock.session import Session
from pytest_llmock.shapes.limits import decode_json
from pytest_llmock.wire.anthropic_answer import encode_completion
from pytest_llmock.wire.anthropic_events import EventEncoder
from pytest_llmock.wire.anthropic_request import MessagesRequest, decode_request
from pytest_llmock.wire.http import Request, Response, json_response


async def create(session: Session, call: Call, request: Request) -> Response:
    """A message, or its events."""
    asked = _asked(request.body)
    prompt = asked.prompt
    deltas = ask(session, call, request, prompt, is_whole=not asked.stream)
    id_ = identifier("msg_", session, call)
    if not asked.stream:
        completion = whole(await fold(deltas))
        model = prompt.model or completion.model
        return json_response(encode_completion(completion, id=id_, model=model))
    _, answer = await first(deltas)
    model = prompt.model or call.model
    encoder = EventEncoder(id=id_, model=model, input_tokens=_tokens(prompt))
    stream = events(pieces(encoder, answer), call, lambda error: encoder.error(told(error, call)))
    return Response(content_type=EVENT_STREAM, stream=stream)


@lru_cache(maxsize=1)
def _asked(body: bytes) -> MessagesRequest:
    """The request in a body; asked in the same words, it is the same object, which a cassette knows again."""
    return decode_request(decode_json(body, what="request body"))


async def count_tokens(session: Session, call: Call, request: Request) -> Response:
    """How many tokens a request would have: as many as the embedded backend says."""
    asked = decode_request(decode_json(request.body, what="request body"), counting=True)
    return json_response({"input_tokens": _tokens(asked.prompt)})


def _tokens(prompt: Prompt) -> int:
    return estimate_tokens(prompt_text(prompt))
