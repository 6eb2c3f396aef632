"""OpenAI's legacy completions on the wire."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openai_strategies import ANSWER_TEXT, SAMPLINGS, WORDS, extras

from pytest_llmock.errors import BackendError, RequestError
from pytest_llmock.llm import Choice, Completion, Message, Prompt, Text, Usage
from pytest_llmock.wire.openai_completions import (
    CompletionsRequest,
    decode_completion,
    decode_request,
    encode_completion,
    encode_request,
)


def asked(model, sampling, shared, own, texts):
    prompt = Prompt(model=model, sampling=sampling, extensions=shared | ({"completions": own} if own else {}))
    return tuple(
        replace(prompt, messages=(Message("user", (Text(text),) if text else ()),)) for text in texts
    )


SHARED = st.fixed_dictionaries({}, optional={"user": WORDS, "logit_bias": st.just({"1": 2})})
REQUESTS = st.builds(
    CompletionsRequest,
    st.builds(
        asked, WORDS, SAMPLINGS, SHARED, extras("suffix", "best_of"), st.lists(WORDS, min_size=1, max_size=3)
    ),
    stream=st.booleans(),
    include_usage=st.booleans(),
    echo=st.booleans(),
    top=st.none() | st.integers(0, 5),
)
ANSWERS = st.builds(
    Completion,
    st.lists(
        st.builds(Choice, ANSWER_TEXT, finish_reason=st.sampled_from(["stop", "length", "content_filter"])),
        max_size=3,
    ).map(tuple),
    st.builds(Usage, st.integers(0, 9), st.integers(0, 9)),
)


@given(REQUESTS)
@settings(max_examples=60)
def test_a_request_survives_the_round_trip(request):
    """A request is what is decoded from its own body."""
    assert decode_request(json.loads(json.dumps(encode_request(request)))) == request


@given(ANSWERS)
@settings(max_examples=60)
def test_an_answer_survives_the_round_trip(completion):
    """A completion is what is decoded from its own body."""
    body = json.loads(json.dumps(encode_completion(completion, id="cmpl-1", created=7, model="m")))

    assert decode_completion(body) == completion


@pytest.mark.parametrize(
    ("prompt", "texts"),
    [
        (None, [""]),
        ("a", ["a"]),
        (["a", "b"], ["a", "b"]),
        ([1, 2], ["1 2"]),
        ([[1], [2]], ["1", "2"]),
        ([], [""]),
    ],
)
def test_a_prompt_may_have_any_form(prompt, texts):
    """Text, texts, tokens, lists of tokens, nothing."""
    prompts = decode_request({"prompt": prompt}).prompts

    assert [each.messages[0].text for each in prompts] == texts


@pytest.mark.parametrize("field", ["prompt", "echo", "logprobs", "stream_options", "temperature"])
def test_a_field_of_the_wrong_type_is_refused(field):
    """The refusal names it."""
    with pytest.raises(RequestError) as refused:
        decode_request({field: {"x": 1} if field != "stream_options" else 7})

    assert refused.value.details["param"] == field


@pytest.mark.parametrize("body", [None, {}, {"error": {"message": "bad"}}])
def test_a_body_that_is_no_answer_is_an_error(body):
    """As for every other provider."""
    with pytest.raises(BackendError):
        decode_completion(body)


def test_log_probabilities_are_in_columns():
    """Tokens, their probabilities, alternatives and places have one entry each."""
    completion = Completion((Choice("one two", finish_reason="stop"),))

    made = encode_completion(completion, id="c", created=1, model="m", top=1)["choices"][0]["logprobs"]

    assert (made["tokens"], made["text_offset"]) == (["one", " two"], [0, 3])
    assert [list(entry) for entry in made["top_logprobs"]] == [["one"], [" two"]]
    assert len(made["token_logprobs"]) == 2
