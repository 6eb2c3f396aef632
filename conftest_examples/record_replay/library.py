"""The code under test: a librarian that answers, tells stories, and looks books up."""

import json
from collections.abc import Iterator

from openai import OpenAI

RULES = "You work in a small library. Answer in one or two sentences."
SHELF = {
    "type": "function",
    "function": {
        "name": "find_shelf",
        "description": "The shelf on which a book stands.",
        "parameters": {
            "type": "object",
            "properties": {"title": {"type": "string"}},
            "required": ["title"],
        },
    },
}


def answer(question: str, *, client: OpenAI) -> str:
    said = client.chat.completions.create(model="demo", temperature=0.2, messages=_asking(question))
    return said.choices[0].message.content or ""


def recommend(reader: str, *, client: OpenAI) -> Iterator[str]:
    question = f"Which book do you recommend to {reader}?"
    stream = client.chat.completions.create(model="demo", messages=_asking(question), stream=True)
    for chunk in stream:
        if chunk.choices and chunk.choices[0].delta.content:
            yield chunk.choices[0].delta.content


def where_is(title: str, *, client: OpenAI, shelves: dict[str, str]) -> str:
    """The model asks for the shelf, our code looks it up, and the model answers with it."""
    messages = _asking(f"Where is '{title}'?")
    asked = client.chat.completions.create(model="demo", messages=messages, tools=[SHELF]).choices[0].message
    messages.append(asked)
    for call in asked.tool_calls or ():
        found = shelves.get(json.loads(call.function.arguments)["title"], "not in this library")
        messages.append({"role": "tool", "tool_call_id": call.id, "content": found})
    said = client.chat.completions.create(model="demo", messages=messages, tools=[SHELF])
    return said.choices[0].message.content or ""


def _asking(question: str) -> list:
    return [{"role": "system", "content": RULES}, {"role": "user", "content": question}]
