"""Which files are cassettes, and what is in damaged ones."""

from pathlib import Path

import pytest

from pytest_llmock.cassettes.interaction import Interaction
from pytest_llmock.cassettes.maintenance import found
from pytest_llmock.cassettes.maintenance.found import Opened, Problem
from pytest_llmock.errors import CassetteError, SettingsError
from recordings import aged, cassette, chat


def test_folders_called_cassettes_are_looked_into(tape):
    """Wherever they are below this one, but not in environments and hidden folders."""
    mine = cassette(Path("a/cassettes/test_x/test_y.yaml"), chat())
    nested = cassette(Path("a/cassettes/deep/cassettes/z.yaml"), chat())
    for folder in ("venv", ".tox", "node_modules"):
        cassette(Path(folder, "cassettes/x.yaml"), chat())
    Path("venv/pyvenv.cfg").touch()

    assert found.cassettes() == [nested, mine]


def test_the_folder_that_one_stands_in_counts(tape, monkeypatch):
    """Somebody may have gone into it."""
    cassette(Path("cassettes/x.yaml"), chat())
    monkeypatch.chdir("cassettes")

    assert found.cassettes() == [Path("x.yaml")]


def test_what_others_keep_there_is_not_ours(tape):
    """vcrpy's cassettes stand in folders of the same name, and have no header of ours."""
    foreign = Path("cassettes/vcr.yaml")
    foreign.parent.mkdir()
    foreign.write_text("interactions:\n- request: {}\nversion: 1\n")

    assert found.cassettes() == []
    assert found.cassettes([foreign]) == [foreign]
    assert not found.is_ours(foreign)


@pytest.mark.parametrize(
    "start", [b"llmock_", b"llmock\0\0\0", b"\xef\xbb\xbfllmock_cassette: 1", b"?\ninteraction: 1"]
)
def test_a_damaged_cassette_is_ours_still(tape, start):
    """So that damage is found, not passed over."""
    path = Path("x.yaml")
    path.write_bytes(start)

    assert found.cassettes([Path()]) == [path]


def test_a_path_that_leads_nowhere_is_an_error(tape):
    """A typing mistake never means "all is well"."""
    with pytest.raises(SettingsError) as error:
        found.cassettes([Path("casettes")])

    assert error.value.message == (
        "There is no file or folder casettes. Name cassettes or folders, or nothing at all for every folder "
        "'cassettes' below this one."
    )


def test_leftovers_are_found_by_folder_cassette_and_name(tape):
    """A cassette that was never made may have some, too; the oldest comes first."""
    failed = aged(cassette(Path(f"{tape}.failed"), chat()))
    killed = aged(cassette(Path(f"{tape}.0123abcd.recording"), chat()), seconds=7200)
    cassette(Path(f"{tape}.torn"), chat())

    assert found.beside() == [killed, failed]
    assert found.beside([tape]) == [killed, failed]
    assert found.beside([failed]) == [failed]
    assert found.beside([Path("nowhere/x.yaml")]) == []
    assert found.leftovers(tape) == [killed, failed]


@pytest.mark.parametrize(
    ("message", "line", "text"),
    [
        ("x.yaml:7: broken.", 7, "broken."),
        ("x.yaml, line 7: broken.", 7, "broken."),
        ("x.yaml: unreadable.", 3, "unreadable."),
        ("x.yaml was written by a newer one", 3, "this was written by a newer one"),
        ("blobs/1.txt: broken.", 3, "blobs/1.txt: broken."),
    ],
)
def test_an_error_becomes_a_problem_of_its_line(message, line, text):
    """Whatever it says first, the result is `file:line: text`, once."""
    problem = Problem.of(CassetteError(message), Path("x.yaml"), line=3)

    assert str(problem) == f"x.yaml:{line}: {text}"


def test_a_damaged_recording_does_not_hide_the_others(tape):
    """Each is read for itself."""
    cassette(tape, chat(), chat("Two"))
    tape.write_text(tape.read_text().replace("operation: chat", "operation: [", 1))

    damaged, whole = Opened.at(tape).recordings

    assert damaged.content.line == 9
    assert isinstance(whole.content, Interaction)


def test_an_empty_file_is_no_cassette(tape):
    """There is nothing that could be shown."""
    tape.parent.mkdir(parents=True)
    tape.touch()

    with pytest.raises(CassetteError, match="there is no recording in this file"):
        Opened.at(tape)
