"""The providers whose protocol is OpenAI's chat API, and where they differ."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

log = logging.getLogger("pytest_llmock")


@dataclass(frozen=True, slots=True)
class Provider:
    """One provider. Everything that depends on who it is stands in this table, nowhere else.

    `any_schema_root`: takes schemas of arrays and scalars, not of objects only; `schema_in_object`: takes a
    schema beside `{"type": "json_object"}`; `many_choices`: answers `n` choices to one request;
    `strict_schemas`: `strict` may be set, and only for closed schemas; `start_hint`, `model_hint`: what to do
    when nobody listens, and when the model is not there.
    """

    name: str
    label: str
    base_url: str
    start_hint: str
    model_hint: str
    key_required: bool = False
    any_schema_root: bool = True
    schema_in_object: bool = True
    many_choices: bool = True
    strict_schemas: bool = False


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
            start_hint="Check 'BaseUrl', the network and its proxy.",
            model_hint="Check 'ModelName' ('{model}'), 'BaseUrl' and what the key may use.",
            key_required=True,
            any_schema_root=False,
            schema_in_object=False,
            strict_schemas=True,
        ),
        Provider(
            name="lmstudio",
            label="LM Studio",
            base_url="http://localhost:1234/v1/",
            start_hint="Is LM Studio's server running? Start it with `lms server start`.",
            model_hint="Is the model there? Get it with `lms get {model}`.",
        ),
    )
}


@cache  # so that each unknown name is warned about once
def provider_for(name: str) -> Provider:
    """The provider of that name, whatever its case; an unknown name is logged and means Ollama."""
    provider = PROVIDERS.get(name.strip().lower())
    if provider is None:
        log.warning(
            "Unknown provider '%s', falling back to ollama. Available providers: %s",
            name,
            ", ".join(PROVIDERS),
        )
        return PROVIDERS["ollama"]
    return provider
