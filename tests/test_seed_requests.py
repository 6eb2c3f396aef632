"""Every kind of HTTP request that LLMockApi's two documents show, with data of our own.

Three embedded backends stand for the documents' fast, careful and strict models.
"""

import concurrent.futures

import pytest

pytestmark = pytest.mark.llmock(
    config={"LlmBackends": [{"Name": name, "Provider": "synthetic"} for name in ("swift", "deep", "judge")]}
)

BASIC = {"members": [{"firstName": "string", "lastName": "string", "email": "string", "age": 0}]}
RICH = {
    "members": [
        {
            "firstName": "string",
            "lastName": "string",
            "email": "string",
            "age": 0,
            "residence": {"city": "string", "state": "string", "occupation": "string", "income": 0},
            "habits": {"interests": ["string"], "preferredChannel": "string"},
        }
    ]
}
FULL = {
    "members": [
        {
            "memberId": "string",
            "firstName": "string",
            "lastName": "string",
            "email": "string",
            "age": 0,
            "residence": {
                "city": "string",
                "state": "string",
                "zipCode": "string",
                "occupation": "string",
                "income": 0,
                "educationLevel": "string",
            },
            "habits": {"interests": ["string"], "preferredChannel": "string", "newsletter": True},
            "account": {
                "created": "ISO-8601",
                "status": "open|locked|closed",
                "tier": "basic|plus|gold",
                "lastLogin": "ISO-8601",
            },
            "checks": {"emailVerified": True, "phoneVerified": True},
        }
    ]
}
LOAN_SCHEMA = {
    "type": "object",
    "properties": {
        "isbn": {"type": "string", "pattern": "^[0-9]{13}$"},
        "days": {"type": "integer", "minimum": 1, "maximum": 28},
        "note": {"type": "string", "maxLength": 40},
    },
    "required": ["isbn", "days"],
    "additionalProperties": False,
}


def post(api, path, body, backend):
    answer = api.post(path, json=body, headers={"X-LLM-Backend": backend})
    assert answer.headers["X-LLMock-Backend"] == backend
    return answer.raise_for_status().json()


def test_a_header_names_the_backend(mock_api):
    """GET with a count and X-LLM-Backend."""
    answer = mock_api.get("/members?count=4", headers={"X-LLM-Backend": "deep"})

    assert len(answer.json()) == 4
    assert answer.headers["X-LLMock-Backend"] == "deep"


def test_a_query_parameter_names_the_backend(mock_api):
    """The same by ?backend=."""
    answer = mock_api.get("/members?count=4&backend=judge")

    assert len(answer.json()) == 4
    assert answer.headers["X-LLMock-Backend"] == "judge"


def test_the_header_wins_over_the_query(mock_api):
    """Both given, the header has precedence."""
    answer = mock_api.get("/members?count=1&backend=judge", headers={"X-LLM-Backend": "DEEP"})

    assert answer.headers["X-LLMock-Backend"] == "deep"


def test_without_either_the_first_enabled_backend_answers(mock_api):
    """The order of the configuration decides."""
    assert mock_api.get("/members").headers["X-LLMock-Backend"] == "swift"


def test_one_path_is_answered_by_each_backend_in_turn(mock_api):
    """Switching between providers is a matter of one header."""
    asked = ["swift", "deep", "judge"]

    answered = [
        mock_api.get("/books?count=3", headers={"X-LLM-Backend": name}).headers["X-LLMock-Backend"]
        for name in asked
    ]

    assert answered == asked


def test_rapid_generation(mock_api):
    """Stage 1: a count beside a wrapped list."""
    made = post(mock_api, "/members/generate", {"count": 10, "shape": BASIC}, "swift")

    assert len(made["members"]) == 10
    assert all(member.keys() == BASIC["members"][0].keys() for member in made["members"])
    assert len({member["email"] for member in made["members"]}) == 10


def test_enrichment_keeps_what_it_was_given(mock_api):
    """Stage 2: the list of the stage before beside a richer shape."""
    basic = post(mock_api, "/members/generate", {"count": 3, "shape": BASIC}, "swift")

    rich = post(mock_api, "/members/enrich", {**basic, "shape": RICH}, "deep")

    for before, after in zip(basic["members"], rich["members"], strict=True):
        assert {key: after[key] for key in before} == before
        assert after["residence"]["city"]
        assert after["habits"]["interests"]


def test_validation_and_enhancement(mock_api):
    """Stage 3: dates in order, words from their lists, flags as booleans."""
    rich = {"members": [{"firstName": "Ada", "lastName": "King", "email": "ada@example.org", "age": 36}]}

    member = post(mock_api, "/members/validate", {**rich, "shape": FULL}, "judge")["members"][0]

    assert (member["firstName"], member["email"], member["age"]) == ("Ada", "ada@example.org", 36)
    assert member["account"]["status"] in ("open", "locked", "closed")
    assert member["account"]["created"] <= member["account"]["lastLogin"]
    assert member["checks"].keys() == {"emailVerified", "phoneVerified"}


def test_three_aspects_in_parallel(mock_api):
    """Details, pricing and stock of one article, asked at once and merged."""
    wanted = {
        "details": {
            "name": "string",
            "description": "string",
            "specs": {"weight": "string", "material": "string"},
        },
        "pricing": {"price": 0.0, "msrp": 0.0, "discount": 0, "currency": "EUR"},
        "inventory": {"inStock": True, "quantity": 0, "warehouse": "string", "nextRestock": "ISO-8601"},
    }

    def ask(aspect):
        backend = "deep" if aspect == "details" else "swift"
        return post(mock_api, f"/articles/{aspect}", {"sku": "BK-77", "shape": wanted[aspect]}, backend)

    with concurrent.futures.ThreadPoolExecutor() as pool:
        details, pricing, inventory = pool.map(ask, wanted)

    assert details["specs"].keys() == {"weight", "material"}
    assert pricing["msrp"] >= pricing["price"] > 0
    assert inventory["inStock"] == (inventory["quantity"] > 0)


def test_a_quality_gate_validates_by_rules_in_english(mock_api):
    """A shapeless request with data and validationRules gets a verdict."""
    made = post(
        mock_api, "/data", {"shape": {"customer": {"email": "string", "joined": "ISO-8601"}}}, "swift"
    )
    rules = ["All dates must be ISO-8601", "Check the e-mail format", "Look for logical contradictions"]

    verdict = post(mock_api, "/validate", {"data": made, "validationRules": rules}, "judge")

    assert verdict == {"passed": True, "issues": []}


def test_refinement_passes_the_previous_answer(mock_api):
    """Generate, then refine with `previous` beside the same request."""
    request = {"shape": {"title": "string", "pages": 0}}
    first = post(mock_api, "/generate", request, "swift")

    refined = post(mock_api, "/refine", {"previous": first, **request}, "deep")

    assert refined.keys() == first.keys()


def test_batches_of_customers_are_all_different(mock_api):
    """String ids, phone numbers and e-mails of a page of fifty."""
    shape = {"customers": [{"id": "string", "name": "string", "email": "string", "phone": "string"}]}

    page = post(mock_api, "/customers", {"count": 50, "shape": shape}, "swift")["customers"]
    enriched = post(mock_api, "/customers/enrich", {"customers": page}, "deep")

    assert len({customer["id"] for customer in page}) == 50
    assert [customer["id"] for customer in enriched["customers"]] == [customer["id"] for customer in page]


@pytest.mark.parametrize(
    ("kind", "count", "extra", "backend"),
    [
        pytest.param("valid", 20, {}, "swift", id="valid"),
        pytest.param("edge", 10, {"scenarios": ["boundary values", "unicode handling"]}, "deep", id="edge"),
        pytest.param(
            "invalid", 15, {"errorTypes": ["type mismatch", "missing required fields"]}, "judge", id="invalid"
        ),
    ],
)
def test_contract_test_cases_of_each_kind(mock_api, kind, count, extra, backend):
    """A list of that many labelled cases for an endpoint and its schema."""
    body = {"endpoint": "POST /loans", "schema": LOAN_SCHEMA, "count": count, "type": kind, **extra}

    cases = post(mock_api, f"/testcases/{kind}", body, backend)

    assert len(cases) == count
    assert {case["kind"] for case in cases} == {kind}


def test_a_legacy_record_is_transformed_enriched_and_validated(mock_api):
    """Three shapeless requests: target schema, completion, verdict."""
    legacy = {"first_name": "Mary", "last_name": "Shelley", "importance": "critical"}
    target = {"firstName": "string", "lastName": "string", "email": "string"}

    moved = post(mock_api, "/transform", {"legacyRecord": legacy, "targetSchema": target}, "swift")
    complete = post(mock_api, "/enrich", moved, "deep")
    verdict = post(mock_api, "/validate", {"record": complete, "rules": ["Check the e-mail format"]}, "judge")

    assert (moved["firstName"], moved["lastName"]) == ("Mary", "Shelley")
    assert complete["firstName"] == "Mary"
    assert verdict["passed"] is True


def test_a_failed_validation_names_its_issues(mock_api):
    """What is wrong is found, not guessed."""
    record = {"email": "nowhere", "age": -4}

    verdict = post(mock_api, "/validate", {"record": record, "rules": ["Check the e-mail format"]}, "judge")

    assert verdict["passed"] is False
    assert any("email" in str(issue) for issue in verdict["issues"])


def test_a_directive_in_the_shape_is_not_part_of_the_answer(mock_api):
    """`$cache` is a word to us."""
    answer = post(
        mock_api, "/members", {"shape": {"$cache": 5, "members": [{"id": 0, "name": "string"}]}}, "swift"
    )

    assert answer.keys() == {"members"}


def test_healing_repairs_only_what_is_wrong(mock_api):
    """Data and issues in, the data with those places mended out."""
    body = {"data": {"name": "Ada King", "email": "nowhere"}, "issues": ["email: not an e-mail address"]}

    healed = post(mock_api, "/heal", body, "deep")

    assert healed["name"] == "Ada King"
    assert "@" in healed["email"]


def test_consensus_asks_several_backends_the_same(mock_api):
    """One request, two backends, two answers of one form."""
    request = {"shape": {"title": "string", "score": 0.0}}

    answers = [post(mock_api, "/generate", request, backend) for backend in ("swift", "deep")]

    assert [answer.keys() for answer in answers] == [request["shape"].keys()] * 2


def test_a_first_pipeline_of_two_stages(mock_api):
    """A record, then the same record inside the body of a richer request."""
    user = post(
        mock_api,
        "/users",
        {"shape": {"firstName": "string", "lastName": "string", "email": "string"}},
        "swift",
    )
    shape = {
        "firstName": "string",
        "lastName": "string",
        "email": "string",
        "background": {"age": 0, "city": "string", "occupation": "string"},
        "wishes": {"interests": ["string"], "newsletter": True},
    }

    rich = post(mock_api, "/users/enrich", {"user": user, "shape": shape}, "deep")

    assert {key: rich[key] for key in user} == user
    assert rich["background"].keys() == {"age", "city", "occupation"}


def test_who_was_asked_and_how_long_it_took_is_in_the_journal(llmock, mock_api):
    """What the documents track by hand, every call has."""
    post(mock_api, "/members", {"shape": BASIC}, "deep")

    call = llmock.calls[-1]

    assert (call.backend, call.status, call.error) == ("deep", 200, "")
    assert call.seconds > 0
