"""GraphQL over HTTP: requests in all their forms, and errors in GraphQL's."""

import json

import pytest

from pytest_llmock.errors import LLMockError, RequestError
from pytest_llmock.mockapi.graphql.http import Asked, asked_of, error_body, media_type, simulated_body
from pytest_llmock.wire.http import Request

JSON = {"content-type": "application/json"}


def asked(body, method="POST", query="", headers=JSON):
    return asked_of(Request(method, "/graphql", query, headers), body)


def test_a_post_says_query_variables_and_operation():
    """The usual form; null is nothing said."""
    body = {"query": "{a}", "variables": {"x": 1}, "operationName": None, "extensions": {}}

    assert asked(body) == Asked("{a}", "", {"x": 1})


def test_a_get_says_the_same_in_its_query_and_may_only_read():
    """Variables are JSON text there."""
    query = "query=%7Ba%7D&variables=%7B%22x%22%3A1%7D&operationName=Q&other=1"

    assert asked(None, "GET", query) == Asked("{a}", "Q", {"x": 1}, is_read_only=True)


def test_blank_variables_in_a_query_are_none():
    """A form that leaves the field empty means nothing by it."""
    assert asked(None, "GET", "query=%7Ba%7D&variables=").variables == {}


def test_a_get_may_have_no_variables():
    """Most have none."""
    assert asked(None, "GET", "query=%7Ba%7D").variables == {}


def test_a_document_may_be_the_body():
    """`application/graphql`, which servers took before GraphQL over HTTP was written."""
    assert asked("{a}", headers={"content-type": "application/graphql"}).query == "{a}"


@pytest.mark.parametrize(
    ("body", "headers", "status", "message"),
    [
        ([{"query": "{a}"}], JSON, 400, "Batches are not taken: send one operation in each request"),
        ("{a}", JSON, 400, "A GraphQL request is a JSON object"),
        ({}, JSON, 400, "The request has no 'query'"),
        ({"query": " "}, JSON, 400, "The request has no 'query'"),
        ({"query": 3}, JSON, 400, "The request has no 'query'"),
        ({"query": "{a}", "variables": "{}"}, JSON, 400, "'variables' is no object"),
        ({"query": "{a}", "operationName": 3}, JSON, 400, "'operationName' is no text"),
        ("{a}", {"content-type": "text/plain"}, 415, "GraphQL takes application/json, not text/plain"),
    ],
)
def test_a_request_that_is_not_well_formed_says_what_to_send(body, headers, status, message):
    """Nothing is guessed from it."""
    with pytest.raises(RequestError, match=message) as caught:
        asked(body, headers=headers)

    assert caught.value.status == status


def test_other_methods_are_refused():
    """GraphQL knows two."""
    with pytest.raises(RequestError, match="GraphQL takes GET and POST, not PUT") as caught:
        asked({"query": "{a}"}, "PUT")

    assert caught.value.status == 405


def test_broken_variables_in_a_query_are_named():
    """The parameter is JSON text of its own."""
    with pytest.raises(RequestError, match="The query parameter 'variables' is not valid JSON"):
        asked(None, "GET", "query=%7Ba%7D&variables=%7B")


def test_the_body_that_a_backend_sees_has_what_was_said():
    """Whether it came by GET or by POST."""
    assert Asked("{a}").body == {"query": "{a}"}
    assert Asked("{a}", "Q", {"x": 1}).body == {"query": "{a}", "variables": {"x": 1}, "operationName": "Q"}


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("", "application/json"),
        ("*/*", "application/json"),
        ("application/graphql-response+json, application/json;q=0.9", "application/graphql-response+json"),
    ],
)
def test_the_media_type_is_the_one_the_client_names(accept, expected):
    """JSON's own for all who do not know GraphQL's."""
    assert media_type(Request("POST", "/", headers={"accept": accept})) == expected


def test_an_error_before_execution_has_no_data():
    """GraphQL tells by that whether anything ran."""
    error = RequestError(
        "No.", details={"errors": [{"message": "No.", "locations": [{"line": 1, "column": 2}]}]}
    )

    assert error_body(error) == {
        "errors": [{"message": "No.", "locations": [{"line": 1, "column": 2}], "extensions": {"code": 400}}]
    }


def test_a_failed_execution_has_data_null_and_its_details():
    """A backend that did not answer leaves nothing."""
    assert error_body(LLMockError("Down.", details={"backend": "x"})) == {
        "errors": [{"message": "Down.", "extensions": {"code": 500, "details": {"backend": "x"}}}],
        "data": None,
    }


def test_a_simulated_error_is_said_in_graphql_s_form():
    """With the code and the details that were asked for."""
    body = json.loads('{"error": {"code": 404, "message": "Gone", "details": {"id": 7}}}')

    assert simulated_body(body) == {
        "errors": [{"message": "Gone", "extensions": {"code": 404, "details": {"id": 7}}}],
        "data": None,
    }
