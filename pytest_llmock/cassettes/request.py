"""What a call asks, as plain JSON that a reviewer can read, and back to the prompt.

This mapping is what stands in a cassette and what the identity is taken from, so the rule is: all that can
change the answer is in it, in the names of no provider, and nothing else. Left out are the stream flag,
headers, keys and addresses (a `Prompt` has none), the ids of tool calls, the words of built-in templates (a
generation is described by what is to be made), and fields that only keep a provider's books. Fields that
nobody knows are in.
"""

from dataclasses import fields
from typing import Any, cast

from pytest_llmock.cassettes.turns import (
    Fields,
    beyond,
    choice_json,
    choice_of,
    mapping,
    mappings,
    messages_json,
    messages_of,
    said,
    tool_json,
    tool_of,
)
from pytest_llmock.llm import JSON, Generation, Prompt, ResponseSchema, Sampling

_DEFAULTS = Generation()
# in this order in the file; `problems` are left out: they follow from `previous`, in words that may improve
_GENERATION = tuple(field.name for field in fields(Generation) if field.name != "problems")
_SAMPLING = tuple(field.name for field in fields(Sampling))
_TUPLES = frozenset({"query", "rules", "stop"})


def request_of(prompt: Prompt, *, backend: str, model: str) -> dict[str, JSON]:
    """What `prompt` asks of the backend and its model.

    `{"operation": "chat", "backend": "openai", "model": "gpt-5", "messages": [{"user": "Hello"}]}`; what has
    its default is left out.
    """
    made = prompt.generation
    operation = prompt.operation if made is None else "generate"
    asked = _chat(prompt) if made is None else _different(made, _DEFAULTS, _GENERATION)
    rest = said(
        sampling=_different(prompt.sampling, Sampling(), _SAMPLING), extensions=beyond(prompt.extensions)
    )
    return {"operation": operation, "backend": backend, "model": model, **asked, **rest}


def prompt_of(request: Fields) -> Prompt:
    """The prompt that the request describes; raises ValueError for what is none.

    A generation comes back without messages: the templates of this version make them anew.
    """
    operation = request.get("operation")
    if operation not in ("chat", "embed", "generate"):
        raise ValueError(f"the operation {operation!r} is none of chat, embed, generate")
    schema = mapping(request.get("schema"))
    return Prompt(
        messages=messages_of(request.get("messages")),
        operation="embed" if operation == "embed" else "chat",
        model=str(request.get("model", "")),
        sampling=Sampling(**_values(mapping(request.get("sampling")), _SAMPLING)),
        tools=tuple(tool_of(entry) for entry in mappings(request.get("tools"))),
        tool_choice=choice_of(request.get("tool_choice")),
        schema=_schema_of(schema) if schema else None,
        inputs=tuple(_texts(request.get("inputs"))),
        generation=Generation(**_values(request, _GENERATION)) if operation == "generate" else None,
        extensions=mapping(request.get("extensions")),
    )


def _chat(prompt: Prompt) -> dict[str, JSON]:
    return said(
        messages=messages_json(prompt.messages),
        inputs=list(prompt.inputs),
        tools=[tool_json(tool) for tool in prompt.tools],
        tool_choice=choice_json(prompt.tool_choice),
        schema=None if prompt.schema is None else _schema(prompt.schema),
    )


def _different(value: object, default: object, names: tuple[str, ...]) -> dict[str, JSON]:
    """The fields that differ from their default; lists for tuples, all the way down."""
    found: dict[str, JSON] = {}
    for name in names:
        entry = getattr(value, name)
        if entry != getattr(default, name):
            found[name] = _lists(entry)
    return found


def _lists(value: Any) -> JSON:
    return [_lists(item) for item in value] if isinstance(value, tuple) else value


def _values(entries: Fields, names: tuple[str, ...]) -> dict[str, Any]:
    given = {name: entries[name] for name in names if name in entries}
    return {name: _tuples(value) if name in _TUPLES else value for name, value in given.items()}


def _tuples(value: JSON) -> Any:
    return tuple(_tuples(item) for item in value) if isinstance(value, list) else value


def _texts(value: JSON) -> list[str]:
    if value is not None and not isinstance(value, list):
        raise ValueError(f"{value!r} stands where a list of texts belongs")
    return [str(item) for item in value or []]


def _schema(schema: ResponseSchema) -> JSON:
    entry: dict[str, JSON] = {"name": schema.name}
    if schema.strict is not None:
        entry["strict"] = schema.strict
    if schema.schema is not None:
        entry["schema"] = dict(schema.schema)
    return entry


def _schema_of(entry: Fields) -> ResponseSchema:
    known = entry.get("schema")
    return ResponseSchema(
        None if known is None else mapping(known),
        str(entry.get("name", "answer")),
        cast("bool | None", entry.get("strict")),
    )
