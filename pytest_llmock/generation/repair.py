"""Broken JSON, mended by json-repair; the only module that knows it, and only when it is asked for.

json-repair makes something of any text, so it is given as little as possible, and what it makes is checked:
only text whose brackets close, with a key in it, so that prose in brackets does not become data; and every
string and number of the text must be in the result, so that nothing is lost without a word.
"""

import re

from pytest_llmock.errors import SettingsError, TooLargeError
from pytest_llmock.generation.lenient import Reader
from pytest_llmock.llm import JSON
from pytest_llmock.shapes.limits import JSONTextError, canonical, check_limits, plain

REPAIRABLE_CHARACTERS = 50_000  # json-repair and the check of its work take a second for so much

_OPENING = re.compile(r"[{\[]")
_TELLING = re.compile(r'"([^"\\\n]+)"|([0-9]+)')


def repaired(reader: Reader, begin: int) -> JSON:
    """What can be made of the first bracketed text behind `begin`: an object or a list, or None.

    Raises SettingsError when json-repair is needed and not installed.
    """
    opening = _OPENING.search(reader.text, begin)
    end = reader.end(opening.start()) if opening else None
    broken = reader.text[opening.start() : end] if opening and end else ""
    if ":" not in broken or len(broken) > REPAIRABLE_CHARACTERS:
        return None
    try:
        import json_repair  # noqa: PLC0415 - optional, and slow to import
    except ImportError:
        raise SettingsError(
            "An answer has to be repaired, but json-repair is not installed: "
            "`pip install pytest-llmock[repair]`, or switch the repair of answers off."
        ) from None
    try:
        value = plain(json_repair.loads(broken))
        check_limits(value, what="answer")
    except (JSONTextError, RecursionError, TooLargeError):
        return None
    return value if isinstance(value, (dict, list)) and _kept(broken, value) else None


def _kept(broken: str, value: JSON) -> bool:
    said = canonical(value)
    return all("".join(found) in said for found in _TELLING.findall(broken))
