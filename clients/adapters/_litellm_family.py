"""litellm, whatever provider it asks."""

import json

import litellm
from task import MESSAGES, OPENAI_TOOL, PATIENCE_S, Place, Ticket, weather


class LiteLlm:
    """`repeats` is the option that says how often it repeats, `address` the one for an address it reads nowhere."""

    def __init__(self, model, *, repeats, address=""):
        self._model, self._repeats, self._address = model, repeats, address

    def _said(self, place: Place, **options):
        return self._complete(place, **options).choices[0].message

    def _complete(self, place: Place, **options):
        where = place.option(self._address) if self._address else {}
        usual = {"model": self._model, "messages": MESSAGES, "max_retries": 0}
        return litellm.completion(**{**usual, **where, **options})

    def plain(self, place: Place):
        return self._said(place).content

    def streamed(self, place: Place):
        return [chunk.choices[0].delta.content or "" for chunk in self._complete(place, stream=True)]

    def tools(self, place: Place):
        (call,) = self._said(place, tools=[OPENAI_TOOL]).tool_calls
        return call.function.name, json.loads(call.function.arguments)

    def structured(self, place: Place):
        return Ticket.model_validate_json(self._said(place, response_format=Ticket).content)

    def agent(self, place: Place):
        messages = [*MESSAGES]
        while (said := self._said(place, messages=messages, tools=[OPENAI_TOOL])).tool_calls:
            messages.append(said)
            for call in said.tool_calls:
                result = weather(**json.loads(call.function.arguments))
                messages.append({"role": "tool", "tool_call_id": call.id, "content": result})
        return said.content

    def patient(self, place: Place):
        return self._said(place, **{self._repeats: 1}).content

    def impatient(self, place: Place):
        return self._complete(place, timeout=PATIENCE_S)
