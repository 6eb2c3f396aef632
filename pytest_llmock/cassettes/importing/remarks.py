"""What is to be said about a file: each sentence once, with the numbers of all that it is about."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from pytest_llmock.cassettes.importing.exchange import Note

_MOST = 12  # numbers that a reader will look up


@dataclass(slots=True)
class Remarks:
    """Sentences by the numbers they are about; `unit` is what messages call one of those."""

    unit: str
    _about: dict[str, list[int]] = field(default_factory=dict)
    _groups: list[tuple[Sequence[int], str]] = field(default_factory=list)

    def note(self, notes: Iterable[Note]) -> None:
        """Say a sentence about one; equal sentences become one about several."""
        for number, text in notes:
            self._about.setdefault(text, []).append(number)

    def group(self, numbers: Sequence[int], text: str) -> None:
        """Say a sentence about several together; it stays apart from equal ones."""
        self._groups.append((numbers, text))

    def lines(self) -> list[str]:
        """`interactions 1, 2 and 5: not imported: …`, in the order of the first number."""
        about = [(sorted(numbers), text) for text, numbers in self._about.items()]
        said = sorted([*about, *self._groups], key=lambda item: item[0][0])
        return [f"{self._named(numbers)}: {text}" for numbers, text in said]

    def _named(self, numbers: Sequence[int]) -> str:
        if len(numbers) == 1:
            return f"{self.unit} {numbers[0]}"
        shown = [*map(str, numbers[:_MOST])]
        shown[-1] = shown[-1] if len(numbers) <= _MOST else f"{len(numbers) - _MOST + 1} more"
        return f"{self.unit}s {', '.join(shown[:-1])} and {shown[-1]}"
