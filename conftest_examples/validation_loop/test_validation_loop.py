"""Wrong data goes back with its exact issues, until it is right or the attempts are used up."""

import pytest
from signups import SIGN_UP, SignUp

BROKEN = {"name": "Ann", "email": "invalid-email", "age": -5}


@pytest.fixture
def llmock(llmock):
    llmock.backends.add("sloppy", lambda prompt: BROKEN)
    llmock.backends.add("useless", lambda prompt: prompt.generation.body["data"])
    return llmock


def asked(result):
    return [entry.name for entry in result.trace]


@pytest.mark.llmock(config={"map": {"generator": "sloppy"}})
def test_what_is_wrong_is_corrected_and_nothing_else(pipeline, llmock):
    result = pipeline.bind(SIGN_UP).run_sync({})

    assert result.ok
    assert asked(result)[:2] == ["generate", "correct"]
    assert SignUp.model_validate(result.value).name == "Ann"
    sent = llmock.calls[1].prompt.generation.body
    assert sent["data"] == BROKEN
    assert [issue.partition(":")[0] for issue in sent["issues"]] == ["/email", "/age"]


@pytest.mark.llmock(config={"map": {"generator": "sloppy", "enricher": "useless"}})
def test_the_premium_model_is_the_last_resort(pipeline):
    result = pipeline.bind(SIGN_UP).run_sync({})

    assert result.ok
    assert asked(result) == ["generate", "correct", "correct", "last-resort"]


@pytest.mark.llmock(config={"map": {"generator": "sloppy", "enricher": "useless", "validator": "useless"}})
def test_the_best_effort_is_kept_and_marked(pipeline):
    result = pipeline.bind(SIGN_UP).run_sync({})

    assert (result.ok, result.value) == (False, BROKEN)
    assert len(result.issues) == 2
