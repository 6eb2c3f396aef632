"""pydantic-ai over any SDK: it calls the tools itself."""

import pydantic_ai
from task import PATIENCE_S, QUESTION, Place, Ticket, weather


class PydanticAi:
    """`sdk` makes the client of an SDK, `model` a model of pydantic-ai that asks through it."""

    def __init__(self, sdk, model):
        self._sdk, self._model = sdk, model

    async def _output(self, tools=(), output=str, **options):
        async with self._sdk(**{"max_retries": 0, **options}) as sdk:
            agent = pydantic_ai.Agent(self._model(sdk), tools=tools, output_type=output)
            return (await agent.run(QUESTION)).output

    async def plain(self, _: Place):
        return await self._output()

    async def streamed(self, _: Place):
        async with (
            self._sdk(max_retries=0) as sdk,
            pydantic_ai.Agent(self._model(sdk)).run_stream(QUESTION) as answer,
        ):
            return [piece async for piece in answer.stream_text(delta=True, debounce_by=None)]

    async def structured(self, _: Place):
        return await self._output(output=Ticket)

    async def agent(self, _: Place):
        return await self._output(tools=[weather])

    async def patient(self, _: Place):
        return await self._output(max_retries=1)

    async def impatient(self, _: Place):
        return await self._output(timeout=PATIENCE_S)
