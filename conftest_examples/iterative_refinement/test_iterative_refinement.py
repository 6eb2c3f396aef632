"""Models are asked only until the page is good enough, and no more than three times."""

import pytest
from articles import PAGE, PRODUCT_PAGE, assess_quality

GOOD = {
    "title": "A quiet mouse",
    "summary": "Small, light and silent: a mouse for people who work late.",
    "keywords": ["mouse", "silent"],
    "price": 29.99,
}


def one_more_field(prompt):
    """A model that knows how to do better, a little at a time."""
    page = prompt.generation.body["previous"]
    missing = next(field for field in PAGE if field not in page)
    return {**page, missing: GOOD[missing]}


@pytest.fixture
def llmock(llmock):
    llmock.backends.add("brief", lambda prompt: {"title": GOOD["title"]})
    llmock.backends.add("eager", lambda prompt: GOOD)
    llmock.backends.add("steady", one_more_field)
    llmock.backends.add("tired", lambda prompt: prompt.generation.body["previous"])
    return llmock


def asked(result):
    return [entry.backend for entry in result.trace]


@pytest.mark.llmock(config={"map": {"generator": "eager"}})
def test_a_good_draft_is_not_refined(pipeline):
    assert asked(pipeline.bind(PRODUCT_PAGE).run_sync({"sku": "WM-123"})) == ["eager"]


@pytest.mark.llmock(config={"map": {"generator": "brief", "enricher": "steady"}})
def test_each_iteration_makes_it_better(pipeline, llmock):
    result = pipeline.bind(PRODUCT_PAGE).run_sync({"sku": "WM-123"})

    scores = [assess_quality(call.completion.json()) for call in llmock.calls]
    assert scores == sorted(scores)
    assert scores[0] < 0.2
    assert asked(result)[:3] == ["brief", "steady", "steady"]
    assert llmock.calls[1].prompt.generation.body == {
        "previous": {"title": GOOD["title"], "sku": "WM-123"},
        "sku": "WM-123",
    }


@pytest.mark.llmock(config={"map": {"generator": "brief", "enricher": "tired"}})
def test_the_premium_model_has_the_last_word(pipeline):
    result = pipeline.bind(PRODUCT_PAGE).run_sync({"sku": "WM-123"})

    assert asked(result) == ["brief", "tired", "tired", "validator"]
    assert result.value["title"] == GOOD["title"]
    assert result.value.keys() >= PAGE.keys()
