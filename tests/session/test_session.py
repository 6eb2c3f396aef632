"""Selecting a backend and asking it, without any server."""

import asyncio
from contextlib import aclosing, suppress
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from pytest_llmock.backends.health import Health
from pytest_llmock.backends.registry import Backends, Leaf
from pytest_llmock.backends.synthetic import Synthetic
from pytest_llmock.choice import Choice
from pytest_llmock.clock import SystemClock
from pytest_llmock.config import load_settings
from pytest_llmock.errors import (
    BackendError,
    Failure,
    LLMockError,
    NoBackendError,
    RefusedError,
    SettingsError,
    ShapeError,
)
from pytest_llmock.folding import as_backend, fold
from pytest_llmock.llm import Delta, End, Prompt, Usage
from pytest_llmock.pool.deadline import deadline_in
from pytest_llmock.pool.selection import Selection
from pytest_llmock.prices import Price
from pytest_llmock.session import Session

ALPHA = Leaf(
    "Alpha",
    as_backend(lambda prompt: "alpha"),
    "ollama",
    "alpha-1",
    "http://localhost:1/v1/",
    live=True,
    configured=True,
)
BETA = Leaf("beta", as_backend(lambda prompt: "beta"), "synthetic", configured=True)
DORMANT = Leaf("dormant", as_backend(lambda prompt: "x"), "ollama", enabled=False, configured=True)
SYNTHETIC = Leaf("synthetic", as_backend(lambda prompt: "made up"), "synthetic")


@pytest.fixture
def session(tmp_path):
    """A session with these leaves and this choice."""

    def session(*leaves, **choice):
        settings = load_settings(tmp_path, environ={})
        backends = Backends(leaves or (ALPHA, BETA, DORMANT, SYNTHETIC))
        return Session(settings, Choice(**choice), backends=backends, clock=SystemClock())

    return session


def ask(session, leaf, prompt=None):
    call = session.calls.open("python", "CALL", "chat", started=0)
    deadline = deadline_in(5, session.clock)
    return call, asyncio.run(
        fold(session.ask(prompt or Prompt(), Selection(leaf), call=call, deadline=deadline))
    )


@pytest.mark.parametrize(
    ("choice", "asked", "name"),
    [
        pytest.param({}, {}, "Alpha", id="nobody named: the first"),
        pytest.param({"backend": "beta"}, {}, "beta", id="the test's"),
        pytest.param({"backend": "beta"}, {"requested": " ALPHA "}, "Alpha", id="the request's, in any case"),
        pytest.param({}, {"model": "BETA"}, "beta", id="a model that is a backend's name"),
        pytest.param({"backend": "Alpha"}, {"model": "beta"}, "Alpha", id="the test's before the model's"),
        pytest.param({}, {"model": "gpt-5"}, "Alpha", id="a model that is none"),
        pytest.param({"mapping": {"alpha": "beta"}}, {}, "beta", id="mapped default"),
        pytest.param({"mapping": {"*": "beta"}}, {"requested": "ghost"}, "beta", id="everything mapped"),
        pytest.param(
            {"mapping": {"ghost": "beta", "*": "Alpha"}}, {"requested": "ghost"}, "beta", id="own rule first"
        ),
    ],
)
def test_who_is_selected(session, choice, asked, name):
    """Request, then test, then model, then the first enabled one; the map comes last."""
    assert session(**choice).select(**asked).leaf.name == name


@pytest.mark.parametrize(
    ("name", "message"),
    [
        pytest.param("bta", "Backend 'bta' is not configured. Did you mean 'beta'?", id="unknown"),
        pytest.param("dormant", "Backend 'dormant' is disabled (\"Enabled\": false).", id="disabled"),
    ],
)
def test_a_name_that_cannot_answer_is_refused_and_kept(session, name, message):
    """The refusal is raised, and fails the test even if it is swallowed."""
    strict = session()

    with pytest.raises(RefusedError) as caught:
        strict.select(name)

    assert caught.value.message.startswith(message)
    assert strict.failures == [caught.value]


def test_lax_takes_the_default_and_warns_on_the_call(session, caplog):
    """The warning names what was asked for; nothing fails."""
    lax = session(strict=False)
    call = lax.calls.open("mock", "GET", "/", started=0)

    leaf = lax.select("ghost", call=call).leaf

    assert leaf.name == "Alpha"
    assert call.warnings[0].startswith("Backend 'ghost' is not configured.")
    assert lax.failures == []
    assert "Requested backend 'ghost' not found or disabled, using default selection" in caplog.text


def test_with_all_configured_backends_disabled_nobody_answers(session):
    """The embedded generator does not step in unasked."""
    with pytest.raises(NoBackendError, match="No LLM backend available: .* Enable one of them .dormant."):
        session(DORMANT, SYNTHETIC).select()


def test_a_map_of_everything_answers_even_when_all_are_disabled(session):
    """`*=synthetic` is a request for exactly that."""
    assert session(DORMANT, SYNTHETIC, mapping={"*": "synthetic"}).select().leaf.name == "synthetic"


def test_a_default_mapped_to_nobody_is_refused(session):
    """A misspelt map does not silently fall back."""
    with pytest.raises(
        RefusedError, match="Backend 'Alpha' is mapped to 'bta', which is unknown or disabled"
    ):
        session(mapping={"*": "bta"}).select()


def test_a_live_leaf_is_asked_only_when_the_record_mode_is_off(session):
    """The default mode refuses before anything is called."""
    closed, open_ = session(), session(record="off")

    with pytest.raises(
        RefusedError, match="A live call to backend 'Alpha' .* was refused: the record mode is 'none'"
    ):
        ask(closed, closed.backends["alpha"])

    assert ask(open_, open_.backends["alpha"])[1].text == "alpha"
    assert len(closed.failures) == 1


def test_an_answer_is_noted_with_its_origin(session):
    """The journal has backend, source, usage and the whole completion."""
    call, completion = ask(session(), BETA)

    assert completion.origin.backend == "beta"
    assert (call.backend, call.source, call.completion.text) == ("beta", "scripted", "beta")
    assert call.attempts[0].usage == completion.usage
    assert call.usage.total_tokens == completion.usage.total_tokens


def test_a_failing_backend_is_noted_with_its_error(session):
    """The attempt has the message; the caller has the error."""

    async def failing(prompt):
        yield Delta("half")
        raise BackendError(Failure("cut", "the line went dead"))

    own = session()
    call = own.calls.open("python", "CALL", "chat", started=0)
    deltas = own.ask(
        Prompt(), Selection(Leaf("f", failing, "python")), call=call, deadline=deadline_in(5, own.clock)
    )

    with pytest.raises(BackendError):
        asyncio.run(fold(deltas))

    assert call.attempts[0].error == "the line went dead"
    assert call.completion.text == "half"


async def whole(prompt):
    yield Delta("whole")
    yield Delta(end=End("stop"))


async def silent(prompt):
    return
    yield


async def cut(prompt):
    yield Delta("half")


async def broken(prompt):
    raise BackendError(Failure("connect", "the line is dead"))
    yield


async def buggy(prompt):
    raise ValueError("a bug")
    yield


async def unready(prompt):
    raise ShapeError("no such shape")
    yield


async def cancelled(prompt):
    raise asyncio.CancelledError
    yield


@pytest.mark.parametrize(
    ("backend", "read", "outcome", "error"),
    [
        pytest.param(whole, 9, "success", "", id="read to its end"),
        pytest.param(whole, 2, "success", "", id="complete when its reader left"),
        pytest.param(whole, 1, "cancelled", "", id="left in the middle"),
        pytest.param(cancelled, 9, "cancelled", "", id="cancelled before it answered"),
        pytest.param(
            silent, 9, "failure", "The answer of backend 'l' was cut off before its end.", id="nothing came"
        ),
        pytest.param(
            cut, 9, "failure", "The answer of backend 'l' was cut off before its end.", id="no end came"
        ),
        pytest.param(broken, 9, "failure", "the line is dead", id="an error of the backend"),
        pytest.param(buggy, 9, "failure", "ValueError: a bug", id="any other exception"),
        pytest.param(unready, 9, "refused", "no such shape", id="a request nobody could serve"),
    ],
)
def test_an_attempt_says_how_it_ended(session, backend, read, outcome, error):
    """Whoever leaves or asks wrongly is no failure of the backend."""
    own = session()
    call = own.calls.open("python", "CALL", "chat", started=0)

    async def run():
        deltas = own.ask(
            Prompt(), Selection(Leaf("l", backend, "python")), call=call, deadline=deadline_in(5, own.clock)
        )
        async with aclosing(deltas):
            for _ in range(read):
                await anext(deltas)

    with suppress(StopAsyncIteration, asyncio.CancelledError, LLMockError, ValueError):
        asyncio.run(run())

    assert (call.attempts[0].outcome, call.attempts[0].error) == (outcome, error)


def test_a_live_call_that_is_refused_is_no_call_of_its_backend(session):
    """The monitor tells it apart: the backend has not been asked."""
    own = session()

    with pytest.raises(RefusedError):
        ask(own, own.backends["alpha"])

    assert (own.monitor["alpha"].calls, own.monitor["alpha"].refused) == (0, 1)


def test_an_attempt_under_way_has_no_outcome(session):
    """The monitor counts it as under way until it is over."""
    own = session()
    seen = []

    async def looking(prompt):
        seen.append((own.monitor["looking"].under_way, own.calls[0].attempts[0].outcome))
        yield Delta(end=End("stop"))

    ask(own, Leaf("looking", looking, "python"))

    assert seen == [(1, None)]
    assert (own.monitor["looking"].under_way, own.monitor["looking"].successes) == (0, 1)


def test_a_call_keeps_the_backend_that_was_selected(session):
    """Whoever answers in its place, the journal says whose call it was."""
    own = session()
    call = own.calls.open("mock", "GET", "/", started=0)
    deadline = deadline_in(5, own.clock)

    asyncio.run(fold(own.ask(Prompt(), Selection(BETA), call=call, deadline=deadline)))
    asyncio.run(fold(own.ask(Prompt(), Selection(SYNTHETIC), call=call, deadline=deadline)))

    assert (call.selected, call.backend) == ("beta", "synthetic")


def test_the_monitor_knows_every_backend_and_starts_over_with_reset(session):
    """What the journal forgets, the monitor forgets."""
    own = session()
    ask(own, BETA)
    before = own.monitor["beta"].calls

    own.reset()

    assert list(own.monitor.backends) == ["Alpha", "beta", "dormant", "synthetic"]
    assert (before, own.monitor["beta"].calls) == (1, 0)
    assert own.trips == {"Alpha": 0, "beta": 0, "dormant": 0, "synthetic": 0}


def test_two_asks_of_one_call_are_two_attempts(session):
    """A corrected generation counts both, and the second delta says so."""
    own = session()
    call = own.calls.open("mock", "GET", "/", started=0)
    backend = own.bound(Selection(BETA), call=call, deadline=deadline_in(5, own.clock))

    asyncio.run(fold(backend(Prompt())))
    second = asyncio.run(fold(backend(Prompt())))

    assert len(call.attempts) == 2
    assert second.origin.attempts == 2


def test_check_selection_finds_a_test_that_names_nobody(session):
    """Even when it never asks."""
    own = session(backend="ghost")

    with pytest.raises(RefusedError):
        own.check_selection()

    assert len(own.failures) == 1


def test_check_selection_is_content_with_a_good_or_no_choice(session):
    """Nothing to say about a test that is right."""
    for own in (session(), session(backend="beta")):
        own.check_selection()
        assert own.failures == []


def test_reset_forgets_calls_and_failures(session):
    """As if the test began now."""
    own = session()
    ask(own, BETA)
    own.failures.append(RefusedError("x"))

    own.reset()

    assert (len(own.calls), own.failures) == (0, [])


def test_backends_are_found_in_any_case_and_a_miss_names_the_nearest(session):
    """The mapping is what a test sees as llmock.backends."""
    backends = session().backends

    assert backends["ALPHA"].name == "Alpha"
    assert list(backends) == ["Alpha", "beta", "dormant", "synthetic"]
    assert len(backends) == 4
    with pytest.raises(KeyError, match="Did you mean 'Alpha'"):
        backends["alpa"]


def test_a_name_is_taken_once(session):
    """A second backend of a name would hide the first."""
    backends = session().backends

    with pytest.raises(SettingsError, match="A backend named 'BETA' exists already"):
        backends.add("BETA", lambda prompt: "x")


def test_an_added_backend_can_be_live(session):
    """A function that goes to the network is under the record mode like any other."""
    own = session()
    leaf = own.backends.add("remote", lambda prompt: "x", live=True)

    with pytest.raises(RefusedError):
        ask(own, leaf)


def test_a_backend_that_counts_nothing_leaves_usage_unknown(session):
    """No tokens are made up for it."""

    async def silent(prompt):
        yield Delta(end=End("stop"))

    call, _ = ask(session(), Leaf("silent", silent, "python"))

    assert call.attempts[0].usage is None
    assert call.usage == Usage()


def test_a_wrapper_around_a_live_leaf_is_refused_too(session):
    """Whoever builds on a live backend does not get past the record mode."""
    own = session()
    cloud = own.backends["alpha"].call
    leaf = own.backends.add("wrapped", cloud)

    with pytest.raises(RefusedError, match="A live call to backend 'Alpha'"):
        ask(own, leaf)

    assert len(own.failures) == 1


def test_a_configured_backend_may_be_called_synthetic(session):
    """Its place in the settings counts like any other's."""
    mine = Leaf("synthetic", as_backend(lambda prompt: "mine"), "synthetic", configured=True)

    assert session(mine, BETA).select().leaf == mine


@pytest.mark.parametrize(
    ("choice", "name"),
    [
        pytest.param({}, "Alpha", id="the first"),
        pytest.param({"backend": "BETA"}, "beta", id="the test's"),
        pytest.param({"backend": "beta", "mapping": {"beta": "alpha"}}, "Alpha", id="mapped"),
        pytest.param({"mapping": {"*": "beta"}}, "beta", id="everything mapped"),
        pytest.param({"backend": "dormant"}, None, id="disabled"),
        pytest.param({"backend": "ghost"}, None, id="unknown"),
    ],
)
def test_who_is_expected_to_answer(session, choice, name):
    """What `select` would give, without a refusal and without a word."""
    own = session(**choice)

    assert [leaf.name for leaf in own.expected()] == ([name] if name else [])
    assert own.failures == []


def test_nobody_is_expected_where_all_are_disabled(session):
    """The embedded generator does not step in here either."""
    assert session(DORMANT, SYNTHETIC).expected() == []


def test_health_is_asked_of_a_named_backend_or_the_selected_one(session):
    """It is kept under the backend's name, whatever the record mode; an unknown name is told with the nearest."""

    async def check(**how):
        return Health("Alpha", reachable=False, problem="gone")

    own = session(replace(ALPHA, check=check), BETA)

    assert own.health() == own.health("ALPHA") == Health("Alpha", reachable=False, problem="gone")
    assert own.health("beta").up
    assert dict(own.healthy) == {"Alpha": own.health()}
    with pytest.raises(KeyError, match="Did you mean 'Alpha'"):
        own.health("alpa")


async def cut_off(prompt):
    yield Delta("Forty characters of an answer come first")
    raise BackendError(Failure("cut", "the line is dead"))


async def turned_away(prompt):
    raise BackendError(Failure("status", "Slow down.", 429))
    yield Delta()


@pytest.mark.parametrize(
    ("backend", "cost", "calls"),
    [
        pytest.param(cut_off, Decimal("0.11"), 1, id="what came before a cut"),
        pytest.param(turned_away, Decimal(0), 0, id="nothing came"),
    ],
)
def test_a_failed_attempt_costs_what_came_of_it(session, backend, cost, calls):
    """A dollar for a hundred tokens: one went out, ten came back, as far as anybody can tell."""
    price = Price(Decimal(10_000), Decimal(10_000))
    own = session(Leaf("paid", backend, "openai", "m", live=True, price=price), record="off")
    own.settings = own.settings.model_copy(update={"enable_retry_policy": False})

    with suppress(BackendError):
        ask(own, own.backends["paid"], prompt=Prompt())

    assert own.monitor["paid"].cost == own.ledger.spent.cost == cost
    assert own.ledger.spent.calls == calls


def test_a_session_can_be_given_another_seed():
    """The embedded generator goes on with it; other backends are left alone."""
    synthetic = Synthetic(seed=1)
    backends = Backends(
        [ALPHA, Leaf("made", synthetic, "synthetic"), Leaf("synthetic", synthetic, "synthetic")]
    )
    session = Session(load_settings(Path(), environ={}), Choice(), backends=backends, clock=SystemClock())

    session.reseed(7)

    assert synthetic.seed == 7
