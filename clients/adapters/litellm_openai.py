"""litellm, of OpenAI's models."""

import litellm
from adapters._litellm_family import LiteLlm

ENVIRONMENTS = ("clients-openai2",)
HOME = "https://api.openai.com"
TIMEOUT = litellm.Timeout
_client = LiteLlm("openai/gpt-5", repeats="max_retries")

plain = _client.plain
streamed = _client.streamed
tools = _client.tools
structured = _client.structured
agent = _client.agent
patient = _client.patient
impatient = _client.impatient
