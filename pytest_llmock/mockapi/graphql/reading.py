"""The selection sets of one GraphQL operation, read: what is to be generated, and the outline of the answer.

Types are those of the SDL. Without one they are told by names, and the types that the fragments of one
selection name are taken for alternatives, of which an object has one. Aliases with the same arguments share
what is generated, so a field is read twice: all its selections together, and each alias by itself.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count
from typing import Any, TypeAlias

from graphql import (
    FieldNode,
    GraphQLError,
    GraphQLObjectType,
    OperationDefinitionNode,
    SelectionSetNode,
    get_argument_values,
    get_named_type,
    get_nullable_type,
    is_abstract_type,
    is_enum_type,
    is_leaf_type,
    is_list_type,
    value_from_ast_untyped,
)
from graphql.pyutils import Undefined

from pytest_llmock.llm import JSON
from pytest_llmock.mockapi.graphql.collecting import Collected, Kind, Selections, Sets
from pytest_llmock.mockapi.graphql.selection import (
    SCALARS,
    TYPENAME,
    Known,
    Outline,
    Part,
    guessed_leaf,
    guessed_type,
    is_guessed_list,
    kept,
    list_schema,
    object_schema,
    value_list,
)
from pytest_llmock.shapes.limits import canonical
from pytest_llmock.shapes.references import Schema

# A field and its arguments: what stands for it twice has one value.
Identity: TypeAlias = tuple[str, str]
MOST_FIELDS = 2_000  # of what is generated, and of the answer
_INTROSPECTION = frozenset({"__schema", "__type"})


@dataclass(frozen=True, slots=True)
class Variant:
    """Objects of some types, which have the same fields: by identity the key, and the place of each."""

    kinds: tuple[Kind, ...]
    fields: Mapping[Identity, tuple[str, "Place"]]


@dataclass(frozen=True, slots=True)
class Place:
    """Where values are generated: their schema; of objects what is in them, and what their type is called."""

    schema: Schema
    variants: tuple[Variant, ...] = ()
    name: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """One operation being read.

    Lists are no longer than `most_items`; `meta` gives the value of a field of introspection. Raises
    GraphQLError for what cannot be executed.
    """

    selections: Selections
    most_items: int
    meta: Callable[[Sequence[FieldNode]], JSON]
    spent: Iterator[int] = field(default_factory=count)

    def root(self, operation: OperationDefinitionNode) -> Place:
        """The place of the whole answer."""
        schema = self.selections.schema
        kind: Kind = None if schema is None else schema.get_root_type(operation.operation)
        word = operation.operation.value
        known = Known(passes=2 if word == "mutation" else 0)
        return self._objects((kind,), (operation.selection_set,), known, word.capitalize())

    def outline(self, place: Place, sets: Sets) -> Outline:
        """How the answer to the selections is read from what is generated for all aliases of their field."""
        parts: dict[str, tuple[Part, ...]] = {}
        for variant in place.variants:
            read = tuple(self._parts(variant, sets))
            parts |= {_name_of(kind) or place.name: read for kind in variant.kinds}
        return Outline(parts)

    def _parts(self, variant: Variant, sets: Sets) -> Iterator[Part]:
        kind = variant.kinds[0]
        for alias, nodes in self.selections.collected(sets, kind).items():
            name = nodes[0].name.value
            if name == TYPENAME:
                yield Part(alias, TYPENAME)
            elif name in _INTROSPECTION:
                yield Part(alias, "", fixed=self.meta(nodes))
            else:
                self._spend(nodes[0])
                key, inner = variant.fields[self._identity(nodes, kind)]
                yield Part(alias, key, self.outline(inner, _sets(nodes)) if inner.variants else None)

    def _objects(self, kinds: Sequence[Kind], sets: Sets, known: Known, name: str) -> Place:
        """Objects of one of the types; those are left out of which nothing is selected, unless all are."""
        groups: dict[object, tuple[list[Kind], Collected]] = {}
        for kind in kinds:
            collected = self.selections.collected(sets, kind)
            groups.setdefault(_signature(collected, kind), ([], collected))[0].append(kind)
        full = [group for group in groups.values() if any(map(_is_generated, group[1].values()))]
        variants = [
            Variant(tuple(alike), self._fields(collected, alike[0], known))
            for alike, collected in full or groups.values()
        ]
        has_types = sum(len(variant.kinds) for variant in variants) > 1
        schemas = [_schema_of(variant, has_types=has_types) for variant in variants]
        schema: Schema = schemas[0] if len(schemas) == 1 else {"anyOf": [*schemas]}
        return Place(schema, tuple(variants), name)

    def _fields(self, collected: Collected, kind: Kind, known: Known) -> Mapping[Identity, tuple[str, Place]]:
        together: dict[Identity, list[FieldNode]] = {}
        for nodes in filter(_is_generated, collected.values()):
            together.setdefault(self._identity(nodes, kind), []).extend(nodes)
        keys = _keys([name for name, _ in together])
        return {
            identity: (key, self._field(nodes, kind, known))
            for key, (identity, nodes) in zip(keys, together.items(), strict=True)
        }

    def _field(self, nodes: Sequence[FieldNode], kind: Kind, known: Known) -> Place:
        self._spend(nodes[0])
        name, arguments = nodes[0].name.value, self._arguments(nodes[0], kind)
        inside, value = known.inside(name, arguments, most=self.most_items), known.value(name)
        if isinstance(kind, GraphQLObjectType):
            return self._typed(kind.fields[name].type, nodes, inside, value)
        sets = _sets(nodes)
        if sets and len(sets) < len(nodes):
            raise GraphQLError(f"Field '{name}' is selected both with fields of its own and without.", nodes)
        if not sets:
            return Place(guessed_leaf(name, value))
        names = {each[0].name.value for each in self.selections.collected(sets, None).values()}
        objects = partial(self._guessed, sets, name)
        return _listed(objects, inside) if is_guessed_list(name, names, arguments) else objects(inside)

    def _guessed(self, sets: Sets, name: str, known: Known) -> Place:
        """Objects of which there is no type: of those that fragments name, where these are several."""
        types = [*self.selections.conditions(sets)] or [guessed_type(name)]
        return self._objects(types if len(types) > 1 else (None,), sets, known, types[0])

    def _typed(self, said: Any, nodes: Sequence[FieldNode], known: Known, value: JSON) -> Place:
        """The place of a field of a type of the SDL (any of graphql-core's classes of output types)."""
        kind = get_nullable_type(said)
        if is_leaf_type(kind):
            return Place(kept(_leaf(kind), value))
        if is_list_type(kind):
            if is_leaf_type(get_named_type(kind)):
                item = self._typed(kind.of_type, nodes, replace(known, is_listed=True, size=None), None)
                return Place(value_list(item.schema, known, value))
            return _listed(lambda known: self._typed(kind.of_type, nodes, known, None), known)
        assert self.selections.schema is not None
        kinds = self.selections.schema.get_possible_types(kind) if is_abstract_type(kind) else (kind,)
        if not kinds:
            raise GraphQLError(f"No type of the schema implements '{kind.name}': there is nothing to answer.")
        return self._objects(kinds, _sets(nodes), known, kind.name)

    def _identity(self, nodes: Sequence[FieldNode], kind: Kind) -> Identity:
        """The one identity of all fields with the same response key."""
        found = {(node.name.value, _canonical(self._arguments(node, kind), node)): node for node in nodes}
        if len(found) > 1:
            first = nodes[0]
            alias = first.alias.value if first.alias else first.name.value
            raise GraphQLError(
                f"Fields '{alias}' conflict: they are other fields, or have other arguments. Use aliases.",
                [*found.values()],
            )
        return next(iter(found))

    def _arguments(self, node: FieldNode, kind: Kind) -> Mapping[str, JSON]:
        if isinstance(kind, GraphQLObjectType):
            return get_argument_values(kind.fields[node.name.value], node, self.selections.variables)
        known = self.selections.variables.coerced
        said = ((each.name.value, value_from_ast_untyped(each.value, known)) for each in node.arguments or ())
        return {name: value for name, value in said if value is not Undefined}

    def _spend(self, node: FieldNode) -> None:
        if next(self.spent) >= MOST_FIELDS:
            raise GraphQLError(f"The answer would have more than {MOST_FIELDS} fields. Ask in parts.", node)


def _listed(make: Callable[[Known], Place], known: Known) -> Place:
    """A list of what is made; where its items are given, each keeps its own."""
    item = replace(
        known, is_listed=True, size=None, values=None if isinstance(known.values, list) else known.values
    )
    place = make(item)
    if not isinstance(known.values, list):
        return replace(place, schema=list_schema(place.schema, known))
    each: list[JSON] = [make(replace(item, values=given)).schema for given in known.values]
    size = len(each)
    schema: Schema = {"type": "array", "prefixItems": each, "minItems": size, "maxItems": size}
    return replace(place, schema=schema if each else list_schema(place.schema, replace(known, size=0)))


def _schema_of(variant: Variant, *, has_types: bool) -> Schema:
    properties: Schema = {key: place.schema for key, place in variant.fields.values()}
    return object_schema(properties, [_name_of(kind) for kind in variant.kinds] if has_types else ())


def _signature(collected: Collected, kind: Kind) -> object:
    """What two types have in common for which the same is generated: selected fields and their types."""
    ids = tuple((alias, tuple(map(id, nodes))) for alias, nodes in collected.items())
    if not isinstance(kind, GraphQLObjectType):
        return ids
    generated = filter(_is_generated, collected.values())
    return ids, tuple(str(kind.fields[nodes[0].name.value].type) for nodes in generated)


def _leaf(kind: Any) -> Schema:
    """The schema of a scalar or enum (graphql-core's classes)."""
    if is_enum_type(kind):
        return {"type": "string", "enum": [*kind.values]}
    return {**SCALARS.get(kind.name, {"type": "string"})}


def _canonical(arguments: Mapping[str, JSON], node: FieldNode) -> str:
    try:
        return canonical(dict(arguments))
    except ValueError:
        raise GraphQLError("An argument is no finite number.", node) from None


def _is_generated(nodes: Sequence[FieldNode]) -> bool:
    return nodes[0].name.value != TYPENAME and nodes[0].name.value not in _INTROSPECTION


def _sets(nodes: Sequence[FieldNode]) -> list[SelectionSetNode]:
    return [node.selection_set for node in nodes if node.selection_set]


def _name_of(kind: Kind) -> str:
    return kind.name if isinstance(kind, GraphQLObjectType) else kind or ""


def _keys(names: Sequence[str]) -> list[str]:
    """A key for each: its name, or no_2_user for another user; the last word tells what is there."""
    numbers = {name: count(2) for name in names}
    taken = set[str]()
    keys: list[str] = []
    for name in names:
        others = (f"no_{number}_{name}" for number in numbers[name])
        key = name if name not in taken else next(other for other in others if other not in numbers)
        taken.add(name)
        keys.append(key)
    return keys
