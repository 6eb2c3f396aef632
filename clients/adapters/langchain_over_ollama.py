"""langchain, over ollama: its model and its agent. It has no retries."""

import httpx
from adapters._langchain_family import LangChain
from langchain_ollama import ChatOllama
from task import PATIENCE_S

HOME = "http://127.0.0.1:11434"
TIMEOUT = httpx.TimeoutException
IMPATIENT = {"client_kwargs": {"timeout": PATIENCE_S}}
_client = LangChain(ChatOllama, model="llama3", patience=IMPATIENT)

plain = _client.plain
streamed = _client.streamed
tools = _client.tools
structured = _client.structured
agent = _client.agent
impatient = _client.impatient
