"""What vcrpy and pytest-recording write, as YAML or JSON.

Formats read from files that vcrpy 5.1 (responses to httpx as `content` and `status_code`) and 9.4 made, and
from pydantic-ai's serialiser for them (bodies as data, under `parsed_body`).
"""

from pytest_llmock.cassettes.importing.exchange import (
    Contents,
    Exchange,
    Note,
    as_bytes,
    as_json,
    contents,
    headers_of,
    mapping,
    text,
)
from pytest_llmock.cassettes.importing.foreign_yaml import Data

NAME = "vcrpy"


def read(data: Data) -> Contents | None:
    """The exchanges of a file's data; None when another tool made it."""
    interactions = mapping(data).get("interactions")
    if not isinstance(interactions, list):
        return None
    return contents([_exchange(number, entry) for number, entry in enumerate(interactions, 1)])


def _exchange(number: int, entry: Data) -> Exchange | Note:
    request, response = mapping(mapping(entry).get("request")), mapping(mapping(entry).get("response"))
    if not request or not response:
        return Note(number, "not imported: it has not both a request and a response.")
    status = mapping(response.get("status")).get("code", response.get("status_code"))
    return Exchange(
        number,
        text(request.get("method")).upper(),
        text(request.get("uri")),
        _body(request, request.get("body")),
        status if isinstance(status, int) else 0,
        _body(response, mapping(response.get("body")).get("string", response.get("content"))),
        headers_of(response.get("headers")),
    )


def _body(fields: dict[str, Data], raw: Data) -> bytes | None:
    return as_json(fields["parsed_body"]) if "parsed_body" in fields else as_bytes(raw)
