"""Which providers a backend may name, and what is told of one that nobody has."""

from pytest_llmock.config.values import BUILT_IN, DEFAULT_URLS
from pytest_llmock.errors import meant

GROUP = "pytest_llmock.providers"  # where packages declare theirs
_OURS = (*sorted(BUILT_IN, reverse=True), *DEFAULT_URLS, "llamacpp")


def unknown(provider: str) -> str:
    """What is told of a provider that is neither ours nor a package's nor a function's; else empty."""
    name = provider.casefold()
    if name in _OURS or ":" in name:
        return ""
    from importlib.metadata import entry_points  # noqa: PLC0415 - reads the metadata of every package

    known = tuple(dict.fromkeys([*_OURS, *(point.name for point in entry_points(group=GROUP))]))
    if name in [each.casefold() for each in known]:
        return ""
    return (
        f"Unknown provider '{provider}', falling back to ollama.{meant(provider, known)} "
        f"Available providers: {', '.join(known)}"
    )
