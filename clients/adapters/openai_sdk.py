"""openai: chat completions."""

import json

import openai
from task import MESSAGES, OPENAI_TOOL, PATIENCE_S, Place, Ticket, weather

ENVIRONMENTS = ("clients", "clients-openai2")
HOME = "https://api.openai.com"
TIMEOUT = openai.APITimeoutError
MODEL = "gpt-5"


def client(**options):
    return openai.OpenAI(**{"max_retries": 0, **options})


def ask(client, **options):
    return client.chat.completions.create(model=MODEL, messages=MESSAGES, **options).choices[0].message


def plain(place: Place):
    with client() as sdk:
        return ask(sdk).content


def streamed(place: Place):
    with client() as sdk, sdk.chat.completions.stream(model=MODEL, messages=MESSAGES) as stream:
        pieces = [event.delta for event in stream if event.type == "content.delta"]
        assert "".join(pieces) == stream.get_final_completion().choices[0].message.content
        return pieces


def models(place: Place):
    with client() as sdk:
        return [model.id for model in sdk.models.list()]


def tools(place: Place):
    with client() as sdk:
        (call,) = ask(sdk, tools=[OPENAI_TOOL]).tool_calls
    return call.function.name, json.loads(call.function.arguments)


def structured(place: Place):
    with client() as sdk:
        answer = sdk.chat.completions.parse(model=MODEL, messages=MESSAGES, response_format=Ticket)
    return answer.choices[0].message.parsed


def agent(place: Place):
    messages = [*MESSAGES]
    with client() as sdk:
        while True:
            answer = sdk.chat.completions.create(model=MODEL, messages=messages, tools=[OPENAI_TOOL])
            said = answer.choices[0].message
            if not said.tool_calls:
                return said.content
            messages.append(said)
            for call in said.tool_calls:
                result = weather(**json.loads(call.function.arguments))
                messages.append({"role": "tool", "tool_call_id": call.id, "content": result})


def patient(place: Place):
    with client(max_retries=1) as sdk:
        return ask(sdk).content


def impatient(place: Place):
    with client(timeout=PATIENCE_S) as sdk:
        return ask(sdk).content
