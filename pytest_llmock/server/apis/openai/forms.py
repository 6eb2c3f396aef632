"""Forms with files, as clients upload them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from pytest_llmock.errors import RequestError
from pytest_llmock.llm import JSON
from pytest_llmock.mockapi.multipart import Multipart
from pytest_llmock.wire.http import Request
from pytest_llmock.wire.openai_errors import missing


@dataclass(frozen=True, slots=True)
class File:
    """A file of a form."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Form:
    """The fields of a form, texts or lists of them, and its files by their fields, the last of each name."""

    fields: Mapping[str, JSON]
    files: Mapping[str, File]

    def file(self, field: str) -> File:
        """The file of a field, which may be written as a list. RequestError (400) where there is none."""
        found = self.files.get(field) or self.files.get(f"{field}[]")
        if found is None:
            raise missing(field)
        return found

    def listed(self, field: str) -> list[JSON]:
        """The values of a list: `field[]`, once or several times."""
        value = self.fields.get(f"{field}[]", self.fields.get(field, []))
        return value if isinstance(value, list) else [value]


def form_of(request: Request) -> Form:
    """The form in a request. Raises RequestError (400) for another content type or a broken form."""
    if request.content_type != "multipart/form-data":
        raise RequestError(
            f"The content type is '{request.content_type}': send the file as multipart/form-data."
        )
    form = Multipart(request.headers["content-type"], holds_files=True)
    form.write(request.body)
    data = cast("dict[str, Any]", form.data())  # its two fields are what `data` says
    files = {
        file["field"]: File(file["filename"], content)
        for file, content in zip(data["files"], form.contents, strict=True)
    }
    return Form(data["fields"], files)
