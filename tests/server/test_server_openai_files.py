"""Files and batches over HTTP, with the real SDK."""

import asyncio
import json

import httpx
import openai
import pytest

QUESTION = [{"role": "user", "content": "Name a river."}]


@pytest.fixture
def client(llm_backend):
    """The SDK as an application builds it."""
    with openai.OpenAI(max_retries=0) as client:
        yield client


def upload(client, content=b"hello", name="notes.txt", purpose="user_data", **more):
    return client.files.create(file=(name, content), purpose=purpose, **more)


def line(custom_id, url="/v1/chat/completions", **body):
    return json.dumps({"custom_id": custom_id, "method": "POST", "url": url, "body": {"model": "m", **body}})


def batch_of(client, *lines, endpoint="/v1/chat/completions", **more):
    file = upload(client, "\n".join(lines).encode(), "in.jsonl", "batch")
    return client.batches.create(input_file_id=file.id, endpoint=endpoint, completion_window="24h", **more)


def lines_of(client, file_id):
    return [json.loads(each) for each in client.files.content(file_id).text.splitlines()]


@pytest.mark.parametrize(
    "content", [b"", b"\x00\xff\r\n--x", b"a" * 2_000_000], ids=["empty", "binary", "large"]
)
def test_a_file_comes_back_as_it_was(client, content):
    """Whatever is in it, however large."""
    file = upload(client, content)

    assert client.files.content(file.id).read() == content
    assert (file.bytes, file.filename, file.purpose) == (len(content), "notes.txt", "user_data")
    assert client.files.retrieve(file.id) == file


def test_files_are_listed_and_deleted(client):
    """Newest first, by purpose; a deleted one is gone."""
    one, two = upload(client), upload(client, purpose="vision", name="b.png")

    assert [file.id for file in client.files.list()] == [two.id, one.id]
    assert [file.id for file in client.files.list(purpose="vision")] == [two.id]
    assert client.files.delete(one.id).deleted
    with pytest.raises(openai.NotFoundError, match="No file found"):
        client.files.content(one.id)


def test_a_file_says_when_it_expires(client):
    """Seconds after it was made."""
    file = upload(client, expires_after={"anchor": "created_at", "seconds": 3600})

    assert file.expires_at - file.created_at == 3600


@pytest.mark.parametrize(
    ("data", "files", "param"),
    [
        pytest.param({"purpose": "batch"}, {"other": b"x"}, "file", id="no file"),
        pytest.param({}, {"file": b"x"}, "purpose", id="no purpose"),
        pytest.param({"purpose": "fun"}, {"file": b"x"}, "purpose", id="unknown purpose"),
        pytest.param(
            {"purpose": "batch", "expires_after[seconds]": "x"},
            {"file": b"x"},
            "expires_after.seconds",
            id="expiry",
        ),
    ],
)
def test_a_wrong_upload_is_refused(llm_backend, data, files, param):
    """The parameter is named."""
    answer = httpx.post(f"{llm_backend.base_url}/files", data=data, files=files)

    assert (answer.status_code, answer.json()["error"]["param"]) == (400, param)


def test_an_upload_that_is_no_form_is_refused(llm_backend):
    """The message says how to send it."""
    answer = httpx.post(f"{llm_backend.base_url}/files", json={})

    assert answer.status_code == 400
    assert "multipart/form-data" in answer.json()["error"]["message"]


def test_files_for_assistants_cannot_be_read(client):
    """As at the service."""
    file = upload(client, purpose="assistants")

    with pytest.raises(openai.BadRequestError, match="purpose: assistants"):
        client.files.content(file.id)


@pytest.mark.parametrize(
    ("endpoint", "body", "key"),
    [
        ("/v1/chat/completions", {"messages": QUESTION}, "choices"),
        ("/v1/responses", {"input": "Name a river."}, "output"),
        ("/v1/embeddings", {"input": "a river"}, "data"),
        ("/v1/completions", {"prompt": "A river"}, "choices"),
        ("/v1/moderations", {"input": "A river"}, "results"),
    ],
)
def test_a_batch_is_answered_by_the_same_handlers(client, endpoint, body, key):
    """Each line has the answer that the endpoint gives."""
    begun = batch_of(client, line("a", endpoint, **body), line("b", endpoint, **body), endpoint=endpoint)

    done = client.batches.retrieve(begun.id)

    answers = lines_of(client, done.output_file_id)
    assert (begun.status, done.status) == ("validating", "completed")
    assert [answer["custom_id"] for answer in answers] == ["a", "b"]
    assert all(answer["response"]["body"][key] for answer in answers)
    assert (done.request_counts.completed, done.error_file_id) == (2, None)


def test_what_cannot_be_answered_is_in_the_error_file(client, llmock):
    """The others are answered; usage and journal count them."""

    def buggy(prompt):
        raise ValueError("a bug")

    llmock.backends.add("buggy", buggy)
    begun = batch_of(
        client,
        line("a", messages=QUESTION),
        line("b"),
        line("c", messages=QUESTION).replace('"m"', '"buggy"'),
    )

    done = client.batches.retrieve(begun.id)

    errors = lines_of(client, done.error_file_id)
    assert [(error["custom_id"], error["response"]["status_code"]) for error in errors] == [
        ("b", 400),
        ("c", 500),
    ]
    assert (done.request_counts.total, done.request_counts.failed) == (3, 2)
    assert done.usage.total_tokens > 0
    assert [call.path for call in llmock.calls].count("/v1/chat/completions") == 3


@pytest.mark.parametrize(
    ("content", "code"),
    [
        pytest.param([""], "empty_file", id="empty"),
        pytest.param(["{oops"], "invalid_json_line", id="no JSON"),
        pytest.param(["7"], "missing_required_parameter", id="no object"),
        pytest.param([line("a"), line("a")], "duplicate_custom_id", id="twice"),
        pytest.param([line("a", "/v1/embeddings")], "mismatched_url", id="other endpoint"),
        pytest.param([line("a", stream=True)], "invalid_value", id="streamed"),
        pytest.param([line("a").replace("POST", "GET")], "invalid_method", id="method"),
        pytest.param(
            ['{"custom_id": "a", "url": "/v1/chat/completions"}'], "missing_required_parameter", id="no body"
        ),
    ],
)
def test_a_batch_whose_file_is_wrong_fails(client, content, code):
    """It says which line and why; nothing is asked."""
    begun = batch_of(client, *content)

    failed = client.batches.retrieve(begun.id)

    assert (failed.status, failed.errors.data[0].code) == ("failed", code)


@pytest.mark.parametrize(
    ("fields", "status", "param"),
    [
        ({"endpoint": "/v1/files"}, 400, "endpoint"),
        ({"completion_window": "1h"}, 400, "completion_window"),
        ({"input_file_id": "file-x"}, 404, "id"),
        ({"endpoint": None}, 400, "endpoint"),
    ],
)
def test_a_wrong_batch_is_refused(llm_backend, fields, status, param):
    """The parameter is named."""
    body = {"endpoint": "/v1/embeddings", "completion_window": "24h", "input_file_id": "f", **fields}

    answer = httpx.post(f"{llm_backend.base_url}/batches", json=body)

    assert (answer.status_code, answer.json()["error"]["param"]) == (status, param)


def test_batches_are_listed(client):
    """Newest first, with their metadata."""
    one = batch_of(client, line("a", messages=QUESTION), metadata={"n": "1"})
    two = batch_of(client, line("a", messages=QUESTION))

    listed = list(client.batches.list(limit=1))

    assert [batch.id for batch in listed] == [two.id, one.id]
    assert listed[1].metadata == {"n": "1"}


def test_a_batch_can_be_cancelled(client, llmock):
    """What was answered until then is there."""

    async def stuck(prompt):
        await asyncio.sleep(3600)
        yield prompt

    llmock.backends.add("stuck", stuck)
    begun = batch_of(
        client, line("a", messages=QUESTION), line("b", messages=QUESTION).replace('"m"', '"stuck"')
    )

    cancelling = client.batches.cancel(begun.id)
    cancelled = client.batches.retrieve(begun.id)

    assert (cancelling.status, cancelled.status) == ("cancelling", "cancelled")
    assert [answer["custom_id"] for answer in lines_of(client, cancelled.output_file_id)] == ["a"]
    with pytest.raises(openai.BadRequestError, match="its status is 'cancelled'"):
        client.batches.cancel(begun.id)
