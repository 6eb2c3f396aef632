"""What cassetter writes, as YAML or TOML.

Format read from files that cassetter 0.16 made. A body has a type: `json` (data in YAML, JSON text in TOML),
`text`, `binary` (hexadecimal digits) or `none`; YAML has it as a mapping, TOML as two fields.
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

NAME = "cassetter"
_OTHER_CALLS = (("grpc_interactions", "gRPC calls"), ("ws_interactions", "WebSocket sessions"))


def read(data: Data) -> Contents | None:
    """The exchanges of a file's data; None when another tool made it."""
    fields = mapping(data)
    interactions = fields.get("interactions")
    if not isinstance(interactions, list) or not _is_ours(fields, interactions):
        return None
    remarks = [
        f"not imported: {name} ({len(calls)}). This version reads HTTP only."
        for key, name in _OTHER_CALLS
        if isinstance(calls := fields.get(key), list)
    ]
    return contents([_exchange(number, entry) for number, entry in enumerate(interactions, 1)], remarks)


def _is_ours(fields: dict[str, Data], interactions: list[Data]) -> bool:
    responses = (mapping(mapping(entry).get("response")) for entry in interactions)
    return any(key in fields for key, _ in _OTHER_CALLS) or any(
        isinstance(response.get("status"), int) for response in responses
    )


def _exchange(number: int, entry: Data) -> Exchange | Note:
    fields = mapping(entry)
    request, response = mapping(fields.get("request")), mapping(fields.get("response"))
    status = response.get("status")
    if not request or not isinstance(status, int):
        return Note(number, "not imported: it has not both a request and a response.")
    return Exchange(
        number,
        text(request.get("method")).upper(),
        text(request.get("uri")),
        _body(request),
        status,
        _body(response),
        headers_of(response.get("headers")),
        at=text(fields.get("recorded_at")),
    )


def _body(fields: dict[str, Data]) -> bytes | None:
    body = mapping(fields.get("body"))
    kind = body.get("type", fields.get("body_type"))
    content = body.get("content", fields.get("body_content"))
    if kind == "json" and "body_type" not in fields:
        return as_json(content)
    if kind == "binary":
        return _from_hex(text(content))
    return as_bytes(content)


def _from_hex(digits: str) -> bytes | None:
    try:
        return as_bytes(bytes.fromhex(digits))
    except ValueError:
        return None
