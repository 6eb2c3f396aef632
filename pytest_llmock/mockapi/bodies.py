"""The bodies that a mounted operation takes: the content a request has, its value, words to us."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from pytest_llmock.errors import RequestError
from pytest_llmock.llm import JSON
from pytest_llmock.mockapi.described import names_of
from pytest_llmock.mockapi.forms import body_data
from pytest_llmock.shapes.openapi.readers import FormReader, form_reader
from pytest_llmock.shapes.openapi.requests import request_schema
from pytest_llmock.shapes.openapi.values import Content, Operation
from pytest_llmock.shapes.validate import Check, accepter, checker
from pytest_llmock.wire.http import Request

_FORMS = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """One content, compiled with the parameters of its operation: `accepts` says whether, `check` why not."""

    kind: str
    accepts: Callable[[JSON], bool]
    check: Check
    names: frozenset[str] = frozenset()
    form: FormReader | None = None
    is_read: bool = True  # JSON, a form or text: else nobody looks into it


@dataclass(frozen=True, slots=True)
class Sent:
    """A body as the backend sees it (`data`), and as its schema does (`value`)."""

    data: JSON
    value: JSON


@dataclass(frozen=True, slots=True)
class Received:
    """What came, and what judges it; `body` is None where none is taken or came, `directives` are for us."""

    body: Sent | None
    accepts: Callable[[JSON], bool]
    check: Check
    directives: Mapping[str, JSON] = field(default_factory=dict)


class Bodies:
    """The contents of one operation; a request with none is judged by the first."""

    def __init__(self, endpoint: str, contents: tuple[Judged, ...], *, takes_body: bool) -> None:
        self._endpoint, self._contents, self._takes_body = endpoint, contents, takes_body

    def received(self, request: Request) -> Received:
        """The body, read by its content type.

        Raises RequestError: 415 for a content type that is not taken, 400 for JSON that is broken.
        """
        first = self._contents[0]
        if not request.body or not self._takes_body:
            return Received(None, first.accepts, first.check)
        judged = self._judged(request)
        data = body_data(request)
        if not judged.is_read:
            return Received(Sent(data, None), judged.accepts, judged.check)
        value = data if judged.form is None else _fields(data)
        directives = _directives(value, judged.names)
        if directives:
            data, value = _without(data, directives), _without(value, directives)
        if judged.form is not None and isinstance(value, dict):
            value = judged.form.read(value)
        return Received(Sent(data, value), judged.accepts, judged.check, directives)

    def _judged(self, request: Request) -> Judged:
        kind = request.content_type
        if not kind:
            return self._contents[0]
        main = kind.partition("/")[0]
        for known in (kind, f"{main}/*", "*/*"):
            found = next((each for each in self._contents if each.kind == known), None)
            if found is not None:
                return found
        taken = ", ".join(each.kind for each in self._contents)
        raise RequestError(
            f"{self._endpoint} takes no {kind[:80]}: send its body as {taken}, and say so in Content-Type.",
            status=415,
        )


def bodies_of(operation: Operation) -> Bodies:
    """What the operation takes, compiled."""
    contents = operation.body.contents if operation.body else ()
    if not contents:
        return Bodies(operation.endpoint, (_judged(operation, None),), takes_body=False)
    json_first = sorted(contents, key=lambda content: not content.is_json)
    judged = tuple(_judged(operation, content) for content in json_first)
    return Bodies(operation.endpoint, judged, takes_body=True)


def _judged(operation: Operation, content: Content | None) -> Judged:
    if content is None:
        schema = request_schema(operation)
        return Judged("", accepter(schema), checker(schema))
    kind = content.media_type.partition(";")[0].strip().lower()
    is_form = kind in _FORMS
    is_read = content.is_json or is_form or kind.startswith("text/")
    schema = request_schema(operation, content if is_read else Content(kind, {}))
    form = form_reader(content.schema, schema) if is_form else None
    names = names_of(content, schema) if is_read else frozenset[str]()
    return Judged(kind, accepter(schema), checker(schema), names, form, is_read)


def _fields(data: JSON) -> dict[str, JSON]:
    """The fields of a form by name; of a file, its name."""
    if not isinstance(data, dict):
        return {}
    fields, files = data.get("fields"), data.get("files")
    if data.keys() != {"fields", "files"} or not isinstance(fields, dict) or not isinstance(files, list):
        return data
    found: dict[str, JSON] = dict(fields)
    for file in files:
        assert isinstance(file, dict)
        name, told = str(file["field"]), file["filename"]
        known = found.get(name)
        found[name] = told if known is None else [*(known if isinstance(known, list) else [known]), told]
    return found


def _without(data: JSON, directives: Mapping[str, JSON]) -> JSON:
    """The body, or the fields of a form in parts, without the words to us."""
    if not isinstance(data, dict):
        return data
    fields = data.get("fields")
    if data.keys() == {"fields", "files"} and isinstance(fields, dict):
        return {**data, "fields": _without(fields, directives)}
    return {name: value for name, value in data.items() if name not in directives}


def _directives(data: JSON, names: frozenset[str]) -> dict[str, JSON]:
    """The words to us in a body: keys that begin with `$`, and that the document does not know."""
    if not isinstance(data, dict):
        return {}
    return {name: value for name, value in data.items() if name.startswith("$") and name not in names}
