"""langchain, over anthropic: its model and its agent."""

import anthropic
from adapters._langchain_family import LangChain
from langchain_anthropic import ChatAnthropic

HOME = "https://api.anthropic.com"
TIMEOUT = anthropic.APITimeoutError
_client = LangChain(ChatAnthropic, model="claude-x", max_retries=0)

plain = _client.plain
streamed = _client.streamed
tools = _client.tools
structured = _client.structured
agent = _client.agent
patient = _client.patient
impatient = _client.impatient
