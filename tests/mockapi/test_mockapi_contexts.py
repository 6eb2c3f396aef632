"""Contexts: what is kept, what is told of it, and when it is gone."""

import pytest

from pytest_llmock.clock import VirtualClock
from pytest_llmock.config import Settings
from pytest_llmock.errors import RequestError, ShapeError
from pytest_llmock.llm import Generation
from pytest_llmock.mockapi import contexts as module
from pytest_llmock.mockapi.contexts import Contexts, context_name, exchange

ANN = {"id": 7, "name": "Ann"}


@pytest.fixture
def clock():
    return VirtualClock()


@pytest.fixture
def contexts(clock):
    return Contexts(Settings(), clock)


def test_the_text_has_things_and_requests(contexts):
    """What is known first, then what was asked."""
    contexts.add("shop", "POST", "/users", ANN, body={"name": "Ann"})

    assert contexts.text("SHOP", "/users/7") == (
        "Known things, one a line:\n"
        '{"user":{"id":7,"name":"Ann"}}\n'
        "Requests and their answers, the newest last:\n"
        'POST /users {"name":"Ann"} → {"id":7,"name":"Ann"}'
    )


def test_an_unknown_context_has_no_text(contexts):
    """The first request that names it gets no memory."""
    assert contexts.text("shop", "/users") == ""
    assert "shop" not in contexts
    assert len(contexts) == 0


def test_without_things_there_are_only_requests(contexts):
    """Numbers have no id."""
    contexts.add("shop", "GET", "/prices", [1, 2])

    assert contexts.text("shop", "/") == "Requests and their answers, the newest last:\nGET /prices → [1,2]"


def test_the_order_is_that_of_the_requests(contexts):
    """Whichever answer was ready first."""
    for number in (2, 1):
        contexts.keep("shop", exchange(number, Generation("GET", f"/users/{number}"), {"name": str(number)}))

    assert [call.path for call in contexts["shop"].calls] == ["/users/1", "/users/2"]
    assert [*contexts["shop"].known] == [("user", "1"), ("user", "2")]


def test_a_query_is_part_of_the_request(contexts):
    """And nothing in it begins a line."""
    asked = Generation("GET", "/users\n{", query=(("page", "2"), ("q", "a\nb")))

    contexts.keep("shop", exchange(1, asked, []))

    assert contexts["shop"].calls[0].path == "/users {?page=2&q=a b"


def test_what_is_deleted_is_forgotten(contexts):
    """A DELETE that was answered took it away."""
    contexts.add("shop", "POST", "/users", ANN)
    contexts.add("shop", "DELETE", "/users/7", {"deleted": True, "id": 7})

    assert contexts["shop"].known == {}


def test_things_that_the_path_means_come_first(contexts):
    """Then those of its kind; the others are the first to be left out."""
    contexts.add("shop", "GET", "/users", [{"id": 1}, {"id": 2}])
    contexts.add("shop", "GET", "/orders", [{"id": 5}])

    lines = contexts.text("shop", "/users/1").split("\n")[1:4]

    assert lines == ['{"user":{"id":1}}', '{"user":{"id":2}}', '{"order":{"id":5}}']


def test_the_newest_request_is_whole_and_old_ones_are_left_out():
    """The text has room for so much, and tells what is missing."""
    contexts = Contexts(Settings(max_context_window=400), VirtualClock())
    for number in range(20):
        contexts.add("shop", "GET", f"/a/{number}", "x" * 40)

    text = contexts.text("shop", "/")

    assert text.endswith(f'GET /a/19 → "{"x" * 40}"')
    assert "the newest last (17 older ones are left out):" in text
    assert len(text.encode()) <= contexts.most + 40


def test_a_request_that_is_larger_than_the_room_is_cut():
    """Nothing makes the text longer than that."""
    contexts = Contexts(Settings(max_context_window=200), VirtualClock())

    contexts.add("shop", "GET", "/a", "x" * 5000)

    assert contexts.text("shop", "/").endswith("x…")
    assert len(contexts["shop"].calls[0].answer) == module.MOST_SHOWN + 1


def test_a_context_keeps_its_last_requests(contexts, monkeypatch):
    """A long test does not make it grow without end."""
    monkeypatch.setattr(module, "MOST_CALLS", 3)

    for number in range(5):
        contexts.add("shop", "GET", f"/a/{number}", {})

    assert [call.path for call in contexts["shop"].calls] == ["/a/2", "/a/3", "/a/4"]


def test_the_context_longest_unused_goes_first(contexts, monkeypatch):
    """There is room for so many."""
    monkeypatch.setattr(module, "MOST_CONTEXTS", 2)

    for name in ("a", "b"):
        contexts.add(name, "GET", "/x", {})
    contexts.text("a", "/")
    contexts.add("c", "GET", "/x", {})

    assert [*contexts] == ["a", "c"]


def test_a_context_that_nobody_uses_is_gone(contexts, clock):
    """Each use begins its time anew."""
    contexts.add("old", "GET", "/x", {})
    contexts.add("used", "GET", "/x", {})
    clock.advance(10 * 60)
    contexts.text("used", "/")
    clock.advance(6 * 60)

    assert [*contexts] == ["used"]


def test_an_unknown_name_says_which_are_known(contexts):
    """404, with the nearest."""
    contexts.add("checkout", "GET", "/x", {})

    with pytest.raises(
        RequestError, match="There is no context 'chekout'. Did you mean 'checkout'?"
    ) as caught:
        contexts["chekout"]

    assert caught.value.status == 404


def test_without_any_the_message_says_how_one_begins(contexts):
    """There is nothing to choose from."""
    with pytest.raises(RequestError, match="None is kept: it begins with the first request that names it."):
        contexts.delete("a")


def test_contexts_are_deleted_and_cleared(contexts):
    """One, or all."""
    for name in ("a", "b", "c"):
        contexts.add(name, "GET", "/x", {})

    contexts.delete("A")
    left = [*contexts]
    contexts.clear()

    assert (left, [*contexts]) == (["b", "c"], [])


@pytest.mark.parametrize(("said", "name"), [(None, ""), (" a b ", "a b"), ("", "")])
def test_a_name_is_any_text(said, name):
    """Blank is none."""
    assert context_name(said) == name


@pytest.mark.parametrize("said", [7, ["a"], "a\nb", "x" * 101])
def test_what_is_no_name_is_refused(said):
    """422, naming the word."""
    with pytest.raises(ShapeError, match="^context is .*: give a name of at most 100 characters.$"):
        context_name(said)
