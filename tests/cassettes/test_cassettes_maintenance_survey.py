"""A cassette at a glance."""

from pathlib import Path

from pytest_llmock.cassettes.maintenance.survey import survey
from recordings import TEST, cassette, chat


def test_it_counts_what_is_there(tape):
    """Recordings, models, tokens, the newest date, and what lies beside."""
    cassette(tape, chat(), chat("Two", model="big", at="2026-11-21T00:00:00Z"), chat("Three"))
    failed = cassette(Path(f"{tape}.failed"), chat())

    told = survey(tape)

    assert (told.tests, told.recordings) == ((TEST,), 3)
    assert told.models == (("writer", "tiny"), ("writer", "big"))
    assert (told.newest, told.input_tokens, told.output_tokens) == ("2026-11-21T00:00:00Z", 36, 27)
    assert (told.bytes, told.problems, told.beside) == (tape.stat().st_size, (), (failed,))


def test_a_shared_cassette_names_all_its_tests(tape):
    """Each recording says whose it is."""
    cassette(tape, chat(test="a.py::one"), chat("Two", test="a.py::two"), test="")

    assert survey(tape).json()["tests"] == ["a.py::one", "a.py::two"]


def test_damage_is_told(tape):
    """A torn end, and a file that nobody can read."""
    cassette(tape, chat(), chat("Two"))
    tape.write_bytes(tape.read_bytes()[:-20])
    torn = survey(tape)
    tape.write_text("<<<<<<< HEAD\n" + tape.read_text())
    conflict = survey(tape)

    assert (torn.recordings, [problem.line for problem in torn.problems]) == (1, [19])
    assert (conflict.recordings, [problem.line for problem in conflict.problems]) == (0, [1])
