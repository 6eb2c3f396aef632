"""What `llm_backend` is told to answer, and what a test claims of the prompts that came."""

import json
from contextlib import suppress

import httpx
import openai
import pytest

from pytest_llmock.errors import BackendError, RefusedError
from pytest_llmock.llm import Completion
from pytest_llmock.patterns.stage import Stage

QUESTION = [{"role": "user", "content": "How is the weather?"}]
TOOL = {"type": "function", "function": {"name": "weather"}}


@pytest.fixture
def client(llm_backend):
    with openai.OpenAI(max_retries=0) as client:
        yield client


def chat(client, **others):
    return client.chat.completions.create(model="gpt-5", messages=QUESTION, **others)


def failure(claim):
    with pytest.raises(AssertionError) as caught:
        claim()
    return str(caught.value)


def test_a_reply_answers_an_sdk_plain_and_streamed(client, llm_backend):
    """In pieces as those of a model, and with usage."""
    llm_backend.reply("One two three four", "One two three four")

    plain, stream = chat(client), chat(client, stream=True)

    assert (plain.choices[0].message.content, plain.usage.completion_tokens) == ("One two three four", 5)
    assert [c.choices[0].delta.content for c in stream] == ["", "One two three", " four", None]


def test_a_call_that_was_scripted_is_noted(client, llm_backend):
    """Source, prompt, completion and one attempt that cost nothing; the backend was not asked."""
    llm_backend.reply("Sunny.")

    answer = client.chat.completions.with_raw_response.create(model="gpt-5", messages=QUESTION)

    [call] = llm_backend.calls
    assert (answer.headers["x-llmock-source"], answer.headers["x-llmock-backend"]) == (
        "scripted",
        "synthetic",
    )
    assert (call.source, call.completion.text, call.prompt.model) == ("scripted", "Sunny.", "gpt-5")
    assert [(attempt.outcome, attempt.cost, attempt.provider) for attempt in call.attempts] == [
        ("success", 0, "scripted")
    ]


def test_several_choices_are_the_same(client, llm_backend):
    """A script has one answer."""
    llm_backend.reply("Sunny.")

    assert [choice.message.content for choice in chat(client, n=2).choices] == ["Sunny."] * 2


def test_the_mock_api_is_answered_too(llm_backend, mock_api):
    """A generation is a prompt as any other; an answer off its shape is asked again."""
    llm_backend.reply({"wrong": 1}, {"id": 7})

    assert mock_api.post("/users", json={"shape": {"id": 0}}).json() == {"id": 7}


def test_stages_and_direct_calls_are_answered_too(llm_backend, pipeline):
    """Whoever asks, the script is asked first."""
    llm_backend.on().reply({"id": 7})

    assert pipeline(Stage("make", shape={"id": 0})).run_sync({}).value == {"id": 7}
    assert llm_backend.complete_sync("x").json() == {"id": 7}


def test_embeddings_pass_over_words(client, llm_backend):
    """The next answer is for the next chat."""
    llm_backend.reply("Sunny.")

    client.embeddings.create(model="m", input="text")

    assert chat(client).choices[0].message.content == "Sunny."


def test_a_completion_is_given_as_it_is(llm_backend):
    """With vectors, reasoning, several choices."""
    llm_backend.reply(Completion(vectors=((1.0, 0.0),)))

    answer = httpx.post(f"{llm_backend.base_url}/embeddings", json={"model": "m", "input": "x"})

    assert answer.json()["data"][0]["embedding"] == [1.0, 0.0]


def test_a_live_backend_is_not_called(llm_backend, llmock):
    """Neither its cassette is asked nor its refusal heard."""
    llmock.backends.add("live", lambda prompt: pytest.fail("called"), live=True)
    llm_backend.reply("Sunny.")

    answer = llm_backend.complete_sync("x", model="live")

    assert (answer.text, answer.backend, answer.source) == ("Sunny.", "live", "scripted")


def test_a_function_may_leave_a_prompt_to_the_next_rule(llm_backend):
    """And may let a call fail."""
    from pytest_llmock import Fault

    llm_backend.on().reply(lambda prompt: None if prompt.model else Fault("status", status=500))
    llm_backend.on(model="m").reply("next")

    with pytest.raises(BackendError):
        llm_backend.complete_sync("x")
    assert llm_backend.complete_sync("x", model="m").text == "next"


def test_a_fault_strikes_the_answer_that_follows(llm_backend):
    """That of `then`, which is given whole to the next call."""
    llm_backend.fail(fault="length").then("One two")

    assert [llm_backend.complete_sync("x").text for _ in range(2)] == ["One", "One two"]


def test_a_fault_strikes_the_answer_of_the_next_rule(llm_backend):
    """Where nothing follows in its own."""
    llm_backend.fail(fault="length")
    llm_backend.on().reply("One two")

    assert llm_backend.complete_sync("x").text == "One"


@pytest.mark.llmock(clock="virtual")
def test_a_timeout_tells_of_itself_before_the_deadline(llm_backend):
    """Without seconds it takes all the time that there is."""
    llm_backend.fail(fault="timeout")

    with pytest.raises(BackendError, match="a fault that the test injected"):
        llm_backend.complete_sync("x")


@pytest.mark.llmock(faults=["503", {"status": 429, "at": "backend"}], clock="virtual")
def test_the_markers_faults_strike_at_their_places(llm_backend, llmock):
    """The client sees the first; the pool gets over the other one."""
    with pytest.raises(BackendError):
        llm_backend.complete_sync("x")
    llm_backend.complete_sync("x")

    assert [[str(fault) for fault in call.faults] for call in llmock.calls] == [["503"], ["429"]]
    assert [attempt.outcome for attempt in llmock.calls[1].attempts] == ["failure", "success"]


@pytest.mark.llmock(clock="virtual")
def test_a_backend_fails_behind_the_retries(llm_backend, llmock):
    """As often as it says; a reset lets it begin again."""
    llmock.backends["synthetic"].fail(500)
    llm_backend.complete_sync("x")
    attempts = llmock.calls[0].attempts

    llmock.reset()
    llm_backend.complete_sync("x")

    assert [attempt.outcome for attempt in attempts] == ["failure", "success"]
    assert [attempt.outcome for attempt in llmock.calls[0].attempts] == ["failure", "success"]


def test_a_reset_lets_rules_begin_again(llm_backend, llmock):
    """As routes do."""
    llm_backend.reply("once")
    llm_backend.complete_sync("x")

    llmock.reset()

    assert llm_backend.complete_sync("x").text == "once"


@pytest.mark.parametrize("fault", ["length", "malformed", "dribble"])
def test_the_journal_has_what_the_model_said_and_what_was_done_to_it(client, llm_backend, fault):
    """However little of it the client got."""
    llm_backend.fail(fault=fault, seconds=0 if fault == "dribble" else None).then("Four words of it.")

    with suppress(ValueError):  # JSON that is not closed
        chat(client)

    (call,) = llm_backend.calls
    assert (call.completion.text, call.completion.finish_reason) == ("Four words of it.", "stop")
    assert list(map(str, call.faults)) == [fault]


@pytest.mark.llmock(config={"chaos": 1})
def test_chance_strikes_every_call_at_a_rate_of_one(llm_backend, llmock):
    """And the journal says so."""
    for _ in range(3):
        httpx.post(f"{llm_backend.base_url}/chat/completions", json={"model": "m", "messages": []})
        try:
            llm_backend.complete_sync("x")
        except BackendError:
            continue

    asked = [call for call in llmock.calls if call.prompt is not None]
    assert asked
    assert all(call.faults[0].by_chance for call in asked)


def test_an_assertion_in_a_function_fails_the_test(opened, runtime):
    """Even where the code under test swallows the error."""
    from pytest_llmock.server.selected import SelectedBackend

    session = opened()
    backend = SelectedBackend(session, runtime.thread)
    backend.reply(lambda prompt: pytest.fail("wrong prompt"))

    with pytest.raises(RefusedError, match="wrong prompt"):
        backend.complete_sync("x")

    assert len(session.failures) == 1


def test_the_scripted_backend_shows_the_nearest_rule_without_secrets(opened, runtime):
    """And fails the test."""
    from pytest_llmock.server.selected import SelectedBackend

    session = opened(backend="scripted")
    backend = SelectedBackend(session, runtime.thread)
    backend.on(contains="weather").reply("Sunny.")
    key = "sk-proj-" + "a1B2c3D4" * 6

    with pytest.raises(RefusedError) as caught:
        backend.complete_sync(key)

    assert "The nearest rule is for contains='weather', and differs: " in caught.value.message
    assert key not in caught.value.message
    assert backend.complete_sync("The weather?").text == "Sunny."
    assert session.failures == [caught.value]


def test_the_scripted_backend_hands_over_when_lax(opened, runtime):
    """With a warning, to the embedded generator."""
    from pytest_llmock.server.selected import SelectedBackend

    session = opened(backend="scripted", strict=False)

    assert SelectedBackend(session, runtime.thread).complete_sync("Hello").source == "synthetic"


def test_claims_that_hold_are_silent(llm_backend):
    """With every form of condition."""
    llm_backend.complete_sync("The weather?", model="gpt-5", tools=[TOOL])
    llm_backend.complete_sync([{"role": "system", "content": "Be brief."}, *QUESTION])

    llm_backend.assert_called()
    llm_backend.assert_called(times=2)
    llm_backend.assert_called_with(contains="weather", times=2)
    llm_backend.assert_called_with(tool="weather", model="gpt-*")
    llm_backend.assert_not_called(system="rude")
    llm_backend.assert_order("The weather", {"system": "brief"})
    assert llm_backend.assert_all_used() is None


def test_the_nearest_call_is_shown(llm_backend):
    """With what differs, and all calls."""
    llm_backend.fail(429)
    with pytest.raises(BackendError):
        llm_backend.complete_sync("The news?")
    llm_backend.complete_sync("The weather?", model="gpt-5")

    told = failure(lambda: llm_backend.assert_called_with(contains="weather", model="gpt-4"))

    assert told == (
        "A call with contains='weather', model='gpt-4' was not made.\n"
        "The nearest call is 2. 'The weather?' (gpt-5) → 200 synthetic. What was wanted → what was sent:\n"
        "  model: 'gpt-4' → 'gpt-5'\n"
        "The calls:\n"
        "  1. 'The news?' → 429 no answer, faults: 429\n"
        "  2. 'The weather?' (gpt-5) → 200 synthetic"
    )


def test_a_claim_of_no_call_or_another_number_says_what_there_was(llm_backend):
    """How often, and which."""
    nothing = failure(llm_backend.assert_called)
    llm_backend.complete_sync("One")

    assert nothing == (
        "A call was not made, and nothing else was.\n"
        "No request came to this test: give the client base_url=llm_backend.base_url."
    )
    assert failure(lambda: llm_backend.assert_not_called(contains="One")).startswith(
        "A call with contains='One' was made once, and should not have been.\nThe calls:"
    )
    assert failure(lambda: llm_backend.assert_order("One", "Two")).startswith(
        "A call with contains='Two' was not made after a call with contains='One'.\nThe calls:"
    )


def test_a_call_out_of_order_is_shown(llm_backend):
    """Or the nearest of those that came after the one before."""
    for words in ("Rome", "Oslo", "oslo"):
        llm_backend.complete_sync(words)

    early = failure(lambda: llm_backend.assert_order("Oslo", "Rome"))
    like = failure(lambda: llm_backend.assert_order("Rome", "OSLO!"))

    assert "\nIt was made before that: 1. 'Rome' → 200 synthetic.\nThe calls:" in early
    assert "\nThe nearest call is 3. 'oslo' → " in like


def test_the_nearest_call_is_the_likest_of_those_that_differ_as_much(llm_backend):
    """In other letters, with a slip: it is not always the last one."""
    for words in ("The wether in Oslo", "The news", "A joke"):
        llm_backend.complete_sync(words)

    told = failure(lambda: llm_backend.assert_called_with(contains="weather in oslo"))

    assert "\nThe nearest call is 1. 'The wether in Oslo' → " in told


def test_requests_that_asked_no_model_are_shown_where_there_was_no_other(llm_backend):
    """A wrong path is found so."""
    httpx.post(f"{llm_backend.base_url}/chat/completion", json={})

    told = failure(llm_backend.assert_called)

    assert "\nNo model was asked by what came:\n  POST /v1/chat/completion → 404 " in told


def test_rules_that_were_not_used_are_told(llm_backend):
    """Each with what is left of it."""
    llm_backend.reply("a", "b", {"tool": "hammer"})
    llm_backend.on(contains="x").reply(len).fail(429)
    llm_backend.on(contains="y")
    llm_backend.complete_sync("Hello")

    assert failure(llm_backend.assert_all_used) == (
        "3 of the test's rules were not used to the end:\n"
        "  Rule for any prompt: 1 of 3 answers given; left: 'b', the tool call hammer({})\n"
        "  Rule for contains='x': 0 of 2 answers given; left: the function 'len', the fault 429\n"
        "  Rule for contains='y': it has no answer yet: .on(…).reply(…)\n"
        "The calls:\n  1. 'Hello' → 200 scripted"
    )


def test_no_secret_is_told(llm_backend):
    """What looks like a key is not shown by a failing claim."""
    key = "sk-proj-" + "a1B2c3D4" * 6
    llm_backend.complete_sync(f"My key is {key}")

    told = failure(lambda: llm_backend.assert_called_with(contains="x"))

    assert key not in told
    assert "<redacted:" in told


@pytest.mark.parametrize(
    ("claim", "message"),
    [
        (
            lambda backend: backend.on(contans="x"),
            "There is no condition 'contans'. Did you mean 'contains'?",
        ),
        (
            lambda backend: backend.assert_called_with(times=-1),
            "The number of times is -1: give a whole number",
        ),
        (lambda backend: backend.fail(), "Say what fails: a status"),
        (lambda backend: backend.assert_order(), "An order needs calls: "),
    ],
)
def test_a_mistake_is_told_where_it_is_made(llm_backend, claim, message):
    """With what would have worked."""
    with pytest.raises(ValueError, match=message.replace("?", "[?]")):
        claim(llm_backend)
    assert llm_backend.assert_all_used() is None


def test_a_script_file_beside_the_settings_file_answers(tmp_path, runtime):
    """Its path is relative to that file."""
    from pytest_llmock.choice import Choice
    from pytest_llmock.config import load_settings
    from pytest_llmock.server.selected import SelectedBackend

    (tmp_path / "s.json").write_text(json.dumps([{"reply": "From the file."}]))
    (tmp_path / "llmock.json").write_text('{"Script": "s.json"}')
    session = runtime.open(load_settings(tmp_path, environ={}), Choice(test="t"))

    assert SelectedBackend(session, runtime.thread).complete_sync("x").text == "From the file."
