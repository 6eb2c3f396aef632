"""What is wrong with data: whatever can find it becomes a step that answers a verdict.

A verdict is {"passed": false, "issues": ["/born: is '2023-02-31', which is not a valid date"]}. An issue is a
text, "pointer: message" where we write it, or an object. What a validator may be is asked in this order:

1. a step, as a Stage that asks a backend is: it gets the data and answers a verdict;
2. a type, of pydantic or not (`User`, `list[User]`): pydantic validates, with the validators of the type;
3. a function: it returns the issues, or says yes or no; see `_said`;
4. a list of texts: rules in English, each of which must be understood in full;
5. any other object or list: a JSON Schema or an example, told apart as a shape is.

A shape or a type of one record holds for each in a list.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from copy import deepcopy
from dataclasses import dataclass, field, replace
from functools import partial
from typing import ClassVar, TypeGuard, get_origin

from pytest_llmock.errors import LLMockError, OffShapeError, ShapeError, StepFailed
from pytest_llmock.llm import JSON
from pytest_llmock.patterns.data import json_data
from pytest_llmock.patterns.drawing import Drawing
from pytest_llmock.patterns.running import Run
from pytest_llmock.patterns.stage import Stage
from pytest_llmock.patterns.step import FunctionStep, Step, called, check_callable, named
from pytest_llmock.shapes.limits import canonical, freeze, thaw
from pytest_llmock.shapes.schema import Shape, has_field
from pytest_llmock.shapes.validate import Problem

ISSUES: dict[str, JSON] = {"type": "array", "items": {"type": ["string", "object"]}}
VERDICT: dict[str, JSON] = {
    "type": "object",
    "properties": {"passed": {"type": "boolean"}, "issues": ISSUES},
    "required": ["passed"],
}
_PLACES = ("pointer", "path", "field", "location")
_MESSAGES = ("message", "error", "issue", "description", "text")
_WHAT = (
    "a step that answers {'passed', 'issues'}, a type, a function that returns issues, a list of rules in "
    "English, or a shape"
)

Find = Callable[[JSON], Iterable[Problem]]


@dataclass(frozen=True, repr=False)
class Local(Step):
    """Answers by what is known here, without anybody being asked."""

    shown: str
    is_local: ClassVar[bool] = True

    @property
    def label(self) -> str:
        return self.shown

    def draw(self, drawing: Drawing, before: tuple[str, ...]) -> tuple[str, ...]:
        return (drawing.behind(before, self.label, "round"),)

    def __repr__(self) -> str:
        return self.shown


@dataclass(frozen=True, repr=False)
class LocalCheck(Local):
    """Finds problems by what it is `like`: a shape, a type or rules."""

    like: object = field(hash=False)
    find: Find = field(compare=False)

    def __reduce__(self) -> tuple[object, ...]:
        return local_check, (self.like, "validate")  # what finds them is compiled, and stays in its process

    async def apply(self, data: JSON, run: Run) -> JSON:  # noqa: ARG002 - it calls no model
        return _verdict([told(problem) for problem in self.find(data)])


@dataclass(frozen=True, repr=False)
class FunctionCheck(Local):
    """Has a function of the user's find the issues, async or not."""

    function: Callable[[JSON], object]

    async def apply(self, data: JSON, run: Run) -> JSON:  # noqa: ARG002 - it calls no model
        return _said(await called(self.function, thaw(freeze(data))), self.shown)


def as_validator(like: object, *, of: str) -> Step:
    """A step that answers a verdict. Raises TypeError, ValueError or ShapeError when that says nothing."""
    if isinstance(like, FunctionStep):
        like = like.function
    if isinstance(like, Step):
        return asking(like, VERDICT, "passed", of=of)
    try:
        if callable(like) and not _is_type(like):
            check_callable(like, of=f"{of}: validate")
            return FunctionCheck(named(like), like)
        if _is_type(like) or (isinstance(like, (dict, list, tuple)) and like):
            return local_check(like, of)
    except LLMockError as error:
        raise ShapeError(f"{of}: {error.message}", details=error.details) from None
    asked = f" To ask a backend: Stage('validate', backend={like!r})." if isinstance(like, str) else ""
    raise TypeError(f"{of}: validate is {_WHAT}, not {like!r:.80}.{asked}")


def local_check(like: object, of: str) -> LocalCheck:
    """What finds problems by a type, by rules, else by a shape. Raises ValueError, LLMockError."""
    if _is_type(like):
        return LocalCheck(named(like), like, _by_type(like))
    own = deepcopy(like)  # a step is a value, whatever becomes of the list or the mapping
    find = _by_rules(own, of) if _are_rules(own) else _by_shape(own)
    return LocalCheck(f"{own!r:.80}", own, find)


async def issues_of(validator: Step, value: JSON, run: Run) -> tuple[JSON, ...]:
    """The issues that the validator finds; () when the value passes. Raises StepFailed."""
    answer = await validator.through(value, run)
    said = answer if isinstance(answer, dict) else {}
    passed, issues = said.get("passed"), said.get("issues") or []
    if not isinstance(passed, bool) or not are_issues(issues):
        raise useless(validator, value, answer, 'a verdict: {"passed": true or false, "issues": [text, …]}')
    if passed:
        return ()
    return tuple(issues) or (f"'{validator.label}' did not pass it, and gave no reason",)


def asking(step: Step, answer: dict[str, JSON], field: str, *, of: str) -> Step:
    """The step, so that it answers with that `field`: a Stage without a shape is asked for `answer`.

    What a Stage is given is never put back in its answer: a field of the data might be taken for its own.
    Raises ValueError for a Stage that will not have the field.
    """
    if not isinstance(step, Stage):
        return step
    if step.when is not None:
        raise ValueError(
            f"{of}: Stage '{step.name}' has a condition, and would answer with the data itself when it is "
            "not met. Put the condition into a function around it."
        )
    if step.form is not None and not _may_have(step.form, field):
        raise ValueError(
            f"{of}: Stage '{step.name}' has to answer with '{field}', which is not in its shape. Add it, or "
            "give no shape: it is then asked for what is needed."
        )
    return replace(step, keep_input=False, shape=answer if step.shape is None else step.shape)


def useless(step: Step, data: JSON, answer: JSON, wanted: str) -> StepFailed:
    """The error that says so when a step answered something else than it was asked for."""
    cause = OffShapeError(f"this is not {wanted}.", attempts=())
    failure = StepFailed(step.label, data, cause, backend=next(iter(step.backends), ""), output=answer)
    failure.__cause__ = cause
    return failure


def are_issues(value: object) -> TypeGuard[list[JSON]]:
    """Whether that is a list of texts and objects."""
    return isinstance(value, list) and all(isinstance(issue, (str, dict)) for issue in value)


def issue_text(issue: JSON) -> str:
    """An issue in words: of an object its place and its message, or all of it."""
    if not isinstance(issue, dict):
        return str(issue)
    message = next((str(issue[name]) for name in _MESSAGES if issue.get(name)), "")
    pointer = next((str(issue[name]) for name in _PLACES if issue.get(name)), "")
    return ": ".join(part for part in (pointer, message) if part) if message else canonical(issue)


def told(problem: object) -> str:
    """A Problem, or anything else with `pointer` and `message`, as text: "/age: is -5, less than 0"."""
    pointer, message = getattr(problem, "pointer", ""), getattr(problem, "message", problem)
    return f"{pointer or '/'}: {message}"


def listed(issues: Iterable[object], who: str) -> list[JSON]:
    """The issues that a function gave, as JSON. Raises TypeError for what is none."""
    ordered = sorted(issues, key=str) if isinstance(issues, AbstractSet) else issues
    return [_issue(issue, who) for issue in ordered]


def _said(value: object, who: str) -> JSON:
    """The verdict that the answer of a function is.

    None, True, "" and [] say that nothing is wrong; False that something is; a text is the one issue, a list
    of texts, objects, errors or problems (`pointer` and `message`) is all of them. A verdict is one, and so
    is whatever has `passed` and `issues`, as a QualityReport has.
    """
    if not isinstance(value, Mapping) and hasattr(value, "passed") and hasattr(value, "issues"):
        value = {"passed": value.passed, "issues": listed(value.issues, who)}
    if isinstance(value, Mapping):
        return json_data(value, f"What {who} returns")
    if value is None or isinstance(value, bool):
        return {"passed": value is not False, "issues": []}
    if isinstance(value, str):
        return _verdict([value] if value else [])
    if isinstance(value, Iterable):
        return _verdict(listed(value, who))
    raise TypeError(f"{who} returned {value!r:.80}: return a list of issues, or True when there is none.")


def _issue(issue: object, who: str) -> JSON:
    if isinstance(issue, str):
        return issue
    if isinstance(issue, Mapping):
        return json_data(issue, f"An issue of {who}")
    if hasattr(issue, "pointer") and hasattr(issue, "message"):
        return told(issue)
    if isinstance(issue, Exception):
        return str(issue)
    raise TypeError(f"{who} gave the issue {issue!r:.80}: an issue is a text or an object.")


def _verdict(issues: list[JSON] | list[str]) -> dict[str, JSON]:
    return {"passed": not issues, "issues": [*issues]}


def _is_type(like: object) -> bool:
    if isinstance(like, type) or get_origin(like) is not None:
        return True
    return hasattr(like, "__supertype__") or hasattr(like, "__value__")  # NewType, `type X = …`


def _are_rules(like: object) -> TypeGuard[Sequence[str]]:
    return isinstance(like, (list, tuple)) and bool(like) and all(isinstance(each, str) for each in like)


# What checks data here is imported when it is needed: it takes as long as all the patterns together.


def _by_type(kind: object) -> Find:
    from pytest_llmock.shapes.quality.gathering import by_model  # noqa: PLC0415 - brings the quality checks

    return by_model(kind).problems


def _by_shape(shape: object) -> Find:
    from pytest_llmock.shapes.quality.gathering import by_shape  # noqa: PLC0415 - so do shapes: the quality checks

    return by_shape(shape).problems


def _by_rules(rules: Sequence[str], of: str) -> Find:
    from pytest_llmock.shapes.checks import check_data  # noqa: PLC0415 - compiles patterns few steps need

    check_rules(rules, of=of)
    return partial(check_data, rules=tuple(rules))


def check_rules(rules: Sequence[str], *, of: str) -> None:
    """Raises ValueError for a rule that is not understood, and so would be taken for kept."""
    from pytest_llmock.shapes.quality import unread  # noqa: PLC0415 - only rules in words are read

    strange = unread(rules)
    if strange:
        raise ValueError(
            f"{of}: the rule {strange[0]!r:.80} is not understood here. Have a backend check it: "
            "Stage('validate', backend=…, instructions='…'), or write a function."
        )


def _may_have(form: Shape, field: str) -> bool:
    is_open = "properties" not in form.schema or form.schema.get("additionalProperties") is not False
    return is_open or has_field(form, field)
