"""Tool calls for APIs that know no pieces of them: each is told when all of it has come."""

from pytest_llmock.llm import ToolCall, ToolDelta


class WholeCalls:
    """The calls of one choice, put together from their pieces."""

    def __init__(self) -> None:
        self._growing: dict[int, ToolDelta] = {}

    def add(self, piece: ToolDelta) -> list[ToolCall]:
        """Take a piece; the calls that are complete because another one begins."""
        known = self._growing.get(piece.index)
        complete = self.rest() if known is None else []
        before = known or ToolDelta(piece.index)
        self._growing[piece.index] = ToolDelta(
            piece.index, before.id or piece.id, before.name or piece.name, before.arguments + piece.arguments
        )
        return complete

    def rest(self) -> list[ToolCall]:
        """The calls that have not been told, when nothing more comes."""
        calls, self._growing = [*self._growing.values()], {}
        return [ToolCall(call.id, call.name, call.arguments) for call in calls]
