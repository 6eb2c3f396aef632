"""The fields of a GraphQL selection: fragments unfolded for a type, `@skip` and `@include` obeyed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLIncludeDirective,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLSkipDirective,
    InlineFragmentNode,
    SelectionSetNode,
    get_directive_values,
    is_abstract_type,
)
from graphql.language import SelectionNode

# The type of an object: of the SDL; a name that fragments have; or None, which all of them fit.
Kind: TypeAlias = GraphQLObjectType | str | None
Sets: TypeAlias = Sequence[SelectionSetNode]
Collected: TypeAlias = Mapping[str, list[FieldNode]]
Fragment: TypeAlias = InlineFragmentNode | FragmentDefinitionNode


@dataclass(frozen=True, slots=True)
class Selections:
    """Reads selections: with the SDL or None, the document's fragments, the coerced variables."""

    schema: GraphQLSchema | None
    fragments: Mapping[str, FragmentDefinitionNode]
    variables: Any  # graphql-core's class of variables is not exported

    def collected(self, sets: Sets, kind: Kind) -> Collected:
        """The fields of an object of that type by response key, in the order of the answer."""
        found: dict[str, list[FieldNode]] = {}
        met: set[str] = set()
        for each in sets:
            self._collect(each, kind, found, met)
        return found

    def _collect(
        self, selections: SelectionSetNode, kind: Kind, found: dict[str, list[FieldNode]], met: set[str]
    ) -> None:
        for node in filter(self._is_included, selections.selections):
            if isinstance(node, FieldNode):
                found.setdefault((node.alias or node.name).value, []).append(node)
                continue
            if isinstance(node, FragmentSpreadNode):
                if node.name.value in met:
                    continue
                met.add(node.name.value)
            part = self._fragment(node)
            if self._fits(part, kind):
                self._collect(part.selection_set, kind, found, met)

    def _fragment(self, node: SelectionNode) -> Fragment:
        if isinstance(node, FragmentSpreadNode):
            return self.fragments[node.name.value]
        assert isinstance(node, InlineFragmentNode)  # there are no other selections
        return node

    def _fits(self, part: Fragment, kind: Kind) -> bool:
        if part.type_condition is None or kind is None:
            return True
        name = part.type_condition.name.value
        if isinstance(kind, str):
            return name == kind or kind in self.conditions([part.selection_set])
        assert self.schema is not None
        wanted: Any = self.schema.get_type(name)
        return wanted is kind or (is_abstract_type(wanted) and self.schema.is_sub_type(wanted, kind))

    def conditions(self, sets: Sets) -> dict[str, None]:
        """The types that fragments of a selection name, the innermost ones, in order."""
        found: dict[str, None] = {}
        for each in sets:
            for node in filter(self._is_included, each.selections):
                if not isinstance(node, FieldNode):
                    part = self._fragment(node)
                    own = {part.type_condition.name.value: None} if part.type_condition else {}
                    found |= self.conditions([part.selection_set]) or own
        return found

    def _is_included(self, node: SelectionNode) -> bool:
        skip = get_directive_values(GraphQLSkipDirective, node, self.variables)
        include = get_directive_values(GraphQLIncludeDirective, node, self.variables)
        return not (skip and skip["if"]) and (include is None or bool(include["if"]))
