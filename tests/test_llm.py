import pytest

from pytest_llmock.llm import Choice, Completion, Origin


def test_an_empty_completion_answers_every_question_with_nothing():
    """The short-cuts to the first choice do not fail when there is none."""
    empty = Completion()

    seen = (empty.text, empty.reasoning, empty.tool_calls, empty.finish_reason)

    assert seen == ("", "", (), None)
    assert (empty.source, empty.backend, empty.model) == (None, "", "")


def test_a_completion_tells_who_answered():
    """The origin is readable from the completion itself."""
    completion = Completion((Choice("{}"),), origin=Origin("enricher", "live", "mistral"))

    assert (completion.backend, completion.model, completion.source) == ("enricher", "mistral", "live")
    assert completion.json() == {}


def test_json_of_prose_is_a_value_error():
    """A completion that is not JSON says so instead of giving something else."""
    with pytest.raises(ValueError, match="Expecting value"):
        Completion((Choice("not JSON"),)).json()
