"""The second model adds to what the first made, and changes nothing of it."""

import json
from pathlib import Path

import pytest
from enhanced_user import BASIC, ENHANCED, ENHANCED_USER, main


def test_a_user_is_generated_and_enriched(pipeline, llmock):
    result = pipeline.bind(ENHANCED_USER).run_sync({})

    basic = llmock.calls[0].completion.json()
    assert basic.keys() == BASIC.keys()
    assert result.value.keys() == ENHANCED.keys()
    assert {key: result.value[key] for key in basic} == basic
    assert [(entry.name, entry.backend) for entry in result.trace] == [
        ("generate", "fast"),
        ("enrich", "quality"),
    ]


@pytest.mark.llmock(config={"map": {"quality": "headstrong"}})
def test_a_model_that_changes_the_name_is_overruled(pipeline, llmock):
    other = {"firstName": "Zoe", "lastName": "Zed", "email": "zoe@example.org"}
    rest = {
        "demographics": {"age": 32, "city": "Portland", "occupation": "Designer"},
        "preferences": {"interests": ["hiking"], "newsletter": True},
    }
    llmock.backends.add("headstrong", lambda prompt: {**other, **rest})

    user = pipeline.bind(ENHANCED_USER).run_sync({}).value

    assert user == {**llmock.calls[0].completion.json(), **rest}


def test_it_runs_without_pytest(monkeypatch, capsys):
    monkeypatch.chdir(Path(__file__).parent)  # connect() reads the settings of the current folder

    main()

    told, _, user = capsys.readouterr().out.partition("{")
    assert told.startswith("ok: 2 model calls")
    assert json.loads("{" + user).keys() == ENHANCED.keys()
