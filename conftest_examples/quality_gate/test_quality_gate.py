"""A gate between stages: simple data passes by, good data passes, bad data is mended or stops the pipeline."""

import pytest
from order_feed import RULES, feed

from pytest_llmock import QualityGate, Stage, StepFailed

CONTACT = {"name": "string", "email": "string"}
ORDER = {
    "id": 0,
    "createdAt": "string",
    "customer": {**CONTACT, "address": {"city": "string"}},
    "items": [{"sku": "string"}],
}
BAD_CONTACT = {"name": "Ann Lee", "email": "nobody"}
BAD_ORDER = {
    "id": 1,
    "createdAt": "2024-02-31",
    "customer": {**BAD_CONTACT, "address": {"city": "Oslo"}},
    "items": [{"sku": "WM-1"}],
}


@pytest.fixture
def llmock(llmock):
    llmock.backends.add(
        "sloppy", lambda prompt: BAD_ORDER if "items" in prompt.generation.shape else BAD_CONTACT
    )
    return llmock


def asked(result):
    return [entry.backend for entry in result.trace]


def test_good_data_costs_no_premium_call(pipeline):
    assert asked(pipeline.bind(feed(ORDER)).run_sync({})) == ["generator"]


@pytest.mark.llmock(config={"map": {"generator": "sloppy"}})
def test_complex_data_that_is_bad_is_mended_by_the_premium_model(pipeline, quality_gate):
    result = pipeline.bind(feed(ORDER)).run_sync({})

    assert result.ok
    assert asked(result) == ["sloppy", "validator"]
    assert result.value["customer"]["name"] == "Ann Lee"
    quality_gate(result.value, shape=ORDER, rules=RULES, threshold=1)


@pytest.mark.llmock(config={"map": {"generator": "sloppy"}})
def test_simple_data_passes_by(pipeline):
    result = pipeline.bind(feed(CONTACT)).run_sync({})

    assert (asked(result), result.value) == (["sloppy"], BAD_CONTACT)


def test_a_gate_without_a_correction_stops_the_pipeline(pipeline, llmock):
    steps = pipeline(
        lambda data: BAD_ORDER, QualityGate(0.9, rules=RULES), Stage("publish", backend="validator")
    )

    with pytest.raises(StepFailed, match=r"/customer/email: is 'nobody', which is not an e-mail address"):
        steps.run_sync({})
    assert len(llmock.calls) == 0
