"""What is said when no recording answers a call.

    Cassette miss: no recording answers this chat with backend 'ollama' (ollama, llama3): none of the 3
    interactions in cassettes/test_chat/test_x-1a2b3c4d.yaml matches at level 'exact' (record mode 'none').
    The nearest is interaction 2, line 14; recorded (-), asked now (+):
      message 1 (user):
        …
    It would match at level 'normalised': @pytest.mark.llmock(match="normalised").
    To record it: pytest tests/test_chat.py::test_x --llmock-record=new

The order is fixed: one line on what happened, the nearest recording, what else is there, and at the end one
command to copy.
"""

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from pytest_llmock.cassettes.differences import differences
from pytest_llmock.cassettes.interaction import Request
from pytest_llmock.cassettes.match import Level

_SEARCHED_CHARACTERS, _COMPARED_CHARACTERS = 40_000_000, 500_000
_SAMPLE, _CANDIDATES = 32, 200
Situation = Literal["no file", "empty", "none matches", "consumed", "expired"]


@dataclass(frozen=True, slots=True)
class Near:
    """A recording: what it asks, its number in the file (1 is the first), and the line where it begins."""

    request: Request
    number: int
    line: int


@dataclass(frozen=True, slots=True)
class Beside:
    """A `.failed` or `.recording` file, how many interactions it holds, and whether one answers the call."""

    path: str
    count: int
    answers: bool = False


@dataclass(frozen=True, slots=True)
class Miss:
    """A call that no recording answers.

    `cassette` and other paths are shown as they are given: relative to rootdir. `request` and that of `near`
    are as the test's level compares them (`Matcher.view`). `backend` describes it: "'old' (ollama, llama3)".
    `test` is empty where no test runs. `count` is the number of interactions in the file, `equal` of those
    that are this call. `near` is the nearest recording, or the one that has expired, `age` old where only
    `limit` is allowed.
    """

    situation: Situation
    cassette: str
    request: Request
    backend: str
    test: str = ""
    mode: str = "none"
    level: Level = "exact"
    in_ci: bool = False
    count: int = 0
    equal: int = 0
    near: Near | None = None
    looser: Level | None = None
    beside: tuple[Beside, ...] = ()
    age: timedelta = timedelta()
    limit: timedelta = timedelta()


def explain(miss: Miss) -> str:
    """The whole message: what happened, the nearest recording, and the next step."""
    return "\n".join([_happened(miss), *_nearest(miss), *_choices(miss), *_found_beside(miss), _next(miss)])


def _happened(miss: Miss) -> str:
    return (
        f"Cassette miss: no recording answers {_call(miss.request)} backend {miss.backend}: {_reason(miss)} "
        f"(record mode '{miss.mode}')."
    )


def _call(request: Request) -> str:
    if request.get("operation") == "generate":
        return f"{request.get('method', 'GET')} {request.get('path', '/')} by"
    return "this embedding by" if request.get("operation") == "embed" else "this chat with"


def _reason(miss: Miss) -> str:
    match miss.situation:
        case "no file":
            return f"{miss.cassette} does not exist"
        case "empty":
            return f"{miss.cassette} holds no interactions"
        case "none matches" if miss.count == 1:
            return f"the one interaction in {miss.cassette} does not match at level '{miss.level}'"
        case "none matches":
            return f"none of the {miss.count} interactions in {miss.cassette} matches at level '{miss.level}'"
        case "consumed" if miss.equal == 1:
            return f"its one recording in {miss.cassette} has been played already"
        case "consumed":
            return f"all its {miss.equal} recordings in {miss.cassette} have been played already"
        case _:
            place = f", line {miss.near.line}," if miss.near else ""
            age, limit = _span(miss.age), _span(miss.limit)
            return f"its recording in {miss.cassette}{place} is {age} old, and max_age is {limit}"


def _span(time: timedelta) -> str:
    """The time in the largest unit of which it has two: "45 days", "36 hours"."""
    for unit, seconds in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if time.total_seconds() >= 2 * seconds:
            return f"{int(time.total_seconds() // seconds)} {unit}"
    return f"{int(time.total_seconds())} seconds"


def _nearest(miss: Miss) -> Iterator[str]:
    if miss.near is None or miss.situation != "none matches":
        return
    place = f"interaction {miss.near.number}, line {miss.near.line}"
    yield f"The nearest is {place}; recorded (-), asked now (+):"
    yield from (f"  {line}" for line in differences(miss.near.request, miss.request))


def _choices(miss: Miss) -> Iterator[str]:
    """What a test may choose so that a recording answers."""
    if miss.looser:
        yield f"It would match at level '{miss.looser}': @pytest.mark.llmock(match=\"{miss.looser}\")."
    if miss.situation == "consumed":
        yield 'If its last answer may be given again: @pytest.mark.llmock(repeat="last").'
    if miss.situation in ("no file", "empty"):
        name = shlex.quote(f"{miss.request.get('backend', '')}=synthetic")
        yield f"To call it without recording: --llmock-record=off. To do without it: --llmock-map={name}."
    if miss.situation == "expired":
        yield "If an old answer is good enough: llmock_on_expiry = warn, or a longer llmock_max_age."


def _found_beside(miss: Miss) -> Iterator[str]:
    for file in miss.beside:
        held = f"{file.path} holds {file.count} interaction{'' if file.count == 1 else 's'}"
        source = "a failed run" if file.path.endswith(".failed") else "a run that was killed or is going on"
        answers = "this call among them" if file.answers else "not this call"
        yield f"{held} of {source}, {answers}."


def _next(miss: Miss) -> str:
    taken = next((file.path for file in miss.beside if file.answers and file.path.endswith(".failed")), "")
    if taken:
        return f"To take it over: pytest-llmock cassettes accept {shlex.quote(taken)}"
    mode = {"no file": "once", "empty": "once", "expired": "rewrite"}.get(miss.situation, "new")
    if not miss.test:
        return f"To record it: run again with record mode '{mode}'"
    command = f"pytest {shlex.quote(miss.test)} --llmock-record={mode}"
    if miss.in_ci:
        return f"Recording is done on a developer's machine, and the file committed. There: {command}"
    return f"To record it: {command}"


def nearest(request: Request, documents: Iterable[str]) -> int | None:
    """Which document of a cassette asks most nearly the same, by its words; None when there is none.

    Nothing is parsed. Of many documents those that share rare words with the request are looked at closely:
    10,000 of 400 characters take some 60 ms, of 4,000 some 300 ms.
    """
    words = frozenset(word for text in _texts(request) for word in text.split())
    asked = [_question(document) for document in documents]
    shared = _shared(_rare(words, asked), asked)
    best, left = (-1.0, 0), _COMPARED_CHARACTERS
    for _, number in sorted((-count, number) for number, count in enumerate(shared)):
        if left < 0:
            break
        best = max(best, (_likeness(words, asked[number]), -number))
        left -= len(asked[number])
    return -best[1] if asked else None


def _texts(value: object) -> Iterator[str]:
    """Every text and number of a request."""
    if isinstance(value, Mapping | list):
        for item in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(item)
    else:
        yield str(value)


def _question(document: str) -> str:
    """What a document asks, without its answer."""
    begin, end = document.find("\nrequest:"), document.find("\nanswer:")
    return document[max(begin, 0) : end if end >= 0 else len(document)]


def _rare(words: frozenset[str], asked: Sequence[str]) -> list[str]:
    """The words that tell documents apart, in the fewest of a sample; those with digits are ids or times."""
    sample = asked[:: len(asked) // _SAMPLE + 1]
    found = sorted(words, key=lambda word: (not word.isalpha(), -len(word), word))[:_CANDIDATES]
    return sorted(found, key=lambda word: sum(word in text for text in sample))


def _shared(words: Sequence[str], asked: Sequence[str]) -> list[int]:
    """How many of the words each document has; as many words are tried as their length allows."""
    size = sum(map(len, asked))
    tried = words[: max(4, min(8, _SEARCHED_CHARACTERS // (size or 1)))]
    return [sum(map(text.__contains__, tried)) for text in asked]


def _likeness(words: frozenset[str], text: str) -> float:
    other = frozenset(text.split())
    return len(words & other) / (len(words | other) or 1)
