"""The identity of a call: one short text that is the same for the same request on every machine.

`1-` and the first 32 hexadecimal digits of the SHA-256 of the request as canonical JSON (keys sorted, no
spaces, numbers as their value: 1.0 is 1). The number before the dash is the version of this rule, so that a
better one never makes old cassettes miss silently: they are read and given new identities by `migrate`.
Whoever asks has redacted the request, so the identity does not depend on anybody's key.
"""

import hashlib
import json
import re
from collections.abc import Mapping

from pytest_llmock.llm import JSON

VERSION = 1
DIGITS = 32

# a number that is not written as a whole one, or text that looks so
_PERHAPS_FRACTION = re.compile(r"[:,\[]-?\d+[.eE]")

_encode = json.JSONEncoder(
    ensure_ascii=True, allow_nan=False, sort_keys=True, check_circular=False, separators=(",", ":")
).encode


def key_of(request: Mapping[str, JSON]) -> str:
    """The identity of a request: `1-3f2a9c0d5be84c17a1b2c3d4e5f60718`."""
    text = _encode(request)
    if _PERHAPS_FRACTION.search(text):
        text = _encode(_numbers_by_value(request))
    return f"{VERSION}-{hashlib.sha256(text.encode('ascii')).hexdigest()[:DIGITS]}"


def _numbers_by_value(value: object) -> object:
    """The same JSON with 1.0 and -0.0 as 1 and 0: JSON knows one number for both."""
    match value:
        case dict() | Mapping():
            return {key: _numbers_by_value(item) for key, item in value.items()}
        case list() | tuple():
            return [_numbers_by_value(item) for item in value]
        case float() if value.is_integer():
            return int(value)
        case _:
            return value
