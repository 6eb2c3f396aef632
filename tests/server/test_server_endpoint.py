"""What an endpoint notes of a call while it answers."""

import asyncio

from pytest_llmock.server.endpoint import Endpoint, Face
from pytest_llmock.wire.http import json_response


def test_whoever_has_the_answer_finds_in_the_journal_how_long_it_took(opened):
    """A client's thread may look before the server's goes on."""
    session, seen = opened(clock="virtual"), []

    async def slow(session, call, request):
        session.clock.advance(5)
        return json_response({})

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        seen.append(session.calls[-1].seconds >= 5)

    scope = {"method": "GET", "path": "/x", "headers": [], "query_string": b"", "llmock_params": {}}
    asyncio.run(Endpoint(Face("api", str), slow)({**scope, "llmock": session}, receive, send))

    assert seen == [True, True]
