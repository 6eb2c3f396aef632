"""CORS: which pages may ask, and what browsers are told."""

import httpx
import pytest

from pytest_llmock.choice import Choice
from pytest_llmock.config import load_settings
from pytest_llmock.errors import SettingsError
from pytest_llmock.server.runtime import Runtime

APP = "http://localhost:5173"
ASKS = {"Origin": APP, "Access-Control-Request-Method": "PUT"}


@pytest.fixture
def open_to(opened):
    """The address of a mock API whose settings have this section."""

    def open_to(**cors):
        return f"{opened(settings={'Cors': {'Enabled': True, **cors}}).url}/api/mock"

    return open_to


def test_a_named_origin_is_answered(open_to):
    """The browser may show the answer, and our headers."""
    headers = httpx.get(f"{open_to(AllowedOrigins=[APP])}/x", headers={"Origin": APP}).headers

    assert headers["access-control-allow-origin"] == APP
    assert headers["vary"] == "Origin"
    assert "X-LLMock-Backend" in headers["access-control-expose-headers"]
    assert "access-control-allow-credentials" not in headers


def test_with_a_star_everybody_is_answered(open_to):
    """That is the default of `Enabled`."""
    headers = httpx.get(f"{open_to()}/x", headers={"Origin": "null"}).headers

    assert headers["access-control-allow-origin"] == "*"
    assert "vary" not in headers


def test_errors_can_be_read_too(open_to):
    """A page sees why its request failed."""
    answer = httpx.get(f"{open_to()}/x?count=many", headers={"Origin": APP})

    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (422, "*")


def test_another_origin_is_refused(open_to):
    """The message names the setting and who is in it."""
    answer = httpx.get(f"{open_to(AllowedOrigins=[APP])}/x", headers={"Origin": "http://evil.example"})

    assert answer.status_code == 403
    assert answer.json()["error"]["message"] == (
        "The origin 'http://evil.example' may not ask this server. Cors.AllowedOrigins has: "
        "http://localhost:5173. Add it there, with scheme and port."
    )
    assert "access-control-allow-origin" not in answer.headers


def test_a_browser_that_asks_before_is_told(open_to):
    """Every method, and the headers it wants to send; nothing of it is in the journal."""
    url = open_to(PreflightMaxAge=60, AllowedOrigins=[APP], AllowCredentials=True, ExposedHeaders=["ETag"])
    wants = {"Access-Control-Request-Headers": "x-a", "Access-Control-Request-Private-Network": "true"}

    answer = httpx.options(f"{url}/x", headers={**ASKS, **wants})

    assert (answer.status_code, answer.content) == (204, b"")
    told = {name.removeprefix("access-control-"): value for name, value in answer.headers.items()}
    assert told["allow-methods"] == "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
    assert (told["allow-headers"], told["max-age"], told["allow-private-network"]) == ("x-a", "60", "true")
    assert told["allow-credentials"] == "true"
    assert told["expose-headers"].endswith(", ETag")


def test_preflights_are_no_calls(opened):
    """A test sees what its application asked, not what its browser did."""
    session = opened(settings={"Cors": {"Enabled": True}})

    httpx.options(f"{session.url}/v1/chat/completions", headers=ASKS)

    assert [*session.calls] == []


def test_a_browser_asks_before_without_the_token(tmp_path):
    """It cannot send one; the request itself needs it."""
    runtime = Runtime(token="s3cret")
    session = runtime.serve(
        load_settings(tmp_path, environ={}, overrides={"Cors": {"Enabled": True}}), Choice(test="t")
    )

    before = httpx.options(f"{session.url}/api/mock/x", headers=ASKS)
    without = httpx.get(f"{session.url}/api/mock/x", headers={"Origin": APP})
    runtime.close()

    assert (before.status_code, without.status_code) == (204, 401)


def test_the_own_origin_needs_no_setting(opened):
    """A page that we serve ourselves."""
    session = opened()
    host = session.url.split("/")[2]

    answer = httpx.get(f"{session.url}/llmock/health", headers={"Origin": f"http://{host}"})

    assert answer.status_code == 200
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize(
    ("cors", "said"),
    [
        (
            {"Enabled": True, "AllowCredentials": True},
            "Cors.AllowCredentials is true, which is true while AllowedOrigins has '*': no browser takes that.",
        ),
        ({"AllowedOrigins": ["http://a.example/"]}, "'http://a.example/', which is no origin."),
        ({"AllowedOrigins": ["http://*.example"]}, "'http://*.example', which is no origin."),
        ({"ExposedHeaders": ["a\r\nb"]}, "which is no name of a header. Write one such as 'ETag'."),
    ],
)
def test_what_no_browser_takes_is_refused_at_start(tmp_path, cors, said):
    """Before anything is asked."""
    with pytest.raises(SettingsError) as caught:
        load_settings(tmp_path, environ={}, overrides={"Cors": cors})

    assert said in str(caught.value)


def test_credentials_and_a_star_are_no_matter_while_it_is_off(tmp_path):
    """Nothing is promised to anybody."""
    settings = load_settings(tmp_path, environ={}, overrides={"Cors": {"AllowCredentials": True}})

    assert settings.cors.allow_credentials


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/llmock/health", "GET, HEAD, OPTIONS"),
        ("/llmock/reset", "POST, OPTIONS"),
        ("/v1/chat/completions", "GET, HEAD, POST, OPTIONS"),
        ("/llmock/contexts/a", "DELETE, GET, HEAD, POST, OPTIONS"),
    ],
)
def test_every_path_says_what_it_takes(opened, path, allowed):
    """With OPTIONS, and in the refusal of another method."""
    url = f"{opened().url}{path}"

    asked, refused = httpx.options(url), httpx.request("PATCH", url)

    assert (asked.status_code, asked.headers["allow"]) == (204, allowed)
    assert (refused.status_code, refused.headers["allow"]) == (405, allowed)
