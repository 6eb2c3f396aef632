"""Backends of providers that are not built in: of other packages, or of a module beside the tests.

A package declares `make` under its provider's name in the entry point group GROUP; a settings file may also
name `package.module:make` itself. `make(entry, settings)` returns what `as_backend` takes, with these
attributes if it likes: `live` (else True), `asked` (else the entry's limits are laid over every prompt),
`base_url` (else the entry's), and `aclose`, which runs on the loop that used the backend.
"""

import inspect
import logging
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec

from pytest_llmock.backends.limits import Limits
from pytest_llmock.backends.registry import Leaf
from pytest_llmock.config import BackendSettings, Settings
from pytest_llmock.config.providers import GROUP
from pytest_llmock.config.secret import masked
from pytest_llmock.errors import SettingsError
from pytest_llmock.folding import BackendLike, as_backend
from pytest_llmock.llm import Deltas, Prompt
from pytest_llmock.prices import price_of

log = logging.getLogger("pytest_llmock")


@dataclass(frozen=True, slots=True)
class _Made:
    """A backend, and what it was made of."""

    entry: BackendSettings
    settings: Settings
    backend: BackendLike


class Plugged:
    """Makes leaves; each backend is made once for an entry and its settings, and serves every session."""

    def __init__(self) -> None:
        self._made: list[_Made] = []

    @cached_property
    def _points(self) -> tuple[EntryPoint, ...]:
        return tuple(entry_points(group=GROUP))

    def leaf(self, entry: BackendSettings, settings: Settings) -> Leaf | None:
        """The leaf of an entry whose provider is not built in; None when nobody provides it.

        SettingsError says which package cannot be used, and why. A disabled backend is not made.
        """
        point = self._point(entry)
        if point is None:
            return None
        if not entry.enabled:
            return Leaf(
                entry.name,
                as_backend(_disabled),
                entry.provider,
                entry.model_name,
                entry.base_url,
                live=True,
                enabled=False,
                configured=True,
            )
        leaf = _leaf(self._backend(point, entry, settings), entry, Limits.of(entry, settings))
        return replace(leaf, timeout_s=entry.timeout_seconds or settings.timeout_seconds)

    async def aclose(self) -> None:
        """Close every backend that can be closed; one that fails keeps no other from it."""
        made, self._made = self._made, []
        for each in made:
            try:
                await _closed(each.backend)
            except Exception:
                log.exception("Backend '%s' (%s) could not be closed.", each.entry.name, each.entry.provider)

    def _point(self, entry: BackendSettings) -> EntryPoint | None:
        name = entry.provider.lower()
        found = {point.value: point for point in self._points if point.name.lower() == name}
        if len(found) > 1:
            packages = " and ".join(sorted(_package(point) for point in found.values()))
            raise SettingsError(
                f"Backend '{entry.name}': provider '{entry.provider}' is declared by {packages}. Uninstall "
                f"all but one, or name the function: Provider '{min(found)}'."
            )
        if not found and ":" in entry.provider:
            return _named(entry)
        return next(iter(found.values()), None)

    def _backend(self, point: EntryPoint, entry: BackendSettings, settings: Settings) -> BackendLike:
        for each in self._made:
            if each.entry == entry and each.settings == settings:
                return each.backend
        backend = _built(point, entry, settings)
        self._made.append(_Made(entry, settings, backend))
        return backend


def _named(entry: BackendSettings) -> EntryPoint:
    """The function that the provider's name itself leads to."""
    parts = entry.provider.replace(":", ".", 1).split(".")
    if not all(part.isidentifier() for part in parts):
        raise SettingsError(
            f"Backend '{entry.name}': provider '{entry.provider}' names no function. Write "
            "package.module:function, or the name of a provider."
        )
    return EntryPoint(entry.provider, entry.provider, GROUP)


def _leaf(backend: BackendLike, entry: BackendSettings, limits: Limits) -> Leaf:
    own = getattr(backend, "asked", None)
    call = as_backend(backend)

    def within_limits(prompt: Prompt, /) -> Deltas:
        return call(limits.asked(prompt))

    return Leaf(
        entry.name,
        call if own else within_limits,
        entry.provider,
        entry.model_name,
        str(getattr(backend, "base_url", entry.base_url)).partition("?")[0],
        live=getattr(backend, "live", True),
        configured=True,
        asked=own or limits.asked,
        price=price_of(entry),
    )


def _built(point: EntryPoint, entry: BackendSettings, settings: Settings) -> BackendLike:
    make = _loaded(point, entry, settings)
    try:
        backend = make(entry, settings)
    except SettingsError:
        raise
    except Exception as error:
        raise _broken(point, entry, f"failed: {_said(error)}") from error
    if not callable(backend):
        if inspect.iscoroutine(backend):
            backend.close()
        raise _broken(
            point,
            entry,
            f"returned {_kind(backend)}, which is no backend: it has to return a function of the prompt, or "
            "an object that is called like one",
        )
    live = getattr(backend, "live", True)
    if not isinstance(live, bool):
        raise _broken(point, entry, f"returned a backend whose `live` is {_kind(live)}, not True or False")
    return backend


def _loaded(
    point: EntryPoint, entry: BackendSettings, settings: Settings
) -> Callable[[BackendSettings, Settings], object]:
    try:
        _find(point, settings)
        make: object = point.load()
    except Exception as error:
        hint = (
            "Repair or uninstall the package, or name another Provider"
            if point.dist
            else "Python finds a module beside the settings file, and in the folders of pytest's setting "
            "`pythonpath`"
        )
        raise _broken(point, entry, f"cannot be loaded: {_said(error)}. {hint}") from error
    if not callable(make):
        raise _broken(point, entry, f"is {_kind(make)}, not a function of (entry, settings)")
    return make


def _find(point: EntryPoint, settings: Settings) -> None:
    """Let Python find a module that stands beside the settings file, as it finds one beside the tests."""
    top = point.module.partition(".")[0]
    if not point.dist and settings.source and top not in sys.modules and find_spec(top) is None:
        sys.path.append(str(settings.source.parent.absolute()))


async def _closed(backend: object) -> None:
    aclose = getattr(backend, "aclose", None)
    done = aclose() if aclose is not None else None
    if inspect.isawaitable(done):
        await done


def _disabled(_: Prompt) -> object:
    raise SettingsError("This backend is disabled, and was not made.")


def _broken(point: EntryPoint, entry: BackendSettings, problem: str) -> SettingsError:
    where = f" of {_package(point)} ({point.value})" if point.dist else ""
    return SettingsError(f"Backend '{entry.name}': provider '{entry.provider}'{where} {problem}.")


def _package(point: EntryPoint) -> str:
    return f"package '{point.dist.name}'" if point.dist else "a package without a name"


def _said(error: Exception) -> str:
    return masked(f"{type(error).__name__}: {error}".rstrip(".: "))


def _kind(value: object) -> str:
    return "None" if value is None else f"a {type(value).__name__}"
