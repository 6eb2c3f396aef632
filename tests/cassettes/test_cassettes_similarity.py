import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effort import grows_linearly
from pytest_llmock.cassettes.similarity import load_scorer, word_similarity
from pytest_llmock.errors import SettingsError

MODULE = """
HALF = 0.5
def half(recorded, live):
    return HALF
def first(recorded, live):
    return recorded[:1] == live[:1]
def percent(recorded, live):
    return 50
def words(recorded, live):
    return "much"
def nan(recorded, live):
    return float("nan")
"""


@pytest.fixture
def scorers(tmp_path, monkeypatch):
    """A user's module of scorers."""
    (tmp_path / "my_scorers.py").write_text(MODULE, encoding="utf-8")
    (tmp_path / "my_broken_scorers.py").write_text("import no_such_module", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    yield
    sys.modules.pop("my_scorers", None)


@pytest.mark.parametrize(
    ("one", "other", "score"),
    [
        pytest.param("", "", 1.0, id="nothing"),
        pytest.param("a", "", 0.0, id="nothing any more"),
        pytest.param(" ", "\n", 0.0, id="no words"),
        pytest.param("The answer is 4.", "the ANSWER is 4.", 1.0, id="case"),
        pytest.param("one two", "three four", 0.0, id="other words"),
        pytest.param("one two three", "one two four", 0.6, id="another last word"),
        pytest.param("a b c", "c b a", 0.6, id="another order"),
        pytest.param("日本語です", "日本語だ", 0.625, id="no spaces between words"),
    ],
)
def test_words_and_their_neighbours_are_compared(one, other, score):
    """Twice what both have, by what there is."""
    assert word_similarity(one, other) == pytest.approx(score)


@settings(max_examples=100, deadline=None)
@given(st.text(), st.text())
def test_similarity_is_a_share_and_goes_both_ways(one, other):
    """From 0 to 1, the same whichever text comes first, and 1 for a text and itself."""
    score = word_similarity(one, other)

    assert 0 <= score <= 1
    assert score == word_similarity(other, one)
    assert word_similarity(one, one) == 1


def test_long_texts_take_no_long_time():
    """Only their beginnings are compared."""

    def compared(size):
        assert word_similarity("a b " * size, "b a " * size) == pytest.approx(1, abs=0.01)

    assert grows_linearly(compared, 1_000_000)


@pytest.mark.parametrize("name", [None, ""])
def test_without_a_name_words_are_compared(name):
    """The default needs no setting."""
    assert load_scorer(name) is word_similarity


@pytest.mark.parametrize(("name", "score"), [("my_scorers:half", 0.5), ("my_scorers:first", 1.0)])
def test_a_users_function_is_asked(scorers, name, score):
    """It is found by module and name; yes and no are 1 and 0."""
    assert load_scorer(name)("ab", "ac") == score


@pytest.mark.parametrize(
    ("name", "message"),
    [
        pytest.param(
            "my_scorers", "'my_scorers' names no function. Write package.module:function.", id="no function"
        ),
        pytest.param(":half", "':half' names no function. Write package.module:function.", id="no module"),
        pytest.param(
            "./x.py:half", "'./x.py:half' names no function. Write package.module:function.", id="a path"
        ),
        pytest.param(
            "no_scorers:half",
            "'no_scorers:half' cannot be imported: No module named 'no_scorers'. Python has to find it: run pytest "
            "from the folder that holds it, or name that folder in pytest's setting `pythonpath`.",
            id="no such module",
        ),
        pytest.param(
            "my_broken_scorers:half",
            "'my_broken_scorers:half' cannot be imported: No module named 'no_such_module'. Python has to find it: "
            "run pytest from the folder that holds it, or name that folder in pytest's setting `pythonpath`.",
            id="a module that cannot be imported",
        ),
        pytest.param(
            "my_scorers:hlaf",
            "module 'my_scorers' has no function 'hlaf'. Did you mean 'half'?",
            id="no such function",
        ),
        pytest.param(
            "my_scorers:HALF",
            "module 'my_scorers' has no function 'HALF'. Did you mean 'half'?",
            id="not a function",
        ),
    ],
)
def test_a_name_of_nothing_is_refused(scorers, name, message):
    """When the run begins, with the name that would have worked."""
    with pytest.raises(SettingsError) as caught:
        load_scorer(name)

    assert caught.value.message == f"Setting 'Similarity': {message}"


@pytest.mark.parametrize(("function", "shown"), [("percent", "50"), ("words", "'much'"), ("nan", "nan")])
def test_a_score_that_is_no_share_is_refused(scorers, function, shown):
    """A percentage would pass any limit unnoticed."""
    with pytest.raises(SettingsError) as caught:
        load_scorer(f"my_scorers:{function}")("a", "b")

    assert caught.value.message == (
        f"Setting 'Similarity': 'my_scorers:{function}' returned {shown}, which is no number from 0 to 1."
    )
