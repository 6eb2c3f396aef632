"""Who answers a request: the backend chosen for it, and those that may answer in its place.

A request or a test may name a backend, or several with commas between them: one of these is chosen by the
strategy. A model may be the name of one. When nobody is named, it is one of the enabled backends of the
settings. Who was named alone is replaced only by what its own `Failover` says; for the others the general
`Failover` holds too.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from pytest_llmock.backends.registry import Backends, Leaf
from pytest_llmock.choice import Choice
from pytest_llmock.config import Settings
from pytest_llmock.errors import NoBackendError, RefusedError, nearest
from pytest_llmock.journal import Call
from pytest_llmock.pool.pool import Pool

_MOST_KNOWN = 256  # names of models are the clients' to choose
log = logging.getLogger("pytest_llmock")


@dataclass(frozen=True, slots=True)
class Selection:
    """The backend that is asked, and the others, in order, that are asked when it does not answer."""

    leaf: Leaf
    others: tuple[Leaf, ...] = ()


@dataclass(frozen=True, slots=True)
class _Candidates:
    """Those of whom one is chosen; `are_named` when somebody asked for them."""

    leaves: Sequence[Leaf]
    are_named: bool


@dataclass(frozen=True, slots=True)
class Selector:
    """Chooses for the requests of one session."""

    backends: Backends
    settings: Settings
    choice: Choice
    pool: Pool
    # by requested name, model and number of backends, which only grows
    _known: dict[tuple[str, str, int], _Candidates] = field(default_factory=dict, compare=False, repr=False)

    def select(self, requested: str = "", *, model: str = "", call: Call | None = None) -> Selection:
        """The request's backend, else the test's, else the model's, else one by the strategy.

        Raises RefusedError for an unknown or disabled name (lax: warns on the call and takes the default)
        and NoBackendError when no backend is enabled.
        """
        found = self._candidates(requested, model, call)
        leaf = self.pool.choose(found.leaves)
        said = "Using requested backend" if found.are_named else "Selected backend"
        log.info("%s: %s (%s, %s)", said, leaf.name, leaf.provider, leaf.place)
        alone = found.are_named and len(found.leaves) == 1
        return Selection(leaf, self._others(leaf, found.leaves, alone=alone))

    def _candidates(self, requested: str, model: str, call: Call | None) -> _Candidates:
        asked = (requested, model, len(self.backends))
        known = self._known.get(asked)
        if known is not None:
            return known
        warned = len(call.warnings) if call is not None else 0
        named = self.named(requested.strip() or self.choice.backend or self._model(model), call)
        found = _Candidates(named or self._usual(), bool(named))
        if call is not None and len(call.warnings) == warned:  # the next call is warned too
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            self._known[asked] = found
        return found

    def preferred(self) -> Leaf:
        """The backend of the test, or the first by the settings; the same however often one looks."""
        return (self.named(self.choice.backend, None) or self._usual())[0]

    def route(self) -> list[Leaf]:
        """Everybody who may answer a request that names nobody."""
        named = self.named(self.choice.backend, None)
        leaves = named or self._usual()
        chosen = leaves if named or self.settings.strategy != "first" else leaves[:1]
        return _distinct([*chosen, *self._others(leaves[0], leaves, alone=len(named) == 1)])

    def named(self, names: str, call: Call | None) -> list[Leaf]:
        """The backends of these names, with commas between them; lax: without those that are not there."""
        known = self.backends.find(names)
        wanted = [names] if known is not None else [name for name in names.split(",") if name.strip()]
        otherwise = "It was left out." if len(wanted) > 1 else "The default backend answered."
        found = [self._requested(self._mapped(name.strip()), call, otherwise) for name in wanted]
        return _distinct([leaf for leaf in found if leaf is not None])

    def check(self) -> None:
        """Raise RefusedError when a backend that was chosen, or is to answer for another, is not there."""
        strict = replace(self, choice=replace(self.choice, strict=True))
        strict.named(self.choice.backend, None)
        for old, new in self.choice.mapping.items():
            if self.backends.find(new) is None:
                raise RefusedError(
                    f"Backend '{new}', which is to answer for '{old}' (--llmock-map), is not configured."
                    f"{nearest(new, list(self.backends))}",
                    details={"backend": new},
                )

    def _model(self, model: str) -> str:
        return model if model and self.backends.find(model) is not None else ""

    def _mapped(self, name: str) -> str:
        if not self.choice.mapping:
            return name
        mapping = {old.lower(): new for old, new in self.choice.mapping.items()}
        return mapping.get(name.lower(), mapping.get("*", name))

    def _requested(self, name: str, call: Call | None, otherwise: str) -> Leaf | None:
        leaf = self.backends.find(name)
        if leaf is not None and leaf.enabled:
            return leaf
        state = "is not configured" if leaf is None else 'is disabled ("Enabled": false)'
        usable = [leaf.name for leaf in self.backends.values() if leaf.enabled]
        message = f"Backend '{name}' {state}.{nearest(name, usable)}"
        if self.choice.strict:
            raise RefusedError(f"{message} {self._advice()}", details={"backend": name})
        log.warning("Requested backend '%s' not found or disabled, using default selection", name)
        if call is not None:
            call.warnings.append(f"{message} {otherwise}")
        return None

    def _advice(self) -> str:
        if not self.choice.is_test:
            return "Enable or add it in the settings, or name another."
        return (
            "Enable or add it in the settings, name another, or run with --llmock-lax to get the default "
            "backend and a warning instead."
        )

    def _usual(self) -> list[Leaf]:
        """The backends that may answer when nobody is named."""
        leaves = self.backends.usual()
        mapped = self.backends.find(self._mapped("*"))
        if not leaves and mapped is not None and mapped.enabled:
            return [mapped]
        if leaves:
            return _distinct([self._stand_in(leaf) for leaf in leaves])
        disabled = [entry.name for entry in self.backends.values() if entry.configured]
        raise NoBackendError(
            "No LLM backend available: every configured backend is disabled. Enable one of them "
            f"({', '.join(disabled)}), or name the embedded one: --llmock-backend=synthetic."
        )

    def _stand_in(self, leaf: Leaf) -> Leaf:
        name = self._mapped(leaf.name)
        found = leaf if name == leaf.name else self.backends.find(name)
        if found is None or not found.enabled:
            raise RefusedError(f"Backend '{leaf.name}' is mapped to '{name}', which is unknown or disabled.")
        return found

    def _others(self, leaf: Leaf, leaves: Sequence[Leaf], *, alone: bool) -> tuple[Leaf, ...]:
        entry = self.settings.backend_named(leaf.name)
        wanted = entry.failover if entry is not None else None
        if wanted is None and not alone:
            wanted = self.settings.failover
        if isinstance(wanted, tuple):
            return tuple(self._following(wanted, {leaf.name.lower()}))
        if not wanted:
            return ()
        among = self._by_priority(self._usual() if alone else leaves)
        return tuple([other for other in among if other is not leaf])

    def _by_priority(self, leaves: Sequence[Leaf]) -> Sequence[Leaf]:
        if self.settings.strategy != "priority":
            return leaves
        return sorted(leaves, key=lambda leaf: self.pool.members[leaf.name].priority)

    def _following(self, names: Iterable[str], seen: set[str]) -> Iterable[Leaf]:
        """The backends of a list, each followed by its own list; none twice, and none that is disabled."""
        for name in names:
            leaf = self.backends.find(self._mapped(name))
            if leaf is None or leaf.name.lower() in seen:
                continue
            seen.add(leaf.name.lower())
            if leaf.enabled:
                yield leaf
            entry = self.settings.backend_named(leaf.name)
            if entry is not None and isinstance(entry.failover, tuple):
                yield from self._following(entry.failover, seen)


def _distinct(leaves: Sequence[Leaf]) -> list[Leaf]:
    return list({leaf.name.lower(): leaf for leaf in leaves}.values())
