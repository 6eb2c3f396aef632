"""`generate` in Python: what is refused, what is overwritten, and who answers."""

import asyncio
import json
import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from pytest_llmock import DataSetError, RefusedError, SettingsError, generate, load_settings
from pytest_llmock.datasets.checkpoint import checkpoint_of, open_checkpoint
from pytest_llmock.datasets.making import Made
from pytest_llmock.datasets.plan import Plan

SHAPE = {"id": 0, "name": "string"}
OUT = Path("users.jsonl")


@pytest.fixture
def make(tmp_path, monkeypatch):
    """Makes users.jsonl: `make(10, seed=3)` gives its text."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.upper().startswith("LLMOCK")]:
        monkeypatch.delenv(name)

    def make(count=10, *, shape=SHAPE, out=OUT, **said):
        generate(shape, count, out, **{"settings": {}, **said})
        return Path(out).read_text()

    return make


def test_the_same_call_makes_the_same_bytes(make):
    """The batch size does not matter to the embedded generator; the seed does."""
    first = make(30, seed=1)

    assert make(30, seed=1, force=True, batch=7, concurrency=2) == first
    assert make(30, seed=2, force=True) != first


def test_the_seed_of_the_settings_holds(make):
    """Unless the call has its own."""
    assert make(settings={"Seed": 5}) == make(seed=5, force=True)


def test_what_has_no_effect_in_its_settings_is_logged(make, caplog):
    """Once: whoever hands Settings over has their warnings."""
    make(settings={"Sed": 5})
    make(settings=load_settings(Path(), environ={}, overrides={"Sed": 5}), force=True)

    assert [record.message for record in caplog.records] == [
        "Settings in code: Sed is not a known key and has no effect. Did you mean 'Seed'?"
    ]


@dataclass
class User:
    id: int
    name: str


@pytest.mark.parametrize(
    "shape",
    [User, Path("shape.json"), "shape.json", {"users": [SHAPE]}],
    ids=["type", "path", "name of a file", "wrapped"],
)
def test_a_shape_is_said_in_many_ways(make, shape):
    """Each record is checked by it."""
    Path("shape.json").write_text(json.dumps(SHAPE))

    records = [json.loads(line) for line in make(shape=shape).splitlines()]

    assert [record["id"] for record in records] == list(range(1, 11))
    assert all(record.keys() == {"id", "name"} for record in records)


def test_a_file_that_is_there_is_not_overwritten(make):
    """Unless that is said."""
    make()

    with pytest.raises(SettingsError) as raised:
        make(seed=9)

    assert raised.value.message == (
        "users.jsonl exists already. To overwrite it: --force. To keep it, give another --out."
    )
    assert not checkpoint_of(OUT).exists()


def plan(count=10, **said):
    """The plan of the calls above."""
    return Plan(shape=SHAPE, count=count, path="/users", backend="synthetic (synthetic)", **said)


def test_a_run_killed_at_its_very_end_is_finished(make):
    """Its file has its name already, and all batches are there."""
    text = make()
    found = plan()
    checkpoint = open_checkpoint(OUT, found.identity, found.batches)
    checkpoint.add(found.part(0), Made(text.encode()))
    checkpoint.close()

    assert make() == text
    assert not checkpoint_of(OUT).exists()


def test_a_file_beside_an_unfinished_run_is_not_overwritten(make):
    """Somebody else may have put it there."""
    make()
    found = plan()
    open_checkpoint(OUT, found.identity, found.batches).close()

    with pytest.raises(SettingsError, match="users.jsonl exists already"):
        make()

    assert checkpoint_of(OUT).exists()


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"concurrency": 0}, "--concurrency is 0: give 1 or more."),
        ({"executor": "dusk"}, "--executor is 'dusk', which is none. Known: local, dask, dask:tcp://HOST:PORT."),
        ({"record": "once"}, "--record once needs a place for what it records: --cassettes DIR."),
        (
            {"record": "onec", "cassettes": "tapes"},
            "--record onec is no mode of recording here. Did you mean 'once'?",
        ),
        (
            {"executor": "dask", "cassettes": "tapes"},
            "--cassettes needs --executor local: one process writes a cassette.",
        ),
    ],
    ids=["concurrency", "executor", "no place", "mode", "a cassette for many"],
)  # fmt: skip
def test_what_cannot_be_is_refused_before_anything_is_made(make, said, message):
    """Nothing is left behind."""
    with pytest.raises(SettingsError) as raised:
        make(**said)

    assert raised.value.message == message
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize("said", [{"backend": "nobody"}, {"enrich_every": 2, "enrich_backend": "nobody"}])
def test_an_unknown_backend_is_refused_before_anything_is_made(make, said):
    """Both of them."""
    with pytest.raises(RefusedError, match=r"Backend 'nobody' is not configured\..* or name another\.$"):
        make(**said)

    assert list(Path().iterdir()) == []


def test_a_loop_is_not_held_up(make):
    """The error says how async code calls it."""

    async def call():
        make()

    with pytest.raises(RuntimeError, match=r"in async code, await asyncio.to_thread\(generate, …\)"):
        asyncio.run(call())


def test_it_runs_in_a_thread_of_async_code(make):
    """Which goes on in the meantime."""

    async def call():
        return await asyncio.to_thread(make)

    assert len(asyncio.run(call()).splitlines()) == 10


def test_every_nth_batch_goes_to_the_enricher(make):
    """By name or as a function; the first one is among them."""

    def enrich(prompt):
        return [{**record, "name": "rich"} for record in prompt.generation.body]

    names = [
        json.loads(line)["name"]
        for line in make(6, batch=2, enrich_every=2, enrich_backend=enrich).splitlines()
    ]

    assert [name == "rich" for name in names] == [True, True, False, False, True, True]


def test_an_embedded_enricher_changes_nothing(make):
    """There is nothing that it would know better."""
    assert make(enrich_every=1, enrich_backend="synthetic") == make(force=True)


def test_settings_may_be_an_object(make, tmp_path):
    """As `load_settings` gives it."""
    loaded = load_settings(tmp_path, environ={}, overrides={"Seed": 4})

    assert make(settings=loaded) == make(seed=4, force=True)


def test_a_changed_plan_is_refused_while_a_run_is_unfinished(make):
    """Whatever differs is named."""
    found = plan()
    open_checkpoint(OUT, found.identity, found.batches).close()

    with pytest.raises(
        SettingsError, match='seed was 0, is 3; unique was \\[\\], is \\["id"\\]. Say what was said then'
    ):
        make(seed=3, unique=["id"])


def test_a_data_set_that_fails_has_no_file(make):
    """Half of one would be taken for a whole."""

    def broken(prompt):
        raise OSError("gone")

    with pytest.raises(DataSetError, match="Batch 0 .* was not made: OSError: gone"):
        make(backend=broken)

    assert [path.name for path in Path().iterdir()] == ["users.jsonl.checkpoint"]
