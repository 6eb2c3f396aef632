"""JSON that looks real, from a schema: `compile_sampler(schema, noun="users").one(seed, index)`.

A value depends only on the seed, the number of the record, and what is given; never on the machine, on the
order of calls, or on how many others are made. So a list may be made in any chunks, by any worker.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from random import Random
from threading import local

from pytest_llmock.errors import ShapeError
from pytest_llmock.llm import JSON
from pytest_llmock.shapes.limits import freeze, thaw
from pytest_llmock.shapes.references import Schema, check_finite, dialect
from pytest_llmock.shapes.references import nodes as schemas_in
from pytest_llmock.shapes.sample.compiler import Compiler
from pytest_llmock.shapes.sample.nodes import MISSING, Node, Spot, enter
from pytest_llmock.shapes.sample.schemas import SIMPLE
from pytest_llmock.shapes.sample.scope import Plan, Scope
from pytest_llmock.shapes.validate import Problem, check_schema, problems
from pytest_llmock.shapes.vocabulary import vocabulary

__all__ = ["MISSING", "Sampler", "compile_sampler"]

_TRIES = 25
_MASK = 2**64 - 1
# Odd, and its bits in no order: neighbouring records get seeds that have nothing in common.
_SPREAD = 0x9E37_79B9_7F4A_7C15


class _Source(local):
    """A thread's random numbers. Every record seeds them anew, and is made before the next one is begun."""

    def __init__(self) -> None:
        random = Random(0)  # noqa: S311 - reproducible, nothing secret
        self.random = random.random
        # Random.seed itself, without the detour for text and bytes: the numbers are the same for an int
        self.seed = super(Random, random).seed


@dataclass(frozen=True, slots=True)
class Sampler:
    """Makes values of one schema; safe to share between threads."""

    schema: Schema
    noun: str
    _node: Node
    _plan: Plan
    _is_simple: bool
    _source: _Source = field(default_factory=_Source, compare=False, repr=False)

    def one(self, seed: int, index: int = 0, given: object = MISSING) -> JSON:
        """The record number `index` (from 0) of the list that `seed` stands for; valid by the schema.

        What `given` has at the same place under the same name is kept where it is valid. Raises ShapeError
        when nothing valid is found.
        """
        return next(self.many(seed, index, 1, (given,)))

    def many(self, seed: int, start: int, count: int, given: Iterable[object] = ()) -> Iterator[JSON]:
        """The records `start` to `start + count - 1`; the first of them keep what `given` says, in order."""
        source, make, plan, settle = self._source, self._node.make, self._plan, self._node.settle
        known = iter(given)
        for index in range(start, start + count):
            said = next(known, MISSING)
            if said is not MISSING or settle or not self._is_simple:
                yield self._checked(seed, index, said)
                continue
            source.seed((seed + index * _SPREAD) & _MASK)
            yield make(Scope(source.random, seed, index, plan))

    def _checked(self, seed: int, index: int, given: object) -> JSON:
        """A record that needs more than making: kept, looked at, and made anew while it is not valid."""
        source = self._source
        found: tuple[Problem, ...] = ()
        for attempt in range(_TRIES):
            source.seed((seed + (index + (attempt << 40)) * _SPREAD) & _MASK)
            outer = Scope(source.random, seed, index, self._plan)
            value = enter(self._node, outer, index, given, self.noun)
            found = () if self._is_simple else problems(self.schema, value)
            if not found:
                return value
        where = found[0].pointer or "its root"
        raise ShapeError(
            f"No value was found for the JSON Schema in {_TRIES} tries: {where} {found[0].message} (keyword "
            f"'{found[0].rule}'). Simplify that part, or give the value as 'const' or 'enum'."
        )


def compile_sampler(schema: Schema, *, noun: str = "", locale: str = "en") -> Sampler:
    """The sampler of a schema; `noun` says what its records are ("users"). The same schema is compiled once.

    Raises ShapeError for a schema that is not valid, contradicts itself or never ends, SettingsError for an
    unknown locale.
    """
    return _compiled(freeze(schema), noun, locale)


@lru_cache(maxsize=256)
def _compiled(frozen: bytes, noun: str, locale: str) -> Sampler:
    schema = thaw(frozen)
    assert isinstance(schema, dict)
    check_schema(schema)
    root = dialect(schema)
    check_finite(root)
    compiler = Compiler(root, vocabulary(locale))
    node = compiler.node(root, Spot(name=noun, refs=("#",), is_record=True))
    is_simple = all(SIMPLE.issuperset(each) for _, each in schemas_in(root))
    return Sampler(root, noun, node, node.plan or compiler.plan(), is_simple)
