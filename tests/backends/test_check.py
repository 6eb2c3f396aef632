"""Asking a live server how it is: a real one, and those that no real one will be when asked."""

import asyncio
from dataclasses import replace

import pytest
from loopback import reply, said

from pytest_llmock.backends.check import LiveCheck
from pytest_llmock.backends.health import Health
from pytest_llmock.backends.live_leaf import no_key
from pytest_llmock.backends.openai_compatible import OpenAICompatible
from pytest_llmock.backends.providers import provider_for
from pytest_llmock.errors import SettingsError

HTML = reply(b"<html>Welcome</html>", content_type="text/html")
REFUSED = reply({"error": {"message": "Wrong key sk-CANARY."}}, status=401)
MODELS = reply({"object": "list", "data": [{"id": "llama3"}, {"id": "phi4"}]})
NO_PATH = "Check the path of 'BaseUrl', or name one that answers in 'HealthCheckPath'."


def leaf(url, http, *, provider="ollama", model="llama3", api_key=no_key, **options):
    """A backend named x."""
    return OpenAICompatible(
        name="x",
        provider=provider_for(provider),
        http=http,
        base_url=url,
        model=model,
        api_key=api_key,
        **options,
    )


async def found(upstream, http, *answers, path="", json_mode=False, **options):
    """What a check of the scripted server finds, with the server's address and the times taken out."""
    upstream.answer(*answers)
    health = await LiveCheck(leaf(upstream.url, http, **options), path)(json_mode=json_mode)
    host = upstream.url.removesuffix("/v1/")
    return replace(health, problem=health.problem.replace(host, "HOST"), seconds=0, at=0)


def paths(upstream):
    return [head.split(" ")[:2] for head in upstream.heads]


@pytest.mark.asyncio
async def test_a_real_server_is_up_and_lists_its_model(llama, http):
    """It answers in time, and needs no key."""
    health = await LiveCheck(leaf(llama.base_url, http, model=llama.model))()

    assert replace(health, seconds=0, at=0) == Health(
        "x", reachable=True, models=(llama.model,), model_present=True
    )
    assert 0 < health.seconds < 5
    assert health.at > 0


@pytest.mark.asyncio
async def test_a_real_server_is_asked_at_its_health_path(llama, http):
    """The path is one of the host, not of the API; no list of models comes with it."""
    health = await LiveCheck(leaf(llama.base_url, http, model=llama.model), "health")()

    assert (health.up, health.models, health.model_present) == (True, (), None)


@pytest.mark.asyncio
async def test_a_real_server_keeps_to_schemas(llama, http):
    """The model call that finds it out is small, and is made on request alone."""
    health = await LiveCheck(leaf(llama.base_url, http, model=llama.model))(json_mode=True)

    assert (health.json_mode, health.problem) == ("schema", "")


@pytest.mark.asyncio
async def test_a_wrong_path_on_a_real_server_is_no_backend(llama, http):
    """Something answers, and the message says where to look; no model is blamed for it."""
    health = await LiveCheck(leaf(f"{llama.base_url}v2/", http))()

    assert health.reachable
    assert health.problem.endswith(f"answered 404: File Not Found. {NO_PATH}")


@pytest.mark.asyncio
async def test_a_stopped_server_is_not_reachable(upstream, http):
    """The next step is the provider's own."""
    server = await asyncio.start_server(upstream.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()

    health = await LiveCheck(leaf(f"http://127.0.0.1:{port}/v1/", http))()

    assert not health.reachable
    assert health.problem == (
        f"Backend 'x' (ollama at http://127.0.0.1:{port}) cannot be reached: connection refused. "
        "Is Ollama running? Start it with `ollama serve`."
    )


@pytest.mark.asyncio
async def test_models_are_asked_for_with_the_key(upstream, http):
    """One GET without a body; a key that is taken is present."""
    health = await found(upstream, http, MODELS, api_key=lambda: "sk-CANARY")

    assert health == Health("x", reachable=True, models=("llama3", "phi4"), model_present=True, key="present")
    assert paths(upstream) == [["GET", "/v1/models"]]
    assert upstream.bodies == [None]
    assert "authorization: bearer sk-canary\r\n" in upstream.heads[0].lower()


@pytest.mark.asyncio
@pytest.mark.parametrize("path", ["/health", "health", "/health?deep=1"])
async def test_the_health_path_is_one_of_the_backends_host(upstream, http, path):
    """With or without a slash; any answer of the kind 2xx means up, a page too."""
    health = await found(upstream, http, HTML, path=path)

    assert health == Health("x", reachable=True)
    assert paths(upstream) == [["GET", "/" + path.lstrip("/")]]


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("body", "models"),
    [
        pytest.param([{"id": "llama3"}], ("llama3",), id="bare list"),
        pytest.param({"models": [{"name": "llama3:latest"}]}, ("llama3:latest",), id="Ollama's own"),
        pytest.param({"data": [{"id": 7}, "x", {"id": "a\x1b[31m"}]}, ("a [31m",), id="odd entries"),
        pytest.param({"data": [{"id": "of sk-CANARY"}]}, ("of ***",), id="a key echoed"),
        pytest.param({"status": "ok"}, (), id="no list"),
    ],
)
async def test_names_are_taken_from_lists_of_every_form(upstream, http, body, models):
    """What is no name is passed over; what a terminal or a log must not show is masked."""
    health = await found(upstream, http, reply(body), api_key=lambda: "sk-CANARY")

    assert (health.models, health.up) == (models, True)


@pytest.mark.asyncio
@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize(("key", "state"), [("sk-CANARY", "refused"), ("", "missing")])
async def test_a_key_can_be_refused_or_missed(upstream, http, status, key, state):
    """Whether one was given makes the difference; none is ever shown."""
    refused = reply({"error": {"message": "Wrong key sk-CANARY."}}, status=status)

    health = await found(upstream, http, refused, api_key=lambda: key)

    told = "Wrong key ***" if key else "Wrong key sk-CANARY"
    said_so = f"Backend 'x' (ollama at HOST) answered {status}: {told}. Check 'ApiKey' of this backend."
    assert health == Health("x", reachable=True, key=state, problem=said_so)


@pytest.mark.asyncio
async def test_a_provider_that_needs_a_key_is_told_so_and_asked_without(upstream, http, caplog):
    """Whether the server is there can be said all the same; nothing goes into the log."""
    health = await found(upstream, http, REFUSED, provider="openai")

    assert (health.reachable, health.key) == (True, "missing")
    assert health.problem.startswith(
        "OpenAI provider requires an API key. Set 'ApiKey' in backend configuration."
    )
    assert caplog.records == []


@pytest.mark.asyncio
async def test_a_variable_that_is_not_set_is_a_missing_key(upstream, http):
    """The message names the variable, even if the server would answer without a key."""

    def unset():
        raise SettingsError("The variable CLOUD_KEY is not set.")

    health = await found(upstream, http, MODELS, api_key=unset)

    assert (health.key, health.problem) == ("missing", "The variable CLOUD_KEY is not set.")


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        pytest.param(
            reply(status=302, Location="http://evil.test/"),
            "answered 302, a redirect to http://evil.test/, which is not followed: the key would go along. "
            "Set 'BaseUrl' to the address that answers.",
            id="redirect",
        ),
        pytest.param(
            HTML,
            "answered with an HTML page, not with JSON: '<html>Welcome</html>'. Check the path of 'BaseUrl': it "
            "usually ends in /v1/.",
            id="HTML",
        ),
        pytest.param(
            reply({"error": "loading model"}, status=503), "answered 503: loading model.", id="still loading"
        ),
        pytest.param(
            reply(b"Ollama is running", content_type="text/plain"),
            "sent a body that is not JSON: 'Ollama is running'.",
            id="text",
        ),
        pytest.param(reply(b"", status=405), "answered 405: no reason given.", id="405"),
    ],
)
async def test_an_answer_that_is_no_list_is_a_problem_of_a_reachable_server(upstream, http, answer, problem):
    """Somebody is there, and it is not the backend."""
    health = await found(upstream, http, answer)

    assert health == Health("x", reachable=True, problem=f"Backend 'x' (ollama at HOST) {problem}")
    assert upstream.connections == 1


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("timeout_s", "allowed_s", "told"),
    [
        pytest.param(0.05, None, "0.05 s", id="TimeoutSeconds that is less than 5"),
        pytest.param(30.0, 0.06, "0.06 s", id="what the caller says"),
    ],
)
async def test_a_server_that_hangs_is_given_up(upstream, http, timeout_s, allowed_s, told):
    """A check is short, whatever a call may take."""

    async def hang(writer):
        await upstream.over.wait()

    upstream.answer(hang)

    health = await LiveCheck(leaf(upstream.url, http, timeout_s=timeout_s))(timeout_s=allowed_s)

    assert not health.reachable
    assert f" did not answer within {told}. Is Ollama running?" in health.problem


OBJECT, SCHEMA = "json_object", "json_schema"
YES = reply(said('{"ready": true}'))
NO = reply({"error": {"message": "no such field"}}, status=400)
PROSE = reply(said("Certainly!"))


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("answers", "mode"),
    [
        pytest.param([YES], "schema", id="takes schemas"),
        pytest.param([NO, YES], "object", id="takes objects"),
        pytest.param([NO, NO, YES], "none", id="takes no form"),
        pytest.param([reply(said('{"a": 1}'))], "object", id="JSON of another shape"),
        pytest.param([PROSE], "none", id="takes the form, and answers prose"),
        pytest.param([reply(said("Certainly, I", finish="length"))], "none", id="prose that is cut"),
        pytest.param([reply(said('{"rea', finish="length"))], "unknown", id="JSON that is cut"),
        pytest.param([reply(said("", finish="length"))], "unknown", id="thought for too long"),
    ],
)
async def test_the_json_mode_is_what_the_server_keeps_to(upstream, http, answers, mode):
    """Taking a form is not enough; what cannot be told is unknown."""
    health = await found(upstream, http, MODELS, *answers, json_mode=True)

    assert (health.json_mode, health.problem) == (mode, "")
    assert upstream.bodies[1]["max_tokens"] == 64
    assert not upstream.answers


@pytest.mark.asyncio
async def test_a_model_that_does_not_answer_is_a_problem(upstream, http):
    """The list was there; the call says what is wrong."""
    missing = reply({"error": {"message": "model not found"}}, status=404)

    health = await found(upstream, http, MODELS, missing, missing, missing, json_mode=True)

    assert (health.reachable, health.json_mode) == (True, "unknown")
    assert health.problem == (
        "Backend 'x' (ollama at HOST) answered 404: model not found. Is the model there? Get it with "
        "`ollama pull llama3`."
    )


@pytest.mark.asyncio
async def test_nobody_who_is_down_is_asked_for_the_json_mode(upstream, http):
    """No model call where the first question failed."""
    await found(upstream, http, REFUSED, json_mode=True)

    assert paths(upstream) == [["GET", "/v1/models"]]
