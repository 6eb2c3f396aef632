"""OpenAI's embeddings, POST /v1/embeddings, both directions.

Spec: https://developers.openai.com/api/reference/resources/embeddings (read 2026-11-21).

An input of token numbers has no text: the prompt's `inputs` then hold the numbers in words ("1 2 3"), and
`extensions["input"]` the input as it came.
"""

import base64
import struct
from collections.abc import Sequence

from pytest_llmock.llm import JSON, Completion, Prompt
from pytest_llmock.wire.openai_answer import decode_usage, stream_error
from pytest_llmock.wire.openai_errors import missing, wrong_type, wrong_value
from pytest_llmock.wire.openai_fields import Fields, integer_at, object_at, others, text_at
from pytest_llmock.wire.reading import unreadable

MOST_DIMENSIONS = 65_536  # ten times what any provider has: a mistyped number must not fill the memory
_MODELLED = frozenset({"model", "input", "output_dimension"})
_FORMATS = ("float", "base64")
_INPUT_TYPES = "a string, strings or tokens"


def decode_request(body: JSON) -> Prompt:
    """The prompt of a request body: `dimensions`, `encoding_format` and the rest are in its extensions.

    Raises RequestError (400) whose details name the parameter.
    """
    fields = object_at(body, "body")
    integer_at(fields, "dimensions", low=1, high=MOST_DIMENSIONS)
    if fields.get("encoding_format") not in (None, *_FORMATS):
        raise wrong_value("encoding_format", f"supported values are: {', '.join(_FORMATS)}.")
    inputs, kept = _decode_input(fields)
    size = integer_at(fields, "output_dimension", low=1, high=MOST_DIMENSIONS)
    if size is not None:  # Mistral's word
        kept["dimensions"] = size
    return Prompt(
        operation="embed",
        model=text_at(fields, "model"),
        inputs=inputs,
        extensions=others(fields, _MODELLED) | kept,
    )


def _decode_input(fields: Fields) -> tuple[tuple[str, ...], dict[str, JSON]]:
    raw = fields.get("input")
    if raw is None:
        raise missing("input")
    if raw in ("", []):
        raise wrong_value("input", "it is empty.", code="empty_input")
    texts = texts_in(raw, "input")
    if raw == list(texts) or isinstance(raw, str):
        return texts, {}
    return texts, {"input": raw}


def texts_in(raw: JSON, param: str) -> tuple[str, ...]:
    """The texts of a string, strings, tokens or lists of tokens (in words). RequestError otherwise."""
    items = raw if isinstance(raw, list) and not _are_tokens(raw) else [raw]
    return tuple(item if isinstance(item, str) else _words(item, param) for item in items)


def _are_tokens(value: JSON) -> bool:
    return isinstance(value, list) and all(
        isinstance(item, int) and not isinstance(item, bool) for item in value
    )


def _words(tokens: JSON, param: str) -> str:
    if not isinstance(tokens, list) or not _are_tokens(tokens):
        raise wrong_type(param, _INPUT_TYPES, tokens)
    return " ".join(map(str, tokens))


def encode_request(prompt: Prompt, *, model: str) -> dict[str, JSON]:
    """The request body for a prompt. Vectors are asked for as numbers, whatever the client wants."""
    kept = others(prompt.extensions, frozenset({"encoding_format"}))
    body: dict[str, JSON] = {"model": model, "input": list[JSON](prompt.inputs)}
    return body | kept


def encode_completion(completion: Completion, prompt: Prompt, *, model: str, id: str = "") -> dict[str, JSON]:
    """The body of an answer to `prompt`, its vectors in the format that the prompt asks for.

    Mistral's clients want an `id` in it, which OpenAI's do not mind.
    """
    in_base64 = prompt.extensions.get("encoding_format") == "base64"
    data: list[JSON] = [
        {
            "object": "embedding",
            "index": index,
            "embedding": _packed(vector) if in_base64 else list[JSON](vector),
        }
        for index, vector in enumerate(completion.vectors)
    ]
    tokens = completion.usage.input_tokens
    usage: dict[str, JSON] = {"prompt_tokens": tokens, "total_tokens": tokens}
    body: dict[str, JSON] = {"object": "list", "data": data, "model": model, "usage": usage}
    return {"id": id, **body} if id else body


def _packed(vector: Sequence[float]) -> str:
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode("ascii")


def decode_completion(body: JSON) -> Completion:
    """An answer, read: vectors in the order of the inputs. Raises BackendError for anything else."""
    if not isinstance(body, dict) or not isinstance(data := body.get("data"), list):
        raise stream_error(body)
    items = [item for item in data if isinstance(item, dict)]
    items.sort(key=_index)
    vectors = tuple(_vector(item.get("embedding")) for item in items)
    usage = decode_usage(body.get("usage"))
    completion = Completion(vectors=vectors)
    return completion if usage is None else Completion(vectors=vectors, usage=usage)


def _index(item: dict[str, JSON]) -> int:
    index = item.get("index")
    return index if isinstance(index, int) else 0


def _vector(raw: JSON) -> tuple[float, ...]:
    if isinstance(raw, str):
        return _unpacked(raw)
    numbers = raw if isinstance(raw, list) else []
    vector = tuple(
        float(item) for item in numbers if isinstance(item, int | float) and not isinstance(item, bool)
    )
    if not vector or len(vector) != len(numbers):
        raise unreadable("an embedding is not an array of numbers")
    return vector


def _unpacked(text: str) -> tuple[float, ...]:
    try:
        packed = base64.b64decode(text, validate=True)
        return struct.unpack(f"<{len(packed) // 4}f", packed)
    except (ValueError, struct.error) as error:
        raise unreadable("an embedding is not base64 of 32-bit floats") from error
