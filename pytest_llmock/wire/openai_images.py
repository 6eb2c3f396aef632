"""OpenAI's images, POST /v1/images/generations, /edits and /variations: what a request asks for.

Spec: https://developers.openai.com/api/reference/resources/images (read 2026-11-22).
"""

import re
from dataclasses import dataclass

from pytest_llmock.folding import estimate_tokens
from pytest_llmock.llm import JSON
from pytest_llmock.wire.openai_errors import unsupported, wrong_value
from pytest_llmock.wire.openai_fields import Fields, flag_at, integer_at, text_at

MOST_PIXELS = 4096  # on a side
_USUAL = "1024x1024"
_SIZE = re.compile(r"([1-9]\d{0,4})x([1-9]\d{0,4})")
_TOKENS_A_TILE = 16
_OLD_QUALITIES = ("standard", "hd")  # of models whose answers say none
_QUALITIES = ("auto", "low", "medium", "high", "xhigh", "max", *_OLD_QUALITIES)
_BACKGROUNDS = ("auto", "transparent", "opaque")


@dataclass(frozen=True, slots=True)
class ImagesRequest:
    """What a request asks for; `by_url`, whether its pictures are given as addresses."""

    prompt: str
    width: int
    height: int
    n: int = 1
    by_url: bool = False
    quality: str = "auto"
    background: str = "auto"
    model: str = ""

    @property
    def size(self) -> str:
        return f"{self.width}x{self.height}"


def decode_request(fields: Fields, prompt: str) -> ImagesRequest:
    """The fields of a request beside its prompt, read. Raises RequestError that names the parameter."""
    if flag_at(fields, "stream"):
        raise unsupported("stream", "Streaming of images")
    output = text_at(fields, "output_format") or "png"
    if output != "png":
        raise unsupported("output_format", f"Output of images as '{output[:20]}' (png is)")
    width, height = _size(text_at(fields, "size"))
    form = text_at(fields, "response_format")
    if form not in ("", "url", "b64_json"):
        raise wrong_value("response_format", f"'{form}'. Supported values are: url, b64_json.")
    model = text_at(fields, "model")
    return ImagesRequest(
        prompt,
        width,
        height,
        n=integer_at(fields, "n", low=1, high=10) or 1,
        by_url=form == "url" or (not form and model.startswith("dall-e")),
        quality=_one_of(fields, "quality", _QUALITIES),
        background=_one_of(fields, "background", _BACKGROUNDS),
        model=model,
    )


def _one_of(fields: Fields, key: str, known: tuple[str, ...]) -> str:
    """A word of those that are known, the first where there is none."""
    word = text_at(fields, key) or known[0]
    if word not in known:
        raise wrong_value(key, f"'{word}'. Supported values are: {', '.join(known)}.")
    return word


def _size(text: str) -> tuple[int, int]:
    found = _SIZE.fullmatch(_USUAL if text in ("", "auto") else text)
    if found is None or max(int(found[1]), int(found[2])) > MOST_PIXELS:
        raise wrong_value("size", f"'{text}'. Write it as 1024x1024; at most {MOST_PIXELS} on a side.")
    return int(found[1]), int(found[2])


def answer_body(request: ImagesRequest, created: int, pictures: list[JSON]) -> dict[str, JSON]:
    """The answer with its pictures, each {"b64_json"} or {"url"}."""
    inputs = estimate_tokens(request.prompt)
    tiles = -(-request.width // 64) * -(-request.height // 64)
    outputs = tiles * _TOKENS_A_TILE * request.n // 4 + 1
    quality = "high" if request.quality == "auto" else request.quality
    return {
        "created": created,
        "data": pictures,
        "size": request.size,
        "output_format": "png",
        "quality": None if quality in _OLD_QUALITIES else quality,
        "background": "opaque" if request.background == "auto" else request.background,
        "usage": {
            "input_tokens": inputs,
            "input_tokens_details": {"text_tokens": inputs, "image_tokens": 0},
            "output_tokens": outputs,
            "output_tokens_details": {"text_tokens": 0, "image_tokens": outputs},
            "total_tokens": inputs + outputs,
        },
    }
