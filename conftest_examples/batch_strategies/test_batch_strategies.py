"""Small batches one after the other answer early; large batches at the same time get more done."""

import asyncio

import pytest

from pytest_llmock import Batch, Pipeline, Stage, fold

RECORD = {"id": 0, "name": "string", "email": "string"}
ITEMS = [{"id": number} for number in range(1, 101)]

ENRICH = Stage("enrich", backend="sociable", shape=RECORD)
SEQUENTIAL = Batch(ENRICH, size=10)
PARALLEL = Batch(ENRICH, size=50, concurrency=2)


class Sociable:
    """The embedded generator; it answers as soon as `number` ask it at once, and notes how many came."""

    def __init__(self, inner, number):
        self.inner, self.together = inner, asyncio.Barrier(number)
        self.asking, self.most = 0, 0

    async def __call__(self, prompt):
        self.asking += 1
        self.most = max(self.most, self.asking)
        async with asyncio.timeout(30):  # were there fewer, they would wait in vain
            await self.together.wait()
        self.asking -= 1
        return await fold(self.inner(prompt))


@pytest.mark.parametrize(
    ("strategy", "at_once"), [(SEQUENTIAL, 10), (PARALLEL, 100)], ids=["sequential", "parallel"]
)
def test_a_batch_says_how_many_are_asked_at_once(pipeline, llmock, strategy, at_once):
    sociable = Sociable(llmock.backends["generator"].call, at_once)
    llmock.backends.add("sociable", sociable)

    result = pipeline.bind(strategy).run_sync(ITEMS)

    assert [record["id"] for record in result.value] == list(range(1, 101))
    assert sociable.most == at_once


def test_a_whole_batch_in_one_call(pipeline, llmock):
    """For a model that is cheaper asked once for ten than ten times for one."""
    one_call = Pipeline(
        lambda items: {"users": items},
        Stage("enrich", backend="enricher", shape={"users": [RECORD]}, keep_input="strict"),
        lambda answer: answer["users"],
    )

    records = pipeline.batch(one_call, size=10, whole=True).run_sync(ITEMS).value

    assert [record["id"] for record in records] == list(range(1, 101))
    assert len(llmock.calls) == 10
