"""Ten thousand customers, none of them twice, one in ten looked at by the good model, and nothing lost on the way."""

import json

import pytest
from load_test_data import CUSTOMER, customers

from pytest_llmock import DataSetError, RequestError


@pytest.fixture
def out(tmp_path):
    return tmp_path / "customers.jsonl"


def read(file):
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def test_ten_thousand_customers(llmock_settings, out, quality_gate):
    made = customers(out, settings=llmock_settings)

    records = read(out)
    assert (made.records, made.batches, len(records)) == (10_000, 100, 10_000)
    assert len({record["email"] for record in records}) == 10_000
    quality_gate(records[:200], shape=CUSTOMER, rules=["Verify email formats"], threshold=0.95)


def test_every_tenth_batch_goes_to_the_good_model(llmock_settings, out):
    def careful(prompt):
        return [{**record, "phone": "+47 22 00 00 00"} for record in prompt.generation.body]

    customers(out, 2_000, enrich_backend=careful, settings=llmock_settings)

    enriched = [place for place, record in enumerate(read(out)) if record["phone"] == "+47 22 00 00 00"]
    assert enriched == [*range(100), *range(1_000, 1_100)]


def test_what_was_interrupted_goes_on_where_it_was(llmock_settings, out):
    asked = []

    def tired(prompt):
        asked.append(prompt)
        if len(asked) == 2:
            raise RequestError("That is enough for today.")
        return prompt.generation.body

    with pytest.raises(DataSetError, match="That is enough for today"):
        customers(out, 2_000, enrich_backend=tired, settings=llmock_settings)
    assert not out.exists()

    made = customers(out, 2_000, enrich_backend=tired, settings=llmock_settings)

    assert made.resumed > 0
    assert len(read(out)) == 2_000
    assert len(asked) == 3  # the first of the two batches to enrich was not asked for again
