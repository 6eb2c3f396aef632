"""Schemas of an OpenAPI document, each brought into our dialect with all that it refers to.

What OpenAPI says otherwise is translated:
- `nullable` (3.0) also allows null, beside `$ref` and `allOf` too, where the specification is silent and
  everybody means it;
- `format` int32 and int64 are bounds;
- `discriminator`: each alternative has its own names in that property, unless it says other values there;
  without that, alternatives that allow more than they name would all fit at once. A reference to a schema
  that has one and no alternatives means those that are made of it by `allOf`;
- in a request, `readOnly` properties are neither sent nor required; in an answer, `writeOnly` ones.
References to other documents are refused.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Literal

from pytest_llmock.errors import ShapeError
from pytest_llmock.llm import JSON
from pytest_llmock.shapes.references import Schema, listed, mapping, modern, nodes, pointed_at, transformed

Direction = Literal["request", "response"]

_HIDDEN = {"request": "readOnly", "response": "writeOnly"}
_BOUNDS = {"int32": 2**31, "int64": 2**63}
_HOME = "#/components/schemas/"
_HOPS = 32  # references to references
_OWN = "x-llmock-own"  # beside a reference: just that schema is meant, not what is made of it


def followed(node: JSON, document: Schema, what: str) -> Schema:
    """The object that stands at a place, or that is referred to there.

    Raises ShapeError, which calls the place `what`, for anything else.
    """
    for _ in range(_HOPS):
        if not isinstance(node, dict):
            break
        reference = node.get("$ref")
        if not isinstance(reference, str):
            return node
        node = looked_up(document, reference)
    else:
        raise ShapeError(f"In the OpenAPI document {what} refers to itself. Let it refer to what is meant.")
    raise ShapeError(f"In the OpenAPI document {what} is {str(node)[:40]!r}: it must be an object.")


def looked_up(document: Schema, reference: str) -> JSON:
    """What a reference points at. Raises ShapeError when that is elsewhere or nowhere."""
    if not reference.startswith("#"):
        raise ShapeError(
            f"The OpenAPI document refers to '{reference[:80]}'. Only references inside it (#/…) are "
            "followed, nothing is fetched: bundle it into one file."
        )
    found = pointed_at(document, reference)
    if found is None:
        raise ShapeError(
            f"The OpenAPI document refers to '{reference[:80]}', which is not there. Add it, or correct the "
            "reference."
        )
    return found


class Schemas:
    """The schemas of one document in one direction; what several refer to is translated once."""

    def __init__(self, document: Schema, direction: Direction) -> None:
        self._document = document
        self._hidden = _HIDDEN[direction]
        self._is_answer = direction == "response"
        self._names: dict[str, str] = {}  # of references into the document
        self._sources: dict[str, JSON] = {}
        self._definitions: dict[str, Schema] = {}
        self._heirs = _heirs(document)

    def portable(self, source: JSON) -> Schema:
        """The schema, self-contained: what it refers to stands under its `$defs`."""
        schema = self._translated(source)
        needed: Schema = {}
        waiting = [schema]
        for part in waiting:  # grows while it is read
            for name in _referred(part):
                if name not in needed:
                    needed[name] = self._definition(name)
                    waiting.append(self._definition(name))
        return {**schema, "$defs": needed} if needed else schema

    def _definition(self, name: str) -> Schema:
        if name not in self._definitions:
            self._definitions[name] = self._translated(_made_of(self._sources[name]))
        return self._definitions[name]

    def _translated(self, source: JSON) -> Schema:
        if not isinstance(source, dict):
            return {"not": {}} if source is False else {}
        return transformed(source, self._changed)

    def _changed(self, schema: Schema) -> Schema:
        """One schema object, whose children have been translated."""
        result = _without_hidden(modern(schema), self._hidden)
        bound = _BOUNDS.get(str(result.get("format")))
        if bound is not None:
            result = {"minimum": -bound, "maximum": bound - 1, **result}
        if isinstance(result.get("$ref"), str):
            result = self._referring(result)
        if "discriminator" in result:
            result = self._told_apart(result)
        return _nullable(result) if result.pop("nullable", False) is True else result

    def _referring(self, schema: Schema) -> Schema:
        """The schema with its reference to a definition, or to those that its target stands for."""
        reference = str(schema["$ref"])
        base, heirs = ("", ()) if schema.pop(_OWN, False) else self._meant(reference)
        if not heirs:
            return {**schema, "$ref": f"#/$defs/{self._name(reference)}"}
        others = {keyword: value for keyword, value in schema.items() if keyword != "$ref"}
        alternatives: list[JSON] = [{"$ref": f"#/$defs/{self._name(each)}"} for each in heirs]
        said = mapping(mapping(_components(self._document), base), "discriminator")
        return {**others, "oneOf": alternatives, "discriminator": said}

    def _meant(self, reference: str) -> tuple[str, tuple[str, ...]]:
        """The schema with a discriminator that is referred to, and those that it stands for."""
        heirs = self._heirs.get(reference, ())
        if not heirs and self._is_answer:
            base = next((base for base, known in self._heirs.items() if reference in known), "")
            return base.removeprefix(_HOME), (reference,) if base else ()
        if heirs and not self._is_answer and reference not in heirs:
            heirs = (*heirs, reference)  # who sends it knows whether it is one of its own
        return reference.removeprefix(_HOME), heirs

    def _told_apart(self, schema: Schema) -> Schema:
        """The schema, each of whose alternatives is known by the name in one property."""
        said = mapping(schema, "discriminator")
        name, names = said.get("propertyName"), dict[str, list[JSON]]()
        for value, target in mapping(said, "mapping").items():
            names.setdefault(_target(target), []).append(value)
        if not isinstance(name, str):
            return schema
        references = {f"#/$defs/{short}": reference for reference, short in self._names.items()}
        changed: Schema = dict(schema)
        for word in ("oneOf", "anyOf"):
            if word in schema:
                alternatives = [
                    self._known_by(each, name, references, names) for each in listed(schema, word)
                ]
                changed[word] = [*alternatives]
        return changed

    def _known_by(
        self, alternative: JSON, name: str, references: Mapping[str, str], names: Mapping[str, list[JSON]]
    ) -> JSON:
        reference = references.get(str(alternative.get("$ref"))) if isinstance(alternative, dict) else None
        if reference is None:
            return alternative
        known: list[JSON] = [*names.get(reference, [reference.rpartition("/")[2]])]
        if _says_otherwise(looked_up(self._document, reference), self._document, name, known, _HOPS):
            return alternative
        told: Schema = {"type": "object", "required": [name], "properties": {name: {"enum": known}}}
        return {"allOf": [alternative, told]}

    def _name(self, reference: str) -> str:
        """The name of the definition that a reference into the document becomes."""
        if reference not in self._names:
            name = _free_name(reference, self._sources)
            self._sources[name] = looked_up(self._document, reference)
            self._names[reference] = name
        return self._names[reference]


def _target(mapped: JSON) -> str:
    """The reference that a mapping's value is: a reference, or the name of a schema."""
    return str(mapped) if "/" in str(mapped) else f"{_HOME}{mapped}"


def _made_of(source: JSON) -> JSON:
    """A definition, where it is made of others by `allOf`: of just these."""
    if not isinstance(source, dict) or not listed(source, "allOf"):
        return source
    parts: list[JSON] = [
        {**part, _OWN: True} if isinstance(part, dict) and "$ref" in part else part
        for part in listed(source, "allOf")
    ]
    return {**source, "allOf": parts}


def _heirs(document: Schema) -> Mapping[str, tuple[str, ...]]:
    """Of each schema with a discriminator and no alternatives, those that it stands for, as references."""
    known = {f"{_HOME}{name}": each for name, each in _components(document).items() if isinstance(each, dict)}
    bases = {reference: each for reference, each in known.items() if _is_base(each)}
    if not bases:
        return {}
    parents = {
        reference: [
            str(part["$ref"]) for part in listed(each, "allOf") if isinstance(part, dict) and "$ref" in part
        ]
        for reference, each in known.items()
    }
    found: dict[str, tuple[str, ...]] = {}
    for base, schema in bases.items():
        mapped = map(_target, mapping(mapping(schema, "discriminator"), "mapping").values())
        below = [base]
        for reference in below:  # grows while it is read
            below += [heir for heir, made_of in parents.items() if reference in made_of and heir not in below]
        found[base] = tuple(dict.fromkeys([*(each for each in mapped if each in known), *below[1:]]))
    return found


def _components(document: Schema) -> Schema:
    return mapping(mapping(document, "components"), "schemas")


def _is_base(schema: Schema) -> bool:
    said = mapping(schema, "discriminator")
    return isinstance(said.get("propertyName"), str) and "oneOf" not in schema and "anyOf" not in schema


def _says_otherwise(schema: JSON, document: Schema, name: str, known: Sequence[JSON], hops: int) -> bool:
    """Whether a schema, or one that is part of it, has other values in the property than the known ones."""
    if not isinstance(schema, dict) or not hops:
        return True
    if isinstance(schema.get("$ref"), str):
        target = looked_up(document, str(schema["$ref"]))
        return _says_otherwise(target, document, name, known, hops - 1)
    own = mapping(mapping(schema, "properties"), name)
    said = listed(own, "enum") if "enum" in own else [own.get("const", known[0])]
    parts = listed(schema, "allOf")
    return not any(value in said for value in known) or any(
        _says_otherwise(part, document, name, known, hops - 1) for part in parts
    )


def _referred(schema: Schema) -> list[str]:
    found = (node.get("$ref") for _, node in nodes(schema))
    return [reference.removeprefix("#/$defs/") for reference in found if isinstance(reference, str)]


def _free_name(reference: str, taken: Mapping[str, JSON]) -> str:
    plain = reference.removeprefix(_HOME).removeprefix("#/")
    name = re.sub(r"[^A-Za-z0-9_.-]+", ".", plain).strip(".") or "schema"
    names = (name + (f"_{number}" if number else "") for number in range(len(taken) + 1))
    return next(each for each in names if each not in taken)


def _without_hidden(schema: Schema, word: str) -> Schema:
    properties = mapping(schema, "properties")
    hidden = [name for name, part in properties.items() if isinstance(part, dict) and part.get(word) is True]
    if not hidden:
        return schema
    shown: Schema = {name: part for name, part in properties.items() if name not in hidden}
    required: list[JSON] = [name for name in listed(schema, "required") if name not in hidden]
    return {**schema, "properties": shown, "required": required}


def _nullable(schema: Schema) -> Schema:
    kind = schema.get("type")
    if isinstance(kind, str):
        return {**schema, "type": [kind, "null"]}
    return {"anyOf": [schema, {"type": "null"}]}
