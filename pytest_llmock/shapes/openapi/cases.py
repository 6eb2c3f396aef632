"""Contract cases of the operations of an OpenAPI document: bodies and parameters together.

A request is one value, {"path": {…}, "query": {…}, "header": {…}, "body": …}, and its schema is made of those
of its parts; so each case is a whole request with one place changed, and is made as any other case is.
"""

from collections.abc import Iterator, Mapping
from functools import partial
from os import PathLike
from urllib.parse import quote

from pytest_llmock.errors import ShapeError
from pytest_llmock.llm import JSON
from pytest_llmock.shapes.cases import checked_counts, selected
from pytest_llmock.shapes.cases.case import Case, CaseKind, Names
from pytest_llmock.shapes.cases.changes import BOUNDARY, MISMATCH, MISSING, Change
from pytest_llmock.shapes.cases.places import Place
from pytest_llmock.shapes.cases.subject import Found, Subject, broken_bodies
from pytest_llmock.shapes.openapi.files import load_openapi
from pytest_llmock.shapes.openapi.parameters import Receiver, can_be_sent, pairs
from pytest_llmock.shapes.openapi.reading import read_openapi
from pytest_llmock.shapes.openapi.requests import LOCATIONS, request_schema
from pytest_llmock.shapes.openapi.values import Content, Document, Operation, Parameter
from pytest_llmock.shapes.references import Schema
from pytest_llmock.shapes.validate import accepter

_BODY = "/body"
# what may happen to a group of parameters as a whole: one of them is missing
_OF_GROUPS = frozenset({"required", "optional", "least"})


def openapi_cases(  # noqa: PLR0913 - a number for each kind
    document: Mapping[str, object] | Document | str | PathLike[str],
    operation: str | None = None,
    *,
    valid: int = 20,
    edge: int = 10,
    invalid: int = 15,
    seed: int = 0,
) -> list[Case]:
    """Cases for the operations of an OpenAPI document: up to so many of each kind for each operation.

    Of edge and invalid cases each rule has one, so there may be fewer.

    `document` is a parsed document of version 3.0 or 3.1, or the path of its JSON or YAML file. `operation`
    is "POST /users" or an operationId; None means all but those whose body cannot be JSON. Each case is a
    whole request: `client.request(**case.request)`.

    Raises ShapeError for a document that cannot be read, an operation that is not there, and a schema that
    nothing satisfies.
    """
    wanted = checked_counts(valid=valid, edge=edge, invalid=invalid)
    found = _document(document)
    if not found.operations:
        raise ShapeError("The OpenAPI document has no operations: they stand under `paths`.")
    chosen = found.operations if operation is None else (found.operation(operation),)
    names = Names()
    return [
        case
        for each in chosen
        if operation is not None or is_json(each)
        for case in _cases(each, wanted, seed, names)
    ]


def _document(document: Mapping[str, object] | Document | str | PathLike[str]) -> Document:
    if isinstance(document, Document):
        return document
    return read_openapi(document) if isinstance(document, Mapping) else load_openapi(document)


def is_json(operation: Operation) -> bool:
    """Whether a request can be made: without a body, or with one that is JSON."""
    return operation.body is None or operation.body.json is not None or not operation.body.is_required


def _cases(operation: Operation, wanted: Mapping[CaseKind, int], seed: int, names: Names) -> list[Case]:
    if not is_json(operation):
        raise ShapeError(f"The body of {operation.endpoint} is not JSON; there are cases for JSON only.")
    try:
        subject = request_subject(operation)
        return selected(subject, wanted, seed, names, partial(request_case, operation))
    except ShapeError as error:
        raise ShapeError(f"{operation.endpoint}: {error.message}") from error


def request_subject(operation: Operation) -> Subject:
    """What cases of the operation are made of; each of them is made a request by `request_case`."""
    schema = request_schema(operation)
    wire = _Wire(operation.parameters, schema)
    judge = accepter(schema)

    def accepts(request: JSON) -> bool:
        return judge(wire.received(request)) and wire.can_be_sent(request)

    return Subject(schema, accepts, _label, wire.allows, _broken, turns=1)


class _Wire:
    """What becomes of a request's parameters on their way."""

    def __init__(self, parameters: tuple[Parameter, ...], root: Schema) -> None:
        self._parameters = {(each.location, each.name): each for each in parameters}
        self._receivers = {place: Receiver(each, root) for place, each in self._parameters.items()}

    def received(self, request: JSON) -> JSON:
        """The request as the other side reads it, every parameter from its text."""
        found = dict(_dict(request))
        for (location, name), receiver in self._receivers.items():
            group = _dict(found.get(location))
            if name in group:
                found[location] = {**group, name: receiver.read(group[name])}
        return found

    def can_be_sent(self, request: JSON) -> bool:
        """Whether every parameter of the request arrives as what it is."""
        return all(
            can_be_sent(parameter, group[name])
            for (location, name), parameter in self._parameters.items()
            if name in (group := _dict(_dict(request).get(location)))
        )

    def allows(self, place: Place, change: Change) -> bool:
        """Whether the changed request can be sent as it is meant, and is the API's affair."""
        steps = place.pointer.split("/")[1:]
        if steps[:1] == ["body"]:
            return True
        if not steps:
            return change.at == _BODY and change.category in {MISSING, BOUNDARY}
        if len(steps) == 1:
            return change.family in _OF_GROUPS and steps != ["path"]
        return _says_something_else(place, change) and self.can_be_sent(place.put(change.value))


def _dict(value: JSON) -> Schema:
    return value if isinstance(value, dict) else {}


def _says_something_else(place: Place, change: Change) -> bool:
    """Whether what is written is another thing there: a number is the same as the text of its digits."""
    if any(isinstance(place.value, kind) is not isinstance(change.value, kind) for kind in (list, dict)):
        return False
    return change.category != MISMATCH or (
        "string" not in place.types and isinstance(change.value, (str, float))
    )


def _label(pointer: str) -> str:
    """A place as a report calls it: "/body/age" → "/age", "/query/limit" → "query limit"."""
    if pointer.startswith(f"{_BODY}/"):
        return pointer.removeprefix(_BODY)
    location, _, rest = pointer[1:].partition("/")
    return f"{location} {rest}".strip() or "request"


def _broken(request: JSON) -> Iterator[tuple[str, str, bytes]]:
    """The bodies that are not JSON; that one is missing is a matter of the schema."""
    values = _dict(request)
    if "body" in values:
        yield from ((category, words, raw) for category, words, raw in broken_bodies(values["body"]) if raw)


def request_case(operation: Operation, kind: CaseKind, found: Found) -> Case:
    """The case as a request: path filled in, parameters as text."""
    request = _dict(found.value)
    content = operation.body.json if operation.body else None
    body = request.get("body", b"") if found.raw is None else found.raw
    texts = {
        location: [
            pair
            for each in operation.parameters
            if each.location == location
            for pair in _sent(each, request)
        ]
        for location in LOCATIONS
    }
    return Case(
        kind,
        found.rule,
        body,
        operation.endpoint,
        category=found.category,
        path=_filled(operation.path, dict(texts["path"])),
        query=tuple(texts["query"]),
        headers=(*_headers(content, body), *texts["header"], *_cookies(texts["cookie"])),
    )


def _sent(parameter: Parameter, request: Schema) -> Iterator[tuple[str, str]]:
    group = _dict(request.get(parameter.location))
    return pairs(parameter, group[parameter.name]) if parameter.name in group else iter(())


def _filled(path: str, texts: Mapping[str, str]) -> str:
    for name, text in texts.items():
        path = path.replace(f"{{{name}}}", quote(text, safe=""))
    return path


def _headers(content: Content | None, body: "JSON | bytes") -> list[tuple[str, str]]:
    if content is None or body == b"" or "*" in content.media_type:
        return []
    return [("Content-Type", content.media_type)]


def _cookies(texts: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [("Cookie", "; ".join(f"{name}={text}" for name, text in texts))] if texts else []
