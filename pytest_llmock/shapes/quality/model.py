"""What a pydantic model, or another type that pydantic knows, finds wrong with data.

The model itself validates, its own validators too; what it says is put in the words of `shapes.validate`.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pytest_llmock.errors import SettingsError
from pytest_llmock.llm import JSON
from pytest_llmock.shapes.limits import canonical
from pytest_llmock.shapes.validate import Check, Problem

OWN = "own"  # the rule of a validator that speaks of a whole object
_RULES: Mapping[str, str] = {
    "extra_forbidden": "additionalProperties",
    "too_short": "minItems",
    "too_long": "maxItems",
    "value_error": OWN,
    "assertion_error": OWN,
}
_SHOWN = 60


def model_check(model: object) -> Check:
    """What finds every problem that the model sees. Raises SettingsError for what is no type."""
    if isinstance(model, (dict, list, tuple, str, int, float, bool, type(None))):
        raise SettingsError(
            f"model= takes a pydantic model or another type, not {type(model).__name__}: give example JSON "
            "and JSON Schemas as shape=."
        )
    validate = _validator(model)

    def check(value: JSON) -> tuple[Problem, ...]:
        try:
            validate(canonical(value))
        except ValueError as error:
            errors = getattr(error, "errors", None)
            if errors is None:  # not pydantic's own
                raise
            return tuple(_problem(each, value) for each in errors(include_url=False))
        return ()

    return check


def _validator(model: object) -> Callable[[str], object]:
    own = getattr(model, "model_validate_json", None)
    if callable(own):
        found: Callable[[str], object] = own
        return found
    from pydantic import TypeAdapter  # noqa: PLC0415 - only other types than models need it
    from pydantic.errors import PydanticUserError  # noqa: PLC0415 - only data with a model needs pydantic

    try:
        adapter: TypeAdapter[Any] = TypeAdapter(model)  # type: ignore[arg-type]  # any type in any way to write one
    except PydanticUserError as error:
        raise SettingsError(f"model= takes a pydantic model or another type, not {model!r:.80}.") from error
    return adapter.validate_json


def _problem(error: Mapping[str, Any], value: JSON) -> Problem:  # Any: pydantic's TypedDict
    pointer, found = _place(error["loc"], value)
    message = f"{error['msg'][:1].lower()}{error['msg'][1:]}"
    if error["type"] == "missing":
        return Problem(pointer, f"has no {str(error['loc'][-1])!r}, which is required", "required")
    rule = _RULES.get(error["type"], "type")
    if isinstance(found, (dict, list)):
        return Problem(pointer, f"is not as the model wants it: {message}", rule)
    return Problem(pointer, f"is {_shown(found)}: {message}", rule)


def _place(loc: Sequence[str | int], value: JSON) -> tuple[str, JSON]:
    """The pointer to a place in pydantic's words, and what is there.

    Steps that name an alternative or a function of the model lead nowhere in the data.
    """
    pointer, found = "", value
    for step in loc:
        if isinstance(found, dict) and str(step) in found:
            found = found[str(step)]
        elif isinstance(found, list) and isinstance(step, int) and step < len(found):
            found = found[step]
        else:
            continue
        pointer += f"/{str(step).replace('~', '~0').replace('/', '~1')}"
    return pointer, found


def _shown(value: JSON) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
