"""The mock API's GraphQL over HTTP, as clients ask it."""

import sys

import httpx
import pytest

from pytest_llmock.errors import RequestError

USERS = "{ users { id name } }"
SDL = "enum Role { ADMIN GUEST } type User { id: ID! role: Role! } type Query { users(first: Int): [User!]! }"


def ask(session, query=USERS, *, params=None, headers=None, **beside):
    url = f"{session.url}/api/mock/graphql"
    return httpx.post(url, json={"query": query, **beside}, params=params, headers=headers)


def backed(opened, *answers, **options):
    """A session whose backend gives these answers, one after the other."""
    session, left = opened(**options), iter(answers)
    prompts = []

    async def said(prompt):
        prompts.append(prompt)
        return next(left)

    session.backends.add("said", said)
    return session, prompts


def test_a_query_is_answered_with_data(opened):
    """By the embedded generator, as any request of the mock API."""
    answer = ask(opened())

    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    assert [[*user] for user in answer.json()["data"]["users"]] == [["id", "name"]] * 3
    assert answer.headers["x-llmock-backend"] == "synthetic"


def test_the_same_query_has_the_same_answer(opened):
    """A seed decides, not the clock."""
    session = opened(seed=3)

    assert ask(session).content == ask(session).content


def test_shapes_of_paths_do_not_speak_of_queries(opened):
    """With AutoShape on, the next query has its own selection."""
    session = opened(settings={"EnableAutoShape": True})
    ask(session)

    assert [*ask(session, "{ user { email } }").json()["data"]["user"]] == ["email"]


def test_a_query_may_come_by_get(opened):
    """Its variables are JSON text there, and no data of the request."""
    session, prompts = backed(opened, '{"user": {"id": "7"}}', backend="said")
    params = {"query": "query ($id: ID) { user(id: $id) { id } }", "variables": '{"id": 7}', "tenant": "x"}

    answer = httpx.get(f"{session.url}/api/mock/graphql", params=params)

    assert answer.json() == {"data": {"user": {"id": "7"}}}
    generation = prompts[0].generation
    assert (generation.query, generation.body["variables"]) == ((("tenant", "x"),), {"id": 7})


def test_a_backend_is_asked_for_a_schema_of_the_selection(opened):
    """Under keys of ours; the client gets its aliases."""
    session, prompts = backed(opened, '{"name": "Ada", "no_2_name": "Bob"}', backend="said")

    answer = ask(session, "{ a: name b: name(x: 2) c: name }")

    assert answer.json() == {"data": {"a": "Ada", "b": "Bob", "c": "Ada"}}
    assert [*prompts[0].generation.shape["properties"]] == ["name", "no_2_name"]


def test_an_unusable_answer_is_asked_again_and_then_told_with_its_path(opened):
    """In the response keys of the client."""
    wrong = '{"user": {"name": 3}}'
    session, prompts = backed(opened, wrong, wrong, backend="said", settings={"MaxCorrectionAttempts": 1})

    answer = ask(session, "{ me: user { n: name } }")

    assert (answer.status_code, len(prompts)) == (502, 2)
    assert answer.json()["data"] is None
    assert answer.json()["errors"][0]["path"] == ["me", "n"]


def test_an_answer_that_is_no_json_has_no_path(opened):
    """It is wrong as a whole."""
    session, _ = backed(opened, "Sorry.", backend="said", settings={"MaxCorrectionAttempts": 0})

    (error,) = ask(session).json()["errors"]

    assert error.keys() == {"message", "extensions"}


@pytest.mark.parametrize(
    ("setting", "params", "limit"), [(500, {}, 500), (None, {}, None), (500, {"maxTokens": 9}, 9)]
)
def test_the_output_limit_is_the_setting_s_unless_the_client_says_one(opened, setting, params, limit):
    """GraphQLMaxTokens is for GraphQL alone."""
    session, prompts = backed(
        opened, '{"name": "Ada"}', backend="said", settings={"GraphQLMaxTokens": setting}
    )

    ask(session, "{ name }", params=params)

    assert prompts[0].sampling.max_tokens == limit


@pytest.mark.parametrize(("query", "params"), [("{ users(first: 7) { id } }", {}), (USERS, {"count": 7})])
def test_a_number_of_records_is_said_by_argument_or_count(opened, query, params):
    """The one list of the operation is meant."""
    assert len(ask(opened(), query, params=params).json()["data"]["users"]) == 7


@pytest.mark.parametrize(
    ("query", "params", "message"),
    [
        (USERS, {"n": 2}, "GraphQL takes no 'n': what is selected is the shape. Leave it out."),
        (USERS, {"shape": "{}"}, "GraphQL takes no 'shape': what is selected is the shape. Leave it out."),
        (
            "{ user { id } }",
            {"count": 2},
            "count speaks of one list, and the operation does not select just one",
        ),
    ],
)
def test_words_that_mean_nothing_here_are_refused(opened, query, params, message):
    """Rather than ignored."""
    answer = ask(opened(), query, params=params)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["message"].startswith(message)


def test_a_document_that_cannot_be_parsed_is_a_400_in_graphql_s_form(opened):
    """With the place, and without data."""
    answer = ask(opened(), "{ user", headers={"Accept": "application/graphql-response+json"})

    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/graphql-response+json")
    assert answer.json() == {
        "errors": [
            {
                "message": "Syntax Error: Expected Name, found <EOF>.",
                "locations": [{"line": 1, "column": 7}],
                "extensions": {"code": 400},
            }
        ]
    }


def test_a_failure_is_in_the_journal(opened):
    """As of any call of the mock API."""
    session = opened()
    ask(session, "{ user")

    (call,) = session.calls

    assert (call.face, call.status, call.error) == ("mock", 400, "Syntax Error: Expected Name, found <EOF>.")


def test_a_body_that_is_too_large_is_told_in_graphql_s_form(opened):
    """What is refused before GraphQL is looked at, too."""
    answer = ask(opened(settings={"MaxRequestSizeBytes": 10}))

    assert answer.status_code == 413
    assert answer.json()["errors"][0]["extensions"]["code"] == 413


def test_a_simulated_error_has_its_status_and_graphql_s_form(opened):
    """By query, header or `$error`, as elsewhere."""
    answer = ask(opened(), **{"$error": {"code": 401, "message": "Log in."}})

    assert answer.status_code == 401
    assert answer.json() == {"errors": [{"message": "Log in.", "extensions": {"code": 401}}], "data": None}


def test_a_route_answers_as_it_was_programmed(opened):
    """Also what a selection could not be."""
    session = opened()
    session.routes.route("POST", "/graphql", json={"query": USERS}).respond(json={"data": {"users": None}})

    answer = ask(session)

    assert (answer.json(), answer.headers["x-llmock-source"]) == ({"data": {"users": None}}, "scripted")


def test_answers_are_made_ahead_on_request(opened):
    """`$cache` beside the query."""
    session = opened()

    first, second = (ask(session, **{"$cache": 2}) for _ in range(2))

    assert first.json() != second.json()
    assert second.headers["x-llmock-source"] == "cache"


def test_a_request_may_name_its_backend(opened):
    """The header counts here as everywhere."""
    session, _ = backed(opened, '{"name": "Ada"}')

    answer = ask(session, "{ name }", headers={"X-LLM-Backend": "said"})

    assert answer.json() == {"data": {"name": "Ada"}}


def test_no_backend_is_asked_for_a_type_name(opened):
    """Health checks cost no model."""
    answer = ask(opened(), "{ __typename }")

    assert (answer.json(), "x-llmock-backend" in answer.headers) == ({"data": {"__typename": "Query"}}, False)


def test_the_rate_limit_counts_graphql(opened):
    """And says how long such requests take."""
    session = opened(settings={"EnableRateLimiting": True, "RateLimitRequestsPerMinute": 1})

    first, second = ask(session), ask(session)

    assert "x-llmapi-avg-time" in first.headers
    assert (second.status_code, second.json()["errors"][0]["extensions"]["code"]) == (429, 429)


def test_options_names_the_methods(opened):
    """As of any path of the mock API."""
    assert httpx.options(f"{opened().url}/api/mock/graphql").status_code == 204


def test_with_a_schema_queries_and_answers_are_held_against_it(mock_api):
    """Until another one is given; it is the test's own."""
    mock_api.graphql_schema(SDL)

    good = mock_api.post("/graphql", json={"query": "{ users(first: 9) { role } }"}).json()
    bad = mock_api.post("/graphql", json={"query": "{ users { rol } }"}).json()

    assert {user["role"] for user in good["data"]["users"]} == {"ADMIN", "GUEST"}
    assert bad["errors"][0]["message"] == "Cannot query field 'rol' on type 'User'. Did you mean 'role'?"


@pytest.fixture
def without_extra(monkeypatch):
    """As if graphql-core were not installed."""
    package = "pytest_llmock.mockapi.graphql"
    for name in ("documents", "reading", "collecting"):
        monkeypatch.delitem(sys.modules, f"{package}.{name}", raising=False)
        monkeypatch.delattr(f"{package}.{name}", raising=False)
    monkeypatch.setitem(sys.modules, "graphql", None)


def test_without_graphql_core_the_command_that_installs_it_is_told(opened, without_extra):
    """The rest of the mock API needs none."""
    answer = ask(opened())

    assert answer.status_code == 501
    assert answer.json()["errors"][0]["message"].startswith(
        "GraphQL needs graphql-core: `pip install pytest-llmock[graphql]`."
    )


def test_without_graphql_core_a_schema_is_refused_and_a_route_answers(mock_api, without_extra):
    """The message says so."""
    mock_api.route("POST", "/graphql").respond(json={"data": {}})

    assert mock_api.post("/graphql", json={"query": USERS}).json() == {"data": {}}
    with pytest.raises(RequestError, match="pip install"):
        mock_api.graphql_schema(SDL)


def test_an_error_inside_graphql_core_is_not_taken_for_its_absence(opened, monkeypatch, without_extra):
    """A broken installation is told as it is."""
    monkeypatch.delitem(sys.modules, "graphql")
    monkeypatch.setitem(sys.modules, "graphql.validation", None)

    answer = ask(opened())

    assert answer.status_code == 500
