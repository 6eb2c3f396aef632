"""Numbers within what the schema allows; the name of the field decides first."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from math import ceil, floor

from pytest_llmock.llm import JSON
from pytest_llmock.shapes.fields import is_id, singular
from pytest_llmock.shapes.references import Schema
from pytest_llmock.shapes.sample.figures import figure
from pytest_llmock.shapes.sample.places import Where, impossible
from pytest_llmock.shapes.sample.scope import Maker, Scope


@dataclass(frozen=True, slots=True)
class _Range:
    """What a number may be."""

    low: float | None
    high: float | None
    above: float | None
    below: float | None
    step: float | None

    @property
    def is_open(self) -> bool:
        return self.low is self.high is self.above is self.below is self.step is None

    def allows(self, value: float) -> bool:
        return (
            (self.low is None or value >= self.low)
            and (self.high is None or value <= self.high)
            and (self.above is None or value > self.above)
            and (self.below is None or value < self.below)
            and (self.step is None or _is_multiple(value, self.step))
        )

    def bounds(self, near: float) -> tuple[float, float]:
        """Lowest and highest value, kept to a hundred around one end where the other is open."""
        low = max((end for end in (self.low, self.above) if end is not None), default=None)
        high = min((end for end in (self.high, self.below) if end is not None), default=None)
        width = max(100.0, 100 * (self.step or 0))
        if low is None:
            low = min(near, 0.0 if high is None or high > 0 else high - width)
        return low, low + width if high is None else high


def _number(schema: Schema, keyword: str) -> float | None:
    value = schema.get(keyword)
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _range(schema: Schema) -> _Range:
    names = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")
    return _Range(*(_number(schema, name) for name in names))


def _is_multiple(value: float, step: float) -> bool:
    try:
        return Decimal(str(value)) % Decimal(str(step)) == 0
    except InvalidOperation:
        return False


def number(schema: Schema, where: Where, *, whole: bool) -> Maker:
    """The maker of a number, an integer where `whole`."""
    own = is_id(where.words, where.noun) and whole
    allowed = _range(schema)
    make = _counted(allowed) if own else _figure(schema, where, whole=whole)
    if allowed.is_open:
        return make
    values = _between(allowed, where, whole=whole)

    def bounded(scope: Scope) -> JSON:
        value = make(scope)
        return value if isinstance(value, (int, float)) and allowed.allows(value) else values(scope)

    return bounded


def _counted(allowed: _Range) -> Maker:
    """The record's own number: 1, 2, 3, …, from the lowest allowed."""
    least = allowed.low if allowed.low is not None else (allowed.above or 0) + 1
    first = max(1, ceil(least))
    return lambda scope: scope.index + first


def _figure(schema: Schema, where: Where, *, whole: bool) -> Maker:
    examples = schema.get("examples")
    literals = (
        [each for each in examples if isinstance(each, (int, float))] if isinstance(examples, list) else []
    )
    words = where.words
    if whole and words and words[-1] in {"id", "ids"}:
        return lambda scope: 1 + int(scope.random() * 99)
    make, known = figure(words, where.noun, whole=whole)
    if not known and words:
        make, known = figure((*words[:-1], singular(words[-1])), where.noun, whole=whole)
    if literals and not known:
        return lambda scope: literals[int(scope.random() * len(literals))]
    if whole:
        return lambda scope: round(make(scope))
    return make


def _between(allowed: _Range, where: Where, *, whole: bool) -> Maker:
    """Numbers anywhere in the range."""
    low, high = allowed.bounds(0 if whole else 0.0)
    if whole or allowed.step:
        return _steps(allowed, low, high, where, whole=whole)
    if low > high or (low == high and not allowed.allows(low)):
        raise impossible(where, "minimum", f"nothing lies between {low} and {high}")

    def make(scope: Scope) -> float:
        value = low + (high - low) * (0.001 + 0.998 * scope.random())
        rounded = round(value, 2)
        return rounded if allowed.allows(rounded) else value if allowed.allows(value) else low

    return make


def _steps(allowed: _Range, low: float, high: float, where: Where, *, whole: bool) -> Maker:
    """Multiples of the step; whole ones where the number must be an integer."""
    step = Decimal(str(allowed.step)) if allowed.step else Decimal(1)
    if whole and step % 1:
        step *= step.as_integer_ratio()[1]
    first, last = ceil(Decimal(str(low)) / step), floor(Decimal(str(high)) / step)
    first += 0 if allowed.allows(_exact(first * step)) else 1
    last -= 0 if allowed.allows(_exact(last * step)) else 1
    if first > last:
        keyword = "multipleOf" if allowed.step else "minimum"
        raise impossible(where, keyword, f"no such number lies between {low} and {high}")
    count = last - first + 1

    return lambda scope: _exact((first + int(scope.random() * count)) * step)


def _exact(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)
