import base64
import hashlib
import json
import os
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_llmock.cassettes.blobs import LIMIT, Blobs, referenced
from pytest_llmock.cassettes.emitting import DEEPEST, Reference, emit
from pytest_llmock.cassettes.yamltext import read
from pytest_llmock.errors import CassetteError

LONG = "x" * (LIMIT + 1)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
DIGEST = hashlib.sha256(LONG.encode()).hexdigest()
CURE = "Get it back with `git checkout -- {}`, or record it again."


@pytest.fixture
def blobs(tmp_path):
    return Blobs(tmp_path)


def _url(content, head="data:image/png;base64,"):
    return head + base64.b64encode(content).decode()


def _names(blobs):
    return sorted(path.name for path in blobs.folder.glob("*")) if blobs.folder.exists() else []


def _there_and_back(blobs, value, **options):
    text = emit({"a": blobs.put(value, **options)})
    return read(text, where="x.yaml", blob=lambda name: blobs.get(name, where="x.yaml"))["a"]


LARGE = {
    "text": (LONG, "txt"),
    "text with surrogates": ("\ud83d" + "\ude00" + LONG, "txt"),
    "multi-byte text": ("é" * (LIMIT // 2 + 1), "txt"),
    "line breaks": ("a\r\nb\n" * LIMIT, "txt"),
    "small picture": (_url(PNG), "png"),
    "large picture": (_url(PNG * 500, "data:image/jpeg;base64,"), "jpg"),
    "sound": (_url(PNG, "data:audio/wav;codecs=1;base64,"), "wav"),
    "unknown media type": (_url(PNG, "data:application/x-thing+v2;base64,"), "bin"),
    "nothing": ("data:image/gif;base64,", "gif"),
}


@pytest.mark.parametrize(("value", "extension"), LARGE.values(), ids=LARGE)
def test_what_is_large_or_binary_stands_in_a_file(blobs, value, extension):
    """The document has a reference, the file has the content, and both together are what was recorded."""
    put = blobs.put({"a": [value, "small"]})

    assert isinstance(put["a"][0], Reference)
    assert [name.split(".")[1] for name in _names(blobs)] == [extension]
    assert _there_and_back(blobs, value) == value


SMALL = {
    "text": "x" * LIMIT,
    "multi-byte text": "é" * (LIMIT // 2),
    "web address": "https://example.org/x.png",
    "no base64": "data:image/png;base64,a",
    "base64 in another spelling": "data:image/png;base64,QR==",
    "not base64 at all": "data:text/plain,Hello",
    "numbers": [1, 2.5, None, True],
    "what looks like a reference": {"$blob": "x.txt"},
}


@pytest.mark.parametrize("value", SMALL.values(), ids=SMALL)
def test_what_is_small_stays_in_the_document(blobs, value):
    """There is no file for what a document can hold as it is."""
    assert blobs.put(value) == value
    assert _there_and_back(blobs, value) == value
    assert _names(blobs) == []


@given(st.binary(max_size=40))
def test_any_data_url_comes_back(tmp_path_factory, content):
    """Binary content is decoded, and encoded again to the same text."""
    blobs = Blobs(tmp_path_factory.getbasetemp() / "urls")

    assert _there_and_back(blobs, _url(content)) == _url(content)


def test_large_json_is_one_file_where_the_caller_says_so(blobs):
    """An answer's JSON over the limit stands in one readable file, a small one and any other in the document."""
    value = {"json": {"rows": list(range(LIMIT))}, "other": list(range(LIMIT)), "vectors": [0.5]}

    put = blobs.put(value, whole={"json", "vectors"})

    assert {key: type(item) for key, item in put.items()} == {
        "json": Reference,
        "other": list,
        "vectors": list,
    }
    assert json.loads((blobs.folder / put["json"].name).read_text()) == value["json"]
    assert _there_and_back(blobs, value, whole={"json", "vectors"}) == value


def test_text_nested_too_deep_for_references_stays(blobs):
    """What will be JSON text in the document keeps all that is in it."""
    value = LONG
    for _ in range(DEEPEST + 9):
        value = [value]

    assert _there_and_back(blobs, value) == value
    assert _names(blobs) == []


def test_equal_content_is_written_once(blobs):
    """Recording the same picture again does not touch its file."""
    blobs.put([LONG, LONG])
    (path,) = blobs.folder.iterdir()
    os.utime(path, (1, 1))

    blobs.put(LONG)

    assert path.stat().st_mtime == 1


def test_a_file_of_another_size_is_written_again(blobs):
    """A file that was cut off while it was copied does not stay."""
    name = blobs.put(LONG).name
    (blobs.folder / name).write_text("xx")

    blobs.put(LONG)

    assert (blobs.folder / name).read_text() == LONG


def test_many_writers_of_one_blob_leave_one_whole_file(blobs):
    """Workers that record the same content at the same time do not disturb each other."""
    with ThreadPoolExecutor(8) as pool:
        put = list(pool.map(blobs.put, [LONG] * 40))

    assert len(set(put)) == 1
    assert _names(blobs) == [put[0].name]


def test_the_guard_sees_content_before_it_is_written(tmp_path):
    """Whoever looks for secrets can forbid a blob."""
    seen = []

    def forbid(name, content):
        seen.append((name, content))
        raise ValueError("secret")

    with pytest.raises(ValueError, match="^secret$"):
        Blobs(tmp_path, guard=forbid).put(LONG)

    assert seen == [(f"{DIGEST}.txt", LONG.encode())]
    assert not (tmp_path / "blobs").exists()


@pytest.mark.parametrize("extension", ["txt", "json"])
@pytest.mark.parametrize(("written", "checked_out"), [("\n", "\r\n"), ("\r\n", "\n")])
def test_line_breaks_that_git_changed_do_no_harm(blobs, extension, written, checked_out):
    """Text is what was recorded, whatever the checkout made of its line breaks."""
    text = f'["{"x" * LIMIT}",{written}1]'
    name = f"{hashlib.sha256(text.encode()).hexdigest()}.{extension}"
    blobs.folder.mkdir()
    (blobs.folder / name).write_bytes(text.replace(written, checked_out).encode())

    assert blobs.get(name, where="x.yaml") == (text if extension == "txt" else json.loads(text))


@pytest.mark.parametrize("value", [LONG, _url(PNG)], ids=["text", "picture"])
def test_changed_content_is_refused(blobs, value):
    """A blob that was edited is not what the model said; the message tells how to get it back."""
    reference = blobs.put(value).name
    (path,) = blobs.folder.iterdir()
    path.write_bytes(b"y" + path.read_bytes()[1:])

    with pytest.raises(CassetteError) as raised:
        blobs.get(reference, where="x.yaml")

    told = "is not what was recorded: its content no longer has the digest that its name says"
    assert raised.value.message == f"{path}: this part of x.yaml {told}. {CURE.format(path)}"


def test_a_missing_blob_is_named(blobs):
    """Whoever forgot to commit the folder learns which file is missing."""
    path = blobs.folder / f"{DIGEST}.png"

    with pytest.raises(CassetteError) as raised:
        blobs.get(f"data:image/png;base64,{path.name}", where="x.yaml")

    reason = "this part of x.yaml cannot be read (No such file or directory)"
    assert raised.value.message == f"{path}: {reason}. {CURE.format(path)}"


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "x.txt", f"{DIGEST}", f"/{DIGEST}.txt", f"{DIGEST}.t/x", ""]
)
def test_a_reference_never_leads_out_of_the_folder(blobs, name):
    """Only the digest of its content names a blob."""
    told = f"x.yaml refers to the blob {name!r}, which is no name of one: the sha256 of its content, 64 hex digits, and an extension."

    with pytest.raises(CassetteError, match=re.escape(told)):
        blobs.get(name, where="x.yaml")


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    """When the disk takes nothing, the message says which file and what to do; nothing is left behind."""
    (tmp_path / "blobs").write_text("a file stands where the folder should be")

    with pytest.raises(CassetteError) as raised:
        Blobs(tmp_path).put(LONG)

    assert raised.value.message == (
        f"{tmp_path / 'blobs' / DIGEST}.txt: a part of a recording cannot be written (File exists). Make the folder"
        " writable, with room on its disk, and record again."
    )


def test_a_blob_that_cannot_be_moved_into_place_leaves_no_rest(blobs):
    """A failed write leaves neither half a blob nor its temporary file."""
    (blobs.folder / f"{DIGEST}.txt" / "x").mkdir(parents=True)

    with pytest.raises(CassetteError, match="cannot be written"):
        blobs.put(LONG)

    assert _names(blobs) == [f"{DIGEST}.txt"]


def test_references_are_found_without_parsing(blobs):
    """Pruning knows which files a document needs from its text alone."""
    text = emit({"a": blobs.put([LONG, _url(PNG), {"b": "\ud800", "c": _url(PNG * 2)}]), "d": DIGEST})

    assert referenced(text) == set(_names(blobs))
