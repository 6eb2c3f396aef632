"""litellm, of OpenAI's models."""

import json

import litellm
from task import MESSAGES, OPENAI_TOOL, PATIENCE_S, Place, Ticket, weather

ENVIRONMENTS = ("clients-openai2",)
HOME = "https://api.openai.com"
TIMEOUT = litellm.Timeout
MODEL = "openai/gpt-5"


def complete(**options):
    return litellm.completion(**{"model": MODEL, "messages": MESSAGES, "max_retries": 0, **options})


def plain(place: Place):
    return complete().choices[0].message.content


def streamed(place: Place):
    return [chunk.choices[0].delta.content or "" for chunk in complete(stream=True)]


def tools(place: Place):
    (call,) = complete(tools=[OPENAI_TOOL]).choices[0].message.tool_calls
    return call.function.name, json.loads(call.function.arguments)


def structured(place: Place):
    return Ticket.model_validate_json(complete(response_format=Ticket).choices[0].message.content)


def agent(place: Place):
    messages = [*MESSAGES]
    while (said := complete(messages=messages, tools=[OPENAI_TOOL]).choices[0].message).tool_calls:
        messages.append(said)
        for call in said.tool_calls:
            result = weather(**json.loads(call.function.arguments))
            messages.append({"role": "tool", "tool_call_id": call.id, "content": result})
    return said.content


def patient(place: Place):
    return complete(max_retries=1).choices[0].message.content


def impatient(place: Place):
    return complete(timeout=PATIENCE_S)
