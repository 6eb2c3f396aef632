"""Where a test's cassette lives: legal everywhere, its own, and the same tomorrow."""

import re
import unicodedata
from pathlib import Path, PureWindowsPath
from types import SimpleNamespace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pytest_llmock.cassettes.names import cassette_path, cassettes_folder, differs_by_case, module_folder
from pytest_llmock.errors import SettingsError

ROOT = Path("/project")
FILE = ROOT / "tests" / "unit" / "test_chat.py"
DEVICES = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))}


def path(qualname="TestX.test_y", *, file=FILE, **options):
    return cassette_path(test_file=file, rootdir=ROOT, qualname=qualname, **options)


def is_legal(name):
    """What Windows, macOS and Linux all take, with the longest ending that is ever added."""
    return (
        0 < len(f"{name}.12345678.recording".encode()) <= 255
        and not re.search(r'[<>:"/\\|?*\x00-\x1f\x7f-\x9f]', name)
        and name.partition(".")[0].strip().lower() not in DEVICES
        and name == unicodedata.normalize("NFC", name)
        and name[0] not in ". "
        and name[-1] not in ". "
    )


@pytest.mark.parametrize(
    ("options", "place"),
    [
        pytest.param({}, "tests/unit/cassettes/test_chat/TestX.test_y.yaml", id="beside the test"),
        pytest.param({"qualname": "test_y"}, "tests/unit/cassettes/test_chat/test_y.yaml", id="function"),
        pytest.param({"qualname": "TestWebHook.TestGET.test_GET"}, "tests/unit/cassettes/test_chat/TestWebHook.TestGET.test_GET.yaml", id="case"),
        pytest.param({"qualname": "TestÜ.test_naïve_日本"}, "tests/unit/cassettes/test_chat/TestÜ.test_naïve_日本.yaml", id="letters"),
        pytest.param({"folder": Path("rec")}, "rec/tests/unit/test_chat/TestX.test_y.yaml", id="folder"),
        pytest.param({"folder": Path("/else")}, "/else/tests/unit/test_chat/TestX.test_y.yaml", id="folder elsewhere"),
        pytest.param({"params": {"n": 3, "c": "sky blue/é"}}, "tests/unit/cassettes/test_chat/TestX.test_y--sky-blue-é-3-bfcc6739.yaml", id="parameters"),
        pytest.param({"params": {"c": ""}}, "tests/unit/cassettes/test_chat/TestX.test_y--52e88fb3.yaml", id="nothing to show"),
        pytest.param({"twin": True}, "tests/unit/cassettes/test_chat/TestX.test_y-77f8c9a9.yaml", id="twin"),
        pytest.param({"qualname": "con.test"}, "tests/unit/cassettes/test_chat/_con.test-2d23abfd.yaml", id="device"),
        pytest.param({"named": "chat"}, "tests/unit/cassettes/chat.yaml", id="named"),
        pytest.param({"named": "shared/a.b/chat.yaml"}, "tests/unit/cassettes/shared/a.b/chat.yaml", id="named in folders"),
        pytest.param({"named": "shared/chat", "folder": Path("rec")}, "rec/shared/chat.yaml", id="named in a folder"),
        pytest.param({"file": ROOT / "test_chat.txt", "folder": Path("rec")}, "rec/test_chat.txt/TestX.test_y.yaml", id="other file"),
        pytest.param({"file": ROOT / "my tests" / "aux.py"}, "my tests/cassettes/_aux-952066d4/TestX.test_y.yaml", id="module that is a device"),
        pytest.param({"file": Path("/other/test_x.py"), "folder": Path("rec")}, "rec/_-5bd4aa19/other/test_x/TestX.test_y.yaml", id="outside"),
    ],
)  # fmt: skip
def test_a_test_has_its_file_here(options, place):
    """The whole path, which is a contract: it must not change with a version."""
    assert path(**options) == ROOT / place


def test_a_file_on_another_drive_has_a_place_too():
    """It is no path below anything."""
    file, root = PureWindowsPath("D:/t/test_x.py"), PureWindowsPath("C:/project")

    folder = module_folder(file, root, PureWindowsPath("rec"))

    assert folder == PureWindowsPath("C:/project/rec/D---fc94d973/t/test_x")


def test_orphans_are_searched_in_the_cassettes_folder():
    """Beside each test file, or where the run keeps all."""
    assert cassettes_folder(FILE, ROOT, None) == FILE.parent / "cassettes"
    assert cassettes_folder(FILE, ROOT, Path("rec")) == ROOT / "rec"


@pytest.mark.parametrize(
    ("named", "reason"),
    [
        ("../x", "has '..', and a cassette stays inside the cassettes folder"),
        ("a/..", "has '..', and a cassette stays inside the cassettes folder"),
        ("/x", "is an absolute path"),
        ("C:x", "is an absolute path"),
        ("a\\b", "has a backslash; folders are separated by '/'"),
        ("", "has an empty step"),
        (" ", "has an empty step"),
        ("a//b", "has an empty step"),
        ("a/", "has an empty step"),
        (".x", "has a hidden file or folder, one that begins with a dot"),
        ("a/./b", "has a hidden file or folder, one that begins with a dot"),
        ("a.", "has a space at the edge of a step, or a dot at its end"),
        ("a /b", "has a space at the edge of a step, or a dot at its end"),
        (" a", "has a space at the edge of a step, or a dot at its end"),
        ("what?", 'has a control character or one of <>:"|?*, which Windows does not allow'),
        ("a\nb", 'has a control character or one of <>:"|?*, which Windows does not allow'),
        ("nul", "has the name of a device of Windows"),
        ("a/COM1.yaml", "has the name of a device of Windows"),
        ("é" * 130, "has a step of more than 231 bytes"),
    ],
)
def test_a_name_that_leaves_the_folder_or_is_not_legal_everywhere_is_refused(named, reason):
    """The message has the name, the reason and what to write."""
    with pytest.raises(SettingsError) as caught:
        path(named=named)

    assert caught.value.message == (
        f"cassette={named!r} {reason}. Write a name relative to the cassettes folder, such as 'shared/chat'."
    )


def test_how_pytest_calls_the_parameters_does_not_move_a_file():
    """Neither another order of marks nor another id; only a value without a text needs its id."""
    value = object()

    places = {
        path(params={"a": 1, "b": "x"}, ids={"a": "a0", "b": "b0"}),
        path(params={"b": "x", "a": 1}, ids={"a": "one", "b": "two"}),
    }

    assert len(places) == 1
    assert path(params={"a": value}, ids={"a": "a0"}) != path(params={"a": value}, ids={"a": "a1"})


def test_names_that_differ_only_by_case_are_noticed():
    """Of classes and of tests; the same name elsewhere is no twin."""
    module = SimpleNamespace(
        TestWebHook=SimpleNamespace(test_get=1, test_GET=1, test_put=1),
        TestChat=SimpleNamespace(test_x=1, TEST_Y=1),
        TestWebhook=SimpleNamespace(),
        test_x=1,
    )
    names = [
        "TestWebHook.test_put",
        "TestWebhook.test_put",
        "TestChat.test_x",
        "TestChat.test_y",
        "test_x",
        "Test_X",
        "gone.x",
    ]

    assert [name for name in names if differs_by_case(module, name)] == [
        "TestWebHook.test_put", "TestWebhook.test_put", "TestChat.test_y", "Test_X",
    ]  # fmt: skip


def test_twins_do_not_share_a_file_where_case_does_not_count():
    """Both have digits of their own."""
    names = {path(name, twin=True).name.lower() for name in ("test_get", "test_GET", "TEST_GET")}

    assert len(names) == 3


IDENTIFIERS = st.from_regex(r"[^\W\d]\w{0,40}", fullmatch=True).filter(str.isidentifier)
QUALNAMES = st.lists(IDENTIFIERS, min_size=1, max_size=3).map(".".join) | st.text(max_size=300)
SIMPLE = st.none() | st.booleans() | st.integers() | st.text(max_size=80) | st.floats(allow_nan=False)
PARAMS = st.dictionaries(IDENTIFIERS, SIMPLE | st.lists(SIMPLE, max_size=3), max_size=3)


@given(QUALNAMES, PARAMS, st.booleans())
@settings(max_examples=80, deadline=None)
def test_every_name_is_legal_on_every_system(qualname, params, twin):
    """Whatever a test is called and whatever it is given, and it stays below its folder."""
    place = path(qualname, params=params, twin=twin)

    assert place.parent == FILE.parent / "cassettes" / "test_chat"
    assert is_legal(place.name)


@given(st.text(st.characters(exclude_characters="/\0"), min_size=1, max_size=120))
@settings(max_examples=60, deadline=None)
def test_every_folder_is_legal_on_every_system(name):
    """Also where the test file's own name is not."""
    assume(name not in {".", ".."})

    folder = module_folder(ROOT / name / f"{name}.py", ROOT, Path("rec"))

    assert folder.parent.parent == ROOT / "rec"
    assert all(part.startswith(".") or is_legal(part) for part in folder.parts[3:])


@given(QUALNAMES, PARAMS, QUALNAMES, PARAMS)
@settings(max_examples=60, deadline=None)
def test_two_tests_never_share_a_file(qualname, params, other_qualname, other_params):
    """Only the same test with the same values has the same name."""
    same = (qualname, repr(sorted(params.items()))) == (other_qualname, repr(sorted(other_params.items())))

    assert (path(qualname, params=params) == path(other_qualname, params=other_params)) == same


@given(QUALNAMES, PARAMS)
@settings(max_examples=80, deadline=None)
def test_the_order_of_parameters_never_matters(qualname, params):
    """What stands first in a mark is chance."""
    backwards = dict(reversed(params.items()))

    assert path(qualname, params=params) == path(qualname, params=backwards)
