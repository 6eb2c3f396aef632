"""Contexts: what the requests of one name asked and got, so that later answers fit the earlier ones.

Rules:
- A context keeps its last `MOST_CALLS` requests that were answered with JSON, in the order in which they
  came, whichever was ready first. All that it says is made of them: the same requests give the same text.
- Things with an id are found in answers by the rules of `shapes.entities`; a DELETE forgets the one of its
  path.
- The text for a request takes `SHARE` of `MaxContextWindow`, half of it at most for known things: first the
  one that the path names, then those of its kind, then others, the last told of first. Of the requests the
  newest is there, whole unless it alone is larger than the room; others before it while there is room. The
  text says how many are left out.
- A context that nobody used for `ContextExpirationMinutes` is gone. Beyond `MOST_CONTEXTS` the one longest
  unused goes.
"""

import json
from bisect import insort
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from operator import attrgetter

from pytest_llmock.backends.synthetic.requests import ids_in, noun_of
from pytest_llmock.clock import Clock
from pytest_llmock.config import Settings
from pytest_llmock.errors import RequestError, ShapeError, nearest
from pytest_llmock.llm import JSON, Generation
from pytest_llmock.shapes.entities import HEADING, Entity, Key, entities_in, kind_of, tell

MOST_CALLS = 100
MOST_CONTEXTS = 1000
MOST_SHOWN = 2000  # characters of a body or an answer
LONGEST_NAME = 100
SHARE = 0.15  # a fifth of the three quarters that are for what a model reads
BYTES_A_TOKEN = 4
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_REQUESTS = "Requests and their answers, the newest last"
_CONTROL = dict.fromkeys((*range(32), 127, 0x85, 0x2028, 0x2029), " ")


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its answer; their JSON is cut at 2,000 characters, `entities` are from all of it."""

    number: int
    method: str
    path: str
    body: str
    answer: str
    entities: tuple[Entity, ...] = ()
    gone: Key | None = None

    def line(self) -> str:
        """`POST /users {"name":"Ann"} → {"id":7,"name":"Ann"}`."""
        return f"{self.method} {self.path} {self.body}".rstrip() + f" → {self.answer}"

    def json(self) -> dict[str, JSON]:
        """What the control API shows."""
        return {"method": self.method, "path": self.path, "body": self.body, "answer": self.answer}


def exchange(number: int, asked: Generation, answer: JSON) -> Exchange:
    """The request number `number` of a test, and what it got."""
    noun, own = noun_of(asked.path), ids_in(asked.path).get("id")
    own_id = own if isinstance(own, str | int) else None
    gone = (kind_of(noun), str(own_id)) if asked.method == "DELETE" and own_id is not None else None
    query = "&".join(f"{name}={value}" for name, value in asked.query)
    return Exchange(
        number,
        asked.method,
        (f"{asked.path}?{query}" if query else asked.path).translate(_CONTROL),
        "" if asked.body is None else _shown(asked.body),
        _shown(answer),
        () if gone else entities_in(answer, noun, own_id=own_id),
        gone,
    )


@dataclass(eq=False)
class Context:
    """What is kept under one name: `calls`, oldest first, and the `known` things, the last told of last."""

    name: str
    used: float
    _calls: list[Exchange] = field(default_factory=list, repr=False)

    @property
    def calls(self) -> tuple[Exchange, ...]:
        """The requests, oldest first."""
        return tuple(self._calls)

    @cached_property
    def known(self) -> Mapping[Key, Entity]:
        """Each known thing by kind and id: `context.known["user", "7"].fields`."""
        known: dict[Key, Entity] = {}
        for call in self.calls:
            tell(known, call.entities)
            if call.gone:
                known.pop(call.gone, None)
        return known

    def add(self, call: Exchange) -> None:
        """Keep one more."""
        insort(self._calls, call, key=attrgetter("number"))
        del self._calls[:-MOST_CALLS]
        self.__dict__.pop("known", None)

    def text(self, path: str = "/", *, most: int) -> str:
        """What a backend reads before it answers a request for `path`, about `most` bytes; "" for nothing."""
        if not self._calls:
            return ""
        facts = _fitting(_by_relevance(self.known.values(), path), most // 2)
        above = "\n".join([HEADING, *facts]) + "\n" if facts else ""
        newest, *older = [call.line() for call in reversed(self._calls)]
        room = most - _size(above) - _size(_REQUESTS)
        newest = _cut(newest, room)
        shown = _fitting(older, room - _size(newest))
        left = len(older) - len(shown)
        told = f" ({left} older ones are left out)" if left else ""
        return f"{above}{_REQUESTS}{told}:\n" + "\n".join([*shown[::-1], newest])


class Contexts:
    """The contexts of one session by name, in any case: `contexts["checkout"].known`, `.clear()`."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.settings, self._clock = settings, clock
        self._kept: dict[str, Context] = {}

    def __getitem__(self, name: str) -> Context:
        self._expire()
        try:
            return self._kept[name.casefold()]
        except KeyError:
            raise self._unknown(name) from None

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.casefold() in self._fresh()

    def __iter__(self) -> Iterator[str]:
        return iter([context.name for context in self._fresh().values()])

    def __len__(self) -> int:
        return len(self._fresh())

    def text(self, name: str, path: str) -> str:
        """What a backend reads of the context before it answers a request for `path`; uses the context."""
        context = self._fresh().get(name.casefold())
        if context is None:
            return ""
        self._use(context)
        return context.text(path, most=self.most)

    @property
    def most(self) -> int:
        """The bytes that a context's text may take."""
        return int(self.settings.max_context_window * SHARE) * BYTES_A_TOKEN

    def add(self, name: str, method: str, path: str, answer: JSON, *, body: JSON = None) -> None:
        """Keep a request and its answer under the name, as the newest one."""
        context = self._fresh().get(name.casefold())
        number = context.calls[-1].number if context else 0
        self.keep(name, exchange(number, Generation(method, path, body=body), answer))

    def keep(self, name: str, call: Exchange) -> None:
        """Keep a request under the name, in the place that its number says."""
        context = self._fresh().get(name.casefold()) or Context(name, 0.0)
        context.add(call)
        self._use(context)
        while len(self._kept) > MOST_CONTEXTS:
            del self._kept[next(iter(self._kept))]

    def has(self, name: str, number: int) -> bool:
        """Whether the answer to the request of that number is kept under the name."""
        context = self._fresh().get(name.casefold())
        return context is not None and any(each.number == number for each in context.calls)

    def delete(self, name: str) -> None:
        """Forget the context. Raises RequestError (404) when there is none of that name."""
        del self._kept[self[name].name.casefold()]

    def clear(self) -> None:
        """Forget all of them."""
        self._kept.clear()

    def _use(self, context: Context) -> None:
        """It is the last one used now, and its time begins anew."""
        context.used = self._clock.monotonic()
        self._kept.pop(context.name.casefold(), None)
        self._kept[context.name.casefold()] = context

    def _fresh(self) -> dict[str, Context]:
        self._expire()
        return self._kept

    def _expire(self) -> None:
        oldest = self._clock.monotonic() - 60 * self.settings.context_expiration_minutes
        while self._kept and next(iter(self._kept.values())).used <= oldest:
            del self._kept[next(iter(self._kept))]

    def _unknown(self, name: str) -> RequestError:
        known = list(self)
        near = nearest(name, known) or " None is kept: it begins with the first request that names it."
        return RequestError(f"There is no context '{name[:LONGEST_NAME]}'.{near}", status=404)


def context_name(said: JSON, field: str = "context") -> str:
    """The name of a context as a client said it, "" for none. Raises ShapeError (422) for what is no name."""
    if said is None:
        return ""
    name = said.strip() if isinstance(said, str) else None
    if name is None or len(name) > LONGEST_NAME or not name.isprintable():
        raise ShapeError(f"{field} is {str(said)[:40]!r}: give a name of at most {LONGEST_NAME} characters.")
    return name


def _by_relevance(known: Collection[Entity], path: str) -> list[str]:
    """The lines of known things: the one that the path names, those of its kind, others; newest first."""
    kind, own = kind_of(noun_of(path)), str(ids_in(path).get("id", ""))
    newest = reversed(list(known))
    return [each.line() for each in sorted(newest, key=lambda it: (it.key != (kind, own), it.kind != kind))]


def _fitting(lines: Sequence[str], most: int) -> list[str]:
    """The first of the lines, as many as have room together."""
    taken: list[str] = []
    for line in lines:
        most -= _size(line)
        if most < 0:
            break
        taken.append(line)
    return taken


def _size(line: str) -> int:
    return len(line.encode("utf-8", "replace")) + 1


def _cut(line: str, most: int) -> str:
    """As much of the line as has room."""
    if _size(line) <= most:
        return line
    return line.encode("utf-8", "replace")[: max(0, most)].decode("utf-8", "ignore") + "…"


def _shown(value: JSON) -> str:
    text = _encode(value)
    return text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}…"
