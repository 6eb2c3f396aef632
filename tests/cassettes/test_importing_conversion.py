"""Recorded exchanges as interactions: what is taken, what is left out, what is said."""

from dataclasses import replace

import pytest
from foreign_files import FOLDER, LEAF, REDACTOR, answer_of, body_of, taken, vcrpy_entry, vcrpy_file

from pytest_llmock.cassettes import format as documents
from pytest_llmock.cassettes.blobs import Blobs
from pytest_llmock.cassettes.identity import key_of
from pytest_llmock.cassettes.importing import imported, read_foreign
from pytest_llmock.cassettes.request import request_of
from pytest_llmock.llm import Message, Prompt, Text, Usage

EVENTS = 'data: {"choices":[{"index":0,"delta":{"content":"Hel"}}]}\n\n'


def only_remark(path):
    found = taken(path)
    (remark,) = found.remarks
    return len(found.interactions), remark


def test_a_file_full_of_oddities_is_reported_whole():
    """Ambiguous, refused, cut, unreadable and unsupported recordings: each is said, none stops the others."""
    found = taken("vcrpy_odd.yaml")

    assert [interaction.completion.text for interaction in found.interactions] == [
        "Joke number 1.", "Joke number 2.", "", "Answer to: busy", "Hello ☃ there.", "Your key is <redacted:server-key> indeed.",
    ]  # fmt: skip
    assert found.remarks == [
        "interactions 1 and 2: one request with different answers: they are given in this order, each once.",
        "interaction 5: not imported: it was refused for its key (401), which says nothing of the model.",
        "interaction 6: imported as truncated: the recorded stream ends before the answer does.",
        "interaction 7: not imported: its response is no whole answer of this API; it begins '<html><body>It works!</body></html>'.",
        "interaction 9: not imported: POST /v1/messages is a call of Anthropic's API, which is not supported by this version.",
        "interaction 10: not imported: POST /api/chat is a call of Ollama's own API, which is not supported by this version.",
        "interaction 11: not imported: GET /v1/models is no call that this version knows; those are …/chat/completions and …/embeddings.",
    ]  # fmt: skip


def test_a_refusal_is_kept_as_the_live_backend_would_have_kept_it():
    """Status, Retry-After and body are replayed, so that retries run for real."""
    failure = taken("vcrpy_odd.yaml").interactions[2].failure

    assert (failure.kind, failure.status, failure.retry_after_s) == ("status", 429, 2.0)
    assert failure.message == "Backend 'cloud' (openai at http://127.0.0.1:18765) answered 429: Slow down."
    assert (
        failure.body
        == '{"error":{"message":"Slow down.","type":"rate_limit_error","code":"rate_limit_exceeded"}}'
    )


def test_a_stream_that_was_cut_is_kept_as_cut():
    """It replays to the same place."""
    cut = taken("vcrpy_odd.yaml").interactions[4]

    assert (cut.truncated, cut.completion.text, cut.completion.finish_reason) == (
        True,
        "Hello ☃ there.",
        None,
    )


@pytest.mark.parametrize("file", sorted(path.name for path in FOLDER.iterdir()))
def test_no_secret_of_a_file_reaches_a_cassette(file, tmp_path):
    """Headers are never taken, and what stands in prompts and answers becomes a placeholder."""
    found = taken(file)

    texts = [
        documents.write(item, key=key_of(item.request), blobs=Blobs(tmp_path)) for item in found.interactions
    ]
    assert "fake-key" not in "".join([*texts, *found.remarks])


def test_an_imported_call_is_found_by_the_same_call_of_today():
    """The identity is that of a prompt to this backend, after what its settings make of it."""
    leaf = replace(LEAF, model="big", asked=lambda prompt: replace(prompt, model="big"))
    prompt = Prompt((Message("user", (Text("plain"),)),), model="small-1")

    interaction = taken("pytest_recording.yaml", leaf).interactions[0]

    assert interaction.request == request_of(prompt, backend="cloud", model="big")
    assert (interaction.recorded.provider, interaction.recorded.asked) == ("openai", "small-1")
    assert interaction.recorded.model == "small-1-2026"


def test_another_model_than_the_one_that_answered_is_said():
    """The recording plays for the backend's model all the same, because that is what was asked for."""
    remarks = taken("pytest_recording.yaml", replace(LEAF, model="big")).remarks

    assert remarks == [
        "interactions 1 and 2: imported for 'big', the model of backend 'cloud'; 'small-1' was asked.",
        "interaction 3: imported for 'big', the model of backend 'cloud'; 'embed-1' was asked.",
    ]


def test_a_backend_without_a_model_takes_the_one_that_was_asked():
    """Then there is nothing to say."""
    found = taken("pytest_recording.yaml", replace(LEAF, model=""))

    assert ([item.request["model"] for item in found.interactions], found.remarks) == (["small-1", "small-1", "embed-1"], [])  # fmt: skip


def test_tokens_that_nobody_counted_are_estimated(tmp_path):
    """As the live backend does it."""
    path = vcrpy_file(tmp_path, vcrpy_entry(body_of("hi"), answer_of("Hello.")))

    assert taken(path).interactions[0].completion.usage == Usage(1, 2, estimated=True)


def test_equal_answers_to_one_request_are_not_ambiguous(tmp_path):
    """Nor is a refusal before an answer: that was a retry."""
    equal = vcrpy_entry(body_of("hi"), answer_of("Hello."))
    path = vcrpy_file(tmp_path, equal, vcrpy_entry(body_of("hi"), "busy", status=503), equal)

    found = taken(path)

    assert (len(found.interactions), found.remarks) == (3, [])


REQUEST = body_of("hi")
LEFT_OUT = {
    "no request body": (
        vcrpy_entry(None, answer_of("x")),
        "its request has no body in this file, so nobody knows what was asked",
    ),
    "request is no JSON": (
        vcrpy_entry("a=1", answer_of("x")),
        "The body of its request is not valid JSON: line 1, column 1: unexpected 'a'",
    ),
    "request is none": (vcrpy_entry("{}", answer_of("x")), "Missing required parameter: 'messages'"),
    "embedding of nothing": (
        vcrpy_entry('{"input": []}', "{}", uri="http://h/v1/embeddings"),
        "Invalid value for 'input': it is empty",
    ),
    "no response body": (vcrpy_entry(REQUEST, None), "its response has no body in this file"),
    "no content": (
        vcrpy_entry(REQUEST, "", status=204),
        "it was answered with the status 204, which carries no answer",
    ),
    "cut JSON": (
        vcrpy_entry(REQUEST, '{"choices": [{"ind'),
        'its response is no whole answer of this API; it begins \'{"choices": [{"ind\'',
    ),
    "another form": (
        vcrpy_entry(REQUEST, '{"answer": 42}'),
        "its response is no whole answer of this API; it begins '{\"answer\": 42}'",
    ),
    "damaged event": (
        vcrpy_entry(REQUEST, EVENTS + "data: {\n\n", content_type="text/event-stream"),
        'its response is no whole answer of this API; it begins \'data: {"choices":[{"index":0,"delta":{"content":"Hel"}}]} da\'',
    ),
    "silence": (
        vcrpy_entry(REQUEST, ": still here\n\n", content_type="text/event-stream"),
        "its response breaks off before it says anything",
    ),
    "no choices": (
        vcrpy_entry(REQUEST, '{"choices": []}'),
        "its response breaks off before it says anything",
    ),
    "vectors missing": (
        vcrpy_entry('{"input": "a"}', '{"data": []}', uri="http://h/v1/embeddings"),
        "its response is no whole answer of this API; it begins '{\"data\": []}'",
    ),
    "key refused inside": (
        vcrpy_entry(REQUEST, '{"error": {"message": "no", "code": 401}}'),
        "it was refused for its key (401), which says nothing of the model",
    ),
    "no method": (
        vcrpy_entry(REQUEST, "", method="", uri="http://h"),
        "/ is no call that this version knows; those are …/chat/completions and …/embeddings",
    ),
}


@pytest.mark.parametrize(("entry", "reason"), LEFT_OUT.values(), ids=LEFT_OUT)
def test_what_cannot_be_taken_is_left_out_with_the_reason(tmp_path, entry, reason):
    """Nothing is invented for what a file does not say."""
    path = vcrpy_file(tmp_path, entry)

    assert only_remark(path) == (0, f"interaction 1: not imported: {reason}.")


def test_a_damaged_compressed_body_is_left_out(tmp_path):
    """What is left of it could be anything."""
    path = tmp_path / "x.yaml"
    path.write_text(
        "interactions:\n- request: {method: POST, uri: 'http://h/v1/chat/completions', body: !!binary H4sIAAAA}\n"
        "  response: {status: {code: 200}, body: {string: x}}\n",
        encoding="utf-8",
    )

    assert only_remark(path) == (0, "interaction 1: not imported: the body of its request cannot be decompressed: it is cut off.")  # fmt: skip


def test_an_error_in_the_middle_of_a_stream_is_kept(tmp_path):
    """The words before it, then the failure."""
    events = EVENTS + 'data: {"error": {"message": "Overloaded."}}\n\n'
    path = vcrpy_file(tmp_path, vcrpy_entry(REQUEST, events, content_type="text/event-stream"))

    (interaction,) = taken(path).interactions

    assert (interaction.completion.text, interaction.failure.kind) == ("Hel", "cut")
    assert not interaction.truncated


def test_an_error_where_an_answer_belongs_is_kept(tmp_path):
    """A provider that says it with status 200 has said it."""
    path = vcrpy_file(tmp_path, vcrpy_entry(REQUEST, '{"error": "Overloaded."}'))

    (interaction,) = taken(path).interactions

    assert interaction.failure.body == '{"error": "Overloaded."}'


def test_a_refusal_without_a_body_is_kept(tmp_path):
    """Its status says enough. An address that is none is not needed for it."""
    path = vcrpy_file(tmp_path, vcrpy_entry(REQUEST, None, status=503, uri="http://[/v1/chat/completions"))

    (interaction,) = taken(path).interactions

    assert interaction.failure.message == "Backend 'cloud' (openai at https://api.openai.com) answered 503: no reason given."  # fmt: skip


def test_a_stream_under_another_label_is_read(tmp_path):
    """Scrubbed headers are no loss."""
    path = vcrpy_file(tmp_path, vcrpy_entry(REQUEST, EVENTS + "data: [DONE]\n\n"))

    assert taken(path).interactions[0].completion.text == "Hel"


def test_a_secret_in_a_path_or_body_is_not_in_a_remark(tmp_path):
    """Remarks are printed in logs of CI."""
    entries = [vcrpy_entry("x", "", uri="http://h/bot/fake-key-1"), vcrpy_entry(REQUEST, "fake-key-22")]

    remarks = imported(read_foreign(vcrpy_file(tmp_path, *entries)), LEAF, REDACTOR).remarks

    assert remarks == [
        "interaction 1: not imported: POST /bot/<redacted:server-key> is no call that this version knows; those are …/chat/completions and …/embeddings.",
        "interaction 2: not imported: its response is no whole answer of this API; it begins '<redacted:server-key>'.",
    ]  # fmt: skip


@pytest.mark.parametrize("moment", ["", "yesterday", "9999999"])
def test_a_moment_that_is_none_is_left_empty(tmp_path, moment):
    """An age is computed from it, so it is a moment or nothing."""
    path = tmp_path / "x.yaml"
    path.write_text(
        (FOLDER / "cassetter.yaml").read_text(encoding="utf-8").replace("2026-11-22T03:49:10.541505+00:00", f"'{moment}'"),
        encoding="utf-8",
    )  # fmt: skip

    assert taken(path).interactions[0].recorded.at == ""
