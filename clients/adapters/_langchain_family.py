"""langchain: its models and its agent, over any SDK."""

from langchain.agents import create_agent
from task import PATIENCE_S, QUESTION, Place, Ticket, weather


class LangChain:
    """`usual` are the options of every model, `patience` those of one that does not wait long."""

    def __init__(self, kind, *, patience=None, **usual):
        self._kind, self._usual = kind, usual
        self._patience = patience or {"timeout": PATIENCE_S}

    def _model(self, **options):
        return self._kind(**{**self._usual, **options})

    def plain(self, _: Place):
        return self._model().invoke(QUESTION).text

    def streamed(self, _: Place):
        return [piece.text for piece in self._model().stream(QUESTION)]

    def tools(self, _: Place):
        (call,) = self._model().bind_tools([weather]).invoke(QUESTION).tool_calls
        return call["name"], call["args"]

    def structured(self, _: Place):
        return self._model().with_structured_output(Ticket).invoke(QUESTION)

    def agent(self, _: Place):
        said = create_agent(self._model(), [weather]).invoke({"messages": [("user", QUESTION)]})
        return said["messages"][-1].text

    def patient(self, _: Place):
        return self._model(max_retries=1).invoke(QUESTION).text

    def impatient(self, _: Place):
        return self._model(**self._patience).invoke(QUESTION).text
