"""Sessions without pytest."""

import asyncio

import httpx
import pytest

from pytest_llmock import Delta, End, Settings, Stage, connect
from pytest_llmock.config import load_settings
from pytest_llmock.errors import BackendError, DeadlineError, Failure, RefusedError, SettingsError, StepFailed

OSLO = [{"role": "user", "content": "How is Oslo?"}]
USER = {"id": 0, "name": "string"}


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A current folder of one's own, without any settings."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(session, **stage):
    """What a stage makes of the same data."""
    return session.pipeline(Stage("make", shape=USER, **stage)).run_sync({"id": 7})


def counting(answers):
    """A live backend that answers with the next name, and keeps count."""

    def backend(prompt):
        answers.append(len(answers))
        return {"id": 7, "name": f"name {len(answers)}"}

    return backend


def test_without_settings_the_generator_answers():
    """The same as everywhere."""
    with connect() as session:
        first = run(session).value
    with connect() as session:
        assert run(session).value == first == {"id": 7, "name": first["name"]}


@pytest.mark.asyncio
async def test_a_connection_may_be_entered_async():
    """And its patterns be awaited."""
    async with connect() as session:
        result = await session.pipeline(Stage("make", shape=USER)).run({"id": 7})

    assert result.value["id"] == 7
    assert session.closed


def test_settings_may_be_given_as_a_mapping_or_loaded(folder):
    """In any spelling, or as Settings."""
    entry = {"Name": "fast", "Provider": "synthetic"}
    loaded = load_settings(folder, environ={}, overrides={"backends": [entry]})
    assert isinstance(loaded, Settings)

    for settings in ({"LlmBackends": [entry]}, loaded):
        with connect(settings) as session:
            assert run(session).trace[0].backend == "fast"


def test_settings_of_the_folder_are_found(folder):
    """As a test run finds them."""
    (folder / "llmock.json").write_text('{"backends": [{"name": "fast", "provider": "synthetic"}]}')

    with connect() as session:
        assert run(session).trace[0].backend == "fast"


def test_the_backend_answers_whatever_names_nobody():
    """A stage that names one has it."""
    backends = [{"name": name, "provider": "synthetic"} for name in "ab"]

    with connect({"backends": backends}, backend="b") as session:
        asked = [run(session).trace[0].backend, run(session, backend="a").trace[0].backend]

    assert asked == ["b", "a"]


def test_a_session_has_a_script():
    """Answers, faults and claims, as `llm_backend` has them."""
    with connect() as session:
        session.script.on(contains="Oslo").reply("Sunny.")
        answer = httpx.post(f"{session.url}/api/chat", json={"model": "m", "stream": False, "messages": OSLO})
        session.script.assert_called_with(contains="Oslo", times=1)

    assert answer.json()["message"]["content"] == "Sunny."


def test_live_backends_are_called_and_not_recorded(folder):
    """Unless one says where to."""
    answers = []

    with connect() as session:
        session.backends.add("live", counting(answers), live=True)
        names = [run(session, backend="live").value["name"] for _ in range(2)]

    assert names == ["name 1", "name 2"]
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("place", ["recordings", "recordings/mine.yaml"], ids=["folder", "file"])
def test_what_was_recorded_is_replayed(folder, place):
    """Again and again, and nobody is called."""
    answers, values = [], []

    for mode in ("once", "none", "none"):
        with connect(record=mode, cassettes=place) as session:
            session.backends.add("live", counting(answers), live=True)
            values += [run(session, backend="live").value["name"] for _ in range(1 if mode == "once" else 2)]

    assert (values, answers) == (["name 1"] * 5, [0])
    assert [path.name for path in (folder / "recordings").iterdir()] == [
        "mine.yaml" if place.endswith("yaml") else "connect.yaml"
    ]


def test_what_was_not_recorded_is_refused():
    """In record mode none."""
    with connect(record="none", cassettes="recordings") as session:
        session.backends.add("live", counting([]), live=True)
        with pytest.raises(StepFailed) as caught:
            run(session, backend="live")

    assert caught.value.reason.startswith(
        "Step 'make' (backend 'live') failed: Cassette miss: no recording answers POST /make by backend 'live'"
    )
    assert type(caught.value.__cause__) is RefusedError


def test_an_error_in_the_block_is_raised_as_it_is():
    """The connection is closed all the same."""
    with pytest.raises(ZeroDivisionError), connect() as session:
        raise ZeroDivisionError

    assert session.closed


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"record": "ones"}, "Did you mean 'once'?"),
        ({"settings": {"backends": 3}}, "backends"),
        (
            {"settings": {"backends": [{"name": "x", "provider": "llamacpp"}]}},
            "Backend 'x': provider 'llamacpp' needs 'ModelName'",
        ),
    ],
)
def test_settings_that_mean_nothing_are_refused_when_it_is_entered(arguments, told):
    """With the nearest thing that would have worked."""
    with pytest.raises(SettingsError) as caught:
        connect(**arguments).__enter__()

    assert told in caught.value.message


def test_an_unknown_backend_is_refused():
    """Strictly as in a test: of a stage when its pattern is built, of the session when it is asked."""
    with connect(backend="ghost") as session:
        with pytest.raises(RefusedError) as caught:
            session.pipeline(Stage("make", backend="synthetc"))
        with pytest.raises(StepFailed, match="'ghost' is not"):
            run(session)

    assert caught.value.message == (
        "Stage 'make': Backend 'synthetc' is not configured. Did you mean 'synthetic'? Enable or add it in the "
        "settings, or name another."
    )


def test_settings_that_are_lax_let_the_default_answer():
    """The call has a warning."""
    with connect({"strict": False}, backend="ghost") as session:
        assert run(session).trace[0].backend == "synthetic"

    assert session.calls[0].warnings


def test_a_recording_without_a_place_is_refused_at_once():
    """Nothing would be kept."""
    with pytest.raises(SettingsError) as caught:
        connect(record="once")

    assert caught.value.message == (
        "record='once' needs a place for what it records: connect(record='once', cassettes='recordings')."
    )


def test_it_is_entered_once():
    """The server of the first block would never end."""
    opened = connect()

    with opened, pytest.raises(RuntimeError, match="entered before: each block needs one of its own"):
        opened.__enter__()


def test_what_a_session_has_is_looked_for_in_the_block():
    """Who forgot to enter it is told."""
    with pytest.raises(AttributeError) as caught:
        connect().pipeline  # noqa: B018 - that it is not there is the point

    assert str(caught.value) == (
        "'connect' has no attribute 'pipeline'. It belongs to the session that a block gets: with connect() as "
        "session: session.pipeline."
    )
    assert not hasattr(connect(), "_nothing")


def live(session, *answers):
    """Two live models: "broken" fails as soon as "slow" was asked, which hangs for None among its answers."""
    asked, left = asyncio.Event(), iter(answers)

    async def broken(prompt):
        await asked.wait()
        raise BackendError(Failure("status", "broken", 500))
        yield

    async def slow(prompt):
        asked.set()
        name = next(left)
        if name is None:
            await asyncio.Event().wait()
        yield Delta(f'{{"name": "{name}"}}', end=End())

    session.backends.add("broken", broken, live=True)
    session.backends.add("slow", slow, live=True)


@pytest.mark.parametrize("timeout", [None, 0.2], ids=["by a branch that failed", "by a timeout"])
def test_what_was_cancelled_when_it_was_recorded_is_cancelled_in_replay(folder, timeout):
    """An equal call after it plays its own recording."""
    slow, answers = Stage("slow", backend="slow"), []

    for mode in ("once", "none"):
        with connect({"enable_retry_policy": False}, record=mode, cassettes="c.yaml") as session:
            live(session, None, "Ann")
            first = [slow] if timeout else [slow, Stage("broken", backend="broken")]
            with pytest.raises(DeadlineError if timeout else StepFailed):
                session.pipeline.parallel(*first).run_sync({}, timeout=timeout)
            answers.append(session.pipeline(slow).run_sync({}))

    assert [answer.value for answer in answers] == [{"name": "Ann"}] * 2
    assert [answer.trace[0].source for answer in answers] == ["recorded", "replayed"]


def test_what_has_no_effect_in_its_settings_is_logged(caplog):
    """No run of pytest is there to warn."""
    with connect({"Sed": 1}):
        pass

    assert [record.message for record in caplog.records] == [
        "Settings in code: Sed is not a known key and has no effect. Did you mean 'Seed'?"
    ]
