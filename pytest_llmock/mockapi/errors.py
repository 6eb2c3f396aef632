"""The mock API's form of an error."""

from pytest_llmock.errors import LLMockError


def error_body(error: LLMockError) -> dict[str, object]:
    """The error as JSON: {"error": {"code": 404, "message": "…", "details": {…}}}."""
    body: dict[str, object] = {"code": error.status, "message": error.message}
    if error.details:
        body["details"] = error.details
    return {"error": body}
