"""litellm, of Ollama's models."""

import json

import litellm
from task import MESSAGES, OPENAI_TOOL, PATIENCE_S, Place, Ticket, weather

ENVIRONMENTS = ("clients-openai2",)
TIMEOUT = litellm.Timeout
OBEYS_RETRY_AFTER = False  # its waits are its own
MODEL = "ollama_chat/llama3"


def complete(place: Place, **options):
    return litellm.completion(
        **{"model": MODEL, "messages": MESSAGES, "max_retries": 0, **place.option("api_base"), **options}
    )


def plain(place: Place):
    return complete(place).choices[0].message.content


def streamed(place: Place):
    return [chunk.choices[0].delta.content or "" for chunk in complete(place, stream=True)]


def tools(place: Place):
    (call,) = complete(place, tools=[OPENAI_TOOL]).choices[0].message.tool_calls
    return call.function.name, json.loads(call.function.arguments)


def structured(place: Place):
    return Ticket.model_validate_json(complete(place, response_format=Ticket).choices[0].message.content)


def agent(place: Place):
    messages = [*MESSAGES]
    while (said := complete(place, messages=messages, tools=[OPENAI_TOOL]).choices[0].message).tool_calls:
        messages.append(said)
        for call in said.tool_calls:
            result = weather(**json.loads(call.function.arguments))
            messages.append({"role": "tool", "tool_call_id": call.id, "content": result})
    return said.content


def patient(place: Place):
    return complete(place, num_retries=1).choices[0].message.content


def impatient(place: Place):
    return complete(place, timeout=PATIENCE_S)
