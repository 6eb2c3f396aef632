"""Which of the answers that a document describes a client prefers: `Prefer: code=404, example=cat`.

The form is that of RFC 7240 (https://www.rfc-editor.org/rfc/rfc7240, read 2026-11-22). The query parameter
`example` says the same as the preference; what is preferred for another server is none of our business.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from pytest_llmock.errors import RequestError, nearest
from pytest_llmock.llm import JSON
from pytest_llmock.wire.http import Request

_PREFERENCE = re.compile(r'(code|example)\s*(?:=\s*(?:"([^"]*)"|([^\s,;"]*)))?\s*(?=[,;]|$)', re.IGNORECASE)
_SWITCH = {"": True, "true": True, "1": True, "false": False, "0": False}


@dataclass(frozen=True, slots=True)
class Preferences:
    """`code` is a status, or ""; `example` the name of one, "" for any; `applied` what is told then."""

    code: str = ""
    wants_example: bool = False
    example: str = ""
    applied: str = ""

    def named(self, examples: Mapping[str, JSON]) -> str | None:
        """The name of the example that is meant, None when there are none.

        Raises RequestError (422) for a name that none of them has.
        """
        if not self.example:
            return next(iter(examples), None)
        if self.example not in examples:
            known = [name for name in examples if name]
            raise RequestError(
                f"The document has no example {self.example[:40]!r} of this answer."
                f"{nearest(self.example[:40], known)}",
                status=422,
            )
        return self.example


def preferences(words: Request, *, examples: bool = False) -> Preferences:
    """What the request prefers; `examples` is what holds when it says nothing of them."""
    header = words.headers.get("prefer", "")
    query = dict(words.query) if words.query_string else {}
    if not header and "example" not in query:
        return Preferences(wants_example=examples)
    said = {name.lower(): quoted or plain for name, quoted, plain in _PREFERENCE.findall(header)}
    example = query.get("example", said.get("example"))
    if example is None:
        return Preferences(said.get("code", ""), examples, applied=_applied(said))
    is_wanted = _SWITCH.get(example.lower(), True)
    name = "" if example.lower() in _SWITCH else example
    return Preferences(said.get("code", ""), is_wanted, name, _applied(said))


def _applied(said: Mapping[str, str]) -> str:
    """What an answer says of the preferences that it obeys; names come back as they were sent, in ASCII."""
    told = ", ".join(f"{name}={value}" if value else name for name, value in said.items())
    return told if told.isascii() and told.isprintable() else ""
