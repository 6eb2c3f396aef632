"""What a plan says of itself, and what is refused when it is built."""

import pytest

from pytest_llmock.datasets.plan import Part, values_of
from pytest_llmock.errors import SettingsError


def test_the_parts_cover_all_records(plan):
    """The last one has what is left."""
    parts = [plan(count=25, batch=10).part(batch) for batch in range(3)]

    assert parts == [Part(0, 0, 10), Part(1, 10, 10), Part(2, 20, 5)]


def test_every_nth_batch_is_enriched_the_first_one_included(plan):
    """So that a short run has one, too."""
    found = plan(count=50, batch=10, enrich_every=2, enricher="big")

    assert [found.part(batch).enriched for batch in range(found.batches)] == [True, False, True, False, True]


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"count": -1}, "--count is -1: give 0 or more."),
        ({"batch": 0}, "--batch is 0: give 1 or more."),
        ({"enrich_every": -2, "enricher": "a"}, "--enrich-every is -2: give 0 or more."),
        (
            {"enrich_every": 2},
            "Enrichment needs both: --enrich-every 10 says which batches, --enrich-backend NAME by whom.",
        ),
        (
            {"unique": ("naem",)},
            "--unique: the records of this shape have no field 'naem'. Did you mean 'name'?",
        ),
        (
            {"unique": ("level",), "shape": {"level": "a|b|c"}},
            (
                '--unique level: 10 records cannot all differ in \'level\', which has 3 values ("a", "b", "c"). '
                "Lower --count, or leave the key out."
            ),
        ),
        (
            {
                "unique": ("n",),
                "shape": {
                    "type": "object",
                    "properties": {"n": {"type": "integer", "minimum": 1, "maximum": 9}},
                },
            },
            (
                "--unique n: 10 records cannot all differ in 'n', which has 9 values (1, 2, 3, 4, 5, …). Lower "
                "--count, or leave the key out."
            ),
        ),
    ],
    ids=["count", "batch", "every", "no enricher", "no field", "few choices", "few numbers"],
)
def test_what_cannot_be_is_refused_at_once(plan, said, message):
    """The option is named, and what would do."""
    with pytest.raises(SettingsError) as raised:
        plan(**said)

    assert raised.value.message == message


@pytest.mark.parametrize(
    ("schema", "values"),
    [
        ({"const": 3}, [3]),
        ({"enum": ["a", "b", "a"]}, ["a", "b"]),
        ({"type": "boolean"}, [False, True]),
        ({"type": "integer", "minimum": 5, "maximum": 20, "multipleOf": 4}, [8, 12, 16, 20]),
        ({"type": "integer", "minimum": 5}, None),
        ({"type": "integer", "minimum": 0.5, "maximum": 2}, None),
        ({"type": "string"}, None),
    ],
    ids=["one", "choices", "yes or no", "bounds", "no end", "no whole bound", "text"],
)
def test_values_are_counted_where_the_schema_has_few(schema, values):
    """None where nobody knows."""
    found = values_of(schema)

    assert (None if found is None else list(found)) == values


def test_plans_that_would_make_other_records_differ(plan):
    """Everything that the bytes depend on is in the identity."""
    others = [
        plan(count=11),
        plan(seed=1),
        plan(batch=7),
        plan(backend="b"),
        plan({"id": 0}),
        plan(unique=("id",)),
        plan(enrich_every=3, enricher="b"),
        plan(locale="de"),
    ]

    identities = [str(each.identity) for each in (plan(), *others)]

    assert len(set(identities)) == len(identities)
