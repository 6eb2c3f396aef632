"""Lists: how many items, and which."""

from dataclasses import dataclass, replace

from pytest_llmock.llm import JSON
from pytest_llmock.shapes.limits import canonical
from pytest_llmock.shapes.references import Schema, listed
from pytest_llmock.shapes.sample.nodes import MISSING, EndlessError, Node, Nodes, Spot, enter
from pytest_llmock.shapes.sample.places import Where, impossible
from pytest_llmock.shapes.sample.schemas import types_of
from pytest_llmock.shapes.sample.scope import Scope

_SCALARS = frozenset({"string", "integer", "number", "boolean", "null"})
# Lists have up to three items where the schema leaves it open: lists of words two or three.
_FEW, _WORDS = 3, 2
_TRIES = 60
_ENDLESS = 2**31
# Lists in lists in lists: from so many values on, an inner list has no more items than it must; and no list
# may ask for more than so many.
_MANY, _TOO_MANY = 27, 500_000


def array(compiler: Nodes, schema: Schema, spot: Spot) -> Node:
    """The node of a list."""
    low, high = _size(schema, "minItems", 0), _size(schema, "maxItems", _ENDLESS)
    if low > high:
        raise impossible(spot.where, "minItems", f"{low} is more than 'maxItems', {high}")
    if low * spot.copies > _TOO_MANY:
        raise impossible(
            spot.where, "minItems", f"with the lists around it, that is more than {_TOO_MANY:,} values"
        )
    few, words = (_FEW, _WORDS) if spot.copies < _MANY else (1, 1)
    spot = replace(spot, copies=spot.copies * max(low, few))
    first = [*_prefix(compiler, schema, spot), *_contained(compiler, schema, spot)]
    more = _more(compiler, schema, spot, needed=low > len(first))
    types = types_of(compiler.flat(schema.get("items", {})))
    scalar = _SCALARS.issuperset(types) and types != ()
    open_ended = more is not None and "items" in schema
    least = max(low, len(first), (words if scalar else 1) if open_ended else 0)
    most = max(least, few if open_ended else 0)
    made = _List(
        first=tuple(first),
        more=more,
        low=low,
        high=high,
        least=min(least, high),
        most=min(most, high),
        unique=schema.get("uniqueItems") is True,
        distinct=scalar and "boolean" not in types,
        noun=spot.name,
        where=spot.where,
    )
    return Node(made.make, made.keep)


def _size(schema: Schema, keyword: str, default: int) -> int:
    value = schema.get(keyword)
    return int(value) if isinstance(value, (int, float)) else default


def _prefix(compiler: Nodes, schema: Schema, spot: Spot) -> list[Node]:
    parts = enumerate(listed(schema, "prefixItems"))
    return [compiler.node(part, _inside(spot, f"prefixItems/{index}")) for index, part in parts]


def _contained(compiler: Nodes, schema: Schema, spot: Spot) -> list[Node]:
    """The items that must be there whatever the others are."""
    if "contains" not in schema:
        return []
    both: JSON = {"allOf": [schema["contains"], schema.get("items", True)]}
    return [compiler.node(both, _inside(spot, "contains"))] * _size(schema, "minContains", 1)


def _more(compiler: Nodes, schema: Schema, spot: Spot, *, needed: bool) -> Node | None:
    """The node of all other items, None where there are none: the schema forbids them, or never ends."""
    items = schema.get("items", True)
    if items in (True, {}):  # anything: words are the least surprising
        items = {"type": "string"}
    if items is False:
        if needed:
            raise impossible(spot.where, "minItems", "'items' is false and allows no more items")
        return None
    if compiler.is_full and not needed:
        return None
    try:
        return compiler.node(items, _inside(spot, "items"))
    except EndlessError:
        if needed:
            raise
        return None


def _inside(spot: Spot, step: str) -> Spot:
    return replace(spot, pointer=f"{spot.pointer}/{step}", is_record=True)


@dataclass(frozen=True, slots=True)
class _List:
    """`first` are the items with a place of their own; `more` makes the others, `least` to `most` in all."""

    first: tuple[Node, ...]
    more: Node | None
    low: int
    high: int
    least: int
    most: int
    unique: bool
    distinct: bool
    noun: str
    where: Where

    def make(self, scope: Scope) -> JSON:
        size = self.least + int(scope.random() * (self.most - self.least + 1))
        return self._filled([], size, scope)

    def keep(self, scope: Scope, given: object) -> JSON:
        if not isinstance(given, list):
            return self.make(scope)
        room = given[: min(self.high, len(given) if self.more else len(self.first))]
        kept = [self._item(scope, index, each) for index, each in enumerate(room)]
        if self.unique:
            kept = list({canonical(each): each for each in kept}.values())
        return self._filled(kept, max(self.low, min(len(self.first), self.high)), scope)

    def _item(self, scope: Scope, index: int, given: object = MISSING) -> JSON:
        node = self.first[index] if index < len(self.first) else self.more
        assert node is not None
        if self.distinct:
            return node.make(scope) if given is MISSING else node.keep(scope, given)
        return enter(node, scope, scope.index * max(_FEW, self.most) + index, given, self.noun)

    def _filled(self, items: list[JSON], size: int, scope: Scope) -> JSON:
        """The items and as many new ones as it takes, different ones where that is possible."""
        if not (self.distinct or self.unique):
            items += [self._item(scope, index) for index in range(len(items), size)]
            return items
        if not self.unique:  # items with a place of their own may be equal
            items += [self._item(scope, index) for index in range(len(items), min(size, len(self.first)))]
        known = {canonical(each) for each in items}
        tries = _TRIES + 4 * size
        while len(items) < size and tries:
            tries -= 1
            item = self._item(scope, len(items))
            if canonical(item) not in known:
                known.add(canonical(item))
                items.append(item)
        if self.unique and len(items) < self.low:
            self._fill_from_others(items, known, size, scope)
        items += [self._item(scope, index) for index in range(len(items), 0 if self.unique else self.low)]
        return items

    def _fill_from_others(self, items: list[JSON], known: set[str], size: int, scope: Scope) -> None:
        """Add items of other things: of one there is one price, and here are to be several."""
        others = [] if self.more is None else [self.more] * (_TRIES + 4 * size)
        for number, node in enumerate(others):
            item = enter(node, scope, scope.index * _FEW + number, MISSING, self.noun)
            if canonical(item) not in known:
                known.add(canonical(item))
                items.append(item)
            if len(items) == size:
                return
        if len(items) < self.low:
            raise impossible(self.where, "uniqueItems", f"{self.low} different items were not found")
