"""Scores kept beside the tests: who may record them, and what a fall is."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from pytest_llmock.cassettes.baselines import Baseline, Baselines, checked_name
from pytest_llmock.errors import CassetteError, SettingsError

GOOD = Baseline(0.9, {"completeness": 1.0, "validity": 0.9, "realism": 0.8})
WORSE = Baseline(0.85, {"completeness": 1.0, "validity": 0.8, "realism": 0.75})


@pytest.fixture
def baselines(tmp_path):
    """Those of one test module in a record mode."""
    return lambda mode: Baselines(tmp_path / "baselines/test_users.json", mode, tmp_path)


@pytest.mark.parametrize("mode", ["once", "new", "all", "rewrite"])
def test_a_mode_that_records_writes_what_is_not_there(baselines, mode):
    """Readable, sorted, one entry a name."""
    baselines(mode).compare("b", GOOD, 0.02)
    baselines(mode).compare("a", WORSE, 0.02)

    text = baselines(mode).path.read_text()
    assert list(json.loads(text)) == ["a", "b"]
    assert json.loads(text)["b"] == {"score": 0.9, "metrics": dict(GOOD.metrics)}
    assert text.startswith('{\n  "a": {\n    "score": 0.85,\n')


@pytest.mark.parametrize("mode", ["none", "off", "verify"])
def test_a_mode_that_does_not_record_wants_a_baseline(baselines, mode):
    """The command that records it is named."""
    with pytest.raises(CassetteError) as caught:
        baselines(mode).compare("users", GOOD, 0.02)

    assert caught.value.message == (
        "There is no baseline 'users' in baselines/test_users.json. To record it: pytest --llmock-record=once."
    )
    assert not baselines(mode).path.exists()


def test_a_misspelt_name_finds_its_nearest(baselines):
    """Somebody renamed it."""
    baselines("once").compare("users", GOOD, 0.02)

    with pytest.raises(CassetteError, match="Did you mean 'users'"):
        baselines("none").compare("user", GOOD, 0.02)


@pytest.mark.parametrize("mode", ["none", "once", "new"])
def test_a_fall_beyond_the_tolerance_is_told(baselines, mode):
    """With what fell, and the command that takes the new score."""
    baselines("once").compare("users", GOOD, 0.02)

    assert baselines(mode).compare("users", WORSE, 0.02) == (
        "It fell from 0.9 to 0.85 (validity 0.9 → 0.8, realism 0.8 → 0.75), by more than 0.02, since the baseline "
        "'users' was recorded in baselines/test_users.json. To take the new score: pytest --llmock-record=all."
    )


def test_a_fall_by_the_tolerance_is_none(baselines):
    """Beyond is beyond; better is never wrong."""
    baselines("once").compare("users", GOOD, 0.02)

    assert baselines("none").compare("users", WORSE, 0.05) == ""
    assert baselines("none").compare("users", Baseline(1.0, {}), 0.0) == ""


def test_a_score_that_fell_by_its_weights_alone_says_so(baselines):
    """No metric is lower."""
    baselines("once").compare("users", GOOD, 0.02)

    said = baselines("none").compare("users", Baseline(0.5, GOOD.metrics), 0.02)

    assert said.startswith("It fell from 0.9 to 0.5 (its weights changed)")


@pytest.mark.parametrize("mode", ["all", "rewrite"])
def test_a_mode_that_records_anew_replaces(baselines, mode):
    """The new score is the one to compare with, and the others stay."""
    baselines("once").compare("users", GOOD, 0.02)
    baselines("once").compare("others", GOOD, 0.02)

    assert baselines(mode).compare("users", WORSE, 0.02) == ""
    assert baselines("none").compare("users", WORSE, 0.0) == ""
    assert baselines("none").compare("others", GOOD, 0.0) == ""


def test_writers_do_not_lose_each_others_entries(baselines):
    """As workers of xdist would, all at the same time."""
    names = [f"n{number}" for number in range(16)]

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda name: baselines("once").compare(name, GOOD, 0.02), names))

    assert sorted(json.loads(baselines("none").path.read_text())) == sorted(names)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\xff", "baselines/test_users.json is not UTF-8 text. Mend it, or delete it and record again: pytest --llmock-record=once."),
        (b'{"a": }', "baselines/test_users.json is not JSON: line 1, column 7: unexpected '}'. Mend it, or delete it and record again: pytest --llmock-record=once."),
        (b'{"a": NaN}', "baselines/test_users.json is not JSON: NaN is not a JSON number. Mend it, or delete it and record again: pytest --llmock-record=once."),
        (b"[]", "baselines/test_users.json is no file of baselines: it is a list of 0, which is not of type object. Mend it, or delete it and record again: pytest --llmock-record=once."),
        (b'{"a": {"score": 7, "metrics": {}}}', "baselines/test_users.json is no file of baselines: /a/score is 7, more than 1. Mend it, or delete it and record again: pytest --llmock-record=once."),
    ],
    ids=["bytes", "text", "value", "form", "figure"],
)  # fmt: skip
def test_a_damaged_file_is_refused_with_its_place(baselines, content, message):
    """And never written over."""
    path = baselines("all").path
    path.parent.mkdir()
    path.write_bytes(content)

    with pytest.raises(CassetteError) as caught:
        baselines("all").compare("users", GOOD, 0.02)

    assert caught.value.message == message
    assert path.read_bytes() == content


@pytest.mark.parametrize("name", ["", " ", "a\nb", 5])
def test_a_bad_name_is_refused(name):
    """It stands in a file that people read."""
    with pytest.raises(SettingsError, match="^baseline= takes a name, such as 'users', not "):
        checked_name(name)
