"""Values of test parameters as text: one to tell them apart by, one to be read in a file's name.

Rule: the text of a value is the same in every run and on every machine, so no addresses, no order of sets,
no path above the root of the tests. A value that has no such text goes by its type and what pytest calls it.
"""

import dataclasses
import enum
import functools
import json
import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from pathlib import PurePath
from types import ModuleType

# In the text of an object: where it lies in memory (a Mock says `id='1402…'`), or that some was left out.
_UNSTABLE = re.compile(r" at 0x[0-9a-fA-F]+|\bid='?\d{6,}|\.\.\.")
_SCALARS = (bool, int, float, complex, bytes, type(None))
_LISTS = (list, tuple)


def stable(value: object, rootdir: PurePath, label: str = "") -> str:
    """The text of a value, different for any value that differs; `label` is what pytest calls this one."""
    return json.dumps(_Texts(rootdir, label).of(value))


def shown(value: object) -> str:
    """A few words for a value, for readers."""
    if _is_posing(value):
        return type(value).__name__
    if isinstance(value, enum.Enum):
        return str(value.name)
    if isinstance(value, str):
        return value
    if isinstance(value, PurePath):
        return value.name
    if isinstance(value, _SCALARS):
        return repr(value)
    return str(getattr(value, "__name__", type(value).__name__))


def _is_posing(value: object) -> bool:
    """Whether a value only claims to be of its class, as a mock with a `spec` does."""
    return value.__class__ is not type(value)


@dataclasses.dataclass(frozen=True, slots=True)
class _Texts:
    """The texts of one parameter: JSON values, each with the type it is made of."""

    rootdir: PurePath
    label: str
    inside: tuple[int, ...] = ()

    def of(self, value: object) -> object:
        kind = type(value).__qualname__
        if id(value) in self.inside:
            return [kind, "itself"]
        if _is_posing(value):
            return [kind, self.label]
        if isinstance(value, enum.Enum):
            return [kind, str(value.name)]
        if isinstance(value, _SCALARS):
            return [kind, repr(value)]
        if isinstance(value, str):
            return [kind, self._relative(value)]
        if isinstance(value, PurePath):
            return ["path", self._relative(str(value)).replace("\\", "/")]
        deeper = dataclasses.replace(self, inside=(*self.inside, id(value)))
        parts = deeper.parts(value)
        return [kind, *parts] if parts is not None else deeper.of_object(value, kind)

    def _relative(self, text: str) -> str:
        """The text without the folder that the tests are in, which is another on every machine."""
        root = str(self.rootdir)
        return f"<rootdir>{text.removeprefix(root)}" if text.startswith((f"{root}/", f"{root}\\")) else text

    def parts(self, value: object) -> list[object] | None:
        """What the value is made of, None for one that hides it."""
        if isinstance(value, _LISTS):
            return [self.of(item) for item in value]
        if isinstance(value, AbstractSet):
            return sorted(map(self.of, value), key=json.dumps)
        if isinstance(value, Mapping):
            return sorted(([self.of(key), self.of(item)] for key, item in value.items()), key=json.dumps)
        if isinstance(value, re.Pattern):
            return [self.of(value.pattern), value.flags]
        if isinstance(value, functools.partial):
            return [self.of(value.func), self.of(value.args), self.of(value.keywords)]
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            return [[field.name, self.of(getattr(value, field.name))] for field in dataclasses.fields(value)]
        return None

    def of_object(self, value: object, kind: str) -> object:
        if isinstance(value, ModuleType):
            return ["module", value.__name__]
        name = getattr(value, "__qualname__", None)
        if isinstance(name, str):
            return self._of_named(value, name)
        text = repr(value)
        return [kind, self.label if _UNSTABLE.search(text) else text]

    def _of_named(self, value: object, name: str) -> object:
        """A function or class: its name and the last step of its module's, which no import mode changes."""
        module = str(getattr(value, "__module__", None)).rpartition(".")[2]
        owner = getattr(value, "__self__", None)
        # all lambdas of a function have one name
        label = self.label if "<" in name else ""
        return ["named", module, name, label, None if owner is None else self.of(owner)]
