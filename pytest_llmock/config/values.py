"""From what was written to what is meant: one function per kind of value, each refusing with a ValueError.

Rule: a refusal completes the sentence "Backends[1].BaseUrl is …", says what to write instead, and never
quotes the value, because whoever builds the sentence knows whether the value may be shown.
"""

import json
import re
from collections.abc import Callable, Mapping
from datetime import timedelta

from pytest_llmock.errors import nearest

BUILT_IN = frozenset({"synthetic", "scripted"})
DEFAULT_URLS: Mapping[str, str] = {
    "ollama": "http://localhost:11434/v1/",
    "openai": "https://api.openai.com/v1/",
    "lmstudio": "http://localhost:1234/v1/",
    "anthropic": "https://api.anthropic.com/v1/",
    "azure": "",  # each resource has an address of its own
}
MAX_NAME_LENGTH = 100

_TRUTHS: Mapping[str, bool] = {
    "true": True, "t": True, "yes": True, "y": True, "on": True, "1": True,
    "false": False, "f": False, "no": False, "n": False, "off": False, "0": False,
}  # fmt: skip
_AGE = re.compile(r"(\d+(?:\.\d+)?)\s*([dhms]?)")
_UNITS: Mapping[str, str] = {"": "days", "d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
_RANGE = re.compile(r"\d+(\s*-\s*\d+)?")


def truth(value: object) -> bool | None:
    """What a truth value says, also as 0 or 1 or as text (`yes`, `off`); None if it is none."""
    if isinstance(value, str):
        return _TRUTHS.get(value.strip().casefold())
    return bool(value) if isinstance(value, int) and value in (0, 1) else None


def parsed_text(value: object) -> object:
    """The value, parsed if it is the text of a JSON list or object."""
    if not isinstance(value, str) or value.lstrip()[:1] not in ("[", "{"):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


def number(value: object) -> object:
    """The value, unless it is a truth value, which Python would count as 0 or 1."""
    if isinstance(value, bool):
        raise ValueError("a truth value, not a number. Write a number.")  # noqa: TRY004 - pydantic reports only ValueError
    return value


def names(value: object) -> object:
    """`"a, b"`, `'["a", "b"]'` or a list as a tuple of texts."""
    parsed = parsed_text(value)
    if isinstance(parsed, str):
        parsed = [part for part in parsed.split(",") if part.strip()]
    if not isinstance(parsed, list | tuple):
        return parsed
    return tuple(entry.strip() if isinstance(entry, str) else entry for entry in parsed)


def chosen_names(value: object) -> object:
    """The value, unless it describes backends, which is what another key is for."""
    parsed = parsed_text(value)
    entries = parsed if isinstance(parsed, list | tuple) else [parsed]
    if any(isinstance(entry, Mapping) for entry in entries):
        raise ValueError("not the name of a backend, but a description. Did you mean 'Backends'?")
    return value


def lines(value: object) -> object:
    """A text of several lines, a JSON list or a list as a tuple of texts; commas are part of a line."""
    parsed = parsed_text(value)
    listed = parsed.splitlines() if isinstance(parsed, str) else parsed
    if not isinstance(listed, list | tuple):
        return listed
    stripped = (entry.strip() if isinstance(entry, str) else entry for entry in listed)
    return tuple(entry for entry in stripped if entry != "")


def switch_or_names(value: object) -> bool | tuple[str, ...] | None:
    """Off, on, or an ordered list of names; None stays None."""
    said = truth(value)
    if said is not None or value is None:
        return said
    listed = names(value)
    if not isinstance(listed, tuple) or not all(isinstance(name, str) for name in listed):
        raise ValueError("neither true, false nor a list of names. Write one of them.")
    return listed


def replacements(value: object) -> dict[str, str]:
    """`"old=new"`, a list of such texts, or a mapping, as a mapping from old to new."""
    parsed = parsed_text(value)
    if isinstance(parsed, Mapping):
        pairs = [(str(old), new) for old, new in parsed.items()]
    else:
        listed = names(parsed)
        pairs = [_pair(entry) for entry in listed] if isinstance(listed, tuple) else [_pair(listed)]
    result: dict[str, str] = {}
    for old, new in pairs:
        if not isinstance(new, str) or not new.strip() or not old.strip():
            raise ValueError("not OLD=NEW, the names of two backends. Write both names.")
        if result.setdefault(old.strip(), new.strip()) != new.strip():
            raise ValueError(f"ambiguous: '{old.strip()}' is mapped to two backends. Keep one of them.")
    return result


def age(value: object) -> timedelta | None:
    """`30` or `"30d"` (days), `"12h"`, `"45m"`, `"90s"`."""
    if value is None or isinstance(value, timedelta):
        return value
    match = _AGE.fullmatch(str(value).strip().casefold())
    if match is None or isinstance(value, bool):
        raise ValueError("not an age. Write a number of days, or a number with d, h, m or s, such as 12h.")
    try:
        return timedelta(**{_UNITS[match[2]]: float(match[1])})
    except OverflowError:
        raise ValueError("longer than any age can be. Write a smaller one.") from None


def millisecond_range(value: object) -> object:
    """`"200"` or `"100-500"`: a delay, or the two ends of one, in milliseconds."""
    if isinstance(value, str) and not _RANGE.fullmatch(value.strip()):
        raise ValueError("not a range of milliseconds. Write one such as 100-500.")
    return value


def word(known: tuple[str, ...], second: Mapping[str, str]) -> Callable[[object], object]:
    """A function that finds the known word in any spelling; `second` maps second names to known words."""
    folded = {_folded(name): name for name in known} | {_folded(k): v for k, v in second.items()}

    def find(value: object) -> object:
        if not isinstance(value, str):
            return value
        found = folded.get(_folded(value))
        if found is None:
            raise ValueError(f"not known.{nearest(value, known)}")
        return found

    return find


def trimmed(value: str) -> str:
    """The text without space around it; pydantic needs milliseconds to inspect `str.strip` itself."""
    return value.strip()


def backend_name(value: str) -> str:
    """The name, trimmed, if headers, lists and reports can carry it."""
    name = value.strip()
    if not name:
        raise ValueError("empty. Every backend needs a name.")
    if len(name) > MAX_NAME_LENGTH:
        raise ValueError(f"longer than {MAX_NAME_LENGTH} characters. Write a shorter name.")
    if not name.isprintable() or "," in name:
        raise ValueError("not a backend's name: it has a comma or a control character. Write it without.")
    return name


def own_path(value: str) -> str:
    """The path, if it leads to the server whose address stands elsewhere: a key must not go to another."""
    path = value.strip()
    if "://" in path or path.startswith("//"):
        raise ValueError("an address, not a path on the backend's own host. Write one such as /health.")
    if not path.isprintable() or any(character.isspace() or character in "\\#" for character in path):
        raise ValueError("not a path: it has a space, backslash, # or control character. Write it without.")
    return path


def _folded(text: str) -> str:
    return text.strip().casefold().replace("_", "").replace("-", "")


def _pair(entry: object) -> tuple[str, object]:
    old, sign, new = entry.partition("=") if isinstance(entry, str) else ("", "", "")
    return (old, new) if sign else ("", "")
