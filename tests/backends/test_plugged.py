"""Providers of other packages, and of modules beside the settings."""

import asyncio
import json
import sys

import pytest

from pytest_llmock.backends.live import Live
from pytest_llmock.config import load_settings
from pytest_llmock.errors import SettingsError
from pytest_llmock.folding import fold
from pytest_llmock.llm import Generation, Prompt, Sampling

ECHO = """
made = []

def make(entry, settings):
    made.append(entry.name)
    async def backend(prompt):
        return {"model": entry.model_name, "max": prompt.sampling.max_tokens, "heat": prompt.sampling.temperature}
    return backend
"""
OBJECT = """
from dataclasses import replace
from pytest_llmock import Delta, End
closed = []

class Bard:
    live = False
    base_url = "http://stage/?key=secret"

    async def __call__(self, prompt):
        yield Delta(f"at most {prompt.sampling.max_tokens}")
        yield Delta(end=End())

    def asked(self, prompt):
        return replace(prompt, model="asked")

    async def aclose(self):
        closed.append("closed")

def make(entry, settings):
    return Bard()
"""
CLOSING = """
told = []

class Closing:
    def __init__(self, close):
        self.aclose = close

    def __call__(self, prompt):
        return "x"

def fail():
    raise OSError("the stage is locked")

def make(entry, settings):
    return Closing(fail if entry.model_name == "bad" else lambda: told.append(entry.model_name))
"""
BROKEN = {
    "absent": "import nothing_of_this_name",
    "empty": "",
    "text": "make = 'text'",
    "raises": "def make(entry, settings):\n    raise ValueError('no voice for sk-1234567890.')",
    "nothing": "def make(entry, settings):\n    pass",
    "coroutine": "async def make(entry, settings):\n    pass",
    "undecided": "def make(entry, settings):\n    make.live = 'perhaps'\n    return make",
    "picky": "from pytest_llmock import SettingsError\ndef make(entry, settings):\n    raise SettingsError('Give a ModelName.')",
}
RETURN = "it has to return a function of the prompt, or an object that is called like one."


def answer(leaf, prompt=None):
    return asyncio.run(fold(leaf.call(prompt or Prompt())))


def test_a_package_provides_a_backend(install, entry):
    """An entry point is found by its name in any case, and its function gets the entry of the settings."""
    install("bard", ECHO, mine="bard:make")

    leaf = Live().leaf(*entry(" Mine ", ModelName="m-1"))

    assert (leaf.name, leaf.provider, leaf.model, leaf.base_url) == ("x", "Mine", "m-1", "")
    assert (leaf.live, leaf.enabled, leaf.configured) == (True, True, True)
    assert answer(leaf).json()["model"] == "m-1"


def test_the_limits_of_the_entry_are_laid_over_what_a_package_is_asked(install, entry):
    """A provider needs no code for MaxTokens and Temperature, and a recording has them."""
    install("bard", ECHO, mine="bard:make")
    leaf = Live().leaf(*entry("mine", MaxTokens=9, Temperature=0.25))
    prompt = Prompt(generation=Generation(), sampling=Sampling(max_tokens=50))

    found = answer(leaf, prompt).json()

    assert (found["max"], found["heat"]) == (9, 0.25)
    assert leaf.asked(prompt).sampling == Sampling(max_tokens=9, temperature=0.25)


def test_an_object_says_more_of_itself(install, entry):
    """`live`, `base_url` (without what may be a key) and `asked` are taken from the backend, if it has them."""
    install("bard", OBJECT, mine="bard:make")

    leaf = Live().leaf(*entry("mine", MaxTokens=9))

    assert (leaf.live, leaf.base_url) == (False, "http://stage/")
    assert leaf.asked(Prompt()) == Prompt(model="asked")
    assert answer(leaf).text == "at most None"


def test_a_backend_is_made_once_for_an_entry_and_its_settings(install, entry):
    """Connections of a backend serve every test, as those of built-in providers do."""
    install("bard", ECHO, mine="bard:make")
    live = Live()

    for keys in ({}, {}, {"ModelName": "m"}, {"document": {"Temperature": 1}}, {}):
        live.leaf(*entry("mine", **keys))

    assert len(sys.modules["bard"].made) == 3


def test_a_backend_is_closed_with_the_server(install, entry):
    """`aclose` is awaited, once for each backend."""
    install("bard", OBJECT, mine="bard:make")
    live = Live()
    for _ in range(2):
        live.leaf(*entry("mine"))

    asyncio.run(live.aclose())
    asyncio.run(live.aclose())

    assert sys.modules["bard"].closed == ["closed"]


def test_a_backend_that_cannot_be_closed_keeps_no_other_from_it(install, entry, caplog):
    """The failure is logged, and the rest is closed; a plain function closes as well as a coroutine."""
    install("bard", CLOSING, mine="bard:make")
    live = Live()
    for model in ("bad", "good"):
        live.leaf(*entry("mine", ModelName=model))

    asyncio.run(live.aclose())

    assert sys.modules["bard"].told == ["good"]
    assert [record.message for record in caplog.records] == ["Backend 'x' (mine) could not be closed."]
    assert "the stage is locked" in caplog.text


def test_a_disabled_backend_is_not_made(install, entry):
    """What nobody may use need not be there, and says so to whoever calls it past the settings."""
    install("bard", "import nothing_of_this_name", mine="bard:make")

    leaf = Live().leaf(*entry("mine", Enabled=False, ModelName="m"))

    assert (leaf.live, leaf.enabled, leaf.provider, leaf.model) == (True, False, "mine", "m")
    with pytest.raises(SettingsError, match="disabled, and was not made"):
        answer(leaf)


@pytest.mark.parametrize(
    ("package", "problem"),
    [
        (
            "absent",
            "cannot be loaded: ModuleNotFoundError: No module named 'nothing_of_this_name'. Repair or uninstall the package, or name another Provider.",
        ),
        (
            "empty",
            "cannot be loaded: AttributeError: module 'empty' has no attribute 'make'. Repair or uninstall the package, or name another Provider.",
        ),
        ("text", "is a str, not a function of (entry, settings)."),
        ("raises", "failed: ValueError: no voice for ***."),
        ("nothing", f"returned None, which is no backend: {RETURN}"),
        ("coroutine", f"returned a coroutine, which is no backend: {RETURN}"),
        ("undecided", "returned a backend whose `live` is a str, not True or False."),
    ],
)
def test_a_broken_package_is_named_with_its_entry_point_and_the_cause(install, entry, package, problem):
    """Nobody has to guess which of the installed packages it is."""
    install(package, BROKEN[package], mine=f"{package}:make")

    with pytest.raises(SettingsError) as caught:
        Live().leaf(*entry("mine"))

    assert (
        caught.value.message
        == f"Backend 'x': provider 'mine' of package '{package}' ({package}:make) {problem}"
    )


def test_a_settings_error_of_a_package_is_told_in_its_own_words(install, entry):
    """Whoever knows what is wrong with an entry says it."""
    install("picky", BROKEN["picky"], mine="picky:make")

    with pytest.raises(SettingsError, match=r"^Give a ModelName\.$"):
        Live().leaf(*entry("mine"))


def test_two_packages_of_one_name_are_refused(install, entry):
    """Which of them answers must not depend on the order of sys.path."""
    install("bard", ECHO, mine="bard:make")
    install("aoide", ECHO, Mine="aoide:make")

    with pytest.raises(SettingsError) as caught:
        Live().leaf(*entry("mine"))

    assert caught.value.message == (
        "Backend 'x': provider 'mine' is declared by package 'aoide' and package 'bard'. Uninstall all but one, "
        "or name the function: Provider 'aoide:make'."
    )


@pytest.mark.parametrize("name", ["lmstudio", "llamacpp"])
def test_a_package_cannot_take_the_name_of_a_built_in_provider(install, entry, gguf, name):
    """What a name means does not change with what is installed."""
    install("bard", "import nothing_of_this_name", **{name: "bard:make"})

    leaf = Live().leaf(*entry(name, ModelName=str(gguf)))

    assert leaf.provider == name


def test_an_unknown_provider_is_told_which_ones_packages_have(install, entry):
    """The warning of the settings lists all that could have been written."""
    install("bard", ECHO, mine="bard:make", other="bard:make")
    backend, settings = entry("mein")

    leaf = Live().leaf(backend, settings)

    assert (leaf.provider, leaf.base_url) == ("ollama", "http://localhost:11434/v1/")
    assert settings.warnings == (
        (
            "Settings in code: Backends[0].Provider: Unknown provider 'mein', falling back to ollama. Did you mean 'mine'? "
            "Available providers: synthetic, scripted, ollama, openai, lmstudio, anthropic, azure, llamacpp, mine, other"
        ),
    )


def test_a_function_is_named_by_its_module(install, entry):
    """Without a package, the settings say where `make` is."""
    install("bard", ECHO)

    leaf = Live().leaf(*entry("bard:make", ModelName="m-2"))

    assert (leaf.provider, leaf.live) == ("bard:make", True)
    assert answer(leaf).json()["model"] == "m-2"


def test_a_module_beside_the_settings_file_is_found(install, tmp_path):
    """`pytest-llmock serve` finds what a test finds, wherever either was started."""
    folder = tmp_path / "inner"
    folder.mkdir()
    (folder / "hidden_bard.py").write_text(ECHO)
    backend = {"Name": "x", "Provider": "hidden_bard:make", "ModelName": "m-3"}
    (folder / "llmock.json").write_text(json.dumps({"Backends": [backend]}))
    settings = load_settings(folder, environ={})

    leaf = Live().leaf(settings.backends[0], settings)

    assert answer(leaf).json()["model"] == "m-3"


@pytest.mark.parametrize(
    ("provider", "problem"),
    [
        (
            "nowhere_at_all:make",
            "cannot be loaded: ModuleNotFoundError: No module named 'nowhere_at_all'. Python finds a module beside the settings file, and in the folders of pytest's setting `pythonpath`.",
        ),
        ("bard:", "names no function. Write package.module:function, or the name of a provider."),
        ("http://bard", "names no function. Write package.module:function, or the name of a provider."),
        ("bard:made", "is a list, not a function of (entry, settings)."),
    ],
)
def test_a_name_that_leads_to_no_function_is_refused(install, entry, provider, problem):
    """A misspelt function is no model on this machine, and not Ollama either."""
    install("bard", ECHO)

    with pytest.raises(SettingsError) as caught:
        Live().leaf(*entry(provider))

    assert caught.value.message == f"Backend 'x': provider '{provider}' {problem}"


def test_an_attempt_of_a_provider_has_the_time_of_its_entry(install, entry):
    """What somebody else wrote need not bound itself."""
    install("bard", "def make(entry, settings):\n    return lambda prompt: 'Sing.'", mine="bard:make")

    own = Live().leaf(*entry("mine", TimeoutSeconds=7))
    general = Live().leaf(*entry("mine", document={"TimeoutSeconds": 9}))

    assert (own.timeout_s, general.timeout_s) == (7, 9)
