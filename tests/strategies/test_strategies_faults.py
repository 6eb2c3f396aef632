"""Faults of any kind, drawn."""

import httpx
import pytest
from hypothesis import HealthCheck, Phase, find, given, settings

from pytest_llmock import ShapeError, strategies
from pytest_llmock.faults import KINDS, fault_of

QUICK = settings(database=None, phases=[Phase.generate, Phase.shrink])
CHAT = {"model": "m", "messages": [{"role": "user", "content": "Hello"}]}


@given(strategies.faults(times=3))
def test_every_fault_is_one_that_can_be_said(fault):
    """It is made by the rules of faults, and strikes as often as was asked."""
    assert (fault_of(fault), fault.times) == (fault, 3)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(fault=strategies.faults())
def test_each_strikes_one_call_in_short_time(llm_backend, fault):
    """The next call is as if nothing had been."""
    llm_backend.fail(fault=fault)
    url = f"{llm_backend.base_url}/chat/completions"

    try:
        httpx.post(url, json=CHAT, timeout=5)
    except httpx.RemoteProtocolError:
        assert fault.kind == "cut"

    assert [str(each) for each in llm_backend.calls[-1].faults] == [str(fault)]
    assert httpx.post(url, json=CHAT).json()["choices"][0]["finish_reason"] == "stop"


def test_a_fault_shrinks_to_the_kind_that_stands_first():
    """And to a status that everybody meets."""
    assert str(find(strategies.faults(), lambda fault: True, settings=QUICK)) == "429"
    assert str(find(strategies.faults(kinds=["cut"]), lambda fault: fault.after, settings=QUICK)) == "cut@1"


@pytest.mark.parametrize(
    ("kinds", "message"),
    [
        (["cutt"], "The kind of faults is 'cutt'. Did you mean 'cut'?"),
        ([], f"There are no kinds of faults in []. Known: {', '.join(sorted(KINDS)[:8])}, …."),
    ],
)
def test_unknown_kinds_are_refused_when_the_strategy_is_made(kinds, message):
    """With the nearest one."""
    with pytest.raises(ShapeError) as caught:
        strategies.faults(kinds=kinds)

    assert caught.value.message == message
