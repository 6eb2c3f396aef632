"""A step for each of many items."""

import anyio
import pytest
from hosts import Canned
from hypothesis import given
from hypothesis import strategies as st

from pytest_llmock import Batch, Fallback, Parallel, Pipeline, Slot, Stage, StepFailed

SIZES = st.integers(1, 7)


def inverse(item):
    return 12 // item


@given(
    st.lists(st.integers(0, 3), max_size=25), SIZES, SIZES, st.sampled_from(["whole", "single"]), st.randoms()
)
def test_a_batch_keeps_the_order_and_loses_nothing(items, size, concurrency, kind, random):
    """Each item is a value in its place, or stands in `failed` with its place; none is both or neither."""
    waits = [random.random() * 0.001 for _ in items]

    async def work(given):
        await anyio.sleep(waits.pop())
        return [12 // item for item in given] if kind == "whole" else 12 // given

    result = Batch(work, size, concurrency, whole=kind == "whole").run_sync(items)

    failed = {slot.index: slot.item for slot in result.failed}
    assert [slot.index for slot in result.failed] == sorted(failed)
    assert all(items[index] == item for index, item in failed.items())
    bad = {index for index, item in enumerate(items) if item == 0}
    if kind == "whole":
        bad = {index for index in range(len(items)) for other in bad if other // size == index // size}
    assert failed.keys() == bad
    assert result.value == [None if index in bad else 12 // item for index, item in enumerate(items)]


@pytest.mark.parametrize("loop", ["asyncio", "trio"])
@pytest.mark.parametrize(("size", "concurrency", "together"), [(1, 1, 1), (4, 1, 4), (3, 2, 6), (50, 1, 20)])
def test_so_many_items_run_together(loop, size, concurrency, together):
    """`size` items of `concurrency` batches."""
    busy, most = 0, 0

    async def main():
        full = anyio.Event()

        async def work(item):
            nonlocal busy, most
            busy += 1
            most = max(most, busy)
            if busy == together:
                full.set()
            await full.wait()
            busy -= 1
            return item

        return await Batch(work, size, concurrency).run([*range(20)])

    assert anyio.run(main, backend=loop).value == [*range(20)]
    assert most == together


def test_a_whole_batch_is_handed_over_as_a_list():
    """Of `size` items, the last of what is left."""
    host = Canned(lambda asked: asked.generation.body)

    result = Batch(Stage("echo"), size=4, whole=True).bound(host).run_sync([*range(10)])

    assert [asked.generation.body for asked in host.asked] == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
    assert result.value == [*range(10)]


@pytest.mark.parametrize(("made", "told"), [([1], "a list of 1"), ({"a": []}, "an object"), (None, "null")])
def test_a_whole_batch_needs_a_value_for_each_item(made, told):
    """What is not as long as its list has failed, for each item of it."""
    result = Batch(lambda items: made, size=2, whole=True).run_sync([7, 8])

    problem = f"it was given a list of 2 items (whole=True) and made {told}: one for each item is needed."
    assert problem in str(result.failed[0].error)
    assert (result.value, [slot.item for slot in result.failed]) == ([None, None], [7, 8])


@pytest.mark.parametrize("loop", ["asyncio", "trio"])
def test_a_batch_that_cancels_raises_the_first_error(loop):
    """And waits for nobody."""

    async def work(item):
        await anyio.sleep(60 if item else 0)
        raise ValueError(item)

    with pytest.raises(StepFailed, match=r"^Step 'work' failed: ValueError: 0\. Its input: 0\.$") as caught:
        anyio.run(Batch(work, on_error="cancel").run, [1, 0, 2], backend=loop)

    assert caught.value.path == ("Batch", "work")


def test_a_whole_batch_that_cancels_raises_its_error():
    """With the list as its input."""
    with pytest.raises(StepFailed, match=r"Its input: \[1, 2\]\."):
        Batch(lambda items: items[5], 2, on_error="cancel", whole=True).run_sync([1, 2, 3])


def test_nothing_is_done_for_no_items():
    """An empty list is one."""
    host = Canned()

    assert Batch(Stage("x")).bound(host).run_sync([]).value == []
    assert host.asked == []


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (
            {"total": 2, "users": [1]},
            (
                "a Batch works on a list of items, not on an object. Put a function before it that takes one out: "
                "lambda data: data['users']."
            ),
        ),
        ({"total": 2}, "a Batch works on a list of items, not on an object."),
        ("users", "a Batch works on a list of items, not on text."),
        (2.5, "a Batch works on a list of items, not on a number."),
    ],
)
def test_data_that_are_no_list_are_told_from_items(data, told):
    """With the way to a list, where there is one."""
    with pytest.raises(StepFailed) as caught:
        Batch(inverse).run_sync(data)

    assert caught.value.reason == f"Step 'Batch' failed: {told}"


class Unsure(Stage):
    """A step that leaves an issue behind."""

    async def apply(self, data, run):
        run.issues.append("not sure")
        return data


@pytest.mark.parametrize(
    ("batch", "issues"),
    [
        (Batch(Unsure("u")), ("item 0: not sure", "item 1: not sure")),
        (Batch(Unsure("u"), whole=True), ("items 0 to 1: not sure",)),
        (
            Batch(Batch(Unsure("u"))),
            ("item 0: item 0: not sure", "item 1: item 0: not sure"),
        ),
    ],
)
def test_what_items_leave_to_mend_says_whose_it_is(batch, issues):
    """In the order of the items."""
    items = [[1], [2]] if isinstance(batch.step, Batch) else [1, 2]

    assert batch.run_sync(items).issues == issues


def test_what_fails_within_an_item_says_where():
    """The places of items and branches, outermost first."""
    branches = Parallel({"twelfth": inverse, "same": lambda item: item}, on_error="collect")

    result = Batch(branches).run_sync([1, 0])

    (slot,) = result.failed
    assert (slot.within, slot.index, slot.place) == ((1,), "twelfth", "item 1, branch 'twelfth'")
    assert result.value == [{"twelfth": 12, "same": 1}, {"same": 0}]
    assert "  failed: item 1, branch 'twelfth': Step 'inverse' failed" in result.explain()


def test_a_migration_gives_what_came_over_what_failed_and_what_to_look_at():
    """The tutorial's case: migrated, failed, warnings."""

    def transform(record):
        return {"id": record["id"], "name": record["NAME"]}

    validate = Stage("validate", when=lambda record: record["id"] == 2, keep_input=False)
    checked = Parallel({"record": lambda record: record, "check": validate})
    host = Canned({"passed": False, "issues": ["no name"]})
    migrate = Batch(Pipeline(transform, checked)).bound(host)

    result = migrate.run_sync([{"id": 1, "NAME": "Ada"}, {"id": 2, "NAME": ""}, {"id": 3}])

    migrated = [each["record"]["id"] for each in result.value if each]
    warnings = [
        each["record"]["id"] for each in result.value if each and each["check"].get("passed") is False
    ]
    assert (migrated, warnings, [slot.item["id"] for slot in result.failed]) == ([1, 2], [2], [3])


def test_items_may_fall_back_one_by_one():
    """What failed is made by another, the rest stays."""
    assert Batch(Fallback(inverse, lambda item: -1)).run_sync([0, 4]).value == [-1, 3]


@pytest.mark.parametrize("size", [1, 10, 100_000])
def test_many_items_that_never_wait_need_no_task_each(size):
    """The tasks under way at a time are few, however many items there are."""
    most = 0

    def count(item):
        nonlocal most
        most = max(most, len(anyio.get_running_tasks())) if item % 100 == 0 else most
        return item

    result = Batch(count, size).run_sync([*range(2_000)])

    assert result.value == [*range(2_000)]
    assert most < 50


@pytest.mark.parametrize(
    ("arguments", "options", "error"),
    [
        (
            ("x",),
            {},
            "Batch takes steps and functions of one argument, not 'x'. For a model call: Stage('x', shape=…).",
        ),
        ((inverse, 0), {}, "Batch: size is 0: give a whole number, 1 or more."),
        ((inverse, True), {}, "Batch: size is True: give a whole number, 1 or more."),
        ((inverse, "10"), {}, "Batch: size is '10': give a whole number, 1 or more."),
        ((inverse, 1, -1), {}, "Batch: concurrency is -1: give a whole number, 1 or more."),
        ((inverse,), {"whole": "no"}, "Batch: whole is 'no', which is not known. Give True, False."),
        (
            (inverse,),
            {"on_error": "colect"},
            "Batch: on_error is 'colect', which is not known. Did you mean 'collect'? Give 'cancel', 'collect'.",
        ),
    ],
)
def test_what_means_nothing_is_refused_when_it_is_built(arguments, options, error):
    """With what would have worked."""
    with pytest.raises((ValueError, TypeError)) as caught:
        Batch(*arguments, **options)

    assert str(caught.value) == error


@pytest.mark.parametrize(
    ("batch", "shown"),
    [
        (Batch(inverse), "Batch(inverse)"),
        (
            Batch(Stage("x"), 50, 2, "cancel", whole=True),
            "Batch(Stage('x'), size=50, concurrency=2, on_error='cancel', whole=True)",
        ),
    ],
)
def test_a_batch_shows_what_one_writes(batch, shown):
    """Its repr is its topology."""
    assert repr(batch) == shown


@pytest.mark.parametrize(
    ("batch", "label"), [(Batch(inverse), "each item"), (Batch(inverse, 3, whole=True), "lists of 3")]
)
def test_a_batch_is_drawn_by_what_it_hands_over(batch, label):
    """On the arrow to its step."""
    assert f'n1 -- "{label}" --> n2' in batch.to_mermaid()


def test_a_slot_knows_its_place():
    """Alone, an item."""
    assert Slot(3, None, ValueError()).place == "item 3"
