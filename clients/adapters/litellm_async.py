"""litellm, in coroutines: it then asks through aiohttp."""

import json

import litellm
from task import MESSAGES, OPENAI_TOOL, PATIENCE_S, Place, Ticket

ENVIRONMENTS = ("clients-openai2",)
TIMEOUT = litellm.Timeout
MODEL = "openai/gpt-5"


async def complete(**options):
    return await litellm.acompletion(**{"model": MODEL, "messages": MESSAGES, "max_retries": 0, **options})


async def plain(place: Place):
    return (await complete()).choices[0].message.content


async def streamed(place: Place):
    return [chunk.choices[0].delta.content or "" async for chunk in await complete(stream=True)]


async def tools(place: Place):
    (call,) = (await complete(tools=[OPENAI_TOOL])).choices[0].message.tool_calls
    return call.function.name, json.loads(call.function.arguments)


async def structured(place: Place):
    answer = await complete(response_format=Ticket)
    return Ticket.model_validate_json(answer.choices[0].message.content)


async def patient(place: Place):
    return (await complete(max_retries=1)).choices[0].message.content


async def impatient(place: Place):
    return await complete(timeout=PATIENCE_S)
