"""The endpoint under test."""

import json
import re

RULES = {
    "username": lambda value: isinstance(value, str) and 3 <= len(value) <= 20,
    "age": lambda value: isinstance(value, int) and not isinstance(value, bool) and 18 <= value <= 120,
    "plan": lambda value: value in ("free", "premium"),
    "phone": lambda value: isinstance(value, str) and re.fullmatch(r"\+[0-9]{6,14}", value) is not None,
}
REQUIRED = ("username", "age", "plan")


def sign_up(body: bytes, rules=RULES) -> int:
    """The status of POST /signups."""
    try:
        given = json.loads(body)
    except ValueError:
        return 400
    if not isinstance(given, dict) or not given.keys() >= set(REQUIRED):
        return 422
    return 201 if all(rules[field](given[field]) for field in rules if field in given) else 422
