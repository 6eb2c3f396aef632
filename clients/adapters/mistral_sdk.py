"""mistralai: its chat completions are OpenAI's."""

import json

import httpx2
from mistralai.client import Mistral
from mistralai.client.utils import BackoffStrategy, RetryConfig
from task import KEY, MESSAGES, OPENAI_TOOL, PATIENCE_S, Place, Ticket, weather

HOME = "https://api.mistral.ai"
TIMEOUT = httpx2.TimeoutException
MODEL = "mistral-x"


def client(place: Place, **options):
    return Mistral(api_key=KEY, **place.option("server_url"), **options)


def ask(place: Place, **options):
    with client(place) as sdk:
        asked = {"model": MODEL, "messages": MESSAGES, **options}
        return sdk.chat.complete(**asked).choices[0].message


def plain(place: Place):
    return ask(place).content


def streamed(place: Place):
    with client(place) as sdk, sdk.chat.stream(model=MODEL, messages=MESSAGES) as events:
        return [event.data.choices[0].delta.content or "" for event in events]


def models(place: Place):
    with client(place) as sdk:
        return [model.id for model in sdk.models.list().data]


def tools(place: Place):
    (call,) = ask(place, tools=[OPENAI_TOOL]).tool_calls
    return call.function.name, json.loads(call.function.arguments)


def structured(place: Place):
    with client(place) as sdk:
        answer = sdk.chat.parse(Ticket, model=MODEL, messages=MESSAGES)
    return answer.choices[0].message.parsed


def agent(place: Place):
    messages = [*MESSAGES]
    while (said := ask(place, messages=messages, tools=[OPENAI_TOOL])).tool_calls:
        messages.append(said)
        for call in said.tool_calls:
            result = weather(**json.loads(call.function.arguments))
            messages.append({"role": "tool", "tool_call_id": call.id, "content": result})
    return said.content


def patient(place: Place):
    waits = BackoffStrategy(50, 50, 1, 5000, jitter_ms=0)
    with client(place, retry_config=RetryConfig("backoff", waits, retry_connection_errors=False)) as sdk:
        return sdk.chat.complete(model=MODEL, messages=MESSAGES).choices[0].message.content


def impatient(place: Place):
    with client(place, timeout_ms=int(PATIENCE_S * 1000)) as sdk:
        return sdk.chat.complete(model=MODEL, messages=MESSAGES)
