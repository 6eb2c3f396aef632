"""A file of another tool, read."""

import json

import pytest
from foreign_files import FOLDER

from pytest_llmock.cassettes.importing import read_foreign
from pytest_llmock.errors import CassetteError

FORMS = (
    "What can be imported: vcrpy and pytest-recording (.yaml, .yml, .json), cassetter (.yaml, .yml, .toml), "
    "aimock fixtures (.json)."
)


@pytest.mark.parametrize(
    ("file", "tool", "number"),
    [
        ("vcrpy.yaml", "vcrpy", 5),
        ("vcrpy.json", "vcrpy", 5),
        ("vcrpy_5.yaml", "vcrpy", 3),
        ("vcrpy_binary.yaml", "vcrpy", 1),
        ("pytest_recording.yaml", "vcrpy", 3),
        ("cassetter.yaml", "cassetter", 5),
        ("cassetter.toml", "cassetter", 5),
        ("aimock.json", "aimock", 6),
    ],
)
def test_the_tool_is_told_by_what_is_in_the_file(file, tool, number):
    """Nobody has to say which tool recorded it."""
    foreign = read_foreign(FOLDER / file)

    assert (foreign.tool, len(foreign.exchanges)) == (tool, number)


def test_a_byte_order_mark_is_no_part_of_the_file(tmp_path):
    """Editors on Windows put one there."""
    path = tmp_path / "CALLS.JSON"
    path.write_bytes(b"\xef\xbb\xbf" + (FOLDER / "vcrpy.json").read_bytes())

    assert len(read_foreign(path).exchanges) == 5


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("x.txt", b"", f"x.txt cannot be imported: its name does not end as theirs do. {FORMS}"),
        ("x.json", b"[]", f"x.json cannot be imported: it is the work of no tool that is known. {FORMS}"),
        ("x.yaml", b"", f"x.yaml cannot be imported: it is the work of no tool that is known. {FORMS}"),
        ("x.yml", b"\xff", "x.yml cannot be imported: it is not UTF-8 text (invalid start byte)."),
        ("x.json", b'{\n"a": }', "x.json, line 2, column 6: this is no JSON: unexpected '}'."),
        ("x.json", b'["\\ud800"]', "x.json: this is no JSON: a string holds half of a surrogate pair."),
        ("x.json", b"[" * 100_000, "x.json cannot be imported: it is nested too deep."),
        ("x.toml", b"a = ", "x.toml cannot be imported: it is no TOML (Invalid value (at end of document))."),
        ("x.toml", b"a = " + b"1" * 5000, "x.toml cannot be imported: it is no TOML (Exceeds the limit (4300 digits) for integer string conversion: value has 5000 digits; use sys.set_int_max_str_digits() to increase the limit)."),
        ("x.yaml", b"a: [", "x.yaml, line 2, cannot be imported: this is no YAML: did not find expected node content."),
        (
            "x.yaml",
            b"llmock_cassette: 1\n---\n",
            "x.yaml is a cassette of pytest-llmock already: there is nothing to import. Put it into a cassettes/ folder as it is.",
        ),
    ],
    ids=["suffix", "other", "empty", "binary", "json", "surrogate", "deep", "toml", "digits", "yaml", "ours"],
)  # fmt: skip
def test_a_file_that_cannot_be_imported_is_named_with_the_reason(tmp_path, monkeypatch, name, data, message):
    """What is wrong, where, and which files would have been right."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / name
    path.write_bytes(data)

    with pytest.raises(CassetteError) as caught:
        read_foreign(path.relative_to(tmp_path))

    assert caught.value.message == message


def test_a_missing_file_is_named(tmp_path):
    """The command line is the place to look."""
    path = tmp_path / "none.yaml"

    with pytest.raises(CassetteError) as caught:
        read_foreign(path)

    assert caught.value.message == f"{path} cannot be read: No such file or directory. Check the path."


def test_a_file_without_interactions_is_one(tmp_path):
    """An empty cassette is no error."""
    path = tmp_path / "x.json"
    path.write_text(json.dumps({"version": 1, "interactions": []}), encoding="utf-8")

    assert read_foreign(path).exchanges == ()
