"""What is to be made, and everything its bytes depend on.

Rule: where, how many at a time and in how many runs it is made is no part of a plan. Whatever is wrong with
one is said when it is built.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256

from pytest_llmock import __version__
from pytest_llmock.datasets.links import Link, Values
from pytest_llmock.datasets.records import field_schema, record_schema
from pytest_llmock.errors import SettingsError
from pytest_llmock.llm import JSON
from pytest_llmock.shapes.limits import canonical
from pytest_llmock.shapes.parse import reparse
from pytest_llmock.shapes.references import Schema
from pytest_llmock.shapes.schema import Shape


@dataclass(frozen=True, slots=True)
class Part:
    """Records that are asked for together: a batch, or some of one, made again.

    `variant` tells a repetition from what was there before, `instructions` what it must avoid. `linked` has
    for each record the values that come from other files, by field.
    """

    batch: int
    start: int
    count: int
    variant: int = 0
    instructions: str = ""
    enriched: bool = False
    linked: tuple[Mapping[str, JSON], ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class Plan:
    """What is to be made: `count` records of `shape`, `batch` at a time, as a resource at `path`.

    `backend` and `enricher` say who answers, for people and for the comparison with an earlier run; every
    `enrich_every`th batch is enriched, the first one included, none when it is 0. `unique` are fields whose
    values come once; `links` fields whose values come from other files; `locale` is of the embedded words.
    """

    shape: JSON = field(repr=False)
    count: int
    path: str
    seed: int = 0
    batch: int = 100
    backend: str = ""
    enrich_every: int = 0
    enricher: str = ""
    unique: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    locale: str = "en"

    def __post_init__(self) -> None:
        for name, least in (("count", 0), ("batch", 1), ("enrich_every", 0)):
            if getattr(self, name) < least:
                option = f"--{name.replace('_', '-')}"
                raise SettingsError(f"{option} is {getattr(self, name)}: give {least} or more.")
        if bool(self.enrich_every) != bool(self.enricher):
            raise SettingsError(
                "Enrichment needs both: --enrich-every 10 says which batches, --enrich-backend NAME by whom."
            )
        for key in self.unique:
            self._check_unique(key)

    @cached_property
    def parsed(self) -> Shape:
        """The shape, read."""
        return reparse(self.shape)

    @cached_property
    def record(self) -> Schema:
        """The schema of one record."""
        return record_schema(self.parsed)

    @property
    def batches(self) -> int:
        return -(-self.count // self.batch)

    def part(self, batch: int) -> Part:
        """The part that is the whole batch of this number."""
        start = batch * self.batch
        count = min(self.batch, self.count - start)
        enriched = bool(self.enrich_every) and batch % self.enrich_every == 0
        return Part(batch, start, count, enriched=enriched, linked=self.linked(range(start, start + count)))

    def linked(self, numbers: Sequence[int], variant: int = 0) -> tuple[Mapping[str, JSON], ...]:
        """For each of the records, the values that come from other files; fields of one file share a row."""
        if not self.links:
            return ()
        return tuple(
            {link.name: link.value(self.seed, number, variant) for link in self.links} for number in numbers
        )

    def domain(self, key: str) -> Sequence[JSON] | None:
        """All values that a field can have, where the shape or a link says so; None where nobody knows."""
        link = next((link for link in self.links if link.name == key), None)
        return (
            link.values if link is not None else values_of(field_schema(self.record, key, option="--unique"))
        )

    def _check_unique(self, key: str) -> None:
        domain = self.domain(key)
        if domain is not None and _distinct(domain) < self.count:
            shown = ", ".join(map(canonical, domain[:5])) + (", …" if len(domain) > 5 else "")
            raise SettingsError(
                f"--unique {key}: {self.count:,} records cannot all differ in '{key}', which has "
                f"{_distinct(domain):,} values ({shown}). Lower --count, or leave the key out."
            )

    @property
    def identity(self) -> dict[str, JSON]:
        """What two runs must agree in to go on with one another, by the words of the command line."""
        return {
            "shape": sha256(canonical(self.shape).encode()).hexdigest()[:16],
            "count": self.count,
            "seed": self.seed,
            "batch": self.batch,
            "backend": self.backend,
            "enrich-every": self.enrich_every,
            "enrich-backend": self.enricher,
            "unique": [*self.unique],
            "link": [link.identity for link in self.links],
            "locale": self.locale,
            "resource": self.path,
            "version": __version__,
        }


def _distinct(domain: Sequence[JSON]) -> int:
    return len({canonical(value) for value in domain}) if isinstance(domain, Values) else len(domain)


def values_of(schema: Schema) -> Sequence[JSON] | None:
    """All values of a schema that can be counted: choices, yes or no, whole numbers in bounds."""
    if "const" in schema:
        return (schema["const"],)
    choices = schema.get("enum")
    if isinstance(choices, list):
        return tuple({canonical(choice): choice for choice in choices}.values())
    if schema.get("type") == "boolean":
        return (False, True)
    least, most = schema.get("minimum"), schema.get("maximum")
    step = schema.get("multipleOf", 1)
    if schema.get("type") != "integer" or not all(type(each) is int for each in (least, most, step)):
        return None
    assert isinstance(least, int)
    assert isinstance(most, int)
    assert isinstance(step, int)
    return range(-(-least // step) * step, most + 1, step)
