"""pydantic-ai, over anthropic."""

import anthropic
import pydantic_ai
from adapters._pydantic_ai_family import PydanticAi
from pydantic_ai.models.anthropic import AnthropicModel
from pydantic_ai.providers.anthropic import AnthropicProvider

HOME = "https://api.anthropic.com"
TIMEOUT = pydantic_ai.exceptions.ModelAPIError
_client = PydanticAi(
    anthropic.AsyncAnthropic,
    lambda sdk: AnthropicModel("claude-x", provider=AnthropicProvider(anthropic_client=sdk)),
)

plain = _client.plain
streamed = _client.streamed
structured = _client.structured
agent = _client.agent
patient = _client.patient
impatient = _client.impatient
