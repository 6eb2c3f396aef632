"""Patterns whose backends are all synthetic: the embedded generator understands what loops ask of it."""

import pytest

from pytest_llmock import QualityGate, Stage, StepFailed
from pytest_llmock.backends.synthetic.mending import mended

USER = {"name": "string", "email": "email", "age": 0, "born": "date"}
BAD = {"name": "Ann", "email": "nobody", "age": -5, "born": "2023-02-31"}
STRICT = {
    "type": "object",
    "properties": {
        "age": {"type": "integer", "minimum": 18, "maximum": 30},
        "code": {"type": "string", "pattern": "^[A-Z]{3}-[0-9]{4}$"},
        "tier": {"enum": ["free", "premium"]},
    },
    "required": ["age", "code", "tier"],
    "additionalProperties": False,
}


def made_bad(data):
    return BAD


def names(result):
    return [entry.name for entry in result.trace]


def test_what_is_generated_passes_its_validation(pipeline):
    """The data is sound from the start."""
    loop = pipeline.validation_loop(
        Stage("generate", shape=USER), Stage("validate"), Stage("fix", shape=USER)
    )

    result = loop.run_sync({"count": 3})

    assert (result.ok, len(result.value), names(result)) == (True, 3, ["generate", "validate"])


@pytest.mark.parametrize("shape", [USER, None], ids=["shape", "no-shape"])
@pytest.mark.parametrize(
    "validate", [Stage("validate"), Stage("look"), USER], ids=["validate", "look", "shape"]
)
def test_bad_data_is_corrected_where_it_is_wrong(pipeline, validate, shape):
    """The name stays, and the rest is mended in one go."""
    loop = pipeline.validation_loop(made_bad, validate, Stage("fix", shape=shape))

    result = loop.run_sync({})

    assert (result.ok, result.value["name"], names(result).count("fix")) == (True, "Ann", 1)
    assert result.value.keys() == USER.keys()


def test_data_is_corrected_to_its_schema(pipeline):
    """Bounds, patterns and choices, missing and unexpected fields."""
    loop = pipeline.validation_loop(lambda data: data, STRICT, Stage("fix", shape=STRICT))

    result = loop.run_sync({"age": 3, "code": "x", "extra": 1})

    assert (result.ok, names(result)) == (True, ["fix"])


def test_a_list_of_records_is_corrected_in_place(pipeline):
    """Each record keeps what was right with it."""
    loop = pipeline.validation_loop(lambda data: [BAD, BAD | {"age": 30}], USER, Stage("fix", shape=USER))

    result = loop.run_sync({})

    assert (result.ok, [user["name"] for user in result.value]) == (True, ["Ann", "Ann"])
    assert result.value[1]["age"] == 30


def test_a_verdict_of_objects_leads_the_correction(pipeline):
    """Issues are handed on as they were answered."""
    verdict = {"passed": True, "issues": [{"field": "string", "message": "string"}]}
    loop = pipeline.validation_loop(made_bad, Stage("check", shape=verdict), Stage("fix", shape=USER))

    result = loop.run_sync({})

    assert (result.ok, result.value["name"]) == (True, "Ann")


def test_a_field_called_value_is_not_taken_for_the_data(pipeline):
    """All of the record is checked."""
    record = {"name": "Ann", "value": 3, "email": "nobody"}
    loop = pipeline.validation_loop(lambda data: record, Stage("validate"), Stage("fix"))

    result = loop.run_sync({})

    assert (result.ok, result.value["value"], names(result)) == (True, 3, ["validate", "fix", "validate"])


@pytest.mark.parametrize("shape", [USER, None], ids=["shape", "no-shape"])
def test_bad_data_is_refined_until_its_score_is_good(pipeline, shape):
    """A stage without a shape scores, another mends what was made before."""
    loop = pipeline.refine(made_bad, Stage("refine", shape=shape), Stage("assess"))

    result = loop.run_sync({"topic": "people"})

    assert (result.ok, result.value["name"], names(result)) == (True, "Ann", ["assess", "refine", "assess"])


def test_a_list_is_refined_as_a_list(pipeline):
    """What was made before may be records."""
    loop = pipeline.refine(lambda data: [BAD], Stage("refine", shape=[USER]), Stage("assess"))

    result = loop.run_sync({})

    assert (result.ok, [user["name"] for user in result.value]) == (True, ["Ann"])


@pytest.mark.parametrize("field", ["previous", "data"])
def test_a_shape_with_such_a_field_keeps_it_as_data(pipeline, field):
    """It is then no request to mend what is there."""
    stage = Stage("make", shape={field: {"age": 0}})

    value = pipeline(stage).run_sync({field: {"age": -5}, "issues": []}).value

    assert value[field] == {"age": -5}


def test_bad_data_heals(pipeline):
    """The seed's loop, with the seed's words."""
    result = pipeline.self_heal(lambda data: data, Stage("validate"), Stage("heal")).run_sync(BAD)

    assert (result.ok, result.value["name"]) == (True, "Ann")


def test_a_validator_of_a_plugged_backend_leads_the_correction(pipeline, llmock):
    """Its issues, objects here, reach the correcting backend as they are."""
    issue = {"field": "email", "message": "is not an address"}
    seen = []

    def validator(prompt):
        passed = "@" in prompt.generation.body["email"]
        return {"passed": passed, "issues": [] if passed else [issue]}

    def corrector(prompt):
        seen.append(prompt.generation.body)
        return {"email": "ann@example.com"}

    llmock.backends.add("validator", validator)
    llmock.backends.add("corrector", corrector)

    loop = pipeline.validation_loop(
        made_bad, Stage("v", backend="validator"), Stage("c", backend="corrector")
    )

    assert loop.run_sync({}).value == {"email": "ann@example.com"}
    assert seen == [{"data": BAD, "issues": [issue]}]


def test_a_backend_that_gives_no_verdict_fails_the_loop(pipeline, llmock):
    """After it was asked again, as for any shape."""
    llmock.backends.add("validator", lambda prompt: {"verdict": "fine"})

    with pytest.raises(
        StepFailed, match=r"^Step 'check' \(backend 'validator'\) failed: .* has no 'passed'"
    ) as caught:
        pipeline.validation_loop(made_bad, Stage("check", backend="validator"), made_bad).run_sync({})

    assert caught.value.path == ("ValidationLoop", "check")


def test_a_gate_hands_over_to_be_corrected(pipeline):
    """Between the stages of a pipeline."""
    result = pipeline(made_bad, QualityGate(0.9, shape=USER, on_fail=Stage("fix", shape=USER))).run_sync({})

    assert (result.ok, result.value["name"]) == (True, "Ann")


def test_a_judge_chooses_the_candidate_with_the_least_wrong(pipeline):
    """It really looks at them."""
    steps = [made_bad, Stage("generate", shape=USER), made_bad]

    result = pipeline.consensus(steps, choose=Stage("judge")).run_sync({})

    assert result.value["name"] != "Ann"


def test_the_three_stages_of_the_tutorial_keep_each_others_work(pipeline):
    """Generate, enrich, validate: ten users stay who they are."""
    basic = {"firstName": "string", "lastName": "string", "email": "string", "age": 0}
    rich = basic | {"demographics": {"city": "string", "income": 0}, "preferences": {"interests": ["string"]}}
    full = rich | {
        "userId": "string",
        "account": {"created": "ISO-8601", "tier": "free|premium"},
        "validation": {"emailVerified": True},
    }
    stages = [
        Stage(name, path=f"/users/{name}", shape={"users": [shape]})
        for name, shape in (("generate", basic), ("enrich", rich), ("validate", full))
    ]

    result = pipeline(*stages).run_sync({"count": 10})
    begun = pipeline(stages[0]).run_sync({"count": 10})

    assert [user.keys() for user in result.value["users"]] == [full.keys()] * 10
    assert [user["email"] for user in result.value["users"]] == [
        user["email"] for user in begun.value["users"]
    ]


@pytest.mark.parametrize(
    "issue",
    [
        "/users/0/e mail: is wrong",
        {"path": "/users/0/e mail"},
        "/users/0/x/y is wrong",
        "users[0].x/y: is wrong",
    ],
    ids=["pointer", "object", "nowhere", "text"],
)
def test_a_place_deep_in_the_data_is_found(issue):
    """By pointer; a name that stands elsewhere in the issue is one, too, when the pointer leads nowhere."""
    data = {"users": [{"e mail": "x", "x": "a"}, {"e mail": "z", "x": "b"}]}

    changed = mended(data, [issue], seed=1, locale="en")

    assert changed["users"][0] != data["users"][0]


@pytest.mark.parametrize(
    "issue", ["/users/1/code: bad", "/users/1/code is bad", "users.1.code is bad", "users[1].code: bad"]
)
def test_one_record_of_many_is_mended(issue):
    """The others stay as they are."""
    data = {"users": [{"code": "a"}, {"code": "b"}], "code": "c"}

    changed = mended(data, [issue], seed=1, locale="en")

    assert (changed["users"][0], changed["code"]) == ({"code": "a"}, "c")
    assert changed["users"][1] != {"code": "b"}


def test_an_issue_of_all_of_the_data_names_no_place():
    """What is missing is not there to be mended."""
    data = {"a": {"name": "x"}}

    assert mended(data, ["/: has no 'name', which is required"], seed=1, locale="en") == data


@pytest.mark.parametrize(
    "issue",
    [
        "/b: is not valid",
        {"pointer": "/b", "message": "a is fine"},
        {"field": "b"},
        {"why": "b is wrong"},
        "b: no",
    ],
    ids=["pointer", "object", "field", "words-of-an-object", "words"],
)
def test_an_issue_means_its_place_alone(issue):
    """What it says in other words is no place."""
    data = {"b": "x", "is": "y", "valid": "z", "a": "w"}

    changed = mended(data, [issue], seed=1, locale="en")

    assert changed["b"] != "x"
    assert changed["valid"] == "z"
    assert changed["a"] == "w"
