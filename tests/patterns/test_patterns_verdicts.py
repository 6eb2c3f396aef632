"""What can validate, in which order it is asked what it is, and what its answers mean."""

from dataclasses import dataclass
from typing import Annotated, Literal, NewType

import pytest
from hosts import Canned
from pydantic import BaseModel, Field, field_validator

from pytest_llmock.errors import OffShapeError, ShapeError, StepFailed
from pytest_llmock.patterns.maker import Patterns
from pytest_llmock.patterns.pipeline import Pipeline
from pytest_llmock.patterns.running import Run
from pytest_llmock.patterns.stage import Stage
from pytest_llmock.patterns.validation import ValidationLoop
from pytest_llmock.patterns.verdicts import as_validator, issue_text, issues_of
from pytest_llmock.shapes.validate import Problem

AGE = {"type": "object", "properties": {"age": {"type": "integer", "minimum": 18}}, "required": ["age"]}


class Person(BaseModel):
    """Knows more than its JSON Schema says."""

    age: int

    @field_validator("age")
    @classmethod
    def is_even(cls, age):
        """Not in the schema."""
        if age % 2:
            raise ValueError("ages are even here")
        return age


@dataclass
class Aged:
    """A type that is not of pydantic."""

    age: Annotated[int, Field(ge=18)]


def found(validator, value):
    """The issues that whatever validates finds in the value."""
    return (
        ValidationLoop(lambda _: value, validate=validator, correct=lambda given: value, max_attempts=1)
        .run_sync({})
        .issues
    )


@pytest.mark.parametrize(
    ("validate", "good", "bad", "issues"),
    [
        (AGE, {"age": 18}, {"age": 3}, ("/age: is 3, less than 18",)),
        ({"born": "date"}, {"born": "2023-02-28"}, {"born": "2023-02-31"}, ("/born: is '2023-02-31', which is not a valid date",)),
        ([{"age": 0}], [{"age": 1}], [{}], ("/0: has no 'age', which is required",)),
        (Person, {"age": 2}, {"age": 3}, ("/age: is 3: value error, ages are even here",)),
        (Aged, {"age": 18}, {"age": 3}, ("/age: is 3: input should be greater than or equal to 18",)),
        (list[Person], [{"age": 2}], [{"age": 3}], ("/0/age: is 3: value error, ages are even here",)),
        (Literal["a", "b"], "a", "c", ("/: is 'c': input should be 'a' or 'b'",)),
        (NewType("Age", int), 3, "x", ("/: is 'x': input should be a valid integer, unable to parse string as an integer",)),
        (["Verify email formats"], {"email": "a@b.de"}, {"email": "a"}, ("/email: is 'a', which is not an e-mail address",)),
        (["age must be at least 18"], {"age": 18}, {"age": 3}, ("/age: is 3 (age must be at least 18)",)),
    ],
    ids=["schema", "example", "list-example", "model", "dataclass", "generic", "literal", "new-type", "rules", "field-rule"],
)  # fmt: skip
def test_what_is_no_step_is_checked_here(validate, good, bad, issues):
    """A schema, an example, a type of any kind, or rules in English."""
    assert found(validate, good) == ()
    assert found(validate, bad) == issues


@pytest.mark.parametrize("validate", [AGE, Person], ids=["schema", "model"])
def test_what_is_asked_of_one_record_is_asked_of_each_in_a_list(validate):
    """So a generation with a count needs no other shape."""
    (issue,) = found(validate, [{"age": 20}, {"age": "x"}])

    assert issue.startswith("/1/age: is 'x'")


@pytest.mark.parametrize(
    ("answer", "issues"),
    [
        (None, ()),
        (True, ()),
        ("", ()),
        ([], ()),
        ({"passed": True, "issues": ["only a remark"]}, ()),
        (False, ("'check' did not pass it, and gave no reason",)),
        ({"passed": False}, ("'check' did not pass it, and gave no reason",)),
        ({"passed": False, "issues": None}, ("'check' did not pass it, and gave no reason",)),
        ("no", ("no",)),
        (("a", "b"), ("a", "b")),
        ({"b", "a"}, ("a", "b")),
        ([Problem("/a", "is bad", "x"), Problem("", "is worse", "y")], ("/a: is bad", "/: is worse")),
        ([ValueError("hm")], ("hm",)),
        ([{"field": "age", "message": "too low"}], ("age: too low",)),
        ([{"why": 1}], ('{"why":1}',)),
    ],
    ids=lambda value: str(sorted(value)) if isinstance(value, set) else str(value),
)
def test_the_answer_of_a_function_says_what_is_wrong(answer, issues):
    """Nothing, a yes or no, one issue or all of them, or a verdict."""

    def check(data):
        return answer

    assert found(check, {}) == issues


def test_whatever_has_passed_and_issues_is_a_verdict():
    """As a QualityReport is one."""

    class Report:
        passed = False
        issues = (Problem("/a", "is bad", "x"),)

    assert found(lambda data: Report(), {}) == ("/a: is bad",)


def test_a_function_may_be_async_and_keeps_its_hands_off_the_data():
    """It is awaited, and gets a copy."""

    async def check(data):
        data["age"] = 0
        return [data["name"]] if data["name"] else []

    loop = ValidationLoop(
        lambda _: {"name": "x", "age": 1}, check, lambda given: given["data"] | {"name": ""}
    )

    assert loop.run_sync({}).value == {"name": "", "age": 1}


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (3, "check returned 3: return a list of issues, or True when there is none."),
        ([3], "check gave the issue 3: an issue is a text or an object."),
        ({"passed": object()}, "What check returns must be JSON data"),
        ({"issues": []}, 'this is not a verdict: {"passed": true or false, "issues": [text, …]}'),
        ({"passed": 1}, "this is not a verdict"),
        ({"passed": False, "issues": "x"}, "this is not a verdict"),
    ],
    ids=["number", "number-issue", "no-json", "no-passed", "passed-is-a-number", "issues-are-text"],
)
def test_an_answer_that_is_no_verdict_is_an_error_that_names_who_gave_it(answer, message):
    """It is never taken for a pass."""

    def check(data):
        return answer

    with pytest.raises(StepFailed, match=r"^Step 'check' failed: ") as caught:
        found(check, {})

    assert message in str(caught.value)


def test_a_backend_without_a_verdict_is_an_error_with_its_answer():
    """The stage, its backend and what it said are named."""
    loop = ValidationLoop(lambda data: data, Stage("validate", backend="judge"), lambda given: given)

    with pytest.raises(StepFailed) as caught:
        loop.bound(Canned({"verdict": "fine"})).run_sync({"a": 1})

    assert str(caught.value) == (
        "Step 'validate' (backend 'judge') failed: this is not a verdict: "
        '{"passed": true or false, "issues": [text, …]}. '
        "Its input: {'a': 1}. It answered: {'verdict': 'fine'}."
    )
    assert isinstance(caught.value.__cause__, OffShapeError)


def test_a_stage_without_a_shape_is_asked_for_a_verdict_on_the_data():
    """The data is its body, and a field of it never counts as the verdict's."""
    host = Canned({"issues": ["x"], "passed": False}, {"issues": []})
    loop = ValidationLoop(lambda data: data, Stage("validate"), lambda given: {"passed": True}, 1)

    with pytest.raises(StepFailed, match=r"Its input: {'passed': True}. It answered: {'issues': \[\]}"):
        loop.bound(host).run_sync({"passed": True})

    assert host.asked[0].generation.body == {"passed": True}
    assert host.asked[0].shape.schema["required"] == ["passed"]


def test_a_stage_keeps_a_shape_of_its_own():
    """One that has room for a verdict."""
    shape = {"passed": True, "issues": [{"field": "string", "message": "string"}], "score": 0.5}

    assert as_validator(Stage("validate", shape=shape), of="x").shape == shape


def test_any_pattern_validates_that_answers_a_verdict():
    """Here one of functions."""
    assert found(Pipeline(lambda data: {"passed": False, "issues": ["x"]}), {}) == ("x",)


@pytest.mark.parametrize(
    ("stage", "message"),
    [
        (
            Stage("check", shape={"ok": True}),
            "Stage 'check' has to answer with 'passed', which is not in its shape",
        ),
        (Stage("check", when=bool), "Stage 'check' has a condition, and would answer with the data itself"),
    ],
    ids=["shape", "condition"],
)
def test_a_stage_that_cannot_answer_a_verdict_is_refused(stage, message):
    """When the loop is built."""
    with pytest.raises(ValueError, match=f"^ValidationLoop: {message}"):
        ValidationLoop(lambda data: data, stage, lambda given: given)


@pytest.mark.parametrize("validate", [None, 3, "", {}, [], True], ids=repr)
def test_what_validates_nothing_is_refused(validate):
    """When the loop is built, with what would do."""
    with pytest.raises(TypeError) as caught:
        ValidationLoop(lambda data: data, validate, lambda given: given)

    assert str(caught.value).startswith(
        "ValidationLoop: validate is a step that answers {'passed', 'issues'}, a type, a function that returns "
        f"issues, a list of rules in English, or a shape, not {validate!r}."
    )


def test_the_name_of_a_backend_is_refused_with_the_stage_that_asks_it():
    """A text alone could mean anything."""
    with pytest.raises(
        TypeError, match=r"not 'judge'. To ask a backend: Stage\('validate', backend='judge'\)."
    ):
        ValidationLoop(lambda data: data, "judge", lambda given: given)


def test_a_rule_that_nobody_understands_is_refused():
    """It would be taken for kept."""
    with pytest.raises(
        ValueError, match=r"^ValidationLoop: the rule 'Be nice' is not understood here. Have a"
    ):
        ValidationLoop(lambda data: data, ["Verify email formats", "Be nice"], lambda given: given)


def test_a_schema_that_is_wrong_is_refused_with_the_pattern_named():
    """When the loop is built."""
    with pytest.raises(ShapeError, match="^ValidationLoop: The JSON Schema is not valid"):
        ValidationLoop(lambda data: data, {"type": "objekt", "$schema": "x"}, lambda given: given)


@pytest.mark.parametrize(
    ("issue", "text"),
    [
        ("x", "x"),
        ({"path": "/a", "error": "bad"}, "/a: bad"),
        ({"message": "bad"}, "bad"),
        ({"a": 1}, '{"a":1}'),
    ],
)
def test_an_issue_is_told_in_words(issue, text):
    """The place and the message of an object, where it has them."""
    assert issue_text(issue) == text


def test_a_check_of_its_own_can_be_drawn():
    """It is a step as any other."""
    assert '(["Person"])' in as_validator(Person, of="x").to_mermaid()


def test_a_bound_function_validates_as_a_plain_one():
    """A step that is nothing but a function is asked as the function."""
    check = Patterns(Canned()).bind(lambda data: ["x"])

    assert found(check, {}) == ("x",)


@pytest.mark.asyncio
async def test_issues_are_found_within_any_run():
    """A validator is a step."""
    run = Run(None, Canned().clock)

    assert await issues_of(as_validator(AGE, of="x"), {"age": 1}, run) == ("/age: is 1, less than 18",)
