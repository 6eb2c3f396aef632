"""The TLS handshake of a call, watched through the trace that httpcore2 gives of its steps.

httpcore2 (2.16) forgets a connection that is cancelled in the middle of its handshake, and the socket stays
open until the garbage is collected. Cancelled is how every call ends whose time is over, or whose client has
left: so the connection is closed here.
"""

from collections.abc import Mapping
from types import TracebackType
from typing import Protocol, Self, cast


class _Stream(Protocol):
    async def aclose(self) -> None: ...


class Handshake:
    """Leaving it with an error closes a connection whose handshake is under way."""

    def __init__(self) -> None:
        self.pending = False
        self._stream: _Stream | None = None

    async def note(self, event: str, info: Mapping[str, object]) -> None:
        """The `trace` extension of a request: "connection.connect_tcp.complete", its stream, and so on."""
        step = event.partition(".")[2]
        if step == "connect_tcp.complete":
            self._stream = cast("_Stream", info["return_value"])
        elif step in {"start_tls.started", "start_tls.complete"}:
            self.pending = step == "start_tls.started"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None and self.pending and self._stream is not None:
            await self._stream.aclose()
