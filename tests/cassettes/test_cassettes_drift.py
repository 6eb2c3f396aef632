import pytest

from pytest_llmock.cassettes.drift import Drift, Finding, compare, report
from pytest_llmock.cassettes.interaction import Interaction, Recorded, Timed
from pytest_llmock.errors import Failure
from pytest_llmock.llm import Choice, Completion, Delta, End, Origin, ToolCall, ToolDelta, Usage


def recording(*deltas, **fields):
    return Interaction({}, tuple(Timed(0, delta) for delta in deltas), **fields)


def recorded(text, finish="stop", usage=None):
    return recording(Delta(text), Delta(end=End(finish, usage)))


def live(text="", finish="stop", calls=(), usage=None, model=""):
    choice = Choice(text, "", tuple(ToolCall(f"id{n}", *call) for n, call in enumerate(calls)), finish)
    return Completion((choice,), usage or Usage(), Origin("local", "live", model))


def called(*calls):
    pieces = [Delta(tool=ToolDelta(n, f"call_{n}", *call)) for n, call in enumerate(calls)]
    return recording(*pieces, Delta(end=End("tool_calls")))


def errors(drift):
    return [finding.text for finding in drift.findings if finding.severity == "error"]


def test_the_same_answer_has_not_drifted():
    """No finding, and words that are wholly alike."""
    drift = compare(recorded("Hello there."), live("Hello there."))

    assert drift == Drift((), 1.0)
    assert not drift.fails


def test_other_words_are_no_error():
    """A model does not say the same twice; how alike it is, is told."""
    drift = compare(recorded("one two three"), live("one two four"))

    assert drift == Drift((), pytest.approx(0.6))
    assert not drift.fails


@pytest.mark.parametrize(
    ("was", "now", "texts"),
    [
        pytest.param(
            recorded("a"), live("a", "length"), ["finish reason: stop → length"], id="finish reason"
        ),
        pytest.param(recorded("a"), live("a", None), ["finish reason: stop → cut"], id="cut"),
        pytest.param(recorded('{"a": 1}'), live('{"a": 2}'), [], id="the same JSON shape"),
        pytest.param(
            recorded('{"a": 1}'),
            live('{"a": "x"}'),
            ["answer: /a is a string, not a number"],
            id="JSON shape",
        ),
        pytest.param(recorded('{"a": 1}'), live('```json\n{"a": 1}\n```\n'), [], id="fenced JSON"),
        pytest.param(recorded("[1]"), live("Sorry."), ["answer: it is no JSON any more"], id="JSON before"),
        pytest.param(recorded("Sorry."), live("[1]"), ["answer: it is JSON now"], id="JSON now"),
        pytest.param(recorded("42"), live("forty-two"), [], id="a number is words"),
        pytest.param(recorded("[" * 100_000), live("["), [], id="text that is nearly JSON"),
        pytest.param(
            called(("weather", "{}")),
            live(finish="tool_calls", calls=[("news", "{}"), ("weather", "{}")]),
            ["tools called: weather → news, weather"],
            id="tools",
        ),
        pytest.param(
            called(("weather", "{}")),
            live("It rains."),
            ["finish reason: tool_calls → stop", "tools called: weather → none"],
            id="words for a tool call",
        ),
        pytest.param(
            called(("weather", '{"city": "Paris"}')),
            live(finish="tool_calls", calls=[("weather", '{"place": "Rome"}')]),
            ["arguments of weather: /city is missing", "arguments of weather: /place is new"],
            id="arguments",
        ),
        pytest.param(
            recorded("a"),
            Completion((Choice("a", finish_reason="stop"), Choice("b", finish_reason="stop"))),
            ["number of choices: 1 → 2"],
            id="number of choices",
        ),
        pytest.param(
            recording(*(Delta("a", n) for n in (0, 1)), *(Delta(index=n, end=End()) for n in (0, 1))),
            Completion((Choice("a", finish_reason="stop"), Choice("a", finish_reason="length"))),
            ["choice 2: finish reason: stop → length"],
            id="one of several choices",
        ),
    ],
)
def test_what_code_can_trip_over_is_an_error(was, now, texts):
    """Kinds of answers are compared, not answers."""
    drift = compare(was, now)

    assert errors(drift) == texts
    assert drift.fails == bool(texts)


@pytest.mark.parametrize(
    ("vectors", "texts", "similarity"),
    [
        pytest.param(((1.0, 0.0), (0.0, 1.0)), [], 1.0, id="equal"),
        pytest.param(((0.0, 1.0), (0.0, 3.0)), [], 0.5, id="turned"),
        pytest.param(((-1.0, 0.0), (0.0, 0.0)), [], 0.0, id="opposite, and none at all"),
        pytest.param(((1.0, 0.0),), ["number of vectors: 2 → 1"], 1.0, id="fewer"),
        pytest.param(((1.0, 0, 0), (1.0, 0, 0)), ["length of vectors: 2 → 3"], None, id="longer"),
    ],
)
def test_vectors_are_compared_by_length_and_direction(vectors, texts, similarity):
    """Another length is another model."""
    was = recording(Delta(vector=(1.0, 0.0)), Delta(index=1, vector=(0.0, 1.0), end=End()))

    drift = compare(was, Completion(vectors=vectors))

    assert errors(drift) == texts
    assert drift.similarity == (similarity if similarity is None else pytest.approx(similarity))


def test_tokens_and_model_are_only_told():
    """They change without anybody tripping over it, and what one side does not know is not compared."""
    was = recorded("a", usage=Usage(10, 9))
    was = Interaction({}, was.deltas, recorded=Recorded(model="llama3:8b"))

    drift = compare(was, live("a", usage=Usage(10, 30), model="llama3:70b"))

    assert drift.findings == (
        Finding("info", "output tokens: 9 → 30 (+233%)"),
        Finding("info", "model: llama3:8b → llama3:70b"),
    )
    assert compare(was, live("a")) == Drift((), 1.0)


@pytest.mark.parametrize(
    ("was", "now", "texts"),
    [
        pytest.param(
            recorded("a"),
            Failure("timeout", "no answer in 30 s"),
            ["an answer was recorded, and now it fails: no answer in 30 s"],
            id="fails now",
        ),
        pytest.param(
            recording(failure=Failure("status", "busy", 429)),
            Failure("timeout", "late"),
            ["failure: status 429 → timeout"],
            id="fails otherwise",
        ),
        pytest.param(
            recording(failure=Failure("status", "busy", 429)),
            Failure("status", "again", 429),
            [],
            id="fails alike",
        ),
    ],
)
def test_failing_is_compared_with_answering(was, now, texts):
    """By kind and status, whatever the words."""
    drift = compare(was, now)

    assert errors(drift) == texts
    assert drift.similarity is None


def test_a_recorded_failure_that_answers_now_is_no_drift():
    """Busy then and free now says nothing of the model: it is told, and fails nobody."""
    drift = compare(recording(failure=Failure("status", "busy", 429)), live("Fine."))

    assert not drift.fails
    assert drift.findings == (Finding("info", "a failure was recorded (busy), and now it answers"),)


def test_a_recording_that_was_cut_is_not_judged():
    """Nobody knows how it would have ended."""
    drift = compare(recording(Delta("a"), truncated=True), live("b"))

    assert drift == Drift((Finding("info", "the recording was cut, so there is no whole answer to compare"),))


def test_a_scorer_of_ones_own_is_asked():
    """With the recorded text first; the mean of all choices counts."""
    was = recording(
        *(Delta(text, n) for n, text in enumerate(["a", "b"])), *(Delta(index=n, end=End()) for n in (0, 1))
    )
    now = Completion((Choice("a", finish_reason="stop"), Choice("c", finish_reason="stop")))

    drift = compare(was, now, similarity=lambda recorded, live: float(recorded == live == "a"))

    assert drift.similarity == 0.5


@pytest.mark.parametrize(
    ("drift", "text"),
    [
        pytest.param(Drift(), "the live answer agrees", id="nothing"),
        pytest.param(Drift((), 0.4149), "the live answer agrees (similarity 0.41)", id="words"),
        pytest.param(
            Drift(
                (Finding("error", "answer: /a is missing"), Finding("info", "input tokens: 1 → 2 (+100%)")),
                0.5,
            ),
            "the live answer differs (similarity 0.50):\n"
            "  error: answer: /a is missing\n"
            "  info: input tokens: 1 → 2 (+100%)",
            id="findings",
        ),
        pytest.param(
            Drift((Finding("info", "x"),) * 22),
            "the live answer agrees:\n" + "  info: x\n" * 20 + "  … and 2 more",
            id="many",
        ),
    ],
)
def test_a_report_says_the_verdict_first(drift, text):
    """Then a line for each finding, twenty at most."""
    assert report(drift) == text
