"""How two prompts, messages or completions differ, for assertions that compare them."""

from dataclasses import asdict

from pytest_llmock.cassettes.differences import differences
from pytest_llmock.cassettes.redact import Redactor
from pytest_llmock.cassettes.request import request_of
from pytest_llmock.cassettes.turns import messages_json
from pytest_llmock.llm import JSON, Completion, Message, Prompt


def compared(left: object, right: object, redactor: Redactor) -> list[str] | None:
    """What differs, line by line, without secrets; None for what is not compared here."""
    sides = [_plain(side) for side in (left, right)]
    if sides[0] is None or sides[1] is None or type(left) is not type(right):
        return None
    old, new = (redactor.json(side) for side in sides)
    assert isinstance(old, dict)
    assert isinstance(new, dict)
    lines = differences(old, new, sides=("on the left", "on the right"))
    return lines or ["what differs is a secret, or the id of a tool call"]


def _plain(value: object) -> dict[str, JSON] | None:
    if isinstance(value, Prompt):
        return request_of(value, backend="", model=value.model)
    if isinstance(value, Message):
        return {"messages": messages_json([value])}
    if isinstance(value, Completion):
        choices: list[JSON] = [_choice(asdict(choice)) for choice in value.choices]
        said: JSON = choices[0] if len(choices) == 1 else choices
        usage: JSON = {"input": value.usage.input_tokens, "output": value.usage.output_tokens}
        return {
            "answer": said,
            "usage": usage,
            "source": value.source,
            "vectors": [[*vector] for vector in value.vectors],
        }
    return None


def _choice(fields: dict[str, JSON]) -> JSON:
    return {name: value for name, value in fields.items() if value}
