"""google-genai: contents. Its automatic function calling is the agent."""

import httpx2
from google import genai
from google.genai import types
from task import KEY, PARAMETERS, PATIENCE_S, QUESTION, Place, Ticket, weather

HOME = "https://generativelanguage.googleapis.com"
TIMEOUT = httpx2.TimeoutException
OBEYS_RETRY_AFTER = False  # its waits are its own
ASKED = {"model": "gemini-x", "contents": QUESTION}
OFFERED = types.Tool(
    function_declarations=[
        {"name": "weather", "description": "The weather of a city.", "parameters_json_schema": PARAMETERS}
    ]
)


def client(place: Place, **options):
    options = {**place.option("base_url"), **options}
    return genai.Client(api_key=KEY, http_options=types.HttpOptions(**options))


def ask(place: Place, config=None, **options):
    with client(place, **options) as sdk:
        return sdk.models.generate_content(**ASKED, config=config)


def plain(place: Place):
    return ask(place).text


def streamed(place: Place):
    with client(place) as sdk:
        return [piece.text or "" for piece in sdk.models.generate_content_stream(**ASKED)]


def models(place: Place):
    with client(place) as sdk:
        return [model.display_name for model in sdk.models.list()]


def tools(place: Place):
    (call,) = ask(place, {"tools": [OFFERED]}).function_calls
    return call.name, call.args


def structured(place: Place):
    return ask(place, {"response_mime_type": "application/json", "response_schema": Ticket}).parsed


def agent(place: Place):
    return ask(place, {"tools": [weather]}).text


def patient(place: Place):
    return ask(place, retry_options=types.HttpRetryOptions(attempts=2, initial_delay=0.05, jitter=0)).text


def impatient(place: Place):
    return ask(place, timeout=int(PATIENCE_S * 1000))
