"""The live leaves of one event loop: they share its connections, and what was learnt of each server.

Imported when the first live backend is configured: its HTTP client costs a start-up 70 ms.
"""

from collections.abc import Mapping

from pytest_llmock.backends.anthropic import Anthropic
from pytest_llmock.backends.check import LiveCheck
from pytest_llmock.backends.http import Http
from pytest_llmock.backends.limits import Limits
from pytest_llmock.backends.llamacpp import LLAMACPP, LlamaCpp
from pytest_llmock.backends.negotiation import Negotiations
from pytest_llmock.backends.openai_compatible import OpenAICompatible
from pytest_llmock.backends.plugged import Plugged
from pytest_llmock.backends.providers import PROVIDERS, Provider, provider_for
from pytest_llmock.backends.registry import Leaf
from pytest_llmock.config import BackendSettings, Settings
from pytest_llmock.prices import price_of

# by provider; the others speak OpenAI's protocol
LEAVES: Mapping[str, type[Anthropic | OpenAICompatible]] = {"anthropic": Anthropic}


class Live:
    """Makes leaves; `aclose` on the loop that used them."""

    def __init__(self) -> None:
        self._http, self._negotiations = Http(), Negotiations()
        self._llamacpp, self._plugged = LlamaCpp(self._http, self._negotiations), Plugged()

    def leaf(self, entry: BackendSettings, settings: Settings) -> Leaf:
        """The leaf of a configured backend, enabled or not; nothing is called, no key is read.

        SettingsError for a provider of a package that cannot be used.
        """
        name = entry.provider.lower()
        if name == LLAMACPP.name:
            return self._llamacpp.leaf(entry, settings)
        if name in PROVIDERS:
            return self._over_http(entry, settings, PROVIDERS[name])
        return self._plugged.leaf(entry, settings) or self._over_http(
            entry, settings, provider_for(entry.provider)
        )

    def _over_http(self, entry: BackendSettings, settings: Settings, provider: Provider) -> Leaf:
        base_url = entry.base_url or provider.base_url
        limits = Limits.of(entry, settings)
        call = LEAVES.get(provider.name, OpenAICompatible)(
            name=entry.name,
            provider=provider,
            base_url=base_url,
            model=entry.model_name,
            http=self._http,
            negotiation=self._negotiations.of(f"{entry.name} {base_url} {entry.model_name}"),
            api_key=entry.api_key.reveal,
            max_tokens=limits.max_tokens,
            temperature=limits.temperature,
            timeout_s=entry.timeout_seconds or settings.timeout_seconds,
        )
        return Leaf(
            entry.name,
            call,
            provider.name,
            entry.model_name,
            base_url.partition("?")[0],  # shown in messages and logs, where a key in a query has no place
            live=True,
            enabled=entry.enabled,
            configured=True,
            asked=call.asked,
            price=price_of(entry),
            check=LiveCheck(call, entry.health_check_path or ""),
        )

    async def aclose(self) -> None:
        """Close every connection, every model that runs here, and what packages want closed."""
        await self._plugged.aclose()
        await self._llamacpp.aclose()
        await self._http.aclose()
