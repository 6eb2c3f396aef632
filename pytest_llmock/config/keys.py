"""The known keys and their spellings: `MaxTokens`, `max_tokens`, `MAX-TOKENS` are one key.

Rules: which keys exist is read from the models in `settings.py`, never listed twice; here stand only the
words that no model can tell: roots, second names, and the two keys of the old one-backend format.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

ROOTS = frozenset({"mockllmapi", "llmockapi", "mostlylucid.mockllmapi"})

# Which of two answers to "who wins over a marker?" holds (design: precedence). What a test is:
TEST_OPTIONS = frozenset(
    {
        "backend", "seed", "strict", "match", "faults", "env", "intercept", "repeat", "clock",
        "cassette", "config", "samples", "pass_rate",
        "skip_unhealthy",
    }
)  # fmt: skip
# How a run acts; `max_run_tokens` is the field that `--llmock-max-tokens` sets.
RUN_OPTIONS = frozenset(
    {"record", "cassettes", "unused", "chaos", "max_cost", "max_run_tokens", "min_quality", "report", "map"}
)


@dataclass(frozen=True, slots=True)
class Key:
    """One known key.

    `field` is what it sets, `spelling` how messages write it, `below` the keys inside it (`many`: inside
    each entry of a list). `free` keys hold lists or JSON that variables may reach into; `nullable` ones
    take null as a value of its own, for all others null means the default; `negated` ones say the opposite
    of their field; `secret` ones are never shown.
    """

    field: str
    spelling: str
    below: "Keys | None" = None
    many: bool = False
    free: bool = False
    nullable: bool = False
    negated: bool = False
    secret: bool = False

    @property
    def option(self) -> str:
        """The key as options and their variables write it: `max_tokens`."""
        return _OPTIONS.get(self.spelling, self.field)


Keys: TypeAlias = Mapping[str, Key]

BASE_URL = Key("base_url", "BaseUrl")
MODEL_NAME = Key("model_name", "ModelName")
LAX = Key("strict", "Lax", nullable=True, negated=True)

# Folded second names of root keys, beside each field's own.
SECOND_NAMES: Mapping[str, str] = {
    "llmbackends": "backends",
    "enableautochunking": "enable_chunking",
    "maxtokens": "max_run_tokens",
}
_SPELLINGS: Mapping[str, str] = {
    "graphql_max_tokens": "GraphQLMaxTokens",
    "max_run_tokens": "MaxTokens",
    "openapi_specs": "OpenApiSpecs",
    "rest_apis": "RestApis",
    "signalr_push_interval_ms": "SignalRPushIntervalMs",
}
_OPTIONS: Mapping[str, str] = {"Lax": "lax", "MaxTokens": "max_tokens"}


def fold(name: str) -> str:
    """The form in which two spellings of one key are equal: `Max_Tokens` → `maxtokens`."""
    return name.casefold().replace("_", "").replace("-", "")


def spelling(field: str) -> str:
    """The field as documents write it: `timeout_seconds` → `TimeoutSeconds`."""
    return _SPELLINGS.get(field) or "".join(word.capitalize() for word in field.split("_"))


def closest(name: str, known: Iterable[Key]) -> Key:
    """The key whose spelling is most like `name`, however unlike."""
    from difflib import get_close_matches  # noqa: PLC0415 - only a misspelt key needs it

    by_spelling = {fold(key.spelling): key for key in known}
    return by_spelling[get_close_matches(fold(name), list(by_spelling), n=1, cutoff=0)[0]]


def with_root_names(fields: Keys) -> Keys:
    """The keys of a settings document: the fields, their second names, `lax` and the old format's two."""
    second = {folded: fields[fold(field)] for folded, field in SECOND_NAMES.items()}
    return {**fields, **second, "lax": LAX, "baseurl": BASE_URL, "modelname": MODEL_NAME}
