"""Who is chosen for a request, who may answer in its place, and what its failure says."""

import asyncio

import pytest
from poolside import REFUSED, Recorder, Told, said

from pytest_llmock.backends.registry import Backends, Leaf
from pytest_llmock.choice import Choice
from pytest_llmock.config import Settings
from pytest_llmock.config.sections import BackendSettings
from pytest_llmock.errors import BackendError, NoBackendError, RefusedError
from pytest_llmock.folding import fold
from pytest_llmock.llm import Prompt
from pytest_llmock.pool.deadline import deadline_in
from pytest_llmock.session import Session

FAILING = {"a": [said(500)], "b": [REFUSED], "c": ["well"], "off": ["never"], "d": ["well"]}


def session_of(backends=None, *, entries=None, choice=None, **settings):
    """A session whose backends are these, in this order; one called `off` is disabled."""
    told = {name: Told(tuple(outcomes), name) for name, outcomes in (backends or FAILING).items()}
    entries = {name: {"enabled": name != "off", **(entries or {}).get(name, {})} for name in told}
    configured = tuple(BackendSettings(name=name, **entry) for name, entry in entries.items())
    leaves = [
        Leaf(name, backend, "ollama", enabled=name != "off", configured=True)
        for name, backend in told.items()
    ]
    leaves.append(Leaf("synthetic", Told(("made up",), "synthetic"), "synthetic"))
    own = Settings(backends=configured, **settings)
    return Session(own, Choice(**(choice or {})), backends=Backends(leaves), clock=Recorder())


def names_of(selection):
    return " ".join([selection.leaf.name, *[leaf.name for leaf in selection.others]])


def ask(session, requested=""):
    """The call, and its answer or its error."""
    call = session.calls.open("python", "CALL", "chat", started=0)
    deadline = deadline_in(60, session.clock)

    async def main():
        selection = session.select(requested, call=call)
        return await fold(session.ask(Prompt(), selection, call=call, deadline=deadline, is_whole=True))

    try:
        return call, asyncio.run(main())
    except (BackendError, NoBackendError) as error:
        return call, error


@pytest.mark.parametrize(
    ("requested", "settings", "expected"),
    [
        pytest.param("", {}, "a", id="off by default"),
        pytest.param("", {"failover": True}, "a b c d", id="on: all others that are enabled, in order"),
        pytest.param("", {"failover": ("d", "b")}, "a d b", id="a list: these, in its order"),
        pytest.param("", {"failover": ("off", "d")}, "a d", id="a disabled one is passed over"),
        pytest.param("", {"failover": ("a", "d", "D")}, "a d", id="none twice"),
        pytest.param("", {"failover": ("synthetic",)}, "a synthetic", id="the embedded one can stand in"),
        pytest.param("a", {"failover": True}, "a", id="named alone: nobody else"),
        pytest.param("a", {"failover": ("d",)}, "a", id="named alone: not the general list"),
        pytest.param(" C , a,c", {}, "c", id="a comma list, in any case and with spaces"),
        pytest.param("d,a", {"failover": True}, "d a", id="a comma list stays among itself"),
        pytest.param("d,a", {"failover": ("b",)}, "d b", id="a comma list with a general list"),
        pytest.param("synthetic", {"failover": True}, "synthetic", id="one without an entry has no list"),
        pytest.param(",", {}, "a", id="a list of nothing names nobody"),
    ],
)
def test_who_may_answer_in_whose_place(requested, settings, expected):
    """The general `Failover` holds for whoever was not named alone."""
    assert names_of(session_of(**settings).select(requested)) == expected


@pytest.mark.parametrize(
    ("requested", "own", "settings", "expected"),
    [
        pytest.param("a", {"a": ("c", "d")}, {}, "a c d", id="its own list holds when it is named alone"),
        pytest.param("a", {"a": True}, {}, "a b c d", id="its own switch too"),
        pytest.param("", {"a": False}, {"failover": True}, "a", id="its own switch wins when off"),
        pytest.param(
            "", {"a": ("d",)}, {"failover": ("b",)}, "a d", id="its own list before the general one"
        ),
        pytest.param("a", {"a": ("b",), "b": ("c",), "c": ("d",)}, {}, "a b c d", id="lists of lists"),
        pytest.param("a", {"a": ("b", "d"), "b": ("c",)}, {}, "a b c d", id="depth first"),
        pytest.param("a", {"a": ("b",), "b": ("a", "c")}, {}, "a b c", id="a circle ends"),
        pytest.param("a", {"a": ("off",), "off": ("d",)}, {}, "a d", id="a disabled one's list still counts"),
        pytest.param("a", {"a": ("b",), "b": True}, {}, "a b", id="a switch does not go on"),
        pytest.param("b,a", {"b": ("d",)}, {"failover": True}, "b d", id="of the one that was chosen"),
    ],
)
def test_a_backends_own_list(requested, own, settings, expected):
    """`Failover` of a backend is for that backend."""
    entries = {name: {"failover": wanted} for name, wanted in own.items()}

    assert names_of(session_of(entries=entries, **settings).select(requested)) == expected


def test_by_priority_the_others_follow_in_its_order():
    """The lowest number first, of equals the first in the settings."""
    entries = {name: {"priority": number} for name, number in {"a": 5, "b": 3, "c": 5, "d": 1}.items()}
    session = session_of(entries=entries, strategy="priority", failover=True)

    assert names_of(session.select()) == "d b a c"
    assert names_of(session.select("c,a,b")) == "b c a"


@pytest.mark.parametrize(
    ("strategy", "order"),
    [("round_robin", "a b c d a"), ("weighted", "a b a c a"), ("least_busy", "a a a a a")],
)
def test_the_strategy_chooses_when_nobody_is_named_alone(strategy, order):
    """And naming one alone does not use up a turn."""
    entries = {name: {"weight": weight} for name, weight in {"a": 3, "b": 1, "c": 1, "d": 0}.items()}
    session = session_of(entries=entries, strategy=strategy)

    chosen = []
    for _ in range(5):
        chosen.append(session.select().leaf.name)
        session.select("b")

    assert " ".join(chosen) == order


def test_looking_at_the_preferred_backend_uses_no_turn():
    """A test may print its name as often as it likes."""
    session = session_of(strategy="round_robin")

    preferred = [session.preferred.name for _ in range(3)]

    assert (preferred, session.select().leaf.name) == (["a"] * 3, "a")


@pytest.mark.parametrize(
    ("mapping", "requested", "expected"),
    [
        pytest.param({"a": "c", "b": "d"}, "a,b", "c d", id="each of a list"),
        pytest.param({"a": "c", "b": "c"}, "a,b", "c", id="two on one are one"),
        pytest.param({"b": "d"}, "", "a d c", id="those who stand in"),
        pytest.param({"*": "synthetic"}, "", "synthetic", id="everybody"),
        pytest.param({"*": "synthetic"}, "ghost,a", "synthetic", id="everybody, named or not"),
        pytest.param({"a,b": "d"}, "a,b", "a b", id="names are mapped, not lists"),
    ],
)
def test_a_map_holds_for_every_name(mapping, requested, expected):
    """Requested, usual and standing in alike; it does not chain."""
    session = session_of(choice={"mapping": mapping}, failover=True)

    assert names_of(session.select(requested)) == expected


def test_a_map_holds_for_failover_lists():
    """A run that maps one backend to another never asks the first."""
    entries = {"a": {"failover": ("b", "d")}}
    session = session_of(entries=entries, choice={"mapping": {"b": "c"}})

    assert names_of(session.select("a")) == "a c d"


@pytest.mark.parametrize("requested", ["a,ghost", "a,off"])
def test_strict_refuses_a_list_with_one_that_cannot_answer(requested):
    """And the test fails, even if nobody sees the refusal."""
    session = session_of()

    with pytest.raises(RefusedError, match="is not configured|is disabled"):
        session.select(requested)
    assert len(session.failures) == 1


def test_lax_takes_the_others_of_the_list():
    """With a warning for each that is missing."""
    session = session_of(choice={"strict": False})
    call = session.calls.open("mock", "GET", "/", started=0)

    selection = session.select("ghost,d,off", call=call)

    assert names_of(selection) == "d"
    assert [warning.split(".")[0] for warning in call.warnings] == [
        "Backend 'ghost' is not configured",
        "Backend 'off' is disabled (\"Enabled\": false)",
    ]


def test_lax_does_not_say_the_default_answered_when_another_of_the_list_did():
    """The warning tells what happened."""
    session = session_of(choice={"strict": False})
    call = session.calls.open("mock", "GET", "/", started=0)

    session.select("ghost,d", call=call)

    assert call.warnings == [
        "Backend 'ghost' is not configured. Known: a, b, c, d, synthetic. It was left out."
    ]


def test_lax_warns_each_call_that_names_nobody():
    """What the second call is told is what the first one was."""
    session = session_of(choice={"strict": False})
    calls = [session.calls.open("mock", "GET", "/", started=0) for _ in range(2)]

    chosen = [session.select("ghost", call=call).leaf.name for call in calls]

    assert chosen == ["a", "a"]
    assert calls[0].warnings == calls[1].warnings != []


def test_a_model_names_a_backend_as_soon_as_there_is_one():
    """Who was chosen for a name before does not stay it."""
    session = session_of()
    call = session.calls.open("mock", "GET", "/", started=0)
    before = session.select(model="new", call=call).leaf.name

    session.backends.add("new", lambda prompt: "well")

    assert (before, session.select(model="new", call=call).leaf.name) == ("a", "new")


def test_a_model_may_name_a_backend_and_the_tests_own_list_goes_before_it():
    """A list of the marker is a list too."""
    session = session_of(choice={"backend": "d,c"}, strategy="round_robin")

    chosen = [session.select(model="a").leaf.name for _ in range(3)]

    assert chosen == ["d", "c", "d"]
    assert session_of().select(model="C").leaf.name == "c"


def test_the_failure_of_one_backend_is_told_with_its_attempts():
    """As it came, and how often it was asked."""
    session = session_of(max_retry_attempts=2)

    call, error = ask(session, "a")

    assert (error.message, error.backend, error.attempts) == ("said 500", "a", 3)
    assert error.details == {
        "backend": "a",
        "status": 500,
        "kind": "status",
        "attempts": [{"backend": "a", "error": "said 500"}] * 3,
    }
    assert [attempt.error for attempt in call.attempts] == ["said 500"] * 3


def test_the_failure_of_several_names_all_their_attempts():
    """In the order they were made."""
    session = session_of({"a": [said(500)], "b": [REFUSED]}, failover=True, max_retry_attempts=1)

    _, error = ask(session)

    assert error.message == "None of the backends 'a', 'b' answered. a: said 500 b: connection refused"
    assert error.details["attempts"] == [
        {"backend": "a", "error": "said 500"},
        {"backend": "a", "error": "said 500"},
        {"backend": "b", "error": "connection refused"},
        {"backend": "b", "error": "connection refused"},
    ]


def test_when_nobody_can_be_reached_it_is_503_with_the_list():
    """As if no backend were there, with those that were tried."""
    session = session_of({"a": [REFUSED], "b": [REFUSED]}, failover=True, enable_retry_policy=False)

    _, error = ask(session)

    assert (type(error), error.status) == (NoBackendError, 503)
    assert error.message.startswith("No LLM backend available: none of 'a', 'b' could be reached.")
    assert [each["backend"] for each in error.details["attempts"]] == ["a", "b"]


def test_a_deadline_names_who_was_being_asked():
    """And notes itself in the attempt that it ended."""
    session = session_of({"a": ["well"]})

    async def hour(prompt):
        await session.clock.sleep(3600)
        yield

    session.backends.add("slow", hour)
    session.settings = session.settings.model_copy(update={"timeout_seconds": 9999.0})
    session.pool.settings = session.settings
    call, error = ask(session, "slow")

    assert (error.status, error.backend, error.attempts) == (504, "slow", 1)
    assert (call.attempts[0].error, call.attempts[0].outcome) == (error.message, "failure")


def test_an_answer_from_another_backend_is_noted_as_such():
    """The call belongs to who answered; the attempts say who was asked first."""
    call, completion = ask(session_of(failover=("c",), enable_retry_policy=False))

    assert (completion.text, call.backend, completion.origin.attempts) == ("well", "c", 2)
    assert [(each.backend, each.reason) for each in call.attempts] == [("a", "asked"), ("c", "failover")]


def test_reset_closes_breakers_and_begins_the_turns_again():
    """As if the test began now."""
    session = session_of(
        strategy="round_robin", circuit_breaker_failure_threshold=1, enable_retry_policy=False
    )
    ask(session)
    before = session.pool.members["a"].breaker.state

    session.reset()

    assert (before, session.pool.members["a"].breaker.state) == ("open", "closed")
    assert session.select().leaf.name == "a"
