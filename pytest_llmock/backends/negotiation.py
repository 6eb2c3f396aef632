"""Which form of a request a server takes: found out by asking, then remembered.

The forms of `response_format`, best first: `json_schema`; `json_object` with the schema beside it; none, with
the schema in the prompt only. Other APIs have forms of their own, and what is said about the choice of words
(`temperature`, `top_p`) has two: said, or left out. A lower form is tried only as long as the higher one has
never worked, so that a later error is an error and not a question of form. Some servers take a form and
ignore it; `ignored` remembers that too.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import TypeVar

from pytest_llmock.backends.providers import Provider
from pytest_llmock.llm import JSON, Message, Prompt, ResponseSchema, Text
from pytest_llmock.wire.openai_chat import SchemaMode

Form = TypeVar("Form", bound=str)

IGNORED = "the form is ignored"
_NOT_STRICT = frozenset(
    {"oneOf", "allOf", "not", "if", "then", "else", "patternProperties", "propertyNames", "dependentRequired"}
    | {
        "dependentSchemas",
        "unevaluatedProperties",
        "minProperties",
        "maxProperties",
        "uniqueItems",
        "contains",
    }
)


@dataclass(slots=True)
class Negotiation:
    """What is known about one backend; safe to share between threads."""

    _worked: set[tuple[str, str]] = field(default_factory=set)
    _rejected: set[tuple[str, str]] = field(default_factory=set)
    _told: set[str] = field(default_factory=set)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def modes(self, provider: Provider, schema: ResponseSchema | None) -> tuple[SchemaMode, ...]:
        """The forms of `response_format` to try for this schema."""
        return self.left(_possible(provider, schema))

    def left(self, possible: tuple[Form, ...], *, about: str = "") -> tuple[Form, ...]:
        """The forms to try, best first; the first one only, if it has worked before.

        Forms of one thing and of another (`about`) are remembered apart. The last one is never rejected.
        """
        with self._lock:
            left = tuple(form for form in possible if (about, form) not in self._rejected)
            return left[:1] if (about, left[0]) in self._worked else left

    def settle(self, tried: Sequence[str], worked: str, *, about: str = "") -> None:
        """Note that `worked` was taken, and that those tried before it were not."""
        with self._lock:
            self._worked.add((about, worked))
            self._rejected.update((about, form) for form in tried[: tried.index(worked)])

    def first_time(self, topic: str) -> bool:
        """Whether this is the first time that `topic` comes up: what is said once a backend is said here."""
        with self._lock:
            known = topic in self._told
            self._told.add(topic)
        return not known

    @property
    def ignored(self) -> bool:
        """Whether the server takes a form and then does not keep to it."""
        return IGNORED in self._told


class Negotiations:
    """The negotiation of each backend, by its name; lives as long as the settings."""

    def __init__(self) -> None:
        self._of: dict[str, Negotiation] = {}
        self._lock = Lock()

    def of(self, name: str) -> Negotiation:
        """The one of this backend, always the same."""
        with self._lock:
            return self._of.setdefault(name.lower(), Negotiation())


def _possible(provider: Provider, schema: ResponseSchema | None) -> tuple[SchemaMode, ...]:
    if schema is None:
        return ("prompt",)
    if schema.schema is None:
        return ("json_object", "prompt")
    if schema.schema.get("type") == "object":
        return ("json_schema", "json_object", "prompt")
    return ("json_schema", "prompt") if provider.any_schema_root else ("prompt",)


def prepared(prompt: Prompt, mode: SchemaMode, provider: Provider, *, ignored: bool) -> Prompt:
    """The prompt as it is sent in this mode: with the schema in words where no form carries it."""
    schema = prompt.schema
    if schema is None:
        return prompt
    if schema.schema is None:
        return with_instruction(prompt) if mode == "prompt" or ignored else prompt
    if mode == "json_schema":
        worded = with_instruction(prompt) if ignored else prompt
        strict = provider.strict_schemas and schema.strict is None and is_closed(dict(schema.schema))
        return replace(worded, schema=replace(schema, strict=True)) if strict else worded
    worded = with_instruction(prompt)
    if mode == "json_object" and not provider.schema_in_object:
        return replace(worded, schema=ResponseSchema())
    return worded


def with_instruction(prompt: Prompt) -> Prompt:
    """The prompt with a last system message that asks for JSON, and says the schema."""
    schema = prompt.schema.schema if prompt.schema else None
    words = "Answer with one JSON value only: no prose, no Markdown, no comments."
    if schema is not None:
        words += (
            f" It must be valid against this JSON Schema:\n{json.dumps(dict(schema), ensure_ascii=False)}"
        )
    return replace(prompt, messages=(*prompt.messages, Message("system", (Text(words),))))


def is_closed(schema: JSON) -> bool:
    """Whether OpenAI takes the schema as strict.

    Every object in it must require all its properties and allow no others, and it must use no keyword that
    strict schemas lack.
    """
    if isinstance(schema, list):
        return all(is_closed(item) for item in schema)
    if not isinstance(schema, dict):
        return True
    if not _NOT_STRICT.isdisjoint(schema) or not _is_closed_object(schema):
        return False
    named = [schema.get(key) for key in ("properties", "$defs", "definitions")]
    groups = [group for group in named if isinstance(group, dict)]
    inside = [part for group in groups for part in group.values()]
    return all(is_closed(part) for part in (*inside, schema.get("items"), schema.get("anyOf")))


def _is_closed_object(schema: Mapping[str, JSON]) -> bool:
    kind = schema.get("type")
    if kind != "object" and not (isinstance(kind, list) and "object" in kind):
        return True
    properties, required = schema.get("properties") or {}, schema.get("required") or []
    if not isinstance(properties, dict) or not isinstance(required, list):
        return False
    return schema.get("additionalProperties") is False and set(properties) <= {str(key) for key in required}
