"""An API as a table: which endpoint answers at which path."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pytest_llmock.errors import RequestError, nearest
from pytest_llmock.journal import Call
from pytest_llmock.mockapi.paths import PathTemplate, template
from pytest_llmock.server.endpoint import Endpoint, Face, Params
from pytest_llmock.session import Session
from pytest_llmock.wire.http import Request, Response


@dataclass(frozen=True, slots=True)
class Api:
    """One API: how it says errors, and who answers at a path.

    Paths are those of routes: "/v1/models", "/v1/responses/{id}", "/v1/models/{id:path}", "/api/mock/**"; of
    several with parameters the first that fits answers. What is at none of them, `unknown` answers: without
    one a 404 in the API's own form, which names the nearest path.
    """

    face: Face
    endpoints: Mapping[str, Endpoint]
    unknown: Endpoint | None = None
    _templates: Sequence[tuple[PathTemplate, Endpoint]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        open_ended = [(path, each) for path, each in self.endpoints.items() if set(path) & set("{*")]
        object.__setattr__(self, "_templates", [(template(path), each) for path, each in open_ended])

    def find(self, path: str) -> tuple[Endpoint, Params]:
        """Who answers at the path, and what the path's parameters are there."""
        known = self.endpoints.get(path)
        if known is not None:
            return known, {}
        for form, endpoint in self._templates:
            params = form.match(path)
            if params is not None:
                return endpoint, params
        return self.unknown or self._nothing, {}

    @property
    def _shown(self) -> list[str]:
        """The paths that are worth naming: behind one for all below it mostly stands a refusal."""
        return [path for path in self.endpoints if not path.endswith("**")]

    @property
    def _nothing(self) -> Endpoint:
        async def handler(session: Session, call: Call, request: Request) -> Response:
            found = nearest(request.path[:200], self._shown)
            raise RequestError(f"There is nothing at {request.path[:200]} in this API.{found}", status=404)

        return Endpoint(self.face, handler)


def not_served(face: Face, start: str, features: Mapping[str, str]) -> dict[str, Endpoint]:
    """Endpoints for what a service has and this server has not, by the first segment below `start`: a 501."""
    return {f"{start}{segment}/**": _refusing(face, feature) for segment, feature in features.items()}


def _refusing(face: Face, feature: str) -> Endpoint:
    async def handler(session: Session, call: Call, request: Request) -> Response:
        told = f"{feature} is not supported by pytest-llmock."
        raise RequestError(told, status=501, details={"code": "unsupported"})

    return Endpoint(face, handler)
