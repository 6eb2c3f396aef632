"""What a live server refuses, and how it says so."""

from email.utils import formatdate

import pytest
from loopback import reply

from pytest_llmock.backends.openai_compatible import OpenAICompatible
from pytest_llmock.backends.providers import provider_for
from pytest_llmock.backends.refusals import retry_after
from pytest_llmock.errors import BackendError
from pytest_llmock.folding import fold
from pytest_llmock.llm import Message, Prompt, Text

HI = Prompt((Message("user", (Text("Hi"),)),), model="llama3")
NOW = 1_800_000_000.0
CHECK_KEY = "Check 'ApiKey' of this backend."
CHECK_MODEL = "Check 'ModelName' ('llama3'), 'BaseUrl' and what the key may use."


class StoppedClock:
    """A clock that always shows the same time."""

    def monotonic(self):
        return 0.0

    def wall(self):
        return NOW

    async def sleep(self, seconds):
        raise AssertionError(seconds)


async def failure_of(upstream, http, answer, *, provider="ollama", key="sk-CANARY"):
    backend = OpenAICompatible(
        name="x",
        provider=provider_for(provider),
        http=http,
        base_url=upstream.url,
        api_key=lambda: key,
        clock=StoppedClock(),
    )
    upstream.answer(answer)
    with pytest.raises(BackendError) as caught:
        await fold(backend(HI))
    return caught.value.failure


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("body", "provider", "expected"),
    [
        ({"error": {"message": "Bad key: sk-CANARY."}}, "openai", (401, f"Bad key: ***. {CHECK_KEY}")),
        ({"error": "no"}, "ollama", (403, f"no. {CHECK_KEY}")),
        (
            {"error": "no model"},
            "ollama",
            (404, "no model. Is the model there? Get it with `ollama pull llama3`."),
        ),
        ({}, "lmstudio", (404, "{}. Is the model there? Get it with `lms get llama3`.")),
        ({"detail": "no"}, "openai", (404, f"no. {CHECK_MODEL}")),
        ({"message": "slow down"}, "ollama", (429, "slow down.")),
        (b"<html>Bad Gateway</html>", "ollama", (502, "<html>Bad Gateway</html>.")),
        (b"", "ollama", (500, "no reason given.")),
    ],
    ids=["401", "403", "404-ollama", "404-lmstudio", "404-openai", "429", "html", "empty"],
)
async def test_refusal_says_status_reason_and_remedy(upstream, http, body, provider, expected):
    """The provider's own words, without the key, and what to do next."""
    status, reason = expected

    failure = await failure_of(upstream, http, reply(body, status=status), provider=provider)

    assert (failure.kind, failure.status) == ("status", status)
    assert failure.message.partition(") ")[2] == f"answered {status}: {reason}"
    assert "CANARY" not in failure.body


@pytest.mark.asyncio
async def test_refusal_keeps_the_start_of_its_body(upstream, http):
    """The first 500 characters are there for reports, and hold the codes that SDKs read."""
    body = {"error": {"message": "m" * 1000, "code": "c"}}

    failure = await failure_of(upstream, http, reply(body, status=400))

    assert failure.body == '{"error":{"message":"' + "m" * 479
    assert failure.message.endswith(f"answered 400: {'m' * 300}.")


@pytest.mark.asyncio
async def test_refusal_whose_body_breaks_off_keeps_its_status(upstream, http):
    """The status says enough."""

    async def cut(writer):
        writer.write(b"HTTP/1.1 503 Busy\r\nContent-Length: 100\r\n\r\n{")
        writer.close()

    failure = await failure_of(upstream, http, cut)

    assert (failure.status, failure.message.partition(") ")[2]) == (503, "answered 503: no reason given.")


@pytest.mark.asyncio
async def test_wait_that_the_server_asks_for_is_kept(upstream, http):
    """Retry-After goes with the failure, for whoever retries."""
    failure = await failure_of(upstream, http, reply(status=429, Retry_After="7"))

    assert failure.retry_after_s == 7.0


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after-ms": "250", "retry-after": "7"}, 0.25),
        ({"retry-after": formatdate(NOW + 30, usegmt=True)}, 30.0),
        ({"retry-after": formatdate(NOW + 30)}, 30.0),
        ({"retry-after": formatdate(NOW - 30, usegmt=True)}, 0.0),
        ({"retry-after": "1e9"}, 1e9),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "soon"}, None),
        ({}, None),
    ],
    ids=[
        *("seconds", "decimal", "milliseconds", "date", "date-without-zone", "past", "far", "negative"),
        *("infinite", "nan", "words", "absent"),
    ],
)
def test_retry_after_is_read_in_all_its_forms(headers, seconds):
    """Seconds, milliseconds and dates; anything else is no wish."""
    waited = retry_after(headers, StoppedClock())

    assert waited == seconds
