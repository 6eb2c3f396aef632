"""What the settings of a live backend make of a prompt before it is sent, and recorded."""

from dataclasses import dataclass, replace

from pytest_llmock.config import BackendSettings, Settings
from pytest_llmock.llm import Prompt


@dataclass(frozen=True, slots=True)
class Limits:
    """`max_tokens` bounds what a client may ask for; `temperature` is for generations that say none."""

    max_tokens: int | None = None
    temperature: float | None = None

    @classmethod
    def of(cls, entry: BackendSettings, settings: Settings) -> "Limits":
        """The entry's own, else those of the document."""
        return cls(
            entry.max_tokens or settings.max_output_tokens,
            settings.temperature if entry.temperature is None else entry.temperature,
        )

    def asked(self, prompt: Prompt) -> Prompt:
        """The prompt within these limits; the very same one when they change nothing."""
        sampling = prompt.sampling
        limit, temperature = self.max_tokens, sampling.temperature
        if sampling.max_tokens is not None and (limit is None or sampling.max_tokens < limit):
            limit = sampling.max_tokens
        if temperature is None and prompt.generation is not None:
            temperature = self.temperature
        if (limit, temperature) == (sampling.max_tokens, sampling.temperature):
            return prompt
        return replace(prompt, sampling=replace(sampling, max_tokens=limit, temperature=temperature))
