"""Sign-ups that keep the rules: one model makes them, another corrects them, the best one has the last try."""

from pydantic import BaseModel, Field

from pytest_llmock import Stage, ValidationLoop


class SignUp(BaseModel):
    name: str = Field(min_length=1)
    email: str = Field(pattern=r"^[^@\s]+@[^@\s]+\.[a-z]+$")
    age: int = Field(ge=18, le=120)


DRAFT = {"name": "string", "email": "string", "age": 0}

SIGN_UP = ValidationLoop(
    Stage("generate", backend="generator", shape=DRAFT),
    SignUp,
    Stage("correct", backend="enricher", shape=DRAFT),
    max_attempts=2,
    final=Stage("last-resort", backend="validator", shape=DRAFT),
)
