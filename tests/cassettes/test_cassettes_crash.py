"""What kills, cuts and rivals do to a cassette, with real processes and files."""

import os
import subprocess
import sys
from tempfile import TemporaryDirectory

import pytest

from pytest_llmock.cassettes.store import Store

HEADER = 'llmock_cassette: 1\ntest: "a"\ncreated: "2026-11-22T03:01:54Z"\n'
needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="kill -9 and fork are of POSIX")

# what every process below begins with; `killed` lets a child work until `enough` says so, and kills it wherever it is
BEGIN = """
import itertools, os, random, resource, signal, sys, tempfile
from pathlib import Path
from time import perf_counter
from pytest_llmock.cassettes import files
from pytest_llmock.cassettes.store import Store
from pytest_llmock.errors import CassetteError

HEADER = 'llmock_cassette: 1\\ntest: "a"\\ncreated: "2026-11-22T03:01:54Z"\\n'
folder = Path(sys.argv[1])
path, torn, other = folder / "x.yaml", folder / "x.yaml.torn", folder / "other"

def document(number, size=0):
    return f"interaction: 1-{number:032x}\\nrequest: {'x' * size}\\nrecorded: {{attempts: {number}}}\\n"

def texts():
    return [*map(Store(path).load().text, Store(path).load().entries)]

def killed(work, enough):
    child = os.fork()
    if not child:
        try:
            work()
        finally:
            os._exit(1)
    while not enough():
        pass
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)

def after(seconds):
    end = perf_counter() + seconds
    return lambda: perf_counter() >= end

def seconds(work):
    began = perf_counter()
    if not os.fork():
        work()
        os._exit(0)
    os.wait()
    return perf_counter() - began
"""

KILLED_APPENDS = """
kept_by_now = folder / "kept"

def work():
    for number in itertools.count():
        Store(path).append([document(number, 4_000_000)], header=HEADER)
        with kept_by_now.open("ab") as file:
            file.write(b"x")

for turn in range(16):
    [each.unlink() for each in folder.iterdir()]
    kept_by_now.touch()
    size = random.Random(turn).randrange(1, 9_000_000)
    killed(work, lambda: path.exists() and path.stat().st_size >= size)
    was_torn, found = Store(path).load().torn is not None, texts()
    assert found == [document(number, 4_000_000) for number in range(len(found))]
    assert len(found) >= kept_by_now.stat().st_size
    Store(path).append([document(99)], header=HEADER)
    assert texts() == [*found, document(99)]
    assert torn.exists() == was_torn
"""

KILLED_REWRITES = """
versions = [document(number, 300_000) for number in range(3)], [document(number, 90_000) for number in range(7)]
Store(path).append(versions[0], header=HEADER)

def work(times=1_000_000):
    for number in range(times):
        Store(path).rewrite(lambda index: versions[len(index.entries) == 3])

span = seconds(lambda: work(4))
for turn in range(25):
    killed(work, after(span * turn / 25))
    assert texts() in list(versions)
Store(path).rewrite(lambda index: [document(9)])
print(*sorted(each.name for each in folder.iterdir()))
"""

KILLED_MOVES = """
new = [document(number, 90_000) for number in range(2, 9)]

def prepare():
    path.unlink(missing_ok=True)
    Store(path).append([document(1)], header=HEADER)
    other.write_text(HEADER + "".join(f"---\\n{text}" for text in new))

def work():
    Store(path).take_over(other)

prepare()
span = seconds(work) * 1.3
for turn in range(25):
    prepare()
    killed(work, after(span * turn / 25))
    work()
    assert texts() == [document(1), *new]
    assert not other.exists()
"""

WRITER = """
first = int(sys.argv[2])
for number in range(first, first + 50):
    Store(path).append([document(number)], header=HEADER)
"""

REWRITER = """
first = int(sys.argv[2])
for number in range(first, first + 50):
    Store(path).rewrite(lambda index: [*map(index.text, index.entries), document(number)], header=HEADER)
"""

HOLDER = """
with files.locked(path):
    print("held", flush=True)
    sys.stdin.read()
"""

WAITER = """
try:
    with files.locked(path, timeout_s=0.05):
        print("in")
except CassetteError as error:
    print(error.message)
"""

FULL_DISK = """
limit = resource.getrlimit(resource.RLIMIT_FSIZE)
store, kept = Store(path), 0
resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, limit[1]))
try:
    while True:
        store.append([document(kept)], header=HEADER)
        kept += 1
except CassetteError as error:
    assert "the disk is full" in error.message and "It is as it was." in error.message
resource.setrlimit(resource.RLIMIT_FSIZE, limit)
assert texts() == [document(number) for number in range(kept)]
store.append([document(kept)], header=HEADER)
assert texts() == [document(number) for number in range(kept + 1)]
"""

SOMEBODY_ELSE = """
tempfile.tempdir = str(folder / "tmp")
(folder / "tmp").mkdir()
(folder / "tmp").chmod(0o777)
folder.chmod(0o755)
path.write_text(f"{HEADER}---\\n{document(1)}")
os.seteuid(65534)
print(len(texts()))
for write in (
    lambda: files.check_writable(folder),
    lambda: Store(path).append([document(2)], header=HEADER),
    lambda: Store(path).rewrite(lambda index: [document(2)]),
):
    try:
        write()
    except CassetteError as error:
        print(error.message)
os.seteuid(0)
"""


def document(number):
    return f"interaction: 1-{number:032x}\nrequest:\nrecorded: {{attempts: {number}}}\n"


def texts(path):
    index = Store(path).load()
    return [index.text(entry) for entry in index.entries]


def started(script, folder, *arguments):
    command = [sys.executable, "-c", BEGIN + script, str(folder), *map(str, arguments)]
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def said(*processes):
    """What each process prints, line by line; all must succeed."""
    outputs = [process.communicate(timeout=60) for process in processes]
    assert [
        (process.returncode, errors) for process, (_, errors) in zip(processes, outputs, strict=True)
    ] == [(0, "") for _ in processes]
    return [out.splitlines() for out, _ in outputs]


def numbers(path):
    return [int(entry.key.removeprefix("1-"), base=16) for entry in Store(path).load().entries]


@needs_fork
def test_a_kill_in_an_append_loses_nothing_that_was_kept(tmp_path):
    """kill -9 at 16 moments: the file loads, all that was kept is there, and what was cut off is moved away."""
    assert said(started(KILLED_APPENDS, tmp_path)) == [[]]


@needs_fork
def test_a_kill_in_a_rewrite_leaves_the_old_file_or_the_new(tmp_path):
    """kill -9 at 25 moments of a replacement: never a part of one, and nothing beside it after the next."""
    assert said(started(KILLED_REWRITES, tmp_path)) == [["x.yaml"]]


@needs_fork
def test_a_kill_while_a_file_is_taken_over_loses_and_doubles_nothing(tmp_path):
    """kill -9 at 25 moments: taking over once more gives what one undisturbed would have."""
    assert said(started(KILLED_MOVES, tmp_path)) == [[]]


def test_a_cassette_cut_at_any_byte_goes_on(tmp_path):
    """Whatever is left of a file: whole recordings stay, and the rest stands beside it after the next append."""
    path, torn = tmp_path / "x.yaml", tmp_path / "x.yaml.torn"
    Store(path).append([document(1), document(2)], header=HEADER)
    data = path.read_bytes()

    for size in range(1, len(data)):
        path.write_bytes(data[:size])
        kept = texts(path)
        Store(path).append([document(3)], header=HEADER)

        aside = torn.read_bytes() if torn.exists() else b""
        whole = data[: size - len(aside)]
        before = path.read_bytes().removesuffix(f"---\n{document(3)}".encode())
        assert texts(path) == [*kept, document(3)]
        assert before in (whole or HEADER.encode(), whole + b"\n")
        torn.unlink(missing_ok=True)


@pytest.mark.parametrize("count", [2, 4])
def test_writers_of_one_file_keep_the_union_each_in_its_order(tmp_path, count):
    """What several workers record at once is all there, and each one's recordings stay in order."""
    said(*(started(WRITER, tmp_path, 1000 * writer) for writer in range(count)))

    found = numbers(tmp_path / "x.yaml")

    assert len(found) == 50 * count
    assert sorted(found, key=lambda number: number // 1000) == [
        1000 * writer + number for writer in range(count) for number in range(50)
    ]


def test_who_appends_and_who_rewrites_keep_what_the_other_wrote(tmp_path):
    """A replacement reads the file again under the lock: what came in between is kept."""
    said(started(WRITER, tmp_path, 0), started(REWRITER, tmp_path, 1000))

    found = numbers(tmp_path / "x.yaml")

    assert sorted(found, key=lambda number: number // 1000) == [*range(50), *range(1000, 1050)]


def test_a_killed_process_gives_its_lock_back(tmp_path):
    """A lock does not outlive the process that held it."""
    holder = started(HOLDER, tmp_path)
    held = holder.stdout.readline()

    holder.kill()
    holder.communicate()
    Store(tmp_path / "x.yaml").append([document(1)], header=HEADER)

    assert (held, texts(tmp_path / "x.yaml")) == ("held\n", [document(1)])


def test_a_process_that_holds_the_lock_keeps_others_out(tmp_path):
    """The lock holds between processes, and is named to whoever waits too long."""
    holder = started(HOLDER, tmp_path)
    holder.stdout.readline()

    ((message,),) = said(started(WAITER, tmp_path))
    holder.communicate()

    assert "another process or thread has been writing to this cassette for 0.05 s" in message


@needs_fork
def test_a_disk_that_fills_up_keeps_every_recording_before(tmp_path):
    """The append that does not fit changes nothing and says so; when there is room again, it goes on."""
    assert said(started(FULL_DISK, tmp_path)) == [[]]


@needs_fork
@pytest.mark.skipif(os.name == "nt" or os.getuid() != 0, reason="only root can become somebody else")
def test_who_may_not_write_is_told_and_may_read(tmp_path):
    """A folder of somebody else: replay works, recording names the place and the reason."""
    with TemporaryDirectory() as folder:  # tmp_path stands in a folder that nobody else may enter
        ((count, *messages),) = said(started(SOMEBODY_ELSE, folder))

    denied = "cannot be written: Permission denied (errno 13). It is as it was."
    assert count == "1"
    assert messages[0].startswith(
        f"{folder}: recordings cannot be written here: Permission denied (errno 13)."
    )
    assert messages[1:] == [f"{folder}/x.yaml: this cassette {denied}"] * 2
