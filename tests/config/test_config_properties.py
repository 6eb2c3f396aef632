"""Round trips: settings survive any spelling, and the way through the environment."""

import json

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from pytest_llmock.config import load_settings

WORDS = st.text("abcxyz", min_size=1, max_size=6)
BACKEND = {
    "ModelName": WORDS,
    "Weight": st.integers(0, 99),
    "Enabled": st.booleans(),
    "MaxTokens": st.integers(1, 9999),
    "Temperature": st.sampled_from([0.0, 0.25, 1.5]),
    "ApiKey": WORDS,
    "Failover": st.one_of(st.booleans(), st.permutations(["scripted", "synthetic"])),
}
CORS = {
    "Enabled": st.booleans(),
    "AllowedOrigins": st.lists(st.sampled_from(["*", "http://a.test", "https://b.test:8443"]), min_size=1),
    "PreflightMaxAge": st.integers(0, 9),
}
SETTINGS = {
    "Seed": st.integers(-9, 99),
    "Temperature": st.sampled_from([0.0, 0.5, 2.0]),
    "EnableAutoChunking": st.booleans(),
    "MaxTokens": st.integers(0, 9999),
    "Record": st.sampled_from(["none", "once", "new", "all"]),
    "SseMode": st.sampled_from(["LlmTokens", "ArrayItems"]),
    "GraphQLMaxTokens": st.integers(1, 9),
    "Backend": st.lists(WORDS, min_size=1, max_size=3),
    "ModelName": WORDS,
    "Cors": st.fixed_dictionaries({}, optional=CORS),
    "LlmBackends": st.lists(
        st.fixed_dictionaries({"Name": WORDS}, optional=BACKEND), max_size=3, unique_by=lambda b: b["Name"]
    ),
}
DOCUMENTS = st.fixed_dictionaries({}, optional=SETTINGS)
# The temporary directory is empty whenever an example begins and ends.
FEW = hypothesis_settings(
    max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)


@st.composite
def respelt(draw, value):
    """The same mapping with every key in another case, with other separators."""
    if isinstance(value, dict):
        return {draw(spelling(key)): draw(respelt(inner)) for key, inner in value.items()}
    return [draw(respelt(inner)) for inner in value] if isinstance(value, list) else value


@st.composite
def spelling(draw, key):
    """One of the many spellings of a key."""
    letters = [draw(st.sampled_from([c.lower(), c.upper(), f"_{c}", f"{c.upper()}-"])) for c in key]
    return "".join(letters)


def variables(value, path=()):
    """The same settings as variables: one for each value."""
    pairs = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    )
    if pairs is None:
        return {"__".join(("LLMockApi", *path)): value if isinstance(value, str) else json.dumps(value)}
    return {name: text for key, inner in pairs for name, text in variables(inner, (*path, str(key))).items()}


@FEW
@given(document=DOCUMENTS, data=st.data())
def test_settings_do_not_depend_on_the_spelling_of_keys(tmp_path, document, data):
    """Any mapping loads to equal settings however its keys are spelt, at every level."""
    other = data.draw(respelt(document))

    plain = load_settings(tmp_path, environ={}, overrides=document)
    again = load_settings(tmp_path, environ={}, overrides={"mock-llm_API": other})

    assert again == plain
    assert again.warnings == plain.warnings == ()


@FEW
@given(document=DOCUMENTS)
def test_settings_survive_the_way_through_the_environment(tmp_path, document):
    """Flattened to one variable a value, any mapping loads to the same settings."""
    plain = load_settings(tmp_path, environ={}, overrides=document)
    environ = load_settings(tmp_path, environ=variables(document))

    assert environ == plain
    assert set(environ.origins.values()) <= {"environment"}


@FEW
@given(document=DOCUMENTS)
def test_settings_survive_a_file_with_comments(tmp_path, document):
    """What JSON says is not changed by reading it with comments and trailing commas."""
    file = tmp_path / "llmock.json"
    text = json.dumps(document, indent=1).replace("\n}", ", // end\n}") if document else "{}"
    file.write_text(text, encoding="utf-8")

    from_file = load_settings(tmp_path, environ={})
    file.unlink()

    assert from_file == load_settings(tmp_path, environ={}, overrides=document)


@pytest.mark.parametrize("count", [1, 3])
@given(document=DOCUMENTS)
@FEW
def test_laying_the_same_over_changes_nothing(tmp_path, count, document):
    """Merging is idempotent: what was said already makes no difference."""
    settings = load_settings(tmp_path, environ={}, overrides=document)

    merged = settings
    for _ in range(count):
        merged = merged.merged(document, where="again")

    assert merged == settings
