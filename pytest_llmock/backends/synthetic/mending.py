"""Data with its wrong places made anew, and nothing else touched."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pytest_llmock.llm import JSON
from pytest_llmock.shapes.checks import check_data
from pytest_llmock.shapes.parse import parse
from pytest_llmock.shapes.sample import compile_sampler

_NAME = re.compile(r"[A-Za-z_][\w-]*")
_PATH = re.compile(r"[A-Za-z_][\w-]*(?:(?:[/.]|\[)[\w-]+\]?)+")
_PLACES = ("pointer", "path", "field", "location")
_STEP = re.compile(r"[\w-]+")
_TYPES = {bool: True, int: 0, float: 0.0}


def mended(data: JSON, issues: Sequence[JSON], *, seed: int, locale: str) -> JSON:
    """The data, with the places that are wrong, or that an issue names, filled with new values.

    Wrong is what `check_data` finds. An issue that begins with a JSON pointer ("/users/0/email: …"), or an
    object that has one, means that place alone; other text names places by path ("users[0].email") or by the
    name of a field ("email: not an address").
    """
    wrong = {problem.pointer for problem in check_data(data)}
    words: set[str] = set()
    for issue in issues:
        text = _told(issue)
        exact = _begun(data, text)
        places = (
            {exact} if exact else {place for path in _PATH.findall(text) if (place := _pointer(data, path))}
        )
        wrong |= places
        words.update(() if places else (word.lower() for word in _NAME.findall(text)))
    return _Mender(frozenset(wrong), frozenset(words), locale).mend(data, "", seed)


def _told(issue: JSON) -> str:
    """The place that an issue names; all of it when it names none by itself."""
    if not isinstance(issue, dict):
        return str(issue)
    said = next((place for name in _PLACES if isinstance(place := issue.get(name), str)), "")
    return said or " ".join(map(str, issue.values()))


def _begun(data: JSON, text: str) -> str:
    """The JSON pointer to a place of the data that a text begins with, before a colon or a space; or ""."""
    if not text.startswith("/"):
        return ""
    if text.startswith("/: "):
        return "/"  # all of the data: none of its places by itself
    return next(
        (said for said in (text.partition(": ")[0], text.partition(" ")[0]) if _leads(data, said)), ""
    )


def _leads(data: JSON, pointer: str) -> bool:
    """Whether there is something at that place."""
    for step in pointer.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        if isinstance(data, dict) and name in data:
            data = data[name]
        elif isinstance(data, list) and name.isdecimal() and int(name) < len(data):
            data = data[int(name)]
        else:
            return False
    return True


def _pointer(data: JSON, path: str) -> str:
    """The JSON pointer of "users.0.email", "users[0].email" or "/users/0/email"; "" for no place of it."""
    pointer = ""
    for step in _STEP.findall(path):
        if isinstance(data, list) and step.isdecimal() and int(step) < len(data):
            data = data[int(step)]
        elif isinstance(data, dict) and step in data:
            data = data[step]
        else:
            return ""
        pointer += f"/{step}"
    return pointer


@dataclass(frozen=True, slots=True)
class _Mender:
    """Knows which places are broken: by pointer, or by the name of their field."""

    wrong: frozenset[str]
    words: frozenset[str]
    locale: str

    def mend(self, value: JSON, pointer: str, seed: int) -> JSON:
        if isinstance(value, list):
            return [self.mend(item, f"{pointer}/{place}", seed + place) for place, item in enumerate(value)]
        if not isinstance(value, dict):
            return value
        at = {name: f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}" for name in value}
        broken = {name for name, part in value.items() if self._is_broken(name, part, at[name])}
        whole = {
            name: part if name in broken else self.mend(part, at[name], seed) for name, part in value.items()
        }
        return _filled(whole, broken, seed, self.locale) if broken else whole

    def _is_broken(self, name: str, value: JSON, pointer: str) -> bool:
        named = pointer in self.wrong or name.lower() in self.words
        return named and not isinstance(value, (dict, list))


def _filled(record: dict[str, JSON], broken: set[str], seed: int, locale: str) -> dict[str, JSON]:
    """The record with new values for its broken fields, which fit those that are kept."""
    shape = {name: _placeholder(part) if name in broken else None for name, part in record.items()}
    kept = {name: part for name, part in record.items() if name not in broken}
    made = compile_sampler(dict(parse(shape).schema), locale=locale).one(seed, 0, kept)
    assert isinstance(made, dict)
    return {name: made[name] for name in record}


def _placeholder(value: JSON) -> JSON:
    return _TYPES.get(type(value), "string")
