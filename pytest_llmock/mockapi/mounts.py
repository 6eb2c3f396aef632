"""The mounted documents of a session: which operation a path belongs to.

Every operation answers at its path below the mock API, and below `/openapi`, where nothing else does: there a
path that no document has is a 404. A path belongs to one document. Every session has such a table, so what
only those with documents need is imported by the first one.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from os import PathLike
from threading import Lock
from typing import TYPE_CHECKING, NoReturn

from pytest_llmock.errors import RequestError, ShapeError, nearest

if TYPE_CHECKING:
    from pytest_llmock.mockapi.operation import MountedOperation, Taken
    from pytest_llmock.mockapi.paths import PathTemplate
    from pytest_llmock.shapes.openapi import Operation

ROOT = "/openapi"


@dataclass(frozen=True, slots=True, eq=False)
class Mount:
    """One mounted document: `path` is where its operations are below the mock API, "/openapi/pets"."""

    title: str
    version: str
    prefix: str
    compiled: "tuple[MountedOperation, ...]" = field(repr=False)
    examples: bool = False
    streaming: bool = False
    context: str = ""

    @property
    def path(self) -> str:
        """Where its operations are below the mock API, and nothing else is."""
        return f"{ROOT}{self.prefix}"

    @property
    def operations(self) -> "tuple[Operation, ...]":
        """What it describes, in the order of the document."""
        return tuple(each.source for each in self.compiled)


@dataclass(frozen=True, slots=True, eq=False)
class _Place:
    """A path of a document, and what may be asked there."""

    template: "PathTemplate"
    mount: Mount
    methods: "dict[str, MountedOperation]"


class Mounts:
    """The documents of a session, in the order in which they were mounted."""

    def __init__(self) -> None:
        self._mounts: tuple[Mount, ...] = ()
        self._plain: Mapping[str, _Place] = {}
        self._templates: Mapping[int, Sequence[_Place]] = {}
        self._lock = Lock()

    def mount(
        self,
        document: "Mapping[str, object] | str | PathLike[str]",
        *,
        prefix: str = "",
        examples: bool = False,
        streaming: bool = False,
    ) -> Mount:
        """Let the operations of a document answer. Raises ShapeError for one that cannot be mounted."""
        from pytest_llmock.mockapi.mounting import mounted  # noqa: PLC0415 - paid for by sessions with documents

        return self.add(mounted(document, prefix=prefix, examples=examples, streaming=streaming))

    def add(self, mount: Mount) -> Mount:
        """The mount, whose operations answer from now on. Raises ShapeError for a path that is taken."""
        with self._lock:
            mounts = (*self._mounts, mount)
            places = _places(mounts)
            templates: dict[int, list[_Place]] = {}
            for place in places:
                if place.template.names:
                    templates.setdefault(place.template.text.count("/"), []).append(place)
            for group in templates.values():
                group.sort(key=lambda place: _openness(place.template.text))
            self._plain = {place.template.text: place for place in places if not place.template.names}
            self._templates = templates
            self._mounts = mounts
        return mount

    def taken(self, method: str, path: str) -> "Taken | None":
        """The operation that a request is for; None when that is no document's business.

        Raises RequestError: 405 for a method that its path has not, below `/openapi` 404 for any other path.
        """
        is_below = path.startswith(f"{ROOT}/") or path == ROOT
        below = (path.removeprefix(ROOT) or "/") if is_below else path
        place, params = self._find(below)
        if place is not None:
            return _taken(place, params, method, below)
        if is_below:
            self._refuse(below)
        return None

    def _find(self, path: str) -> "tuple[_Place | None, Mapping[str, object]]":
        plain = self._plain.get(path)
        if plain is not None:
            return plain, {}
        for place in self._templates.get(path.count("/"), ()):
            params = place.template.match(path)
            if params is not None:
                return place, params
        return None, {}

    def _refuse(self, path: str) -> NoReturn:
        if not self._mounts:
            raise RequestError(
                f"No OpenAPI document is mounted, so nothing is at {ROOT}{path[:200]}. Mount one: "
                "mock_api.mount_openapi(…), OpenApiSpecs in the settings, or serve --openapi FILE.",
                status=404,
            )
        known = [_filled(place.template.text, path) for place in self._all()]
        titles = ", ".join(f"'{mount.title}'" for mount in self._mounts)
        raise RequestError(
            f"No operation of {titles} is at {path[:200]}.{nearest(path[:200], known)}",
            status=404,
        )

    def _all(self) -> Iterator[_Place]:
        yield from self._plain.values()
        for group in self._templates.values():
            yield from group

    def __iter__(self) -> Iterator[Mount]:
        return iter(self._mounts)

    def __len__(self) -> int:
        return len(self._mounts)


def _taken(place: _Place, params: "Mapping[str, object]", method: str, path: str) -> "Taken":
    from pytest_llmock.mockapi.operation import Taken  # noqa: PLC0415 - imported by the mount already

    operation = place.methods.get(method) or (place.methods.get("GET") if method == "HEAD" else None)
    if operation is None:
        allowed = [*place.methods, *(["HEAD"] if "GET" in place.methods else []), "OPTIONS"]
        raise RequestError(
            f"{place.template} takes {', '.join(allowed)}, not {method[:20]}.",
            status=405,
            details={"allow": list(dict.fromkeys(allowed))},
        )
    mount = place.mount
    return Taken(operation, path, params, mount.examples, mount.streaming, mount.context)


def _places(mounts: Sequence[Mount]) -> list[_Place]:
    """The paths of all documents; ShapeError for one that two have, whatever they call its parameters."""
    from pytest_llmock.mockapi.paths import described  # noqa: PLC0415 - sessions without documents need no templates

    found: dict[str, _Place] = {}
    for mount in mounts:
        for operation in mount.compiled:
            text = f"{mount.prefix}{operation.source.path}"
            place = found.setdefault(_form(text), _Place(described(text), mount, {}))
            if place.mount is not mount:
                raise ShapeError(
                    f"The path {text} of '{mount.title}' is one of '{place.mount.title}' already: mount one "
                    "of the two documents with another prefix."
                )
            if place.template.text != text:
                raise ShapeError(
                    f"'{mount.title}' has the paths {place.template} and {text}, which are the same: write "
                    "their operations under one."
                )
            place.methods[operation.source.method] = operation
    return list(found.values())


def _form(text: str) -> str:
    """A path without the names of its parameters."""
    return "{}".join(part.rpartition("}")[2] for part in text.split("{"))


def _filled(text: str, path: str) -> str:
    """The template with what the path has in the place of its parameters, to be compared with the path."""
    given, wanted = path.split("/"), text.split("/")
    if len(given) != len(wanted):
        return text
    return "/".join(said if "{" in segment else segment for said, segment in zip(given, wanted, strict=True))


def _openness(text: str) -> tuple[int, ...]:
    """What comes first: of two templates the one whose segments are text for longer."""
    return tuple(2 if segment.startswith("{") else int("{" in segment) for segment in text.split("/"))
