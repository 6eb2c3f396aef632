"""Three models plan the same trip, and one plan comes out."""

from pytest_llmock import Consensus, Stage

PLAN = {"city": "string", "days": 0, "guide": {"name": "string", "email": "string"}}


def plans(backends=("generator", "enricher", "validator"), **how):
    return Consensus([Stage(f"plan-{name}", backend=name, shape=PLAN) for name in backends], **how)
