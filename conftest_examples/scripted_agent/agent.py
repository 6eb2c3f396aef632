"""The code under test: an agent that looks things up until the model has an answer."""

import json
from collections.abc import Callable, Mapping

from openai import OpenAI

MODEL = "gpt-5-mini"
SYSTEM = "You are the travel desk. Look up before you answer."


def _tool(name: str, parameter: str) -> dict:
    schema = {"type": "object", "properties": {parameter: {"type": "string"}}, "required": [parameter]}
    return {"type": "function", "function": {"name": name, "parameters": schema}}


TOOLS = [_tool("weather", "city"), _tool("hotels", "city")]


def run(question: str, tools: Mapping[str, Callable[..., str]], *, client: OpenAI, most: int = 5) -> str:
    messages: list = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": question}]
    for _ in range(most):
        answer = client.chat.completions.create(model=MODEL, messages=messages, tools=TOOLS)
        message = answer.choices[0].message
        if not message.tool_calls:
            return message.content or ""
        messages.append(message)
        for call in message.tool_calls:
            result = tools[call.function.name](**json.loads(call.function.arguments))
            messages.append({"role": "tool", "tool_call_id": call.id, "content": result})
    raise RuntimeError(f"no answer after {most} turns")
