"""An interaction without its secrets, also those that a stream has split over several deltas."""

from collections.abc import Callable
from dataclasses import replace

from pytest_llmock.cassettes.interaction import Interaction, Timed
from pytest_llmock.cassettes.redact import Redactor
from pytest_llmock.llm import JSON, Delta, ToolDelta

# one text of an answer that arrives in pieces: its choice, and which of the choice's texts it is
_Stream = tuple[int, str, int]


def redacted(interaction: Interaction, redactor: Redactor) -> Interaction:
    """The same interaction with placeholders for secrets; its request has been redacted before."""
    failure = interaction.failure
    if failure is not None:
        failure = replace(failure, message=redactor.text(failure.message), body=redactor.text(failure.body))
    return replace(interaction, deltas=_clean(interaction.deltas, redactor), failure=failure)


def _clean(deltas: tuple[Timed, ...], redactor: Redactor) -> tuple[Timed, ...]:
    streams: dict[_Stream, list[str]] = {}
    for timed in deltas:
        for stream, text in _texts(timed.delta):
            streams.setdefault(stream, []).append(text)
    clean = {stream: iter(redactor.pieces(pieces)) for stream, pieces in streams.items()}
    return tuple(
        Timed(ms, _rebuilt(delta, lambda stream: next(clean[stream]), redactor)) for ms, delta in deltas
    )


def _texts(delta: Delta) -> list[tuple[_Stream, str]]:
    texts: list[tuple[_Stream, str]] = []
    if delta.text:
        texts.append(((delta.index, "text", 0), delta.text))
    if delta.reasoning:
        texts.append(((delta.index, "reasoning", 0), delta.reasoning))
    if delta.tool is not None:
        texts.append(((delta.index, "tool", delta.tool.index), delta.tool.arguments))
    return texts


def _rebuilt(delta: Delta, next_piece: Callable[[_Stream], str], redactor: Redactor) -> Delta:
    pieces = {stream[1]: next_piece(stream) for stream, _ in _texts(delta)}
    tool: ToolDelta | None = delta.tool
    if tool is not None:
        tool = replace(tool, name=redactor.text(tool.name), arguments=pieces["tool"])
    extensions: JSON = None if delta.extensions is None else redactor.json(dict(delta.extensions))
    return replace(
        delta,
        text=pieces.get("text", ""),
        reasoning=pieces.get("reasoning", ""),
        tool=tool,
        extensions=extensions if isinstance(extensions, dict) else None,
    )
