"""The page of settings names every key, with its default, and tells what has an effect."""

import json
import re
from pathlib import Path

import pytest
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from pytest_llmock.choice import LATER_SETTINGS
from pytest_llmock.config import BackendSettings, CorsSettings, OpenApiSettings, Secret, Settings
from pytest_llmock.config.fields import keys_of

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs/look-up/settings.md").read_text(encoding="utf-8")
SECTIONS = [
    pytest.param("Keys of the document", Settings, id="document"),
    pytest.param("Keys of an entry of Backends", BackendSettings, id="backend"),
    pytest.param("Keys of an entry of OpenApiSpecs", OpenApiSettings, id="openapi"),
    pytest.param("Keys of Cors", CorsSettings, id="cors"),
]
NOTES = {"description"}  # for readers of the file: nothing reads it, and nothing ever will have to
PERMITS = {"allow_link_local"}  # config/ itself asks for it, when it checks what is permitted


def rows(heading: str) -> dict[str, list[str]]:
    """The rows of all tables below a heading, by their key: type, default, what it does."""
    section = PAGE.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    found = re.findall(r"^\| `(\w+)` \| (.+) \| (.+) \| (.+) \|$", section, re.MULTILINE)
    return {key: cells for key, *cells in found}


def spellings(model: type[BaseModel]) -> dict[str, str]:
    return {key.field: key.spelling for key in keys_of(model).values()}


def written(info: FieldInfo) -> str:
    """The default as it would be written in JSON."""
    if info.is_required():
        return "required"
    value = info.get_default(call_default_factory=True)
    if isinstance(value, BaseModel):
        return "`{}`"
    if isinstance(value, Secret):
        value = str(value)
    return f"`{json.dumps(int(value) if isinstance(value, float) and value.is_integer() else value)}`"


def fields_that_are_read() -> set[str]:
    """The names of settings that any code outside config/ asks for."""
    files = [file for file in (ROOT / "pytest_llmock").rglob("*.py") if file.parent.name != "config"]
    text = "\n".join(file.read_text(encoding="utf-8") for file in files)
    return set(re.findall(r"\b(?:settings|entry)\.(\w+)", text))


@pytest.mark.parametrize(("heading", "model"), SECTIONS)
def test_every_key_is_on_the_page_and_no_other(heading, model):
    """A reader finds each key that exists, and none that does not."""
    assert set(rows(heading)) == set(spellings(model).values())


@pytest.mark.parametrize(("heading", "model"), SECTIONS)
def test_defaults_are_those_of_the_models(heading, model):
    """What the page says holds when nobody says anything."""
    documented = {key: default for key, (_, default, _) in rows(heading).items()}

    actual = {spellings(model)[name]: written(info) for name, info in model.model_fields.items()}

    assert documented == actual


@pytest.mark.parametrize(("heading", "model"), SECTIONS[:2])
def test_a_key_is_marked_later_exactly_when_nothing_reads_it(heading, model):
    """Nobody is promised an effect that is not there, and no effect is kept secret."""
    later = {key for key, (_, _, text) in rows(heading).items() if text.startswith("**Later.")}

    read = fields_that_are_read() | NOTES | PERMITS

    assert later == {spelling for name, spelling in spellings(model).items() if name not in read}


def test_a_key_is_marked_refused_exactly_when_it_is():
    """What would be an error in this version says so on the page."""
    refused = {key for key, (_, _, text) in rows("Keys of the document").items() if "Refused." in text}

    assert refused == {spellings(Settings)[name] for name in LATER_SETTINGS}
