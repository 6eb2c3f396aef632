"""OpenAI's Responses API, POST /v1/responses, both directions: the names that others use.

Spec: https://developers.openai.com/api/reference/resources/responses (read 2026-11-22).
"""

from pytest_llmock.wire.openai_responses_answer import Frame, decode_completion, encode_completion
from pytest_llmock.wire.openai_responses_events import EventDecoder
from pytest_llmock.wire.openai_responses_items import encode_items, input_items
from pytest_llmock.wire.openai_responses_request import ResponsesRequest, decode_request, encode_request
from pytest_llmock.wire.openai_responses_stream import EventEncoder

__all__ = [
    "EventDecoder",
    "EventEncoder",
    "Frame",
    "ResponsesRequest",
    "decode_completion",
    "decode_request",
    "encode_completion",
    "encode_items",
    "encode_request",
    "input_items",
]
