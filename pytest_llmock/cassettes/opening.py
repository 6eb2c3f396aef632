"""A test's cassette, made of what was set and chosen for it."""

from contextlib import suppress
from functools import lru_cache
from typing import cast

from pytest_llmock.cassettes.cassette import Cassette
from pytest_llmock.cassettes.drift import load_scorer
from pytest_llmock.cassettes.match import Level, Matcher, patterns_of
from pytest_llmock.cassettes.policy import Mode, Policy
from pytest_llmock.cassettes.redact import Redactor
from pytest_llmock.choice import Choice
from pytest_llmock.clock import Clock
from pytest_llmock.config import Settings
from pytest_llmock.errors import RefusedError, SettingsError


def opened(settings: Settings, choice: Choice, *, clock: Clock, failures: list[RefusedError]) -> Cassette:
    """The cassette of `choice.place`, before anything is read; SettingsError for a bad pattern."""
    place = choice.place
    assert place is not None
    policy = Policy(
        place.path,
        test=choice.test,
        mode=cast("Mode", choice.record),
        level=cast("Level", choice.match),
        repeat=choice.repeat,
        max_age=settings.max_age,
        on_expiry=settings.on_expiry,
        speed=settings.replay_speed,
        began=place.began,
        rootdir=place.rootdir,
        in_ci=choice.in_ci,
        shared=place.shared,
        endless=place.endless,
    )
    return Cassette(
        policy,
        Matcher(policy.level, patterns_of(settings.normalise)),
        redactor_for(settings),
        clock,
        failures,
        load_scorer(settings.similarity),
    )


def check(settings: Settings) -> None:
    """Raise SettingsError when a pattern or a scorer of the settings is none."""
    patterns_of(settings.normalise)
    load_scorer(settings.similarity)
    redactor_for(settings)


@lru_cache(maxsize=8)
def _redactor(
    environ: tuple[tuple[str, str], ...], secrets: tuple[tuple[str, str], ...], patterns: tuple[str, ...]
) -> Redactor:
    return Redactor.of(dict(environ), secrets=dict(secrets), patterns=patterns)


def redactor_for(settings: Settings) -> Redactor:
    """What takes secrets out: those of the environment when the settings were read, and the settings' own."""
    known = []
    for backend in settings.backends:
        with suppress(SettingsError):  # a key whose variable is not set stands nowhere
            known.append((f"{backend.name}.ApiKey", backend.api_key.reveal()))
    return _redactor(tuple(sorted(settings.environ.items())), tuple(known), settings.redact)
