"""The backends a session can choose from, by name."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias, Unpack

from pytest_llmock.backends.health import Check
from pytest_llmock.backends.scripted import Scripted
from pytest_llmock.backends.synthetic import Synthetic
from pytest_llmock.config import BackendSettings, Settings
from pytest_llmock.errors import SettingsError, nearest
from pytest_llmock.faults import FaultWords, Strikes, fault_from
from pytest_llmock.folding import BackendLike, as_backend
from pytest_llmock.llm import Backend, Prompt
from pytest_llmock.prices import Price, Pricing, price_of


def _as_it_is(prompt: Prompt) -> Prompt:
    return prompt


BUILT_IN = ("synthetic", "scripted")


@dataclass(frozen=True, slots=True)
class Leaf:
    """A backend under its name.

    `live` says that a call leaves this process and may cost money; `configured` that the settings name it.
    `asked` gives a prompt as this backend's own settings make it (its limits): that is recorded. `price` is
    what the settings say of its tokens. `check` asks how it is, None where there is nobody to ask.
    `timeout_s` is how long an attempt may take, None where the backend itself sees to that. `strikes` are the
    faults that tests injected behind the pool.
    """

    name: str
    call: Backend
    provider: str
    model: str = ""
    base_url: str = ""
    live: bool = False
    enabled: bool = True
    configured: bool = False
    asked: Callable[[Prompt], Prompt] = _as_it_is
    price: Price | None = None
    timeout_s: float | None = None
    check: Check | None = None
    strikes: Strikes = field(default_factory=Strikes, compare=False, repr=False)

    def fail(self, status: int | None = None, **words: Unpack[FaultWords]) -> None:
        """Let its next attempts fail, where our retries, breaker and failover see it; several calls queue.

        Takes what `llm_backend.fail` takes. Raises ValueError for what is no fault.
        """
        self.strikes.add(fault_from(status, at="backend", **words))

    @property
    def place(self) -> str:
        """Where it answers: its base URL, or "in process"."""
        return self.base_url or "in process"

    @property
    def pricing(self) -> Pricing:
        """What its calls cost."""
        return Pricing(self.provider, self.base_url, self.price)


LeafMaker: TypeAlias = Callable[[BackendSettings, Settings], Leaf]
Gate: TypeAlias = Callable[[Leaf], Backend]


class Backends(Mapping[str, Leaf]):
    """Leaves by name, in the order of the settings; names match without regard to case."""

    def __init__(self, leaves: Iterable[Leaf] = (), *, gate: Gate | None = None) -> None:
        self._gate = gate
        self._leaves = {leaf.name.lower(): self._gated(leaf) for leaf in leaves}

    def gated(self, gate: Gate) -> "Backends":
        """The same leaves, each live one answered by `gate(leaf)`: nobody gets past it, wrappers included."""
        return Backends(self.values(), gate=gate)

    def add(self, name: str, backend: BackendLike, *, live: bool = False, model: str = "") -> Leaf:
        """Register a callable: an async generator of deltas, or a (coroutine) function giving text or JSON.

        `live=True` puts it under the record mode, as a call that leaves the process.
        """
        if name.lower() in self._leaves:
            raise SettingsError(f"A backend named '{name}' exists already. Choose another name.")
        leaf = self._gated(Leaf(name, as_backend(backend), provider="python", model=model, live=live))
        self._leaves[name.lower()] = leaf
        return leaf

    def find(self, name: str) -> Leaf | None:
        """The leaf of that name, enabled or not; None when there is none."""
        return self._leaves.get(name.strip().lower())

    def usual(self) -> list[Leaf]:
        """Who may answer when nobody is named: the enabled configured backends.

        With none configured that is `synthetic`; with all of them disabled it is nobody.
        """
        configured = [leaf for leaf in self._leaves.values() if leaf.configured]
        if not configured:
            return [self._leaves["synthetic"]]
        return [leaf for leaf in configured if leaf.enabled]

    def _gated(self, leaf: Leaf) -> Leaf:
        return replace(leaf, call=self._gate(leaf)) if self._gate is not None and leaf.live else leaf

    def __getitem__(self, name: str) -> Leaf:
        leaf = self.find(name)
        if leaf is None:
            raise KeyError(f"No backend named '{name}'.{nearest(name, list(self))}")
        return leaf

    def __iter__(self) -> Iterator[str]:
        return iter([leaf.name for leaf in self._leaves.values()])

    def __len__(self) -> int:
        return len(self._leaves)


def configured(settings: Settings, *, live: LeafMaker, seed: int, strict: bool) -> Backends:
    """The backends of the settings in their order, then `synthetic` and `scripted`, which always exist.

    `live` makes the leaf of a backend that is not embedded.
    """
    synthetic = Synthetic(seed=seed, locale=settings.locale)
    scripted = Scripted(fallback=None if strict else synthetic)
    embedded: dict[str, Backend] = {"synthetic": synthetic, "scripted": scripted}
    leaves = [
        _embedded(entry, embedded[provider])
        if (provider := entry.provider.lower()) in embedded
        else live(entry, settings)
        for entry in settings.backends
    ]
    named = {leaf.name.lower() for leaf in leaves}
    built_in = [Leaf(name, embedded[name], name, model=name) for name in BUILT_IN if name not in named]
    return Backends((*leaves, *built_in))


def _embedded(entry: BackendSettings, call: Backend) -> Leaf:
    provider = entry.provider.lower()
    model = entry.model_name or provider
    return Leaf(
        entry.name, call, provider, model, enabled=entry.enabled, configured=True, price=price_of(entry)
    )
