import gzip
import json
import re
import zlib

import pytest

from pytest_llmock.errors import LLMockError
from pytest_llmock.server.unpacking import unpacked

BODY = json.dumps({"name": "Ada", "shape": {"id": 0, "name": "string"}}).encode()


def raw(body):
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(body) + packer.flush()


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        ("gzip", gzip.compress(BODY)),
        ("X-GZIP", gzip.compress(BODY)),
        ("deflate", zlib.compress(BODY)),
        ("deflate", raw(BODY)),
        ("identity", BODY),
        ("deflate, gzip", gzip.compress(zlib.compress(BODY))),
    ],
    ids=["gzip", "x-gzip", "deflate", "raw deflate", "identity", "both"],
)
def test_a_packed_body_is_read_as_if_it_were_not(mock_api, encoding, packed):
    """Clients that pack what they send need no other mock."""
    headers = {"Content-Encoding": encoding, "Content-Type": "application/json"}

    answer = mock_api.post("/users", content=packed, headers=headers)

    assert (answer.status_code, answer.json()["name"]) == (200, "Ada")
    mock_api.calls.assert_called("POST", "/users", json=json.loads(BODY))


@pytest.mark.parametrize(
    ("encoding", "body", "status", "message"),
    [
        (
            "br",
            b"x",
            415,
            "The request body is packed as 'br': send it as it is, or by gzip or deflate.",
        ),
        (
            "gzip",
            b"{}",
            400,
            "The request body says Content-Encoding gzip, and is not packed so, or not whole: send it as it is, without that header.",
        ),
        (
            "gzip",
            gzip.compress(BODY)[:-9],
            400,
            "The request body says Content-Encoding gzip, and is not packed so, or not whole: send it as it is, without that header.",
        ),
        (
            "gzip",
            gzip.compress(bytes(10_000_000)),
            413,
            "The request body is larger than 1000000 bytes when it is unpacked. Send less, or raise MaxRequestSizeBytes.",
        ),
    ],
    ids=["unknown", "not packed", "cut", "bomb"],
)
def test_what_cannot_be_unpacked_is_refused(encoding, body, status, message):
    """The message says what to change; a small body does not become a large one."""
    with pytest.raises(LLMockError, match=f"^{re.escape(message)}$") as caught:
        unpacked(body, encoding, 1_000_000)

    assert caught.value.status == status


def test_a_large_form_may_be_packed(mock_api):
    """It is read as a whole then, because nobody knows its parts before."""
    form = b'--b\r\nContent-Disposition: form-data; name="f"; filename="f.bin"\r\n\r\n' + bytes(2_000_000)
    headers = {"Content-Encoding": "gzip", "Content-Type": "multipart/form-data; boundary=b"}

    answer = mock_api.post("/files", content=gzip.compress(form + b"\r\n--b--\r\n"), headers=headers)

    assert answer.status_code == 200
    assert mock_api.calls[0].request.is_cut


def test_an_empty_body_needs_no_packing(mock_api):
    """Some clients always send the header."""
    assert mock_api.get("/users", headers={"Content-Encoding": "gzip"}).status_code == 200
