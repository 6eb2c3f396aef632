"""From a schema to closures: one `Node` for each place, made once, run for every record.

A node makes a value, or keeps the one that the input gave and makes only what is missing or wrong. Recursion
ends where it may: an optional property is left out, a list stays empty, another alternative is taken.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from pytest_llmock.errors import ShapeError
from pytest_llmock.llm import JSON
from pytest_llmock.shapes.limits import canonical
from pytest_llmock.shapes.references import Schema, listed, mapping
from pytest_llmock.shapes.sample.arrays import array
from pytest_llmock.shapes.sample.leaves import LEAVES
from pytest_llmock.shapes.sample.nodes import EndlessError, Node, Spot, leaf
from pytest_llmock.shapes.sample.objects import object_
from pytest_llmock.shapes.sample.places import impossible
from pytest_llmock.shapes.sample.schemas import LATER, NOTES, closed, flat, merged, types_of
from pytest_llmock.shapes.sample.scope import Plan, Scope
from pytest_llmock.shapes.schema import JSON_TYPES
from pytest_llmock.shapes.validate import problems
from pytest_llmock.shapes.vocabulary import stride
from pytest_llmock.shapes.vocabulary.tables import Vocabulary

# How often one definition may stand inside itself; and the number of nodes after which only what must be
# there is made, because definitions that all refer to each other would go on almost for ever.
_NESTED = 2
_MANY = 4_000
_DEEP = 80
_TRIES = 25
# How often a value that may be null is null.
_NULLS = 0.1
_PYTHON_TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
}

Accepts = Callable[[JSON], bool]


class Compiler:
    """The nodes of one schema; `root` is what its references point into."""

    def __init__(self, root: Schema, words: Vocabulary) -> None:
        self._root = root
        self._words = words
        self._nodes = 0
        self._plans = 0

    @property
    def is_full(self) -> bool:
        """Whether so much is compiled already that nothing optional is added."""
        return self._nodes > _MANY

    def plan(self, *, abroad: bool = False) -> Plan:
        """A plan for a new kind of record, whose people are others than everybody else's."""
        self._plans += 1
        words, salt = self._words, self._plans * 7919
        step = stride(len(words.first_names), len(words.last_names))
        return Plan(words, salt, abroad, words.people, step)

    def flat(self, schema: JSON) -> Schema:
        """The schema without references and `allOf`."""
        return flat(schema, self._root, [])

    def node(self, schema: JSON, spot: Spot) -> Node:
        """The node of a schema at some place. Raises EndlessError where recursion has to stop."""
        met: list[str] = []
        simple = flat(schema, self._root, met)
        return self._entered(simple, spot, met)

    def _entered(self, schema: Schema, spot: Spot, met: list[str]) -> Node:
        """The node of a flat schema that was found by following the references `met`."""
        self._nodes += 1
        refs = (*spot.refs, *met)
        if spot.depth > _DEEP or any(refs.count(reference) > _NESTED for reference in met):
            raise EndlessError(
                f"The JSON Schema never ends at {spot.pointer or 'its root'}: make the property optional, or "
                "use a list that may be empty."
            )
        return self._node(schema, replace(spot, refs=refs, depth=spot.depth + 1))

    def _node(self, schema: Schema, spot: Spot) -> Node:
        if schema.get("type") == []:
            raise impossible(spot.where, "type", "no type satisfies every part of it")
        if schema.get("not") in ({}, True):
            raise impossible(spot.where, "false", "the schema there allows nothing")
        if "const" in schema:
            return self._choices(schema, [schema["const"]], spot)
        if isinstance(schema.get("enum"), list):
            return self._choices(schema, listed(schema, "enum"), spot)
        for keyword in ("anyOf", "oneOf"):
            if keyword in schema:
                return self._alternatives(schema, keyword, spot)
        if "if" in schema:
            return self._conditional(schema, spot)
        if "not" in schema:
            return self._negated(schema, spot)
        return self._of_types(schema, spot)

    def _choices(self, schema: Schema, values: list[JSON], spot: Spot) -> Node:
        """One of some values, those that the rest of the schema allows as well."""
        rest = {keyword: schema[keyword] for keyword in schema if keyword not in NOTES}
        fits = self._acceptor(rest)
        allowed = values if rest.keys() <= {"const", "enum"} else [each for each in values if fits(each)]
        if not allowed:
            keyword = "const" if "const" in schema else "enum"
            raise impossible(spot.where, keyword, "none of the listed values fits the rest of it")
        known, count = {canonical(value) for value in allowed}, len(allowed)

        def make(scope: Scope) -> JSON:
            return allowed[int(scope.random() * count)]

        return leaf(make, lambda given: canonical(given) in known)

    def _of_types(self, schema: Schema, spot: Spot) -> Node:
        types = types_of(schema)
        if len(types) <= 1:
            return self._of_type(schema, types[0] if types else "", spot)
        nodes = [self._of_type({**schema, "type": kind}, kind, spot) for kind in types]
        return self._one_of(nodes, [{**schema, "type": kind} for kind in types])

    def _of_type(self, schema: Schema, kind: str, spot: Spot) -> Node:
        if kind == "object":
            return object_(self, schema, spot)
        if kind == "array":
            return array(self, schema, spot)
        return leaf(LEAVES[kind](schema, spot.where), self._acceptor(schema))

    def _acceptor(self, schema: Schema) -> Accepts:
        """Whether a value is valid by the schema; quick for plain types."""
        types = _PYTHON_TYPES.get(str(schema.get("type", "")))
        if types and not schema.keys() - NOTES - {"type"}:
            flag = types == (bool,)
            return lambda given: isinstance(given, types) and isinstance(given, bool) is flag
        whole: list[Schema] = []  # made when it is first needed: most branches never are

        def accepts(given: JSON) -> bool:
            if not whole:
                whole.append(closed(schema, self._root))
            return not problems(whole[0], given)

        return accepts

    def _alternatives(self, schema: Schema, keyword: str, spot: Spot) -> Node:
        """One of several schemas; those that cannot be met or never end are left out."""
        parts = listed(schema, keyword)
        rest = {name: schema[name] for name in schema if name not in {keyword, LATER}}
        nodes: list[Node] = []
        branches: list[Schema] = []
        refused: ShapeError | None = None
        for part in parts:
            if nodes and self.is_full:
                break
            met: list[str] = []
            own = flat(part, self._root, met)
            branch = _without_rivals(merged(rest, own), own, parts)
            for later in listed(schema, LATER):
                branch = merged(branch, flat(later, self._root, met))
            try:
                nodes.append(self._entered(branch, spot, met))
                branches.append(branch)
            except ShapeError as error:
                refused = refused or error
        if not nodes:
            raise refused or impossible(spot.where, keyword, "there is no alternative")
        chosen = self._one_of(nodes, branches)
        return self._checked(chosen, schema, keyword, spot) if keyword == "oneOf" else chosen

    def _one_of(self, nodes: list[Node], branches: list[Schema]) -> Node:
        """One of several nodes; null rarely. What is given goes to the first branch that it fits."""
        filled = [node for node, branch in zip(nodes, branches, strict=True) if types_of(branch) != ("null",)]
        empty = [node for node in nodes if node not in filled]
        accepts = [self._acceptor(branch) for branch in branches]

        def pick(scope: Scope) -> Node:
            options = empty if empty and (not filled or scope.random() < _NULLS) else filled
            return options[int(scope.random() * len(options))]

        def keep(scope: Scope, given: object) -> JSON:
            if isinstance(given, (str, int, float, list, dict, type(None))):
                for node, fits in zip(nodes, accepts, strict=True):
                    if fits(given):
                        return node.keep(scope, given)
                for node, branch in zip(nodes, branches, strict=True):
                    if isinstance(given, dict) and _looks_like(branch, given):
                        return node.keep(scope, given)
            return pick(scope).make(scope)

        return Node(lambda scope: pick(scope).make(scope), keep)

    def _conditional(self, schema: Schema, spot: Spot) -> Node:
        """`if` and `then` together, or `else`; which of them came out is for the validator to say."""
        rest = {name: schema[name] for name in schema if name not in {"if", "then", "else"}}
        both: list[JSON] = [schema["if"], schema.get("then", True)]
        branches: list[JSON] = [{**rest, "allOf": [*listed(rest, "allOf"), *both]}]
        branches.append({**rest, "allOf": [*listed(rest, "allOf"), schema.get("else", True)]})
        node = self._alternatives({"anyOf": branches}, "anyOf", spot)
        return self._checked(node, schema, "if", spot)

    def _negated(self, schema: Schema, spot: Spot) -> Node:
        """Anything of the rest that is not what `not` says; a property that must not be there is left out."""
        rest = {name: schema[name] for name in schema if name != "not"}
        banned = schema["not"]
        if isinstance(banned, dict) and set(banned) == {"required"} and "properties" in rest:
            names = listed(banned, "required")[:1]
            rest["properties"] = {k: v for k, v in mapping(rest, "properties").items() if k not in names}
        if not types_of(rest):
            rest["type"] = [*JSON_TYPES]
        node = self._entered(flat(rest, self._root, []), spot, [])
        return self._checked(node, schema, "not", spot)

    def _checked(self, node: Node, schema: Schema, keyword: str, spot: Spot) -> Node:
        """The node, asked again until what it makes is valid."""
        accepts = self._acceptor(schema)

        def make(scope: Scope) -> JSON:
            for _ in range(_TRIES):
                value = node.make(scope)
                if accepts(value):
                    return value
            raise impossible(spot.where, keyword, f"{_TRIES} tries gave nothing valid")

        def keep(scope: Scope, given: object) -> JSON:
            value = node.keep(scope, given)
            return value if accepts(value) else make(scope)

        return Node(make, keep)


def _without_rivals(branch: Schema, own: Schema, parts: list[JSON]) -> Schema:
    """The branch without the optional properties that only other alternatives ask for."""
    rivals = {str(name) for part in parts if isinstance(part, dict) for name in listed(part, "required")}
    wanted = {str(name) for name in listed(branch, "required")} | mapping(own, "properties").keys()
    if not rivals - wanted or "properties" not in branch:
        return branch
    kept = {name: part for name, part in mapping(branch, "properties").items() if name not in rivals - wanted}
    return {**branch, "properties": kept}


def _looks_like(branch: Schema, given: dict[str, JSON]) -> bool:
    """Whether an incomplete object belongs to the branch: nothing it has contradicts a constant there."""
    properties = mapping(branch, "properties")
    for name, part in properties.items():
        if name in given and isinstance(part, dict) and "const" in part and part["const"] != given[name]:
            return False
    return any(name in properties for name in given)
