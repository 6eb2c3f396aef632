"""An OpenAPI document → its operations. Pure: a document is given, nothing is opened or fetched."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from pytest_llmock.errors import ShapeError
from pytest_llmock.llm import JSON
from pytest_llmock.shapes.limits import JSONTextError, check_limits, plain
from pytest_llmock.shapes.openapi.schemas import Schemas, followed
from pytest_llmock.shapes.openapi.values import (
    Body,
    Content,
    Document,
    Location,
    Operation,
    Parameter,
    Response,
)
from pytest_llmock.shapes.references import Schema, listed, mapping

_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")
_STYLES: Mapping[str, str] = {"path": "simple", "query": "form", "header": "simple", "cookie": "form"}
_MEDIA_TYPE = re.compile(r"[\w!#$&^.+*-]+/[\w!#$&^.+*-]+(?:\s*;[ -~]*)?", re.ASCII)
# headers that the specification takes out of `parameters`
_NOT_PARAMETERS = frozenset({"accept", "content-type", "authorization"})


def read_openapi(document: Mapping[str, object]) -> Document:
    """The operations of a document of version 3.0 or 3.1 (or a later 3), each with all that it refers to.

    Raises ShapeError for another version, a reference that leads out of it or nowhere, and anything that is
    not what the specification says it is; TooLargeError for 500,000 values and more.
    """
    check_limits(cast("JSON", document), what="OpenAPI document")
    try:
        source = plain(document)
    except JSONTextError as error:
        raise ShapeError(f"The OpenAPI document is not JSON: {error}.") from None
    if not isinstance(source, dict):
        raise ShapeError("The OpenAPI document is no object: it begins with `openapi`, `info` and `paths`.")
    _check_version(source)
    info = mapping(source, "info")
    operations = tuple(_Reader(source).operations())
    _check_ids(operations)
    return Document(str(info.get("title", "")), str(info.get("version", "")), operations)


def _check_version(document: Schema) -> None:
    if "swagger" in document:
        raise ShapeError(
            f"The document is Swagger {document['swagger']}; OpenAPI 3.0 and 3.1 can be read. Convert it, "
            "for example with swagger2openapi."
        )
    version = str(document.get("openapi", ""))
    if not version.startswith("3."):
        said = f"says openapi: {version[:20]!r}" if version else "has no key `openapi`"
        raise ShapeError(f"The OpenAPI document {said}. Versions 3.0 and 3.1 can be read.")


def _check_ids(operations: Sequence[Operation]) -> None:
    known: dict[str, Operation] = {}
    for each in operations:
        other = known.setdefault(each.id, each)
        if each.id and other is not each:
            raise ShapeError(
                f"In the OpenAPI document {other.endpoint} and {each.endpoint} have the same operationId "
                f"{each.id[:80]!r}: an id is one operation's, rename one."
            )


class _Reader:
    def __init__(self, document: Schema) -> None:
        self._document = document
        self._requests = Schemas(document, "request")
        self._answers = Schemas(document, "response")

    def operations(self) -> Iterator[Operation]:
        for path, item in mapping(self._document, "paths").items():
            if not path.startswith("/"):
                if path.startswith("x-"):
                    continue
                raise ShapeError(f"In the OpenAPI document the path {path[:80]!r} has no slash before it.")
            found = self._object(item, f"the path {path}")
            for method in _METHODS:
                if method in found:
                    yield self._placed(method, path, found)

    def _placed(self, method: str, path: str, item: Schema) -> Operation:
        """The operation; a fault says where in the document it is."""
        what = f"{method.upper()} {path}"
        try:
            operation = self._object(item[method], what)
            return self._operation(method.upper(), path, operation, listed(item, "parameters"))
        except ShapeError as error:
            place = f"#/paths/{path.replace('~', '~0').replace('/', '~1')}/{method}"
            raise ShapeError(f"{error.message} It is read at {place}.") from None

    def _operation(self, method: str, path: str, source: Schema, shared: list[JSON]) -> Operation:
        what = f"{method} {path}"
        parameters: dict[tuple[str, str], Parameter] = {}
        for each in (
            *shared,
            *listed(source, "parameters"),
        ):  # an operation's own take the place of the path's
            parameter = self._parameter(self._object(each, f"a parameter of {what}"), what)
            if parameter.location != "header" or parameter.name.lower() not in _NOT_PARAMETERS:
                parameters[parameter.location, parameter.name] = parameter
        return Operation(
            method,
            path,
            id=str(source.get("operationId", "")),
            summary=str(source.get("summary", "")),
            description=str(source.get("description", "")),
            tags=tuple(str(tag) for tag in listed(source, "tags")),
            parameters=tuple(parameters.values()),
            body=self._body(source["requestBody"], what) if "requestBody" in source else None,
            responses=tuple(
                self._response(status, answer, what)
                for status, answer in mapping(source, "responses").items()
            ),
        )

    def _parameter(self, source: Schema, what: str) -> Parameter:
        name, location = source.get("name"), source.get("in")
        if not isinstance(name, str) or location not in _STYLES:
            raise ShapeError(
                f"In the OpenAPI document a parameter of {what} has name {name!r} and in {location!r}: it "
                "needs a name, and 'path', 'query', 'header' or 'cookie'."
            )
        style = str(source.get("style", _STYLES[str(location)]))
        contents = self._contents(source, self._requests, f"the parameter {name} of {what}")
        return Parameter(
            name,
            cast("Location", location),
            contents[0].schema if contents else self._requests.portable(source.get("schema", {})),
            is_required=location == "path" or source.get("required") is True,
            style=style,
            explode=bool(source.get("explode", style == "form")),
            is_json=bool(contents),
            may_be_empty=location == "query" and source.get("allowEmptyValue") is True,
        )

    def _body(self, source: JSON, what: str) -> Body:
        body = self._object(source, f"the body of {what}")
        return Body(
            self._contents(body, self._requests, f"the body of {what}"),
            is_required=body.get("required") is True,
        )

    def _response(self, status: str, source: JSON, what: str) -> Response:
        answer = self._object(source, f"the response {status} of {what}")
        contents = self._contents(answer, self._answers, f"the response {status} of {what}")
        headers = tuple(
            self._header(name, header, f"the header {name} in {status} of {what}")
            for name, header in mapping(answer, "headers").items()
        )
        return Response(status, str(answer.get("description", "")), contents, headers)

    def _header(self, name: str, source: JSON, what: str) -> Parameter:
        header = self._object(source, what)
        schema = self._answers.portable(header.get("schema", {}))
        return Parameter(name, "header", schema, is_required=header.get("required") is True, style="simple")

    def _contents(self, source: Schema, schemas: Schemas, what: str) -> tuple[Content, ...]:
        described = mapping(source, "content")
        wrong = next((name for name in described if not _MEDIA_TYPE.fullmatch(name)), None)
        if wrong is not None:
            raise ShapeError(
                f"In the OpenAPI document {what} has the content type {wrong[:60]!r}, which is none: write "
                "it as 'application/json' is."
            )
        found = ((name, self._object(each, what)) for name, each in described.items())
        return tuple(
            Content(name, schemas.portable(each.get("schema", {})), self._examples(each, what))
            for name, each in found
        )

    def _examples(self, content: Schema, what: str) -> Schema:
        """The examples that stand in the document: of the media type, else of its schema."""
        named: Schema = {}
        for name, source in mapping(content, "examples").items():
            example = self._object(source, f"the example {name} of {what}")
            if "value" in example:  # others are elsewhere, and nothing is fetched
                named[name] = example["value"]
        if "example" in content:
            return {"": content["example"], **named}
        schema = content.get("schema")
        if named or not isinstance(schema, dict):
            return named
        described = self._object(schema, what)
        shown = [described["example"]] if "example" in described else listed(described, "examples")
        return {"": shown[0]} if shown else {}

    def _object(self, node: JSON, what: str) -> Schema:
        return followed(node, self._document, what)
