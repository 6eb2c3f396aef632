"""One case, as a test gets it: what to send, why, and under which name it is reported."""

import json
import re
from dataclasses import dataclass, replace
from typing import Literal
from unicodedata import normalize

from pytest_llmock.errors import ShapeError, nearest
from pytest_llmock.llm import JSON

CaseKind = Literal["valid", "edge", "invalid"]

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY")
_LONGEST_ID = 80
_SHOWN = 60
_NAMELESS = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True, repr=False)
class Case:
    """One request to an endpoint: `kind` says whether it must be taken, `rule` what it is about.

    `rule` is "/age: below minimum 18". `value` is the body: JSON, or bytes where the body is sent as it
    stands (text that is not JSON; b"" for none). `category` is the rule's heading: "boundary", "type
    mismatch", … Of a case from an OpenAPI document `path` is filled in, and `query` and `headers` are set.
    """

    kind: CaseKind
    rule: str
    value: "JSON | bytes"
    endpoint: str = ""
    id: str = ""
    category: str = ""
    path: str = ""
    query: tuple[tuple[str, str], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def is_valid(self) -> bool:
        """Whether the endpoint must take it: true of valid and edge cases."""
        return self.kind != "invalid"

    @property
    def is_malformed(self) -> bool:
        """Whether the body is text that is not JSON, so that only `body` can be sent."""
        return isinstance(self.value, bytes) and self.value != b""

    @property
    def body(self) -> bytes:
        """The bytes to send."""
        if isinstance(self.value, bytes):
            return self.value
        return json.dumps(self.value, ensure_ascii=False).encode()

    @property
    def request(self) -> dict[str, object]:
        """The whole request, for httpx and Starlette's TestClient: `client.request(**case.request)`."""
        method, _, path = self.endpoint.rpartition(" ")
        content_type = {"Content-Type": "application/json"} if self.value != b"" else {}
        return {
            "method": method or "POST",
            "url": self.path or path,
            "params": dict_of_lists(self.query),
            "headers": {**content_type, **dict(self.headers)},
            "content": self.body,
        }

    def __repr__(self) -> str:
        body = self.body.decode(errors="replace")
        shown = body if len(body) <= _SHOWN else f"{body[:_SHOWN]}…"
        return f"<{self.kind} case, {self.rule}: {shown}>"


def dict_of_lists(pairs: tuple[tuple[str, str], ...]) -> dict[str, list[str]]:
    """Pairs by name: a name may come several times."""
    found: dict[str, list[str]] = {}
    for name, text in pairs:
        found.setdefault(name, []).append(text)
    return found


def checked_endpoint(endpoint: str) -> str:
    """The endpoint as it is written in cases: "post /users" → "POST /users", "/users" stays.

    Raises ShapeError when it has no path, or a method that HTTP does not know.
    """
    method, _, path = str(endpoint).strip().rpartition(" ")
    method = method.strip().upper()
    if not path.startswith("/"):
        raise ShapeError(f"The endpoint is {endpoint!r:.80}: write it as 'POST /users' or '/users'.")
    if method and method not in METHODS:
        raise ShapeError(
            f"The endpoint {endpoint[:80]!r} has the method {method[:20]!r}.{nearest(method, METHODS)}"
        )
    return f"{method} {path}" if method else path


class Names:
    """Gives cases their ids, each only once: "post-users-invalid-age-below-minimum-18".

    A second case with the same words gets "-2", so that an id does not depend on how many follow.
    """

    def __init__(self) -> None:
        self._given: dict[str, int] = {}

    def named(self, case: Case) -> Case:
        words = f"{case.endpoint} {case.kind} {case.rule}"
        name = _NAMELESS.sub("-", _ascii(words).lower()).strip("-")[:_LONGEST_ID].rstrip("-")
        while name in self._given:
            self._given[name] += 1
            name = f"{name}-{self._given[name]}"
        self._given[name] = 1
        return replace(case, id=name)


def _ascii(text: str) -> str:
    """Letters without their accents; what has no ASCII letter by its number."""
    plain = normalize("NFKD", text)
    return "".join(
        each if each.isascii() else f"u{ord(each):04x}" if each.isalnum() else "" for each in plain
    )
