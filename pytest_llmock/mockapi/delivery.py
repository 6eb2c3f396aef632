"""How the answer of a mounted operation is sent: what its document says beside the JSON itself."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from pytest_llmock.wire.http import JSON_TYPE, Response


@dataclass(frozen=True, slots=True)
class Delivery:
    """Status, content type and headers of an answer; `body` is given where no backend makes one.

    `as_events`: the client, or the document, wants server-sent events.
    """

    status: int = 200
    content_type: str = JSON_TYPE
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    as_events: bool = False

    def given(self, headers: Mapping[str, str]) -> Response:
        """The answer that needs no backend, with `headers` beside its own."""
        response = Response(self.status, self.body or b"", headers={**self.headers, **headers})
        return self.of(response)

    def of(self, answer: Response) -> Response:
        """The answer of a backend, as it is sent: JSON text as text where the content is no JSON."""
        if not self.content_type:  # the document has no body, and a route gave it one
            return answer
        headers = {**self.headers, **answer.headers}
        if is_json(self.content_type):
            return replace(answer, status=self.status, content_type=self.content_type, headers=headers)
        value = json.loads(answer.body)
        if not isinstance(value, str):
            return replace(answer, status=self.status, headers=headers)
        body = value.encode("utf-8", "backslashreplace")
        return replace(answer, status=self.status, body=body, content_type=self.content_type, headers=headers)


def is_json(content_type: str) -> bool:
    """Whether that is the type of JSON: "application/json; charset=utf-8", "application/problem+json"."""
    kind = content_type.partition(";")[0].strip().lower()
    return kind == JSON_TYPE or kind.endswith("+json")
