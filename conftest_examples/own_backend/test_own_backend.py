"""A backend is a function of the prompt: text, data, or a model that gets it wrong the first time."""

import pytest


@pytest.mark.llmock(backend="weather-desk")
def test_a_function_answers(llmock, mock_api):
    llmock.backends.add(
        "weather-desk", lambda prompt: {"city": prompt.generation.body["city"], "celsius": 21}
    )

    answer = mock_api.post(
        "/weather", json={"city": "Oslo", "shape": {"city": "string", "celsius": 0}}
    ).json()

    assert answer == {"city": "Oslo", "celsius": 21}


@pytest.mark.llmock(backend="hasty")
def test_an_off_shape_answer_is_asked_again_with_its_problems(llmock, mock_api):
    answers = iter(['{"celsius": "warm"}', '```json\n{"celsius": 21}\n```'])
    llmock.backends.add("hasty", lambda prompt: next(answers))

    answer = mock_api.post("/weather", json={"shape": {"celsius": 0}})

    assert answer.json() == {"celsius": 21}
    assert answer.headers["X-LLMock-Attempts"] == "2"
    assert "celsius" in llmock.calls[-1].prompt.messages[-1].text


@pytest.mark.llmock(backend="hopeless")
def test_a_model_that_never_gets_it_right_is_a_502(llmock, mock_api):
    llmock.backends.add("hopeless", lambda prompt: "I would rather talk about poetry.")

    answer = mock_api.post("/weather", json={"shape": {"celsius": 0}})

    assert answer.status_code == 502
    assert len(answer.json()["error"]["details"]["attempts"]) == 3
