"""Conversations as clients of OpenAI's chat API send them: well formed, with tools or without."""

import json
from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from pytest_llmock.errors import ShapeError
from pytest_llmock.strategies.shapes import from_shape
from pytest_llmock.strategies.texts import CHARACTERS

Message = dict[str, Any]
Calls = st.SearchStrategy[tuple[str, str]]  # names and arguments

_WORDS = st.text(CHARACTERS, max_size=60)
_SAID = _WORDS.filter(str.strip)


def conversations(
    *, tools: Sequence[Message] = (), max_turns: int = 4, system: bool | None = None
) -> st.SearchStrategy[list[Message]]:
    """Lists of messages that end with the user's words or a tool's result, so that the model is to answer.

        @given(strategies.conversations(tools=TOOLS))

    `tools` are OpenAI's tool objects: the assistant calls any of them, with arguments valid by their
    parameters, and each call has its result. `max_turns` is how often the user speaks at most (1 or more);
    `system` whether a system message stands first (None: either).

    Raises ShapeError for a number of turns that cannot be, and for tools without a name.
    """
    if max_turns < 1:
        raise ShapeError(f"A conversation has 1 turn or more, not {max_turns}.")
    calls = [_calls_of(tool) for tool in tools]

    @st.composite
    def conversation(draw: st.DrawFn) -> list[Message]:
        messages: list[Message] = []
        if system or (system is None and draw(st.booleans())):
            messages.append({"role": "system", "content": draw(_SAID)})
        for turn in range(draw(st.integers(1, max_turns))):
            if turn:
                messages.append({"role": "assistant", "content": draw(_SAID)})
            messages.append({"role": "user", "content": draw(_SAID)})
            if bool(calls) and draw(st.booleans()):
                messages += _exchange(draw, calls, turn)
        return messages

    return conversation()


def _calls_of(tool: Message) -> Calls:
    """Name and arguments of calls of a tool."""
    function = tool.get("function")
    name = function.get("name") if isinstance(function, dict) else None
    if not isinstance(function, dict) or not isinstance(name, str):
        told = 'Write {"function": {"name": …, "parameters": …}}.'
        raise ShapeError(f"A tool has no name: {tool!r:.200}. {told}")

    parameters = function.get("parameters") or {"type": "object", "properties": {}}
    return from_shape(parameters).map(lambda arguments: (name, json.dumps(arguments, ensure_ascii=False)))


def _exchange(draw: st.DrawFn, calls: Sequence[Calls], turn: int) -> list[Message]:
    """The assistant calls tools, one or several at a time, and gets a result of each."""
    chosen = draw(st.lists(st.one_of(*calls), min_size=1, max_size=3))
    asked = [
        {"id": f"call_{turn}_{place}", "type": "function", "function": {"name": name, "arguments": arguments}}
        for place, (name, arguments) in enumerate(chosen)
    ]
    results = [{"role": "tool", "tool_call_id": each["id"], "content": draw(_WORDS)} for each in asked]
    return [{"role": "assistant", "content": None, "tool_calls": asked}, *results]
