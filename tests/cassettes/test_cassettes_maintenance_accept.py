"""What failed and killed runs have left, taken over."""

from pathlib import Path

import pytest

from pytest_llmock.cassettes.index import Index
from pytest_llmock.cassettes.maintenance.accept import Accepted, _without, accept
from pytest_llmock.cassettes.maintenance.found import Opened
from pytest_llmock.errors import CassetteError
from recordings import NOW, TEST, aged, cassette, chat, document, said


def test_a_cassette_is_made_of_what_a_failed_test_recorded(tape):
    """The header goes along, the file it came from goes away."""
    failed = cassette(Path(f"{tape}.failed"), chat(), chat("Two"))

    done = accept(failed, now=NOW)

    assert done == Accepted(failed, tape, 0, 2)
    assert (Opened.at(tape).header.test, len(said(tape)), failed.exists()) == (TEST, 2, False)


def test_each_recording_takes_the_place_of_its_like(tape):
    """The same test, request and position among equals; what is new comes last."""
    cassette(tape, chat(answer="a1"), chat("Two", "b1"), chat(answer="a2"), chat(answer="a3"))
    failed = cassette(Path(f"{tape}.failed"), chat("New", "n"), chat(answer="A1"), chat(answer="A2"))

    done = accept(failed, now=NOW)

    assert (done.replaced, done.added) == (2, 1)
    assert said(tape) == ["A1", "b1", "A2", "a3", "n"]


def test_recordings_of_other_tests_stay(tape):
    """In a shared cassette, equal requests of two tests are two matters."""
    cassette(tape, chat(answer="one", test="t::one"), chat(answer="two", test="t::two"), test="")
    failed = cassette(Path(f"{tape}.failed"), chat(answer="TWO", test="t::two"), test="")

    accept(failed, now=NOW)

    assert said(tape) == ["one", "TWO"]


def test_a_recording_that_may_go_on_is_refused(tape):
    """Unless it has been quiet for a minute, or somebody knows better."""
    pending = aged(cassette(Path(f"{tape}.0123abcd.recording"), chat()), seconds=30)

    with pytest.raises(CassetteError, match="written less than 60 seconds ago"):
        accept(pending, now=NOW)
    forced = accept(pending, now=NOW, force=True)

    assert (forced.added, pending.exists()) == (1, False)


def test_an_old_recording_of_a_killed_run_is_taken(tape):
    """Without its torn end, which is kept."""
    pending = cassette(Path(f"{tape}.0123abcd.recording"), chat(answer="kept"), chat("Two"))
    pending.write_bytes(pending.read_bytes()[:-9])

    accept(aged(pending), now=NOW)

    assert said(tape) == ["kept"]
    assert Path(f"{pending}.torn").exists()


def test_it_can_be_done_again_after_a_crash(tape):
    """When the cassette was written and the other file was not yet removed, nothing comes twice."""
    failed = cassette(Path(f"{tape}.failed"), chat(), chat("Two"))
    before = failed.read_bytes()
    accept(failed, now=NOW)
    failed.write_bytes(before)

    done = accept(failed, now=NOW)

    assert (done.replaced, done.added, len(said(tape))) == (2, 0, 2)


def test_what_was_recorded_meanwhile_stays(tape):
    """Only what was taken over goes."""
    failed = cassette(Path(f"{tape}.failed"), chat(), chat(answer="Meanwhile."))
    taken = Index.of(
        failed.read_bytes().split(b"\n---\n")[0] + b"\n---\n" + document(chat(), tape.parent).encode()[4:],
        "x",
    )

    rest = _without(Opened.at(failed).index, taken)

    assert [text.count("Meanwhile.") for text in rest] == [1]


def test_another_format_and_another_file_are_refused(tape):
    """Nothing is mixed, and nothing changes."""
    cassette(tape, chat())
    failed = cassette(Path(f"{tape}.failed"), chat())
    failed.write_text(failed.read_text().replace("llmock_cassette: 1", "llmock_cassette: 0"))

    with pytest.raises(CassetteError, match="this has format 0, and its cassette format 1"):
        accept(failed, now=NOW)
    with pytest.raises(CassetteError, match="only what a run has left is accepted"):
        accept(tape, now=NOW)

    assert failed.exists()
