"""Legacy completions, moderations and embeddings over HTTP, with the real SDK."""

import sys

import httpx
import openai
import pytest

from pytest_llmock.llm import Delta, End, Usage
from pytest_llmock.server.apis.openai import API


@pytest.fixture
def client(llm_backend):
    """The SDK as an application builds it."""
    with openai.OpenAI(max_retries=0) as client:
        yield client


def complete(client, **fields):
    return client.completions.create(**{"model": "m", "prompt": "Once", **fields})


def texts_of(chunks):
    texts = {}
    for chunk in chunks:
        for choice in chunk.choices:
            texts[choice.index] = texts.get(choice.index, "") + choice.text
    return texts


@pytest.mark.parametrize("fields", [{}, {"prompt": ["a", "b"], "n": 2, "echo": True}, {"prompt": [1, 2]}])
def test_a_stream_of_completions_is_the_answer(client, fields):
    """Every text has its choices, in its place; the usage is that of all."""
    plain = complete(client, **fields)
    chunks = list(complete(client, **fields, stream=True, stream_options={"include_usage": True}))

    assert texts_of(chunks) == {choice.index: choice.text for choice in plain.choices}
    assert chunks[-1].usage == plain.usage
    assert plain.usage.completion_tokens > 0


def test_a_text_is_echoed(client):
    """Before its own answers."""
    answer = complete(client, prompt=["left", "right"], n=2, echo=True)

    assert [choice.text.startswith("left") for choice in answer.choices] == [True, True, False, False]
    assert [choice.index for choice in answer.choices] == [0, 1, 2, 3]


def test_log_probabilities_of_completions_have_their_shape(client):
    """In columns, streamed or not."""
    plain = complete(client, logprobs=2).choices[0]
    chunks = list(complete(client, logprobs=2, stream=True))

    streamed = [choice.logprobs for chunk in chunks for choice in chunk.choices if choice.logprobs]
    assert "".join(plain.logprobs.tokens) == plain.text
    assert [token for columns in streamed for token in columns.tokens] == plain.logprobs.tokens
    assert {len(entry) for entry in plain.logprobs.top_logprobs} == {2}


def test_a_stream_that_is_cut_at_any_text_is_an_error(client, llmock):
    """The end of the first text is not that of the second."""

    async def once(prompt):
        if prompt.messages[0].text == "a":
            yield Delta("x", end=End("stop", Usage(1, 1)))
        else:
            yield Delta("x")

    llmock.backends.add("once", once)

    with pytest.raises(openai.APIError, match="cut off"):
        list(complete(client, model="once", prompt=["a", "b"], stream=True))


@pytest.mark.parametrize(
    ("given", "flags"),
    [
        pytest.param("A nice day.", [False], id="harmless"),
        pytest.param("I will kill you.", [True], id="violent"),
        pytest.param(["A nice day.", "murdered"], [False, True], id="several"),
        pytest.param([{"type": "text", "text": "They attacked."}], [True], id="parts"),
    ],
)
def test_moderations_flag_by_words(client, given, flags):
    """One result for each input; the SDK finds every category."""
    answer = client.moderations.create(input=given)

    assert [result.flagged for result in answer.results] == flags
    scores = [score for result in answer.results for score in result.category_scores.to_dict().values()]
    assert all(0 <= score < 1 for score in scores)
    assert answer.id.startswith("modr-")


def test_moderations_of_pictures_say_so(client):
    """Some categories look at pictures, others at text only."""
    parts = [
        {"type": "text", "text": "look"},
        {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}},
    ]

    applied = client.moderations.create(input=parts).results[0].category_applied_input_types

    assert (applied.violence, applied.hate) == (["text", "image"], ["text"])


def test_equal_texts_are_moderated_equally(client):
    """The scores are no dice."""
    one, other = (client.moderations.create(input="A day").results[0] for _ in range(2))

    assert one == other


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({}, "input"),
        ({"input": []}, "input"),
        ({"input": 7}, "input"),
        ({"input": [{"type": "audio"}]}, "input[0].type"),
        ({"input": [{"type": "text"}]}, "input[0].text"),
        ({"input": [{"type": "image_url", "image_url": {}}]}, "input[0].image_url.url"),
        ({"input": ["x", 7]}, "input[0]"),
    ],
)
def test_a_wrong_moderation_names_its_parameter(llm_backend, body, param):
    """In OpenAI's form."""
    answer = httpx.post(f"{llm_backend.base_url}/moderations", json=body)

    assert (answer.status_code, answer.json()["error"]["param"]) == (400, param)


def test_similar_texts_are_closer(client):
    """Equal ones are equal, in as many dimensions as were asked for; tokens are taken too."""
    texts = ["a cat sat on the mat", "a cat sat on a mat", "corporate tax law"]

    answer = client.embeddings.create(model="m", input=texts, dimensions=32)
    tokens = client.embeddings.create(model="m", input=[[1, 2], [1, 2]])

    first, near, far = (item.embedding for item in answer.data)
    dot = lambda one, other: sum(x * y for x, y in zip(one, other, strict=True))  # noqa: E731 - a formula
    assert dot(first, near) > dot(first, far)
    assert len(first) == 32
    assert tokens.data[0].embedding == tokens.data[1].embedding


@pytest.mark.parametrize("path", [path for path, endpoint in API.endpoints.items() if endpoint.methods])
def test_every_path_has_its_handlers(llmock, path):
    """Each name in the table leads to a function: no request is a 500."""
    base, asked = llmock.url, path.replace("{id:path}", "x").replace("{id}", "x").replace("{name}", "x")

    answers = [httpx.request(method, f"{base}{asked}") for method in sorted(API.endpoints[path].methods)]

    assert {answer.status_code for answer in answers} <= {200, 400, 404, 501}


def test_an_endpoint_is_imported_when_it_is_asked(pytester):
    """A chat does not pay for pictures, sounds and batches."""
    program = """
        import sys
        import pytest_llmock.server.apis.openai.chat
        assert not {f"pytest_llmock.server.apis.openai.{name}" for name in ("batches", "audio", "responses")} & set(sys.modules)
    """

    assert pytester.run(sys.executable, pytester.makepyfile(program)).ret == 0


@pytest.mark.parametrize(
    "path",
    ["/v1/assistants", "/v1/vector_stores/vs_1/files", "/v1/ocr", "/openai/v1/skills", "/openai/evals/x"],
)
def test_an_api_that_is_not_served_says_so(llmock, path):
    """The feature is named, and SDKs do not try again."""
    answer = httpx.get(f"{llmock.url}{path}")

    assert answer.status_code == 501
    assert "is not supported by pytest-llmock." in answer.json()["error"]["message"]
    assert answer.headers["x-should-retry"] == "false"


def test_nothing_is_made_up_beside_a_live_answer(opened):
    """Fingerprints and log probabilities are a model's own, or none."""
    session = opened(record="off")
    session.backends.add("model", lambda prompt: "Yes.", live=True)
    client = openai.OpenAI(base_url=f"{session.url}/v1", api_key="any")
    include = ["message.output_text.logprobs"]
    asked = {"model": "model", "messages": [{"role": "user", "content": "Is it?"}], "logprobs": True}

    chat = client.chat.completions.create(**asked)
    chunks = list(client.chat.completions.create(**asked, stream=True))
    response = client.responses.create(model="model", input="Is it?", include=include)
    events = list(client.responses.create(model="model", input="Is it?", include=include, stream=True))
    texts = [
        complete(client, model="model", logprobs=1),
        *complete(client, model="model", logprobs=1, stream=True),
    ]

    assert (chat.system_fingerprint, chat.choices[0].logprobs) == (None, None)
    assert {(chunk.system_fingerprint, chunk.choices[0].logprobs) for chunk in chunks} == {(None, None)}
    assert response.output[0].content[0].logprobs == events[-1].response.output[0].content[0].logprobs == []
    assert {text.choices[0].logprobs for text in texts} == {None}
    client.close()


def test_embeddings_of_other_lengths_are_no_answer(client, llmock):
    """A vector for every text, or an error."""

    async def lazy(prompt):
        yield Delta(vector=(1.0,), end=End("stop", Usage(1, 0)))

    llmock.backends.add("lazy", lazy)

    with pytest.raises(openai.InternalServerError, match="cut off"):
        client.embeddings.create(model="lazy", input=["a", "b"])
