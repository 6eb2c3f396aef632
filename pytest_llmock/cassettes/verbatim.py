"""Deltas one by one, as mappings: `{ms: 812, text: "Hel"}`; what has its default is left out."""

from typing import get_args

from pytest_llmock.cassettes.fields import FieldError, Fields, Path, as_kind, check_known, field
from pytest_llmock.cassettes.interaction import Timed
from pytest_llmock.errors import nearest
from pytest_llmock.llm import JSON, Delta, End, FinishReason, ToolDelta, Usage

_REASONS: tuple[FinishReason, ...] = get_args(FinishReason)
_DELTA = ("ms", "text", "index", "reasoning", "tool", "vector", "end", "extensions")
_TOOL = ("index", "id", "name", "arguments")
_END = ("finish_reason", "usage")
_USAGE = ("input", "output", "estimated", "extensions")


def listed(timed: Timed) -> dict[str, JSON]:
    """The delta as a mapping; its origin is left out, whoever replays it says who answers."""
    ms, delta = timed
    fields: dict[str, JSON] = {"ms": ms}
    if delta.text:
        fields["text"] = delta.text
    if delta.index:
        fields["index"] = delta.index
    if delta.reasoning:
        fields["reasoning"] = delta.reasoning
    if delta.tool is not None:
        pieces = ((name, getattr(delta.tool, name)) for name in _TOOL)
        fields["tool"] = {name: value for name, value in pieces if value}
    if delta.vector is not None:
        fields["vector"] = list(delta.vector)
    if delta.end is not None:
        fields["end"] = _end_fields(delta.end)
    if delta.extensions is not None:
        fields["extensions"] = dict(delta.extensions)
    return fields


def _end_fields(end: End) -> dict[str, JSON]:
    fields: dict[str, JSON] = {"finish_reason": end.finish_reason}
    if end.usage is not None:
        fields["usage"] = usage_fields(end.usage)
    return fields


def usage_fields(usage: Usage) -> dict[str, JSON]:
    """`{input: 12, output: 9}`, and what else there is to say."""
    fields: dict[str, JSON] = {"input": usage.input_tokens, "output": usage.output_tokens}
    if usage.estimated:
        fields["estimated"] = True
    if usage.extensions:
        fields["extensions"] = dict(usage.extensions)
    return fields


def unlisted(fields: Fields, path: Path) -> Timed:
    """The delta that `listed` made the mapping of."""
    check_known(fields, _DELTA, path)
    delta = Delta(
        text=field(fields, "text", str, path, ""),
        index=field(fields, "index", int, path, 0),
        reasoning=field(fields, "reasoning", str, path, ""),
        tool=_tool(fields["tool"], (*path, "tool")) if "tool" in fields else None,
        vector=vector_of(fields["vector"], (*path, "vector")) if "vector" in fields else None,
        end=_end(fields["end"], (*path, "end")) if "end" in fields else None,
        extensions=field(fields, "extensions", dict, path) if "extensions" in fields else None,
    )
    return Timed(field(fields, "ms", int, path, 0), delta)


def _tool(value: JSON, path: Path) -> ToolDelta:
    fields = as_kind(value, dict, path)
    check_known(fields, _TOOL, path)
    index = field(fields, "index", int, path, 0)
    return ToolDelta(index, *(field(fields, name, str, path, "") for name in _TOOL[1:]))


def _end(value: JSON, path: Path) -> End:
    fields = as_kind(value, dict, path)
    check_known(fields, _END, path)
    usage = usage_of(fields["usage"], (*path, "usage")) if "usage" in fields else None
    return End(reason_of(fields.get("finish_reason", "stop"), (*path, "finish_reason")), usage)


def usage_of(value: JSON, path: Path) -> Usage:
    """The usage that `usage_fields` made the value of."""
    fields = as_kind(value, dict, path)
    check_known(fields, _USAGE, path)
    return Usage(
        field(fields, "input", int, path, 0),
        field(fields, "output", int, path, 0),
        field(fields, "estimated", bool, path, default=False),
        field(fields, "extensions", dict, path, {}),
    )


def vector_of(value: JSON, path: Path) -> tuple[float, ...]:
    """The numbers of an embedding, whole ones included."""
    entries = as_kind(value, list, path)
    numbers = [entry for entry in entries if type(entry) is float or type(entry) is int]
    if len(numbers) != len(entries):
        wrong = next(index for index, entry in enumerate(entries) if type(entry) not in (float, int))
        as_kind(entries[wrong], float, (*path, wrong))
    return tuple(numbers)


def reason_of(value: JSON, path: Path) -> FinishReason:
    """One of the four reasons why an answer ends."""
    word = as_kind(value, str, path)
    for reason in _REASONS:
        if reason == word:
            return reason
    raise FieldError(path, f"is {word!r}, which is no finish reason.{nearest(word, _REASONS)}")
