import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_llmock.cassettes.blobs import LIMIT, Blobs, referenced
from pytest_llmock.cassettes.format import Header, header, migration_from, read, read_header, write
from pytest_llmock.cassettes.interaction import Interaction, Recorded, Timed
from pytest_llmock.errors import CassetteError, Failure
from pytest_llmock.llm import Delta, End, ToolDelta, Usage

KEY = "1-3f2a9c0d5be84c17a1b2c3d4e5f60718"
RECORDED = Recorded("2026-11-22T03:01:55Z", "ollama", "llama3", "llama3:latest", 0.875, 1, None, "0.1.0")
CURE = (
    " Correct it there, or get the file back with `git checkout -- c/x.yaml`, or delete it and record again."
)
CHAT = Interaction(
    request={
        "operation": "chat",
        "backend": "ollama-llama3",
        "model": "llama3",
        "messages": [{"system": "You are terse."}, {"user": "Summarise\nthis text."}],
        "sampling": {"temperature": 0.2},
    },
    deltas=(
        Timed(812, Delta("Hello")),
        Timed(843, Delta(" there.\n")),
        Timed(860, Delta("Bye.")),
        Timed(875, Delta(end=End("stop", Usage(12, 9)))),
    ),
    recorded=RECORDED,
)
CHAT_TEXT = textwrap.dedent(f"""\
    ---
    interaction: {KEY}
    request:
      operation: chat
      backend: ollama-llama3
      model: llama3
      messages:
      - system: You are terse.
      - user: |-
          Summarise
          this text.
      sampling: {{temperature: 0.2}}
    answer:
      text: |-
        Hello there.
        Bye.
      finish_reason: stop
      usage: {{input: 12, output: 9}}
    deltas: 5@812 8@843 4@860 end@875
    recorded: {{at: "2026-11-22T03:01:55Z", provider: "ollama", asked: "llama3", model: "llama3:latest", seconds: 0.875, attempts: 1, plugin: "0.1.0"}}
    """)
FAILED = Interaction(
    request={"operation": "embed"},
    deltas=(Timed(5, Delta(tool=ToolDelta(1, "c", "f", "x"), extensions={"a": 1})),),
    failure=Failure("status", "Too many requests", 429, 2.5, '{"error": 1}'),
    truncated=True,
    recorded=Recorded(cost=0.5),
    test="tests/test_é.py::test_x[no]",
)
FAILED_TEXT = textwrap.dedent(f"""\
    ---
    interaction: {KEY}
    test: "tests/test_é.py::test_x[no]"
    request:
      operation: embed
    truncated: true
    failure:
      kind: status
      message: Too many requests
      status: 429
      retry_after_s: 2.5
      body: |-
        {{"error": 1}}
    deltas:
    - {{ms: 5, tool: {{index: 1, id: "c", name: "f", arguments: "x"}}, extensions: {{a: 1}}}}
    recorded: {{at: "", provider: "", asked: "", model: "", seconds: 0.0, attempts: 1, cost: 0.5, plugin: ""}}
    """)


@pytest.fixture
def blobs(tmp_path):
    return Blobs(tmp_path)


@pytest.mark.parametrize(
    ("interaction", "text"), [(CHAT, CHAT_TEXT), (FAILED, FAILED_TEXT)], ids=["chat", "failed"]
)
def test_an_interaction_is_written_as_reviewers_read_it(blobs, interaction, text):
    """The document is the one that the documentation shows, to the letter, and says it all."""
    assert write(interaction, key=KEY, blobs=blobs) == text
    assert read(text, where="x.yaml", blobs=blobs) == interaction


words = st.sampled_from(
    ["", "no", "Hi\nyou", "trailing ", "\ud800", '{"a": 1}', "---\nrecorded: {}\n"]
) | st.text(max_size=8)
requests = st.dictionaries(words, words | st.integers() | st.lists(words, max_size=2), max_size=3)
sampled = st.builds(lambda request: {**request, "sampling": {"temperature": 0.5}}, requests)
deltas = st.builds(Delta, words, st.integers(0, 1), words, end=st.none() | st.just(End("length", Usage(1))))
failures = st.builds(
    Failure,
    st.sampled_from(["connect", "status"]),
    words,
    st.none() | st.integers(),
    st.none() | st.floats(0, 9),
    words,
)
records = st.builds(
    Recorded, words, words, seconds=st.floats(0, 9), cost=st.none() | st.floats(0, 9), attempts=st.integers()
)
interactions = st.builds(
    Interaction,
    requests | sampled,
    st.lists(st.builds(Timed, st.integers(0, 9), deltas), max_size=4).map(tuple),
    st.none() | failures,
    st.booleans(),
    records,
    words,
    st.booleans(),
)


@given(interactions)
def test_any_interaction_comes_back(tmp_path_factory, interaction):
    """Nothing of an interaction is lost in its document."""
    blobs = Blobs(tmp_path_factory.getbasetemp())

    text = write(interaction, key=KEY, blobs=blobs)

    assert read(text, where="x.yaml", blobs=blobs) == interaction


@given(interactions)
def test_a_document_can_be_found_without_parsing_it(tmp_path_factory, interaction):
    """It begins with `---` and its key, ends with `recorded`, and no other line begins like either."""
    first, second, *others, last, end = write(
        interaction, key=KEY, blobs=Blobs(tmp_path_factory.getbasetemp())
    ).split("\n")

    assert (first, second, end) == ("---", f"interaction: {KEY}", "")
    assert last.startswith("recorded: {")
    assert last.endswith("}")
    assert not [line for line in others if line.startswith(("---", "interaction:", "recorded:"))]


def test_large_parts_are_written_beside_the_document(blobs):
    """Long prompts, answers and vectors stand in files, and the document names them."""
    long = "word " * LIMIT
    vector = tuple(index / 7 for index in range(LIMIT))
    interaction = Interaction(
        {"operation": "embed", "inputs": [long]}, (Timed(5, Delta(vector=vector, end=End(usage=Usage(1)))),)
    )

    text = write(interaction, key=KEY, blobs=blobs)

    assert len(text) < 1000
    assert {path.name for path in blobs.folder.iterdir()} == referenced(text)
    assert read(text, where="x.yaml", blobs=blobs) == interaction


def test_a_number_that_is_none_is_refused(blobs):
    """An answer with NaN in it cannot be recorded."""
    with pytest.raises(
        ValueError, match="^NaN is no JSON number, so it cannot stand in a cassette; nor can an infinity$"
    ):
        write(Interaction({}, (Timed(5, Delta(vector=(float("nan"),))),)), key=KEY, blobs=blobs)


HAND_MADE = f"""\
interaction: {KEY}
request: {{operation: chat}}
answer: {{text: Hi}}
"""


@pytest.mark.parametrize(
    ("more", "pieces"),
    [
        ("", [Delta("Hi"), Delta(end=End("stop"))]),
        ("truncated: true\n", [Delta("Hi")]),
        ("cancelled: true\n", [Delta("Hi")]),
        ("failure: {kind: cut, message: gone}\n", [Delta("Hi")]),
        ("deltas: 1@0 end@0\n", [Delta("Hi"), Delta(end=End("stop"))]),
    ],
)
def test_an_interaction_can_be_written_by_hand(blobs, more, pieces):
    """Key, request and answer are enough."""
    interaction = read(HAND_MADE + more, where="x.yaml", blobs=blobs)

    assert interaction.request == {"operation": "chat"}
    assert [timed.delta for timed in interaction.deltas] == pieces
    assert interaction.recorded == Recorded()


WRONG = {
    "no mapping": ("- a\n", 7, "the document must be a mapping, but is a list."),
    "no key": ("request: {}\n", 7, "`interaction` is missing; it must be text."),
    "no request": ("interaction: x\n", 7, "`request` is missing; it must be a mapping."),
    "unknown field": (HAND_MADE + "recoded: {}\n", 10, "`recoded` is no field of a cassette. Did you mean 'recorded'?"),
    "answer": ("interaction: x\nrequest: {}\nanswer:\n  text:\n  - a\n", 10, "`answer.text` must be text, but is a list."),
    "tape": (HAND_MADE + "deltas: 5\n", 10, "`deltas` must be text like `5@812 end@875`, or a list of deltas."),
    "listed": ("interaction: x\nrequest: {}\ndeltas:\n- {ms: 1}\n- {ms: a}\n", 11, "`deltas.1.ms` must be a whole number, but is text."),
    "truncated": (HAND_MADE + "truncated: yes\n", 10, "`truncated` must be true or false, but is text."),
    "cancelled": (HAND_MADE + "cancelled: 1\n", 10, "`cancelled` must be true or false, but is a whole number."),
    "failure": (HAND_MADE + "failure:\n  message: x\n  kind: conect\n", 12, "`failure.kind` is 'conect', which is no kind of failure. Did you mean 'connect'?"),
    "failure's field": (HAND_MADE + "failure: {kind: cut, state: 1}\n", 10, "`failure.state` is no field of a cassette. Did you mean 'status'?"),
    "recorded": (HAND_MADE + "recorded: {seconds: long}\n", 10, "`recorded.seconds` must be a number, but is text."),
    "YAML": (HAND_MADE + "recorded: {\n", 11, "this is no YAML: did not find expected node content."),
}  # fmt: skip


@pytest.mark.parametrize(("text", "line", "problem"), WRONG.values(), ids=WRONG)
def test_a_wrong_edit_is_named_with_file_line_and_field(blobs, text, line, problem):
    """The message leads to the line of the file, says what is wrong there, and how to get out."""
    with pytest.raises(CassetteError) as raised:
        read(text, where="c/x.yaml", line=7, blobs=blobs)

    assert raised.value.message == f"c/x.yaml:{line}: {problem}{CURE}"


def test_a_missing_blob_names_its_document(blobs):
    """Whoever lost a blob learns which cassette needs it."""
    text = f"interaction: x\nrequest: {{a: {{$blob: {'0' * 64}.txt}}}}\n"

    with pytest.raises(CassetteError, match=r"0.txt: this part of c/x.yaml cannot be read \(No such file"):
        read(text, where="c/x.yaml", blobs=blobs)


def test_the_header_says_whose_cassette_it_is():
    """The first document names format, test and time, each as it was given."""
    text = header("tests/test_chat.py::test_é[a: b]", "2026-11-22T03:01:54Z")

    assert (
        text
        == 'llmock_cassette: 1\ntest: "tests/test_chat.py::test_é[a: b]"\ncreated: "2026-11-22T03:01:54Z"\n'
    )
    assert read_header(text, where="x") == Header(
        "tests/test_chat.py::test_é[a: b]", "2026-11-22T03:01:54Z", 1
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "interactions: []\n",
            "c/x.yaml:1: this is no cassette; one begins with `llmock_cassette: 1`." + CURE,
        ),
        ("- a\n", "c/x.yaml:1: this is no cassette; one begins with `llmock_cassette: 1`." + CURE),
        (
            "test: x\nllmock_cassette: one\n",
            "c/x.yaml:2: `llmock_cassette` must be a whole number, but is text." + CURE,
        ),
        (
            "llmock_cassette: 1\ntset: x\n",
            "c/x.yaml:2: `tset` is no field of a cassette. Did you mean 'test'?" + CURE,
        ),
        (
            "llmock_cassette: 2\nnews: x\n",
            "c/x.yaml was written by a newer pytest-llmock (format 2; this version reads up to 1): upgrade with pip install -U pytest-llmock",
        ),
        (
            "llmock_cassette: -1\n",
            "c/x.yaml has format -1, and pytest-llmock has never written format -1: delete it and record again",
        ),
    ],
    ids=["other", "list", "text", "unknown field", "newer", "older"],
)
def test_a_header_that_cannot_be_read_says_why(text, message):
    """A file of another kind or format is refused with what to do."""
    with pytest.raises(CassetteError) as raised:
        read_header(text, where="c/x.yaml")

    assert raised.value.message == message


def test_documents_of_an_older_format_are_migrated_step_by_step(blobs):
    """A cassette of an older format reads as one of today, unchanged on disk."""
    migrations = {
        -1: lambda document: {**document, "prompt": document["prompts"]},
        0: lambda document: {"interaction": document["interaction"], "request": document["prompt"]},
    }
    head = read_header("llmock_cassette: -1\ntest: x\n", where="x.yaml", migrations=migrations)

    text = "interaction: x\nprompts: {operation: chat}\n"
    interaction = read(text, where="x.yaml", blobs=blobs, migrate=migration_from(head.format, migrations))

    assert interaction.request == {"operation": "chat"}
