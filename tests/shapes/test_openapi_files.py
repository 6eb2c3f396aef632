"""OpenAPI documents in files."""

import json

import pytest

from pytest_llmock.errors import ShapeError
from pytest_llmock.shapes.openapi.files import load_openapi

YAML = """
openapi: 3.1.0
info: {title: Library, version: 2024-01-01}
paths:
  /books:
    get:
      parameters:
        - {name: limit, in: query, required: True, schema: &number {type: integer}}
        - {name: page, in: query, schema: *number}
      responses:
        200: {description: yes}
"""


def test_yaml_is_read_as_json_means_it(tmp_path):
    """Dates and `yes` are text, statuses are keys, aliases stand for what they name, and True is true."""
    file = tmp_path / "api.yaml"
    file.write_text(YAML, encoding="utf-8")

    found = load_openapi(file)

    (operation,) = found.operations
    assert found.version == "2024-01-01"
    assert [each.is_required for each in operation.parameters] == [True, False]
    assert [(each.status, each.description) for each in operation.responses] == [("200", "yes")]


def test_json_is_read_too(tmp_path):
    """By the ending of the name."""
    file = tmp_path / "api.JSON"
    file.write_text(json.dumps({"openapi": "3.0.0", "paths": {"/a": {"get": {}}}}), encoding="utf-8")

    assert [each.endpoint for each in load_openapi(str(file)).operations] == ["GET /a"]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("api.toml", b"", "{file} is no OpenAPI document: its name must end in .json, .yaml or .yml."),
        ("gone.yml", None, "{file} cannot be read: No such file or directory. Name the file of the document."),
        ("api.json", b"{", "{file}: The OpenAPI document is not valid JSON: line 1, column 2: the text ends too early."),
        ("api.yml", b"a: [1", "{file}, line 2: this is no YAML: did not find expected ',' or ']'."),
        ("api.yml", b"a: \xff", "{file}: byte 3 is not UTF-8."),
        ("api.yml", b"a: \x00", None),
        ("api.yml", b"- 1", "{file} holds no object: an OpenAPI document has `openapi`, `info` and `paths`."),
        ("api.yml", b"#" * 32_000_001, "{file}: The OpenAPI document has 32,000,001 bytes; the limit is 32,000,000."),
    ],
    ids=["ending", "gone", "no JSON", "no YAML", "no UTF-8", "no text", "no object", "too large"],
)  # fmt: skip
def test_what_cannot_be_read_names_the_file(tmp_path, name, content, message):
    """And the line, where one is known."""
    file = tmp_path / name
    if content is not None:
        file.write_bytes(content)

    with pytest.raises(ShapeError) as caught:
        load_openapi(file)

    assert str(file) in caught.value.message
    assert message is None or caught.value.message == message.format(file=file)
