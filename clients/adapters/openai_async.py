"""openai, in coroutines."""

import json

import openai
from task import MESSAGES, OPENAI_TOOL, PATIENCE_S, Place, Ticket

ENVIRONMENTS = ("clients", "clients-openai2")
HOME = "https://api.openai.com"
TIMEOUT = openai.APITimeoutError
MODEL = "gpt-5"


def client(**options):
    return openai.AsyncOpenAI(**{"max_retries": 0, **options})


async def ask(client, **options):
    answer = await client.chat.completions.create(model=MODEL, messages=MESSAGES, **options)
    return answer.choices[0].message


async def plain(place: Place):
    async with client() as sdk:
        return (await ask(sdk)).content


async def streamed(place: Place):
    async with client() as sdk:
        chunks = await sdk.chat.completions.create(model=MODEL, messages=MESSAGES, stream=True)
        return [chunk.choices[0].delta.content or "" async for chunk in chunks if chunk.choices]


async def tools(place: Place):
    async with client() as sdk:
        (call,) = (await ask(sdk, tools=[OPENAI_TOOL])).tool_calls
    return call.function.name, json.loads(call.function.arguments)


async def structured(place: Place):
    async with client() as sdk:
        answer = await sdk.chat.completions.parse(model=MODEL, messages=MESSAGES, response_format=Ticket)
    return answer.choices[0].message.parsed


async def patient(place: Place):
    async with client(max_retries=1) as sdk:
        return (await ask(sdk)).content


async def impatient(place: Place):
    async with client(timeout=PATIENCE_S) as sdk:
        return (await ask(sdk)).content
