import shutil
import tempfile
from pathlib import Path
from threading import Thread

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from pytest_llmock.cassettes import files
from pytest_llmock.cassettes.store import Store
from pytest_llmock.errors import CassetteError

HEADER = 'llmock_cassette: 1\ntest: "tests/test_a.py::test_a"\ncreated: "2026-11-22T03:01:54Z"\n'
OTHER_HEADER = HEADER.replace("test_a", "test_b")


def document(number, test="", body="  operation: chat\n"):
    line = f'test: "{test}"\n' if test else ""
    return f"interaction: 1-{number:032x}\n{line}request:\n{body}recorded: {{attempts: {number}}}\n"


def content(*documents, header=HEADER):
    return "".join([header, *(f"---\n{text}" for text in documents)])


def texts(store):
    index = store.load()
    return [index.text(entry) for entry in index.entries]


def tear(path):
    """Cut the last document as a kill does, and give back what is left of it."""
    data = path.read_bytes()
    path.write_bytes(data[:-9])
    return data[data.rfind(b"---\n") : -9]


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "cassettes" / "x.yaml")


@pytest.fixture
def other(tmp_path):
    return Store(tmp_path / "cassettes" / "x.yaml.recording")


def test_no_file_is_an_empty_cassette(store):
    """A cassette that was never recorded loads, and holds nothing."""
    index = store.load()

    assert (store.exists, index.header, len(index.entries), index.torn) == (False, "", 0, None)


def test_the_first_document_makes_the_file_with_its_header(store):
    """A new cassette begins with the header that is given; later ones leave it alone."""
    store.append([document(1), "---\n" + document(2)], header=HEADER)

    store.append([document(3)], header=OTHER_HEADER)
    Store(store.path).append([document(4)], header=OTHER_HEADER)

    assert store.path.read_text() == content(*map(document, (1, 2, 3, 4)))
    assert store.exists


def test_no_documents_make_no_file(store):
    """Nothing recorded leaves nothing behind."""
    store.append([], header=HEADER)
    store.rewrite(lambda index: [], header=HEADER)

    assert not store.path.parent.exists()


def test_an_unchanged_file_is_looked_through_once(store):
    """All tests of a run that share a cassette share its index, until the file changes."""
    store.append([document(1)], header=HEADER)
    first = store.load()

    again = Store(store.path).load()
    store.append([document(2)], header=HEADER)

    assert again is first
    assert len(store.load().entries) == 2


@pytest.mark.parametrize("changed", ["\n", "# end\n"], ids=["blank line", "comment"])
def test_documents_follow_what_a_hand_added(store, changed):
    """An append neither removes nor swallows what stands at the end."""
    store.append([document(1)], header=HEADER)
    store.path.write_text(store.path.read_text() + changed)

    Store(store.path).append([document(2)], header=HEADER)

    assert store.path.read_text() == content(document(1) + changed, document(2))


@pytest.mark.parametrize(
    ("change", "there"),
    [
        (lambda data: data[:-1], content(document(1))),
        (lambda data: data.replace(b"\n", b"\r\n"), content(document(1)).replace("\n", "\r\n")),
    ],
    ids=["no newline at the end", "line ends of Windows"],
)
def test_documents_follow_what_an_editor_made_of_the_file(store, change, there):
    """What is there stays as it is, and both documents are read."""
    store.append([document(1)], header=HEADER)
    store.path.write_bytes(change(store.path.read_bytes()))

    Store(store.path).append([document(2)], header=HEADER)

    assert store.path.read_bytes() == f"{there}---\n{document(2)}".encode()
    assert texts(store) == [document(1), document(2)]


def test_a_torn_end_is_moved_away_by_the_next_append(store):
    """Nothing is lost: what was cut off stands in a file beside the cassette."""
    store.append([document(1), document(2)], header=HEADER)
    rest = tear(store.path)
    warning = store.load().warning

    store.append([document(3)], header=HEADER)

    assert f"{store.path}:9: the last recording is not complete" in warning
    assert store.path.read_text() == content(document(1), document(3))
    assert store.path.with_name("x.yaml.torn").read_bytes() == rest
    assert store.load().warning == ""


def test_a_torn_end_is_cut_off_where_it_begins_with_other_line_ends(store):
    """Lines that a checkout made longer do not shift the cut."""
    store.append([document(1)], header=HEADER)
    there = b"\xef\xbb\xbf" + store.path.read_bytes().replace(b"\n", b"\r\n")
    store.path.write_bytes(there + b"---\ninter")

    store.append([document(2)], header=HEADER)

    assert store.path.read_bytes() == there + f"---\n{document(2)}".encode()
    assert store.path.with_name("x.yaml.torn").read_bytes() == b"---\ninter"


def test_a_torn_header_is_written_anew(store):
    """A run that was stopped in the very first bytes does not spoil the file."""
    store.path.parent.mkdir()
    store.path.write_text(HEADER[:30])

    store.append([document(1)], header=HEADER)

    assert store.path.read_text() == content(document(1))
    assert store.path.with_name("x.yaml.torn").read_text() == HEADER[:30]


@pytest.mark.parametrize(
    "write",
    [
        lambda store: store.append([document(1)], header=HEADER),
        lambda store: store.rewrite(lambda index: [document(1)], header=HEADER),
    ],
    ids=["append", "rewrite"],
)
def test_a_file_that_is_no_cassette_is_not_written_to(store, write):
    """Somebody else's file is safe from a wrong name."""
    store.path.parent.mkdir()
    store.path.write_text("interactions: []\n")

    with pytest.raises(CassetteError, match="x.yaml: this is no cassette"):
        write(store)

    assert store.path.read_text() == "interactions: []\n"


def test_documents_of_two_formats_do_not_mix(store):
    """A cassette of another format is migrated before anything is added to it."""
    store.append([document(1)], header=HEADER.replace(": 1", ": 2"))
    before = store.path.read_bytes()

    with pytest.raises(CassetteError) as caught:
        Store(store.path).append([document(2)], header=HEADER)

    assert store.path.read_bytes() == before
    assert caught.value.message == (
        f"{store.path}: this cassette has format 2, and what would be added to it format 1. "
        f"Run: pytest-llmock cassettes migrate {store.path}"
    )


@pytest.mark.parametrize(
    "text",
    [
        "request: {}\n",
        document(1)[:-1],
        document(1) + document(2),
        document(1) + "---\n" + document(2),
        "interaction: 1-a\nrequest: {}\n",
    ],
    ids=["no key", "no newline", "two keys", "two documents", "no last line"],
)
def test_what_would_not_be_read_again_is_not_written(store, text):
    """No caller can spoil a cassette with something that is not one document."""
    with pytest.raises((ValueError, CassetteError)):
        store.append([text], header=HEADER)

    assert not store.exists


@pytest.mark.parametrize("header", ["", HEADER[:-1], "a: 1\n"], ids=["none", "no newline", "another"])
def test_a_new_file_needs_its_header(store, header):
    """A cassette without a beginning is not written."""
    with pytest.raises(ValueError, match="a cassette begins with a header"):
        store.rewrite(lambda index: [document(1)], header=header)

    assert not store.exists


def test_a_rewrite_replaces_the_documents_and_keeps_the_header(store):
    """What is made of the present documents stands there afterwards, and nothing else."""
    store.append([document(1), document(2)], header=HEADER)

    store.rewrite(lambda index: [document(3), index.text(index.entries[1])], header=OTHER_HEADER)

    assert store.path.read_text() == content(document(3), document(2))


def test_a_rewrite_gives_another_header_where_that_is_asked_for(store):
    """A migration changes the header too."""
    store.append([document(1)], header=HEADER)

    store.rewrite(lambda index: [document(1)], header=OTHER_HEADER, replace_header=True)

    assert store.path.read_text() == content(document(1), header=OTHER_HEADER)


def test_a_rewrite_that_changes_nothing_leaves_the_very_file(store):
    """Neither bytes nor times of a file change for nothing, whatever its line ends."""
    store.append([document(1)], header=HEADER)
    store.path.write_bytes(store.path.read_bytes().replace(b"\n", b"\r\n"))
    before = files.stamp(store.path)

    store.rewrite(lambda index: [index.text(entry) for entry in index.entries])

    assert files.stamp(store.path) == before


def test_a_rewrite_without_documents_deletes_the_file(store):
    """A cassette of nothing is no cassette."""
    store.append([document(1)], header=HEADER)

    store.rewrite(lambda index: [])

    assert list(store.path.parent.iterdir()) == []


def test_a_rewrite_that_fails_leaves_the_file_as_it_was(store):
    """The old recordings stay until there are new ones."""
    store.append([document(1)], header=HEADER)
    before = files.stamp(store.path)

    with pytest.raises(ZeroDivisionError):
        store.rewrite(lambda index: 1 / 0)

    assert files.stamp(store.path) == before


def test_a_link_to_a_cassette_stays_a_link(store, tmp_path):
    """The file that a link names is replaced, not the link."""
    store.append([document(1)], header=HEADER)
    link = tmp_path / "link.yaml"
    link.symlink_to(store.path)

    Store(link).rewrite(lambda index: [document(2)])

    assert link.is_symlink()
    assert store.path.read_text() == content(document(2))


def test_a_reader_waits_for_a_writer_before_it_calls_a_file_torn(store):
    """What only looks cut off because somebody is writing it causes no warning."""
    store.append([document(1)], header=HEADER)
    data, indexes = f"---\n{document(2)}".encode(), []
    reader = Thread(target=lambda: indexes.append(store.load()))

    with files.locked(store.path):
        files.append(store.path, data[:50])
        reader.start()
        reader.join(0.05)
        waits = reader.is_alive()
        files.append(store.path, data[50:])
    reader.join()

    assert waits
    assert (indexes[0].warning, len(indexes[0].entries)) == ("", 2)


def test_what_was_recorded_beside_becomes_the_cassette(store, other):
    """Where there is no cassette, the other file becomes it as it is."""
    other.append([document(1), document(2)], header=HEADER)

    moved = store.take_over(other.path)

    assert (moved, store.path.read_text()) == (2, content(document(1), document(2)))
    assert not other.exists


def test_what_was_recorded_beside_is_added_to_the_cassette(store, other):
    """Recordings of the same test follow those that are there."""
    store.append([document(1)], header=HEADER)
    other.append([document(2), document(2)], header=HEADER)

    moved = store.take_over(other.path)

    assert (moved, store.path.read_text()) == (2, content(*map(document, (1, 2, 2))))
    assert not other.exists


def test_documents_keep_the_test_of_the_file_that_they_come_from(store, other):
    """In a cassette of several tests, each recording says whose it is."""
    store.append([document(1)], header=HEADER)
    edited = f"# mine\n{document(3)}"
    other.append([document(2), document(4, test="c")], header=OTHER_HEADER)
    other.path.write_text(other.path.read_text() + f"---\n{edited}")

    store.take_over(other.path)

    assert [entry.test for entry in store.load().entries] == [
        "",
        "tests/test_b.py::test_b",
        "c",
        "tests/test_b.py::test_b",
    ]
    assert texts(store)[1:3] == [document(2, test="tests/test_b.py::test_b"), document(4, test="c")]


@pytest.mark.parametrize("header", [HEADER, OTHER_HEADER], ids=["same test", "another test"])
def test_taking_over_again_after_a_kill_adds_nothing_twice(store, other, tmp_path, header):
    """Killed between the two steps, a run can take over the same file again."""
    store.append([document(1)], header=HEADER)
    other.append([document(2), document(2), document(3)], header=header)
    copy = shutil.copy(other.path, tmp_path)
    store.take_over(other.path)
    before = store.path.read_bytes()

    moved = store.take_over(Path(copy))

    assert (moved, store.path.read_bytes(), Path(copy).exists()) == (0, before, False)


def test_a_torn_end_of_the_other_file_is_kept_beside_the_cassette(store, other):
    """What a killed run had half recorded is not thrown away with its file."""
    other.append([document(1), document(2)], header=HEADER)
    rest = tear(other.path)

    store.take_over(other.path)

    assert store.path.read_text() == content(document(1))
    assert store.path.with_name("x.yaml.torn").read_bytes() == rest
    assert len(list(store.path.parent.iterdir())) == 2


@pytest.mark.parametrize("there", [True, False], ids=["header only", "no file"])
def test_a_file_without_documents_is_taken_over_as_nothing(store, other, there):
    """No cassette is made for a test that recorded nothing."""
    if there:
        files.append(other.path, HEADER.encode())

    moved = store.take_over(other.path)

    assert (moved, store.exists, other.exists) == (0, False, False)


def test_what_cannot_be_taken_over_says_where_it_is(store, other):
    """On a full disk both files stay as they are, and the message names the one with what was paid for."""
    resource = pytest.importorskip("resource", reason="Windows has no limit for the size of files")
    store.append([document(1)], header=HEADER)
    other.append([document(2)], header=HEADER)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)

    resource.setrlimit(resource.RLIMIT_FSIZE, (store.path.stat().st_size + 9, before[1]))
    try:
        with pytest.raises(CassetteError) as caught:
            store.take_over(other.path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)

    assert caught.value.message.endswith(
        f"(errno 27). It is as it was. What was recorded is in {other.path}."
    )
    assert (texts(store), texts(other)) == ([document(1)], [document(2)])


def test_a_cassette_is_removed(store):
    """Removing it twice is as good as once."""
    store.append([document(1)], header=HEADER)

    store.remove()
    store.remove()

    assert not store.exists


class AStoreIsAList(RuleBasedStateMachine):
    """Whatever is done to a cassette, it holds what a list would, and each torn byte stands beside it."""

    def __init__(self):
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.store = Store(self.folder / "x.yaml")
        self.model, self.torn, self.made = [], b"", 0

    def new(self, bodies):
        self.made += len(bodies)
        numbers = range(self.made - len(bodies), self.made)
        return [document(number, body=body) for number, body in zip(numbers, bodies, strict=True)]

    bodies = st.lists(st.text("ab-{}\"'é ", max_size=9).map(lambda line: f"  {line}\n"), max_size=3)

    @rule(bodies=bodies)
    def append(self, bodies):
        documents = self.new(bodies)
        self.store.append(documents, header=HEADER)
        self.model += documents

    @rule(bodies=bodies, keep=st.integers(0, 3))
    def rewrite(self, bodies, keep):
        documents = self.new(bodies)
        self.store.rewrite(
            lambda index: [index.text(entry) for entry in list(index.entries)[:keep]] + documents,
            header=HEADER,
        )
        self.model = self.model[:keep] + documents

    @rule(size=st.integers(2, 60))
    def kill_in_an_append(self, size):
        if self.model:
            part = f"---\n{document(self.made)}".encode()[:size]
            files.append(self.store.path, part)
            self.torn += part
            self.store.load()
            self.store.rewrite(lambda index: [index.text(entry) for entry in index.entries])

    @rule(bodies=bodies, again=st.booleans())
    def take_over(self, bodies, again):
        documents = self.new(bodies)
        other = Store(self.folder / "other")
        for _ in range(1 + again):
            other.append(documents, header=HEADER)
            self.store.take_over(other.path)
        self.model += documents

    @rule()
    def open_again(self):
        self.store = Store(self.store.path)

    @invariant()
    def holds_what_the_list_holds(self):
        assert texts(self.store) == self.model
        assert self.store.exists == bool(self.model)
        assert files.read(self.folder / "x.yaml.torn") == self.torn

    def teardown(self):
        shutil.rmtree(self.folder)


AStoreIsAList.TestCase.settings = settings(max_examples=25, stateful_step_count=15, deadline=None)


class TestAStoreIsAList(AStoreIsAList.TestCase):
    """Hypothesis looks for steps after which store and list differ."""
