"""The tables that a locale fills."""

from dataclasses import dataclass

from pytest_llmock.shapes.vocabulary.places import Place
from pytest_llmock.shapes.vocabulary.work import Company, Job


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What changes with the locale. The first `women` of `first_names` are women's; `#` in masks is a digit.

    `address` orders house number and street: `"{number} {street}"`. `world` is where people live when a
    shape asks for a country but for no state.
    """

    locale: str
    first_names: tuple[str, ...]
    women: int
    last_names: tuple[str, ...]
    places: tuple[Place, ...]
    world: tuple[Place, ...]
    streets: tuple[str, ...]
    companies: tuple[Company, ...]
    jobs: tuple[Job, ...]
    phone: str
    address: str = "{number} {street}"

    @property
    def people(self) -> int:
        """How many different full names there are."""
        return len(self.first_names) * len(self.last_names)
