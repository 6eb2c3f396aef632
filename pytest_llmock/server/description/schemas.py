"""The schemas of what this server takes and answers, and the words that they are written in."""

from typing import TypeAlias

Node: TypeAlias = dict[str, object]


def fields(properties: Node, *required: str) -> Node:
    """An object with these properties."""
    return {"type": "object", "properties": properties, "required": list(required)}


def ref(name: str) -> Node:
    """The schema of that name."""
    return {"$ref": f"#/components/schemas/{name}"}


def listed(items: object) -> Node:
    """A list of such items."""
    return {"type": "array", "items": items}


TEXT: Node = {"type": "string"}
MAYBE_TEXT: Node = {"type": ["string", "null"]}
NUMBER: Node = {"type": "number"}
WHOLE: Node = {"type": "integer", "minimum": 0}
FLAG: Node = {"type": "boolean"}
ANY: Node = {}

SCHEMAS: Node = {
    "Any": {"description": "Any JSON."},
    "Event": {**fields({"id": TEXT, "event": TEXT, "data": TEXT}, "data"), "description": "`data` is JSON."},
    "Error": fields(
        {"error": fields({"code": {"type": "integer"}, "message": TEXT, "details": ANY}, "code", "message")},
        "error",
    ),
    "OpenAiError": fields(
        {
            "error": fields(
                {"message": TEXT, "type": MAYBE_TEXT, "param": MAYBE_TEXT, "code": ANY},
                "message",
                "type",
            )
        },
        "error",
    ),
    "Health": fields({"status": {"const": "ok"}, "test": TEXT}, "status", "test"),
    "Backends": fields({"backends": listed(ref("Backend"))}, "backends"),
    "Backend": fields(
        {
            "name": TEXT,
            "provider": TEXT,
            "model": TEXT,
            "enabled": FLAG,
            "healthy": {"type": ["boolean", "null"]},
            "health": {"type": ["object", "null"]},
            "breaker": TEXT,
        },
        *("name", "provider", "model", "enabled", "healthy", "breaker"),
    ),
    "Calls": fields({"calls": listed(ref("Call"))}, "calls"),
    "Call": fields(
        {
            "number": WHOLE,
            "api": TEXT,
            "method": TEXT,
            "path": TEXT,
            "status": WHOLE,
            "backend": TEXT,
            "selected": TEXT,
            "model": TEXT,
            "source": MAYBE_TEXT,
            "seconds": NUMBER,
            "prompt": listed(fields({"role": TEXT, "text": TEXT}, "role", "text")),
            "completion": MAYBE_TEXT,
            "usage": fields({"input_tokens": WHOLE, "output_tokens": WHOLE}, "input_tokens", "output_tokens"),
            "attempts": listed(
                fields(
                    {"backend": TEXT, "reason": TEXT, "outcome": MAYBE_TEXT, "seconds": NUMBER, "error": TEXT}
                )
            ),
            "faults": listed(TEXT),
            "warnings": listed(TEXT),
            "error": TEXT,
        },
        *("number", "api", "method", "path", "status", "source", "attempts", "faults", "warnings", "error"),
    ),
    "Stats": fields({"backends": {"type": "object"}, "cache": {"type": "object"}}, "backends"),
    "Contexts": fields(
        {
            "contexts": listed(
                fields({"name": TEXT, "calls": WHOLE, "known": WHOLE}, "name", "calls", "known")
            )
        },
        "contexts",
    ),
    "Context": fields(
        {
            "name": TEXT,
            "calls": listed({"type": "object"}),
            "known": listed({"type": "object"}),
            "text": TEXT,
        },
        *("name", "calls", "known", "text"),
    ),
    "Exchange": fields(
        {"method": TEXT, "path": {"type": "string", "pattern": "^/"}, "body": {}, "answer": {}},
        "path",
        "answer",
    ),
    "Deleted": fields({"deleted": WHOLE}, "deleted"),
    "GraphQlRequest": fields(
        {
            "query": TEXT,
            "variables": {"type": ["object", "null"]},
            "operationName": MAYBE_TEXT,
        },
        "query",
    ),
    "GraphQlAnswer": fields({"data": {"type": ["object", "null"]}, "errors": listed({"type": "object"})}),
    "Reset": fields({"reset": {"const": True}}, "reset"),
    "Document": fields(
        {"openapi": TEXT, "info": {"type": "object"}, "paths": {"type": "object"}}, "openapi", "paths"
    ),
    "ChatRequest": fields(
        {
            "model": {"type": "string", "minLength": 1},
            "messages": {**listed(ref("Message")), "minItems": 1},
            "stream": FLAG,
            "temperature": {"type": "number", "minimum": 0, "maximum": 2},
            "max_tokens": {"type": "integer", "minimum": 1},
        },
        *("model", "messages"),
    ),
    "Message": fields(
        {"role": {"enum": ["system", "user", "assistant"]}, "content": TEXT}, "role", "content"
    ),
    "ChatCompletion": fields(
        {
            "id": TEXT,
            "object": {"const": "chat.completion"},
            "created": WHOLE,
            "model": TEXT,
            "choices": listed(
                fields(
                    {"index": WHOLE, "message": {"type": "object"}, "finish_reason": MAYBE_TEXT},
                    "index",
                    "message",
                )
            ),
            "usage": ref("Usage"),
        },
        *("id", "object", "created", "model", "choices", "usage"),
    ),
    "Usage": fields({"prompt_tokens": WHOLE, "total_tokens": WHOLE}, "prompt_tokens", "total_tokens"),
    "EmbeddingRequest": fields(
        {
            "model": {"type": "string", "minLength": 1},
            "input": {
                "anyOf": [
                    {"type": "string", "minLength": 1},
                    {**listed({"type": "string", "minLength": 1}), "minItems": 1},
                ]
            },
            "encoding_format": {"enum": ["float", "base64"]},
            "dimensions": {"type": "integer", "minimum": 1, "maximum": 3072},
        },
        *("model", "input"),
    ),
    "Embeddings": fields(
        {
            "object": {"const": "list"},
            "data": listed(
                fields({"index": WHOLE, "embedding": {"anyOf": [listed(NUMBER), TEXT]}}, "index", "embedding")
            ),
            "model": TEXT,
            "usage": ref("Usage"),
        },
        *("object", "data", "model", "usage"),
    ),
    "Models": fields({"object": {"const": "list"}, "data": listed(ref("Model"))}, "object", "data"),
    "Model": fields(
        {"id": TEXT, "object": {"const": "model"}, "created": WHOLE, "owned_by": TEXT}, "id", "object"
    ),
}
