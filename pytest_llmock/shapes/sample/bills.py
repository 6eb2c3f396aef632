"""What a bill comes to: its lines, price times quantity, nights at a rate; then tax, delivery, discount."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from pytest_llmock.llm import JSON
from pytest_llmock.shapes.fields import name_words, singular
from pytest_llmock.shapes.references import mapping, words
from pytest_llmock.shapes.sample.draft import Draft, Field, amount, fields_of
from pytest_llmock.shapes.sample.nodes import Nodes
from pytest_llmock.shapes.sample.scope import Scope

_TOTALS = words(
    "total amount price cost due grand order line item cart invoice booking purchase sum value final payable "
    "net"
)
_LINES = words(
    "item line product position entry article good purchase detail charge expense room ticket service"
)
_DELIVERY = words("shipping delivery shippingamount shippingprice deliverycost deliveryamount postage")
_RATES = words("taxrate vatrate taxpercent taxpercentage vatpercent")
_PERCENTS = words("discountpercent discountpercentage discountrate percentoff")
_NIGHTLY = words(
    "pricepernight nightlyrate ratepernight costpernight roomrate dailyrate priceperday rateperday costperday"
)
_NIGHTS = words("nights numberofnights nightcount totalnights days numberofdays durationdays rentaldays")
_COUNTS = words("itemcount itemscount numberofitems linecount linescount")
_PIECES = words("totalitems totalquantity")
_FREE_DELIVERY, _DELIVERY_COST, _TAX = 100, 6.95, 8


class _Lines(NamedTuple):
    """The list of what is paid for; each line has a price, or what it comes to."""

    field: Field
    price: str
    quantity: str
    total: str

    def sum(self, draft: Draft) -> float | None:
        """What they come to; None when one of them does not say."""
        costs = [self._cost(line) for line in self.of(draft)]
        known = [cost for cost in costs if cost is not None]
        return sum(known) if len(known) == len(costs) else None

    def pieces(self, draft: Draft) -> float:
        """How many things they are."""
        return sum(amount(line.get(self.quantity)) or 1 for line in self.of(draft))

    def of(self, draft: Draft) -> list[dict[str, JSON]]:
        """Each of them."""
        found = draft.value(self.field)
        return [line for line in found if isinstance(line, dict)] if isinstance(found, list) else []

    def _cost(self, line: dict[str, JSON]) -> float | None:
        total, price = amount(line.get(self.total)), amount(line.get(self.price))
        if total is not None or price is None:
            return total
        quantity = amount(line.get(self.quantity))
        return price * (1 if quantity is None else quantity)


class _Bill(NamedTuple):
    """The fields of a bill, and what it is made of."""

    lines: _Lines | None
    factors: tuple[Field, ...]
    subtotals: tuple[Field, ...]
    rate: Field | None
    taxes: tuple[Field, ...]
    deliveries: tuple[Field, ...]
    others: tuple[Field, ...]
    discounts: tuple[Field, ...]
    totals: tuple[Field, ...]
    counts: tuple[Field, ...]

    def agree(self, _: Scope, draft: Draft) -> None:
        """Let the record add up."""
        if self.lines is not None:
            for field in self.counts:
                is_of_pieces = field.name in _PIECES
                draft.put(field, self.lines.pieces(draft) if is_of_pieces else len(self.lines.of(draft)))
        base = self._base(draft)
        if base is None:
            return
        for field in self.subtotals:
            draft.put(field, float(base))
            base = draft.number(field) or 0.0
        added = self._added(draft, base) - self._taken_off(draft, base)
        for field in self.totals:
            draft.put(field, float(base + added))

    def _base(self, draft: Draft) -> float | None:
        """What the things cost."""
        if self.lines is not None:
            return self.lines.sum(draft)
        numbers = [draft.number(field) for field in self.factors or self.subtotals[:1]]
        first, second = (*numbers, 1)[:2]
        return None if first is None or second is None else first * second

    def _added(self, draft: Draft, base: float) -> float:
        percent = draft.number(self.rate)
        percent = _TAX if percent is None else percent if percent > 1 else percent * 100
        for field in self.taxes:
            draft.put(field, base * percent / 100)
        for field in self.deliveries:
            if field.kind == "shipping":
                draft.put(field, 0.0 if base >= _FREE_DELIVERY else _DELIVERY_COST)
        return sum(draft.number(field) or 0 for field in (*self.taxes, *self.deliveries, *self.others))

    def _taken_off(self, draft: Draft, base: float) -> float:
        """Discounts: of a bill amounts, of a single line and by their names percents."""
        off = 0.0
        for field in self.discounts:
            said = draft.number(field) or 0
            is_share = field.name in _PERCENTS or (self.lines is None and field.kind == "discount")
            cut = base * said / 100 if is_share else said
            if cut > base:
                draft.put(field, 0)
                cut = draft.number(field) or 0
            off += cut
        return off


def bill(compiler: Nodes, fields: Sequence[Field]) -> Callable[[Scope, Draft], None] | None:
    """Makes a bill add up; None for what is none."""
    totals = tuple([field for field in fields if _is_total(field)])
    subtotals = tuple([field for field in fields if field.kind == "subtotal"])
    counts = tuple([field for field in fields if field.is_number and field.name in _COUNTS | _PIECES])
    lines = _lines(compiler, fields)
    factors = () if lines is not None else _factors(fields)
    if not (totals or subtotals or counts) or not (lines or factors or (subtotals and totals)):
        return None
    return _Bill(
        lines,
        factors,
        subtotals,
        next((field for field in fields if field.is_number and field.name in _RATES), None),
        tuple([field for field in fields if field.kind == "tax"]),
        tuple([field for field in fields if field.is_number and _is_delivery(field)]),
        tuple([field for field in fields if field.kind == "range:fee" and field.words[-1] != "deposit"]),
        tuple([field for field in fields if field.is_number and "discount" in field.words]),
        totals,
        counts,
    ).agree


def _is_total(field: Field) -> bool:
    return field.kind == "total" and _TOTALS.issuperset(field.words)


def _is_delivery(field: Field) -> bool:
    return field.kind == "shipping" or field.name in _DELIVERY


def _factors(fields: Sequence[Field]) -> tuple[Field, ...]:
    """The two fields whose product is what it costs: price and quantity of one line, rate and nights."""
    numbers = [field for field in fields if field.is_number and len(field.path) == 1]
    rate = next((field for field in numbers if field.name in _NIGHTLY), None)
    nights = next((field for field in numbers if field.name in _NIGHTS), None)
    if rate and nights:
        return rate, nights
    price = next((field for field in numbers if field.kind == "price"), None)
    quantity = next((field for field in numbers if field.kind == "quantity"), None)
    return (price, quantity) if price and quantity else ()


def _lines(compiler: Nodes, fields: Sequence[Field]) -> _Lines | None:
    for field in fields:
        names = name_words(field.path[-1])
        if field.type != "array" or not names or singular(names[-1]) not in _LINES:
            continue
        inside = mapping(compiler.flat(field.schema.get("items", {})), "properties")
        numbers = [each for each in fields_of(compiler, inside) if each.is_number and len(each.path) == 1]
        price = next((each for each in numbers if each.kind == "price"), None)
        total = next((each for each in numbers if _is_total(each) or each.kind == "subtotal"), None)
        if price or total:
            quantity = next((each for each in numbers if each.kind == "quantity"), None)
            return _Lines(field, *(each.path[0] if each else "" for each in (price, quantity, total)))
    return None
