"""What a rule answers, one call after the other, and the script that asks the rules."""

import asyncio

import pytest

from pytest_llmock.errors import NoBackendError, RefusedError
from pytest_llmock.faults import Fault
from pytest_llmock.llm import Choice, Completion, Message, Prompt, Text, ToolCall
from pytest_llmock.scripting.answers import Made, Said, cut_short, steps_of
from pytest_llmock.scripting.conditions import conditions
from pytest_llmock.scripting.rule import Rule
from pytest_llmock.scripting.script import Script

PROMPT = Prompt((Message("user", (Text("Hello you there now"),)),))
EMBED = Prompt(operation="embed", inputs=("a",))
WEATHER = ToolCall("", "weather", '{"city": "Oslo"}')


def rule(**asked):
    return Rule(conditions(asked))


def queue():
    return Rule(conditions({}), is_queue=True)


def given(rule, number, prompt=PROMPT):
    claims = [rule.claim(prompt) for _ in range(number)]
    return [
        claim and (str(claim.step) if isinstance(claim.step, Fault) else claim.step.text) for claim in claims
    ]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        pytest.param("Hi", Said("Hi"), id="text"),
        pytest.param({"a": 1}, Said('{"a": 1}'), id="object"),
        pytest.param(7, Said("7"), id="number"),
        pytest.param({"tool": {"name": "hammer"}, "price": 3}, Said('{"tool": {"name": "hammer"}, "price": 3}'), id="data"),
        pytest.param({"tool": 3}, Said('{"tool": 3}'), id="a tool without a name"),
        pytest.param({"tool": "weather", "arguments": {"city": "Oslo"}}, Said(tools=(WEATHER,)), id="tool call"),
        pytest.param(WEATHER, Said(tools=(WEATHER,)), id="ToolCall"),
        pytest.param(
            {"text": "So.", "tool": "weather", "arguments": '{"city": "Oslo"}'}, Said("So.", (WEATHER,)), id="words too"
        ),
        pytest.param({"tools": [WEATHER, {"tool": "x"}]}, Said(tools=(WEATHER, ToolCall("", "x", "{}"))), id="several"),
        pytest.param({"tools": [1]}, Said('{"tools": [1]}'), id="a list that is no calls"),
    ],
)  # fmt: skip
def test_an_answer_in_every_form(answer, said):
    """Text, data, tool calls; what only looks like a tool call is data."""
    assert list(steps_of([answer])) == [said]


@pytest.mark.parametrize(
    "answer", [None, object(), {"a": object()}, str], ids=["None", "object", "inside", "class"]
)
def test_what_is_no_answer_is_refused(answer):
    """Where it is written, with what would be one."""
    with pytest.raises(TypeError, match="An answer is a text, JSON data, a tool call"):
        queue().reply(answer)


def test_what_is_no_answer_is_told_without_what_json_says_of_it():
    """The class is Python's own, and nothing of ours stands above the message."""
    with pytest.raises(TypeError) as caught:
        queue().reply(object())

    assert (type(caught.value), caught.value.__suppress_context__) == (TypeError, True)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ({"tool": "stock", "args": {"sku": 7}}, "'stock' has the key 'args'. Did you mean 'arguments'? "),
        (
            {"tools": [{"tool": "hammer", "price": 3}]},
            "'hammer' has the key 'price'. Known: arguments, id, tool. ",
        ),
    ],
    ids=["misspelt", "data in a list"],
)
def test_a_tool_call_with_a_key_that_none_has_is_refused(answer, told):
    """With how to send such JSON all the same."""
    with pytest.raises(TypeError) as caught:
        queue().reply(answer)

    assert str(caught.value) == (
        f"The tool call {told}To answer with JSON of this form, which calls no tool, give it as text: "
        "json.dumps({'tool': …})."
    )


@pytest.mark.parametrize(
    ("say", "message"),
    [
        (lambda rule: rule.reply(), "A reply needs an answer at least: reply('Hello')."),
        (lambda rule: rule.reply([]), "A sequence of answers needs one at least: reply('first', 'second')."),
        (lambda rule: rule.times(2), "Nothing is said yet: .reply(…).times(2)."),
        (lambda rule: rule.reply("a").times(0), "The number of times is 0: give a whole number from 1 up."),
    ],
)
def test_what_a_rule_cannot_do_is_refused(say, message):
    """At once, and not when a call comes."""
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the whole message is asserted
        say(queue())

    assert str(caught.value) == message


def test_a_rule_speaks_of_the_client():
    """What strikes behind the retries is said elsewhere, and the message says where."""
    with pytest.raises(
        ValueError, match=r"A rule speaks of what the client sees\. .*backends\['name'\]\.fail"
    ):
        queue().fail(fault={"status": 429, "at": "backend"})


@pytest.mark.parametrize(
    ("rule", "answers"),
    [
        pytest.param(queue().reply("a", "b"), ["a", "b", None], id="a queue is used up"),
        pytest.param(queue().reply(["a", ["b"]]), ["a", "b", None], id="a list is a sequence"),
        pytest.param(queue().reply("a").times(2), ["a", "a", None], id="a queue with times"),
        pytest.param(queue().fail(429, times=2).then("ok"), ["429", "429", "ok", None], id="fail, then"),
        pytest.param(rule().reply("a", "b"), ["a", "b", "b", "b"], id="the last one stays"),
        pytest.param(rule().reply("a").times(1), ["a", None], id="times"),
        pytest.param(rule().fail(500).then("ok"), ["500", "ok", "ok"], id="a fault once"),
        pytest.param(rule().fail(500), ["500", None], id="a fault does not stay"),
        pytest.param(rule().fail(500, times=None), ["500", "500", "500"], id="unless it says so"),
        pytest.param(rule(), [None], id="a rule that says nothing"),
        pytest.param(rule(contains="x").reply("a"), [None], id="a rule for other prompts"),
    ],
)
def test_calls_get_the_answers_in_a_row(rule, answers):
    """A queue gives each once; a rule keeps its last."""
    assert given(rule, len(answers)) == answers


def test_words_are_no_answer_to_an_embedding():
    """It passes over them; vectors, faults and functions are for it too."""
    vectors = Completion(vectors=((1.0,),))

    assert queue().reply("a", {"b": 1}).claim(EMBED) is None
    assert queue().reply(vectors).claim(EMBED).step == vectors
    assert queue().fail(429).claim(EMBED) is not None
    assert queue().fail(fault="refusal").claim(EMBED) is None
    assert queue().reply(len).claim(EMBED) is not None


def test_a_rule_knows_whether_it_was_used_to_its_end():
    """Each answer was given at least once."""
    both = queue().reply("a", "b")
    before = (both.is_used, both.called)
    given(both, 1)
    half = (both.is_used, both.call_count)
    given(both, 1)

    assert (before, half, both.is_used) == ((False, False), (False, 1), True)
    assert repr(both) == "<Rule for any prompt: used twice>"


def test_the_first_rule_that_fits_answers():
    """In the order in which they were made; those of a file come last, and are the script's own copies."""
    shared = rule().reply("from the file")
    script, other = Script([shared]), Script([shared])
    script.add(rule(contains="Bye").reply("bye"))
    script.add(queue().reply("mine"))

    answers = [script.take(PROMPT).step.text for _ in range(2)]

    assert answers == ["mine", "from the file"]
    assert other.take(PROMPT).rule.call_count == 1
    assert [str(each) for each in script.unused] == ["contains='Bye'"]


def test_rules_behind_another_are_asked_for_the_rest():
    """A function that leaves a prompt leaves it to the next one."""
    script = Script()
    first = script.add(rule().reply("one"))
    second = script.add(rule().fail(429).then("two"))

    claim = script.take(PROMPT, after=first, answers_only=True)

    assert claim is None
    assert script.take(PROMPT, after=first).rule is second
    assert script.take(PROMPT, after=second) is None
    script.reset()
    assert second.call_count == 0


def test_a_claim_knows_what_follows():
    """A fault that needs an answer strikes that one."""
    assert queue().fail(fault="cut").then("ok").claim(PROMPT).follows == Said("ok")
    assert queue().fail(fault="cut").fail(500).claim(PROMPT).follows is None


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (
            lambda script: None,
            " There are no rules. Add one, llm_backend.on(contains='Hello you there now').reply",
        ),
        (
            lambda script: script.add(rule(contains="Bye")),
            " The nearest rule is for contains='Bye', and differs: contains: 'Bye' → 'Hello you there now'. Add",
        ),
        (
            lambda script: script.add(queue().reply("a")).claim(PROMPT),
            " The nearest rule is for any prompt, and differs: it is used up: it answered once. Add one",
        ),
        (
            lambda script: script.add(rule()),
            "differs: it has no answer yet: .on(…).reply(…). Add one",
        ),
    ],
    ids=["no rules", "another prompt", "used up", "no answer"],
)
def test_a_refusal_shows_the_nearest_rule(make, said):
    """And in what it differs, and what to write."""
    script = Script()
    make(script)

    told = script.refusal(PROMPT)

    assert told.startswith("Backend 'scripted' has no rule for this prompt: 'Hello you there now'.")
    assert said in told
    assert "llm_backend.reply('…')" in script.refusal(Prompt())


def test_of_rules_that_differ_as_much_the_likest_is_the_nearest():
    """In other letters, with a slip: it is not always the first one."""
    script = Script()
    for words in ("the news", "hello yu there", "a joke"):
        script.add(Rule(conditions({"contains": words})).reply("x"))

    assert "The nearest rule is for contains='hello yu there'" in script.refusal(PROMPT)


def test_a_function_makes_the_answer():
    """Plain or async; None is no answer."""

    async def later(prompt):
        return {"tool": "weather", "arguments": {"city": prompt.model}}

    made = asyncio.run(Made(later).outcome(Prompt(model="Oslo")))

    assert made == Said(tools=(WEATHER,))
    assert asyncio.run(Made(lambda prompt: None).outcome(PROMPT)) is None


def broken(prompt):
    assert prompt.model == "x"


@pytest.mark.parametrize(
    ("function", "error", "message"),
    [
        (
            broken,
            RefusedError,
            r"The function 'broken' of a rule failed at test_scripting_rule.py:\d+: assert",
        ),
        (
            lambda prompt: object(),
            RefusedError,
            "The function '<lambda>' of a rule failed: An answer is a text",
        ),
        (
            lambda prompt: 1 // 0,
            RefusedError,
            "failed at test_scripting_rule.py:.*: ZeroDivisionError: integer division .* raise a Backend",
        ),
    ],
    ids=["assertion", "no answer", "another error"],
)
def test_a_function_that_fails(function, error, message):
    """It fails the test, as a predicate does: an SDK would try again, and hide it for seconds."""
    with pytest.raises(error, match=message):
        asyncio.run(Made(function).outcome(PROMPT))


def test_an_error_of_ours_is_told_as_it_is():
    """A function may raise what a backend may."""

    def function(prompt):
        raise NoBackendError("nobody")

    with pytest.raises(NoBackendError, match="nobody"):
        asyncio.run(Made(function).outcome(PROMPT))


def test_ids_of_tool_calls_are_seeded():
    """The same in every run, and given ones are kept."""
    said = Said(tools=(WEATHER, ToolCall("mine", "x", "{}")))

    one, same, other = (said.completion(PROMPT, 0, "t", number).tool_calls for number in (1, 1, 2))

    assert one == same
    assert one[0].id != other[0].id
    assert (one[0].id[:5], one[1].id) == ("call_", "mine")


def test_an_answer_is_cut_in_half():
    """Words and arguments alike."""
    whole = Completion((Choice("abcd", tool_calls=(ToolCall("1", "x", "1234"),), finish_reason="stop"),))

    [choice] = cut_short(whole).choices

    assert (choice.text, choice.tool_calls[0].arguments, choice.finish_reason) == ("ab", "12", "length")


def test_a_function_that_raises_is_logged_with_its_traceback(caplog):
    """As a side effect of a route is: an SDK may swallow what it gets."""
    with pytest.raises(RefusedError):
        asyncio.run(Made(lambda prompt: {}["b"]).outcome(PROMPT))

    (record,) = caplog.records
    assert record.message == "The function '<lambda>' of a rule raised an error"
    assert record.exc_info[0] is KeyError


def test_the_state_of_a_rule_counts_its_answers():
    """Given and left, in words that claims show."""
    asked = queue().reply("one", "two")
    before = asked.state
    for _ in range(2):
        asked.claim(PROMPT)

    assert (before, asked.state) == ("0 of 2 answers given; left: 'one', 'two'", "2 of 2 answers given")
