"""litellm, of Anthropic's models."""

import litellm
from adapters._litellm_family import LiteLlm

ENVIRONMENTS = ("clients-openai2",)
HOME = "https://api.anthropic.com"
TIMEOUT = litellm.Timeout
OBEYS_RETRY_AFTER = False  # its waits are its own
_client = LiteLlm("anthropic/claude-x", repeats="num_retries")

plain = _client.plain
streamed = _client.streamed
tools = _client.tools
structured = _client.structured
agent = _client.agent
patient = _client.patient
impatient = _client.impatient
