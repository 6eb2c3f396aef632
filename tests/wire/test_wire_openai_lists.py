"""Lists in pages, and log probabilities that are made up."""

import math

import pytest

from pytest_llmock.errors import RequestError
from pytest_llmock.llm import Choice, Completion
from pytest_llmock.wire.openai_lists import page
from pytest_llmock.wire.openai_logprobs import logprobs_of, tokens_of, with_logprobs

ITEMS = [{"id": f"i{number}"} for number in range(30)]


def ids(**query):
    return [item["id"] for item in page(ITEMS, query)["data"]]


def test_a_page_has_twenty_items_unless_it_is_told():
    """The service's own number."""
    assert len(ids()) == 20
    assert ids(limit="2") == ["i0", "i1"]


def test_a_page_goes_on_behind_an_item():
    """In either order."""
    assert ids(after="i27") == ["i28", "i29"]
    assert ids(after="i2", order="desc") == ["i1", "i0"]
    assert ids(after="i29") == []


def test_a_page_says_whether_there_is_more():
    """And which items are at its ends."""
    told = page(ITEMS, {"limit": "5"})

    assert (told["first_id"], told["last_id"], told["has_more"]) == ("i0", "i4", True)
    assert page([], {}) == {
        "object": "list",
        "data": [],
        "first_id": None,
        "last_id": None,
        "has_more": False,
    }


def test_a_list_may_have_larger_pages():
    """Files come by the thousand."""
    assert len(page(ITEMS, {}, newest_first=True, most=10_000)["data"]) == 30


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"limit": "101"}, "Invalid value for 'limit': expected a value from 1 to 100, but got 101 instead."),
        ({"limit": "-1"}, "Invalid type for 'limit': expected an integer, but got a string instead."),
        ({"order": "up"}, "Invalid value for 'order': 'up'. Supported values are: asc, desc."),
        ({"after": "x"}, "Invalid 'after': there is no item with id 'x' in this list."),
    ],
)
def test_a_page_that_is_none_is_refused(query, message):
    """The parameter is named."""
    with pytest.raises(RequestError) as refused:
        page(ITEMS, query)

    assert refused.value.message == message


@pytest.mark.parametrize(
    "text", ["", "one", "one two", "  x\n\ny ", "unbelievably long-winded", "日本語です"]
)
def test_tokens_joined_are_the_text(text):
    """Whatever stands in it."""
    assert "".join(tokens_of(text)) == text


def test_alternatives_are_less_likely():
    """Together they are no more than certain; the token itself is the first."""
    (entry,) = logprobs_of(" the", 20)

    likely = [math.exp(other["logprob"]) for other in entry["top_logprobs"]]
    assert entry["top_logprobs"][0]["token"] == " the"
    assert likely == sorted(likely, reverse=True)
    assert sum(likely) <= 1.0001
    assert len(likely) == 20


def test_every_choice_gets_its_own():
    """Under the name that a choice's extensions have; what is there stays."""
    completion = Completion((Choice("a"), Choice("b")), extensions={"logprobs": "its own"})

    told = with_logprobs(completion, 0).extensions

    assert told["logprobs"] == "its own"
    assert told["logprobs[1]"]["content"][0]["token"] == "b"
