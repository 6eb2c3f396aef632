"""Steps side by side: what becomes of their results, and of their failures."""

import time

import anyio
import pytest
from hosts import Canned
from hypothesis import given
from hypothesis import strategies as st

from pytest_llmock import Parallel, Pipeline, Stage, StepFailed
from pytest_llmock.errors import LLMockError, RefusedError

LEAVES = st.integers(0, 3) | st.booleans() | st.lists(st.integers(0, 1), max_size=2)
OBJECTS = st.dictionaries(
    st.sampled_from("abc"), LEAVES | st.dictionaries(st.sampled_from("xy"), LEAVES), max_size=3
)


def giving(value, *, after_s=0.0):
    """A function that gives this, in its time."""

    async def made(data):
        await anyio.sleep(after_s)
        return value

    return made


def failing(data):
    raise ValueError("out of stock")


def price(data):
    return {"price": 3}


def stock(data):
    return {"stock": 4}


@pytest.mark.parametrize(
    ("parallel", "value"),
    [
        pytest.param(
            Parallel({"p": price, "s": stock}), {"p": {"price": 3}, "s": {"stock": 4}}, id="nest, by name"
        ),
        pytest.param(
            Parallel([price, stock]), {"price": {"price": 3}, "stock": {"stock": 4}}, id="nest, by label"
        ),
        pytest.param(
            Parallel(price, stock), {"price": {"price": 3}, "stock": {"stock": 4}}, id="nest, steps"
        ),
        pytest.param(Parallel(price), {"price": {"price": 3}}, id="one step"),
        pytest.param(Parallel({"p": price, "s": stock}, merge="flat"), {"price": 3, "stock": 4}, id="flat"),
        pytest.param(Parallel({"p": price, "q": price}, merge="flat"), {"price": 3}, id="equal, no conflict"),
        pytest.param(
            Parallel(giving({"a": {"x": 1}, "l": [1]}), giving({"a": {"y": {}}, "l": [1]}), merge="deep"),
            {"a": {"x": 1, "y": {}}, "l": [1]},
            id="deep",
        ),
        pytest.param(
            Parallel({"p": price, "s": stock}, merge=lambda made: [*made]), ["p", "s"], id="function, mapping"
        ),
        pytest.param(Parallel([price, stock], merge=lambda made: made[1]["stock"]), 4, id="function, list"),
        pytest.param(Parallel([price, price], merge=len), 2, id="function, twice the same"),
        pytest.param(
            Parallel([stock, stock, price], merge="flat"), {"stock": 4, "price": 3}, id="flat, twice the same"
        ),
        pytest.param(Parallel(price, merge=giving("x")), "x", id="async function"),
    ],
)
def test_how_results_become_one(parallel, value):
    """Nested, flat, deep, or as a function says."""
    assert parallel.run_sync({}).value == value


def test_a_step_may_merge():
    """A stage is asked with all results as its data."""
    host = Canned({"best": 1})
    parallel = Parallel({"p": price}, merge=Stage("choose", backend="judge", keep_input=False))

    value = parallel.bound(host).run_sync({}).value

    assert (value, host.asked[0].generation.body) == ({"best": 1}, {"p": {"price": 3}})


@pytest.mark.parametrize(
    ("one", "other", "merge", "told"),
    [
        ({"a": 1}, {"a": 2}, "flat", "both set /a, to 1 and to 2."),
        ({"a": 1}, {"a": True}, "flat", "both set /a, to 1 and to True."),
        ({"a": {"x": 1}}, {"a": {"y": 1}}, "flat", "both set /a, to {'x': 1} and to {'y': 1}."),
        ({"a": {"b/c": [1]}}, {"a": {"b/c": [1, 2]}}, "deep", "both set /a/b~1c, to [1] and to [1, 2]."),
        ({"a": {"x": 1}}, {"a": 1}, "deep", "both set /a, to {'x': 1} and to 1."),
    ],
)
def test_branches_that_contradict_each_other_are_refused(one, other, merge, told):
    """Both are named, and the field."""
    parallel = Parallel({"p": giving(one), "q": giving({}), "r": giving(other)}, merge=merge)

    with pytest.raises(StepFailed) as caught:
        parallel.run_sync({})

    advice = "Let one of them make it, nest the branches (merge='nest'), or merge them with a function."
    assert caught.value.reason == f"Step 'Parallel' failed: branches 'p' and 'r' {told} {advice}"


def test_a_result_that_is_no_object_is_not_merged_into_one():
    """The message names the branch and what it made."""
    with pytest.raises(
        StepFailed, match=r"branch 'names' made a list, and only objects can be merged"
    ) as caught:
        Parallel({"p": price, "names": giving(["Ada"])}, merge="flat").run_sync({})

    assert type(caught.value.__cause__) is LLMockError


@given(st.lists(OBJECTS, min_size=1, max_size=4), st.sampled_from(["nest", "flat", "deep"]), st.randoms())
def test_the_order_of_the_branches_changes_no_value(results, merge, random):
    """Both orders give the same, or both are refused."""
    names = [str(number) for number in range(len(results))]
    shuffled = sorted(names, key=lambda _: random.random())

    def outcome(order):
        branches = {name: (lambda _, name=name: results[int(name)]) for name in order}
        try:
            return Parallel(branches, merge=merge).run_sync({}).value
        except StepFailed:
            return "refused"

    assert outcome(names) == outcome(shuffled)


@pytest.mark.parametrize("loop", ["asyncio", "trio"])
@pytest.mark.parametrize("slow", [0, 1, 2])
def test_who_is_ready_first_changes_nothing(loop, slow):
    """Results stand in the order of the branches, and the trace in the order in which calls began."""
    waits = [0.02 if number == slow else 0.0 for number in range(3)]
    branches = [Pipeline(giving(0, after_s=wait), Stage(f"s{wait}{n}")) for n, wait in enumerate(waits)]
    parallel = Parallel(dict(zip("abc", branches, strict=True)), merge=lambda made: [*made.items()])

    result = anyio.run(parallel.bound(Canned(lambda asked: asked.step)).run, {}, backend=loop)

    assert [name for name, _ in result.value] == ["a", "b", "c"]
    assert result.trace[-1].name == f"s0.02{slow}"


def test_branches_run_at_the_same_time():
    """Three calls take about as long as one."""
    stages = [Stage(name).bound(Canned({}, after_s=0.05)) for name in "abc"]
    parallel = Parallel(*[Stage(name) for name in "abc"]).bound(Canned({}, after_s=0.05))
    began = time.monotonic()
    for stage in stages:
        stage.run_sync({})
    in_sequence = time.monotonic() - began

    assert parallel.run_sync({}).seconds < 0.7 * in_sequence


def test_no_branch_sees_what_another_does_to_the_data():
    """Each has the data as they came."""

    def spoil(data):
        data["list"].append(1)
        return data

    value = Parallel({"a": spoil, "b": lambda data: data, "c": spoil}).run_sync({"list": []}).value

    assert value == {"a": {"list": [1]}, "b": {"list": []}, "c": {"list": [1]}}


@pytest.mark.parametrize("loop", ["asyncio", "trio"])
def test_a_branch_that_fails_cancels_the_others(loop):
    """At once, and its own error is raised."""
    parallel = Parallel({"slow": giving({}, after_s=60), "bad": failing})

    with pytest.raises(StepFailed, match=r"^Step 'failing' failed: ValueError: out of stock\.") as caught:
        anyio.run(parallel.run, {}, backend=loop)

    assert caught.value.path == ("Parallel", "failing")


@pytest.mark.parametrize("loop", ["asyncio", "trio"])
def test_failures_that_are_collected_leave_the_other_values(loop):
    """The branch is left out, and stands in `failed` with its name, its input and its error."""
    parallel = Parallel({"p": giving(3, after_s=0.01), "bad": failing}, on_error="collect")

    result = anyio.run(parallel.run, {"sku": 1}, backend=loop)

    (slot,) = result.failed
    assert (result.value, result.ok, slot.index, slot.item) == ({"p": 3}, False, "bad", {"sku": 1})
    assert str(slot.error).startswith("Step 'failing' failed: ValueError: out of stock.")
    assert (slot.place, result.issues) == ("branch 'bad'", ())


def test_a_parallel_whose_branches_all_fail_fails():
    """Also where failures are collected; every cause is told."""
    parallel = Parallel({"a": failing, "b": Stage("make", backend="x")}, on_error="collect")

    with pytest.raises(StepFailed) as caught:
        parallel.bound(Canned(RefusedError("no"))).run_sync({})

    causes = "Step 'failing' failed: ValueError: out of stock. Step 'make' (backend 'x') failed: no."
    assert caught.value.reason == f"Step 'Parallel' failed: none of its 2 steps succeeded. {causes}"
    assert caught.value.status == 400


def test_what_a_branch_leaves_to_mend_says_whose_it_is():
    """Issues begin with the branch."""

    class Loop(Stage):
        async def apply(self, data, run):  # noqa: ARG002 - it calls no model
            run.issues.append("/age: too old")
            return {}

    assert Parallel({"p": Loop("user")}).run_sync({}).issues == ("branch 'p': /age: too old",)


@pytest.mark.parametrize(
    ("branches", "options", "error"),
    [
        ((), {}, "A Parallel needs a branch at least: Parallel({'price': Stage('price', …)})."),
        (({},), {}, "A Parallel needs a branch at least: Parallel({'price': Stage('price', …)})."),
        (([],), {}, "A Parallel needs a branch at least: Parallel({'price': Stage('price', …)})."),
        (
            ([price, price],),
            {},
            (
                "Parallel: two branches are named 'price', and their results cannot stand under one name. Name "
                "them with a mapping: Parallel({'a': …, 'b': …})."
            ),
        ),
        (({"": price},), {}, "Parallel: a branch is named ''; give text, such as 'price'."),
        (({1: price},), {}, "Parallel: a branch is named 1; give text, such as 'price'."),
        (({"a": "b"},), {}, "Parallel takes steps and functions of one argument, not 'b'."),
        (({"a": price}, "flat"), {}, "Parallel takes steps and functions of one argument, not {'a': "),
        (
            (price,),
            {"merge": "flatt"},
            (
                "Parallel: merge is 'flatt', which is not known. Did you mean 'flat'? Give 'nest', 'flat', 'deep' "
                "or a function."
            ),
        ),
        (
            (price,),
            {"on_error": None},
            "Parallel: on_error is None, which is not known. Give 'cancel', 'collect'.",
        ),
    ],
)
def test_what_means_nothing_is_refused_when_it_is_built(branches, options, error):
    """With the nearest thing that would have worked."""
    with pytest.raises((ValueError, TypeError)) as caught:
        Parallel(*branches, **options)

    assert str(caught.value).startswith(error)


def test_an_unknown_backend_in_a_branch_is_refused_when_it_is_bound():
    """Long before it is asked."""
    with pytest.raises(RefusedError, match="Stage 'b': backend 'ghost' is not configured"):
        Parallel({"a": Stage("a"), "b": Stage("b", backend="ghost")}).bound(Canned(known={"x"}))


@pytest.mark.parametrize(
    ("parallel", "shown"),
    [
        (Parallel({"p": price, "s": Stage("s")}), "Parallel({'p': price, 's': Stage('s')})"),
        (Parallel(price, stock, merge="flat"), "Parallel(price, stock, merge='flat')"),
        (
            Parallel(price, merge=stock, on_error="collect"),
            "Parallel(price, merge=stock, on_error='collect')",
        ),
    ],
)
def test_a_parallel_shows_what_one_writes(parallel, shown):
    """Its repr is its topology."""
    assert repr(parallel) == shown


def test_a_parallel_is_drawn_with_its_names():
    """Branches stand side by side, and meet where they are merged."""
    drawn = Parallel({"p": price, "stock": stock}).to_mermaid()

    assert drawn == (
        'flowchart LR\n    n1(["input"])\n    n2(["price"])\n    n1 -- "p" --> n2\n    n3(["stock"])\n'
        '    n1 --> n3\n    n4(["nest"])\n    n2 --> n4\n    n3 --> n4\n    n5(["result"])\n    n4 --> n5\n'
    )


def test_a_merging_step_is_drawn_where_branches_meet():
    """By its own name."""
    drawn = Parallel(price, stock, merge=Stage("choose")).to_mermaid()

    assert 'n4["choose"]\n    n2 --> n4\n    n3 --> n4' in drawn
