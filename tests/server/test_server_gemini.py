"""The Gemini API over HTTP."""

import json

import httpx
import pytest

from pytest_llmock.errors import BackendError, Failure
from pytest_llmock.llm import Choice, Completion, Delta, Image, ToolCall, Usage
from pytest_llmock.wire.sse import SSEDecoder

VIRTUAL = pytest.mark.llmock(clock="virtual")  # the waits before each retry take no time
ASKED = [{"role": "user", "parts": [{"text": "Weather in Oslo?"}]}]
PARAMETERS = {"type": "OBJECT", "properties": {"city": {"type": "STRING"}}, "required": ["city"]}
WEATHER = {"functionDeclarations": [{"name": "weather", "description": "?", "parameters": PARAMETERS}]}


@pytest.fixture
def ask(llmock):
    """Sends a body to a method of a model: `ask("generateContent", contents=…)`."""

    def ask(method="generateContent", *, model="gemini-x", query="", **body):
        body.setdefault("contents", ASKED)
        path = f"/v1beta/models/{model}:{method}{query}"
        return httpx.post(f"{llmock.url}{path}", json={key: v for key, v in body.items() if v is not None})

    return ask


def parts_of(answer):
    return answer.json()["candidates"][0]["content"]["parts"]


def fails_with(failure):
    async def backend(prompt):
        raise BackendError(failure, backend="b")
        yield Delta()

    return backend


def test_an_answer_has_words_a_reason_and_usage(ask, llmock):
    """In the form of the service."""
    body = ask(systemInstruction={"parts": [{"text": "Be brief."}]}).json()

    (candidate,) = body["candidates"]
    usage = body["usageMetadata"]
    assert candidate["content"]["role"] == "model"
    assert candidate["content"]["parts"][0]["text"]
    assert (candidate["finishReason"], candidate["index"]) == ("STOP", 0)
    assert usage["totalTokenCount"] == usage["promptTokenCount"] + usage["candidatesTokenCount"] > 0
    assert (body["modelVersion"], bool(body["responseId"])) == ("gemini-x", True)
    assert [message.role for message in llmock.calls[-1].prompt.messages] == ["system", "user"]
    assert llmock.calls[-1].face == "gemini"


def words(bodies):
    return "".join(
        part["text"]
        for body in bodies
        for part in body["candidates"][0]["content"]["parts"]
        if "thought" not in part
    )


def test_the_answer_is_the_same_streamed_or_not(ask):
    """As events and as an array that grows; reason and usage come last."""
    plain = ask().json()
    events = ask("streamGenerateContent", query="?alt=sse")
    array = ask("streamGenerateContent")

    sent = [json.loads(event.data) for event in SSEDecoder().feed(events.content)]
    assert (events.headers["content-type"], array.headers["content-type"]) == (
        "text/event-stream",
        "application/json",
    )
    assert words(sent) == words(array.json()) == words([plain])
    assert len(sent) == len(array.json()) > 2
    assert sent[-1]["usageMetadata"] == array.json()[-1]["usageMetadata"] == plain["usageMetadata"]
    assert sent[-1]["candidates"][0]["finishReason"] == "STOP"


def test_an_agent_loop_ends(ask):
    """The function is called with arguments; its answer, named by it, ends the loop."""
    call = parts_of(ask(tools=[WEATHER]))[0]["functionCall"]
    result = {"functionResponse": {"name": "weather", "response": {"result": "18 degrees"}}}
    asked = [
        *ASKED,
        {"role": "model", "parts": [{"functionCall": {"name": call["name"], "args": call["args"]}}]},
        {"role": "user", "parts": [result]},
    ]

    second = parts_of(ask(tools=[WEATHER], contents=asked))

    assert (call["name"], call["args"]) == ("weather", {"city": "Oslo"})
    assert "18 degrees" in second[0]["text"]


@pytest.mark.parametrize(
    ("config", "key"),
    [
        ({"mode": "ANY"}, "functionCall"),
        ({"mode": "ANY", "allowedFunctionNames": ["weather"]}, "functionCall"),
        ({"mode": "AUTO"}, "functionCall"),
        ({"mode": "NONE"}, "text"),
        ({"mode": "ANY", "allowedFunctionNames": ["other", "another"]}, "text"),
    ],
)
def test_the_choice_of_functions_is_followed(ask, config, key):
    """In all its forms."""
    (part,) = parts_of(ask(tools=[WEATHER], toolConfig={"functionCallingConfig": config}))

    assert key in part


def test_calls_are_whole_in_a_stream(ask, llmock):
    """Each in a piece of its own."""
    calls = (ToolCall("c1", "f", '{"a": 1}'), ToolCall("", "g", "{}"))
    answer = Completion((Choice("Well", "", calls, "tool_calls"),), Usage(1, 1))
    llmock.backends.add("caller", lambda prompt: answer)

    pieces = ask("streamGenerateContent", model="caller").json()

    said = [part for piece in pieces for part in piece["candidates"][0]["content"]["parts"]]
    assert said == [
        {"text": "Well"},
        {"functionCall": {"id": "c1", "name": "f", "args": {"a": 1}}},
        {"functionCall": {"name": "g", "args": {}}},
        {"text": ""},
    ]
    assert parts_of(ask(model="caller")) == said[:3]


@pytest.mark.parametrize(
    "form",
    [
        {
            "responseSchema": {
                "type": "OBJECT",
                "properties": {"age": {"type": "INTEGER"}},
                "required": ["age"],
            }
        },
        {
            "responseJsonSchema": {
                "type": "object",
                "properties": {"age": {"type": "integer"}},
                "required": ["age"],
            }
        },
    ],
    ids=lambda form: next(iter(form)),
)
def test_a_schema_is_met(ask, form):
    """In both dialects."""
    config = {"responseMimeType": "application/json", **form}

    assert isinstance(json.loads(parts_of(ask(generationConfig=config))[0]["text"])["age"], int)


def test_json_without_a_schema_is_an_object(ask):
    """Any."""
    config = {"response_mime_type": "application/json"}

    assert isinstance(json.loads(parts_of(ask(generation_config=config))[0]["text"]), dict)


def test_the_configuration_is_followed_and_kept(ask, llmock):
    """In both spellings; what is not modelled comes as it was."""
    config = {
        "temperature": 0.5,
        "top_p": 0.9,
        "maxOutputTokens": 2,
        "stop_sequences": ["X"],
        "topK": 3,
        "seed": 7,
    }

    answer = ask(
        generation_config=config,
        tools=[{"googleSearch": {}}],
        toolConfig={"retrievalConfig": {}},
        safetySettings=[],
    )

    prompt = llmock.calls[-1].prompt
    assert (prompt.sampling.temperature, prompt.sampling.top_p, prompt.sampling.max_tokens) == (0.5, 0.9, 2)
    assert (prompt.sampling.stop, prompt.sampling.seed) == (("X",), 7)
    assert prompt.extensions == {
        "safetySettings": [],
        "topK": 3,
        "toolConfig": {"retrievalConfig": {}},
        "server_tools": [{"googleSearch": {}}],
    }
    assert answer.json()["candidates"][0]["finishReason"] == "MAX_TOKENS"


def test_several_candidates_are_several_answers(ask):
    """Each with its index, plain and streamed."""
    config = {"candidateCount": 3}

    plain = ask(generationConfig=config).json()["candidates"]
    pieces = ask("streamGenerateContent", generationConfig=config).json()

    assert [candidate["index"] for candidate in plain] == [0, 1, 2]
    assert [candidate["index"] for candidate in pieces[-1]["candidates"]] == [0, 1, 2]


def test_thoughts_are_told_when_they_are_asked_for(ask):
    """As parts that say so, plain and streamed."""
    config = {"thinkingConfig": {"includeThoughts": True}}

    plain, pieces = ask(generationConfig=config), ask("streamGenerateContent", generationConfig=config)

    assert [part.get("thought", False) for part in parts_of(plain)] == [True, False]
    assert pieces.json()[0]["candidates"][0]["content"]["parts"] == parts_of(plain)[:1]


def test_a_filtered_answer_says_so(ask, llmock):
    """What other APIs call a content filter."""
    refused = Completion((Choice("", finish_reason="content_filter"),), Usage(1, 1))
    llmock.backends.add("prude", lambda prompt: refused)

    assert ask(model="prude").json()["candidates"][0]["finishReason"] == "SAFETY"


def test_pictures_and_files_are_taken(ask, llmock):
    """A picture is one of the model's, what is not modelled is kept as it came."""
    parts = [
        {"inline_data": {"mime_type": "image/png", "data": "AAAA"}, "mediaResolution": {"level": "LOW"}},
        {"fileData": {"mimeType": "application/pdf", "fileUri": "https://h.test/a.pdf"}},
        {"executableCode": {"code": "1"}},
        {"text": "Hm", "thought": True},
        {"text": "What is it?"},
    ]

    ask(contents=[{"parts": parts}])

    (message,) = llmock.calls[-1].prompt.messages
    assert message.parts[0] == Image("data:image/png;base64,AAAA")
    assert [part.kind for part in message.parts[1:4]] == ["fileData", "executableCode", "thought"]
    assert message.text == "What is it?"
    assert message.extensions == {"parts": {"0": {"mediaResolution": {"level": "LOW"}}}}


def test_answers_of_functions_belong_to_their_calls(ask, llmock):
    """By id, or by name in order; an error is one."""
    calls = [{"name": "f", "id": "x"}, {"name": "g"}, {"name": "g"}]
    results = [
        {"name": "g"},
        {"name": "f", "id": "x", "response": {"error": "no"}},
        {"name": "g"},
        {"name": "h"},
    ]
    contents = [
        {"role": "model", "parts": [{"functionCall": call} for call in calls]},
        {"role": "function", "parts": [{"functionResponse": result} for result in results]},
    ]

    ask(contents=contents)

    asked = llmock.calls[-1].prompt.messages
    assert [part.id for part in asked[0].parts] == ["x", "call_0_1", "call_0_2"]
    assert [message.parts[0].call_id for message in asked[1:]] == ["call_0_1", "x", "call_0_2", "h"]
    assert [message.parts[0].is_error for message in asked[1:]] == [False, True, False, False]


def test_an_answer_of_a_function_may_stand_beside_words(ask, llmock):
    """Then it is a part of the turn."""
    parts = [{"functionResponse": {"name": "f", "response": {"result": 1}}}, {"text": "Go on"}]

    ask(contents=[{"role": "user", "parts": parts}])

    (message,) = llmock.calls[-1].prompt.messages
    assert (message.role, message.parts[0].content, message.text) == ("user", '{"result": 1}', "Go on")


def test_tokens_are_counted_as_in_an_answer(ask):
    """Of contents, or of a whole request."""
    counted = ask().json()["usageMetadata"]["promptTokenCount"]

    assert ask("countTokens").json() == {"totalTokens": counted}
    whole = {"model": "models/gemini-x", "contents": ASKED}
    assert ask("countTokens", contents=None, generateContentRequest=whole).json() == {"totalTokens": counted}


def test_texts_are_embedded(ask):
    """One, or several; the same text the same."""
    cat, law = ({"parts": [{"text": text}]} for text in ("a cat", "tax law"))
    requests = [{"model": "models/m", "content": content} for content in (cat, cat, law)]

    one = ask("embedContent", contents=None, content=cat, outputDimensionality=8).json()["embedding"]
    many = ask("batchEmbedContents", contents=None, requests=requests).json()["embeddings"]
    none = ask("batchEmbedContents", contents=None, requests=[]).json()

    assert len(one["values"]) == 8
    assert many[0] == many[1] != many[2]
    assert none == {"embeddings": []}


@VIRTUAL
def test_a_backend_that_embeds_too_little_is_told(ask, llmock):
    """It is cut off, and no shorter list."""
    llmock.backends.add("b", lambda prompt: Completion(vectors=((1.0,), (2.0,))))

    answer = ask("embedContent", model="b", contents=None, content={"parts": [{"text": "a"}]})

    assert "cut off" in answer.json()["error"]["message"]


def test_models_are_the_backends(llmock):
    """Any other name is a model too."""
    llmock.backends.add("parrot", lambda prompt: "polly")
    url = f"{llmock.url}/v1beta/models"

    assert "models/parrot" in [model["name"] for model in httpx.get(url).json()["models"]]
    assert httpx.get(f"{url}/llama3:8b").json()["name"] == "models/llama3:8b"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"contents": None}, "* GenerateContentRequest.contents: contents is not specified"),
        ({"contents": "Hi"}, "Invalid value at 'contents' (TYPE_LIST), \"Hi\""),
        (
            {"contents": [{"parts": [{"text": 1}]}]},
            "Invalid value at 'contents[0].parts[0].text' (TYPE_STRING), 1",
        ),
        (
            {"contents": [{"role": "ai", "parts": [{"text": "x"}]}]},
            "* contents[0].role: Please use a valid role: user, model.",
        ),
        ({"contents": [{"parts": []}]}, "* contents[0].parts: contents.parts must not be empty."),
        (
            {"contents": [{"parts": [{}]}]},
            "* contents[0].parts[0].data: required oneof field 'data' must have one initialized field",
        ),
        (
            {"generationConfig": {"temperature": 3}},
            "* generationConfig.temperature: temperature must be in the range [0.0, 2.0]",
        ),
        (
            {"generationConfig": {"maxOutputTokens": 0}},
            "* generationConfig.maxOutputTokens: max_output_tokens must be positive.",
        ),
        (
            {"generationConfig": {"candidateCount": 9}},
            "* generationConfig.candidateCount: candidate_count must be in the range [1, 8]",
        ),
        (
            {"generationConfig": {"responseSchema": {}}},
            "* generationConfig.responseMimeType: a schema is only allowed with 'application/json'.",
        ),
        (
            {"toolConfig": {"functionCallingConfig": {"mode": "SOME"}}},
            "* toolConfig.functionCallingConfig.mode: 'SOME' is none of MODE_UNSPECIFIED, AUTO, VALIDATED, ANY, NONE",
        ),
    ],
    ids=lambda value: str(value)[:40] if isinstance(value, dict) else "",
)
def test_a_wrong_request_is_refused_as_gemini_does(ask, body, message):
    """With the place, and the status by its name."""
    answer = ask(**body)

    error = {"code": 400, "message": message, "status": "INVALID_ARGUMENT"}
    assert (answer.status_code, answer.json()) == (400, {"error": error})


def test_a_size_of_vectors_that_cannot_be_is_refused(ask):
    """Before they fill the memory."""
    content = {"parts": [{"text": "a"}]}

    answer = ask("embedContent", contents=None, content=content, outputDimensionality=10**9)

    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("method", "more", "message"),
    [
        ("predict", {}, "The method 'predict' is not supported."),
        (
            "generateContent",
            {"generationConfig": {"responseMimeType": "text/x.enum"}},
            "responseMimeType 'text/x.enum' is not supported",
        ),
    ],
    ids=["method", "mime type"],
)
def test_what_is_not_supported_is_named(ask, method, more, message):
    """With the status for it."""
    answer = ask(method, **more)

    assert (answer.status_code, answer.json()["error"]["status"]) == (501, "UNIMPLEMENTED")
    assert answer.json()["error"]["message"].startswith(message)


@pytest.mark.parametrize("path", ["v1beta/files", "upload/v1beta/files", "v1beta/cachedContents/x"])
def test_what_is_not_served_is_named(llmock, path):
    """With the feature in words, whatever the version."""
    answer = httpx.post(f"{llmock.url}/{path}", content=b"x")

    error = answer.json()["error"]
    assert (error["code"], error["status"], answer.status_code) == (501, "UNIMPLEMENTED", 501)
    assert error["message"].endswith("is not supported by pytest-llmock.")


@pytest.mark.parametrize(
    ("failure", "status", "name"),
    [
        (Failure("status", "no", status=429), 429, "RESOURCE_EXHAUSTED"),
        (Failure("status", "no", status=418), 418, "INVALID_ARGUMENT"),
        (Failure("key_missing", "no"), 401, "UNAUTHENTICATED"),
        (Failure("protocol", "no"), 502, "INTERNAL"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
@VIRTUAL
def test_a_failure_has_its_status(ask, llmock, failure, status, name):
    """Code and name say the same as HTTP."""
    llmock.backends.add("b", fails_with(failure))

    answer = ask(model="b")

    assert (answer.status_code, answer.json()["error"]["code"]) == (status, status)
    assert answer.json()["error"]["status"] == name


@pytest.mark.parametrize("query", ["", "?alt=sse"], ids=["array", "events"])
@VIRTUAL
def test_a_stream_that_breaks_off_ends_in_an_error(ask, llmock, query):
    """The array is whole all the same."""

    async def broken(prompt):
        yield Delta("Half an ans")

    llmock.backends.add("b", broken)

    answer = ask("streamGenerateContent", model="b", query=query)

    sent = [json.loads(event.data) for event in SSEDecoder().feed(answer.content)] if query else answer.json()
    assert words(sent[:1]) == "Half an ans"
    assert sent[1]["error"]["message"] == "The answer of backend 'b' was cut off before its end."


@pytest.mark.parametrize("version", ["v1beta", "v1", "v1alpha"])
def test_every_version_is_the_same(llmock, version):
    """`v1` is Gemini's for whoever says a key as its clients do."""
    answer = httpx.get(f"{llmock.url}/{version}/models/m", headers={"x-goog-api-key": "k"})

    assert answer.json()["name"] == "models/m"


def test_an_unknown_path_is_a_404_in_geminis_form(llmock):
    """It names the nearest."""
    answer = httpx.get(f"{llmock.url}/v1beta/model")

    assert (answer.status_code, answer.json()["error"]["status"]) == (404, "NOT_FOUND")
    assert "Did you mean '/v1beta/models'?" in answer.json()["error"]["message"]
