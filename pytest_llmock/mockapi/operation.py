"""An operation of a mounted document: requests to it are checked by the document, and its answers too.

Rules: a parameter that the document describes is the operation's, whatever word to us has the same name. Of
the body only keys that begin with `$` are words to us, where the document has no property of that name. The
form of the answer is the document's, so `shape` and X-Response-Shape are none here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from pytest_llmock.errors import RequestError, ShapeError
from pytest_llmock.llm import JSON
from pytest_llmock.mockapi.bodies import Received, bodies_of
from pytest_llmock.mockapi.delivery import Delivery
from pytest_llmock.mockapi.described import EVENTS, Answer, Answers
from pytest_llmock.mockapi.preferences import Preferences, preferences
from pytest_llmock.mockapi.request import WORDS, MockRequest, decode
from pytest_llmock.shapes.openapi.readers import ParameterReader, Texts, parameter_reader
from pytest_llmock.shapes.openapi.requests import LOCATIONS, request_schema
from pytest_llmock.shapes.openapi.values import Operation
from pytest_llmock.shapes.validate import Problem
from pytest_llmock.wire.http import JSON_TYPE, Request, encode_json

# that ask for an error; see `simulation`
_ERROR_WORDS = frozenset({"error", "errorMessage", "errorDetails"})
_PREFERENCE_WORDS = frozenset({"example"})
_SHAPE_HEADER = "x-response-shape"
# of parameters that say how long a list is, in this order
_SIZES = ("limit", "size", "items", "per_page", "pageSize", "page_size", "top", "count")
SHOWN_PROBLEMS = 20


@dataclass(frozen=True, slots=True)
class Taken:
    """One request to a mounted operation: the values of its path, and how its mount wants it answered."""

    operation: "MountedOperation"
    path: str
    params: Mapping[str, object]
    examples: bool = False
    streaming: bool = False
    context: str = ""

    def words(self, request: Request) -> Request:
        """What of the request is said to us, and not to the operation."""
        return self.operation.words(request, self.context)

    def decode(self, request: Request, *, max_items: int, as_stream: bool = False) -> MockRequest:
        """The request's meaning. Raises RequestError (400, 415, 422) for one that the document forbids."""
        return self.operation.decode(request, self, max_items=max_items, as_stream=as_stream)


class MountedOperation:
    """One operation, compiled: what it takes, and what it answers. It belongs to no session."""

    def __init__(self, operation: Operation) -> None:
        self.source = operation
        root = request_schema(operation)
        readers = [parameter_reader(each, root) for each in operation.parameters]
        self._readers = {
            location: found
            for location in LOCATIONS
            if (found := tuple(each for each in readers if each.parameter.location == location))
        }
        in_query = self._readers.get("query", ())
        self._declared = frozenset(name for each in in_query for name in _names_in_query(each))
        self._sizes = tuple(name for name in _SIZES if name in self._declared)
        self._bodies = bodies_of(operation)
        self._answers = Answers(operation)

    def words(self, request: Request, context: str = "") -> Request:
        """The request without what is the operation's own."""
        ours = WORDS | _ERROR_WORDS | _PREFERENCE_WORDS
        pairs = [(name, value) for name, value in request.query if self._is_word(name, ours)]
        if context and "context" not in dict(pairs):
            pairs.append(("context", context))
        headers = {name: value for name, value in request.headers.items() if name != _SHAPE_HEADER}
        return replace(request, query_string=urlencode(pairs) if pairs else "", headers=headers)

    def decode(
        self, request: Request, taken: Taken, *, max_items: int, as_stream: bool = False
    ) -> MockRequest:
        """The request's meaning: checked, with the answer that the document describes as its shape."""
        received = self._bodies.received(request)
        self._check(request, taken.params, received)
        words = taken.words(request)
        wishes = preferences(words, examples=taken.examples)
        answer = self._answers.of(wishes.code) if wishes.code else self._answers.usual
        if answer.others:
            answer = answer.accepted(request.headers.get("accept", ""))
        mock = decode(_said_to_us(words, received.directives), max_items=max_items)
        count, counting = self._count(mock, answer, request, max_items)
        as_events = as_stream or _is_streamed(answer, request, taken)
        delivery, unused = _delivery(answer, wishes, as_events=as_events)
        generation = replace(
            mock.generation,
            path=taken.path,
            query=tuple(pair for pair in request.query if not self._is_word(pair[0], WORDS)),
            body=None if received.body is None else received.body.data,
            shape=None if answer.shape is None else answer.shape.source,
            count=count,
            instructions=answer.instructions,
        )
        warnings = (*mock.warnings, *counting, *unused, *self._left_out(request))
        return replace(mock, generation=generation, shape=answer.shape, delivery=delivery, warnings=warnings)

    def _is_word(self, name: str, words: frozenset[str]) -> bool:
        return name in words and name not in self._declared and name != "shape"

    def _left_out(self, request: Request) -> tuple[str, ...]:
        """What is told to a client that asks for a form of its own."""
        in_query = any(name == "shape" for name, _ in request.query) and "shape" not in self._declared
        return _NO_SHAPE if in_query or _SHAPE_HEADER in request.headers else ()

    def _check(self, request: Request, params: Mapping[str, object], received: Received) -> None:
        """Raise RequestError (422) with every problem that the document sees in the request."""
        value: dict[str, JSON] = {}
        for location, readers in self._readers.items():
            texts = _texts(location, request, params, readers)
            group = {each.parameter.name: each.read(texts) for each in readers}
            value[location] = {name: said for name, said in group.items() if said is not None}
        if received.body is not None:
            value["body"] = received.body.value
        if not received.accepts(value):
            raise _refused(self.source, received.check(value))

    def _count(
        self, mock: MockRequest, answer: Answer, request: Request, max_items: int
    ) -> tuple[int | None, tuple[str, ...]]:
        """How many records the answer's list has: as was asked, by a word or a parameter, or a few."""
        said = mock.generation.count
        if said is not None:
            _check_count(said, answer, self.source)
            return said, ()
        query = dict(request.query) if self._sizes else {}
        sizes = [int(query[name]) for name in self._sizes if query.get(name, "").isdecimal()]
        if not sizes or answer.usual_count is None or answer.bounds is None:
            return answer.usual_count, ()
        least, most = answer.bounds
        count = max(least, min(sizes[0], most))
        warnings = () if count <= max_items else (f"The list was capped at MaxItems, {max_items}.",)
        return min(count, max_items), warnings


def _is_streamed(answer: Answer, request: Request, taken: Taken) -> bool:
    """Whether the answer is events: the document has nothing else, or its mount and the client say so."""
    if answer.content_type == EVENTS:
        return True
    return taken.streaming and EVENTS in request.headers.get("accept", "").lower()


_NO_SHAPE = ("The form of the answer is what the OpenAPI document says: the shape was left out.",)


def _names_in_query(reader: ParameterReader) -> tuple[str, ...]:
    parameter = reader.parameter
    spread = reader.is_object and parameter.explode and parameter.style == "form"
    return (parameter.name, *(reader.names if spread else ()))


def _texts(
    location: str, request: Request, params: Mapping[str, object], readers: tuple[ParameterReader, ...]
) -> Texts:
    """What the request says there, by name."""
    if location == "path":
        return {name: [str(value)] for name, value in params.items()}
    if location == "header":  # whose names have no case
        names = [each.parameter.name for each in readers]
        headers = request.headers
        return {name: [headers[name.lower()]] for name in names if name.lower() in headers}
    found: dict[str, list[str]] = {}
    for name, value in request.query if location == "query" else _cookies(request):
        found.setdefault(name, []).append(value)
    return found


def _cookies(request: Request) -> Iterator[tuple[str, str]]:
    for part in request.headers.get("cookie", "").split(";"):
        name, _, value = part.strip().partition("=")
        yield name, value


def _refused(operation: Operation, problems: tuple[Problem, ...]) -> RequestError:
    shown = [
        {"pointer": each.pointer, "message": each.message, "rule": each.rule}
        for each in problems[:SHOWN_PROBLEMS]
    ]
    first = shown[0]
    others = len(problems) - 1
    more = f" There {'is' if others == 1 else 'are'} {others} more in `details`." if others else ""
    return RequestError(
        f"The request does not fit {operation.endpoint}: {first['pointer'] or 'it'} {first['message']}."
        f"{more}",
        status=422,
        details={"operation": operation.endpoint, "problems": shown},
    )


def _said_to_us(words: Request, directives: Mapping[str, JSON]) -> Request:
    """The words with nothing for a body but the directives."""
    if not directives:
        return replace(words, body=b"")
    headers = {**words.headers, "content-type": JSON_TYPE}
    return replace(words, body=encode_json(directives), headers=headers)


def _check_count(count: int, answer: Answer, operation: Operation) -> None:
    if answer.bounds is None:
        raise ShapeError(
            f"count is {count}, and the answer of {operation.endpoint} has no list: leave it out."
        )
    least, most = answer.bounds
    if not least <= count <= most:
        raise ShapeError(
            f"count is {count}, and the list of {operation.endpoint} has from {least} to {most} items."
        )


def _delivery(answer: Answer, wishes: Preferences, *, as_events: bool) -> tuple[Delivery, tuple[str, ...]]:
    """How the answer is sent, and what of the wishes was not fulfilled."""
    headers, body, unused = answer.headers, None, tuple[str, ...]()
    if not answer.content_type:
        return Delivery(answer.status, "", headers, b""), ()
    if wishes.wants_example and not as_events:
        body, unused = _example(answer, wishes)
    if wishes.applied and not unused:
        headers = {**headers, "preference-applied": wishes.applied}
    return Delivery(answer.status, answer.content_type, headers, body, as_events), unused


def _example(answer: Answer, wishes: Preferences) -> tuple[bytes | None, tuple[str, ...]]:
    name = wishes.named(answer.examples)
    if name is None:
        return None, (f"The document has no example of the answer {answer.key}: it was made up.",)
    value = answer.examples[name]
    if problems := answer.check(value):
        first = problems[0]
        where = f"{first.pointer} {first.message}".strip()
        return None, (f"The example of the answer {answer.key} is not valid ({where}): it was made up.",)
    return encode_json(value), ()
