"""One product out of three answers, which are asked for at once."""

import asyncio

import pytest
from product_catalogue import DETAILS, INVENTORY, PARTS, PRICING, PRODUCT

from pytest_llmock import fold


def test_three_answers_are_one_product(pipeline):
    result = pipeline.bind(PRODUCT).run_sync({"sku": "WM-123"})

    product = result.value
    assert product["sku"] == "WM-123"
    assert product.keys() == {"sku", *DETAILS, "pricing", "inventory", "generated"}
    assert product["pricing"].keys() == PRICING.keys()
    assert product["inventory"].keys() == INVENTORY.keys()
    assert product["pricing"]["msrp"] >= product["pricing"]["price"] > 0
    assert [entry.backend for entry in result.trace] == ["enricher", "generator", "generator"]


@pytest.mark.llmock(config={"map": {"*": "sociable"}})
def test_all_are_asked_at_the_same_time(pipeline, llmock):
    synthetic = llmock.backends["synthetic"].call
    everybody_is_here = asyncio.Barrier(len(PARTS))

    async def sociable(prompt):
        async with asyncio.timeout(5):  # were they asked one after the other, the first would wait in vain
            await everybody_is_here.wait()
        return await fold(synthetic(prompt))

    llmock.backends.add("sociable", sociable)

    assert pipeline.bind(PRODUCT).run_sync({"sku": "WM-123"}).ok


def test_a_part_that_fails_is_left_out(pipeline):
    def inventory(data):
        raise ConnectionError("the warehouse is closed")

    result = pipeline.parallel({**PARTS, "inventory": inventory}, on_error="collect").run_sync(
        {"sku": "WM-123"}
    )

    assert result.value.keys() == {"details", "pricing"}
    assert "the warehouse is closed" in str(result.failed[0].error)
