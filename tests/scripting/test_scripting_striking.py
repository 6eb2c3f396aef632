"""Faults as backends made of backends, and chance."""

import asyncio

import pytest

from pytest_llmock.clock import SystemClock, VirtualClock
from pytest_llmock.errors import BackendError
from pytest_llmock.faults import Fault, fault_of
from pytest_llmock.folding import fold, unfold
from pytest_llmock.journal import Call
from pytest_llmock.llm import Choice, Completion, Generation, Origin, Prompt, Usage
from pytest_llmock.scripting.chaos import FAULTS, Chaos
from pytest_llmock.scripting.striking import struck

WHOLE = Completion(
    (Choice("One two three four five six", finish_reason="stop"),), Usage(3, 6), Origin("b", "synthetic")
)


def backend(prompt):
    return unfold(WHOLE, in_pieces=True)


def texts(said):
    """The words of each delta that came, and the error that came in the end."""
    made = struck(backend, fault_of(said), SystemClock(), longest_s=0.01)

    async def read():
        came = []
        try:
            async for delta in made(Prompt()):
                came.append(delta.text)  # noqa: PERF401 - what came before an error counts
        except BackendError as error:
            return came, error.failure.kind
        return came, ""

    return asyncio.run(read())


@pytest.mark.parametrize(
    ("said", "came"),
    [
        ("503", ([], "status")),
        ("503@1", (["One two three"], "status")),
        ("503@9", (["One two three", " four five six", ""], "status")),
        ("timeout", ([], "timeout")),
        ({"fault": "timeout", "seconds": 0.0}, ([], "timeout")),
        ("cut", (["One two three"], "cut")),
        ("cut@0", ([], "cut")),
        ("malformed", (["One two three"], "protocol")),
        ("content_type", (["One two three"], "protocol")),
        ("duplicated", (["One two three", "One two three", " four five six", ""], "")),
        ("duplicated@1", (["One two three", " four five six", " four five six", ""], "")),
        ({"fault": "slow_first_token", "seconds": 0}, (["One two three", " four five six", ""], "")),
        ("empty", ([""], "")),
        ("refusal", ([""], "")),
        ("length", (["One two three", ""], "")),
    ],
)
def test_what_comes_of_an_answer(said, came):
    """As much as the fault lets through, and the error that a client would raise."""
    assert texts(said) == came


def test_a_dribble_comes_letter_by_letter():
    """Nothing of the answer is lost, and each letter is waited for."""

    async def read():
        clock = VirtualClock()
        began = clock.monotonic()
        completion = await fold(struck(backend, Fault("dribble", seconds=10), clock, longest_s=1)(Prompt()))
        return completion, clock.monotonic() - began

    completion, seconds = asyncio.run(read())

    assert completion == WHOLE
    assert seconds >= 10 * len(WHOLE.text)


def test_a_refusal_says_why():
    """In the words of the fault, beside the answer, which has none."""
    made = struck(backend, Fault("refusal", message="No."), SystemClock(), longest_s=1)

    completion = asyncio.run(fold(made(Prompt())))

    assert (completion.finish_reason, completion.extensions) == ("stop", {"refusal": "No."})


def test_chance_is_the_same_for_the_same_seed_test_and_call():
    """And another for another one."""

    def drawn(seed, test):
        chaos = Chaos(0.5, seed, test)
        return [chaos.take(Call(number, "openai", "POST", "/"), Prompt()) for number in range(50)]

    assert drawn(7, "a") == drawn(7, "a")
    assert drawn(7, "a") != drawn(8, "a")
    assert drawn(7, "a") != drawn(7, "b")


def test_the_rate_is_the_share_of_calls():
    """None at 0, all at 1, and every kind of fault has its turn."""
    none, some, every = (
        [
            Chaos(rate, 0, "t").take(Call(n, "openai", "POST", "/"), Prompt(generation=Generation(start=n)))
            for n in range(500)
        ]
        for rate in (0.0, 0.1, 1.0)
    )

    assert none == [None] * 500
    assert 30 <= sum(fault is not None for fault in some) <= 70
    assert {*every} == {*FAULTS}


def test_chance_has_nothing_about_words_for_who_asks_for_vectors():
    """A refusal is no answer to an embedding."""
    asked = Prompt(operation="embed", inputs=("a",))

    taken = {Chaos(1.0, 0, "t").take(Call(n, "openai", "POST", "/"), asked).kind for n in range(200)}

    assert taken == {"status", "slow_first_token", "cut", "malformed", "truncated"}
