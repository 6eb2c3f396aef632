"""Images: generated, edited and varied ones are small pictures made from the seed; no backend is asked."""

import base64

from pytest_llmock.clock import seed_of
from pytest_llmock.errors import RequestError
from pytest_llmock.journal import Call
from pytest_llmock.llm import JSON
from pytest_llmock.server.apis.asking import EPOCH, identifier, meet_faults
from pytest_llmock.server.apis.openai.face import fields_of
from pytest_llmock.server.apis.openai.forms import Form, form_of
from pytest_llmock.session import Session
from pytest_llmock.wire.http import Request, Response, json_response
from pytest_llmock.wire.openai_errors import wrong_type
from pytest_llmock.wire.openai_fields import required_text
from pytest_llmock.wire.openai_images import ImagesRequest, answer_body, decode_request
from pytest_llmock.wire.openai_media import png

_PICTURE = "openai.image"


async def generate(session: Session, call: Call, request: Request) -> Response:
    """POST /v1/images/generations."""
    fields = fields_of(request)
    wanted = decode_request(fields, required_text(fields, "prompt"))
    return await _answer(session, call, request, wanted, wanted.prompt)


async def edit(session: Session, call: Call, request: Request) -> Response:
    """POST /v1/images/edits."""
    form = form_of(request)
    prompt = required_text(form.fields, "prompt")
    image = form.file("image").content
    return await _answer(session, call, request, _wanted(form, prompt), prompt, image)


async def vary(session: Session, call: Call, request: Request) -> Response:
    """POST /v1/images/variations."""
    form = form_of(request)
    return await _answer(session, call, request, _wanted(form, ""), form.file("image").content)


def _wanted(form: Form, prompt: str) -> ImagesRequest:
    """The request in a form, where numbers and flags are texts."""
    fields = dict(form.fields)
    number = fields.get("n")
    if isinstance(number, str):
        if not (number.isdecimal() and len(number) < 10):
            raise wrong_type("n", "an integer", number)
        fields["n"] = int(number)
    if "stream" in fields:
        fields["stream"] = fields["stream"] == "true"
    return decode_request(fields, prompt)


async def _answer(
    session: Session, call: Call, request: Request, wanted: ImagesRequest, *made_of: str | bytes
) -> Response:
    await meet_faults(session, call, request, wanted.prompt, model=wanted.model)
    pictures = list[JSON]()
    for index in range(wanted.n):
        picture = png(seed_of(session.choice.seed, index, *made_of), wanted.width, wanted.height)
        if wanted.by_url:
            pictures.append({"url": _kept(session, identifier("img-", session, call, index), picture)})
        else:
            pictures.append({"b64_json": base64.b64encode(picture).decode("ascii")})
    return json_response(answer_body(wanted, EPOCH + call.number, pictures))


def _kept(session: Session, id: str, picture: bytes) -> str:
    """The address at which the picture can be fetched from now on."""
    session.stored.put(_PICTURE, f"{id}.png", picture)
    return f"{session.url}/v1/images/files/{id}.png"


async def content(session: Session, call: Call, request: Request) -> Response:
    """GET /v1/images/files/{name}: a picture that an answer gave the address of."""
    name = str(request.params["name"])
    picture: bytes | None = session.stored.get(_PICTURE, name)
    if picture is None:
        raise RequestError(f"No image found with name '{name[:100]}'.", status=404)
    return Response(body=picture, content_type="image/png")
