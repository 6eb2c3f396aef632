"""Lists of another length, whose new items are as good as those before."""

from pytest_llmock.errors import ShapeError
from pytest_llmock.llm import JSON
from pytest_llmock.shapes.cases.places import Place
from pytest_llmock.shapes.references import listed
from pytest_llmock.shapes.sample import compile_sampler
from pytest_llmock.shapes.sample.schemas import closed


def longer(place: Place, size: int, turn: int) -> list[JSON]:
    """The list cut or grown to `size`; different new items where the schema wants all to differ."""
    assert isinstance(place.value, list)
    missing = size - len(place.value)
    if missing <= 0:
        return place.value[:size]
    if place.value and not place.schema.get("uniqueItems"):
        return place.value + place.value[-1:] * missing
    # as many again, because some may be there already
    found = [*place.value]
    for item in _made(place, len(place.value) + missing * 2, turn):
        if len(found) < size and item not in found:
            found.append(item)
    return found


def one_item(place: Place, turn: int) -> list[JSON]:
    """A list of one item: the first that is there, or a new one."""
    assert isinstance(place.value, list)
    return place.value[:1] or _made(place, 1, turn)


def _made(place: Place, count: int, turn: int) -> list[JSON]:
    schema = place.schema.get("items", True)
    if listed(place.schema, "prefixItems") or schema is False:
        return []
    if not isinstance(schema, dict):
        return [*range(count)]
    try:
        return list(compile_sampler(closed(schema, place.root)).many(turn, 0, count))
    except ShapeError:  # items that cannot be: the list stays as it is
        return []
