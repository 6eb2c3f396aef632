"""What every client is asked to do, in no client's dialect."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

QUESTION = "What is the weather in Oslo?"
MESSAGES = [{"role": "user", "content": QUESTION}]
ANSWER = "It rains in Oslo"
KEY = "sk-of-nobody"
PATIENCE_S = 0.3
"""How long the impatient client waits for an answer."""
RETRY_AFTER_S = 1
"""How long a failure asks clients to wait: the least that the header can say."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the test answers, for clients that read no environment; `url` is empty in a client's own home."""

    url: str = ""

    def option(self, name: str, path: str = "") -> dict[str, str]:
        """The address as an argument of a client; none at home."""
        return {name: f"{self.url}{path}"} if self.url else {}


class Ticket(BaseModel):
    """Structured output."""

    subject: str
    urgent: bool


SCHEMA: Mapping[str, Any] = {  # the same for clients that take JSON Schema
    "type": "object",
    "properties": {"subject": {"type": "string"}, "urgent": {"type": "boolean"}},
    "required": ["subject", "urgent"],
    "additionalProperties": False,
}
PARAMETERS: Mapping[str, Any] = {
    "type": "object",
    "properties": {"city": {"type": "string", "description": "The city."}},
    "required": ["city"],
}
OPENAI_TOOL: Mapping[str, Any] = {
    "type": "function",
    "function": {"name": "weather", "description": "The weather of a city.", "parameters": PARAMETERS},
}
OPENAI_FORMAT: Mapping[str, Any] = {
    "type": "json_schema",
    "json_schema": {"name": "ticket", "strict": True, "schema": SCHEMA},
}


def weather(city: str) -> str:
    """The weather of a city.

    Args:
        city: The city.
    """
    return f"It rains in {city}"
