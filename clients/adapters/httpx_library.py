"""httpx: chat completions by hand. It has no retries of answers."""

import httpx
from adapters._httpx_family import HttpxFamily

HOME = "https://api.openai.com"
TIMEOUT = httpx.TimeoutException
_client = HttpxFamily(httpx, HOME)

plain = _client.plain
streamed = _client.streamed
tools = _client.tools
structured = _client.structured
agent = _client.agent
impatient = _client.impatient
