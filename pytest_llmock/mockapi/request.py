"""A mock API request, decoded: what is data for the model, what is a word to us.

Words to us are the query parameters of `WORDS`, the headers X-LLM-Backend, X-Response-Shape and
X-LLM-Timeout, and in the body `shape`, a `count` beside it, and keys that begin with `$`. All the rest,
fields named `error`, `context`, `n` or `timeout` included, is data.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from pytest_llmock.errors import ShapeError, nearest
from pytest_llmock.generation.variants import MOST
from pytest_llmock.llm import JSON, Generation, Sampling
from pytest_llmock.mockapi.contexts import context_name
from pytest_llmock.mockapi.delivery import Delivery
from pytest_llmock.mockapi.forms import body_data
from pytest_llmock.shapes.parse import parse_json, parse_text
from pytest_llmock.shapes.schema import Shape, has_field
from pytest_llmock.wire.http import Request, requested_backend, requested_timeout

WORDS = frozenset(
    (
        *("shape", "count", "backend", "timeout", "temperature", "maxTokens", "n", "autoChunk", "sseMode"),
        *("context", "autoshape", "renewshape", "includeSchema"),
    )
)
DIRECTIVES = ("$cache", "$context", "$continuous", "$error")
SWITCH = {"true": True, "1": True, "false": False, "0": False}


@dataclass(frozen=True, slots=True)
class MockRequest:
    """What is to be generated, and by whom; None or empty where the client did not say.

    `n` is how many variants the answer is a list of, `cache` how many of them are made ahead, `chunked`
    whether a long list may be asked for in parts. `context` names what remembers it, `auto_shape` says
    whether its path has a shape of its own, `renews_shape` that it gets a new one, `tells_shape` that the
    client is told the shape.
    """

    generation: Generation
    shape: Shape | None
    backend: str = ""
    timeout_s: float | None = None
    sampling: Sampling = field(default_factory=Sampling)
    directives: Mapping[str, JSON] = field(default_factory=dict)
    n: int | None = None
    cache: int = 0
    chunked: bool | None = None
    context: str = ""
    auto_shape: bool | None = None
    renews_shape: bool = False
    tells_shape: bool | None = None
    warnings: tuple[str, ...] = ()
    delivery: Delivery | None = None  # of an operation that a document describes


def decode(request: Request, *, max_items: int, root: str = "") -> MockRequest:
    """The request's meaning; the model sees its path from below `root` on.

    A count above `max_items` is capped, with a warning. Raises RequestError, ShapeError (422) or
    TooLargeError (413) naming the field that is wrong.
    """
    query = dict(request.query)
    body = body_data(request)
    fields = _fields(body)
    beside_shape = "shape" in fields
    shape = _shape(request, query, fields.pop("shape", None))
    directives = {name: fields.pop(name) for name in [*fields] if name.startswith("$")}
    count = _count(query, fields if beside_shape else {}, shape)
    capped = None if count is None else min(count, max_items)
    all_directives = {**directives, **(shape.directives if shape else {})}
    generation = Generation(
        method="GET" if request.method == "HEAD" else request.method,
        path=request.path.removeprefix(root) or "/",
        query=tuple((key, value) for key, value in request.query if key not in WORDS),
        body=None if beside_shape and not body else body,
        shape=None if shape is None else shape.source,
        count=capped,
    )
    return MockRequest(
        generation,
        shape,
        backend=requested_backend(request),
        timeout_s=requested_timeout(request),
        sampling=_sampling(query),
        directives=all_directives,
        n=_variants(query["n"]) if "n" in query else None,
        cache=made_ahead(all_directives),
        chunked=_switch(query, "autoChunk"),
        context=context_of(query, all_directives),
        auto_shape=_switch(query, "autoshape"),
        renews_shape=_renews_shape(query),
        tells_shape=_switch(query, "includeSchema"),
        warnings=(*_capped(count, max_items), *_unknown(all_directives)),
    )


def _fields(body: JSON) -> dict[str, JSON]:
    """Where words to us may stand in the body: an object itself, or the fields of a multipart form."""
    if not isinstance(body, dict):
        return {}
    fields = body.get("fields")
    return fields if body.keys() == {"fields", "files"} and isinstance(fields, dict) else body


def _shape(request: Request, query: Mapping[str, str], in_body: JSON) -> Shape | None:
    if text := query.get("shape") or request.headers.get("x-response-shape"):
        return parse_text(text)
    if isinstance(in_body, str):
        return parse_text(in_body)  # a form can only send text
    return None if in_body is None else parse_json(in_body)


def _count(query: Mapping[str, str], beside_shape: dict[str, JSON], shape: Shape | None) -> int | None:
    """How many records are asked for: query `count`, else the body's `count` beside its shape.

    Where the shape has a `count` of its own, the body's is data too and stays; in a record it is only that.
    """
    if "count" in query:
        return _whole(query["count"])
    if "count" not in beside_shape:
        return None
    if shape is None or not has_field(shape, "count"):
        return _whole(beside_shape.pop("count"))
    return None if shape.collection is None else _whole(beside_shape["count"])


def _variants(said: str) -> int:
    wanted = f"a whole number from 1 to {MOST}, to get a list of so many answers"
    number = _whole(said, "n", wanted)
    if not 1 <= number <= MOST:
        raise ShapeError(f"n is {said[:40]!r}: give {wanted}.")
    return number


def made_ahead(directives: Mapping[str, JSON]) -> int:
    """How many answers `$cache` asks for, 0 without it. Raises ShapeError when it is no such number."""
    wanted = "the number of answers to be made ahead, such as 5, or 0 for none"
    return _whole(directives["$cache"], "$cache", wanted) if "$cache" in directives else 0


def context_of(query: Mapping[str, str], directives: Mapping[str, JSON]) -> str:
    """The context that a request belongs to, "" for none. Raises ShapeError when that is no name."""
    return context_name(query.get("context")) or context_name(directives.get("$context"), "$context")


def _switch(query: Mapping[str, str], name: str) -> bool | None:
    said = query.get(name)
    if said is None:
        return None
    known = SWITCH.get(said.strip().lower())
    if known is None:
        raise ShapeError(f"{name} is {said[:40]!r}: give true or false.")
    return known


def _renews_shape(query: Mapping[str, str]) -> bool:
    renews = _switch(query, "renewshape")
    if renews and _switch(query, "autoshape") is False:
        raise ShapeError("renewshape is true and autoshape false: leave one of them out.")
    return bool(renews)


def _whole(value: JSON, name: str = "count", wanted: str = "a whole number from 0 up, such as 10") -> int:
    count = number(value, name, wanted) if isinstance(value, (str, int, float)) else None
    if count is None or isinstance(value, bool) or count < 0 or count != int(count):
        raise ShapeError(f"{name} is {str(value)[:40]!r}: give {wanted}.")
    return int(count)


def number(value: str | float, name: str, wanted: str) -> float:
    """The number that a word has; ShapeError says its name, and what is wanted."""
    try:
        number = float(value)
    except (ValueError, OverflowError):
        number = float("nan")
    if not math.isfinite(number):
        raise ShapeError(f"{name} is {str(value)[:40]!r}: give {wanted}.")
    return number


def _sampling(query: Mapping[str, str]) -> Sampling:
    temperature, tokens = query.get("temperature"), query.get("maxTokens")
    return Sampling(
        temperature=None if not temperature else number(temperature, "temperature", "a number such as 0.7"),
        max_tokens=None if not tokens else max(1, _whole(tokens, "maxTokens", "a whole number such as 500")),
    )


def _unknown(directives: Mapping[str, JSON]) -> tuple[str, ...]:
    """What is told of keys that look like directives; those of other libraries ("$type") do not."""
    strange = [name for name in directives if name not in DIRECTIVES] if directives else ()
    told = [(name, nearest(name, DIRECTIVES)) for name in strange]
    return tuple(f"{name[:40]!r} has no effect.{near}" for name, near in told if "Did you mean" in near)


def _capped(count: int | None, max_items: int) -> tuple[str, ...]:
    if count is None or count <= max_items:
        return ()
    return (f"count {count} is above MaxItems and was capped at {max_items}.",)
