"""A GGUF file as a backend: what settings make of it, and the answers of a real model in a real process."""

import asyncio
from contextlib import aclosing
from pathlib import Path

import pytest
import pytest_asyncio

from pytest_llmock.backends.live import Live
from pytest_llmock.backends.llamacpp import LLAMACPP
from pytest_llmock.backends.openai_compatible import OpenAICompatible
from pytest_llmock.config import load_settings
from pytest_llmock.errors import BackendError, Failure, SettingsError
from pytest_llmock.folding import fold
from pytest_llmock.llm import Message, Origin, Prompt, ResponseSchema, Sampling, Text

USER = {
    "type": "object",
    "properties": {
        "id": {"type": "integer", "minimum": 1, "maximum": 99},
        "role": {"enum": ["admin", "user"]},
    },
    "required": ["id", "role"],
    "additionalProperties": False,
}


def ask(words="Hi", *, schema=None, **sampling):
    options = {"max_tokens": 8, "seed": 1, **sampling}
    return Prompt((Message("user", (Text(words),)),), sampling=Sampling(**options), schema=schema)


@pytest_asyncio.fixture
async def live():
    """Makes leaves in the test's own loop."""
    live = Live()
    yield live
    await live.aclose()


@pytest.fixture
def leaf(live, entry, gguf):
    """A leaf for the tiny model."""
    return live.leaf(*entry("llamacpp", ModelName=str(gguf)))


async def until(condition):
    """Give others their turn until something is so."""
    while not condition():  # noqa: ASYNC110 - what is waited for has no event
        await asyncio.sleep(0)


def process_of(leaf):
    """The process that serves the leaf's model."""
    return leaf.call.processes._loading[leaf.call.model].result()[0]


@pytest.mark.asyncio
async def test_answer_comes_in_pieces_with_origin_first_and_usage_last(leaf):
    """A model in a file streams as a server does, under the name of the file."""
    deltas = [delta async for delta in leaf.call(ask())]

    assert deltas[0].origin == Origin("x", "live", "tiny.gguf", "llamacpp")
    assert len(deltas) > 5
    assert deltas[-1].end.finish_reason == "length"
    assert (deltas[-1].end.usage.output_tokens, deltas[-1].end.usage.estimated) == (8, False)


@pytest.mark.asyncio
async def test_schema_binds_the_model(leaf):
    """llama.cpp holds what it writes to the schema."""
    completion = await fold(leaf.call(ask(schema=ResponseSchema(USER), max_tokens=200)))

    assert sorted(completion.json()) == ["id", "role"]
    assert completion.finish_reason == "stop"


@pytest.mark.asyncio
async def test_calls_that_come_together_share_one_model(leaf, live, entry, gguf):
    """A file is loaded once, however many ask for it, and for every backend and test that names it."""
    other = live.leaf(*entry("LlamaCpp", ModelName=str(gguf), MaxTokens=3))

    answers = await asyncio.gather(*(fold(each.call(ask())) for each in (leaf, other, leaf)))

    assert [answer.usage.output_tokens for answer in answers] == [8, 3, 8]
    assert len(leaf.call.processes._started) == 1


@pytest.mark.asyncio
async def test_a_reader_that_leaves_does_not_harm_the_model(leaf):
    """An answer that is closed in the middle ends there, and the next one comes."""
    async with aclosing(leaf.call(ask(max_tokens=3000))) as deltas:
        await anext(deltas)

    assert (await fold(leaf.call(ask()))).usage.output_tokens == 8


@pytest.mark.asyncio
async def test_a_caller_that_leaves_while_the_model_is_loaded_does_not_stop_that(leaf):
    """The next call finds it loaded."""
    call = asyncio.create_task(fold(leaf.call(ask())))
    await until(lambda: leaf.call.processes._loading)
    call.cancel()

    await asyncio.gather(call, return_exceptions=True)

    assert (await fold(leaf.call(ask()))).usage.output_tokens == 8
    assert len(leaf.call.processes._started) == 1


@pytest.mark.asyncio
async def test_a_process_that_died_is_started_again(leaf):
    """A crash costs the calls under way, and no later one."""
    await fold(leaf.call(ask()))
    process = process_of(leaf)
    process.stop()

    completion = await fold(leaf.call(ask()))

    assert completion.usage.output_tokens == 8
    assert process_of(leaf) is not process


@pytest.mark.asyncio
async def test_nobody_without_the_key_is_answered(leaf, http):
    """Other users of the machine find a port, and a door that is shut."""
    await fold(leaf.call(ask()))
    _, address = await leaf.call.processes.running(leaf.call.model)
    stranger = OpenAICompatible(name="stranger", provider=LLAMACPP, http=http, base_url=f"{address}/v1/")

    with pytest.raises(BackendError) as caught:
        await fold(stranger(ask()))

    assert caught.value.failure.status == 401


@pytest.mark.asyncio
async def test_the_model_ends_with_the_server(entry, gguf):
    """No process is left over, even while an answer is being made."""
    live = Live()
    leaf = live.leaf(*entry("llamacpp", ModelName=str(gguf)))
    deltas = leaf.call(ask(max_tokens=3000))
    await anext(deltas)

    await live.aclose()

    assert process_of(leaf).is_over
    await deltas.aclose()


@pytest.mark.asyncio
@pytest.mark.parametrize("started", [0, 1], ids=["before its process has started", "while that loads"])
async def test_a_model_that_is_being_loaded_ends_with_the_server(entry, gguf, started):
    """Whoever waits for it is told, and no process is left over."""
    live = Live()
    leaf = live.leaf(*entry("llamacpp", ModelName=str(gguf)))
    call = asyncio.create_task(fold(leaf.call(ask())))
    await until(lambda: leaf.call.processes._loading and len(leaf.call.processes._started) >= started)

    await live.aclose()

    with pytest.raises(
        BackendError, match="tiny.gguf cannot be loaded by llama.cpp: it ended without a word"
    ):
        await call
    assert all(process.is_over for process in leaf.call.processes._started)


@pytest.mark.asyncio
async def test_a_model_that_begins_to_load_after_all_is_closed_ends_at_once(leaf, live):
    """The order in which things end does not matter."""
    await live.aclose()

    with pytest.raises(BackendError, match="it ended without a word"):
        await fold(leaf.call(ask()))


@pytest.mark.asyncio
async def test_a_model_that_cannot_run_is_told_with_its_path(live, entry, tmp_path):
    """The failure is one that is neither recorded nor asked again."""
    leaf = live.leaf(*entry("llamacpp", ModelName=str(tmp_path / "no.gguf")))

    with pytest.raises(BackendError) as caught:
        await fold(leaf.call(ask()))

    assert caught.value.backend == "x"
    assert caught.value.failure == Failure(
        "resolve",
        f"Backend 'x' (llamacpp): {tmp_path / 'no.gguf'} does not exist. Put the GGUF file there, or set "
        "'ModelName' to where it is.",
    )


def test_a_leaf_says_what_it_runs_and_where_it_is(entry, tmp_path):
    """The file's name is the model, so that a recording plays wherever the file stands; nothing is read."""
    leaf = Live().leaf(*entry("llamacpp", ModelName=str(tmp_path / "sub" / "m.gguf"), MaxTokens=5))

    assert (leaf.provider, leaf.model) == ("llamacpp", "m.gguf")
    assert leaf.base_url == (tmp_path / "sub" / "m.gguf").as_uri()
    assert (leaf.live, leaf.enabled, leaf.configured) == (True, True, True)
    assert leaf.asked(Prompt()).sampling.max_tokens == 5


def test_a_relative_path_begins_at_the_settings_file(tmp_path):
    """It means the same file wherever pytest is started."""
    (tmp_path / "llmock.json").write_text(
        '{"Backends": [{"Name": "x", "Provider": "llamacpp", "ModelName": "models/m.gguf"}]}'
    )
    settings = load_settings(tmp_path, environ={})

    leaf = Live().leaf(settings.backends[0], settings)

    assert leaf.call.model.path == tmp_path / "models" / "m.gguf"


def test_without_a_settings_file_a_path_begins_in_the_current_folder(entry, tmp_path, monkeypatch):
    """As any path that is written in code."""
    monkeypatch.chdir(tmp_path)

    leaf = Live().leaf(*entry("llamacpp", ModelName="m.gguf"))

    assert leaf.call.model.path == tmp_path / "m.gguf"


def test_a_tilde_is_the_home_folder(entry):
    """Models stand there, and a settings file that is shared cannot know where."""
    leaf = Live().leaf(*entry("llamacpp", ModelName="~/models/m.gguf"))

    assert leaf.call.model.path == Path.home() / "models" / "m.gguf"
    assert leaf.model == "m.gguf"


def test_a_windows_path_names_the_same_model(entry):
    """Recordings of all systems are alike."""
    leaf = Live().leaf(*entry("llamacpp", ModelName="models\\m.gguf"))

    assert leaf.model == "m.gguf"


def test_the_context_is_that_of_the_settings(entry):
    """Each call gets as many tokens as the document says."""
    leaf = Live().leaf(*entry("llamacpp", ModelName="m.gguf", document={"MaxContextWindow": 2000}))

    assert leaf.call.model.context == 2000


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        ({}, "needs 'ModelName', the path of a GGUF file."),
        ({"ModelName": " "}, "needs 'ModelName', the path of a GGUF file."),
        (
            {"ModelName": "m.gguf", "BaseUrl": "http://127.0.0.1:8080/v1/"},
            "runs a file, and takes no 'BaseUrl'. For a llama.cpp server that runs already write Provider 'lmstudio'.",
        ),
    ],
)
def test_an_entry_that_names_no_file_is_refused_at_once(entry, keys, problem):
    """What no call could mend is said before the first one."""
    with pytest.raises(SettingsError) as caught:
        Live().leaf(*entry("llamacpp", **keys))

    assert caught.value.message == f"Backend 'x': provider 'llamacpp' {problem}"


def test_a_disabled_entry_may_be_incomplete(entry):
    """Nobody uses it."""
    leaf = Live().leaf(*entry("llamacpp", Enabled=False))

    assert (leaf.provider, leaf.enabled) == ("llamacpp", False)


@pytest.mark.asyncio
async def test_a_check_says_whether_the_file_is_there_without_loading_it(leaf, gguf):
    """A health check must not take the memory that a model takes."""
    health = await leaf.check()

    assert (health.up, health.models, health.model_present) == (True, (gguf.name,), True)
    assert leaf.call.processes._loading == {}


@pytest.mark.asyncio
async def test_a_check_of_a_missing_file_says_what_to_do(live, entry, tmp_path):
    """It is told before the first call needs it."""
    leaf = live.leaf(*entry("llamacpp", ModelName=str(tmp_path / "gone.gguf")))

    health = await leaf.check()

    assert (health.up, health.reachable) == (False, False)
    assert "gone.gguf does not exist. Put the GGUF file there" in health.problem
