"""The live leaf `llamacpp`: a GGUF file, which llama.cpp runs for this process alone.

`ModelName` is the file. Nothing is read or started before the first call, so that a replay needs neither the
file nor the extra. What llama.cpp serves is OpenAI's chat API, and is asked as any other server of it.
"""

from contextlib import aclosing
from dataclasses import dataclass, field, replace
from pathlib import Path, PureWindowsPath

from pytest_llmock.backends.health import Health
from pytest_llmock.backends.http import Http
from pytest_llmock.backends.limits import Limits
from pytest_llmock.backends.llama_process import Model, NotLoadedError, Processes, check
from pytest_llmock.backends.negotiation import Negotiations
from pytest_llmock.backends.openai_compatible import OpenAICompatible
from pytest_llmock.backends.providers import Provider
from pytest_llmock.backends.registry import Leaf
from pytest_llmock.clock import SystemClock
from pytest_llmock.config import BackendSettings, Settings
from pytest_llmock.errors import BackendError, Failure, SettingsError
from pytest_llmock.llm import Deltas, Prompt
from pytest_llmock.prices import price_of

LLAMACPP = Provider(
    name="llamacpp",
    label="llama.cpp",
    base_url="",
    start_hint="Has llama.cpp ended? The next call starts it again.",
    model_hint="",
)


@dataclass(frozen=True, slots=True)
class _Loaded:
    """A backend that loads its model when it is first called."""

    model: Model
    upstream: OpenAICompatible
    processes: Processes = field(repr=False)

    async def __call__(self, prompt: Prompt, /) -> Deltas:
        try:
            process, address = await self.processes.running(self.model)
        except NotLoadedError as error:
            message = f"Backend '{self.upstream.name}' (llamacpp): {self.model.path} {error}."
            raise BackendError(Failure("resolve", message), backend=self.upstream.name) from error
        upstream = replace(self.upstream, base_url=f"{address}/v1/", api_key=lambda: process.key)
        async with aclosing(upstream(prompt)) as deltas:
            async for delta in deltas:
                yield delta


@dataclass(frozen=True, slots=True)
class _FileCheck:
    """The check of a file: nothing is loaded for it, so it cannot say what becomes of a schema."""

    name: str
    path: Path

    async def __call__(self, *, json_mode: bool = False, timeout_s: float | None = None) -> Health:  # noqa: ARG002 - Check has both; a file answers at once
        at, file = SystemClock().wall(), self.path.name
        try:
            check(self.path)
        except NotLoadedError as error:
            problem = f"Backend '{self.name}' (llamacpp): {self.path} {error}."
            return Health(self.name, self.path.exists(), problem=problem, at=at)
        return Health(self.name, reachable=True, models=(file,), model_present=True, at=at)


class LlamaCpp:
    """Makes leaves; `aclose` on the loop that used them."""

    def __init__(self, http: Http, negotiations: Negotiations) -> None:
        self._http, self._negotiations = http, negotiations
        self._processes = Processes()

    def leaf(self, entry: BackendSettings, settings: Settings) -> Leaf:
        """The leaf of a configured backend; SettingsError when it names no file, or an address."""
        if entry.enabled:
            _check(entry)
        limits, file = Limits.of(entry, settings), file_name(entry.model_name)
        path = path_of(entry, settings)
        upstream = OpenAICompatible(
            name=entry.name,
            provider=LLAMACPP,
            model=file,
            http=self._http,
            negotiation=self._negotiations.of(f"{entry.name} {path}"),
            max_tokens=limits.max_tokens,
            temperature=limits.temperature,
            timeout_s=entry.timeout_seconds or settings.timeout_seconds,
        )
        return Leaf(
            entry.name,
            _Loaded(Model(path, settings.max_context_window), upstream, self._processes),
            LLAMACPP.name,
            file,
            path.as_uri(),
            live=True,
            enabled=entry.enabled,
            configured=True,
            asked=limits.asked,
            check=_FileCheck(entry.name, path),
            price=price_of(entry),
        )

    async def aclose(self) -> None:
        """End every model that runs."""
        await self._processes.aclose()


def path_of(entry: BackendSettings, settings: Settings) -> Path:
    """Where the file is; a relative path begins at the settings file, without one in the current folder."""
    folder = settings.source.parent if settings.source else Path()
    return (folder / Path(entry.model_name).expanduser()).absolute()


def file_name(written: str) -> str:
    """The model as answers and recordings name it: a recording of one machine plays on another."""
    return PureWindowsPath(written).name  # it takes / and \\ alike


def _check(entry: BackendSettings) -> None:
    if not entry.model_name.strip():
        raise SettingsError(
            f"Backend '{entry.name}': provider 'llamacpp' needs 'ModelName', the path of a GGUF file."
        )
    if entry.base_url:
        raise SettingsError(
            f"Backend '{entry.name}': provider 'llamacpp' runs a file, and takes no 'BaseUrl'. For a "
            "llama.cpp server that runs already write Provider 'lmstudio'."
        )
