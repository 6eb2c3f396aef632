"""What a loop hands to the step that is to make its data better."""

from pytest_llmock.llm import JSON


class Handed(dict[str, JSON]):
    """{"data": …, "issues": […]}, or {"previous": …} and the input: what is asked, and no data of the answer.

    `subject` is the data in hand; `kept` is what a Stage may put back into its answer. As a plain object,
    which a function gets, it has its parts only.
    """

    __slots__ = ("kept", "subject")

    def __init__(self, parts: dict[str, JSON], subject: JSON, kept: dict[str, JSON]) -> None:
        super().__init__(parts)
        self.subject, self.kept = subject, kept

    @property
    def count(self) -> int | None:
        """How many records are in hand; None for one thing."""
        return len(self.subject) if isinstance(self.subject, list) else None


def bare(value: JSON) -> JSON:
    """The value; a step that passed on what it was handed made nothing but an object of that."""
    return dict(value) if isinstance(value, Handed) else value


def to_mend(value: JSON, issues: tuple[JSON, ...]) -> Handed:
    """What a correcting step gets."""
    return Handed({"data": value, "issues": [*issues]}, value, {})


def to_refine(value: JSON, request: JSON) -> Handed:
    """What a refining step gets: the value before as "previous", beside all of the input.

    An input that is no object stands as "input".
    """
    given: dict[str, JSON] = request if isinstance(request, dict) else {"input": request}
    return Handed({"previous": None, **given} | {"previous": value}, value, given)
