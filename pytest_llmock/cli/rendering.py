"""A recording as text for a terminal; pure."""

import re
from collections.abc import Iterator, Mapping
from textwrap import indent

from pytest_llmock.cassettes.emitting import emit, flow
from pytest_llmock.cassettes.interaction import Interaction, Recorded
from pytest_llmock.cassettes.maintenance.found import Problem, Recording
from pytest_llmock.errors import Failure
from pytest_llmock.llm import JSON, Choice

_LONGEST_URL = 80
_IN_HEAD = frozenset({"operation", "backend", "model", "messages"})
# what a terminal would obey instead of showing, and what it could not take
_HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def visible(text: str) -> str:
    r"""The text with every character shown that a terminal would obey: `\x1b` for an escape."""
    return _HIDDEN.sub(lambda match: ascii(match[0])[1:-1], text)


def rendered(recording: Recording, total: int) -> str:
    """Request, answer, timing and provenance of one recording, of so many in its file."""
    entry, content = recording.entry, recording.content
    head = f"recording {recording.number} of {total}, line {entry.line} ({entry.key})"
    if isinstance(content, Problem):
        return visible(f"{head}\n  cannot be read:\n{indent(str(content), '    ')}")
    lines = [*_asked(content.request), *_answered(content), *_outcome(content), *_times(content)]
    test = [f"test: {content.test}"] if content.test else []
    body = "\n".join([*test, *lines, _provenance(content.recorded)])
    return visible(f"{head}\n{indent(body, '  ')}")


def _asked(request: Mapping[str, JSON]) -> Iterator[str]:
    model = f" ({request['model']})" if request.get("model") else ""
    yield f"{request.get('operation', 'asked')}: {request.get('backend', '')}{model}"
    turns = request.get("messages")
    for turn in turns if isinstance(turns, list) else []:
        yield from _turn(turn)
    rest = {name: value for name, value in request.items() if name not in _IN_HEAD}
    if rest:
        yield emit(rest).removesuffix("\n")


def _turn(turn: JSON) -> Iterator[str]:
    if not isinstance(turn, dict):
        yield flow(turn)
    elif "parts" not in turn:
        yield from (
            _block(role, text if isinstance(text, str) else flow(text)) for role, text in turn.items()
        )
    else:
        parts = turn["parts"]
        words = "\n".join(map(_part, parts if isinstance(parts, list) else [parts]))
        yield _block(str(turn.get("role", "")), words)


def _part(part: JSON) -> str:
    match part:
        case {"text": str(text)}:
            return text
        case {"image": str(url)}:
            more = f"… ({len(url):,} characters)" if len(url) > _LONGEST_URL else ""
            return f"[image {url[:_LONGEST_URL]}{more}]"
        case _:
            return flow(part)


def _answered(content: Interaction) -> Iterator[str]:
    completion = content.completion
    several = len(completion.choices) > 1
    for number, choice in enumerate(completion.choices, 1):
        yield from _choice(choice, f"answer {number}" if several else "answer")
    if completion.vectors:
        yield f"answer: {len(completion.vectors)} vectors of {len(completion.vectors[0])} numbers"


def _choice(choice: Choice, label: str) -> Iterator[str]:
    if choice.reasoning:
        yield _block("reasoning", choice.reasoning)
    for call in choice.tool_calls:
        yield f"calls {call.name}({call.arguments})"
    if choice.text or not choice.tool_calls:
        yield _block(f"{label} ({choice.finish_reason or 'cut'})", choice.text)


def _block(label: str, text: str) -> str:
    """The text behind its label, or below it when it takes more than a line."""
    return f"{label}: {text}" if "\n" not in text else f"{label}:\n{indent(text, '  ')}"


def _outcome(content: Interaction) -> Iterator[str]:
    if content.failure is not None:
        yield _block("FAILED", _failure(content.failure))
    if content.cancelled:
        yield "CANCELLED: whoever asked gave up here, and replay waits to be cancelled too"
    elif content.truncated:
        yield "TRUNCATED: the stream was cut or abandoned here, and replay ends here too"


def _failure(failure: Failure) -> str:
    status = "" if failure.status is None else f" {failure.status}"
    wait = "" if failure.retry_after_s is None else f" (retry after {failure.retry_after_s:g} s)"
    return f"{failure.kind}{status}: {failure.message}{wait}"


def _times(content: Interaction) -> Iterator[str]:
    usage, deltas = content.completion.usage, content.deltas
    said = []
    if usage.total_tokens:
        said.append(f"{usage.input_tokens:,} + {usage.output_tokens:,} tokens")
    if deltas:
        said.append(
            f"{len(deltas)} deltas, the first after {deltas[0].ms} ms, the last after {deltas[-1].ms} ms"
        )
    if said:
        yield "; ".join(said)


def _provenance(recorded: Recorded) -> str:
    asked = f" (asked for {recorded.asked})" if recorded.asked not in ("", recorded.model) else ""
    said = (
        recorded.at,
        f"from {recorded.provider}" if recorded.provider else "",
        f"model {recorded.model}{asked}" if recorded.model else asked.strip(),
        f"{recorded.seconds:g} s",
        f"attempt {recorded.attempts}" if recorded.attempts > 1 else "",
        f"{recorded.cost:g} USD" if recorded.cost is not None else "",
        f"pytest-llmock {recorded.plugin}" if recorded.plugin else "",
    )
    return f"recorded: {', '.join(part for part in said if part)}"
