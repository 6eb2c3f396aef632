"""pydantic-ai, over openai."""

import openai
import pydantic_ai
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider
from task import PATIENCE_S, QUESTION, Place, Ticket, weather

HOME = "https://api.openai.com"
TIMEOUT = pydantic_ai.exceptions.ModelAPIError


async def run(tools=(), output=str, **options):
    async with openai.AsyncOpenAI(**{"max_retries": 0, **options}) as sdk:
        model = OpenAIChatModel("gpt-5", provider=OpenAIProvider(openai_client=sdk))
        return await pydantic_ai.Agent(model, tools=tools, output_type=output).run(QUESTION)


async def plain(place: Place):
    return (await run()).output


async def streamed(place: Place):
    async with openai.AsyncOpenAI(max_retries=0) as sdk:
        model = OpenAIChatModel("gpt-5", provider=OpenAIProvider(openai_client=sdk))
        async with pydantic_ai.Agent(model).run_stream(QUESTION) as answer:
            return [piece async for piece in answer.stream_text(delta=True, debounce_by=None)]


async def structured(place: Place):
    return (await run(output=Ticket)).output


async def agent(place: Place):
    return (await run(tools=[weather])).output


async def patient(place: Place):
    return (await run(max_retries=1)).output


async def impatient(place: Place):
    return (await run(timeout=PATIENCE_S)).output
