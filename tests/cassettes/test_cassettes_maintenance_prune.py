"""What nobody needs any more, removed."""

from datetime import timedelta
from pathlib import Path

from pytest_llmock.cassettes.identity import key_of
from pytest_llmock.cassettes.maintenance.prune import Removal, blob_folders, carry_out, unmentioned, unneeded
from recordings import NOW, aged, cassette, chat, said

LONG = "Long. " * 5000  # leaves the document for a blob


def test_recordings_of_an_age_go(tape):
    """Those that do not say when they were made stay, as do those that cannot be read."""
    cassette(tape, chat(), chat("Two", at="2026-11-24T00:00:00Z"), chat("3", at=""), chat("4", at="soon"))

    old, unknown = unneeded(tape, older_than=timedelta(days=3), now=NOW)
    carry_out([old])

    assert old == Removal(tape, "it was recorded 5 days ago", 1, key_of(chat().request))
    assert unknown.text == "'soon' is no time, so that its age is not known."
    assert len(said(tape)) == 3


def test_a_cassette_that_is_left_empty_goes(tape):
    """Without recordings it says nothing."""
    cassette(tape, chat())

    carry_out(unneeded(tape, older_than=timedelta(days=3), now=NOW))

    assert not tape.exists()


def test_a_cassette_without_recordings_goes(tape):
    """A header alone answers nobody."""
    cassette(tape)

    carry_out(unneeded(tape, older_than=None, now=NOW))

    assert not tape.exists()


def test_nothing_else_goes_without_an_age(tape):
    """And what is damaged is told."""
    cassette(tape, chat())
    other = cassette(tape.with_name("other.yaml"), chat(), chat("Two"))
    other.write_text(other.read_text().replace("interaction:", "interact:", 1))

    assert unneeded(tape, older_than=None, now=NOW) == []
    assert [problem.line for problem in unneeded(other, older_than=None, now=NOW)] == [5]


def test_a_damaged_recording_has_no_age(tape):
    """It is told, and stays."""
    cassette(tape, chat())
    tape.write_text(tape.read_text().replace("operation: chat", "operation: [", 1))

    (problem,) = unneeded(tape, older_than=timedelta(0), now=NOW)

    assert problem.line == 9


def test_blobs_that_nobody_mentions_go(tape):
    """Not those that a leftover mentions, nor what has another name, nor what was just written."""
    cassette(tape, chat(answer=LONG))
    cassette(Path(f"{tape}.failed"), chat(answer=LONG + "2"))
    (folder,) = blob_folders([Path("cassettes")])
    unused, fresh = (folder / f"{digit * 64}.txt" for digit in "ab")
    for path in (unused, fresh, folder / "notes.txt"):
        path.touch()
    for path in folder.iterdir():
        aged(path, seconds=10 if path == fresh else 100)

    assert unmentioned(folder, now=NOW) == [Removal(unused, "no recording mentions it")]


def test_blobs_of_what_would_go_are_told_before_it_goes(tape):
    """A dry run says the same as the real one."""
    cassette(tape, chat(answer=LONG), chat("Two", LONG + "2", at="2026-11-24T00:00:00Z"))
    (folder,) = blob_folders([tape])
    blobs = [aged(path) for path in folder.iterdir()]
    removals = unneeded(tape, older_than=timedelta(days=3), now=NOW)

    dry = unmentioned(folder, without=removals, now=NOW)
    carry_out(removals)
    real = unmentioned(folder, now=NOW)
    carry_out(real)

    assert (len(blobs), len(dry), dry) == (2, 1, real)
    assert said(tape) == [LONG + "2"]


def test_a_folder_without_blobs_has_none(tape):
    """Most have not."""
    cassette(tape, chat())

    assert [unmentioned(folder, now=NOW) for folder in blob_folders([tape])] == [[]]
