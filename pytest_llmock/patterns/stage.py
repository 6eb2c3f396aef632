"""One model call as a step: the data so far is its input, JSON of a shape what it makes."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, cast

from pytest_llmock.errors import ShapeError
from pytest_llmock.llm import JSON, Generation
from pytest_llmock.patterns.drawing import Drawing
from pytest_llmock.patterns.handed import Handed
from pytest_llmock.patterns.running import Asked, Run
from pytest_llmock.patterns.step import Step, called
from pytest_llmock.shapes.limits import freeze, thaw
from pytest_llmock.shapes.parse import parse
from pytest_llmock.shapes.schema import Shape, has_field

_DIRECTIVE = "count"


@dataclass(frozen=True, repr=False)
class Stage(Step):
    """A model call: `Stage("enrich", backend="enricher", shape={"id": 0, "bio": "string"})`.

    `backend` is a name of the settings, or the test's own when there is none. `shape` is an example, a JSON
    Schema or a type. `path` is the route that the prompt speaks of, "/enrich" here. Fields of the input that
    the answer omits are put back; with `keep_input="strict"` also those that it changed, at any depth (lists
    of one length item by item); with False neither. An input of {"count": 5, …} asks for five of them. A list
    of records that have a field of the shape is answered with a list, a record for each; one that has none,
    with one record about all of it. `when(data)` false passes the data through.
    """

    name: str
    backend: str | None = field(default=None, kw_only=True)
    shape: object = field(default=None, kw_only=True, hash=False)
    instructions: str | None = field(default=None, kw_only=True)
    path: str | None = field(default=None, kw_only=True)
    keep_input: bool | Literal["strict"] = field(default=True, kw_only=True)
    when: Callable[[JSON], object] | None = field(default=None, kw_only=True)
    form: Shape | None = field(init=False, compare=False)

    def __post_init__(self) -> None:
        if not isinstance(cast("object", self.name), str) or not self.name.strip():
            raise TypeError(f"A Stage begins with its name, such as 'generate', not with {self.name!r:.80}.")
        for option in ("backend", "instructions", "path"):
            self._check_text(option)
        if self.when is not None and not callable(cast("object", self.when)):
            raise TypeError(
                f"Stage '{self.name}': when is {self.when!r:.80}; give a function of the data, such as "
                "lambda data: data['isNew']."
            )
        if self.keep_input not in (True, False, "strict"):
            raise ValueError(
                f"Stage '{self.name}': keep_input is {self.keep_input!r}; give True, False or 'strict'."
            )
        object.__setattr__(self, "form", None if self.shape is None else self._parsed())

    def _check_text(self, option: str) -> None:
        value = getattr(self, option)
        if value is None or isinstance(value, str):
            return
        name = getattr(value, "name", None)
        meant = f" Did you mean {name!r}?" if isinstance(name, str) else ""
        raise TypeError(f"Stage '{self.name}': {option} is {value!r:.80}; give text.{meant}")

    def _parsed(self) -> Shape:
        try:
            return parse(self.shape)
        except ShapeError as error:
            raise ShapeError(f"Stage '{self.name}': {error.message}", details=error.details) from None

    @property
    def label(self) -> str:
        return self.name

    @property
    def backends(self) -> tuple[str, ...]:
        return (self.backend,) if self.backend else ()

    async def apply(self, data: JSON, run: Run) -> JSON:
        if self.when is not None and not await called(self.when, thaw(freeze(data))):  # others have it too
            return data.subject if isinstance(data, Handed) else data
        count, given = self._count(data)
        generation = Generation(
            method="POST",
            path=self.path or f"/{self.name}",
            body=given,
            shape=None if self.form is None else self.form.source,
            count=count,
            instructions=self.instructions or "",
        )
        asked = Asked(self.name, generation, self.form, self.backend or "", run.remaining_s)
        kept = self._count(data.kept)[1] if isinstance(data, Handed) else given
        return self._kept(kept, await run.make(asked))

    def _count(self, data: JSON) -> tuple[int | None, JSON]:
        """How many are asked for, and the data without saying so."""
        if isinstance(data, Handed):
            said, given = self._count(dict(data))
            is_of_one = self.form is not None and self.form.collection is None
            return data.count if said is None and is_of_one else said, given
        if isinstance(data, list):
            return len(data) if self._is_for_each(data) else None, data
        if not isinstance(data, dict) or (self.form is not None and has_field(self.form, _DIRECTIVE)):
            return None, data
        count = data.get(_DIRECTIVE)
        if not isinstance(count, int) or isinstance(count, bool) or count < 0:
            return None, data
        return count, {key: value for key, value in data.items() if key != _DIRECTIVE}

    def _is_for_each(self, items: list[JSON]) -> bool:
        """Whether the shape is that of one record, and these are records with a field of it."""
        form = self.form
        if form is None or form.collection is not None or not items:
            return False
        return all(isinstance(item, dict) and any(has_field(form, key) for key in item) for item in items)

    def _kept(self, given: JSON, answer: JSON) -> JSON:
        if self.keep_input == "strict":
            return _restored(given, answer, in_field=False)
        if not self.keep_input:
            return answer
        if isinstance(given, list) and isinstance(answer, list) and self._is_for_each(given):
            return [_completed(*pair) for pair in zip(given, answer, strict=True)]
        return _completed(given, answer)

    def draw(self, drawing: Drawing, before: tuple[str, ...]) -> tuple[str, ...]:
        who = f"\n{self.backend}" if self.backend else ""
        return (drawing.behind(before, f"{self.name}{who}"),)

    def __repr__(self) -> str:
        return f"Stage({self.name!r}{f', backend={self.backend!r}' if self.backend else ''})"


def _completed(given: JSON, answer: JSON) -> JSON:
    """The answer with the fields that it omits."""
    return {**given, **answer} if isinstance(given, dict) and isinstance(answer, dict) else answer


def _restored(given: JSON, answer: JSON, *, in_field: bool) -> JSON:
    """The answer with all fields that were given, as they were; what is no field stays the answer's."""
    if isinstance(given, dict) and isinstance(answer, dict):
        both = {key: _restored(given[key], answer[key], in_field=True) for key in answer if key in given}
        return {**answer, **given, **both}
    if isinstance(given, list) and isinstance(answer, list) and len(given) == len(answer):
        return [_restored(*pair, in_field=in_field) for pair in zip(given, answer, strict=True)]
    return given if in_field else answer
