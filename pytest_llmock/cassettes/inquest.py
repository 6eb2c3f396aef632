"""What is known about a call that no recording answers, gathered for the message."""

from collections.abc import Callable
from datetime import timedelta

from pytest_llmock.backends.registry import Leaf
from pytest_llmock.cassettes.identity import key_of
from pytest_llmock.cassettes.interaction import Interaction, Request
from pytest_llmock.cassettes.match import Level
from pytest_llmock.cassettes.misses import Beside, Miss, Near, Situation, explain, nearest
from pytest_llmock.cassettes.playing import Player
from pytest_llmock.cassettes.policy import Policy, shown
from pytest_llmock.cassettes.store import Store
from pytest_llmock.errors import CassetteError

Read = Callable[[int], Interaction]


def missed(request: Request, leaf: Leaf, player: Player, policy: Policy, read: Read) -> str:
    """Why nothing recorded answers `request`, the nearest recording, and the command that helps."""
    index, matcher = player.index, player.matcher
    equal = player.recorded(request)
    near = None if equal else _nearest(request, player, read)
    return explain(
        Miss(
            _situation(player, equal, Store(policy.path).exists),
            shown(policy.path, policy.rootdir),
            matcher.view(request),
            described(leaf),
            test="" if policy.endless else policy.test,
            mode=policy.mode,
            level=matcher.level,
            in_ci=policy.in_ci,
            count=len(index.entries),
            equal=equal,
            near=None if near is None else Near(matcher.view(near.request), near.number, near.line),
            looser=_advisable(None if near is None else matcher.looser(request, near.request)),
            beside=_beside(request, policy),
        )
    )


def expired(request: Request, leaf: Leaf, policy: Policy, *, line: int, age: timedelta) -> str:
    """That the recording in that line of the file is too old, and the command that renews it."""
    return explain(
        Miss(
            "expired",
            shown(policy.path, policy.rootdir),
            request,
            described(leaf),
            test=policy.test,
            mode=policy.mode,
            in_ci=policy.in_ci,
            near=Near(request, 0, line),
            age=age,
            limit=policy.max_age or timedelta(),
        )
    )


def described(leaf: Leaf) -> str:
    """`'old' (ollama, llama3)`."""
    return f"'{leaf.name}' ({', '.join(part for part in (leaf.provider, leaf.model) if part)})"


def _advisable(looser: Level | None) -> Level | None:
    """At level shape words do not count, which nobody should be talked into."""
    return looser if looser == "normalised" else None


def _situation(player: Player, equal: int, exists: bool) -> Situation:
    if equal:
        return "consumed"
    if player.index.entries:
        return "none matches"
    return "empty" if exists else "no file"


def _nearest(request: Request, player: Player, read: Read) -> Near | None:
    entries = player.index.entries
    number = nearest(request, (player.index.text(entry) for entry in entries))
    return None if number is None else Near(read(number).request, number + 1, entries[number].line)


def _beside(request: Request, policy: Policy) -> tuple[Beside, ...]:
    """What failed and killed runs have left beside the cassette."""
    found = []
    for path in sorted(policy.path.parent.glob(f"{_escaped(policy.path.name)}.*")):
        if path.suffix in (".failed", ".recording"):
            try:
                index = Store(path).load()
            except CassetteError:
                continue  # it has a message of its own for whoever opens it
            answers = key_of(request) in index.by_key
            found.append(Beside(shown(path, policy.rootdir), len(index.entries), answers))
    return tuple(found)


def _escaped(name: str) -> str:
    return "".join(f"[{character}]" if character in "*?[" else character for character in name)
