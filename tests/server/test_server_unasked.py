"""Faults and scripts where no backend is asked: moderations, images, speech."""

import io
import time
from contextlib import suppress

import httpx
import openai
import pytest


@pytest.fixture
def client(llm_backend):
    """The SDK as an application builds it, which repeats nothing."""
    with openai.OpenAI(max_retries=0) as client:
        yield client


def picture():
    return io.BytesIO(b"\x89PNG")


CALLS = {
    "moderation": lambda client: client.moderations.create(input="hello"),
    "image": lambda client: client.images.generate(prompt="a cat"),
    "edit": lambda client: client.images.edit(image=picture(), prompt="a cat"),
    "variation": lambda client: client.images.create_variation(image=picture()),
    "speech": lambda client: client.audio.speech.create(model="tts-1", voice="alloy", input="hello").read(),
    "transcription": lambda client: client.audio.transcriptions.create(file=("a.wav", b"R"), model="m"),
    "translation": lambda client: client.audio.translations.create(file=("a.wav", b"R"), model="m"),
}
pytestmark = pytest.mark.filterwarnings("ignore:deprecated")  # variations and translations, by the SDK
every_call = pytest.mark.parametrize("ask", CALLS.values(), ids=CALLS)


@every_call
def test_a_status_strikes_the_next_call(client, llm_backend, ask):
    """As it does a chat; the one after is answered."""
    llm_backend.fail(429, retry_after=2)

    with pytest.raises(openai.RateLimitError) as caught:
        ask(client)

    assert caught.value.response.headers["retry-after"] == "2"
    assert caught.value.response.headers["x-ratelimit-remaining-requests"] == "0"
    assert ask(client)
    assert [[str(fault) for fault in call.faults] for call in llm_backend.calls] == [["429"], []]


@every_call
def test_what_only_bytes_can_say_strikes_too(client, llm_backend, ask):
    """A connection that is cut in the middle of a body."""
    llm_backend.fail(fault="cut")

    with pytest.raises(openai.APIConnectionError):
        ask(client)

    assert [str(fault) for fault in llm_backend.calls[0].faults] == ["cut"]


def test_an_answer_in_words_is_left_for_who_asks_for_words(client, llm_backend):
    """A moderation takes the fault before it, and nothing of a script's text."""
    llm_backend.fail(500).then("Hello")

    with pytest.raises(openai.InternalServerError):
        client.moderations.create(input="x")

    assert client.moderations.create(input="x").results
    said = client.chat.completions.create(model="m", messages=[{"role": "user", "content": "Hi"}])
    assert said.choices[0].message.content == "Hello"


def test_a_fault_of_words_waits_for_words(client, llm_backend):
    """A picture cannot refuse."""
    llm_backend.fail(fault="refusal")

    assert client.images.generate(prompt="a cat").data
    said = client.chat.completions.create(model="m", messages=[{"role": "user", "content": "Hi"}])
    assert said.choices[0].message.refusal


@pytest.mark.parametrize(
    ("conditions", "ask"),
    [
        ({"contains": "cat"}, lambda client: client.images.generate(prompt="a cat")),
        ({"model": "omni"}, lambda client: client.moderations.create(input="x", model="omni")),
    ],
    ids=["words", "model"],
)
def test_a_rule_is_asked_whether_it_fits(client, llm_backend, conditions, ask):
    """By the words and the model of the request."""
    llm_backend.on(**conditions).fail(503, times=None)

    with pytest.raises(openai.InternalServerError):
        ask(client)

    assert client.moderations.create(input="dog").results


@pytest.mark.llmock(faults=["429"])
def test_a_marker_strikes_what_no_backend_answers(client):
    """Its faults come before a script's."""
    with pytest.raises(openai.RateLimitError):
        client.moderations.create(input="x")


def test_slowness_is_waited_for(client, llm_backend):
    """And nothing but the wait is wrong."""
    llm_backend.fail(fault={"fault": "slow_first_token", "seconds": 0.05})
    began = time.monotonic()

    answered = client.moderations.create(input="x")

    assert answered.results
    assert time.monotonic() - began >= 0.05


def test_a_wait_ends_with_the_time_that_a_request_may_take(llm_backend):
    """The deadline is the request's own."""
    llm_backend.fail(fault={"fault": "slow_first_token", "seconds": 60})

    answer = httpx.post(
        f"{llm_backend.base_url}/moderations", json={"input": "x"}, headers={"x-llm-timeout": "0.05"}
    )

    assert (answer.status_code, answer.json()["error"]["type"]) == (504, "server_error")


def test_chaos_strikes_what_no_backend_answers(opened):
    """By the same chance in every run, and never with a fault of words."""

    def struck():
        session = opened(settings={"chaos": 0.9})
        for _ in range(12):
            with suppress(httpx.RemoteProtocolError):
                httpx.post(f"{session.url}/v1/moderations", json={"input": "x"})
        return [fault for call in session.calls for fault in call.faults]

    faults = struck()

    assert faults == struck()
    assert len(faults) > 5
    assert not any(fault.is_of_words for fault in faults)


def test_a_request_that_is_wrong_takes_no_fault(client, llm_backend):
    """The service would not have got that far."""
    llm_backend.fail(429)

    with pytest.raises(openai.BadRequestError):
        client.moderations.create(input=[])

    with pytest.raises(openai.RateLimitError):
        client.moderations.create(input="x")
