"""How a live answer has moved away from the recorded one.

An `error` is what code can trip over: a JSON answer of another shape, another finish reason, other tools or
arguments, another number of choices, vectors of another length, a failure instead of an answer. `info` is
what may differ from call to call: tokens and the exact name of the model. Of the words only the similarity is
told.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import hypot
from typing import Literal

from pytest_llmock.cassettes.interaction import Interaction
from pytest_llmock.cassettes.similarity import Scorer, load_scorer, word_similarity
from pytest_llmock.cassettes.surveys import shape_differences
from pytest_llmock.errors import Failure
from pytest_llmock.llm import JSON, Choice, Completion, ToolCall
from pytest_llmock.shapes.limits import JSONTextError, loads

__all__ = ["Drift", "Finding", "Scorer", "compare", "load_scorer", "report", "word_similarity"]

_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Finding:
    """One difference, as a line of text."""

    severity: Literal["error", "info"]
    text: str


@dataclass(frozen=True, slots=True)
class Drift:
    """All differences of one answer; `similarity` is None when it has no words and no vectors."""

    findings: tuple[Finding, ...] = ()
    similarity: float | None = None

    @property
    def fails(self) -> bool:
        """Whether code could trip over a difference."""
        return any(finding.severity == "error" for finding in self.findings)


def compare(
    recorded: Interaction, live: Completion | Failure, *, similarity: Scorer = word_similarity
) -> Drift:
    """How the answer that came now differs from the recorded one. Raises what `similarity` raises."""
    if recorded.failure is not None and not isinstance(live, Failure):
        message = f"a failure was recorded ({recorded.failure.message}), and now it answers"
        return Drift((Finding("info", message),))
    if isinstance(live, Failure):
        return Drift(tuple(_errors(_outcomes(recorded.failure, live))))
    if recorded.truncated:
        return Drift((Finding("info", "the recording was cut, so there is no whole answer to compare"),))
    was = recorded.completion
    model = recorded.recorded.model
    errors = _errors([*_choices(was.choices, live.choices), *_vectors(was.vectors, live.vectors)])
    infos = (Finding("info", text) for text in (*_tokens(was, live), *_changed("model", model, live.model)))
    return Drift((*errors, *infos), _similarity(was, live, similarity))


def report(drift: Drift) -> str:
    """The drift in a few lines, of which the first ends a sentence that somebody else began.

    "the live answer differs (similarity 0.41):" and below it "  error: finish reason: stop → length".
    """
    verdict = f"the live answer {'differs' if drift.fails else 'agrees'}"
    if drift.similarity is not None:
        verdict += f" (similarity {drift.similarity:.2f})"
    lines = [f"  {finding.severity}: {finding.text}" for finding in drift.findings]
    if len(lines) > _SHOWN:
        lines[_SHOWN:] = [f"  … and {len(lines) - _SHOWN} more"]
    return "\n".join([f"{verdict}{':' if lines else ''}", *lines])


def _errors(texts: Iterator[str] | Sequence[str]) -> Iterator[Finding]:
    return (Finding("error", text) for text in texts)


def _outcomes(was: Failure | None, now: Failure) -> Iterator[str]:
    """What differs when the model fails now."""
    if was is None:
        yield f"an answer was recorded, and now it fails: {now.message}"
    elif (was.kind, was.status) != (now.kind, now.status):
        yield f"failure: {_kind(was)} → {_kind(now)}"


def _kind(failure: Failure) -> str:
    return failure.kind if failure.status is None else f"{failure.kind} {failure.status}"


def _changed(what: str, was: object, now: object) -> list[str]:
    """The change of a value, unless either side does not know it."""
    return [f"{what}: {was} → {now}"] if was and now and was != now else []


def _tokens(was: Completion, now: Completion) -> Iterator[str]:
    for what in ("input_tokens", "output_tokens"):
        before, after = getattr(was.usage, what), getattr(now.usage, what)
        for text in _changed(what.replace("_", " "), before, after):
            yield f"{text} ({after / before - 1:+.0%})"


def _choices(was: Sequence[Choice], now: Sequence[Choice]) -> Iterator[str]:
    if len(was) != len(now):
        yield f"number of choices: {len(was)} → {len(now)}"
    for number, (before, after) in enumerate(zip(was, now, strict=False), 1):
        where = f"choice {number}: " if len(was) > 1 else ""
        yield from (f"{where}{text}" for text in _choice(before, after))


def _choice(was: Choice, now: Choice) -> Iterator[str]:
    yield from _changed("finish reason", was.finish_reason or "cut", now.finish_reason or "cut")
    yield from _changed("tools called", _names(was.tool_calls), _names(now.tool_calls))
    if _names(was.tool_calls) == _names(now.tool_calls):
        for before, after in zip(was.tool_calls, now.tool_calls, strict=True):
            yield from _data(f"arguments of {before.name}", before.arguments, after.arguments)
    yield from _data("answer", was.text, now.text)


def _names(calls: Sequence[ToolCall]) -> str:
    return ", ".join(call.name for call in calls) or "none"


def _data(what: str, was: str, now: str) -> Iterator[str]:
    """How two texts differ where either is a JSON object or list."""
    before, after = _json(was), _json(now)
    if before is not None and after is not None:
        yield from (f"{what}: {text}" for text in shape_differences(before, after))
    elif before is not None:
        yield f"{what}: it is no JSON any more"
    elif after is not None:
        yield f"{what}: it is JSON now"


def _json(text: str) -> JSON:
    """The object or list that is the whole text, fenced or not; None for any other text."""
    whole = text.strip()
    if whole.startswith("```") and whole.endswith("```"):
        whole = whole.partition("\n")[2][:-3]
    try:
        value = loads(whole)
    except (JSONTextError, RecursionError):
        return None
    return value if isinstance(value, dict | list) else None


_Vectors = Sequence[Sequence[float]]


def _vectors(was: _Vectors, now: _Vectors) -> Iterator[str]:
    if len(was) != len(now):
        yield f"number of vectors: {len(was)} → {len(now)}"
    lengths = [(len(before), len(after)) for before, after in zip(was, now, strict=False)]
    for before, after in [pair for pair in lengths if pair[0] != pair[1]][:1]:
        yield f"length of vectors: {before} → {after}"


def _similarity(was: Completion, now: Completion, scorer: Scorer) -> float | None:
    """The mean over choices with words, and vectors."""
    choices = zip(was.choices, now.choices, strict=False)
    scores = [scorer(before.text, after.text) for before, after in choices if before.text or after.text]
    vectors = zip(was.vectors, now.vectors, strict=False)
    scores += [_cosine(before, after) for before, after in vectors if len(before) == len(after)]
    return sum(scores) / len(scores) if scores else None


def _cosine(one: Sequence[float], other: Sequence[float]) -> float:
    size = hypot(*one) * hypot(*other)
    product = sum(a * b for a, b in zip(one, other, strict=True))
    return min(1.0, max(0.0, product / size)) if size else 0.0
