"""Data made by the quick model. What is complex is scored, and mended by the premium model only if it is bad."""

from pytest_llmock import Pipeline, QualityGate, Router, Stage, assess_complexity

RULES = ["Ensure all dates are valid ISO-8601", "Verify email formats", "Check for logical consistency"]


def as_it_is(data):
    return data


def feed(shape, complexity_threshold=5):
    mend = Stage("validate", backend="validator", shape=shape, instructions=". ".join(RULES))
    return Pipeline(
        Stage("data", backend="generator", shape=shape),
        Router(
            {False: as_it_is, True: QualityGate(0.95, rules=RULES, on_fail=mend)},
            score=lambda data: assess_complexity(data) > complexity_threshold,
        ),
    )
