"""OpenAI's embeddings."""

import json
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_llmock.errors import BackendError, RequestError
from pytest_llmock.llm import Completion, Prompt, Usage
from pytest_llmock.wire.openai_embeddings import (
    decode_completion,
    decode_request,
    encode_completion,
    encode_request,
)

VECTORS = st.lists(
    st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=1).map(tuple)
)
EMBED = Prompt(operation="embed", model="m", inputs=("a", "b"))


@pytest.mark.parametrize(
    ("given_input", "inputs", "kept"),
    [
        ("a", ("a",), {}),
        (["a", "b"], ("a", "b"), {}),
        ([1, 2], ("1 2",), {"input": [1, 2]}),
        ([[1], [2, 3]], ("1", "2 3"), {"input": [[1], [2, 3]]}),
    ],
    ids=["text", "texts", "tokens", "token-lists"],
)
def test_input_is_read_in_all_its_forms(given_input, inputs, kept):
    """Texts and token numbers are inputs; token numbers are also kept as they came."""
    prompt = decode_request({"model": "m", "input": given_input, "dimensions": 3})

    assert prompt == Prompt(operation="embed", model="m", inputs=inputs, extensions={"dimensions": 3, **kept})


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ([], "Invalid type for 'body': expected an object, but got an array instead."),
        ({}, "Missing required parameter: 'input'."),
        ({"input": []}, "Invalid value for 'input': it is empty."),
        ({"input": ""}, "Invalid value for 'input': it is empty."),
        (
            {"input": [{}]},
            "Invalid type for 'input': expected a string, strings or tokens, but got an object instead.",
        ),
        (
            {"input": "a", "dimensions": "3"},
            "Invalid type for 'dimensions': expected an integer, but got a string instead.",
        ),
        (
            {"input": "a", "encoding_format": "x"},
            "Invalid value for 'encoding_format': supported values are: float, base64.",
        ),
    ],
    ids=["body", "missing", "empty", "empty-text", "type", "dimensions", "format"],
)
def test_request_that_the_service_refuses_is_refused(body, message):
    """A bad request is a 400 that names the parameter."""
    with pytest.raises(RequestError) as caught:
        decode_request(body)

    assert (caught.value.status, caught.value.message) == (400, message)


@given(
    st.builds(
        Prompt,
        operation=st.just("embed"),
        model=st.text(),
        inputs=st.lists(st.text(min_size=1), min_size=1).map(tuple),
        extensions=st.fixed_dictionaries({}, optional={"dimensions": st.integers(1, 9), "user": st.text()}),
    )
)
def test_request_survives_the_round_trip(prompt):
    """A prompt is what is decoded from its own request body."""
    body = json.loads(json.dumps(encode_request(prompt, model=prompt.model)))

    assert decode_request(body) == prompt


def test_upstream_is_asked_for_numbers():
    """Base64 is for the client that asked; token numbers go out as they came."""
    prompt = decode_request({"input": [1, 2], "encoding_format": "base64"})

    assert encode_request(prompt, model="m") == {"model": "m", "input": [1, 2]}


@given(VECTORS, st.sampled_from(["float", "base64"]))
def test_vectors_survive_the_round_trip(vectors, encoding):
    """Both formats carry the same 32-bit numbers."""
    completion = Completion(vectors=tuple(vectors), usage=Usage(3, 0))
    prompt = Prompt(operation="embed", extensions={"encoding_format": encoding})

    body = json.loads(json.dumps(encode_completion(completion, prompt, model="m")))

    assert decode_completion(body) == completion


def test_vectors_come_in_the_order_of_the_inputs():
    """A server may answer out of order, and may not count."""
    data = [{"index": 1, "embedding": [1.0]}, {"index": 0, "embedding": [0.5]}]

    completion = decode_completion({"data": data})

    assert completion == Completion(vectors=((0.5,), (1.0,)))


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ([], "The answer cannot be read: it has neither choices nor an error."),
        ({"error": {"message": "boom"}}, "The answer is an error: boom"),
        (
            {"data": [{"embedding": []}]},
            "The answer cannot be read: an embedding is not an array of numbers.",
        ),
        (
            {"data": [{"embedding": None}]},
            "The answer cannot be read: an embedding is not an array of numbers.",
        ),
        (
            {"data": [{"embedding": ["x"]}]},
            "The answer cannot be read: an embedding is not an array of numbers.",
        ),
        (
            {"data": [{"embedding": "?"}]},
            "The answer cannot be read: an embedding is not base64 of 32-bit floats.",
        ),
        (
            {"data": [{"embedding": "é"}]},
            "The answer cannot be read: an embedding is not base64 of 32-bit floats.",
        ),
        (
            {"data": [{"embedding": "AAA="}]},
            "The answer cannot be read: an embedding is not base64 of 32-bit floats.",
        ),
    ],
    ids=["list", "error", "empty", "null", "texts", "not-base64", "not-ascii", "odd-length"],
)
def test_unusable_answer_says_why(body, message):
    """What is no embedding is a backend's failure, never an empty vector."""
    with pytest.raises(BackendError) as caught:
        decode_completion(body)

    assert caught.value.message == message


def test_base64_is_little_endian():
    """SDKs unpack base64 as 32-bit little-endian floats."""
    body = encode_completion(
        Completion(vectors=((1.0,),)), Prompt(extensions={"encoding_format": "base64"}), model="m"
    )

    assert body["data"][0]["embedding"] == "AACAPw=="
    assert struct.pack("<f", 1.0) == b"\0\0\x80?"
