"""What fields of one record must agree on beyond its facts: lines and their sum, dates and nights, extremes.

Each rule is found when a shape is compiled, so that only records which it speaks of pay for it; and it is
found by names, as everything here.
"""

from collections.abc import Callable, Sequence

from pytest_llmock.llm import JSON
from pytest_llmock.shapes.references import Schema, words
from pytest_llmock.shapes.sample import facts
from pytest_llmock.shapes.sample.bills import bill
from pytest_llmock.shapes.sample.draft import Draft, Field, fields_of
from pytest_llmock.shapes.sample.figures import stock_flag
from pytest_llmock.shapes.sample.nodes import Nodes
from pytest_llmock.shapes.sample.scope import Scope
from pytest_llmock.shapes.sample.spans import days, lasts

Rule = Callable[[Scope, Draft], None]
Agree = Callable[[Scope, dict[str, JSON], object], None]

_FINAL = words(
    "finalprice saleprice discountedprice currentprice sellingprice offerprice promotionalprice specialprice"
)
_FULL = words("price unitprice baseprice standardprice normalprice")
_SAVINGS = words("discountamount discountvalue amountoff amountsaved savings yousave")
_ADULT = words("adult over18 ofage oflegalage grownup")
_MINOR = words("minor underage under18")
_OF_AGE = 18
_Name = tuple[tuple[str, ...], tuple[str, ...]]  # where a field stands, and the words of its name
_EXTREMES = {"min": "max", "minimum": "maximum", "low": "high", "lowest": "highest", "lower": "upper"}
_MIDDLES = words("avg average mean median")


def agreement(compiler: Nodes, properties: Schema) -> Agree | None:
    """What makes the fields of an object agree; None where nothing has to."""
    fields = tuple(fields_of(compiler, properties))
    found = (
        *(_stock(fields), _adult(fields), _prices(fields), _extremes(fields)),
        *(days(fields) or lasts(fields), bill(compiler, fields)),
    )
    rules = [rule for rule in found if rule is not None]

    def agree(scope: Scope, made: dict[str, JSON], given: object) -> None:
        draft = Draft(made, given)
        for rule in rules:
            rule(scope, draft)

    return agree if rules else None


def _stock(fields: Sequence[Field]) -> Rule | None:
    """Something is in stock exactly when there is some of it."""
    amounts = [field for field in fields if field.kind == "quantity"]
    flags = [(field, gone) for field in fields if _is_flag(field) and (gone := _is_gone(field)) is not None]
    if not amounts or not flags:
        return None

    def agree(scope: Scope, draft: Draft) -> None:
        for field, gone in flags:
            said, amount = draft.value(field), draft.number(amounts[0])
            if isinstance(said, bool) and amount is not None and (amount > 0) is (said is gone):
                if draft.is_free(field):
                    draft.put(field, not said)
                for each in amounts if not draft.is_free(field) else ():
                    draft.put(each, 0 if amount else 1 + int(scope.random() * 320))

    return agree


def _adult(fields: Sequence[Field]) -> Rule | None:
    """Whoever is 18 is an adult, and no minor."""
    named = [(field, field.name.removeprefix("is")) for field in fields if _is_flag(field)]
    flags = [(field, name in _ADULT) for field, name in named if name in _ADULT | _MINOR]

    def agree(scope: Scope, draft: Draft) -> None:
        for field, adult in flags:
            draft.put(field, (facts.age(scope) >= _OF_AGE) is adult)

    return agree if flags else None


def _is_flag(field: Field) -> bool:
    return field.type == "boolean" or isinstance(field.schema.get("const"), bool)


def _is_gone(field: Field) -> bool | None:
    """What a flag says when it is set: False that there is some, True that there is none; None: neither."""
    if field.name.removeprefix("is") == "available":
        return False
    return stock_flag(field.words)


def _prices(fields: Sequence[Field]) -> Rule | None:
    """Beside a final price the price is the full one, and the discount lies between them."""
    finals = [field for field in fields if field.kind == "price" and field.name in _FINAL]
    fulls = [field for field in fields if field.kind == "price" and field.name in _FULL]
    listed = [field for field in fields if field.kind == "msrp"]
    percent = next((field for field in fields if field.kind == "discount"), None)
    savings = [field for field in fields if field.is_number and field.name in _SAVINGS]
    reduces = bool(finals and fulls and not listed)
    if not reduces and not (savings and (finals or fulls)):
        return None

    def agree(scope: Scope, draft: Draft) -> None:
        _, full, off = facts.money(scope)
        if reduces:
            said = draft.number(percent)
            _reduce(draft, fulls, finals, full, off if said is None else said)
        highest = next(iter(listed or (fulls if finals else ())), None)
        high, low = draft.number(highest), draft.number((finals or fulls)[0])
        if low is not None:
            for field in savings:
                draft.put(field, max(0.0, (full if high is None else high) - low))

    return agree


def _reduce(draft: Draft, fulls: Sequence[Field], finals: Sequence[Field], full: float, off: float) -> None:
    share = (100 - off) / 100 if 0 <= off < 100 else 1.0
    final = draft.number(finals[0])
    if final is not None and not draft.is_free(finals[0]):
        full = final / share
    for field in fulls:
        draft.put(field, float(full))
    price = draft.number(fulls[0])
    if price is not None:
        for field in finals:
            draft.put(field, price * share)


def _extremes(fields: Sequence[Field]) -> Rule | None:
    """The lowest is below the highest, and the average between them."""
    numbers = {(field.path[:-1], field.words): field for field in fields if field.is_number}
    pairs = []
    for (path, name), low in numbers.items():
        for place in {0, len(name) - 1} if name else ():
            partner = _EXTREMES.get(name[place])
            high = partner and numbers.get((path, (*name[:place], partner, *name[place + 1 :])))
            if high:
                rest = (*name[:place], *name[place + 1 :])
                pairs.append((low, high, _middles(numbers, path, rest)))

    def agree(scope: Scope, draft: Draft) -> None:
        for low, high, middles in pairs:
            _spread(scope, draft, low, high)
            ends = draft.number(low), draft.number(high)
            for field in middles:
                if ends[0] is not None and ends[1] is not None:
                    draft.put(field, (ends[0] + ends[1]) / 2)

    return agree if pairs else None


def _middles(numbers: dict[_Name, Field], path: tuple[str, ...], rest: tuple[str, ...]) -> list[Field]:
    """The fields for what lies between: `averagePrice` beside `minPrice`."""
    names = [name for word in sorted(_MIDDLES) for name in ((word, *rest), (*rest, word))]
    return [numbers[path, name] for name in dict.fromkeys(names) if (path, name) in numbers]


def _spread(scope: Scope, draft: Draft, low: Field, high: Field) -> None:
    """Put the two in order, and apart; one that cannot be changed stays where it is."""
    least, most = draft.number(low), draft.number(high)
    if least is None or most is None or least < most:
        return
    if least > most and draft.is_free(low) and draft.is_free(high):
        draft.put(low, most)
        draft.put(high, least)
    elif draft.is_free(low) and most > 0:
        draft.put(low, _below(most, scope.random(), is_year=low.words[-1] == "year"))
    else:
        draft.put(high, least + 1 + int(9 * scope.random()))


def _below(value: float, share: float, *, is_year: bool) -> float:
    if is_year:
        return value - 1 - int(9 * share)
    lower = value * (0.4 + 0.4 * share)
    return int(lower) if isinstance(value, int) else lower
