"""The kinds of values that settings have, and what pydantic knows about the models made of them."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Literal, TypeAlias, get_args, get_origin

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, PlainValidator
from pydantic.fields import FieldInfo

from pytest_llmock.config import values
from pytest_llmock.config.keys import Key, Keys, fold, spelling
from pytest_llmock.config.secret import Secret


def words(literal: object, **second: str) -> BeforeValidator:
    """One of the literal's words in any spelling; `second` gives second names."""
    return BeforeValidator(values.word(get_args(literal), second))


def _secret(value: object) -> Secret:
    if isinstance(value, str | Secret):
        return value if isinstance(value, Secret) else Secret(value)
    raise ValueError("not text. Put it in quotes.")


NUMBER = BeforeValidator(values.number)
FINITE = Field(allow_inf_nan=False)
Count: TypeAlias = Annotated[int, NUMBER, Field(ge=0)]
Positive: TypeAlias = Annotated[int, NUMBER, Field(ge=1)]
Amount: TypeAlias = Annotated[float, NUMBER, FINITE, Field(ge=0)]
Duration: TypeAlias = Annotated[float, NUMBER, FINITE, Field(gt=0)]
Money: TypeAlias = Annotated[Decimal, NUMBER, FINITE, Field(ge=0)]
Share: TypeAlias = Annotated[float, NUMBER, FINITE, Field(ge=0, le=1)]
Names: TypeAlias = Annotated[tuple[str, ...], BeforeValidator(values.names)]
Lines: TypeAlias = Annotated[tuple[str, ...], BeforeValidator(values.lines)]
Objects: TypeAlias = Annotated[tuple[Mapping[str, object], ...], BeforeValidator(values.parsed_text)]
Object: TypeAlias = Annotated[Mapping[str, object], BeforeValidator(values.parsed_text)]
SecretText: TypeAlias = Annotated[Secret, PlainValidator(_secret), PlainSerializer(str, when_used="json")]

RecordMode = Literal["none", "once", "new", "all", "rewrite", "verify", "off"]
UnusedMode = Literal["report", "fail", "prune", "ignore"]
MatchLevel = Literal["exact", "normalised", "shape", "sequence"]
RepeatMode = Literal["never", "last"]
ExpiryAction = Literal["warn", "fail", "record"]
Strategy = Literal["first", "round_robin", "weighted", "priority", "least_busy"]
SseMode = Literal["LlmTokens", "CompleteObjects", "ArrayItems"]
RateLimitStrategy = Literal["Auto", "Sequential", "Parallel", "Streaming"]
ToolExecutionMode = Literal["Disabled", "Explicit", "LlmDriven"]


class Model(BaseModel):
    """The base of every model: frozen, closed, and silent about values; built when one is first validated."""

    model_config = ConfigDict(
        defer_build=True,
        frozen=True,
        extra="forbid",
        arbitrary_types_allowed=True,
        hide_input_in_errors=True,
        protected_namespaces=(),
    )


def keys_of(model: type[BaseModel]) -> Keys:
    """The keys that a section for `model` may have."""
    return {fold(name): _key(name, info) for name, info in model.model_fields.items()}


def as_written(value: object) -> object:
    """What somebody would have to write to get `value`: of a model, the fields that were set."""
    if isinstance(value, BaseModel):
        given = [name for name in type(value).model_fields if name in value.model_fields_set]
        return {name: as_written(getattr(value, name)) for name in given}
    if isinstance(value, Mapping):
        return {name: as_written(entry) for name, entry in value.items()}
    return [as_written(entry) for entry in value] if isinstance(value, list | tuple) else value


def _key(name: str, info: FieldInfo) -> Key:
    kind = info.annotation
    parts = get_args(kind)
    model = next(
        (part for part in (kind, *parts) if isinstance(part, type) and issubclass(part, BaseModel)), None
    )
    return Key(
        name,
        spelling(name),
        below=keys_of(model) if model else None,
        many=model is not None and model is not kind,
        free=any(get_origin(part) in (tuple, Mapping) for part in (kind, *parts)),
        nullable=type(None) in parts,
        secret=kind is Secret,
    )
