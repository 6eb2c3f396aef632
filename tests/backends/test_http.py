"""HTTP to live backends: what goes wrong is a failure that says what to do."""

import asyncio
import gzip
import re
import ssl
import subprocess
from contextlib import aclosing

import pytest
import pytest_asyncio
from loopback import reply

from pytest_llmock.backends.http import Patience, Target, safe
from pytest_llmock.errors import BackendError

HINT = "Is Ollama running?"


def target(url, **options):
    return Target(url, "enricher", "ollama", **{"start_hint": HINT, **options})


async def read(http, where, seconds, max_bytes):
    answer = await http.post(where, b"{}", patience=Patience(seconds), max_bytes=max_bytes)
    async with aclosing(answer):
        return await answer.read()


async def failure_of(http, url, *, seconds=5.0, max_bytes=10_000, **options):
    """How a call that must fail does so."""
    with pytest.raises(BackendError) as caught:
        await read(http, target(url, **options), seconds, max_bytes)
    failure = caught.value.failure
    said = re.sub(r"127\.0\.0\.1:\d+", "HOST", failure.message)
    return failure.kind, said.removeprefix("Backend 'enricher' (ollama at http://HOST) ")


@pytest.mark.asyncio
async def test_body_is_read_whole_and_a_local_connection_is_not_used_again(upstream, http):
    """A local server may close right after its answer: each call has a connection of its own."""
    upstream.answer(reply({"a": 1}), reply({"a": 2}))

    bodies = []
    for _ in range(2):
        answer = await http.post(target(upstream.url), b'{"x": 1}', patience=Patience(5))
        bodies.append(await answer.read())
        await answer.aclose()

    assert bodies == [b'{"a": 1}', b'{"a": 2}']
    assert upstream.bodies == [{"x": 1}, {"x": 1}]
    assert upstream.connections == 2


@pytest.mark.asyncio
async def test_a_get_has_no_body_and_takes_the_key_along(upstream, http):
    """What is asked of a server beside calls goes the same way."""
    upstream.answer(reply({"a": 1}))

    answer = await http.get(
        target(upstream.url, headers={"Authorization": "Bearer sk-1"}), patience=Patience(5)
    )
    body = await answer.read()

    head = upstream.heads[0].lower()
    assert (body, upstream.bodies) == (b'{"a": 1}', [None])
    assert head.startswith("get /v1/ http/1.1\r\n")
    assert "authorization: bearer sk-1\r\n" in head
    assert "content-" not in head


@pytest.mark.asyncio
async def test_answer_shows_status_headers_and_type(upstream, http):
    """The head of an answer is there before its body is read."""
    upstream.answer(reply(b"x", status=429, content_type="Text/Plain; charset=utf-8", Retry_After="3"))

    answer = await http.post(target(upstream.url), b"{}", patience=Patience(5))
    await answer.aclose()

    assert (answer.status, answer.content_type, answer.headers["retry-after"]) == (429, "text/plain", "3")


@pytest.mark.asyncio
async def test_key_is_sent_in_its_header_and_shown_nowhere(upstream, http):
    """The key goes into one header; no repr has it, and an error that quotes it masks it."""
    upstream.answer(reply())
    secret = target(upstream.url, secret="sk-CANARY", headers={"x-api-key": "sk-CANARY"})

    await (await http.post(secret, b"{}", patience=Patience(5))).read()
    error = secret.error("status", "said sk-CANARY", body="sk-CANARY!")

    assert "x-api-key: sk-CANARY\r\n" in upstream.heads[0]
    assert "CANARY" not in repr(secret) + error.failure.message + error.failure.body
    assert error.failure.body == "***!"


@pytest.mark.asyncio
async def test_cookies_of_one_call_are_not_sent_with_the_next(upstream, http):
    """Calls of different tests share a client, and must not see each other."""
    upstream.answer(reply(Set_Cookie="a=b"), reply())

    for _ in range(2):
        await (await http.post(target(upstream.url), b"{}", patience=Patience(5))).read()

    assert "cookie" not in upstream.heads[1].lower()


@pytest.mark.asyncio
async def test_loopback_is_never_reached_through_a_proxy(upstream, http, monkeypatch):
    """A proxy in the environment is for other hosts."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    upstream.answer(reply(b"direct"))

    answer = await http.post(target(upstream.url), b"{}", patience=Patience(5))

    assert await answer.read() == b"direct"


@pytest.mark.asyncio
async def test_other_hosts_are_reached_through_the_proxy(upstream, http, monkeypatch):
    """What is not loopback goes through the proxy that the environment names."""
    monkeypatch.setenv("http_proxy", upstream.url.removesuffix("v1/"))
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    upstream.answer(reply(b"by proxy"))

    answer = await http.post(target("http://models.test/v1/"), b"{}", patience=Patience(5))

    assert await answer.read() == b"by proxy"
    assert upstream.heads[0].startswith("POST http://models.test/v1/ HTTP/1.1\r\n")


@pytest.mark.asyncio
async def test_fifty_calls_run_at_the_same_time(upstream, http):
    """No limit of the pool makes concurrent calls wait for each other."""
    everyone = asyncio.Barrier(50)

    async def answer_together(writer):
        await everyone.wait()
        writer.write(reply(b"x"))

    upstream.answer(*[answer_together] * 50)

    async def call():
        return await (await http.post(target(upstream.url), b"{}", patience=Patience(5))).read()

    assert await asyncio.gather(*(call() for _ in range(50))) == [b"x"] * 50


@pytest.mark.asyncio
async def test_refused_connection_says_how_to_start_the_server(http, unused_tcp_port):
    """Nobody listens: the message names the host and the provider's own remedy."""
    kind, said = await failure_of(http, f"http://127.0.0.1:{unused_tcp_port}/v1/")

    assert (kind, said) == ("connect", f"cannot be reached: connection refused. {HINT}")


@pytest.mark.asyncio
async def test_unknown_host_is_named(http, monkeypatch):
    """A host that does not resolve is a failure of its own: asking again cannot help."""
    monkeypatch.setenv("NO_PROXY", "*")

    kind, said = await failure_of(http, "http://nothing.invalid/v1/")

    assert kind == "resolve"
    assert said == (
        "Backend 'enricher' (ollama at http://nothing.invalid) cannot be found: its host name does not "
        "resolve. Check 'BaseUrl'."
    )


@pytest.mark.asyncio
async def test_address_that_cannot_be_reached_is_a_failure_to_connect(http, monkeypatch):
    """No route, no permission: the message still says which host, and the remedy."""
    monkeypatch.setenv("NO_PROXY", "*")

    kind, said = await failure_of(http, "http://255.255.255.255/v1/")

    assert kind == "connect"
    assert said.endswith(f"cannot be reached: All connection attempts failed. {HINT}")


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("ftp://host/", "its 'BaseUrl' must begin with http:// or https://."),
        ("http:///v1/", "its 'BaseUrl' must begin with http:// or https://."),
        ("http://host:99999/", "its 'BaseUrl' is no address (Port out of range 0-65535)."),
        ("http://host/\0", "its 'BaseUrl' is no address (Invalid non-printable ASCII character in URL, "),
    ],
    ids=["scheme", "no-host", "port", "control-character"],
)
async def test_base_url_that_is_no_address_is_named(http, url, problem):
    """A wrong address is said to be one, before anything is sent."""
    kind, said = await failure_of(http, url)

    assert kind == "protocol"
    assert f"cannot be called: {problem}" in said


def test_user_and_password_of_an_address_are_not_shown():
    """An error names scheme, host and port only."""
    error = target("http://user:pass@host:1234/v1/").error("cut", "x")

    assert error.message == "Backend 'enricher' (ollama at http://host:1234) x"


BROKEN = {
    "reset": ([b""], "cut", "closed the connection before it answered."),
    "not-http": (
        [b"SSH-2.0-OpenSSH\r\n\r\n"],
        "protocol",
        "does not speak HTTP here (illegal status line: bytearray(b'SSH-2.0-OpenSSH')).",
    ),
    "short": (
        [b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"],
        "cut",
        "closed the connection in the middle of its answer.",
    ),
    "bad-chunk": (
        [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\nzz\r\n"],
        "cut",
        "closed the connection in the middle of its answer.",
    ),
    "bad-gzip": (
        [b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello"],
        "protocol",
        "sent a body that cannot be decompressed",
    ),
    "huge": ([reply(b"x" * 20_000)], "too_large", "sent more than 10000 bytes, the limit of an answer."),
    "gzip-bomb": (
        [reply(gzip.compress(b"\0" * 50_000_000), Content_Encoding="gzip")],
        "too_large",
        "sent more than 10000 bytes, the limit of an answer.",
    ),
}


@pytest.mark.asyncio
@pytest.mark.parametrize(("pieces", "kind", "problem"), BROKEN.values(), ids=BROKEN)
async def test_broken_answer_is_a_failure_of_its_kind(upstream, http, pieces, kind, problem):
    """Whatever the server does to HTTP, the caller gets one failure that says what it was."""

    async def send_and_close(writer):
        for piece in pieces:
            writer.write(piece)
        await writer.drain()
        writer.close()

    upstream.answer(send_and_close)

    found = await failure_of(http, upstream.url)

    assert found[0] == kind
    assert found[1].startswith(problem)


@pytest.mark.asyncio
async def test_server_that_hangs_is_given_up(upstream, http):
    """No answer within the attempt's time is a timeout that names the setting."""

    async def hang(writer):
        await upstream.over.wait()

    upstream.answer(hang)

    found = await failure_of(http, upstream.url, seconds=0.05)

    assert found == ("timeout", f"did not answer within 0.05 s (TimeoutSeconds). {HINT}")


@pytest.mark.asyncio
async def test_slow_loris_is_given_up(upstream, http):
    """A server that sends a byte now and then does not stretch the attempt: the waits are added up."""

    async def dribble(writer):
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        while not upstream.over.is_set():
            writer.write(b"x")
            await asyncio.sleep(0.01)

    upstream.answer(dribble)

    found = await failure_of(http, upstream.url, seconds=0.1)

    assert found == ("timeout", "did not complete its answer within 0.1 s (TimeoutSeconds).")


@pytest.mark.asyncio
async def test_reader_may_take_its_time():
    """Only waiting for the upstream costs patience, not what the reader does in between."""
    patience = Patience(0.05)

    await asyncio.sleep(0.06)
    answer = await patience.wait(asyncio.sleep(0.001, "in time"))

    assert answer == "in time"


@pytest.mark.asyncio
async def test_https_to_a_plain_port_says_so(http):
    """A server that answers the TLS greeting in plain HTTP is recognised."""

    async def refuse(reader, writer):
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]

    kind, said = await failure_of(http, f"https://127.0.0.1:{port}/v1/")
    server.close()

    assert kind == "protocol"
    assert said.endswith("does not speak TLS (WRONG_VERSION_NUMBER). Should 'BaseUrl' begin with http://?")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """The file of a certificate that nobody trusts, and what a server needs to show it."""
    folder = tmp_path_factory.mktemp("tls")
    key, cert = folder / "key.pem", folder / "cert.pem"
    request = (
        "openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=test -addext subjectAltName=IP:127.0.0.1"
    )
    made = subprocess.run([*request.split(), "-keyout", key, "-out", cert], capture_output=True, check=False)
    if made.returncode:
        pytest.skip("the openssl command is missing")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    return cert, context


@pytest_asyncio.fixture
async def encrypted(upstream, certificate):
    """The scripted server, by TLS as well: its other address."""
    server = await asyncio.start_server(upstream.serve, "127.0.0.1", 0, ssl=certificate[1])
    yield f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1/"
    server.close()


@pytest.mark.asyncio
async def test_certificate_that_nobody_trusts_is_refused(http, encrypted, upstream):
    """TLS is verified, on loopback too, before anything is said."""
    kind, said = await failure_of(http, encrypted)

    assert kind == "protocol"
    assert "has a TLS certificate that is not trusted: self-signed certificate." in said
    assert upstream.heads == []


@pytest.mark.asyncio
async def test_certificate_whose_issuer_is_named_is_trusted(
    http, encrypted, upstream, certificate, monkeypatch
):
    """The remedy that the error names works."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    upstream.answer(reply(b"by TLS"))

    body = await read(http, target(encrypted), 5.0, 100)

    assert body == b"by TLS"


@pytest.mark.asyncio
async def test_encrypted_server_that_hangs_after_its_greeting_is_given_up(
    http, encrypted, upstream, certificate, monkeypatch
):
    """It speaks TLS, and so the scheme is right: the message does not doubt it."""

    async def hang(writer):
        await upstream.over.wait()

    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    upstream.answer(hang)

    _, said = await failure_of(http, encrypted, seconds=0.5)

    assert said.endswith(f"did not answer within 0.5 s (TimeoutSeconds). {HINT}")


def test_shown_text_is_one_short_line():
    """What an upstream says cannot break a log or a terminal."""
    shown = safe("a\r\n\x1b[31m b" + "x" * 100, 20)

    assert shown == "a [31m bxxxxxxxxxxxx"
