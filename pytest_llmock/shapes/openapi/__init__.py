"""OpenAPI documents, read: `read_openapi(document).operations`, each with schemas in our own dialect.

Versions 3.0 and 3.1 (https://spec.openapis.org/oas/v3.0.4.html, /oas/v3.1.1.html, read 2026-11-22). Reading
is pure, does not look at `servers`, and fetches nothing. `files` is the one module that opens a file.
"""

from pytest_llmock.shapes.openapi.reading import read_openapi
from pytest_llmock.shapes.openapi.values import Body, Content, Document, Operation, Parameter, Response

__all__ = ["Body", "Content", "Document", "Operation", "Parameter", "Response", "read_openapi"]
