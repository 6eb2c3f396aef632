"""GraphQL documents, parsed and checked, and the operation that is meant.

With an SDL a document is held against it, without one against what needs no types. Documents are bounded
before anything is done that takes longer than parsing them. This module, `reading` and `collecting`
alone import graphql-core (extra `graphql`), and only the first GraphQL request imports them.

Spec: https://spec.graphql.org/September2025/, known by graphql-core 3.3 (2026-11-22).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLBoolean,
    GraphQLError,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLString,
    OperationDefinitionNode,
    SelectionSetNode,
    build_schema,
    execute_sync,
    get_variable_values,
    parse,
    validate,
    validate_schema,
)
from graphql import validation as rules
from graphql.language import TypeNode

from pytest_llmock.errors import RequestError, SettingsError
from pytest_llmock.llm import JSON
from pytest_llmock.mockapi.graphql.collecting import Selections
from pytest_llmock.mockapi.graphql.http import ERRORS, Asked
from pytest_llmock.mockapi.graphql.reading import Reading
from pytest_llmock.mockapi.graphql.selection import Outline

MOST_CHARACTERS, MOST_TOKENS = 200_000, 20_000
MOST_SELECTIONS, MOST_DEPTH = 600, 20  # fragments unfolded
_BUILT_IN = {kind.name: kind for kind in (GraphQLBoolean, GraphQLFloat, GraphQLID, GraphQLInt, GraphQLString)}
_UNTYPED = build_schema("type Query { any: Boolean }")
_UNTYPED_RULES = (
    rules.ExecutableDefinitionsRule,
    rules.UniqueOperationNamesRule,
    rules.LoneAnonymousOperationRule,
    rules.UniqueFragmentNamesRule,
    rules.KnownFragmentNamesRule,
    rules.NoUnusedFragmentsRule,
    rules.NoFragmentCyclesRule,
    rules.UniqueVariableNamesRule,
    rules.NoUndefinedVariablesRule,
    rules.NoUnusedVariablesRule,
    rules.KnownDirectivesRule,
    rules.UniqueDirectivesPerLocationRule,
    rules.UniqueArgumentNamesRule,
    rules.UniqueInputFieldNamesRule,
)


@dataclass(frozen=True, slots=True)
class Operation:
    """What is to be generated, None where nothing is, and the outline of the answer.

    `sizes` are the lengths of lists that the arguments of the operation's own fields say, by key.
    """

    shape: JSON
    outline: Outline
    sizes: Mapping[str, int]


def schema_of(sdl: str | Path) -> GraphQLSchema:
    """The schema of an SDL or of a file. Raises SettingsError, with line and column, for one without."""
    try:
        text = sdl.read_text(encoding="utf-8") if isinstance(sdl, Path) else str(sdl)
        schema = build_schema(text)
        errors = validate_schema(schema)
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"The GraphQL schema {sdl} cannot be read: {error}.") from error
    except (GraphQLError, TypeError) as error:
        errors = [error if isinstance(error, GraphQLError) else GraphQLError(str(error))]
    if errors:
        raise SettingsError(_unusable(errors[0], is_text="{" not in text))
    return schema


def _unusable(error: GraphQLError, *, is_text: bool) -> str:
    place = error.locations[0] if error.locations else None
    where = f" (line {place.line}, column {place.column})" if place else ""
    hint = " Give SDL, type Query { … }, or a file as a pathlib.Path." if is_text else ""
    return f"The GraphQL schema cannot be used{where}: {error.message}{hint}"


def prepared(asked: Asked, schema: GraphQLSchema | None, *, most_items: int) -> Operation:
    """What the request asks for. Raises RequestError with GraphQL's errors where it cannot be executed."""
    document = _document(asked.query, schema)
    operation = _operation(document, asked)
    fragments = {each.name.value: each for each in _fragments(document)}
    variables = _variables(operation, asked, schema)

    def meta(nodes: Sequence[FieldNode]) -> JSON:
        return _introspected(schema, operation, nodes, fragments.values(), asked)

    reading = Reading(Selections(schema, fragments, variables), most_items, meta)
    try:
        place = reading.root(operation)
        outline = reading.outline(place, (operation.selection_set,))
    except GraphQLError as error:
        raise refused([error]) from None
    fields = place.variants[0].fields.values()
    sizes = {key: size for key, inner in fields if isinstance(size := inner.schema.get("maxItems"), int)}
    return Operation(place.schema if fields else None, outline, sizes)


@lru_cache(maxsize=64)
def _document(query: str, schema: GraphQLSchema | None) -> DocumentNode:
    try:
        document = parse(
            query,
            max_tokens=MOST_TOKENS,
            max_source_length=MOST_CHARACTERS,
            allow_empty_selection_sets=False,
        )
        _check_size(document)
        errors = validate(schema or _UNTYPED, document, None if schema else _UNTYPED_RULES)
    except GraphQLError as error:
        errors = [error]
    if errors:
        raise refused(errors)
    return document


def refused(errors: Sequence[GraphQLError]) -> RequestError:
    """The errors as one that says them in GraphQL's form."""
    said = [{name: value for name, value in error.formatted.items() if value is not None} for error in errors]
    return RequestError(errors[0].message, details={ERRORS: said})


def _fragments(document: DocumentNode) -> list[FragmentDefinitionNode]:
    return [each for each in document.definitions if isinstance(each, FragmentDefinitionNode)]


def _check_size(document: DocumentNode) -> None:
    """Raise GraphQLError for a document whose fragments unfold to too much; cycles are left to validation."""
    known = {each.name.value: each for each in _fragments(document)}
    starts = [each for each in document.definitions if hasattr(each, "selection_set")]
    left: list[tuple[Any, int, frozenset[str]]] = [(each, 0, frozenset()) for each in starts]
    count = 0
    while left:
        node, depth, met = left.pop()
        count += 1
        if count > MOST_SELECTIONS:
            raise GraphQLError(
                f"The document selects more than {MOST_SELECTIONS} fields, fragments unfolded. Ask in parts.",
                node,
            )
        if depth > MOST_DEPTH:
            raise GraphQLError(f"The document is nested deeper than {MOST_DEPTH} levels. Flatten it.", node)
        if isinstance(node, FragmentSpreadNode):
            name = node.name.value
            node, met = known.get(name) if name not in met else None, met | {name}
        inside = node.selection_set.selections if node is not None and node.selection_set else ()
        left += [(each, depth + isinstance(each, FieldNode), met) for each in inside]


def _operation(document: DocumentNode, asked: Asked) -> OperationDefinitionNode:
    """The operation that is meant. Raises RequestError where that is not clear, or not to be had."""
    found = [each for each in document.definitions if isinstance(each, OperationDefinitionNode)]
    names = [each.name.value for each in found if each.name]
    if asked.operation:
        found = [each for each in found if each.name and each.name.value == asked.operation]
    if len(found) != 1:
        known = f" It has: {', '.join(names)}." if names else ""
        wanted = f"'{asked.operation[:80]}'" if asked.operation else "one operation, or an operationName"
        raise RequestError(f"The document must have {wanted}.{known}")
    kind = found[0].operation.value
    if kind == "subscription":
        raise RequestError(
            "Subscriptions are not answered: ask by a query, or for a stream at /api/mock/stream/…."
        )
    if asked.is_read_only and kind == "mutation":
        raise RequestError("A mutation is sent by POST, not by GET.", status=405)
    return found[0]


def _variables(
    operation: OperationDefinitionNode, asked: Asked, schema: GraphQLSchema | None
) -> Any:  # Any: graphql-core's class of variables is not exported
    """The variables of the operation, coerced; without an SDL its unknown types take anything."""
    definitions = operation.variable_definitions or ()
    if schema is None:
        names = dict.fromkeys(_named(each.type) for each in definitions)
        types = [_BUILT_IN.get(name) or GraphQLScalarType(name) for name in names]
        schema = GraphQLSchema(_UNTYPED.query_type, types=types)
    values = get_variable_values(schema, definitions, dict(asked.variables), max_errors=20)
    if isinstance(values, list):
        raise refused(values)
    return values


def _named(node: TypeNode) -> str:
    while not hasattr(node, "name"):
        node = node.type  # type: ignore[attr-defined]  # a list's or a non-null's
    return str(node.name.value)


def _introspected(
    schema: GraphQLSchema | None,
    operation: OperationDefinitionNode,
    nodes: Sequence[FieldNode],
    fragments: Iterable[FragmentDefinitionNode],
    asked: Asked,
) -> JSON:
    """The value of a field of introspection, which graphql-core itself knows."""
    if schema is None:
        raise GraphQLError("There is no schema to look at: give one, mock_api.graphql_schema(sdl).", nodes)
    alone = OperationDefinitionNode(
        operation=operation.operation,
        variable_definitions=operation.variable_definitions,
        selection_set=SelectionSetNode(selections=(*nodes,)),
    )
    document = DocumentNode(definitions=(alone, *fragments))
    result = execute_sync(schema, document, variable_values=dict(asked.variables))
    assert isinstance(result.data, dict)  # validation has seen to it that nothing goes wrong
    found: JSON = next(iter(result.data.values()))
    return found
