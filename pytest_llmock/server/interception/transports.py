"""Where httpx and httpx2 hand a request to their connections, and how it is taken from them there.

Both have a package of their own for that, of one form: `httpcore` and `httpcore2`. A place that somebody
else has taken already (respx, vcrpy) is left to them.
"""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

from pytest_llmock.wire.http import Response

CORES = ("httpcore", "httpcore2")
_POOLS = (("ConnectionPool", "handle_request"), ("AsyncConnectionPool", "handle_async_request"))


@dataclass(frozen=True, slots=True)
class Asked:
    """A request on its way out."""

    method: str
    host: str
    port: int | None
    path: str


Decide = Callable[[Asked], "str | Response | None"]


class Patches:
    """The places that are taken, to be given back."""

    def __init__(self, decide: Decide) -> None:
        self._decide = decide
        self._arrivals = _Arrivals(self._take_all)
        self._taken: dict[tuple[type, str], tuple[Callable[..., Any], Callable[..., Any]]] = {}

    def install(self) -> None:
        """Take the places of those libraries that are imported, and of the others when they are."""
        if self._arrivals not in sys.meta_path:
            sys.meta_path.insert(0, self._arrivals)
        for core in CORES:
            if module := sys.modules.get(core):
                self._take_all(module)

    def remove(self) -> None:
        """Give all places back that nobody else has taken since."""
        sys.meta_path.remove(self._arrivals)
        for (pool, method), (original, ours) in self._taken.items():
            if getattr(pool, method) is ours:
                setattr(pool, method, original)
        self._taken.clear()

    def _take_all(self, module: ModuleType) -> None:
        for pool, method in _POOLS:
            if hasattr(module, pool):  # one that is being imported has not all of them yet
                self._take(module, getattr(module, pool), method)

    def _take(self, module: ModuleType, pool: type, method: str) -> None:
        original = getattr(pool, method)
        if (pool, method) in self._taken or not original.__module__.startswith(module.__name__):
            return
        ours = (_sync if method == "handle_request" else _async)(module, original, self._decide)
        self._taken[pool, method] = original, ours
        setattr(pool, method, ours)


class _Arrivals(MetaPathFinder):
    """Tells when one of the packages has been imported."""

    def __init__(self, arrived: Callable[[ModuleType], None]) -> None:
        self._arrived = arrived

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname not in CORES:
            return None
        found = PathFinder.find_spec(fullname, path, target)
        if found is not None and found.loader is not None:
            found.loader.exec_module = partial(self._run, found.loader.exec_module)  # type: ignore[method-assign]  # of this one loader, for this one import
        return found

    def _run(self, run: Callable[[ModuleType], None], module: ModuleType) -> None:
        run(module)
        self._arrived(module)


def _sync(module: Any, original: Callable[..., Any], decide: Decide) -> Callable[..., Any]:
    def handle_request(pool: object, request: Any) -> Any:
        decided = decide(_asked(request))
        if decided is None:
            return original(pool, request)
        if isinstance(decided, Response):
            return _answer(module, decided)
        return original(
            module.ConnectionPool(max_keepalive_connections=0), _sent_to(module, decided, request)
        )

    return handle_request


def _async(module: Any, original: Callable[..., Any], decide: Decide) -> Callable[..., Any]:
    async def handle_async_request(pool: object, request: Any) -> Any:
        decided = decide(_asked(request))
        if decided is None:
            return await original(pool, request)
        if isinstance(decided, Response):
            return _answer(module, decided)
        own = module.AsyncConnectionPool(max_keepalive_connections=0)
        return await original(own, _sent_to(module, decided, request))

    return handle_async_request


def _asked(request: Any) -> Asked:
    url = request.url
    path = url.target.decode("ascii", "replace").partition("?")[0]
    default = 443 if url.scheme in (b"https", b"wss") else 80
    return Asked(request.method.decode(), url.host.decode("ascii", "replace"), url.port or default, path)


def _answer(module: Any, response: Response) -> Any:
    headers = {"content-type": response.content_type, **response.headers}
    headers["content-length"] = str(len(response.body))
    return module.Response(response.status, headers=list(headers.items()), content=response.body)


def _sent_to(module: Any, address: str, request: Any) -> Any:
    """The request as it is sent to another address; its query stays."""
    parts = urlsplit(address)
    query = request.url.target.partition(b"?")[2]
    target = parts.path.encode() + (b"?" + query if query else b"")
    url = module.URL(scheme=b"http", host=str(parts.hostname), port=parts.port, target=target)
    headers = [(name, value) for name, value in request.headers if name.lower() != b"host"]
    headers.insert(0, (b"host", parts.netloc.encode()))
    extensions = {name: each for name, each in request.extensions.items() if name != "sni_hostname"}
    return module.Request(request.method, url, headers=headers, content=request.stream, extensions=extensions)
