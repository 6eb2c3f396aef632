"""A validation loop with a real model server that really has to correct impossible dates.

Real are the server (llama.cpp), its sampling under a grammar, the requests with the issues, and the check of
the dates. The model is tiny and random: what mends a date is that it samples another one, not insight. So the
first stage may only write dates that do not exist, and the correcting one any from 2023-02-00 to 2023-02-39;
that none of twenty exists does not happen.
"""

import pytest

from pytest_llmock import Stage, connect


def dated(pattern):
    born = {"type": "string", "pattern": pattern}
    return {
        "type": "object",
        "properties": {"born": born},
        "required": ["born"],
        "additionalProperties": False,
    }


@pytest.fixture
def session(llama):
    """A session whose only backend is the real server."""
    tiny = {"Name": "tiny", "Provider": "lmstudio", "BaseUrl": llama.base_url, "ModelName": llama.model}
    with connect({"Backends": [tiny | {"MaxTokens": 200}], "Temperature": 1.0}) as session:
        yield session


def test_impossible_dates_are_corrected_by_asking_again_with_the_issues(session):
    """The loop ends with a date that exists, and the model was told what was wrong before."""
    loop = session.pipeline.validation_loop(
        Stage("generate", shape=dated("^2023-02-(29|3[01])$")),
        {"born": "date"},
        Stage("correct", shape=dated("^2023-02-[0-3][0-9]$")),
        max_attempts=20,
    )

    result = loop.run_sync({})

    assert result.ok
    assert "2023-02-01" <= result.value["born"] <= "2023-02-28"
    assert {entry.source for entry in result.trace} == {"live"}
    asked = session.calls[1].prompt.generation.body
    assert asked["issues"] == [f"/born: is '{asked['data']['born']}', which is not a valid date"]
    assert asked["data"]["born"] in session.calls[1].prompt.messages[-1].text
