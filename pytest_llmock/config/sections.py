"""The sections inside the settings, as typed, frozen values."""

import re
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, field_validator, model_validator

from pytest_llmock.config import values
from pytest_llmock.config.addresses import address
from pytest_llmock.config.fields import (
    NUMBER,
    Amount,
    Count,
    Duration,
    Model,
    Money,
    Names,
    Positive,
    SecretText,
)
from pytest_llmock.config.keys import spelling
from pytest_llmock.config.secret import Secret

_ORIGIN = re.compile(r"\*|null|[a-z][a-z0-9+.-]*://[^\s/?#@*]+", re.IGNORECASE)
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")


class BackendSettings(Model):
    """One entry of `Backends`. An unknown `provider` is kept as written: a package may provide it."""

    provider: Annotated[str, AfterValidator(values.trimmed)] = "ollama"
    name: Annotated[str, AfterValidator(values.backend_name)]
    allow_link_local: bool = False  # before the address, which is checked by it
    base_url: str = Field(default="", validate_default=True)
    model_name: str = ""
    api_key: SecretText = Secret()
    weight: Count = 1
    enabled: bool = True
    max_tokens: Positive | None = None
    max_concurrent_requests: Count = 0
    health_check_path: Annotated[str, AfterValidator(values.own_path)] | None = None
    priority: Annotated[int, NUMBER] = 0
    description: str = ""
    temperature: Amount | None = None
    timeout_seconds: Duration | None = None
    failover: Annotated[bool | tuple[str, ...] | None, BeforeValidator(values.switch_or_names)] = None
    input_price_per_million: Money | None = None
    output_price_per_million: Money | None = Field(default=None, validate_default=True)

    @field_validator("base_url")
    @classmethod
    def _address(cls, value: str, info: ValidationInfo) -> str:
        provider = str(info.data.get("provider", "")).casefold()
        if value.strip():
            return address(value.strip(), link_local=info.data.get("allow_link_local", False))
        return values.DEFAULT_URLS.get(provider, "")  # who is embedded has none, and others know their own

    @field_validator("output_price_per_million")
    @classmethod
    def _both_prices(cls, value: Decimal | None, info: ValidationInfo) -> Decimal | None:
        other = "input_price_per_million"
        if other in info.data and (value is None) != (info.data[other] is None):
            said = "missing beside" if value is None else "given without"
            raise ValueError(f"{said} {spelling(other)}. Write both, in USD per million tokens.")
        return value

    @model_validator(mode="after")
    def _somewhere(self) -> "BackendSettings":
        if self.enabled and self.provider.casefold() == "azure" and not self.base_url:
            raise ValueError(
                "without a BaseUrl, and azure has none of its own. "
                "Write the address of your resource, such as https://NAME.openai.azure.com/."
            )
        return self

    @model_validator(mode="after")
    def _not_a_built_in_name(self) -> "BackendSettings":
        if self.name.casefold() in values.BUILT_IN and self.provider.casefold() != self.name.casefold():
            raise ValueError(
                f"named '{self.name}', the name of a built-in backend. "
                f"Choose another name, or write Provider '{self.name.casefold()}'."
            )
        return self


class OpenApiSettings(Model):
    """One entry of `OpenApiSpecs`: a document whose operations become endpoints."""

    name: str
    source: str
    base_path: str | None = None
    context_name: str | None = None
    enable_streaming: bool = False
    include_tags: Names = ()
    exclude_tags: Names = ()
    include_paths: Names = ()
    exclude_paths: Names = ()


class CorsSettings(Model):
    """Which other origins a browser may call us from."""

    enabled: bool = False
    allowed_origins: Names = ("*",)
    allow_credentials: bool = False
    exposed_headers: Names = ()
    preflight_max_age: Count = 86400

    @field_validator("allowed_origins")
    @classmethod
    def _are_origins(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        wrong = next((each for each in origins if not _ORIGIN.fullmatch(each)), None)
        if wrong is not None:
            raise ValueError(
                f"a list with '{wrong}', which is no origin. Write scheme, host and port, no path, such "
                "as 'http://localhost:5173', or '*' for all."
            )
        return origins

    @field_validator("exposed_headers")
    @classmethod
    def _are_header_names(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        wrong = next((each for each in names if not _HEADER.fullmatch(each)), None)
        if wrong is not None:
            raise ValueError(
                f"a list with '{wrong}', which is no name of a header. Write one such as 'ETag'."
            )
        return names

    @field_validator("allow_credentials")
    @classmethod
    def _not_for_everybody(cls, value: bool, info: ValidationInfo) -> bool:
        if value and info.data.get("enabled") and "*" in info.data.get("allowed_origins", ()):
            raise ValueError(
                "true while AllowedOrigins has '*': no browser takes that. Write the origins that may send "
                "cookies, such as 'http://localhost:5173'."
            )
        return value
