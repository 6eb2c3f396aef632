"""Keys that come once."""

from pathlib import Path

import pytest
from counting import modulo

from pytest_llmock import DataSetError, RequestError
from pytest_llmock.datasets.records import from_lines


def read(name="a.jsonl"):
    return from_lines(Path(name).read_bytes())


def test_a_record_whose_key_is_taken_is_made_again_at_its_place(make):
    """All of it, by the backend; the others stay."""
    make({"id": 0, "k": 0}, 40, "a.jsonl", batch=10, backend=modulo(30), unique=["k"])

    records = read()
    assert [record["id"] for record in records] == list(range(40))
    assert len({record["k"] for record in records}) == 40
    assert all(record["k"] == record["id"] * 7 % 30 for record in records[:30])


def test_a_key_of_few_values_gets_all_of_them(make):
    """Nobody has to find the last one by chance."""
    shape = {
        "type": "object",
        "properties": {"n": {"type": "integer", "minimum": 1, "maximum": 300}},
        "required": ["n"],
    }

    make(shape, 300, "a.jsonl", unique=["n"])

    assert sorted(record["n"] for record in read()) == list(range(1, 301))


def test_embedded_text_is_made_until_it_is_unique(make):
    """The first names come again and again."""
    make({"id": 0, "city": "string"}, 40, "a.jsonl", unique=["city"])

    assert len({record["city"] for record in read()}) == 40


def test_a_link_can_be_unique(make):
    """Each row is drawn once."""
    make({"id": 0}, 50, "users.jsonl")

    make({"id": 0, "userId": 0}, 50, "a.jsonl", unique=["userId"], links={"userId": "users.jsonl:id"})

    assert sorted(record["userId"] for record in read()) == list(range(1, 51))


def test_a_key_that_cannot_be_met_ends_the_run(make):
    """With the record, the key, and what to do."""

    def same(prompt):
        return [{"k": "a"}] * prompt.generation.count

    with pytest.raises(DataSetError) as raised:
        make({"k": "string"}, 2, "a.jsonl", backend=same, unique=["k"])

    assert raised.value.message == (
        "Record 1 (batch 0) was made again 20 times, and its 'k' was taken each time: there seem to be no 2 "
        "different values for it. Lower --count, leave out --unique k, or give 'k' a shape with more values."
    )


def test_records_made_again_are_kept_when_the_run_fails(make):
    """The next run asks only for what failed."""
    asked = []

    def backend(prompt):
        generation = prompt.generation
        asked.append((generation.start, generation.variant))
        if generation.start == 3 and len(asked) < 4:
            raise RequestError("Not now.")
        return [
            {"k": n if n in (0, 2) or generation.variant else 0}
            for n in range(generation.start, generation.start + generation.count)
        ]

    with pytest.raises(DataSetError, match="was not made: Not now"):
        make({"k": 0}, 4, "a.jsonl", backend=backend, unique=["k"])
    make({"k": 0}, 4, "a.jsonl", backend=backend, unique=["k"])

    assert asked == [(0, 0), (1, 1), (3, 1), (3, 1)]
    assert [record["k"] for record in read()] == [0, 1, 2, 3]
