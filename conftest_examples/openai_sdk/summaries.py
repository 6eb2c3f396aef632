"""The code under test: three ways to call a model."""

import json
from collections.abc import AsyncIterator

from openai import AsyncOpenAI, OpenAI

MODEL = "gpt-5-mini"
TICKET = {
    "type": "object",
    "properties": {"subject": {"type": "string"}, "priority": {"enum": ["low", "normal", "high"]}},
    "required": ["subject", "priority"],
    "additionalProperties": False,
}


def summarise(text: str, *, client: OpenAI) -> str:
    answer = client.chat.completions.create(model=MODEL, messages=_asking(f"Summarise: {text}"))
    return answer.choices[0].message.content or ""


async def stream_summary(text: str, *, client: AsyncOpenAI) -> AsyncIterator[str]:
    stream = await client.chat.completions.create(
        model=MODEL, messages=_asking(f"Summarise: {text}"), stream=True
    )
    async for chunk in stream:
        if chunk.choices and chunk.choices[0].delta.content:
            yield chunk.choices[0].delta.content


def ticket_of(complaint: str, *, client: OpenAI) -> dict[str, str]:
    answer = client.chat.completions.create(
        model=MODEL,
        messages=_asking(complaint),
        response_format={
            "type": "json_schema",
            "json_schema": {"name": "ticket", "schema": TICKET, "strict": True},
        },
    )
    return json.loads(answer.choices[0].message.content or "")


def _asking(text: str) -> list:
    return [{"role": "user", "content": text}]
