"""langchain, over openai: its model and its agent."""

import openai
from langchain.agents import create_agent
from langchain_openai import ChatOpenAI
from task import PATIENCE_S, QUESTION, Place, Ticket, weather

HOME = "https://api.openai.com"
TIMEOUT = openai.APITimeoutError


def model(**options):
    return ChatOpenAI(**{"model": "gpt-5", "max_retries": 0, **options})


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


def patient(place: Place):
    return model(max_retries=1).invoke(QUESTION).text


def impatient(place: Place):
    return model(timeout=PATIENCE_S).invoke(QUESTION).text
