"""What is kept for later calls of a test."""

from pytest_llmock.session.stored import Stored


def test_items_are_kept_by_kind_and_id_in_order():
    """Two kinds may have the same id; an item put again stays where it was."""
    stored = Stored()
    for key in ("a", "b", "a"):
        stored.put("file", key, f"file {key}")
    stored.put("batch", "a", "batch a")

    assert list(stored.all("file")) == ["file a", "file b"]
    assert (stored.get("batch", "a"), stored.get("batch", "b")) == ("batch a", None)


def test_what_was_removed_is_gone():
    """Removing tells whether there was anything."""
    stored = Stored()
    stored.put("file", "a", "it")

    assert [stored.remove("file", "a"), stored.remove("file", "a")] == [True, False]


def test_a_session_that_is_reset_has_kept_nothing(llmock):
    """A reset session is as good as new."""
    llmock.stored.put("file", "a", "it")

    llmock.reset()

    assert list(llmock.stored.all("file")) == []
