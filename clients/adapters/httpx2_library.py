"""httpx2: chat completions by hand. It has no retries of answers."""

import httpx2
from adapters._httpx_family import HttpxFamily

HOME = "https://api.openai.com"
TIMEOUT = httpx2.TimeoutException
_client = HttpxFamily(httpx2, HOME)

plain = _client.plain
streamed = _client.streamed
tools = _client.tools
structured = _client.structured
agent = _client.agent
impatient = _client.impatient
