"""A model is asked for what is wrong, and only when something is."""

import pytest
from imports import IMPORT

GOOD = {"name": "Ann", "email": "ann@example.org", "age": "42"}


def test_a_good_row_needs_no_model(pipeline):
    result = pipeline.bind(IMPORT).run_sync(GOOD)

    assert (result.value, result.trace) == ({**GOOD, "age": 42}, ())


def test_wrong_values_are_healed_and_nothing_else(pipeline):
    result = pipeline.bind(IMPORT).run_sync({**GOOD, "email": "nobody", "age": "-5"})

    assert result.ok
    assert result.value["name"] == "Ann"
    assert "@" in result.value["email"]
    assert 0 <= result.value["age"] <= 130


def healer(prompt):
    """What a good model does with "could not be read: ValueError …"."""
    told = prompt.generation.body
    return {**told["data"], "age": "42"} if "ValueError" in told["issues"][0] else told["data"]


@pytest.mark.llmock(config={"map": {"enricher": "healer"}})
def test_a_row_that_cannot_be_read_is_healed_first(pipeline, llmock):
    llmock.backends.add("healer", healer)

    result = pipeline.bind(IMPORT).run_sync({**GOOD, "age": "forty-two"})

    assert (result.ok, result.value["age"], len(result.trace)) == (True, 42, 1)


@pytest.mark.llmock(config={"map": {"enricher": "helpless"}})
def test_it_gives_up_after_three_attempts_and_says_so(pipeline, llmock):
    llmock.backends.add("helpless", lambda prompt: prompt.generation.body["data"])

    result = pipeline.bind(IMPORT).run_sync({**GOOD, "age": "131"})

    assert (result.ok, len(result.trace)) == (False, 3)
    assert result.issues == ("/age: is 131, more than 130",)
