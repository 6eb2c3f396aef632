"""What is said about a file."""

from pytest_llmock.cassettes.importing.exchange import Note
from pytest_llmock.cassettes.importing.remarks import Remarks


def test_equal_sentences_become_one_about_several():
    """A hundred calls of one unsupported API are one line."""
    remarks = Remarks("interaction")

    remarks.note([Note(7, "no."), Note(2, "odd."), Note(4, "no."), Note(9, "no.")])

    assert remarks.lines() == ["interaction 2: odd.", "interactions 4, 7 and 9: no."]


def test_a_group_stays_apart():
    """Recordings of two requests are two groups, though the sentence is the same; all in their order."""
    remarks = Remarks("fixture")

    remarks.group([3, 4], "equal.")
    remarks.note([Note(2, "no.")])
    remarks.group([1, 5], "equal.")

    assert remarks.lines() == ["fixtures 1 and 5: equal.", "fixture 2: no.", "fixtures 3 and 4: equal."]


def test_hundreds_of_numbers_are_cut_short():
    """Which ones the others are follows from the first."""
    remarks = Remarks("interaction")

    remarks.note(Note(number, "no.") for number in range(1, 201))

    assert remarks.lines() == ["interactions 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 189 more: no."]
