"""litellm, of Ollama's models."""

import litellm
from adapters._litellm_family import LiteLlm

ENVIRONMENTS = ("clients-openai2",)
TIMEOUT = litellm.Timeout
OBEYS_RETRY_AFTER = False  # its waits are its own
_client = LiteLlm("ollama_chat/llama3", repeats="num_retries", address="api_base")

plain = _client.plain
streamed = _client.streamed
tools = _client.tools
structured = _client.structured
agent = _client.agent
patient = _client.patient
impatient = _client.impatient
