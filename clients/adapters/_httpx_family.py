"""What httpx and httpx2 have in common, which is everything but their name."""

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


class HttpxFamily:
    """Chat completions by hand."""

    def __init__(self, library, home):
        self._library, self._home = library, home

    def _answer(self, place: Place, body, **options):
        url = address(place, self._home)
        return self._library.post(url, json=body, headers=HEADERS, **options).raise_for_status().json()

    def plain(self, place: Place):
        return said(self._answer(place, BODY))["content"]

    def streamed(self, place: Place):
        with self._library.stream("POST", address(place), json=STREAM, headers=HEADERS) as response:
            return words(list(response.raise_for_status().iter_lines()))

    def tools(self, place: Place):
        return tool(self._answer(place, TOOLS))

    def structured(self, place: Place):
        return ticket(self._answer(place, FORMAT))

    def agent(self, place: Place):
        last = self._answer(place, TOOLS)
        while body := after(last):
            last = self._answer(place, body)
        return said(last)["content"]

    def impatient(self, place: Place):
        return self._answer(place, BODY, timeout=PATIENCE_S)
