"""The live leaf for Azure OpenAI: where a deployment is, and how its key goes out."""

import json
from dataclasses import replace

import pytest
from loopback import events, finished, reply, said

from pytest_llmock.backends.addresses import below, below_deployment
from pytest_llmock.backends.openai_compatible import OpenAICompatible
from pytest_llmock.backends.providers import provider_for
from pytest_llmock.errors import BackendError
from pytest_llmock.folding import fold
from pytest_llmock.llm import Generation, Message, Origin, Prompt, ResponseSchema, Sampling, Text

HOST = "https://x.openai.azure.com"
DEFAULT = "?api-version=2024-10-21"
HI = Prompt((Message("user", (Text("Hi"),)),))


def leaf(upstream, http, *, base="", **options):
    root = upstream.url.removesuffix("v1/")
    settings = {"model": "my-gpt", "api_key": lambda: "azure-CANARY", "timeout_s": 5.0, **options}
    return OpenAICompatible(
        name="x", provider=provider_for("azure"), http=http, base_url=f"{root}{base}", **settings
    )


@pytest.mark.parametrize(
    ("base", "address"),
    [
        ("/", f"/openai/deployments/my-gpt/chat/completions{DEFAULT}"),
        ("/openai/", f"/openai/deployments/my-gpt/chat/completions{DEFAULT}"),
        ("/?api-version=2025-01-01-preview", None),
        ("/?region=eu", "/openai/deployments/my-gpt/chat/completions?region=eu&api-version=2024-10-21"),
        ("/gateway/", f"/gateway/openai/deployments/my-gpt/chat/completions{DEFAULT}"),
        ("/openai/deployments/their-gpt/", f"/openai/deployments/their-gpt/chat/completions{DEFAULT}"),
        (
            "/openai/deployments/g/chat/completions/?api-version=7",
            "/openai/deployments/g/chat/completions?api-version=7",
        ),
        ("/openai/v1/", "/openai/v1/chat/completions"),
        ("/openai/v1/?api-version=preview", "/openai/v1/chat/completions?api-version=preview"),
    ],
    ids=[
        *("resource", "openai", "version", "query", "gateway", "deployment", "operation", "v1"),
        "v1-preview",
    ],
)
def test_deployment_is_found_below_every_form_of_the_base(base, address):
    """What the base names already is not added."""
    expected = address or "/openai/deployments/my-gpt/chat/completions?api-version=2025-01-01-preview"

    found = below_deployment(HOST + base, "chat/completions", "my-gpt")

    assert found == HOST + expected


@pytest.mark.parametrize(
    ("model", "path"),
    [("", "/openai/models"), ("a/b c", "/openai/deployments/a%2Fb%20c/models"), ("..", "/openai/models")],
    ids=["none", "quoted", "dots"],
)
def test_deployment_is_one_step_of_the_path(model, path):
    """A client's model must not lead elsewhere on the host."""
    assert below_deployment(f"{HOST}/", "models", model) == f"{HOST}{path}{DEFAULT}"


def test_query_of_a_base_stands_behind_the_path():
    """Gateways have keys of their own there."""
    assert below("http://h.test/v1/?k=1", "models", "m") == "http://h.test/v1/models?k=1"


@pytest.mark.asyncio
async def test_chat_goes_to_the_deployment_with_the_key_in_its_own_header(upstream, http):
    """The body is OpenAI's, with the newer name of the limit."""
    upstream.answer(reply(events("Hi", finished()), content_type="text/event-stream"))

    completion = await fold(leaf(upstream, http, max_tokens=7)(HI))

    head = upstream.heads[0]
    assert head.startswith(f"POST /openai/deployments/my-gpt/chat/completions{DEFAULT} HTTP/1.1\r\n")
    assert "\r\napi-key: azure-CANARY\r\n" in head
    assert "authorization" not in head.lower()
    assert (upstream.bodies[0]["max_completion_tokens"], upstream.bodies[0].get("max_tokens")) == (7, None)
    assert (completion.text, completion.origin) == ("Hi", Origin("x", "live", "my-gpt", "azure"))


@pytest.mark.asyncio
async def test_v1_api_is_told_the_deployment_as_the_model(upstream, http):
    """Its path names none."""
    upstream.answer(reply(said("Hi")))

    await fold(leaf(upstream, http, base="openai/v1/")(HI))

    assert upstream.heads[0].startswith("POST /openai/v1/chat/completions HTTP/1.1\r\n")
    assert upstream.bodies[0]["model"] == "my-gpt"


@pytest.mark.asyncio
async def test_embeddings_go_to_a_deployment_too(upstream, http):
    """The client's model names it where the backend has none."""
    upstream.answer(reply({"data": [{"index": 0, "embedding": [1.0]}], "usage": {"prompt_tokens": 1}}))
    prompt = Prompt(operation="embed", model="ada", inputs=("a",))

    completion = await fold(leaf(upstream, http, model="")(prompt))

    assert upstream.heads[0].startswith(f"POST /openai/deployments/ada/embeddings{DEFAULT} ")
    assert completion.vectors == ((1.0,),)


@pytest.mark.asyncio
@pytest.mark.parametrize("model", ["", ".."])
async def test_backend_without_a_deployment_is_not_called(upstream, http, model):
    """Neither it nor the client names one."""
    with pytest.raises(BackendError) as caught:
        await fold(leaf(upstream, http, model="")(replace(HI, model=model)))

    message = caught.value.message.partition(") ")[2]
    assert message == "cannot be called: it has no 'ModelName', the deployment's name."
    assert upstream.connections == 0


@pytest.mark.asyncio
async def test_base_that_names_a_deployment_needs_no_model(upstream, http):
    """The path says it."""
    upstream.answer(reply(said("Hi")))

    completion = await fold(leaf(upstream, http, base="openai/deployments/g/", model="")(HI))

    assert completion.text == "Hi"


@pytest.mark.asyncio
async def test_temperature_that_the_model_refuses_is_left_out(upstream, http):
    """Reasoning models take none, and the schema is not given up for it."""
    schema = {"type": "object", "properties": {}, "additionalProperties": False}
    prompt = replace(HI, generation=Generation(), schema=ResponseSchema(schema))
    upstream.answer(reply({"error": {"message": "no"}}, status=400), reply(said("{}")))

    await fold(leaf(upstream, http, temperature=1.2)(prompt))

    sent = [(body.get("temperature"), body["response_format"]["type"]) for body in upstream.bodies]
    assert sent == [(1.2, "json_schema"), (None, "json_schema")]


@pytest.mark.asyncio
async def test_wrong_deployment_is_said_at_once(upstream, http):
    """Azure's 404 is no question of form."""
    body = {"error": {"code": "DeploymentNotFound", "message": "The deployment does not exist."}}
    upstream.answer(reply(body, status=404))
    prompt = replace(HI, schema=ResponseSchema({"type": "object"}), sampling=Sampling(temperature=0.5))

    with pytest.raises(BackendError) as caught:
        await fold(leaf(upstream, http)(prompt))

    assert caught.value.message.endswith(
        "answered 404: The deployment does not exist. "
        "Check 'ModelName' ('my-gpt'), which is the deployment's name, and 'BaseUrl'."
    )
    assert json.loads(caught.value.failure.body) == body
