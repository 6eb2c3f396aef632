"""What a library that knows nothing of models has in common with the others: bodies of chat completions.

An adapter of such a library sends these bodies, and hands the JSON of an answer, or the lines of a stream, to
these functions.
"""

import json

from task import KEY, MESSAGES, OPENAI_FORMAT, OPENAI_TOOL, Place, Ticket, weather

PATH = "/v1/chat/completions"
BODY = {"model": "gpt-5", "messages": MESSAGES}
TOOLS = {**BODY, "tools": [OPENAI_TOOL]}
STREAM = {**BODY, "stream": True}
FORMAT = {**BODY, "response_format": OPENAI_FORMAT}
HEADERS = {"Authorization": f"Bearer {KEY}"}


def address(place: Place, home: str = "") -> str:
    return f"{place.url or home}{PATH}"


def said(answer):
    return answer["choices"][0]["message"]


def words(lines):
    """The pieces of a stream, whose last event is not JSON."""
    data = [line.removeprefix("data: ") for line in lines if line]
    assert data[-1] == "[DONE]"
    deltas = [choice["delta"] for event in data[:-1] for choice in json.loads(event)["choices"]]
    return [delta.get("content") or "" for delta in deltas]


def tool(answer):
    (call,) = said(answer)["tool_calls"]
    return call["function"]["name"], json.loads(call["function"]["arguments"])


def ticket(answer):
    return Ticket.model_validate_json(said(answer)["content"])


def after(answer):
    """The body of the next request of an agent; None when it has said its last."""
    message = said(answer)
    if not message.get("tool_calls"):
        return None
    results = [
        {
            "role": "tool",
            "tool_call_id": call["id"],
            "content": weather(**json.loads(call["function"]["arguments"])),
        }
        for call in message["tool_calls"]
    ]
    return {**TOOLS, "messages": [*MESSAGES, message, *results]}
