"""anthropic: messages."""

import anthropic
from task import MESSAGES, PARAMETERS, PATIENCE_S, Place, Ticket
from task import weather as _weather

HOME = "https://api.anthropic.com"
TIMEOUT = anthropic.APITimeoutError
ASKED = {"model": "claude-x", "max_tokens": 1000, "messages": MESSAGES}
TOOL = {"name": "weather", "description": "The weather of a city.", "input_schema": PARAMETERS}


def client(**options):
    return anthropic.Anthropic(**{"max_retries": 0, **options})


def plain(place: Place):
    with client() as sdk:
        return sdk.messages.create(**ASKED).content[0].text


def streamed(place: Place):
    with client() as sdk, sdk.messages.stream(**ASKED) as stream:
        pieces = list(stream.text_stream)
        assert "".join(pieces) == stream.get_final_text()
        return pieces


def models(place: Place):
    with client() as sdk:
        return [model.id for model in sdk.models.list()]


def tools(place: Place):
    with client() as sdk:
        (block,) = sdk.messages.create(**ASKED, tools=[TOOL]).content
    return block.name, block.input


def structured(place: Place):
    with client() as sdk:
        return sdk.messages.parse(**ASKED, output_format=Ticket).parsed_output


def agent(place: Place):
    with client() as sdk:
        runner = sdk.beta.messages.tool_runner(**ASKED, tools=[anthropic.beta_tool(_weather)])
        return runner.until_done().content[0].text


def patient(place: Place):
    with client(max_retries=1) as sdk:
        return sdk.messages.create(**ASKED).content[0].text


def impatient(place: Place):
    with client(timeout=PATIENCE_S) as sdk:
        return sdk.messages.create(**ASKED).content[0].text
