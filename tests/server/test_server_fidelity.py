"""What clients see of the services beside the words: the same bytes in every run, usage, names of headers."""

import os
import socket
import subprocess
import sys

import httpx
import openai
import pytest

TURNS = [{"role": "user", "content": "Tell me about Oslo."}]
CHAT = {"model": "m", "messages": TURNS, "max_tokens": 3000}
PARAMETERS = {"type": "object", "properties": {"a": {"type": "string"}, "b": {"enum": ["x", "y", "z"]}}}
FUNCTION = {"name": "f", "parameters": PARAMETERS}
SCHEMA = {"type": "json_schema", "json_schema": {"name": "n", "schema": PARAMETERS}}
REQUESTS = (
    ("/v1/chat/completions", {**CHAT, "n": 2, "logprobs": True, "top_logprobs": 2}),
    ("/v1/chat/completions", {**CHAT, "tools": [{"type": "function", "function": FUNCTION}]}),
    ("/v1/chat/completions", {**CHAT, "response_format": SCHEMA}),
    ("/v1/responses", {"input": "Hi", "tools": [{"type": "function", **FUNCTION}]}),
    ("/v1/completions", {"model": "m", "prompt": ["a", "b"]}),
    ("/v1/messages", {**CHAT, "thinking": {"type": "enabled", "budget_tokens": 1024}}),
    ("/v1/messages", {**CHAT, "tools": [{"name": "f", "input_schema": PARAMETERS}]}),
    ("/api/chat", {**CHAT, "tools": [{"type": "function", "function": FUNCTION}]}),
    ("/api/generate", {"model": "m", "prompt": "Hi", "format": PARAMETERS}),
    ("/v1beta/models/m:generateContent", {"contents": [{"parts": [{"text": "Hi"}]}]}),
    ("/v1/embeddings", {"model": "m", "input": ["a", "b"]}),
    ("/v1/moderations", {"input": "Hi"}),
    ("/v1/images/generations", {"prompt": "a cat", "size": "64x64"}),
    ("/v1/audio/speech", {"model": "m", "voice": "a", "input": "Hi"}),
    ("/v1/messages/batches", {"requests": [{"custom_id": "a", "params": CHAT}]}),
)
ASKING = f"""
import hashlib, httpx
from pytest_llmock import connect
sums = []
with connect() as session, httpx.Client(base_url=session.url) as client:
    for path, body in {REQUESTS!r}:
        for stream in (False, True):
            answer = client.post(path, json={{**body, "stream": stream}})
            headers = sorted((name, value) for name, value in answer.headers.items() if name != "date")
            sums.append(hashlib.sha256(repr((answer.status_code, headers)).encode() + answer.content).hexdigest())
print(*sums)
"""


def sums(hash_seed):
    """Digests of answers in a process whose hashes differ."""
    env = {**os.environ, "PYTHONHASHSEED": str(hash_seed)}
    done = subprocess.run([sys.executable, "-c", ASKING], env=env, capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_every_answer_has_the_same_bytes_in_every_process(tmp_path, monkeypatch):
    """Ids, times, words, vectors and headers, plain and streamed, whatever the hashes of texts are."""
    monkeypatch.chdir(tmp_path)

    one, other = sums(1), sums(2)

    assert len(set(one)) > len(REQUESTS)
    assert one == other


def test_the_usage_of_a_transcription_is_the_same_streamed_or_not(llm_backend):
    """It is never zero."""
    with openai.OpenAI() as client:
        asked = {"model": "m", "file": ("a.wav", b"RIFF")}
        plain = client.audio.transcriptions.create(**asked)
        *_, done = client.audio.transcriptions.create(**asked, stream=True)

    assert plain.usage.model_dump() == done.usage.model_dump()
    assert plain.usage.total_tokens > 0


@pytest.mark.parametrize(("path", "body"), [("/v1/chat/completions", CHAT), ("/v1/messages", CHAT)])
def test_names_of_headers_are_in_lower_case(llmock, path, body):
    """As the services send them over HTTP/2; the status line and the rest are HTTP/1.1."""
    url = httpx.URL(llmock.url)
    request = httpx.Request("POST", llmock.url + path, json=body)
    head = (
        f"POST {request.url.path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(request.content)}\r\n"
    )

    with socket.create_connection((url.host, url.port)) as sock:
        sock.sendall(head.encode() + b"Connection: close\r\n\r\n" + request.content)
        received = b"".join(iter(lambda: sock.recv(65536), b""))

    first, *lines = received.partition(b"\r\n\r\n")[0].split(b"\r\n")
    names = [line.partition(b":")[0] for line in lines]
    assert first == b"HTTP/1.1 200 OK"
    assert names == [name.lower() for name in names]
    assert b"content-type" in names


def test_another_test_has_other_ids(opened):
    """They are made of the seed, the test and the number of the call."""
    answers = [
        httpx.post(f"{opened(test=test, seed=seed).url}/v1/chat/completions", json=CHAT).json()["id"]
        for test, seed in (("a", 0), ("a", 0), ("b", 0), ("a", 1))
    ]

    assert answers[0] == answers[1]
    assert len(set(answers)) == 3


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/images/generations", {"prompt": "a cat", "size": "64x64"}),
        ("/v1/audio/speech", {"model": "m", "voice": "a", "input": "Hi", "response_format": "wav"}),
    ],
    ids=["image", "speech"],
)
def test_what_is_made_of_the_seed_is_another_for_another_seed(opened, path, body):
    """And the same for the same one."""
    one, same, other = (httpx.post(opened(seed=seed).url + path, json=body).content for seed in (0, 0, 1))

    assert one == same != other
