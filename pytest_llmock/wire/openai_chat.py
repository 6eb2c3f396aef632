"""OpenAI's chat completions, POST /v1/chat/completions, both directions: the names that others use.

Spec: https://developers.openai.com/api/reference/resources/chat (read 2026-11-21).
"""

from pytest_llmock.wire.openai_answer import (
    CHOICE_FIELDS,
    decode_completion,
    encode_completion,
)
from pytest_llmock.wire.openai_request import ChatRequest, SchemaMode, decode_request, encode_request
from pytest_llmock.wire.openai_stream import ChunkDecoder, ChunkEncoder
from pytest_llmock.wire.reading import extension_key

__all__ = [
    "CHOICE_FIELDS",
    "ChatRequest",
    "ChunkDecoder",
    "ChunkEncoder",
    "SchemaMode",
    "decode_completion",
    "decode_request",
    "encode_completion",
    "encode_request",
    "extension_key",
]
