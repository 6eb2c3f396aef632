"""How a live server is brought to answer in JSON: the best form of response_format that it takes."""

import json
import threading
from dataclasses import replace

import pytest
from loopback import events, finished, reply, said

from pytest_llmock.backends.negotiation import Negotiation, Negotiations, is_closed, with_instruction
from pytest_llmock.backends.openai_compatible import OpenAICompatible
from pytest_llmock.backends.providers import PROVIDERS, provider_for
from pytest_llmock.errors import BackendError
from pytest_llmock.folding import fold
from pytest_llmock.llm import Message, Prompt, ResponseSchema, Text

OBJECT = {"type": "object", "properties": {"a": {"type": "integer"}}}
CLOSED = {**OBJECT, "required": ["a"], "additionalProperties": False}
HI = Prompt((Message("user", (Text("Hi"),)),), schema=ResponseSchema(OBJECT))
GOOD = reply(said('{"a": 1}'))
PROSE = reply(said("Sure! Here you are."))
JSON_SCHEMA = {"type": "json_schema", "json_schema": {"name": "answer", "schema": OBJECT}}
JSON_OBJECT = {"type": "json_object", "schema": OBJECT}
ANY_OBJECT = {"type": "json_object"}
FROM_NOW_ON = "From now on the schema is also put into the prompt."
ASKED_FOR_JSON = "Answer with one JSON value only: no prose, no Markdown, no comments."
WITH_SCHEMA = f"{ASKED_FOR_JSON} It must be valid against this JSON Schema:\n{json.dumps(OBJECT)}"


def refused(status):
    return reply({"error": {"message": f"no {status}"}}, status=status)


@pytest.fixture
def backend(upstream, http):
    """A leaf for the scripted server, as LM Studio."""
    return OpenAICompatible(name="x", provider=provider_for("lmstudio"), http=http, base_url=upstream.url)


def sent(upstream):
    """The forms that the server was asked in, and the last system message of each request."""
    lasts = [body["messages"][-1] for body in upstream.bodies]
    words = [last["content"] if last["role"] == "system" else None for last in lasts]
    return [(body.get("response_format"), text) for body, text in zip(upstream.bodies, words, strict=True)]


@pytest.mark.asyncio
async def test_server_that_takes_schemas_is_asked_once(upstream, backend):
    """The best form works, and nothing is said in words."""
    upstream.answer(GOOD)

    await fold(backend(HI))

    assert sent(upstream) == [(JSON_SCHEMA, None)]


@pytest.mark.asyncio
@pytest.mark.parametrize("status", [400, 404, 415, 422, 500, 501])
async def test_form_that_the_server_refuses_is_lowered_and_remembered(upstream, backend, status, caplog):
    """json_schema, then json_object with the schema; the next call begins where this one ended."""
    upstream.answer(refused(status), GOOD, GOOD)

    for _ in range(2):
        await fold(backend(HI))

    assert sent(upstream) == [(JSON_SCHEMA, None), (JSON_OBJECT, WITH_SCHEMA), (JSON_OBJECT, WITH_SCHEMA)]
    assert [record.message for record in caplog.records] == [
        f"Backend 'x' refuses response_format json_schema ({status}); from now on: json_object."
    ]


@pytest.mark.asyncio
async def test_server_that_takes_no_form_gets_the_schema_in_words(upstream, backend):
    """The last resort is the prompt alone."""
    upstream.answer(refused(500), refused(400), GOOD, GOOD)

    for _ in range(2):
        await fold(backend(HI))

    assert sent(upstream)[2:] == [(None, WITH_SCHEMA)] * 2


@pytest.mark.asyncio
async def test_first_refusal_counts_when_every_form_is_refused(upstream, backend):
    """The other refusals are only consequences; the next call may ask for the best form again."""
    upstream.answer(refused(422), refused(400), refused(500), GOOD)

    with pytest.raises(BackendError) as caught:
        await fold(backend(HI))
    await fold(backend(HI))

    assert (caught.value.failure.status, len(upstream.bodies)) == (422, 4)
    assert sent(upstream)[3] == (JSON_SCHEMA, None)


@pytest.mark.asyncio
async def test_form_that_has_worked_is_not_lowered(upstream, backend):
    """A later refusal is an error like any other."""
    upstream.answer(GOOD, refused(500))
    await fold(backend(HI))

    with pytest.raises(BackendError) as caught:
        await fold(backend(HI))

    assert (caught.value.failure.status, len(upstream.bodies)) == (500, 2)


@pytest.mark.asyncio
@pytest.mark.parametrize("status", [401, 403, 429, 503])
async def test_refusal_that_is_not_about_the_form_is_raised_at_once(upstream, backend, status):
    """No key, no quota, no capacity: another form would not help."""
    upstream.answer(refused(status))

    with pytest.raises(BackendError) as caught:
        await fold(backend(HI))

    assert (caught.value.failure.status, len(upstream.bodies)) == (status, 1)


@pytest.mark.asyncio
async def test_chat_without_a_schema_is_never_asked_twice(upstream, backend):
    """There is nothing to lower."""
    upstream.answer(refused(400))

    with pytest.raises(BackendError):
        await fold(backend(replace(HI, schema=None)))

    assert sent(upstream) == [(None, None)]


@pytest.mark.asyncio
async def test_server_that_ignores_the_form_is_noticed(upstream, backend, caplog):
    """Prose in place of JSON: one warning, and from then on the schema is also in the prompt."""
    upstream.answer(PROSE, PROSE, PROSE)

    for _ in range(3):
        await fold(backend(HI))

    assert sent(upstream) == [(JSON_SCHEMA, None), (JSON_SCHEMA, WITH_SCHEMA), (JSON_SCHEMA, WITH_SCHEMA)]
    assert [record.message for record in caplog.records] == [
        "Backend 'x' ignores response_format: it answered prose where JSON was asked for. " + FROM_NOW_ON
    ]


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "answer",
    [
        reply(said("Sure", finish="length")),
        reply(said(None)),
        reply(events('{"a"', ": 1}", finished()), content_type="text/event-stream"),
    ],
    ids=["cut", "no-words", "in-pieces"],
)
async def test_answer_that_proves_nothing_is_not_held_against_the_server(upstream, backend, answer, caplog):
    """A cut answer is no JSON for another reason, a refusal or tool call has no words, pieces are joined."""
    upstream.answer(answer)

    await fold(backend(HI))

    assert caplog.records == []


@pytest.mark.asyncio
async def test_second_choice_says_nothing_about_the_form(upstream, backend, caplog):
    """The first choice is enough to know."""
    choices = [{"index": at, "message": {"content": text}} for at, text in enumerate(['{"a": 1}', "prose"])]
    upstream.answer(reply({"choices": choices}))

    await fold(backend(HI))

    assert caplog.records == []


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("provider", "schema", "expected"),
    [
        ("openai", ResponseSchema(CLOSED), {"name": "answer", "schema": CLOSED, "strict": True}),
        ("openai", ResponseSchema(OBJECT), {"name": "answer", "schema": OBJECT}),
        (
            "openai",
            ResponseSchema(CLOSED, strict=False),
            {"name": "answer", "schema": CLOSED, "strict": False},
        ),
        ("lmstudio", ResponseSchema(CLOSED), {"name": "answer", "schema": CLOSED}),
    ],
    ids=["openai-closed", "openai-open", "openai-own-word", "others"],
)
async def test_schema_is_strict_only_where_that_is_understood(upstream, backend, provider, schema, expected):
    """OpenAI takes strict schemas only when they are closed; what a client said stays."""
    upstream.answer(GOOD)

    await fold(
        replace(backend, provider=PROVIDERS[provider], api_key=lambda: "k")(replace(HI, schema=schema))
    )

    assert upstream.bodies[0]["response_format"] == {"type": "json_schema", "json_schema": expected}


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("provider", "schema", "expected"),
    [
        ("openai", ResponseSchema({"type": "array"}), (None, True, 0)),
        ("ollama", ResponseSchema({"type": "array"}), (None, True, 1)),
        ("openai", ResponseSchema(OBJECT), (ANY_OBJECT, True, 1)),
        ("lmstudio", ResponseSchema(), (ANY_OBJECT, False, 0)),
        ("lmstudio", ResponseSchema(), (None, True, 1)),
    ],
    ids=["openai-array", "ollama-array", "openai-object", "any-json", "any-json-refused"],
)
async def test_form_fits_provider_and_schema(upstream, backend, provider, schema, expected):
    """OpenAI takes objects only, and no schema beside json_object; JSON mode is for objects everywhere."""
    *last, refusals = expected
    upstream.answer(*[refused(400)] * refusals, GOOD)

    await fold(
        replace(backend, provider=PROVIDERS[provider], api_key=lambda: "k")(replace(HI, schema=schema))
    )

    form, words = sent(upstream)[-1]
    assert [form, words is not None] == last


def test_instruction_is_the_last_system_message():
    """The words that ask for JSON come after the client's own."""
    worded = with_instruction(Prompt((Message("user", (Text("Hi"),)),)))

    assert worded.messages[-1] == Message("system", (Text(ASKED_FOR_JSON),))


@pytest.mark.parametrize(
    ("schema", "closed"),
    [
        (CLOSED, True),
        ({"type": "string"}, True),
        (OBJECT, False),
        ({**CLOSED, "required": []}, False),
        ({**CLOSED, "required": None, "properties": {}}, True),
        ({**CLOSED, "required": "a"}, False),
        ({**CLOSED, "properties": ["a"]}, False),
        ({**CLOSED, "additionalProperties": True}, False),
        ({**CLOSED, "minProperties": 1}, False),
        ({**CLOSED, "properties": {"a": OBJECT}}, False),
        ({**CLOSED, "properties": {"a": {"type": "array", "items": CLOSED}}}, True),
        ({**CLOSED, "properties": {"a": {"anyOf": [CLOSED, {"type": "null"}]}}}, True),
        ({**CLOSED, "$defs": {"b": OBJECT}}, False),
        ({"type": ["object", "null"]}, False),
    ],
)
def test_closed_schema_is_told_from_an_open_one(schema, closed):
    """Every object requires all it has and allows no more, with the keywords of strict schemas only."""
    found = is_closed(schema)

    assert found is closed


def test_negotiation_is_one_per_backend():
    """Names differ without regard to case."""
    negotiations = Negotiations()

    assert negotiations.of("Enricher") is negotiations.of("enricher")
    assert negotiations.of("enricher") is not negotiations.of("generator")


def test_first_time_is_first_for_one_thread_only():
    """However many threads ask, one of them is told that it is the first."""
    negotiation = Negotiation()
    told = []
    threads = [threading.Thread(target=lambda: told.append(negotiation.first_time("x"))) for _ in range(8)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(told) == [False] * 7 + [True]


def test_unknown_provider_is_ollama():
    """The settings have warned of it."""
    assert provider_for("olama") is PROVIDERS["ollama"]


def test_provider_is_found_whatever_its_case():
    """`LMStudio` is `lmstudio`."""
    found = provider_for(" LMStudio ")

    assert found is PROVIDERS["lmstudio"]
