"""Generate with one backend, enrich with the next, validate with a third: each keeps what it was given."""

BASIC = {"customers": [{"firstName": "string", "lastName": "string", "email": "string"}]}
RICH = {
    "customers": [
        {
            "firstName": "string",
            "lastName": "string",
            "email": "string",
            "address": {"city": "string", "state": "string", "zipCode": "string"},
            "account": {"created": "ISO-8601", "lastLogin": "ISO-8601", "tier": "free|premium"},
        }
    ]
}


def test_three_stages_build_on_each_other(mock_api):
    basic = mock_api.post("/customers/generate", json={"count": 4, "shape": BASIC}).json()
    rich = mock_api.post("/customers/enrich", json={**basic, "shape": RICH}).json()
    verdict = mock_api.post(
        "/customers/validate", json={"data": rich, "rules": ["Verify email formats"]}
    ).json()

    assert [c["email"] for c in rich["customers"]] == [c["email"] for c in basic["customers"]]
    assert all(c["account"]["created"] <= c["account"]["lastLogin"] for c in rich["customers"])
    assert verdict == {"passed": True, "issues": []}


def test_the_validator_finds_what_is_wrong(mock_api):
    data = {"customers": [{"email": "not-an-address", "age": -5}]}

    verdict = mock_api.post("/customers/validate", json={"data": data}).json()

    assert verdict["passed"] is False
    assert len(verdict["issues"]) == 2
