"""Recorded once from a live model; replayed with no model, no key and no network.

The live model was `pytest-llmock serve --backend synthetic`. To record again, run that in one terminal, and here:
pytest --llmock-record=rewrite
"""

import pytest
from library import answer, recommend, where_is
from openai import OpenAI

# `make demo` maps every backend to the embedded one: this one stays itself, and plays its recordings
pytestmark = pytest.mark.llmock(backend="assistant", config={"Map": {"assistant": "assistant"}})


@pytest.fixture
def client(llm_backend):
    with OpenAI() as client:
        yield client


def test_an_answer(client, llm_backend):
    text = answer("When are you open?", client=client)

    assert "open" in text
    assert llm_backend.calls[-1].source in ("replayed", "recorded")


def test_a_stream_comes_in_pieces(client):
    pieces = list(recommend("a child who likes ships", client=client))

    assert len(pieces) > 5


def test_a_tool_is_called_and_its_result_used(client, llm_backend):
    text = where_is("Moby Dick", client=client, shelves={"Moby Dick": "shelf 7, by the window"})

    assert "shelf 7" in text
    assert len(llm_backend.calls) == 2


def test_an_api_that_does_not_exist_yet(mock_api):
    shape = [{"id": 0, "title": "string", "author": "string", "available": True}]

    books = mock_api.post("/books/search", json={"count": 3, "shape": shape, "topic": "the sea"}).json()

    assert [book["id"] for book in books] == [1, 2, 3]
    assert all(book["title"] and book["author"] for book in books)
