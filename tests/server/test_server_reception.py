"""What happens to requests of the mock API before a backend is asked: errors, limits, routes, delays."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from pytest_llmock.errors import RequestError
from pytest_llmock.mockapi.plan import Plan
from pytest_llmock.mockapi.request import decode
from pytest_llmock.server.reception import _directed
from pytest_llmock.shapes.parse import parse
from pytest_llmock.wire.http import Request

NOT_FOUND = {"error": {"code": 404, "message": "Not Found"}}


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param({"params": {"error": "404"}}, id="query"),
        pytest.param({"headers": {"X-Error-Code": "404"}}, id="header"),
        pytest.param({"json": {"$error": 404}}, id="body"),
        pytest.param({"json": {"shape": {"$error": {"code": 404}, "id": 0}}}, id="shape"),
        pytest.param({"params": {"error": "404"}, "content": b"{oops"}, id="with a body that is broken"),
    ],
)
def test_an_error_that_is_asked_for_comes_without_a_backend(llmock, mock_api, asked):
    """It is in the journal, as scripted."""
    answer = mock_api.post("/users", **asked)

    assert (answer.status_code, answer.json()) == (404, NOT_FOUND)
    assert (llmock.calls[0].source, llmock.calls[0].attempts) == ("scripted", [])
    assert answer.headers["x-llmock-source"] == "scripted"


def test_data_named_error_is_data(mock_api):
    """In a body only $error is a word to us."""
    answer = mock_api.post("/reports", json={"error": {"code": 500}, "shape": {"id": 0}})

    assert answer.status_code == 200


def test_a_wrong_code_is_422(mock_api):
    """And no answer, which would test nothing."""
    answer = mock_api.get("/users?error=20")

    assert answer.status_code == 422
    assert answer.json()["error"]["message"] == "error is '20': give the code of an error, from 400 to 599."


def test_errors_of_the_streaming_form_are_events(mock_api):
    """One event, under the status."""
    mock_api.route("GET", "/a").error(503, "down")

    asked, programmed = mock_api.get("/stream/users?error=404"), mock_api.get("/stream/a")

    assert (asked.status_code, asked.headers["content-type"]) == (404, "text/event-stream")
    assert asked.text == f"data: {json.dumps(NOT_FOUND, separators=(',', ':'))}\n\n"
    assert programmed.text == 'data: {"error":{"code":503,"message":"down"}}\n\n'


def test_an_error_that_is_text_is_no_event(mock_api):
    """A route said what its body is."""
    mock_api.route("GET", "/a").respond(500, text="down")

    assert mock_api.get("/stream/a").text == "down"


def test_a_route_answers_in_place_of_a_backend(llmock, mock_api):
    """The journal and the headers say so."""
    route = mock_api.route("GET", "/users/{id:int}").respond(json={"id": 7}, headers={"ETag": '"1"'})

    answer = mock_api.get("/users/7")

    assert answer.json() == {"id": 7}
    assert (answer.headers["x-llmock-route"], answer.headers["etag"]) == ("GET /users/{id:int}", '"1"')
    assert (llmock.calls[0].source, llmock.calls[0].status) == ("scripted", 200)
    assert [*route.calls] == [llmock.calls[0]]


def test_other_requests_are_answered_by_a_backend(mock_api):
    """A route takes what it names, and no more."""
    mock_api.route("GET", "/users/{id:int}").respond(json={"id": 7})

    answer = mock_api.get("/users/ada")

    assert answer.headers["x-llmock-source"] == "synthetic"


def test_words_of_ours_that_are_wrong_do_not_matter_to_a_route(mock_api):
    """The API that it plays may have a `count` and broken bodies of its own."""
    mock_api.route("POST", "/users").respond(201)

    answer = mock_api.post(
        "/users?count=many", content=b"{oops", headers={"Content-Type": "application/json"}
    )

    assert answer.status_code == 201


def test_head_is_get_without_its_body(mock_api):
    """A route for GET answers it, and counts it."""
    route = mock_api.route("GET", "/users").respond(json=[1])

    answer = mock_api.head("/users")

    assert (answer.headers["content-length"], answer.content, route.call_count) == ("3", b"", 1)


def test_options_is_answered_by_the_server(mock_api):
    """Whatever the routes are."""
    mock_api.route("*", "/**").error(500)

    assert mock_api.options("/users").status_code == 204


def test_a_sequence_goes_from_answer_to_answer(mock_api):
    """A client that tries again sees the service recover."""
    mock_api.route("GET", "/users").sequence(503, (202, None), {"id": 1}, repeat="last")

    assert [mock_api.get("/users").status_code for _ in range(4)] == [503, 202, 200, 200]


def test_a_sequence_that_is_over_fails_the_test(opened):
    """With 400, like everything that nobody programmed."""
    session = opened()
    session.routes.route("GET", "/users").sequence({"id": 1})

    answers = [httpx.get(f"{session.url}/api/mock/users") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 400]
    assert answers[1].json()["error"]["message"] == session.failures[0].message


def test_a_route_that_is_used_up_leaves_the_rest_to_the_next(mock_api):
    """Or to a backend."""
    mock_api.route("GET", "/users").error(503).times(1)
    mock_api.route("GET", "/users").respond(json=[]).times(1)

    answers = [mock_api.get("/users") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [503, 200, 200]
    assert [answer.headers["x-llmock-source"] for answer in answers] == ["scripted", "scripted", "synthetic"]


def test_a_side_effect_gets_the_request_and_its_value_is_the_answer(mock_api):
    """Parameters as the template types them."""
    mock_api.route("POST", "/users/{id:int}").side_effect(
        lambda request: (201, {**request.params, **request.json, "page": request.query["page"]})
    )

    answer = mock_api.post("/users/7?page=2", json={"name": "Ada"})

    assert (answer.status_code, answer.json()) == (201, {"id": 7, "name": "Ada", "page": "2"})


def test_a_side_effect_may_be_async(mock_api):
    """And answer with a response of httpx."""

    async def answer(request):
        return httpx.Response(202, text=request.method)

    mock_api.route("*", "/users").side_effect(answer)

    assert mock_api.delete("/users").text == "DELETE"


def test_side_effects_that_wait_hold_up_nobody(mock_api):
    """The server answers others meanwhile, and all of them at once."""
    barrier = threading.Barrier(12)
    mock_api.route("GET", "/slow").side_effect(lambda _: barrier.wait(10) >= 0)

    with ThreadPoolExecutor(12) as pool:
        answers = [answer.json() for answer in pool.map(mock_api.get, ["/slow"] * 12)]

    assert answers == [True] * 12


def test_none_leaves_a_request_to_the_next_route(mock_api):
    """It was never a call of the first one."""
    picky = mock_api.route("GET", "/users/{id}").side_effect(lambda request: None)
    mock_api.route("GET", "/**").respond(json="next")

    assert mock_api.get("/users/7").json() == "next"
    assert not picky.called


def test_the_request_itself_passes_through(mock_api):
    """To a backend, and it counts."""
    route = mock_api.route("GET", "/users").side_effect(lambda request: request)
    mock_api.route("GET", "/**").respond(json="next")

    assert mock_api.get("/users").headers["x-llmock-source"] == "synthetic"
    assert route.called


def test_an_error_of_ours_that_a_side_effect_raises_is_the_answer(llmock, mock_api):
    """With its status; the test goes on."""

    def refuse(_):
        raise RequestError("No more today.", status=409)

    mock_api.route("POST", "/orders").side_effect(refuse)

    answer = mock_api.post("/orders")

    assert answer.json() == {"error": {"code": 409, "message": "No more today."}}
    assert llmock.failures == []


def test_any_other_error_is_500_and_in_the_log(mock_api, caplog):
    """The message names the route."""
    mock_api.route("GET", "/users").side_effect(lambda request: {}["name"])

    answer = mock_api.get("/users")

    assert answer.status_code == 500
    assert answer.json()["error"]["message"] == (
        "The side effect of the route GET /users raised KeyError: 'name'. To answer with an error on purpose, "
        "return its status: (503, {…})."
    )
    assert caplog.records[-1].exc_info[0] is KeyError


def test_an_assertion_that_fails_in_a_side_effect_fails_the_test(opened):
    """Even if the code under test swallows the answer."""

    def check(_):
        raise AssertionError("no name")

    session = opened()
    session.routes.route("POST", "/users").side_effect(check)

    answer = httpx.post(f"{session.url}/api/mock/users")

    assert answer.status_code == 400
    assert [failure.message for failure in session.failures] == [
        "The side effect of the route POST /users failed: no name"
    ]


@pytest.mark.parametrize("path", ["/prices", "/stream/prices"])
def test_a_stream_answers_at_both_of_its_paths(mock_api, path):
    """With the same events."""
    mock_api.route("GET", "/prices").stream(["4", "2"])

    answer = mock_api.get(path)

    assert answer.headers["content-type"] == "text/event-stream"
    assert answer.text == (
        'id: 1-bbe31ae5\ndata: {"chunk":"4","accumulated":"4","done":false}\n\n'
        'id: 2-ed4f5ce9\ndata: {"chunk":"2","accumulated":"42","done":false}\n\n'
        'id: 3-475b44dd-end\ndata: {"content":"42","done":true}\n\n'
    )


def test_a_client_comes_back_to_the_stream_of_a_route(mock_api):
    """As to one of a backend; and when it has all it is told to stay away."""
    mock_api.route("GET", "/prices").stream(["4", "2"])
    _, second, last = mock_api.get("/stream/prices").text.split("\n\n")[:-1]

    rest = mock_api.get("/prices", headers={"Last-Event-ID": "1-bbe31ae5"})
    none = mock_api.get("/stream/prices", headers={"Last-Event-ID": last.split()[1]})

    assert rest.text == f"{second}\n\n{last}\n\n"
    assert (none.status_code, none.content) == (204, b"")


@pytest.mark.parametrize(("said", "status"), [("yesterday", 400), ("1-00000000", 409), ("9-bbe31ae5", 409)])
def test_a_last_event_id_that_the_stream_of_a_route_never_had_is_refused(mock_api, said, status):
    """What it has would not go on from there."""
    mock_api.route("GET", "/prices").stream(["4", "2"])

    assert mock_api.get("/prices", headers={"Last-Event-ID": said}).status_code == status


def test_a_route_may_say_how_a_backend_answers(llmock, mock_api):
    """With its shape, whatever shape the request has, and the backend where the request names none."""
    llmock.backends.add("mine", lambda prompt: {"id": 1})
    llmock.backends.add("other", lambda prompt: {"id": 2})
    mock_api.route("GET", "/users/{id}").shape({"id": 0}).backend("mine")

    by_route = mock_api.get("/users/7", headers={"X-Response-Shape": '{"name": "string"}'})
    by_request = mock_api.get("/users/7?backend=other")

    assert (by_route.json(), by_request.json()) == ({"id": 1}, {"id": 2})
    assert llmock.calls[0].prompt.generation.shape == {"id": 0}


def test_a_route_says_how_many_variants_are_cached():
    """As the directive in a shape does; of a shape its own directives hold too."""
    mock = decode(Request("GET", "/users"), max_items=10)
    shape = parse({"$context": "cart", "id": 0})

    directed = _directed(mock, Plan(shape=shape, cache=5))

    assert directed.directives == {"$context": "cart", "$cache": 5}
    assert directed.cache == 5


def test_a_route_without_an_answer_counts(mock_api):
    """A backend answers as ever."""
    route = mock_api.route("GET", "/users")

    assert mock_api.get("/users").headers["x-llmock-source"] == "synthetic"
    route.assert_called(1)


def test_a_route_is_of_its_test_only(runtime, opened):
    """The next session knows nothing of it."""
    one, other = opened(), opened()
    one.routes.route("GET", "/users").error(503)

    statuses = [httpx.get(f"{session.url}/api/mock/users").status_code for session in (one, other)]

    assert statuses == [503, 200]


def test_routes_may_change_while_requests_run(mock_api):
    """Each request meets one whole plan."""
    route = mock_api.route("GET", "/users").respond(json="a")
    with ThreadPoolExecutor(4) as pool:
        answers = [pool.submit(mock_api.get, "/users") for _ in range(40)]
        for number in range(100):
            route.respond(json="b", status=201) if number % 2 else route.respond(json="a")
        seen = {(answer.result().status_code, answer.result().text) for answer in answers}

    assert seen <= {(200, '"a"'), (201, '"b"')}


def test_the_mock_api_knows_its_calls_alone(llm_backend, mock_api):
    """What was asked of LLM APIs is in the session's journal."""
    llm_backend.complete_sync("Hello")
    mock_api.post("/users", json={"name": "Ada"}, headers={"Authorization": "Bearer abc"})

    mock_api.calls.assert_called_once("POST", "/users", json={"name": "Ada"})

    assert (len(mock_api.calls), mock_api.calls.last.request.path) == (1, "/users")
    assert "abc" not in repr(mock_api.calls.last)


def test_routes_that_nobody_called_are_told_on_request(mock_api):
    """The client of the mock API has them all."""
    mock_api.route("GET", "/users").respond(json=[])

    assert [route.called for route in mock_api.routes] == [False]
    with pytest.raises(AssertionError, match="^The only route was never called:\n  GET /users$"):
        mock_api.assert_all_called()


@pytest.mark.llmock(clock="virtual")
def test_a_delay_takes_its_time(llmock, mock_api):
    """Before answers of routes and of backends; virtual time does not wait."""
    mock_api.route("GET", "/a").respond(json=1).delay(60)
    mock_api.route("GET", "/b").delay((30, 40))

    mock_api.get("/a")
    mock_api.get("/b")
    mock_api.get("/c")

    a, b, c = (call.seconds for call in llmock.calls)
    assert 60 <= a < 70
    assert 30 < b < 50
    assert c < 10


@pytest.mark.llmock(
    clock="virtual", config={"RandomRequestDelayMinMs": 20_000, "RandomRequestDelayMaxMs": 40_000}
)
def test_the_settings_delay_every_answer_but_errors_that_are_asked_for(llmock, mock_api):
    """A route's own delay takes the place of theirs."""
    mock_api.route("GET", "/own").respond(json=1).delay(0)
    mock_api.route("GET", "/routed").respond(json=1)

    for path in ("/made", "/routed", "/own", "/made?error=500"):
        mock_api.get(path)

    made, routed, own, error = (call.seconds for call in llmock.calls)
    assert 20 < made < 50
    assert 20 < routed < 50
    assert max(own, error) < 10


@pytest.mark.llmock(clock="virtual")
def test_a_delay_ends_with_the_deadline_of_the_request(llmock, mock_api):
    """Nobody waits for an answer that would come too late."""
    mock_api.route("GET", "/users").shape([0]).delay(300)

    answer = mock_api.get("/users?timeout=2")

    assert answer.status_code == 504
    assert 2 <= llmock.calls[0].seconds < 20


def test_a_side_effect_that_passes_through_waits_once(opened):
    """Its route has waited already."""
    session = opened(clock="virtual")
    session.routes.route("GET", "/users").side_effect(lambda request: request).delay(60)

    httpx.get(f"{session.url}/api/mock/users", timeout=30)

    assert 60 <= session.calls[0].seconds < 100


LIMITED = {"EnableRateLimiting": True, "RateLimitRequestsPerMinute": 2}


@pytest.mark.llmock(clock="virtual", config=LIMITED)
def test_beyond_the_limit_is_429_until_a_minute_is_over(llmock, mock_api):
    """Every answer tells how things stand."""
    answers = [mock_api.get("/users") for _ in range(3)]
    llmock.clock.advance(float(answers[2].headers["retry-after"]))

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert [answer.headers["x-ratelimit-remaining"] for answer in answers] == ["1", "0", "0"]
    assert float(answers[1].headers["x-llmapi-avg-time"]) > 0
    assert answers[2].json()["error"]["details"] == {"limit": 2, "retryAfter": 60}
    assert mock_api.get("/users").status_code == 200


@pytest.mark.llmock(config=LIMITED)
def test_routes_count_and_errors_that_are_asked_for_do_not(mock_api):
    """Whoever asks for an error gets it; what else comes is limited, answered well or not."""
    mock_api.route("GET", "/a").respond(json=1)
    answers = [mock_api.get(path) for path in ("/b?error=500", "/a", "/b?count=x", "/a", "/b?error=500")]

    assert [answer.status_code for answer in answers] == [500, 200, 422, 429, 500]
    assert [answer.headers.get("x-ratelimit-remaining") for answer in answers] == [None, "1", "0", "0", None]


@pytest.mark.llmock(config=LIMITED)
def test_the_control_api_and_llm_apis_are_not_limited(llmock, mock_api):
    """Limits are the mock API's."""
    for _ in range(3):
        mock_api.get("/users")

    assert httpx.get(f"{llmock.url}/llmock/health").status_code == 200
    assert httpx.get(f"{llmock.url}/v1/models").status_code == 200


@pytest.mark.llmock(config=LIMITED)
def test_reset_begins_anew_and_keeps_the_routes(llmock, mock_api):
    """Counts and limits are of the time since."""
    route = mock_api.route("GET", "/users").respond(json=[]).times(2)
    for _ in range(2):
        mock_api.get("/users")

    httpx.post(f"{llmock.url}/llmock/reset")

    assert not route.called
    assert mock_api.get("/users").json() == []


@pytest.mark.llmock(config={"MaxConcurrentRequests": 2})
def test_a_limit_of_requests_at_a_time_bounds_backends(llmock, mock_api):
    """It is the pool's: the others wait for their turn."""
    running, most = [], []

    async def backend(prompt):
        running.append(prompt)
        most.append(len(running))
        await llmock.clock.sleep(0.01)
        running.pop()
        return {"id": 1}

    llmock.backends.add("slow", backend)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(mock_api.get, ["/users?backend=slow"] * 8))

    assert {answer.status_code for answer in answers} == {200}
    assert max(most) == 2
