"""What an OpenAPI document says, as values."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from pytest_llmock.errors import ShapeError, nearest
from pytest_llmock.llm import JSON

Location = Literal["path", "query", "header", "cookie"]

_JSON_TYPE = re.compile(r"(application/([\w.+-]+\+)?json|\*/\*|application/\*)(;.*)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Content:
    """One media type of a body: `schema` is self-contained and in our dialect, {} where nothing is said."""

    media_type: str
    schema: Mapping[str, JSON]
    examples: Mapping[str, JSON] = field(default_factory=dict)  # by name; "" where it has none

    @property
    def is_json(self) -> bool:
        return _JSON_TYPE.fullmatch(self.media_type) is not None


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter; `style` and `explode` say how a list or object is written ("form", "deepObject", …).

    `may_be_empty`: sent without a value (`?all`) it is as if it were not there.
    """

    name: str
    location: Location
    schema: Mapping[str, JSON]
    is_required: bool = False
    style: str = "form"
    explode: bool = True
    is_json: bool = False
    may_be_empty: bool = False


@dataclass(frozen=True, slots=True)
class Body:
    """What a request carries, in one of several media types."""

    contents: tuple[Content, ...]
    is_required: bool = False

    @property
    def json(self) -> Content | None:
        """The first media type that is JSON."""
        return next((content for content in self.contents if content.is_json), None)


@dataclass(frozen=True, slots=True)
class Response:
    """One answer: `status` is "200", "4XX" or "default"."""

    status: str
    description: str = ""
    contents: tuple[Content, ...] = ()
    headers: tuple[Parameter, ...] = ()


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path. `id` is its operationId, "" where it has none."""

    method: str
    path: str
    id: str = ""
    summary: str = ""
    description: str = ""
    tags: tuple[str, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    body: Body | None = None
    responses: tuple[Response, ...] = ()

    @property
    def endpoint(self) -> str:
        """As people say it: "POST /users"."""
        return f"{self.method} {self.path}"


@dataclass(frozen=True, slots=True)
class Document:
    """A whole API: its operations in the order in which they stand in the document."""

    title: str
    version: str
    operations: tuple[Operation, ...]

    def operation(self, name: str) -> Operation:
        """The operation "POST /users", or the one with this operationId.

        Raises ShapeError, naming the nearest, when there is none.
        """
        method, _, path = name.strip().rpartition(" ")
        wanted = f"{method.strip().upper()} {path}"
        for operation in self.operations:
            if name == operation.id or wanted == operation.endpoint:
                return operation
        known = [each.endpoint for each in self.operations]
        known += [each.id for each in self.operations if each.id]
        raise ShapeError(f"The OpenAPI document has no operation {name[:80]!r}.{nearest(name, known)}")
