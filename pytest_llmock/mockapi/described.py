"""The answers that a document describes for an operation, made ready when it is mounted."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from pytest_llmock.clock import seed_of
from pytest_llmock.errors import RequestError, ShapeError, nearest
from pytest_llmock.llm import JSON
from pytest_llmock.shapes.openapi.parameters import pairs
from pytest_llmock.shapes.openapi.values import Content, Operation, Response
from pytest_llmock.shapes.parse import parse
from pytest_llmock.shapes.references import Schema, listed, mapping, resolved
from pytest_llmock.shapes.sample import compile_sampler
from pytest_llmock.shapes.schema import Shape, is_divisible
from pytest_llmock.shapes.validate import Check, checker
from pytest_llmock.wire.http import JSON_TYPE, header_value

EVENTS = "text/event-stream"
LISTED = 3  # records of a list when nobody says how many, as in answers to requests without a shape
_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_DEFAULT = "default"
_BODILESS = frozenset({204, 205, 304})
_REFUSED = re.compile(r"\bq\s*=\s*0(?:\.0*)?\s*(?:;|$)")


@dataclass(frozen=True, eq=False)
class Answer:
    """One answer: its status, and what its body is; `content_type` is "" where it has none.

    `others` are the same in the other contents that the document has for it.
    """

    key: str  # as the document says it: "200", "4XX", "default"
    status: int
    content_type: str
    shape: Shape | None
    examples: Mapping[str, JSON]
    headers: Mapping[str, str]
    instructions: str = ""
    others: tuple["Answer", ...] = ()

    def accepted(self, accept: str) -> "Answer":
        """The answer in a content that the client takes; as it is where it takes that, or none of them."""
        kinds = _accepted_kinds(accept)
        found = (each for each in (self, *self.others) if any(map(each.is_of, kinds)))
        chosen = next(found, self)
        return chosen if chosen.status == self.status else replace(chosen, status=self.status)

    def is_of(self, kind: str) -> bool:
        """Whether the content is of that kind: "text/html", "text/*", "*/*"."""
        own = self.content_type.partition(";")[0].strip().lower()
        return kind in (own, f"{own.partition('/')[0]}/*", "*/*")

    @cached_property
    def bounds(self) -> tuple[int, int] | None:
        """The fewest and the most records that its list may have; None where it has no list to be counted."""
        if self.shape is None or self.shape.collection is None:
            return None
        whole = dict(self.shape.schema)
        root = resolved(whole, whole)
        name = self.shape.collection
        part = resolved(mapping(root, "properties")[name], whole) if name else root
        least, most = part.get("minItems", 0), part.get("maxItems", 10**9)
        return _whole(least, 0), _whole(most, 10**9)

    @cached_property
    def usual_count(self) -> int | None:
        """How many records a list has when nobody says; None where that is not ours to say."""
        if self.bounds is None or self.shape is None or not is_divisible(self.shape):
            return None
        least, most = self.bounds
        return max(least, min(LISTED, most)) or None

    @cached_property
    def check(self) -> Check:
        """What finds the problems of an example."""
        return checker({} if self.shape is None else self.shape.schema)


class Answers:
    """The answers of one operation: the first of success, or the one that a request asks for."""

    def __init__(self, operation: Operation) -> None:
        self._what = operation.endpoint
        described = tuple(_answer(operation, each) for each in operation.responses)
        self._all = described or (Answer("200", 200, JSON_TYPE, None, {}, {}),)
        self.usual = _usual(self._all)

    def of(self, code: str) -> Answer:
        """The answer for a status. Raises RequestError (422), naming those that there are."""
        exact = next((each for each in self._all if each.key.upper() == code.upper()), None)
        if exact is not None:
            return exact
        number = int(code) if code.isdecimal() and len(code) == 3 and 200 <= int(code) <= 599 else 0
        for key in (f"{code[:1]}XX", _DEFAULT) if number else ():
            found = next((each for each in self._all if each.key.upper() == key.upper()), None)
            if found is not None:
                kind = "" if number in _BODILESS else found.content_type
                return replace(found, status=number, content_type=kind)
        known = [each.key for each in self._all]
        raise RequestError(
            f"Prefer has code={code[:20]!r}, and {self._what} has no such answer in its document."
            f"{nearest(code[:20], known)}",
            status=422,
        )


def _usual(answers: Sequence[Answer]) -> Answer:
    """The first answer of success, else the default one, else the first."""
    good = (each for each in answers if 200 <= each.status < 300 and each.key != _DEFAULT)
    default = (each for each in answers if each.key == _DEFAULT)
    return next(good, None) or next(default, None) or answers[0]


def _answer(operation: Operation, response: Response) -> Answer:
    content = _preferred(response.contents)
    named = [each for each in response.contents if each is not content and "*" not in each.media_type]
    others = tuple(_of_content(operation, response, each) for each in named)
    return replace(_of_content(operation, response, content), others=others)


def _of_content(operation: Operation, response: Response, content: Content | None) -> Answer:
    status = _status(operation, response.status)
    what = f"{operation.endpoint}, response {response.status}"
    try:
        return Answer(
            response.status,
            status,
            "" if content is None or status in _BODILESS else _content_type(content),
            None if content is None else _shape(content),
            {} if content is None else content.examples,
            dict(_headers(operation, response)),
            _instructions(operation, response),
        )
    except (ShapeError, RequestError) as error:
        raise ShapeError(f"{what}: {error.message}") from None


def _accepted_kinds(accept: str) -> list[str]:
    """What a client takes, in small letters, without what it refuses (`;q=0`)."""
    parts = [part.strip().lower().partition(";") for part in accept.split(",")]
    return [kind.strip() for kind, _, rest in parts if not _REFUSED.search(rest)]


def _status(operation: Operation, said: str) -> int:
    if said == _DEFAULT:
        return 200
    digits = said.upper().replace("XX", "00") if len(said) == 3 else ""
    if not digits.isdecimal() or not 100 <= int(digits) <= 599:
        raise ShapeError(
            f"{operation.endpoint} has a response {said[:20]!r}: write a status such as '200', '4XX' or "
            "'default'."
        )
    return int(digits)


def _preferred(contents: Sequence[Content]) -> Content | None:
    return next((each for each in contents if each.is_json), None) or next(iter(contents), None)


def _content_type(content: Content) -> str:
    if content.is_json:
        return JSON_TYPE if "*" in content.media_type else content.media_type
    return "text/plain" if "*" in content.media_type else content.media_type


def _shape(content: Content) -> Shape | None:
    """What a backend is asked for; None for any JSON. Content that is no JSON is made as text."""
    if not content.is_json and content.media_type != EVENTS:
        kinds = content.schema.get("type", "string")
        if not (kinds == "string" or (isinstance(kinds, list) and "string" in kinds)):
            return parse({"$schema": _DIALECT, "type": "string"})
        return parse({"$schema": _DIALECT, **content.schema, "type": "string"})
    if not content.schema:
        return None
    whole = dict(content.schema)
    return parse({"$schema": _DIALECT, **resolved(whole, whole)})  # so that its fields are seen at once


def _instructions(operation: Operation, response: Response) -> str:
    """What a backend is told of the operation and of this answer, as the document says it."""
    told = operation.summary or operation.description.strip().partition("\n")[0] or operation.id
    meant = f"This is the operation {operation.endpoint}: {told}" if told else ""
    described = f"Its answer {response.status}: {response.description}" if response.description else ""
    return "\n".join(part for part in (meant, described) if part)


def _headers(operation: Operation, response: Response) -> Iterator[tuple[str, str]]:
    """A value for each header that the answer must have."""
    for header in response.headers:
        if header.is_required and header.name.lower() != "content-type":
            seed = seed_of("header", operation.endpoint, response.status, header.name)
            value = compile_sampler(dict(header.schema) or {"type": "string"}, noun=header.name).one(seed)
            yield header.name.lower(), header_value(next(pairs(header, value))[1])


def _whole(value: JSON, otherwise: int) -> int:
    return int(value) if isinstance(value, (int, float)) else otherwise


def names_of(content: Content, root: Schema) -> frozenset[str]:
    """The properties that a body of this content may have by name."""
    found: set[str] = set()
    waiting: list[JSON] = [dict(content.schema)]
    for node in waiting:  # grows while it is read
        if isinstance(node, dict) and len(waiting) < 1000:
            part = resolved(node, root)
            found |= mapping(part, "properties").keys()
            waiting += [each for keyword in ("allOf", "anyOf", "oneOf") for each in listed(part, keyword)]
    return frozenset(found)
