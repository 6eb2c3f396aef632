"""Three models in a row, as a pipeline and as a client of the mock API: each adds to what the one before made."""

from user_profiles import BASIC, COMPLETE, PROFILES, RICH


def test_each_stage_adds_to_the_one_before(pipeline, llmock):
    result = pipeline.bind(PROFILES).run_sync({"count": 10})

    basic, rich, complete = [call.completion.json()["users"] for call in llmock.calls]
    assert [entry.backend for entry in result.trace] == ["generator", "enricher", "validator"]
    assert result.value["users"] == complete
    assert len(complete) == 10
    assert [user.keys() for user in basic] == [BASIC.keys()] * 10
    assert [user.keys() for user in rich] == [RICH.keys()] * 10
    for before, between, after in zip(basic, rich, complete, strict=True):
        assert {key: between[key] for key in before} == before
        assert {key: after["demographics"][key] for key in between["demographics"]} == between["demographics"]


def test_the_last_stage_makes_it_fit_for_business(pipeline, quality_gate):
    users = pipeline.bind(PROFILES).run_sync({"count": 10}).value["users"]

    quality_gate(
        users, shape=COMPLETE, rules=["Verify email formats", "Check for logical consistency"], threshold=0.95
    )
    assert all(user["account"]["created"] <= user["account"]["lastLogin"] for user in users)
    assert {user["account"]["tier"] for user in users} <= {"free", "premium", "enterprise"}


def test_the_same_from_a_client_in_any_language(mock_api):
    def post(path, backend, body):
        return mock_api.post(path, json=body, headers={"X-LLM-Backend": backend}).json()

    basic = post("/users/generate", "generator", {"count": 10, "shape": {"users": [BASIC]}})
    rich = post("/users/enrich", "enricher", {**basic, "shape": {"users": [RICH]}})
    complete = post("/users/validate", "validator", {**rich, "shape": {"users": [COMPLETE]}})

    assert [user["email"] for user in complete["users"]] == [user["email"] for user in basic["users"]]
    assert [call.backend for call in mock_api.calls] == ["generator", "enricher", "validator"]


def test_a_validator_finds_what_is_wrong(mock_api):
    data = {"users": [{"email": "not-an-address", "age": -5}]}

    verdict = mock_api.post("/users/validate", json={"data": data}).json()

    assert (verdict["passed"], len(verdict["issues"])) == (False, 2)
