from urllib.parse import urlencode

import pytest

from pytest_llmock.errors import RequestError
from pytest_llmock.mockapi.simulation import MESSAGES, SimulatedError, default_message, simulated
from pytest_llmock.wire.http import Request


def wish(query=None, headers=None, directive=None):
    directives = {} if directive is None else {"$error": directive}
    return simulated(Request("GET", "/x", urlencode(query or {}), headers or {}), directives)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        pytest.param({}, None, id="nobody"),
        pytest.param({"query": {"page": "2"}}, None, id="another parameter"),
        pytest.param({"query": {"terror": "2"}}, None, id="a parameter with such a name"),
        pytest.param({"query": {"error": "404"}}, SimulatedError(404, "Not Found"), id="query"),
        pytest.param(
            {"query": {"error": "503", "errorMessage": "down", "errorDetails": "till noon"}},
            SimulatedError(503, "down", "till noon"),
            id="query, in full",
        ),
        pytest.param(
            {
                "headers": {
                    "x-error-code": "401",
                    "x-error-message": "Invalid API key",
                    "x-error-details": "d",
                }
            },
            SimulatedError(401, "Invalid API key", "d"),
            id="headers",
        ),
        pytest.param({"directive": 500}, SimulatedError(500, "Internal Server Error"), id="number"),
        pytest.param({"directive": "500"}, SimulatedError(500, "Internal Server Error"), id="number as text"),
        pytest.param(
            {"directive": {"code": 422, "message": "no", "details": {"field": ["a"]}}},
            SimulatedError(422, "no", {"field": ["a"]}),
            id="object",
        ),
        pytest.param({"directive": {"code": 499}}, SimulatedError(499, "Error 499"), id="unknown code"),
    ],
)
def test_an_error_is_as_it_was_asked_for(asked, expected):
    """By query, by headers, by $error; with a message of its code where there is none."""
    assert wish(**asked) == expected


def test_the_query_decides_before_headers_and_they_before_the_directive():
    """Message and details are those that stand beside the code."""
    headers = {"x-error-code": "401", "x-error-message": "h"}

    assert wish({"error": "400"}, headers, 500) == SimulatedError(400, "Bad Request")
    assert wish({}, headers, 500) == SimulatedError(401, "h")
    assert wish({"errorMessage": "of no code"}, headers, 500) == SimulatedError(401, "h")


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"query": {"error": "x"}}, "error is 'x': give the code of an error, from 400 to 599."),
        ({"query": {"error": ""}}, "error is '': give the code of an error, from 400 to 599."),
        ({"query": {"error": "200"}}, "error is '200': give the code of an error, from 400 to 599."),
        (
            {"query": {"error": "9" * 50}},
            f"error is '{'9' * 40}': give the code of an error, from 400 to 599.",
        ),
        (
            {"headers": {"x-error-code": "600"}},
            "X-Error-Code is '600': give the code of an error, from 400 to 599.",
        ),
        ({"directive": True}, "$error is 'True': give the code of an error, from 400 to 599."),
        ({"directive": 404.5}, "$error is '404.5': give the code of an error, from 400 to 599."),
        ({"directive": {"code": "4"}}, "$error.code is '4': give the code of an error, from 400 to 599."),
        ({"directive": {"cod": 4}}, "'$error' has no field 'cod'. Did you mean 'code'?"),
        ({"directive": {"code": 404, "message": 1}}, "The 'message' of '$error' is '1': give text."),
        (
            {"query": {"errorMessage": "m"}},
            "The request describes an error and does not say which: give 'error', such as 404.",
        ),
        (
            {"headers": {"x-error-details": "m"}},
            "The request describes an error and does not say which: give 'X-Error-Code', such as 404.",
        ),
        (
            {"directive": {"message": "m"}},
            "The request describes an error and does not say which: give '$error.code', such as 404.",
        ),
    ],
)
def test_a_wish_that_cannot_be_understood_is_422(asked, message):
    """Whoever asks for an error and gets an answer would test nothing."""
    with pytest.raises(RequestError) as caught:
        wish(**asked)

    assert (caught.value.status, caught.value.message) == (422, message)


def test_null_is_no_wish():
    """A template may have the directive and no error in it."""
    request = Request("GET", "/x")

    assert simulated(request, {"$error": None}) is None


def test_the_body_is_that_of_every_error():
    """Details are there where there are some."""
    assert SimulatedError(404, "m").body == {"error": {"code": 404, "message": "m"}}
    assert SimulatedError(404, "m", 0).response().body == b'{"error":{"code":404,"message":"m","details":0}}'


@pytest.mark.parametrize("code", [400, 401, 403, 404, 405, 408, 409, 422, 429, 500, 501, 502, 503, 504])
def test_every_common_code_has_a_message_of_its_own(code):
    """Those that LLMockApi knows."""
    assert default_message(code) == MESSAGES[code]
