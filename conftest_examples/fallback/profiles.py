"""A profile by the good model, or a plain one by the fast model when that does not answer."""

from pytest_llmock import Fallback, Stage

PROFILE = {"name": "string", "bio": "string"}
PROFILE_OF_ANYBODY = Fallback(
    Stage("generate", backend="enricher", shape=PROFILE),
    Stage("fall-back", backend="generator", shape=PROFILE),
)
