"""httpx2: chat completions by hand. It has no retries of answers."""

import httpx2
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

HOME = "https://api.openai.com"
TIMEOUT = httpx2.TimeoutException


def answer(place: Place, body, **options):
    return httpx2.post(address(place, HOME), json=body, headers=HEADERS, **options).raise_for_status().json()


def plain(place: Place):
    return said(answer(place, BODY))["content"]


def streamed(place: Place):
    with httpx2.stream("POST", address(place), json=STREAM, headers=HEADERS) as response:
        return words(list(response.raise_for_status().iter_lines()))


def tools(place: Place):
    return tool(answer(place, TOOLS))


def structured(place: Place):
    return ticket(answer(place, FORMAT))


def agent(place: Place):
    last = answer(place, TOOLS)
    while body := after(last):
        last = answer(place, body)
    return said(last)["content"]


def impatient(place: Place):
    return answer(place, BODY, timeout=PATIENCE_S)
