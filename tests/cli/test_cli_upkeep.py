"""`cassettes accept | prune | scan | migrate`."""

import os
from pathlib import Path

import pytest

from pytest_llmock.cassettes.identity import key_of
from recordings import cassette, chat

TAPE = Path("cassettes/test_chat/test_say.yaml")
SECRET = "qZ7" * 9


def test_accept_takes_over_and_says_what_it_did(run, here):
    """A line for each file."""
    cassette(TAPE, chat())
    failed = cassette(Path(f"{TAPE}.failed"), chat(answer="New"), chat("Two"))

    done = run("cassettes", "accept")

    assert (done.exit_code, done.stdout) == (0, f"{failed}: 1 replaced, 1 added in {TAPE}\n")
    assert not failed.exists()


def test_accept_refuses_what_may_go_on_and_does_the_rest(run, here):
    """A test may be running; --force takes it all the same."""
    failed = cassette(Path(f"{TAPE}.failed"), chat())
    pending = cassette(Path(f"{TAPE}.0123abcd.recording"), chat("Two"))

    refused = run("cassettes", "accept", TAPE)
    forced = run("cassettes", "accept", pending, "--force")

    assert (refused.exit_code, refused.stdout) == (1, f"{failed}: 0 replaced, 1 added in {TAPE}\n")
    assert refused.stderr.startswith(f"pytest-llmock: {pending}: this was written less than 60 seconds ago")
    assert (forced.exit_code, forced.stdout) == (0, f"{pending}: 0 replaced, 1 added in {TAPE}\n")


def test_accept_has_nothing_to_do_most_of_the_time(run):
    """And says so."""
    done = run("cassettes", "accept")

    assert done.stdout == "There is nothing to accept: no run has left a .failed or .recording file.\n"


def test_prune_says_what_would_go_and_then_removes_it(run, here):
    """Both say the same."""
    cassette(TAPE, chat(answer="Long. " * 5000), chat("Two", at="2200-01-01T00:00:00Z"))
    (blob,) = TAPE.parent.joinpath("blobs").iterdir()
    os.utime(blob, (1, 1))
    empty = cassette(TAPE.with_name("empty.yaml"))

    dry = run("cassettes", "prune", "--older-than", "0", "--blobs", "--dry-run")
    kept = (TAPE.read_text().count("interaction:"), blob.exists(), empty.exists())
    done = run("cassettes", "prune", "--older-than", "0", "--blobs")

    assert kept == (2, True, True)
    assert done.stdout.splitlines()[0] == f"{empty}: removed: it has no recording"
    assert done.stdout.splitlines()[1].startswith(f"{TAPE}: recording 1 removed: it was recorded ")
    assert done.stdout.splitlines()[2] == f"{blob}: removed: no recording mentions it"
    assert dry.stdout == done.stdout.replace("removed:", "would be removed:")
    assert (TAPE.read_text().count("interaction:"), blob.exists(), empty.exists()) == (1, False, False)


def test_prune_has_nothing_to_do_without_an_age(run, here):
    """Recordings are kept for ever unless somebody says otherwise."""
    cassette(TAPE, chat())

    done = run("cassettes", "prune", "--blobs")

    assert (done.exit_code, done.stdout) == (0, "There is nothing to remove.\n")


def test_prune_tells_what_it_cannot_judge(run, here):
    """Damage is a finding."""
    cassette(TAPE, chat(at="soon"))

    done = run("cassettes", "prune", "--older-than", "90d")

    assert done.exit_code == 1
    assert done.stdout.splitlines()[1] == f"{TAPE}:5: 'soon' is no time, so that its age is not known."


def test_an_age_that_is_none_is_a_usage_error(run):
    """It says how an age is written."""
    done = run("cassettes", "prune", "--older-than", "old")

    assert done.exit_code == 2
    assert "'old' is not an age. Write a number of days" in done.stderr


def test_scan_finds_nothing_in_good_cassettes(run, here):
    """What is not ours is passed over, because pre-commit names every file that fits."""
    cassette(TAPE, chat())
    vcr = TAPE.with_name("vcr.yaml")
    vcr.write_text("interactions: []\n")

    done = run("cassettes", "scan", TAPE, vcr)

    assert (done.exit_code, done.stdout) == (0, "Nothing found in 1 cassette, 1 other file passed over.\n")
    assert run("cassettes", "scan").stdout == "Nothing found in 1 cassette.\n"


def test_scan_finds_secrets_of_environment_and_settings(run, here, monkeypatch):
    """By name, with file and line, and fails."""
    monkeypatch.setenv("SHOP_API_KEY", SECRET)
    (here / "llmock.toml").write_text(
        f'[[Backends]]\nName = "writer"\nProvider = "ollama"\nApiKey = "{SECRET[::-1]}"\n'
    )
    cassette(TAPE, chat(f"{SECRET} and {SECRET[::-1]}"))

    done = run("cassettes", "scan")

    rest = "Write <redacted:{0}> in its place, and get a new one if others can have seen it."
    assert done.exit_code == 1
    assert done.stdout.splitlines() == [
        f"{TAPE}:12: a secret stands here ({name}). {rest.format(name)}"
        for name in ("SHOP_API_KEY", "writer.ApiKey")
    ]
    assert SECRET not in done.output


def test_migrate_says_what_it_changes(run, here):
    """A dry run says the same and writes nothing."""
    cassette(TAPE, chat())
    edited = TAPE.read_text().replace("user: Hello", "user: Bye")
    TAPE.write_text(edited)

    dry = run("cassettes", "migrate", "--dry-run")
    unchanged = TAPE.read_text() == edited
    done = run("cassettes", "migrate")

    assert dry.stdout == f"{TAPE}: 1 edited recording with a new identity, not written\n"
    assert unchanged
    assert done.stdout == f"{TAPE}: 1 edited recording with a new identity\n"
    assert TAPE.read_text() == edited.replace(key_of(chat().request), key_of(chat("Bye").request))


def test_migrate_goes_on_behind_a_damaged_file(run, here):
    """Damage is a finding; leftovers are migrated too."""
    cassette(TAPE, chat())
    TAPE.write_text(TAPE.read_text().replace("user: Hello", "user: ["))
    failed = cassette(Path(f"{TAPE}.failed"), chat())
    failed.write_text(failed.read_text().replace("user: Hello", "user: Bye"))

    done = run("cassettes", "migrate")

    first, second = done.stdout.splitlines()
    assert (done.exit_code, first) == (1, f"{failed}: 1 edited recording with a new identity")
    assert second.startswith(f"{TAPE}:14: this is no YAML")


def test_migrate_has_nothing_to_do_most_of_the_time(run, here):
    """And says so."""
    cassette(TAPE, chat())

    assert run("cassettes", "migrate").stdout == "There is nothing to migrate.\n"


@pytest.mark.parametrize("name", ["list", "prune", "scan", "migrate"])
def test_a_path_that_leads_nowhere_is_a_usage_error(run, name):
    """No command says that all is well with files it has not seen."""
    done = run("cassettes", name, "nowhere")

    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith(
        "pytest-llmock: There is no file or folder nowhere. Name cassettes or folders"
    )
