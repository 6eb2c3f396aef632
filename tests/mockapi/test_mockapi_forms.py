import json

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_llmock.errors import RequestError
from pytest_llmock.mockapi.forms import body_data
from pytest_llmock.mockapi.multipart import Multipart
from pytest_llmock.wire.http import Request


def request(body: bytes, content_type: str = "application/json") -> Request:
    return Request("POST", "/x", "", {"content-type": content_type} if content_type else {}, body)


def from_httpx(**sent) -> Request:
    """A request as a real client encodes it."""
    made = httpx.Request("POST", "http://localhost/x", **sent)
    return Request("POST", "/x", "", {k.lower(): v for k, v in made.headers.items()}, made.read())


values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=3),
)


@given(st.dictionaries(st.text(), values, max_size=4))
def test_a_json_body_is_itself(value):
    """Whatever JSON a client sends is what the model sees."""
    assert body_data(request(json.dumps(value).encode())) == value


def test_no_body_is_none():
    """A request without a body has no data."""
    assert body_data(request(b"")) is None


@pytest.mark.parametrize(
    "kind", ["application/json; charset=utf-8", "application/vnd.api+json", "Application/JSON"]
)
def test_every_json_type_is_json(kind):
    """Parameters, vendor types and case make no difference."""
    assert body_data(request(b'{"a": 1}', kind)) == {"a": 1}


def test_broken_json_says_where():
    """The position helps to find the mistake."""
    with pytest.raises(RequestError, match="request body") as caught:
        body_data(request(b'{"a": }'))

    assert caught.value.status == 400


def test_a_form_is_an_object_and_repeated_fields_are_lists():
    """Form fields are text; a field sent more than once keeps every value."""
    data = body_data(from_httpx(data={"name": "Ann Lee", "tag": ["a", "b", "c"], "empty": ""}))

    assert data == {"name": "Ann Lee", "tag": ["a", "b", "c"], "empty": ""}


def test_a_multipart_body_describes_its_files():
    """Fields are data; of a file only name, type and size are kept."""
    files = {"photo": ("cat é.png", b"\r\n--x\x00" * 10, "image/png"), "note": ("n.txt", b"hello")}

    data = body_data(from_httpx(data={"title": "Tëst"}, files=files))

    assert data == {
        "fields": {"title": "Tëst"},
        "files": [
            {"field": "photo", "filename": "cat é.png", "contentType": "image/png", "size": 60},
            {"field": "note", "filename": "n.txt", "contentType": "text/plain", "size": 5},
        ],
    }


@pytest.mark.parametrize(
    ("body", "content_type", "message"),
    [
        pytest.param(b"x", "multipart/form-data", "no boundary", id="no boundary"),
        pytest.param(b"nonsense", "multipart/form-data; boundary=b", "cannot be read", id="not multipart"),
        pytest.param(
            b"x", f"multipart/form-data; boundary={'b' * 300}", "cannot be read", id="boundary too long"
        ),
        pytest.param(
            b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1',
            "multipart/form-data; boundary=b",
            "cut off",
            id="cut off",
        ),
        pytest.param(
            b"a=1&b=\xff",
            "application/x-www-form-urlencoded",
            "not UTF-8: invalid start byte at byte 6",
            id="form in Latin-1",
        ),
        pytest.param(
            b"a=%ff",
            "application/x-www-form-urlencoded",
            "not UTF-8: .* in one of its fields",
            id="encoded in Latin-1",
        ),
        pytest.param(
            b"a=1",
            "application/x-www-form-urlencoded; charset=x",
            "charset 'x' of the request body is",
            id="charset",
        ),
        pytest.param(
            b"a", "text/plain; charset=base64", "charset 'base64' of the request body is", id="codec"
        ),
        pytest.param(
            b"\x80", "text/plain; charset=ascii", "request body is not ASCII: .* at byte 0", id="not ASCII"
        ),
        pytest.param(b"nonsense", "multipart/form-data; boundary=b", "at byte 0 \\(part 0\\)", id="where"),
        pytest.param(
            b"--b\r\nContent-Disposition: form-data\r\n\r\n1\r\n--b--",
            "multipart/form-data; boundary=b",
            "Part 1 of the multipart body has no name",
            id="no name",
        ),
        pytest.param(
            b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n\xff\r\n--b--',
            "multipart/form-data; boundary=b",
            "The field 'a' \\(part 1\\) is not UTF-8: invalid start byte at byte 0",
            id="field in Latin-1",
        ),
        pytest.param(
            b'--b\r\nContent-Disposition: form-data; name="a"\r\nContent-Type: text/plain; charset=x\r\n\r\n1\r\n--b--',
            "multipart/form-data; boundary=b",
            "charset 'x' of the field 'a'",
            id="charset of a field",
        ),
    ],
)
def test_a_broken_form_is_a_bad_request(body, content_type, message):
    """What cannot be read is refused, not guessed."""
    with pytest.raises(RequestError, match=message):
        body_data(request(body, content_type))


@pytest.mark.parametrize(
    ("body", "content_type", "data"),
    [
        pytest.param(b"plain words", "text/plain", "plain words", id="text"),
        pytest.param(b'{"a": 1}', "text/plain", '{"a": 1}', id="text stays text"),
        pytest.param(b'{"a": 1}', "", {"a": 1}, id="JSON without a type"),
        pytest.param(b"{oops", "", "{oops", id="not JSON without a type"),
        pytest.param(b"words", "", "words", id="text without a type"),
        pytest.param(b'{"a": NaN}', "", '{"a": NaN}', id="no JSON after all"),
        pytest.param("é".encode("latin-1"), "text/plain; charset=latin-1", "é", id="Latin-1"),
        pytest.param(
            '{"a": "é"}'.encode("utf-16"), "application/json; charset=utf-16", {"a": "é"}, id="UTF-16"
        ),
        pytest.param(b"a=%e9", "application/x-www-form-urlencoded; charset=latin-1", {"a": "é"}, id="form"),
        pytest.param(b"<a/>", "application/xml", {"contentType": "application/xml", "size": 4}, id="XML"),
        pytest.param(b"<a/>", "image/svg+xml", {"contentType": "image/svg+xml", "size": 4}, id="SVG"),
        pytest.param(
            b"a",
            "application/octet-stream",
            {"contentType": "application/octet-stream", "size": 1},
            id="ASCII bytes",
        ),
        pytest.param(b"\xff\x00", "image/png", {"contentType": "image/png", "size": 2}, id="bytes"),
        pytest.param(
            b"\xff", "", {"contentType": "application/octet-stream", "size": 1}, id="bytes without a type"
        ),
    ],
)
def test_other_bodies_are_text_or_described(body, content_type, data):
    """Text is passed on; bytes are only described."""
    assert body_data(request(body, content_type)) == data


def test_a_monster_without_a_type_is_too_large():
    """Depth is limited however the JSON came."""
    with pytest.raises(RequestError) as caught:
        body_data(request(b"[" * 100_000, ""))

    assert caught.value.status == 413


def form(*parts: bytes) -> Request:
    return request(b"--b\r\n" + b"\r\n--b\r\n".join(parts) + b"\r\n--b--", "multipart/form-data; boundary=b")


def test_a_form_of_too_many_parts_is_too_large():
    """Each part costs."""
    part = b'Content-Disposition: form-data; name="a"\r\n\r\n1'

    with pytest.raises(RequestError, match="more than 1,000 parts") as caught:
        body_data(form(*[part] * 1001))

    assert caught.value.status == 413


def test_large_fields_are_too_large():
    """What is large belongs into a file."""
    part = b'Content-Disposition: form-data; name="a"\r\n\r\n' + b"1" * 1_000_001

    with pytest.raises(RequestError, match="Send large data as a file") as caught:
        body_data(form(part))

    assert caught.value.status == 413


@given(st.integers(1, 40))
def test_a_form_is_read_in_any_pieces(size):
    """Where the network cuts makes no difference."""
    sent = from_httpx(data={"a": "1"}, files={"f": ("n.txt", b"\r\n--x\r\n" * 5)})
    parts = Multipart(sent.headers["content-type"])

    for start in range(0, len(sent.body), size):
        parts.write(sent.body[start : start + size])

    assert parts.data() == body_data(sent)


def test_after_a_problem_nothing_more_is_read():
    """The first one is told."""
    parts = Multipart("multipart/form-data; boundary=b")

    parts.write(b"nonsense")
    parts.write(b"more")

    with pytest.raises(RequestError, match="at byte 0"):
        parts.data()
