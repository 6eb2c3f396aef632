"""Mistral's API: OpenAI's, with a few words of its own."""

import httpx
import pytest

TOOL = {"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}


@pytest.fixture
def post(llmock):
    def post(path, **body):
        return httpx.post(f"{llmock.url}/v1/{path}", json={"model": "codestral", **body})

    return post


def test_any_tool_must_be_called(post):
    """Its word for OpenAI's `required`."""
    messages = [{"role": "user", "content": "Hi"}]

    answer = post("chat/completions", messages=messages, tools=[TOOL], tool_choice="any").json()

    assert answer["choices"][0]["message"]["tool_calls"][0]["function"]["name"] == "weather"


def test_embeddings_have_an_id(post):
    """Without one its client reads none."""
    assert post("embeddings", input=["a"]).json()["id"].startswith("embd-")


def test_the_size_of_vectors_is_said_by_its_word(post):
    """OpenAI calls it `dimensions`."""
    answer = post("embeddings", input=["a"], output_dimension=5)

    assert len(answer.json()["data"][0]["embedding"]) == 5
    assert post("embeddings", input=["a"], output_dimension=0).json()["error"]["param"] == "output_dimension"


def test_a_model_says_what_its_client_needs_to_know(llmock):
    """Its kind, by which the client tells models apart, and what it can do."""
    models = [
        *httpx.get(f"{llmock.url}/v1/models").json()["data"],
        httpx.get(f"{llmock.url}/v1/models/codestral").json(),
    ]

    assert {model["type"] for model in models} == {"base"}
    assert all(model["capabilities"]["completion_chat"] for model in models)


def test_code_is_completed_as_a_chat_is(post, llm_backend):
    """The suffix is kept, the seed is the seed."""
    llm_backend.reply("return 1")

    answer = post("fim/completions", prompt="def f():", suffix="# end", random_seed=3, max_tokens=9).json()

    prompt = llm_backend.calls[0].prompt
    assert (answer["object"], answer["choices"][0]["message"]["content"]) == ("chat.completion", "return 1")
    assert (prompt.messages[-1].text, prompt.sampling.seed, prompt.extensions) == (
        "def f():",
        3,
        {"suffix": "# end"},
    )


def test_code_is_streamed(post):
    """As a chat is."""
    answer = post("fim/completions", prompt="def f():", stream=True)

    assert answer.headers["content-type"] == "text/event-stream"
    assert answer.text.endswith("data: [DONE]\n\n")


@pytest.mark.parametrize(
    ("body", "param"), [({}, "prompt"), ({"prompt": "a", "suffix": 1}, "suffix"), ({"prompt": 1}, "prompt")]
)
def test_a_wrong_request_is_refused_by_its_field(post, body, param):
    """In the form that the client reads."""
    answer = post("fim/completions", **body)

    assert (answer.status_code, answer.json()["error"]["param"]) == (400, param)
