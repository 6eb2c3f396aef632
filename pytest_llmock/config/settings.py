"""The settings as typed, frozen values.

Rules: a field is one key of a settings document, and its default holds when nobody says anything; what a
key does stands where it is used. A field that is added here is known in every source at once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field, PrivateAttr, ValidationError, ValidationInfo, field_validator

from pytest_llmock.config import values
from pytest_llmock.config.fields import (
    NUMBER,
    Amount,
    Count,
    Duration,
    ExpiryAction,
    Lines,
    MatchLevel,
    Model,
    Money,
    Names,
    Object,
    Objects,
    Positive,
    RateLimitStrategy,
    RecordMode,
    RepeatMode,
    SecretText,
    Share,
    SseMode,
    Strategy,
    ToolExecutionMode,
    UnusedMode,
    as_written,
    keys_of,
    words,
)
from pytest_llmock.config.keys import spelling, with_root_names
from pytest_llmock.config.merge import lay_section_over
from pytest_llmock.config.problems import Flaw, sentence
from pytest_llmock.config.providers import unknown
from pytest_llmock.config.reading import read_layer
from pytest_llmock.config.relations import contradictions
from pytest_llmock.config.resolve import Resolver, with_old_format
from pytest_llmock.config.secret import Secret
from pytest_llmock.config.sections import BackendSettings, CorsSettings, OpenApiSettings
from pytest_llmock.config.tree import Layer, Section, origin_of
from pytest_llmock.errors import SettingsError


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where settings come from; two settings that say the same are equal, whoever said it."""

    layers: tuple[Layer, ...] = field(default=(), compare=False, repr=False)
    environ: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)
    source: Path | None = field(default=None, compare=False)
    warnings: tuple[str, ...] = field(default=(), compare=False)
    origins: Mapping[str, str] = field(default_factory=dict, compare=False)


class Settings(Model):
    """Everything that can be set. Units stand in the names; a plain number without one is a count."""

    # Who answers
    backends: tuple[BackendSettings, ...] = ()
    backend: Annotated[Names, BeforeValidator(values.chosen_names)] = ()
    map: Annotated[Mapping[str, str], BeforeValidator(values.replacements)] = Field(default_factory=dict)
    strategy: Annotated[Strategy, words(Strategy)] = "first"
    failover: Annotated[bool | tuple[str, ...], BeforeValidator(values.switch_or_names)] = False

    # How a test and a run behave
    seed: Annotated[int, NUMBER] = 0
    strict: bool | None = None
    chaos: Share = 0.0
    script: Path | None = None
    locale: str = "en"
    skip_unhealthy: bool = False
    report: Path | None = None
    max_cost: Money | None = None
    max_run_tokens: Count | None = None
    min_quality: Share | None = None

    # Cassettes
    record: Annotated[RecordMode, words(RecordMode, new_episodes="new")] = "none"
    cassettes: Path | None = None
    unused: Annotated[UnusedMode, words(UnusedMode)] = "report"
    match: Annotated[MatchLevel, words(MatchLevel, normalized="normalised")] = "exact"
    repeat: Annotated[RepeatMode, words(RepeatMode)] | None = None
    max_age: Annotated[timedelta | None, BeforeValidator(values.age)] = None
    on_expiry: Annotated[ExpiryAction, words(ExpiryAction)] = "warn"
    replay_speed: Amount = 0.0
    redact: Lines = ()
    normalise: Lines = ()
    similarity: str | None = None

    # What the model is asked
    temperature: Amount = 1.2
    max_context_window: Positive = 4096
    max_output_tokens: Positive | None = None
    graphql_max_tokens: Positive | None = 500
    custom_prompt_template: str | None = None
    custom_streaming_prompt_template: str | None = None
    include_shape_in_response: bool = False
    enable_verbose_logging: bool = False
    max_correction_attempts: Count = 2
    repair_json: bool = False

    # How long, how often
    timeout_seconds: Duration = 30.0
    deadline_seconds: Duration = 120.0
    enable_retry_policy: bool = True
    max_retry_attempts: Count = 3
    retry_base_delay_seconds: Amount = 1.0
    enable_circuit_breaker: bool = True
    circuit_breaker_failure_threshold: Positive = 5
    circuit_breaker_duration_seconds: Duration = 30.0
    health_check_seconds: Amount | None = None
    random_request_delay_min_ms: Count = 0
    random_request_delay_max_ms: Count = 0
    enable_rate_limiting: bool = False
    rate_limit_requests_per_minute: Positive = 100
    rate_limit_delay_range: Annotated[str | None, BeforeValidator(values.millisecond_range)] = None
    rate_limit_strategy: Annotated[RateLimitStrategy, words(RateLimitStrategy)] = "Auto"
    enable_rate_limit_statistics: bool = True
    rate_limit_stats_window_size: Positive = 10

    # Chunks, cache and limits
    enable_chunking: bool = True
    chunk_size: Positive | None = None
    max_items: Positive = 1000
    enable_caching: bool = True
    cache_key_hash_length: Annotated[int, NUMBER, Field(ge=1, le=64)] = 8
    max_cache_per_key: Positive = 5
    cache_sliding_expiration_minutes: Duration = 15.0
    cache_absolute_expiration_minutes: Duration | None = 60.0
    cache_refresh_threshold_percent: Annotated[int, NUMBER, Field(ge=0, le=100)] = 50
    cache_priority: Annotated[int, NUMBER] = 1
    enable_cache_statistics: bool = False
    enable_cache_compression: bool = False
    max_request_size_bytes: Positive = 52428800
    require_api_key: SecretText = Secret()  # of clients of the LLM APIs
    max_concurrent_requests: Positive = 100

    # The mock API
    sse_mode: Annotated[SseMode, words(SseMode)] = "LlmTokens"
    streaming_chunk_delay_min_ms: Count = 0
    streaming_chunk_delay_max_ms: Count = 0
    enable_continuous_streaming: bool = False
    continuous_streaming_interval_ms: Count = 2000
    continuous_streaming_max_duration_seconds: Amount = 300.0  # 0: without limit
    enable_auto_shape: bool = False
    shape_expiration_minutes: Duration = 15.0
    context_expiration_minutes: Duration = 15.0
    openapi_specs: tuple[OpenApiSettings, ...] = ()
    cors: CorsSettings = CorsSettings.model_construct()
    enable_management_auth: bool = False
    management_auth_secret: SecretText = Secret()
    hub_contexts: Objects = ()
    signalr_push_interval_ms: Positive = 5000
    rest_apis: Objects = Field(default=(), repr=False)  # these and tools may carry credentials
    journeys: Object = Field(default_factory=dict)
    simulator_types: Annotated[Mapping[str, bool], BeforeValidator(values.parsed_text)] = Field(
        default_factory=dict
    )
    tool_execution_mode: Annotated[ToolExecutionMode, words(ToolExecutionMode)] = "Disabled"
    tools: Objects = Field(default=(), repr=False)
    max_concurrent_tools: Positive = 5
    max_tool_chain_depth: Positive = 3
    include_tool_results_in_response: bool = False

    _provenance: Provenance = PrivateAttr(default_factory=Provenance)

    @field_validator("backends")
    @classmethod
    def _unique_names(cls, backends: tuple[BackendSettings, ...]) -> tuple[BackendSettings, ...]:
        folded = [backend.name.casefold() for backend in backends]
        again = next((b.name for i, b in enumerate(backends) if folded[i] in folded[:i]), None)
        if again is not None:
            raise ValueError(f"a list with two backends named '{again}' (case does not count). Rename one.")
        return backends

    @field_validator("random_request_delay_max_ms", "streaming_chunk_delay_max_ms")
    @classmethod
    def _not_below_minimum(cls, value: int, info: ValidationInfo) -> int:
        minimum = str(info.field_name).replace("_max_", "_min_")
        if value < info.data.get(minimum, 0):
            raise ValueError(f"less than {spelling(minimum)}. Write a larger number.")
        return value

    def model_post_init(self, context: object) -> None:
        if isinstance(context, Provenance):
            self._provenance = context

    @property
    def source(self) -> Path | None:
        """The settings file that was read."""
        return self._provenance.source

    @property
    def origins(self) -> Mapping[str, str]:
        """Who set each field that somebody set: `{"record": "command line"}`; see `tree.Origin`."""
        return self._provenance.origins

    @property
    def environ(self) -> Mapping[str, str]:
        """The environment as it was when the settings were read, before any test changed it."""
        return self._provenance.environ

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was written and has no effect, one sentence each."""
        return self._provenance.warnings

    def backend_named(self, name: str) -> BackendSettings | None:
        """The configured backend of that name, in any case."""
        wanted = name.strip().casefold()
        return next((backend for backend in self.backends if backend.name.casefold() == wanted), None)

    def merged(self, config: Mapping[str, object], *, where: str) -> "Settings":
        """These settings with a marker's `config` laid over, in any spelling; SettingsErrors name `where`."""
        above = read_layer(_mapping(config), KEYS, place=f"{where}:", origin="marker")
        return build((*self.layers(), above), environ=self._provenance.environ, source=self.source)

    def layers(self) -> tuple[Layer, ...]:
        """What each source says, lowest first; of settings made in code, the fields that were given."""
        return self._provenance.layers or (code_layer(self),)


KEYS = with_root_names(keys_of(Settings))
# Fields whose wrong values are not quoted: secrets, and sections, which may hold some.
_HIDDEN = frozenset(
    key.field
    for keys in (keys_of(BackendSettings), KEYS)
    for key in keys.values()
    if key.secret or key.below is not None
)


def code_layer(overrides: Settings | Mapping[str, object]) -> Layer:
    """Settings that were written in Python."""
    return read_layer(_mapping(overrides), KEYS, place="Settings in code:", origin="code")


def build(layers: Sequence[Layer], *, environ: Mapping[str, str], source: Path | None) -> Settings:
    """The settings that hold when each layer is laid over those before; SettingsError lists what is wrong."""
    tree = Section("Settings:", {})
    for layer in layers:
        tree = lay_section_over(tree, layer.tree)
    tree, remark = with_old_format(tree)
    resolver = Resolver(environ)
    said = resolver.section(tree, KEYS, ())
    if resolver.problems:
        raise SettingsError("\n".join(dict.fromkeys(resolver.problems)))
    remarks = [warning for layer in layers for warning in layer.warnings] + ([remark] if remark else [])
    remarks += _unknown_providers(said, resolver)
    origins = {name: origin for name in said if (origin := origin_of(tree.entries[name]))}
    provenance = Provenance(tuple(layers), environ, source, tuple(dict.fromkeys(remarks)), origins)
    found = _checked(said, provenance)
    if isinstance(found, Settings):
        return found
    # Raised here, so that no traceback leads to pydantic's error, which holds the values.
    problems = [sentence(flaw, resolver.places, _HIDDEN) for flaw in found]
    raise SettingsError("\n".join([*problems, *provenance.warnings]))


def _unknown_providers(said: Mapping[str, object], resolver: Resolver) -> list[str]:
    """A remark for each backend whose provider nobody has: it means Ollama."""
    backends = said.get("backends")
    entries = enumerate(backends if isinstance(backends, list) else ())
    named = [
        (number, entry["provider"])
        for number, entry in entries
        if isinstance(entry, Mapping) and isinstance(entry.get("provider"), str)
    ]
    return [
        f"{resolver.places['backends', number, 'provider'].place}: {told}"
        for number, provider in named
        if (told := unknown(provider.strip()))
    ]


def _checked(said: Mapping[str, object], provenance: Provenance) -> "Settings | list[Flaw]":
    """The settings, or all that is wrong: with single values, else with what they say of one another."""
    try:
        settings = _typed(said, provenance)
    except ValidationError as error:
        found = error.errors(include_input=False)
        return [Flaw(e["loc"], e["type"], e.get("ctx", {}), e["msg"]) for e in found]
    flaws = contradictions(settings.backends, strategy=settings.strategy, failover=settings.failover)
    return flaws or settings


def _typed(said: Mapping[str, object], provenance: Provenance) -> Settings:
    """The settings; when nobody said anything, without the validator, which takes longest of all to build."""
    if said:
        return Settings.model_validate(said, context=provenance)
    settings = Settings.model_construct()
    settings.model_post_init(provenance)
    return settings


def _mapping(value: object) -> Mapping[str, object]:
    written = as_written(value)
    if not isinstance(written, Mapping):
        is_file = isinstance(value, str | Path)
        meant = f" Of a file: load_settings(Path.cwd(), file=Path({str(value)!r}))." if is_file else ""
        raise SettingsError(
            f"Settings in code are a mapping or a Settings, not {type(value).__name__}.{meant}"
        )
    return written
