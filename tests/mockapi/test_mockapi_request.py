import json
from urllib.parse import urlencode

import pytest

from pytest_llmock.errors import RequestError, ShapeError
from pytest_llmock.llm import Sampling
from pytest_llmock.mockapi.errors import error_body
from pytest_llmock.mockapi.request import decode
from pytest_llmock.wire.http import Request

USERS = {"users": [{"id": 0, "name": "string"}]}


def post(body=None, *, query=None, headers=None, max_items=100):
    raw = b"" if body is None else json.dumps(body).encode()
    sent = {"content-type": "application/json", **(headers or {})}
    return decode(Request("POST", "/users", urlencode(query or {}), sent, raw), max_items=max_items)


def test_shape_and_count_are_taken_out_of_the_body():
    """What remains is data, in the order it came."""
    mock = post(
        {"count": 3, "shape": USERS, "sku": "X-1", "error": 500, "context": "c", "n": 2, "timeout": 1}
    )

    assert mock.generation.count == 3
    assert mock.generation.shape == USERS
    assert mock.generation.body == {"sku": "X-1", "error": 500, "context": "c", "n": 2, "timeout": 1}
    assert mock.timeout_s is None


@pytest.mark.parametrize(("path", "below"), [("/api/mock/users", "/users"), ("/api/mock", "/")])
def test_the_model_sees_the_path_below_the_root(path, below):
    """Where the API is mounted is nobody's data."""
    assert decode(Request("GET", path), root="/api/mock", max_items=10).generation.path == below


def test_a_count_without_a_shape_is_data():
    """An order of 3 apples is not a wish for 3 orders."""
    mock = post({"item": "apple", "count": 3})

    assert mock.generation.count is None
    assert mock.generation.body == {"item": "apple", "count": 3}


def test_a_record_with_a_count_of_its_own_keeps_it():
    """Where the shape is a record that has a count, the body's count is its value."""
    mock = post({"count": 3, "shape": {"item": "string", "count": 0}})

    assert mock.generation.count is None
    assert mock.generation.body == {"count": 3}


def test_a_list_with_a_count_beside_it_takes_the_count_twice():
    """A wrapper's count is how many there are, and stays in the data."""
    mock = post({"count": 3, "shape": {**USERS, "count": 0}})

    assert mock.generation.count == 3
    assert mock.generation.body == {"count": 3}


@pytest.mark.parametrize(
    ("query", "headers", "body", "expected"),
    [
        pytest.param(
            {"shape": '{"q":0}'}, {"x-response-shape": '{"h":0}'}, {"shape": {"b": 0}}, {"q": 0}, id="query"
        ),
        pytest.param({}, {"x-response-shape": '{"h":0}'}, {"shape": {"b": 0}}, {"h": 0}, id="header"),
        pytest.param({}, {}, {"shape": {"b": 0}}, {"b": 0}, id="body"),
        pytest.param({}, {}, {"shape": '{"t":0}'}, {"t": 0}, id="body as text"),
        pytest.param({}, {}, {"shape": None}, None, id="null is none"),
        pytest.param({}, {}, {}, None, id="nowhere"),
    ],
)
def test_the_shape_comes_from_query_then_header_then_body(query, headers, body, expected):
    """The first of the three places that has one wins."""
    mock = post(body, query=query, headers=headers)

    assert mock.generation.shape == expected
    assert not mock.generation.body


def test_directives_are_split_off_shape_and_body():
    """Keys with a dollar are words to us, not to the model."""
    mock = post({"$context": "cart", "shape": {"$cache": 3, **USERS}})

    assert mock.directives == {"$context": "cart", "$cache": 3}
    assert mock.generation.shape == USERS
    assert mock.generation.body is None


def test_words_of_the_query_are_not_data():
    """Other query parameters are what the client asks the API for."""
    mock = post(
        query={
            "count": "5",
            "backend": "b",
            "page": "2",
            "timeout": "1.5",
            "temperature": "0",
            "maxTokens": "9",
        }
    )

    assert mock.generation.query == (("page", "2"),)
    assert (mock.generation.count, mock.backend, mock.timeout_s) == (5, "b", 1.5)
    assert mock.sampling == Sampling(temperature=0.0, max_tokens=9)


def test_the_header_names_the_backend_before_the_query():
    """Both may name one; the header has precedence."""
    mock = post(query={"backend": "query"}, headers={"x-llm-backend": " header "})

    assert mock.backend == "header"


def test_a_count_above_the_limit_is_capped_with_a_warning():
    """Nothing is generated beyond MaxItems, and the client is told."""
    mock = post({"count": 1e9, "shape": USERS}, max_items=50)

    assert mock.generation.count == 50
    assert mock.warnings == ("count 1000000000 is above MaxItems and was capped at 50.",)


@pytest.mark.parametrize("count", [-1, 1.5, "x", "", None, True, [1], "nan", "1e400"])
def test_a_count_that_is_none_is_refused(count):
    """A count is a whole number from 0 up, wherever it stands."""
    with pytest.raises(ShapeError, match="count is .*: give a whole number from 0 up, such as 10"):
        post({"count": count, "shape": USERS})


@pytest.mark.parametrize("count", ["0", "7", "1e1", 2.0])
def test_whole_numbers_in_any_notation_are_counts(count):
    """JSON has one kind of number, and a query only text."""
    assert post({"count": count, "shape": USERS}).generation.count == int(float(count))


@pytest.mark.parametrize(
    ("query", "headers", "message"),
    [
        pytest.param({"timeout": "soon"}, {}, "timeout is 'soon'", id="timeout no number"),
        pytest.param({}, {"x-llm-timeout": "-1"}, "timeout is '-1'", id="timeout negative"),
        pytest.param({"timeout": "nan"}, {}, "timeout is 'nan'", id="timeout NaN"),
        pytest.param({"temperature": "hot"}, {}, "temperature is 'hot'", id="temperature"),
        pytest.param({"backend": "a\r\nb"}, {}, "characters that no name can have", id="CRLF in the name"),
        pytest.param({"shape": "{oops"}, {}, "shape", id="shape no JSON"),
    ],
)
def test_wrong_words_are_refused_by_name(query, headers, message):
    """The message names the parameter that is wrong."""
    with pytest.raises(RequestError, match=message):
        post({}, query=query, headers=headers)


def test_shape_and_count_of_a_form_work_too():
    """A form can only send text, and may carry the same words."""
    body = urlencode({"shape": '{"users":[{"id":0}]}', "count": "2", "name": "Ann"}).encode()
    headers = {"content-type": "application/x-www-form-urlencoded"}

    mock = decode(Request("POST", "/users", "", headers, body), max_items=10)

    assert (mock.generation.shape, mock.generation.count) == ({"users": [{"id": 0}]}, 2)
    assert mock.generation.body == {"name": "Ann"}


def test_a_multipart_form_has_its_words_among_its_fields():
    """The files of the form stay described beside them."""
    body = b'--b\r\nContent-Disposition: form-data; name="shape"\r\n\r\n{"ok":true}\r\n--b--\r\n'
    headers = {"content-type": "multipart/form-data; boundary=b"}

    mock = decode(Request("POST", "/upload", "", headers, body), max_items=10)

    assert mock.generation.shape == {"ok": True}
    assert mock.generation.body == {"fields": {}, "files": []}


def test_errors_have_the_mock_apis_form():
    """Code, message, and details where there are any."""
    plain = error_body(ShapeError("bad shape"))
    detailed = error_body(ShapeError("bad shape", details={"pointer": "/a"}))

    assert plain == {"error": {"code": 422, "message": "bad shape"}}
    assert detailed == {"error": {"code": 422, "message": "bad shape", "details": {"pointer": "/a"}}}


def test_n_and_auto_chunk_are_words_to_us():
    """In the query; in a body they are data."""
    mock = post({"n": 5}, query={"n": "3", "autoChunk": "FALSE", "page": "2"})

    assert (mock.n, mock.chunked, mock.cache) == (3, False, 0)
    assert mock.generation.query == (("page", "2"),)
    assert mock.generation.body == {"n": 5}


def test_what_was_not_said_is_not_there():
    """The settings decide then."""
    mock = post()

    assert (mock.n, mock.chunked, mock.cache) == (None, None, 0)


def test_a_wrong_token_limit_is_named():
    """It is not the count that is wrong."""
    with pytest.raises(ShapeError, match="maxTokens is 'x': give a whole number such as 500."):
        post(query={"maxTokens": "x"})
