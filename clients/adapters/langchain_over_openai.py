"""langchain, over openai: its model and its agent."""

import openai
from adapters._langchain_family import LangChain
from langchain_openai import ChatOpenAI

HOME = "https://api.openai.com"
TIMEOUT = openai.APITimeoutError
_client = LangChain(ChatOpenAI, model="gpt-5", max_retries=0)

plain = _client.plain
streamed = _client.streamed
tools = _client.tools
structured = _client.structured
agent = _client.agent
patient = _client.patient
impatient = _client.impatient
