"""requests: chat completions by hand, and urllib3's retries."""

import requests
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
from urllib3.util import Retry

TIMEOUT = requests.Timeout


def answer(place: Place, body, again=None, **options):
    with requests.Session() as session:
        if again is not None:
            session.mount("http://", requests.adapters.HTTPAdapter(max_retries=again))
        response = session.post(address(place), json=body, headers=HEADERS, **options)
        response.raise_for_status()
        return response.json()


def plain(place: Place):
    return said(answer(place, BODY))["content"]


def streamed(place: Place):
    with requests.post(address(place), json=STREAM, headers=HEADERS, stream=True, timeout=9) as response:
        response.raise_for_status()
        return words([line.decode() for line in response.iter_lines()])


def tools(place: Place):
    return tool(answer(place, TOOLS))


def structured(place: Place):
    return ticket(answer(place, FORMAT))


def agent(place: Place):
    last = answer(place, TOOLS)
    while body := after(last):
        last = answer(place, body)
    return said(last)["content"]


def patient(place: Place):
    once_more = Retry(1, status_forcelist=[429, 500], allowed_methods=None)
    return said(answer(place, BODY, once_more))["content"]


def impatient(place: Place):
    return answer(place, BODY, timeout=PATIENCE_S)
