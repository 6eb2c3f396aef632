"""Parameters and forms read from the text that a client sent; the other way round as `parameters.pairs`.

What a text means is decided by the schema, see `parameters.Receiver`; what cannot be read stays text, so that
the schema finds the problem. A parameter that is one value and comes twice is a list, and so a problem too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from pytest_llmock.llm import JSON
from pytest_llmock.shapes.cases.places import types_in
from pytest_llmock.shapes.limits import JSONTextError, loads
from pytest_llmock.shapes.openapi.parameters import DELIMITERS, Receiver
from pytest_llmock.shapes.openapi.values import Parameter
from pytest_llmock.shapes.references import Schema, mapping
from pytest_llmock.shapes.sample.schemas import flat

Texts: TypeAlias = Mapping[str, Sequence[str]]  # by name: all values, in order


@dataclass(frozen=True, slots=True, eq=False)
class ParameterReader:
    """Reads one parameter; `names` are those of the properties of an object."""

    parameter: Parameter
    receiver: Receiver
    is_list: bool
    is_object: bool
    names: tuple[str, ...]

    def read(self, texts: Texts) -> JSON:
        """The value among the texts of its location; None, which no text says, where it is not there."""
        said = self._said(texts)
        return said if said is None or self.parameter.is_json else self.receiver.read(said)

    def _said(self, texts: Texts) -> JSON:
        parameter = self.parameter
        if self.is_object and not parameter.is_json:
            found = self._spread(texts)
            if found is not None:
                return found
        given = texts.get(parameter.name)
        if not given or (parameter.may_be_empty and not any(given)):
            return None
        if parameter.is_json:
            return decoded(given[-1])
        if len(given) > 1:
            return [*given]
        text = _plain(given[0], parameter)
        if self.is_list and not (parameter.explode and parameter.location == "query"):
            return [*text.split(_delimiter(parameter))]
        return _object(text, parameter) if self.is_object else text

    def _spread(self, texts: Texts) -> JSON:
        """An object whose properties are parameters of their own: `at[x]=1`, or `x=1`."""
        name, spread = self.parameter.name, dict[str, JSON]()
        if self.parameter.style == "deepObject":
            for key, given in texts.items():
                if key.startswith(f"{name}[") and key.endswith("]"):
                    spread[key[len(name) + 1 : -1]] = _one(given)
        elif self.parameter.explode and self.parameter.location == "query":
            spread = {key: _one(texts[key]) for key in self.names if key in texts}
        return spread or None


def parameter_reader(parameter: Parameter, root: Schema) -> ParameterReader:
    """What reads the parameter; `root` has the definitions that its schema refers to."""
    node = flat(dict(parameter.schema), root, [])
    kinds = types_in(node, root)
    return ParameterReader(
        parameter,
        Receiver(parameter, root),
        is_list="array" in kinds,
        is_object="object" in kinds or "properties" in node,
        names=tuple(mapping(node, "properties")),
    )


@dataclass(frozen=True, slots=True, eq=False)
class FormReader:
    """Reads the fields of a form, each by its own schema."""

    readers: Mapping[str, tuple[Receiver, bool]]

    def read(self, fields: Mapping[str, JSON]) -> JSON:
        """The fields as the schema means them; those that it does not know stay text."""
        return {name: self._field(name, value) for name, value in fields.items()}

    def _field(self, name: str, value: JSON) -> JSON:
        receiver, is_json = self.readers.get(name, (None, False))
        if receiver is None:
            return value
        if is_json:  # an object, or a list of such, is sent as JSON
            values = [decoded(each) for each in value] if isinstance(value, list) else decoded(value)
            return receiver.read(values) if isinstance(values, str) else values
        return receiver.read(value)


def form_reader(schema: Mapping[str, JSON], root: Schema) -> FormReader:
    """What reads forms of the schema."""
    readers: dict[str, tuple[Receiver, bool]] = {}
    for name, part in mapping(flat(dict(schema), root, []), "properties").items():
        if isinstance(part, dict):
            node = flat(part, root, [])
            items = flat(node.get("items", {}), root, [])
            is_json = any("object" in types_in(each, root) for each in (node, items))
            readers[name] = (Receiver(Parameter(name, "query", part), root), is_json)
    return FormReader(readers)


def decoded(text: JSON) -> JSON:
    """The JSON in a text; the text itself where there is none."""
    try:
        return loads(text) if isinstance(text, str) else text
    except (JSONTextError, RecursionError):
        return text


def _one(given: Sequence[str]) -> JSON:
    return given[0] if len(given) == 1 else [*given]


def _delimiter(parameter: Parameter) -> str:
    if parameter.explode and parameter.style in ("label", "matrix"):
        return "." if parameter.style == "label" else f";{parameter.name}="
    return DELIMITERS.get(parameter.style, ",")


def _plain(text: str, parameter: Parameter) -> str:
    """The text without what its style puts before it: "7" of ".7" (label) and ";id=7" (matrix)."""
    if parameter.style == "label":
        return text.removeprefix(".")
    return text.removeprefix(f";{parameter.name}=") if parameter.style == "matrix" else text


def _object(text: str, parameter: Parameter) -> JSON:
    """An object in one text: "x=1,y=2", or "x,1,y,2"; the text where it is neither."""
    parts = text.split(",")
    if parameter.explode:
        pairs = [part.partition("=")[::2] for part in parts]
        return dict(pairs) if all("=" in part for part in parts) else text
    return text if len(parts) % 2 else dict(zip(parts[::2], parts[1::2], strict=True))
