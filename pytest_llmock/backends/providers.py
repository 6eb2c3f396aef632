"""The providers that a live backend can have, and where they differ."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pytest_llmock.backends.addresses import below, below_deployment

# what a server says to a field that it does not take; llama-cpp-python says 500 where it means 422
DOWNGRADES = frozenset({400, 404, 415, 422, 500, 501})
_BAD_FIELD = frozenset({400, 422})  # services that know their statuses

_CHECK_ADDRESS = "Check 'BaseUrl', the network and its proxy."
_CHECK_MODEL = "Check 'ModelName' ('{model}'), 'BaseUrl' and what the key may use."


@dataclass(frozen=True, slots=True)
class Provider:
    """One provider. Everything that depends on who it is stands in this table, nowhere else.

    `base_url` is empty where each customer has an address of their own. `start_hint`, `model_hint`: what to
    do when nobody listens, and when the model is not there. `key_variable`: where its key usually is; with
    one, no call goes out without a key. `key_header`, `key_prefix`, `headers`: how the key goes out, and
    what else always does. `address` gives the address of a path for a model.

    `any_schema_root`: takes schemas of arrays and scalars, not of objects only; `schema_in_object`: takes a
    schema beside `{"type": "json_object"}`; `many_choices`: answers `n` choices to one request;
    `strict_schemas`: `strict` may be set, and only for closed schemas; `model_in_path`: an address needs a
    model; `newer_limit`: every model of it knows `max_completion_tokens`; `picky_models`: some models refuse
    `temperature` and `top_p`; `downgrades`: the statuses that may mean a field which is not taken.
    """

    name: str
    label: str
    base_url: str
    start_hint: str
    model_hint: str
    key_variable: str = ""
    key_header: str = "Authorization"
    key_prefix: str = "Bearer "
    headers: tuple[tuple[str, str], ...] = ()
    address: Callable[[str, str, str], str] = below
    any_schema_root: bool = True
    schema_in_object: bool = True
    many_choices: bool = True
    strict_schemas: bool = False
    model_in_path: bool = False
    newer_limit: bool = False
    picky_models: bool = False
    downgrades: frozenset[int] = DOWNGRADES


PROVIDERS: Mapping[str, Provider] = {
    provider.name: provider
    for provider in (
        Provider(
            name="ollama",
            label="Ollama",
            base_url="http://localhost:11434/v1/",
            start_hint="Is Ollama running? Start it with `ollama serve`.",
            model_hint="Is the model there? Get it with `ollama pull {model}`.",
            many_choices=False,
        ),
        Provider(
            name="openai",
            label="OpenAI",
            base_url="https://api.openai.com/v1/",
            start_hint=_CHECK_ADDRESS,
            model_hint=_CHECK_MODEL,
            key_variable="OPENAI_API_KEY",
            any_schema_root=False,
            schema_in_object=False,
            strict_schemas=True,
            picky_models=True,
            downgrades=_BAD_FIELD,
        ),
        Provider(
            name="lmstudio",
            label="LM Studio",
            base_url="http://localhost:1234/v1/",
            start_hint="Is LM Studio's server running? Start it with `lms server start`.",
            model_hint="Is the model there? Get it with `lms get {model}`.",
        ),
        Provider(
            name="anthropic",
            label="Anthropic",
            base_url="https://api.anthropic.com/v1/",
            start_hint=_CHECK_ADDRESS,
            model_hint=_CHECK_MODEL,
            key_variable="ANTHROPIC_API_KEY",
            key_header="x-api-key",
            key_prefix="",
            # 2026-10-21 refuses temperatures that older models still take, and differs in nothing else here
            headers=(("anthropic-version", "2023-06-01"),),
            many_choices=False,
            picky_models=True,
            downgrades=_BAD_FIELD,
        ),
        Provider(
            name="azure",
            label="Azure OpenAI",
            base_url="",
            start_hint=_CHECK_ADDRESS,
            model_hint="Check 'ModelName' ('{model}'), which is the deployment's name, and 'BaseUrl'.",
            key_variable="AZURE_OPENAI_API_KEY",
            key_header="api-key",
            key_prefix="",
            address=below_deployment,
            any_schema_root=False,
            schema_in_object=False,
            strict_schemas=True,
            model_in_path=True,
            newer_limit=True,
            picky_models=True,
            downgrades=_BAD_FIELD,
        ),
    )
}


def provider_for(name: str) -> Provider:
    """The provider of that name, whatever its case; an unknown one, of which the settings warn, is Ollama."""
    return PROVIDERS.get(name.strip().lower(), PROVIDERS["ollama"])
