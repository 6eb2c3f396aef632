import stat
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from pytest_llmock.cassettes import files
from pytest_llmock.errors import CassetteError

NO_SPACE = Path("/dev/full")
needs_dev_full = pytest.mark.skipif(
    not NO_SPACE.exists(), reason="only Linux has a device that is always full"
)


def names(folder):
    return [path.name for path in folder.iterdir()]


@pytest.fixture
def path(tmp_path):
    """A file that does not exist, in a folder that does not either."""
    return tmp_path / "cassettes" / "x.yaml"


@contextmanager
def full_at(size):
    """No file of this process grows beyond so many bytes, as on a full disk; not even the log of this test run."""
    resource = pytest.importorskip("resource", reason="Windows has no limit for the size of files")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_what_is_appended_stands_at_the_end(path):
    """A new file is made with its folder; the stamp is that of the file as it is then."""
    files.append(path, b"one\n")

    stamp = files.append(path, b"two\n")

    assert path.read_bytes() == b"one\ntwo\n"
    assert stamp == files.stamp(path)


def test_a_stamp_tells_contents_apart(path):
    """No file and an empty one have none; each change gives another."""
    none = files.stamp(path)
    files.append(path, b"")
    empty = files.stamp(path)

    stamps = {files.append(path, b"a"), files.append(path, b"b")}

    assert (none, empty, len(stamps)) == (None, None, 2)


def test_a_file_is_read_whole_or_at_its_ends(path):
    """Who only wants to know how a file begins and ends does not read all of it."""
    files.append(path, b"0123456789")

    assert files.read(path) == b"0123456789"
    assert files.ends(path, head=2, tail=3) == (b"01", b"789")
    assert files.ends(path, head=20, tail=30) == (b"0123456789", b"0123456789")


def test_no_file_reads_as_nothing(path):
    """That there is no cassette yet is no error."""
    assert (files.read(path), files.ends(path, head=2, tail=2), files.stamp(path)) == (b"", (b"", b""), None)


@pytest.mark.parametrize("size", [6, 9], ids=["nothing more fits", "a part fits"])
def test_an_append_on_a_full_disk_leaves_the_file_as_it_was(path, size):
    """What fits of a recording is taken back, and the message says why."""
    files.append(path, b"whole\n")

    with full_at(size), pytest.raises(CassetteError) as caught:
        files.append(path, b"the next one\n")

    assert path.read_bytes() == b"whole\n"
    assert caught.value.message == (
        f"{path}: this cassette cannot be written: the disk is full: File too large (errno 27). It is as it was."
    )


@needs_dev_full
def test_what_cannot_be_taken_back_is_said():
    """A message does not say that nothing was changed where that is not known."""
    with pytest.raises(CassetteError) as caught:
        files.append(NO_SPACE, b"one\n")

    assert caught.value.message == (
        "/dev/full: this cassette cannot be written: the disk is full: No space left on device (errno 28). A part "
        "of a recording may stand at its end, which could not be taken back: Invalid argument (errno 22)."
    )


def test_a_replaced_file_keeps_its_permissions(path):
    """The new content stands there at once, and who may read it stays the same."""
    files.append(path, b"old")
    path.chmod(0o640)

    files.replace(path, b"new")

    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert names(path.parent) == ["x.yaml"]


def test_a_replacement_that_does_not_fit_changes_nothing(path):
    """The old content stays, and nothing is left beside it."""
    files.append(path, b"old")
    said = r"the disk is full: File too large \(errno 27\). It is as it was.$"

    with full_at(4), pytest.raises(CassetteError, match=said):
        files.replace(path, b"new and larger")

    assert path.read_bytes() == b"old"
    assert names(path.parent) == ["x.yaml"]


def test_what_a_killed_replacement_left_is_used_again(path):
    """A run that was stopped leaves one file at most, however often that happens."""
    files.replace(path, b"old")
    files.temporary(path).write_bytes(b"half of something long")

    files.replace(path, b"new")

    assert path.read_bytes() == b"new"
    assert names(path.parent) == ["x.yaml"]


def test_the_name_of_new_content_fits_beside_the_longest_name(tmp_path):
    """A cassette may be named with as many letters as the system allows."""
    path = tmp_path / ("x" * 250 + ".yaml")

    files.replace(path, b"new")

    assert path.read_bytes() == b"new"


def test_a_file_is_cut_moved_and_removed(path):
    """The raw steps of settling a file."""
    target = path.with_name("y.yaml")
    files.append(path, b"0123456789")

    files.cut(path, 4)
    files.move(path, target)
    there = target.read_bytes()
    files.remove(target)
    files.remove(target)

    assert there == b"0123"
    assert names(path.parent) == []


def test_a_path_through_a_file_is_no_file_and_cannot_be_made(tmp_path):
    """A file stands where a folder is needed: nothing there to read, and no way to write, said for each step."""
    (tmp_path / "file").touch()
    path = tmp_path / "file" / "x.yaml"
    reason = "Not a directory (errno 20)"

    assert files.stamp(path) is None
    for step in (files.read, lambda path: files.ends(path, head=1, tail=1)):
        with pytest.raises(CassetteError) as caught:
            step(path)
        assert caught.value.message == f"{path}: this cassette cannot be read: {reason}."
    for write in (files.append, files.replace, files.cut):
        with pytest.raises(CassetteError) as caught:
            write(path, 0 if write is files.cut else b"")
        assert str(path) in caught.value.message


def test_what_cannot_be_moved_or_removed_is_said(tmp_path):
    """A folder where a file should be, or no file where one should be."""
    with pytest.raises(
        CassetteError, match=r"x.yaml: this cassette cannot be written: No such file or directory"
    ):
        files.move(tmp_path / "none", tmp_path / "x.yaml")
    with pytest.raises(CassetteError, match=r"this cassette cannot be written: "):
        files.remove(tmp_path)


def test_a_name_that_no_file_can_have_is_said(tmp_path):
    """A reason that is not "there is no such file" is an error."""
    path = tmp_path / ("x" * 300)

    with pytest.raises(CassetteError) as caught:
        files.stamp(path)

    assert caught.value.message == f"{path}: this cassette cannot be read: File name too long (errno 36)."


def test_a_writable_folder_is_made_and_left_empty(path):
    """The check before the first paid call proves that a file can be made there."""
    files.check_writable(path.parent)

    assert names(path.parent) == []


@pytest.mark.parametrize(
    ("folder", "reason"),
    [
        ("file", "File exists (errno 17)"),
        ("file/below", "Not a directory (errno 20)"),
        pytest.param("/proc", "No such file or directory (errno 2)", marks=needs_dev_full),
    ],
    ids=["a file", "below a file", "of the kernel"],
)
def test_a_folder_that_cannot_be_written_is_named_before_anything_is_paid(tmp_path, folder, reason):
    """Nobody pays for an answer that has no place to go."""
    (tmp_path / "file").touch()

    with pytest.raises(CassetteError) as caught:
        files.check_writable(tmp_path / folder)

    assert caught.value.message == (
        f"{tmp_path / folder}: recordings cannot be written here: {reason}. Nothing was asked of a live model. Give "
        "another folder with --llmock-cassettes, or replay with --llmock-record=none."
    )


def test_a_full_disk_is_found_before_anything_is_paid(tmp_path):
    """A file that could be made but not filled is not enough."""
    with full_at(100), pytest.raises(CassetteError, match="the disk is full: File too large"):
        files.check_writable(tmp_path)


def test_only_one_thread_at_a_time_is_in(path):
    """A lock holds between the threads of a process as well."""
    inside, seen = [], []

    def enter(number):
        with files.locked(path):
            inside.append(number)
            seen.append(len(inside))
            inside.remove(number)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(enter, range(64)))

    assert seen == [1] * 64


def test_a_lock_that_is_not_given_back_in_time_is_named(path):
    """Whoever waits is told for which file, how long, and where the lock is."""

    def wait():
        with files.locked(path, timeout_s=0.01):
            pass

    with ThreadPoolExecutor(1) as pool, files.locked(path):
        error = pool.submit(wait).exception()

    assert isinstance(error, CassetteError)
    assert error.message == (
        f"{path}: another process or thread has been writing to this cassette for 0.01 s. Find out which one holds "
        f"the lock file {files.lock_file(path)} and end it; nothing was changed."
    )


def test_a_lock_is_given_back_by_whoever_fails(path):
    """An error under the lock does not keep others out."""
    with pytest.raises(ZeroDivisionError), files.locked(path):
        1 / 0  # noqa: B018 - any error will do

    with files.locked(path, timeout_s=0):
        entered = True

    assert entered


def test_every_way_to_write_a_path_has_the_same_lock(path, monkeypatch):
    """A link, or a path from the current folder, does not let a second writer in."""
    path.parent.mkdir()
    link = path.parent / "link"
    link.symlink_to(path)
    monkeypatch.chdir(path.parent)

    locks = {
        files.lock_file(each)
        for each in (path, link, Path("x.yaml"), path.parent / ".." / "cassettes" / "x.yaml")
    }

    assert len(locks) == 1
    assert tempfile.gettempdir() in str(locks.pop())


def test_a_lock_without_a_place_is_named(tmp_path, path, monkeypatch):
    """A temporary folder that cannot be used is not taken for a lock that is free."""
    (tmp_path / "file").touch()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "file"))

    with pytest.raises(CassetteError) as caught, files.locked(path):
        pass

    assert (
        caught.value.message
        == f"The lock file {files.lock_file(path)} cannot be used: Not a directory (errno 20)."
    )
    files.lock_file.cache_clear()


def test_the_folder_of_locks_is_made_when_it_is_missing(tmp_path, path, monkeypatch):
    """The first lock of a machine makes the folder, for this user alone."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "new"))

    with files.locked(path):
        folder = files.lock_file(path).parent

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    files.lock_file.cache_clear()
