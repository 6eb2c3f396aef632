"""aiohttp: chat completions by hand. It has no retries."""

import aiohttp
from adapters._over_http import (
    BODY,
    FORMAT,
    HEADERS,
    STREAM,
    TOOLS,
    address,
    after,
    said,
    ticket,
    tool,
    words,
)
from task import PATIENCE_S, Place

TIMEOUT = TimeoutError


def session(**options):
    return aiohttp.ClientSession(headers=HEADERS, raise_for_status=True, **options)


async def answer(place: Place, body, **options):
    async with session(**options) as http, http.post(address(place), json=body) as response:
        return await response.json()


async def plain(place: Place):
    return said(await answer(place, BODY))["content"]


async def streamed(place: Place):
    async with session() as http, http.post(address(place), json=STREAM) as response:
        return words([line.decode().strip() async for line in response.content])


async def tools(place: Place):
    return tool(await answer(place, TOOLS))


async def structured(place: Place):
    return ticket(await answer(place, FORMAT))


async def agent(place: Place):
    last = await answer(place, TOOLS)
    while body := after(last):
        last = await answer(place, body)
    return said(last)["content"]


async def impatient(place: Place):
    return await answer(place, BODY, timeout=aiohttp.ClientTimeout(total=PATIENCE_S))
