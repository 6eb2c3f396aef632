"""langchain, over ollama: its model and its agent. It has no retries."""

import httpx
from langchain.agents import create_agent
from langchain_ollama import ChatOllama
from task import PATIENCE_S, QUESTION, Place, Ticket, weather

HOME = "http://127.0.0.1:11434"
TIMEOUT = httpx.TimeoutException


def model(**options):
    return ChatOllama(**{"model": "llama3", **options})


def plain(place: Place):
    return model().invoke(QUESTION).text


def streamed(place: Place):
    return [piece.text for piece in model().stream(QUESTION)]


def tools(place: Place):
    (call,) = model().bind_tools([weather]).invoke(QUESTION).tool_calls
    return call["name"], call["args"]


def structured(place: Place):
    return model().with_structured_output(Ticket).invoke(QUESTION)


def agent(place: Place):
    said = create_agent(model(), [weather]).invoke({"messages": [("user", QUESTION)]})
    return said["messages"][-1].text


def impatient(place: Place):
    return model(client_kwargs={"timeout": PATIENCE_S}).invoke(QUESTION).text
