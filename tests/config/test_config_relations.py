"""What the settings say of one another: failover lists, circles, weights."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from pytest_llmock.config import BackendSettings
from pytest_llmock.config.relations import contradictions


def entries(**lists):
    """Entries of Backends by name; what each one's `Failover` says."""
    return [{"Name": name, "Failover": listed} for name, listed in lists.items()]


def circle(index, way, shown=""):
    return f"Backends[{index}].Failover is {shown}part of a circle: {way}. Take one of the names out."


WRONG = {
    "unknown": (
        {"Failover": ["alpha", "betta"], "Backends": entries(alpha=None, beta=None)},
        ["Failover[1] is \"betta\", which is the name of no backend. Did you mean 'beta'?"],
    ),
    "unknown, nothing near": (
        {"Backends": entries(alpha=["zz"])},
        [
            (
                'Backends[0].Failover[0] is "zz", which is the name of no backend. '
                "Known: alpha, scripted, synthetic."
            )
        ],
    ),
    "nobody but the built-in": (
        {"Failover": "alpha"},
        ['Failover[0] is "alpha", which is the name of no backend. Known: scripted, synthetic.'],
    ),
    "itself": (
        {"Backends": entries(alpha="ALPHA, beta", beta=False)},
        [
            'Backends[0].Failover[0] is "ALPHA", which is the backend itself. Name another one, or take it out.'
        ],
    ),
    "twice": (
        {"Backends": entries(a=["b", "synthetic", "B"], b=True)},
        ['Backends[0].Failover[2] is "B", which is in the list twice. Take one of the two out.'],
    ),
    "circle of two": ({"Backends": entries(a=["b"], b=["a"])}, [circle(0, "a → b → a")]),
    "circle, as text": (
        {"Backends": entries(a="b", b=["a"])},
        [circle(0, "a → b → a", shown='"b", which is ')],
    ),
    "circle of three": (
        {"Backends": entries(x=["A"], A=["x2", "b"], b=["c"], c=["a"], x2=None)},
        [circle(1, "A → b → c → A")],
    ),
    "two circles": (
        {"Backends": entries(a=["b"], b=["a"], c=["d"], d=["C", "a"])},
        [circle(0, "a → b → a"), circle(2, "c → d → c")],
    ),
    "everything": (
        {
            "Failover": ["b"],
            "Strategy": "weighted",
            "Backends": [{"Name": "a", "Weight": 0, "Failover": "c"}],
        },
        [
            (
                'Strategy is "weighted", which is impossible to follow: every enabled backend has Weight 0 (a). '
                "Give one of them a larger number."
            ),
            'Failover[0] is "b", which is the name of no backend. Known: a, scripted, synthetic.',
            'Backends[0].Failover[0] is "c", which is the name of no backend. Known: a, scripted, synthetic.',
        ],
    ),
    "control characters and keys": (
        {"Failover": ["a\r\nX: 1", "sk-abcdefgh"]},
        [
            'Failover[0] is "a\\r\\nX: 1", which is the name of no backend. Known: scripted, synthetic.',
            'Failover[1] is "***", which is the name of no backend. Known: scripted, synthetic.',
        ],
    ),
}


@pytest.mark.parametrize(("document", "complaints"), WRONG.values(), ids=WRONG)
def test_what_cannot_hold_together_is_refused(refusal, document, complaints):
    """One line for each mistake, at the place where it was written."""
    assert refusal(document).splitlines() == [f"llmock.json: {complaint}" for complaint in complaints]


@pytest.mark.parametrize("off", [0, 1], ids=["the one that names", "the one that is named"])
def test_disabled_backends_are_checked_too(refusal, off):
    """Whoever enables one tomorrow finds no circle."""
    backends = entries(a=["b"], b=["a"])
    backends[off]["Enabled"] = False

    assert refusal({"Backends": backends}) == f"llmock.json: {circle(0, 'a → b → a')}"


FINE = {
    "a disabled backend is named": {
        "Failover": ["a", "b"],
        "Backends": [{"Name": "a"}, {"Name": "b", "Enabled": False}],
    },
    "the list of all names itself": {"Failover": ["a", "b"], "Backends": entries(a=None, b=["synthetic"])},
    "a way and a shortcut": {"Backends": entries(a=["b", "c"], b=["c"], c=[])},
    "on and off": {"Failover": True, "Backends": entries(a=True, b=["a"], c=False)},
    "in any case": {"Backends": entries(Alpha=["BETA", "Synthetic"], beta=None)},
    "a built-in name of one's own": {
        "Backends": [{"Name": "Scripted", "Provider": "scripted"}, {"Name": "a", "Failover": ["scripted"]}]
    },
}


@pytest.mark.parametrize("document", FINE.values(), ids=FINE)
def test_what_holds_together_is_taken(load, document):
    """Lists may name disabled and built-in backends, and lead anywhere but back."""
    assert len(load(document).backends) == len(document["Backends"])


@pytest.mark.parametrize(
    ("strategy", "weights"),
    [
        ("weighted", [(0, True), (1, True)]),
        ("weighted", [(0, False), (0, False)]),
        ("weighted", []),
        ("priority", [(0, True)]),
    ],
    ids=["one has weight", "all are disabled", "no backend", "another strategy"],
)
def test_weights_are_asked_for_only_when_they_count(load, strategy, weights):
    """Weight 0 is how a backend is left out of the turns."""
    backends = [{"Name": f"b{i}", "Weight": w, "Enabled": on} for i, (w, on) in enumerate(weights)]

    assert load({"Strategy": strategy, "Backends": backends}).strategy == strategy


def test_only_enabled_weights_count(refusal):
    """A disabled backend's weight draws nothing; of many names a few are told."""
    backends = [{"Name": f"b{i}", "Weight": 0} for i in range(9)]
    off = {"Name": "off", "Weight": 5, "Enabled": False}

    message = refusal({"Strategy": "Weighted", "Backends": [off, *backends]})

    assert message == (
        'llmock.json: Strategy is "Weighted", which is impossible to follow: every enabled backend has Weight 0 '
        "(b0, b1, b2, b3, b4, b5, b6, b7, …). Give one of them a larger number."
    )


def test_the_place_is_where_it_was_written(load, refusal):
    """A variable, and a marker, are named like the file."""
    from pytest_llmock.errors import SettingsError

    message = refusal({"Backends": entries(a=None)}, environ={"LLMOCK__Backends__0__Failover": "b"})
    with pytest.raises(SettingsError) as caught:
        load().merged({"Failover": ["c"]}, where="marker of test_x")

    assert message.startswith('Environment variable LLMOCK__Backends__0__Failover[0] is "b", which')
    assert caught.value.message.startswith('marker of test_x: Failover[0] is "c", which')


def reachable(graph):
    """For each name those that it leads to, by Warshall's algorithm: what the search is compared with."""
    ways = {name: set(listed) for name, listed in graph.items()}
    for middle in graph:
        for start in graph:
            if middle in ways[start]:
                ways[start] |= ways[middle]
    return ways


NAMES = "abcdefg"
GRAPHS = st.fixed_dictionaries(
    {name: st.lists(st.sampled_from(NAMES), unique=True, max_size=3) for name in NAMES}
)


@hypothesis_settings(max_examples=200, deadline=None)
@given(GRAPHS)
def test_circles_are_found_exactly_where_there_are_some(graph):
    """Compared with a plain reckoning of who leads to whom."""
    graph = {name: [other for other in graph[name] if other != name] for name in NAMES}
    backends = [BackendSettings(name=name, failover=tuple(listed)) for name, listed in graph.items()]

    flaws = contradictions(backends, strategy="first", failover=False)

    ways = [flaw.text.removeprefix("part of a circle: ").partition(".")[0].split(" → ") for flaw in flaws]
    assert all(way[0] == way[-1] == NAMES[flaw.path[1]] for way, flaw in zip(ways, flaws, strict=True))
    assert all(after in graph[before] for way in ways for before, after in pairwise(way))
    assert bool(ways) == any(name in found for name, found in reachable(graph).items())
