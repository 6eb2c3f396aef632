"""Objects: their properties by name, and entries of maps whose names the schema leaves open."""

import re
from dataclasses import replace

from pytest_llmock.llm import JSON
from pytest_llmock.shapes.fields import domain_by_neighbours, domain_of, name_words, singular, text_field
from pytest_llmock.shapes.references import Schema, listed, mapping
from pytest_llmock.shapes.sample import facts
from pytest_llmock.shapes.sample.agreement import Agree, agreement
from pytest_llmock.shapes.sample.kinds import one_of
from pytest_llmock.shapes.sample.nodes import MISSING, EndlessError, Node, Nodes, Settle, Spot, entered
from pytest_llmock.shapes.sample.places import Where, impossible
from pytest_llmock.shapes.sample.scope import Scope, is_other
from pytest_llmock.shapes.sample.texts import text
from pytest_llmock.shapes.vocabulary.prose import PLAIN_WORDS
from pytest_llmock.shapes.vocabulary.words import words as listed_words

_PRODUCT_KINDS = frozenset(listed_words("product category subcategory material dimensions weight sku"))
_COMPANY_KINDS = frozenset({"company", "industry", "domain"})
_MAP_SIZE = 2
_TOO_MANY = 10_000
_TRIES = 40


def object_(compiler: Nodes, schema: Schema, spot: Spot) -> Node:
    """The node of an object."""
    properties = _wanted(schema)
    noun = singular(name_words(spot.name)[-1]) if name_words(spot.name) else spot.noun
    domain = domain_of(noun) or domain_by_neighbours(properties) or spot.domain
    opens = spot.is_record or is_other(spot.name)
    kinds = _kinds(compiler, properties, domain)
    plan = (
        compiler.plan(abroad="country" in kinds and kinds.isdisjoint({"state", "zip"}))
        if opens
        else spot.plan
    )
    inside = replace(spot, noun=noun, domain=domain, plan=plan, is_record=False)
    required = {str(name) for name in listed(schema, "required")}
    pairs = [
        (name, node)
        for name, part in properties.items()
        if (node := _property(compiler, name, part, inside, is_required=name in required)) is not None
    ]
    rest = _entries(compiler, schema, [name for name, _ in pairs], inside)
    agree = agreement(compiler, {name: properties[name] for name, _ in pairs})
    node = _of_pairs(pairs, rest)
    node = (node if agree is None else _agreeing(node, agree))._replace(plan=plan if opens else None)
    if not opens:
        return node
    node = node._replace(settle=_settled(kinds, domain), domain=domain)
    return node if spot.is_record else entered(node, noun)


def _of_pairs(pairs: list[tuple[str, Node]], rest: Node | None) -> Node:
    makers = [(name, node.make) for name, node in pairs]
    keepers = [(name, node.keep) for name, node in pairs]

    def make(scope: Scope) -> JSON:
        return {name: make(scope) for name, make in makers}

    def keep(scope: Scope, given: object) -> JSON:
        if not isinstance(given, dict):
            return whole.make(scope)
        kept: JSON = {name: keep(scope, given.get(name, MISSING)) for name, keep in keepers}
        return kept

    def make_all(scope: Scope) -> JSON:
        return {**_dict(make(scope)), **_dict(rest.make(scope))} if rest else make(scope)

    def keep_all(scope: Scope, given: object) -> JSON:
        return {**_dict(keep(scope, given)), **_dict(rest.keep(scope, given))} if rest else keep(scope, given)

    whole = Node(make_all, keep_all) if rest else Node(make, keep)
    return whole


def _agreeing(node: Node, agree: Agree) -> Node:
    def make(scope: Scope) -> JSON:
        made = node.make(scope)
        agree(scope, _dict(made), None)
        return made

    def keep(scope: Scope, given: object) -> JSON:
        kept = node.keep(scope, given)
        agree(scope, _dict(kept), given)
        return kept

    return Node(make, keep)


def _dict(value: JSON) -> dict[str, JSON]:
    return value if isinstance(value, dict) else {}


def _wanted(schema: Schema) -> Schema:
    """The properties to make: all that are known, as far as `maxProperties` and `not` leave room."""
    properties = mapping(schema, "properties")
    required = dict.fromkeys(str(name) for name in listed(schema, "required"))  # a set that keeps its order
    wanted: Schema = {
        name: part for name, part in properties.items() if part is not False or name in required
    }
    for name in required:
        wanted.setdefault(name, _schema_for(schema, name))
    depending, names = mapping(schema, "dependentRequired"), list(wanted)
    for name in names:  # grows while it is read
        more = [str(other) for other in listed(depending, name) if str(other) not in wanted]
        wanted |= {other: _schema_for(schema, other) for other in more}
        names += more
    most = schema.get("maxProperties")
    spare = [name for name in wanted if name not in required]
    while isinstance(most, int) and len(wanted) > most and spare:
        wanted.pop(spare.pop())
    return wanted


def _schema_for(schema: Schema, name: str) -> JSON:
    """What a property must be that is required but not described."""
    patterns = mapping(schema, "patternProperties")
    fitting = [part for pattern, part in patterns.items() if _finds(pattern, name)]
    return {"allOf": fitting} if fitting else schema.get("additionalProperties", True)


def _finds(pattern: str, name: str) -> bool:
    try:
        return re.search(pattern, name) is not None
    except re.error:
        return False


def _kinds(compiler: Nodes, properties: Schema, domain: str) -> frozenset[str]:
    """The kinds of all texts of a record, one level of grouping included."""
    found = set()
    for name, part in properties.items():
        found.add(text_field(name_words(name), domain).kind)
        inner = mapping(compiler.flat(part), "properties")
        if not is_other(name):
            found.update(text_field(name_words(each), domain).kind for each in inner)
    return frozenset(found)


def _settled(kinds: frozenset[str], domain: str) -> tuple[Settle, ...]:
    """What a record is about has to be clear before prices and descriptions are made."""
    product = domain == "product" or not kinds.isdisjoint(_PRODUCT_KINDS)
    company = domain == "company" or not kinds.isdisjoint(_COMPANY_KINDS)
    return (*((facts.product,) if product else ()), *((facts.company,) if company else ()))


def _property(compiler: Nodes, name: str, part: JSON, spot: Spot, *, is_required: bool) -> Node | None:
    """The node of a property, None for an optional one that is too much or never ends."""
    if compiler.is_full and not is_required:
        return None
    escaped = name.replace("~", "~0").replace("/", "~1")
    try:
        return compiler.node(part, replace(spot, name=name, pointer=f"{spot.pointer}/properties/{escaped}"))
    except EndlessError:
        if is_required:
            raise
        return None


def _entries(compiler: Nodes, schema: Schema, known: list[str], spot: Spot) -> Node | None:
    """The node of the entries of a map: as many as must be, or a few where an object has no other content."""
    least = schema.get("minProperties", 0)
    missing = int(least) - len(known) if isinstance(least, (int, float)) else 0
    patterns = mapping(schema, "patternProperties")
    extra = schema.get("additionalProperties", missing > 0)
    described = bool(patterns) or isinstance(extra, dict)
    count = max(missing, _MAP_SIZE if described and not known else 0)
    most = schema.get("maxProperties")
    count = min(count, most - len(known)) if isinstance(most, int) else count
    if count <= 0:
        return None
    if count > _TOO_MANY:
        raise impossible(
            spot.where, "minProperties", f"objects of more than {_TOO_MANY:,} entries are not made"
        )
    if extra is False and not patterns:
        raise impossible(spot.where, "minProperties", "'additionalProperties' is false and too few are named")
    pattern, part = next(iter(patterns.items())) if patterns else ("", extra)
    names = schema.get("propertyNames")
    naming = {**names} if isinstance(names, dict) else {}
    if pattern:
        naming["pattern"] = pattern
    node = _value_node(compiler, part, spot)
    return _map(node, naming, count, known, spot) if node else None


def _value_node(compiler: Nodes, part: JSON, spot: Spot) -> Node | None:
    """The node of a map's values, None where the schema never ends."""
    try:
        return compiler.node(part, replace(spot, pointer=f"{spot.pointer}/additionalProperties"))
    except EndlessError:
        return None


def _map(node: Node, naming: Schema, count: int, known: list[str], spot: Spot) -> Node:
    options = listed(naming, "enum")
    where = Where(pointer=f"{spot.pointer}/propertyNames")
    name_of = one_of([str(each) for each in options]) if options else text(naming, where)
    open_ended = bool(naming.get("pattern")) and not str(naming["pattern"]).endswith("$")

    def names(scope: Scope) -> list[str]:
        found: dict[str, None] = {}
        for _ in range(_TRIES + count):
            name = name_of(scope) if naming else ""
            name += one_of(PLAIN_WORDS)(scope) if open_ended or not naming else ""
            if name not in known:
                found.setdefault(name)
            if len(found) == count:
                return list(found)
        raise impossible(where, "propertyNames", f"{count} different names were not found")

    def make(scope: Scope) -> JSON:
        return {name: node.make(scope) for name in names(scope)}

    def keep(scope: Scope, given: object) -> JSON:
        kept = [name for name in given if name not in known] if isinstance(given, dict) else []
        if not isinstance(given, dict) or len(kept) < count:
            return make(scope)
        entries: JSON = {name: node.keep(scope, given[name]) for name in kept}
        return entries

    return Node(make, keep)
