"""`pytest-llmock backends list` and `check`."""

import json
import re

import pytest

from pytest_llmock.backends.health import Health
from pytest_llmock.backends.registry import Leaf
from pytest_llmock.cli.checking import _lines
from pytest_llmock.cli.listing import aligned
from pytest_llmock.folding import as_backend

CALL = as_backend(lambda prompt: "x")
DOWN = {"Name": "down", "Provider": "ollama", "BaseUrl": "http://127.0.0.1:9/v1/", "ModelName": "llama3"}
OFF = {"Name": "off", "Provider": "lmstudio", "Enabled": False}
GENERATOR = {"Name": "gen", "Provider": "synthetic"}


@pytest.fixture
def configure(here):
    """Writes the settings: `configure({"Name": …}, …, Failover=True)`."""

    def configure(*backends, **document):
        (here / "llmock.json").write_text(json.dumps({"Backends": backends, **document}))

    return configure


def live(server, name="tiny", **more):
    return {
        "Name": name,
        "Provider": "lmstudio",
        "BaseUrl": server.base_url,
        "ModelName": server.model,
        **more,
    }


def test_backends_are_listed_as_they_are_configured(run, configure):
    """In the order of the settings; a key in an address is not shown, nor one anywhere else."""
    cloud = {"Name": "cloud", "Provider": "openai", "ModelName": "gpt-5", "ApiKey": "sk-CANARY", "Weight": 3}
    cloud |= {
        "BaseUrl": "https://api.example.com/v1/?key=sk-CANARY",
        "Priority": -1,
        "Failover": ["gen", "down"],
    }
    configure(cloud, {**DOWN, "Failover": False}, OFF, GENERATOR, Failover=True)

    done = run("backends", "list")

    assert done.exit_code == 0
    assert done.stdout.splitlines() == [
        "NAME   PROVIDER   MODEL      ADDRESS                      ENABLED  WEIGHT  PRIORITY  FAILOVER",
        "cloud  openai     gpt-5      https://api.example.com/v1/  yes      3       -1        gen, down",
        "down   ollama     llama3     http://127.0.0.1:9/v1/       yes      1       0         no",
        "off    lmstudio   -          http://localhost:1234/v1/    no       1       0         yes",
        "gen    synthetic  synthetic  -                            yes      1       0         yes",
        "",
        "Always there: synthetic, scripted.",
    ]


def test_the_list_as_json_has_values_and_no_key(run, configure):
    """For programs."""
    configure({**DOWN, "ApiKey": "sk-CANARY"})

    done = run("backends", "list", "--json")

    assert json.loads(done.stdout) == [
        {
            "name": "down",
            "provider": "ollama",
            "model": "llama3",
            "base_url": "http://127.0.0.1:9/v1/",
            "enabled": True,
            "weight": 1,
            "priority": 0,
            "failover": False,
        }
    ]


def test_without_backends_the_embedded_one_is_named(run):
    """That is no mistake."""
    listed, checked = run("backends", "list"), run("backends", "check")

    assert (
        listed.stdout
        == "No backend is configured: 'synthetic' answers.\n\nAlways there: synthetic, scripted.\n"
    )
    assert (checked.exit_code, checked.stdout) == (0, "No backend is configured: 'synthetic' answers.\n")


def test_a_built_in_name_that_is_configured_is_listed_once(run, configure):
    """It is in the table then."""
    configure({"Name": "synthetic", "Provider": "synthetic"}, {"Name": "scripted", "Provider": "scripted"})

    done = run("backends", "list")

    assert [line.split("  ")[0] for line in done.stdout.splitlines()] == ["NAME", "synthetic", "scripted"]


def test_a_real_server_is_checked_beside_others(run, configure, llama):
    """Who is up, who is not and what to do; the disabled one is listed, not asked."""
    configure(live(llama), DOWN, OFF, GENERATOR)

    done = run("backends", "check", "--json-mode")

    lines = [re.sub(r"\d+ ms ", "N ms ", line) for line in done.stdout.splitlines()]
    assert [re.split(r"  +", line) for line in lines[:5]] == [
        ["NAME", "PROVIDER", "REACHABLE", "MODELS", "LATENCY", "KEY", "JSON MODE"],
        ["tiny", "lmstudio", "yes", f"1, with {llama.model}", "N ms", "not needed", "schema"],
        ["down", "ollama", "no", "-", "-", "not needed", "-"],
        ["off", "lmstudio", "disabled", "-", "-", "-", "-"],
        ["gen", "synthetic", "yes", "1, with synthetic", "-", "not needed", "schema"],
    ]
    assert lines[5:] == [
        "",
        (
            "down is down: Backend 'down' (ollama at http://127.0.0.1:9) cannot be reached: connection refused. "
            "Is Ollama running? Start it with `ollama serve`."
        ),
        "1 of 3 enabled backends is down.",
    ]
    assert done.exit_code == 1


def test_only_the_named_ones_are_asked(run, configure, llama):
    """In any case, each once; nothing is wrong with those, so the status is 0."""
    configure(live(llama), DOWN, OFF)

    done = run("backends", "check", "TINY", "off", "tiny", "synthetic")

    assert done.exit_code == 0
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["NAME", "tiny", "off", "synthetic"]


def test_a_check_as_json_says_it_all(run, configure, llama):
    """With the list of models; null where nobody was asked."""
    configure(live(llama), OFF)

    done = run("backends", "check", "--json")

    tiny, off = json.loads(done.stdout)
    assert (tiny["up"], tiny["models"], tiny["model_present"], tiny["json_mode"]) == (
        True,
        [llama.model],
        True,
        "unknown",
    )
    assert off == {"name": "off", "provider": "lmstudio", "model": "", "enabled": False, "up": None}


def test_a_model_that_is_not_listed_is_told_and_is_not_down(run, configure, llama):
    """Some servers take any name: only a call would tell."""
    configure(live(llama, ModelName="tiny-rnd"))

    done = run("backends", "check")

    assert done.exit_code == 0
    assert "1, without tiny-rnd" in done.stdout
    assert done.stdout.splitlines()[-1] == (
        f"tiny does not list 'tiny-rnd'. Did you mean '{llama.model}'? Is the model there? Get it with "
        "`lms get tiny-rnd`."
    )


def test_a_missing_key_is_told_and_no_key_is_printed(run, configure, llama, monkeypatch):
    """By the key's state, never by the key."""
    monkeypatch.setenv("KEY_FOR_CHECK", "sk-CANARY")
    cloud = {"Provider": "openai", "ApiKey": "${KEY_FOR_CHECK}"}
    configure(live(llama, "given", **cloud), live(llama, "without", Provider="openai"))

    texts = [run("backends", "check", *form) for form in ((), ("--json",))]

    assert [done.exit_code for done in texts] == [1, 1]
    assert re.findall(r"ms +(present|missing)", texts[0].stdout) == ["present", "missing"]
    assert "without is down: OpenAI provider requires an API key. Set 'ApiKey'" in texts[0].stdout
    assert "CANARY" not in "".join(done.output for done in texts)


def test_a_hanging_server_is_given_the_time_that_the_command_line_says(run, configure, silent):
    """A check never takes as long as a call may."""
    configure({**DOWN, "BaseUrl": silent})

    done = run("backends", "check", "--timeout", "0.05")

    assert done.exit_code == 1
    assert " did not answer within 0.05 s. Is Ollama running?" in done.stdout


@pytest.fixture
def silent():
    """The address of a server that takes connections and says nothing."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/v1/"


def test_an_unknown_name_is_a_usage_error(run, configure):
    """Nobody is asked."""
    configure(DOWN)

    done = run("backends", "check", "donw")

    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr == "pytest-llmock: There is no backend 'donw'. Did you mean 'down'?\n"


@pytest.mark.parametrize("command", ["list", "check"])
def test_bad_settings_are_a_usage_error(run, here, command):
    """With file and key, as in a run."""
    (here / "mine.json").write_text('{"Backends": [{"Name": "x", "HealthCheckPath": "http://other/"}]}')

    done = run("backends", command, "--config", "mine.json")

    assert done.exit_code == 2
    assert 'mine.json: Backends[0].HealthCheckPath is "http://other/", which is an address' in done.stderr


def test_a_table_is_aligned_and_shows_what_a_terminal_would_obey():
    """Names of models come from servers."""
    lines = aligned([("A", "MODEL"), ("long name", "x\x1b[31m"), ("b", ""), ("c\nd", "e")])

    assert lines == ["A          MODEL", "long name  x\\x1b[31m", "b          -", "c d        e"]


def test_several_that_are_down_are_counted():
    """One line for each, then the sum."""
    leaves = [Leaf(name, CALL, "ollama", live=True) for name in "ab"]
    known = {name: Health(name, reachable=True, problem="says \x1b[31m no") for name in "ab"}

    assert list(_lines(leaves, known))[3:] == [
        "",
        "a is down: says \\x1b[31m no",
        "b is down: says \\x1b[31m no",
        "2 of 2 enabled backends are down.",
    ]
