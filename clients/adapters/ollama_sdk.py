"""ollama: chats. It has no retries."""

import httpx
import ollama
from task import MESSAGES, PATIENCE_S, SCHEMA, Place, Ticket, weather

HOME = "http://127.0.0.1:11434"
TIMEOUT = httpx.TimeoutException
MODEL = "llama3"


def plain(place: Place):
    with ollama.Client() as sdk:
        return sdk.chat(MODEL, MESSAGES).message.content


def streamed(place: Place):
    with ollama.Client() as sdk:
        return [line.message.content or "" for line in sdk.chat(MODEL, MESSAGES, stream=True)]


def models(place: Place):
    with ollama.Client() as sdk:
        return [model.model for model in sdk.list().models]


def tools(place: Place):
    with ollama.Client() as sdk:
        (call,) = sdk.chat(MODEL, MESSAGES, tools=[weather]).message.tool_calls
    return call.function.name, dict(call.function.arguments)


def structured(place: Place):
    with ollama.Client() as sdk:
        return Ticket.model_validate_json(sdk.chat(MODEL, MESSAGES, format=SCHEMA).message.content)


def agent(place: Place):
    messages = [*MESSAGES]
    with ollama.Client() as sdk:
        while (said := sdk.chat(MODEL, messages, tools=[weather]).message).tool_calls:
            messages.append(said)
            for call in said.tool_calls:
                result = weather(**call.function.arguments)
                messages.append({"role": "tool", "tool_name": call.function.name, "content": result})
    return said.content


def impatient(place: Place):
    with ollama.Client(timeout=PATIENCE_S) as sdk:
        return sdk.chat(MODEL, MESSAGES).message.content
