"""pydantic-ai, over openai."""

import openai
import pydantic_ai
from adapters._pydantic_ai_family import PydanticAi
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider

HOME = "https://api.openai.com"
TIMEOUT = pydantic_ai.exceptions.ModelAPIError
_client = PydanticAi(
    openai.AsyncOpenAI, lambda sdk: OpenAIChatModel("gpt-5", provider=OpenAIProvider(openai_client=sdk))
)

plain = _client.plain
streamed = _client.streamed
structured = _client.structured
agent = _client.agent
patient = _client.patient
impatient = _client.impatient
