"""What one test chose: marker, command line, environment, ini and settings file, each in its place.

What a test *is* (backend, seed, strict …) follows its marker first; how a run *acts* (record mode …)
follows command line and environment first. The settings know which source set what.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from math import inf
from pathlib import Path

from pytest_llmock.config import Settings
from pytest_llmock.errors import SettingsError, meant, nearest
from pytest_llmock.faults import Fault, fault_of

RECORD_MODES = ("none", "once", "new", "new_episodes", "all", "rewrite", "verify", "off")
MATCH_LEVELS = ("exact", "normalised", "shape", "sequence")


@dataclass(frozen=True)
class Place:
    """Where a test's recordings are kept.

    `locate` gives the file, and is asked once, by whoever needs it first. `shared`: the file has a name of
    its own, and other tests may use it too. `rootdir` is what paths in messages are relative to, `began` when
    the run began (seconds since 1970). `endless`: no test will end and say whether its recordings are wanted.
    """

    locate: Callable[[], Path]
    shared: bool = False
    rootdir: Path = Path()
    began: float = 0.0
    endless: bool = False

    @cached_property
    def path(self) -> Path:
        """The file."""
        return self.locate()


@dataclass(frozen=True, slots=True)
class Choice:
    """The choice for one test.

    `backend` is the name selected for every request that names none; `mapping` the names that other
    names stand for in this run (`*` for all); `test` whose session it is, for messages; `place` where its
    cassette is, None for a session without one; `clock` is "virtual" for a test whose waits take no time;
    `intercept` whether its session answers calls to providers' own hosts (None: they are refused, False: let
    go); `max_cost` is what its live calls may cost in US dollars; `skip_unhealthy` whether it is skipped when
    the live backend that it would call is down; `faults` are those that strike its calls, in a row; `is_test`
    whether pytest's options may change any of that.
    """

    backend: str = ""
    mapping: Mapping[str, str] = field(default_factory=dict)
    strict: bool = True
    record: str = "none"
    match: str = "exact"
    repeat: bool = False
    seed: int = 0
    test: str = ""
    place: Place | None = None
    in_ci: bool = False
    clock: str = "real"
    intercept: bool | None = None
    max_cost: Decimal | None = None
    skip_unhealthy: bool = False
    faults: tuple[Fault, ...] = ()
    is_test: bool = True


def _is(*types: type) -> Callable[[object], bool]:
    return lambda value: isinstance(value, types) and (bool in types or not isinstance(value, bool))


def _is_amount(value: object) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool) and 0 <= value < inf


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


def _is_rate(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= 1


def _one_of(*words: str) -> Callable[[object], bool]:
    return lambda value: value in words


# keys whose values are words
WORDS: Mapping[str, tuple[str, ...]] = {
    "record": RECORD_MODES,
    "match": MATCH_LEVELS,
    "repeat": ("never", "last"),
    "clock": ("real", "virtual"),
}
MARKER: Mapping[str, tuple[str, Callable[[object], bool]]] = {
    "backend": ("a backend's name", _is(str)),
    "record": (f"one of {', '.join(RECORD_MODES)}", _one_of(*WORDS["record"])),
    "cassette": ("a file name", _is(str)),
    "seed": ("a whole number", _is(int)),
    "strict": ("True or False", _is(bool)),
    "match": (f"one of {', '.join(MATCH_LEVELS)}", _one_of(*WORDS["match"])),
    "config": ("a mapping of settings", _is(Mapping)),
    "faults": ("a list of faults", _is(list, tuple)),
    "env": ("True or False", _is(bool)),
    "intercept": ("True or False", _is(bool)),
    "repeat": ('"never" or "last"', _one_of(*WORDS["repeat"])),
    "clock": ('"real" or "virtual"', _one_of(*WORDS["clock"])),
    "skip_unhealthy": ("True or False", _is(bool)),
    "samples": ("a whole number of 1 or more", _is_count),
    "pass_rate": ("a number above 0, up to 1", _is_rate),
    "max_cost": ("an amount in USD", _is_amount),
}
# keys whose part of the house is not built yet: saying so at collection beats doing nothing silently
LATER_SETTINGS = ("report",)


def check_marker(values: Mapping[str, object], *, positional: tuple[object, ...], where: str) -> None:
    """Raise SettingsError when a marker has a key or value that means nothing."""
    if positional:
        raise SettingsError(
            f"{where}: @pytest.mark.llmock takes keywords only, not {positional[0]!r}. "
            f"Perhaps you meant llmock(backend={positional[0]!r})?"
        )
    for key, value in values.items():
        if key not in MARKER:
            raise SettingsError(
                f"{where}: @pytest.mark.llmock has no key '{key}'.{nearest(key, list(MARKER))}"
            )
        wanted, fits = MARKER[key]
        if not fits(value):
            raise SettingsError(
                f"{where}: @pytest.mark.llmock({key}={value!r}): give {wanted}.{_meant(key, value)}"
            )
        if key == "faults":
            _faults(value, where)


def _faults(value: object, where: str) -> tuple[Fault, ...]:
    """The faults of a marker. Raises SettingsError naming the one that is wrong."""
    assert isinstance(value, list | tuple)
    faults = []
    for number, said in enumerate(value):
        try:
            faults.append(fault_of(said))
        except (TypeError, ValueError) as error:
            raise SettingsError(f"{where}: @pytest.mark.llmock(faults=…)[{number}]: {error}") from error
    return tuple(faults)


def _meant(key: str, value: object) -> str:
    """The nearest value that would have worked, for words, numbers of samples and shares of them."""
    if key in WORDS:
        return meant(str(value), WORDS[key])
    if key not in ("samples", "pass_rate") or not isinstance(value, int | float) or not -inf < value < inf:
        return ""
    if key == "samples":
        return f" Did you mean {max(1, round(value))}?"
    return f" Did you mean {value / 100:g}?" if 1 < value <= 100 else " Leave it out, and all must pass."


def check_supported(settings: Settings) -> None:
    """Raise SettingsError when somebody asked for a part of the house that is not built yet."""
    asked = [name for name in LATER_SETTINGS if name in settings.origins]
    if asked:
        raise SettingsError(
            f"The {settings.origins[asked[0]]} sets '{asked[0]}', which this version does not support yet: "
            "leave it out."
        )


def choose(
    settings: Settings,
    marker: Mapping[str, object],
    *,
    named: str | None,
    test: str,
    in_ci: bool,
) -> Choice:
    """The choice of one test; `named` is the backend of this round when the run names several."""
    backend = marker.get("backend") or named or (settings.backend[0] if settings.backend else "")
    strict = marker.get("strict", settings.strict)
    seed = marker.get("seed", settings.seed)
    assert isinstance(seed, int)
    return Choice(
        backend=str(backend),
        mapping=settings.map,
        strict=strict is None or bool(strict),
        record=_record(settings, marker, in_ci=in_ci),
        match=str(marker.get("match", settings.match)),
        repeat=marker.get("repeat", settings.repeat) == "last",
        seed=seed,
        test=test,
        in_ci=in_ci,
        clock=str(marker.get("clock", "real")),
        intercept=_wish(marker.get("intercept")),
        max_cost=Decimal(str(marker["max_cost"])) if "max_cost" in marker else None,
        skip_unhealthy=bool(marker.get("skip_unhealthy", settings.skip_unhealthy)),
        faults=_faults(marker.get("faults", ()), test),
    )


def _wish(said: object) -> bool | None:
    return None if said is None else bool(said)


def choose_alone(
    settings: Settings, *, name: str, place: Place | None = None, strict: bool = False
) -> Choice:
    """What the settings choose for a session without a test, `strict` where they do not say.

    Its recordings play again and again.
    """
    return Choice(
        backend=",".join(settings.backend),
        mapping=settings.map,
        strict=strict if settings.strict is None else settings.strict,
        record=settings.record,
        match=settings.match,
        repeat=settings.repeat != "never",
        seed=settings.seed,
        test=name,
        place=place,
        is_test=False,
    )


def _record(settings: Settings, marker: Mapping[str, object], *, in_ci: bool) -> str:
    origin = settings.origins.get("record", "")
    if marker.get("record") == "none" or (in_ci and origin != "command line"):
        return "none"
    wins = origin in ("command line", "environment")
    mode = settings.record if wins else marker.get("record", settings.record)
    return "new" if mode == "new_episodes" else str(mode)
