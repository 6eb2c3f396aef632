import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_llmock.cassettes.index import Index
from pytest_llmock.errors import CassetteError

HEADER = 'llmock_cassette: 1\ntest: "tests/test_a.py::test_a"\ncreated: "2026-11-22T03:01:54Z"\n'
LAST = 'recorded: {at: "2026-11-22T03:01:55Z", attempts: 1}\n'
LINES = st.text(st.characters(codec="utf-8", exclude_characters="\r\n\x00"), max_size=20)


def key(number):
    return f"1-{number:032x}"


def document(number, body="request:\n  operation: chat\n", last=LAST):
    return f"interaction: {key(number)}\n{body}{last}"


def stream(*documents, header=HEADER):
    return "".join([header, *(f"---\n{text}" for text in documents)]).encode()


def texts(index):
    return [index.text(entry) for entry in index.entries]


def refusal(data):
    with pytest.raises(CassetteError) as caught:
        texts(Index.of(data, "x.yaml"))
    return caught.value.message


def test_each_document_is_found_with_its_key_test_line_and_text():
    """What a reader needs to know of a document is there without parsing it."""
    theirs = document(2, 'test: "tests/test_b.py::test_b[\\"é\\"]"\nrequest:\n  operation: chat\n')
    index = Index.of(stream(document(1), theirs), "x.yaml")

    first, second = index.entries

    assert (first.key, first.test, first.line, first.where) == (key(1), "", 5, "x.yaml:5")
    assert (second.key, second.test, second.line) == (key(2), 'tests/test_b.py::test_b["é"]', 10)
    assert texts(index) == [document(1), theirs]
    assert (index.header, index.test, index.format) == (HEADER, "tests/test_a.py::test_a", "1")
    assert (index.torn, index.warning, repr(index)) == (None, "", "<2 recordings in x.yaml>")


@settings(max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 3), st.lists(LINES)), max_size=6))
def test_header_and_texts_are_the_whole_file(parts):
    """Whatever stands in the documents, the file is its header and their texts, each after its own line."""
    documents = [document(n, "".join(f"  {line}\n" for line in lines)) for n, lines in parts]

    index = Index.of(stream(*documents), "x.yaml")

    assert stream(*texts(index), header=index.header) == stream(*documents)
    lines = stream(*documents).decode().split("\n")
    assert [lines[entry.line - 1] for entry in index.entries] == [f"interaction: {key(n)}" for n, _ in parts]


def test_documents_of_one_key_are_found_in_the_order_of_the_file():
    """The same request asked several times is played in the order in which it was recorded."""
    index = Index.of(stream(document(7), document(8), document(7)), "x.yaml")

    numbers = index.by_key

    assert {each: tuple(numbers[each]) for each in numbers} == {key(7): (0, 2), key(8): (1,)}
    assert len(numbers) == 2


def test_a_key_that_stands_once_is_found_and_others_are_not():
    """A lookup gives numbers of entries, or the caller's default."""
    index = Index.of(stream(document(7), document(8)), "x.yaml")

    found = index.by_key

    assert (found.get(key(8)), found.get(key(9), ()), list(found)) == ((1,), (), [key(7), key(8)])


def test_entries_count_from_the_end_and_end():
    """The entries behave as a list does."""
    entries = Index.of(stream(document(1), document(2)), "x.yaml").entries

    assert entries[-1] == entries[1]
    with pytest.raises(IndexError):
        entries[2]


def test_lines_are_the_same_in_whatever_order_they_are_asked_for():
    """Lines are counted as far as somebody asked, and not anew."""
    index = Index.of(stream(*map(document, range(5))), "x.yaml")

    assert [index.entries[number].line for number in (3, 1, 4, 3, 0)] == [20, 10, 25, 20, 5]


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data.replace(b"\n", b"\r\n"),
        lambda data: b"\xef\xbb\xbf" + data,
        lambda data: data.removesuffix(b"\n"),
    ],
    ids=["line ends of Windows", "byte order mark", "no newline at the end"],
)
def test_what_editors_and_checkouts_change_reads_the_same(change):
    """An end of line, a byte order mark or a missing last newline is nobody's recording."""
    documents = [document(1, last='recorded: {at: "a } \\" {", usage: {input: 1}}\n')] * 2

    index = Index.of(change(stream(*documents)), "x.yaml")

    assert (index.header, texts(index), index.torn) == (HEADER, documents, None)


@pytest.mark.parametrize(
    "text",
    [
        f"# the first one\n{document(1)}",
        f"\n{document(1)}",
        f"{document(1)}# checked by hand\n\n",
        f"interaction: '{key(1)}'\nrequest: {{}}\n{LAST}",
        f"interaction:   {key(1)}  # greets\nrequest: {{}}\n{LAST}",
        f"request: {{}}\n{LAST}interaction: {key(1)}\nanswer: {{}}\n",
        f"{LAST}interaction: {key(1)}\nanswer:\n  text: Yes.\n",
        document(1, last="recorded:\n  attempts: 1\n"),
        f"---\n{document(1)}",
    ],
    ids=[
        "comment before",
        "blank line",
        "comment after",
        "quoted",
        "padded",
        "moved",
        "first",
        "block form",
        "dashes twice",
    ],
)
def test_a_document_that_somebody_edited_is_found(text):
    """Comments, blank lines and moved lines do not hide a document, between others and at the end."""
    index = Index.of(stream(document(0), text, document(2), text), "x.yaml")

    assert [entry.key for entry in index.entries] == [key(0), key(1), key(2), key(1)]
    assert texts(index) == [document(0), text, document(2), text]
    assert index.torn is None


def test_keys_of_another_length_are_found_beside_ours():
    """A later way to take the identity may have longer keys."""
    longer, short = (f"interaction: {key}\nrequest: {{}}\n{LAST}" for key in (f"10-{7:032x}", "1-a"))

    index = Index.of(stream(document(1), longer, short, document(2)), "x.yaml")

    assert [entry.key for entry in index.entries] == [key(1), f"10-{7:032x}", "1-a", key(2)]


def test_a_header_may_begin_with_comments_and_its_own_line():
    """What YAML allows before a first document is allowed."""
    index = Index.of(stream(document(1), header=f"---\n# ours\n\n{HEADER}"), "x.yaml")

    assert (len(index.entries), index.format, index.entries[0].line) == (1, "1", 8)


@pytest.mark.parametrize("data", [b"", b"\xef\xbb\xbf"], ids=["nothing", "byte order mark"])
def test_a_file_without_a_byte_has_nothing(data):
    """An empty file counts as none."""
    index = Index.of(data, "x.yaml")

    assert (index.header, len(index.entries), index.torn, index.format, index.newest) == ("", 0, None, "", "")


def test_a_file_cut_anywhere_keeps_its_whole_documents():
    """After a cut at any byte, each document that is all there is found, and one warning names the rest."""
    tricky = 'recorded: {model: "} {", usage: {input: 1}, note: "\\"}"}\n'
    documents = [document(1), document(2, 'test: "b"\nrequest: {}\n'), document(3, last=tricky)]
    data = stream(*documents)
    ends = [len(stream(*documents[:count])) for count in range(1, 4)]

    for size in range(1, len(data) + 1):
        index = Index.of(data[:size], "x.yaml")

        whole = sum(end <= size + 1 for end in ends)  # without its last newline a document is all there
        assert texts(index) == documents[:whole]
        rests = {len(HEADER), *ends, *(end - 1 for end in ends)}
        assert (index.torn is None) == (size in rests)


@pytest.mark.parametrize(
    ("rest", "line"),
    [(b"-", 9), (b"---", 9), (b"---\ninter", 9), (bytes(9), 9), (b"# by hand\n--", 10), (b"---\n\0\0", 9)],
    ids=["1 byte", "3 bytes", "its key", "zeros", "after a comment", "zeros in a document"],
)
def test_what_a_stopped_append_left_is_ignored_and_named(rest, line):
    """The beginning of an append, or the zeros that a power cut leaves, do not hide what was there before."""
    index = Index.of(stream(document(1)) + rest, "x.yaml")

    assert len(index.entries) == 1
    assert index.torn == line
    assert index.warning == (
        f"x.yaml:{line}: the last recording is not complete, because the run that wrote it was stopped. It is "
        "ignored; the next recording moves it to a .torn file beside the cassette."
    )


@pytest.mark.parametrize("data", [b"llm", b"llmock_cassette:", bytes(20), HEADER.encode()[:-5]])
def test_a_file_that_ends_in_its_header_is_torn_from_its_first_line(data):
    """A cassette whose first bytes only were written is no error, and holds nothing."""
    index = Index.of(data, "x.yaml")

    assert (index.torn, index.header, len(index.entries)) == (1, "", 0)


def test_a_header_alone_is_whole():
    """A cut right after the header leaves a cassette without recordings."""
    index = Index.of(HEADER.encode(), "x.yaml")

    assert (index.torn, index.header, len(index.entries)) == (None, HEADER, 0)


OURS, THEIRS = document(2), document(3)
CONFLICTS = {
    "at the end": (
        stream(document(1)) + f"<<<<<<< HEAD\n---\n{OURS}=======\n---\n{THEIRS}>>>>>>> b\n".encode(),
        9,
    ),
    "after the dashes": (stream(f"<<<<<<< HEAD\n{OURS}=======\n{THEIRS}>>>>>>> b\n"), 5),
    "between": (stream(f"{OURS}<<<<<<< HEAD\n---\n{OURS}=======\n---\n{THEIRS}>>>>>>> b\n", OURS), 9),
    "inside": (stream(document(1, "<<<<<<< HEAD\na: 1\n=======\na: 2\n>>>>>>> b\n"), OURS), 6),
    "in the header": (b"<<<<<<< HEAD\n" + stream(OURS), 1),
    "of two dates": (stream(OURS, header=HEADER + "<<<<<<< HEAD\n"), 4),
}


@pytest.mark.parametrize(("data", "line"), CONFLICTS.values(), ids=CONFLICTS)
def test_a_merge_conflict_is_named_with_its_line(data, line):
    """Whoever merged is told where, and what to do: both sides are recordings worth keeping."""
    assert refusal(data) == (
        f"x.yaml:{line}: a merge conflict is not resolved. Keep both sides (each recording stands for itself), "
        "take out the lines that mark the conflict, then run: pytest-llmock cassettes show x.yaml"
    )


@pytest.mark.parametrize(
    "data",
    [b"interactions:\n- request: {}\n", b"{}", b"---\n- 1\n---\n- 2\n", b"llmock: 1\n", b"\x89PNG\r\n"],
)
def test_a_file_that_is_no_cassette_is_refused(data):
    """Another tool's file, or any other, is not mistaken for an empty cassette and written over."""
    assert refusal(data) == (
        "x.yaml: this is no cassette, because it does not begin with 'llmock_cassette:'. It is left as it is: "
        "move it away, or give the cassette another name."
    )


DAMAGES = {
    "no key": (
        stream(document(0), f"request: {{}}\n{LAST}", OURS),
        "x.yaml:10: no lines of the recording that begins here are 'interaction: <key>'",
    ),
    "two keys": (
        stream(f"{OURS}# more\n{THEIRS}# end\n"),
        "x.yaml:5: 2 lines of the recording that begins here are 'interaction: <key>'",
    ),
    "cut in the middle": (
        stream(document(0), f"interaction: {key(1)}\nreq\n", OURS),
        "x.yaml:10: the recording that begins here is not complete",
    ),
    "dashes and more": (
        stream(document(1)) + f"--- # new\n{OURS}".encode(),
        "x.yaml:9: the line between two recordings is '---' and no more.",
    ),
    "bytes in the header": (
        stream(OURS, header="llmock_cassette: 1\n").replace(b": 1\n", b": 1\n# \xff\n"),
        "x.yaml:2: this line is not UTF-8 text. Restore the file.",
    ),
    "bytes in a document": (
        stream(OURS, document(1, "a: é\n")).replace("é".encode(), b"\xff"),
        "x.yaml:11: this line is not UTF-8 text. Restore the file.",
    ),
}


@pytest.mark.parametrize(("data", "start"), DAMAGES.values(), ids=DAMAGES)
def test_damage_is_named_with_its_line(data, start):
    """What is wrong in a file is said once, with the line on which to look."""
    assert refusal(data).startswith(start)


@pytest.mark.parametrize(
    ("line", "test"),
    [
        ('test: "a::b"', "a::b"),
        ("test: a::b", "a::b"),
        ("test: 'a::b'", "a::b"),
        ('test: "a', "a"),
        ("x: 1", ""),
    ],
)
def test_a_test_is_read_as_we_write_it_and_as_hands_do(line, test):
    """A node id written by hand needs no quotes."""
    index = Index.of(stream(document(1, f"{line}\n")), "x.yaml")

    assert index.entries[0].test == test


def test_the_newest_recording_says_when():
    """The age of a cassette is that of its newest recording, wherever it stands."""
    moments = ["2026-11-22T03:01:55Z", "2027-01-01T00:00:00Z", "2026-12-24T18:00:00Z"]
    documents = [document(1, last=f'recorded: {{at: "{moment}", attempts: 1}}\n') for moment in moments]

    assert Index.of(stream(*documents), "x.yaml").newest == "2027-01-01T00:00:00Z"


def test_texts_are_bytes_of_utf8_in_every_language():
    """A document is text; what its author wrote is what comes out."""
    text = document(1, "request:\n  text: 日本語 🎉 \u2028 é\n")

    assert texts(Index.of(stream(text), "x.yaml")) == [text]
    assert re.fullmatch("<1 recordings in x.yaml>", repr(Index.of(stream(text), "x.yaml")))
