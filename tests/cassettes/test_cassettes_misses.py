from dataclasses import replace
from datetime import timedelta

import pytest

from effort import grows_linearly
from pytest_llmock.cassettes.misses import Beside, Miss, Near, explain, nearest

FILE = "tests/cassettes/test_chat/test_x-1a2b3c4d.yaml"
RECORDED = {
    "operation": "chat",
    "backend": "local",
    "messages": [{"user": "Hi there"}],
    "sampling": {"temperature": 0.2},
}
ASKED = {
    "operation": "chat",
    "backend": "local",
    "messages": [{"user": "Hello there"}],
    "sampling": {"temperature": 0.7},
}
MISS = Miss("no file", FILE, ASKED, "'local' (ollama, llama3)", "tests/test_chat.py::test_x")
UNMATCHED = replace(MISS, situation="none matches", count=3, near=Near(RECORDED, 2, 14))
WITHOUT = "To call it without recording: --llmock-record=off. To do without it: --llmock-map=local=synthetic."
COMMAND = "To record it: pytest tests/test_chat.py::test_x --llmock-record="


def test_a_miss_without_a_file_names_it_and_the_command_that_records():
    """Who was asked, which file is not there, in which mode; then one command."""
    assert explain(MISS) == (
        "Cassette miss: no recording answers this chat with backend 'local' (ollama, llama3): "
        f"{FILE} does not exist (record mode 'none').\n{WITHOUT}\n{COMMAND}once"
    )


def test_a_miss_among_recordings_shows_the_nearest():
    """Where it stands and how it differs, the level that would do, and the command that records."""
    miss = replace(UNMATCHED, looser="shape", mode="once")

    assert explain(miss) == (
        "Cassette miss: no recording answers this chat with backend 'local' (ollama, llama3): none of the 3 "
        f"interactions in {FILE} matches at level 'exact' (record mode 'once').\n"
        "The nearest is interaction 2, line 14; recorded (-), asked now (+):\n"
        '  message 1 (user): "Hi there" → "Hello there"\n'
        "  sampling.temperature: 0.2 → 0.7\n"
        "It would match at level 'shape': @pytest.mark.llmock(match=\"shape\").\n"
        f"{COMMAND}new"
    )


@pytest.mark.parametrize(
    ("changes", "reason", "advice"),
    [
        pytest.param(
            {"situation": "empty"}, f"{FILE} holds no interactions", [WITHOUT, f"{COMMAND}once"], id="empty"
        ),
        pytest.param(
            {"situation": "none matches", "count": 1, "level": "normalised"},
            f"the one interaction in {FILE} does not match at level 'normalised'",
            [f"{COMMAND}new"],
            id="one interaction",
        ),
        pytest.param(
            {"situation": "consumed", "equal": 1},
            f"its one recording in {FILE} has been played already",
            ['If its last answer may be given again: @pytest.mark.llmock(repeat="last").', f"{COMMAND}new"],
            id="consumed",
        ),
        pytest.param(
            {"situation": "consumed", "equal": 2, "near": Near(ASKED, 1, 4)},
            f"all its 2 recordings in {FILE} have been played already",
            ['If its last answer may be given again: @pytest.mark.llmock(repeat="last").', f"{COMMAND}new"],
            id="all consumed",
        ),
        pytest.param(
            {
                "situation": "expired",
                "near": Near(ASKED, 1, 4),
                "age": timedelta(days=45, hours=3),
                "limit": timedelta(days=30),
            },
            f"its recording in {FILE}, line 4, is 45 days old, and max_age is 30 days",
            [
                "If an old answer is good enough: llmock_on_expiry = warn, or a longer llmock_max_age.",
                f"{COMMAND}rewrite",
            ],
            id="expired",
        ),
    ],
)
def test_each_situation_has_its_reason_and_its_way_out(changes, reason, advice):
    """One line on what happened, what a test may choose instead, and the command last."""
    first, *rest = explain(replace(MISS, **changes)).split("\n")

    assert first == (
        f"Cassette miss: no recording answers this chat with backend 'local' (ollama, llama3): {reason} "
        "(record mode 'none')."
    )
    assert rest == advice


@pytest.mark.parametrize(
    ("request_", "call"),
    [
        pytest.param({"operation": "generate", "path": "/users/7"}, "GET /users/7 by", id="generation"),
        pytest.param(
            {"operation": "generate", "method": "POST", "path": "/a"}, "POST /a by", id="with method"
        ),
        pytest.param({"operation": "generate"}, "GET / by", id="the root"),
        pytest.param({"operation": "embed"}, "this embedding by", id="embedding"),
    ],
)
def test_a_miss_says_what_was_asked(request_, call):
    """A generation is known by its method and path."""
    assert f"no recording answers {call} backend 'local'" in explain(replace(MISS, request=request_))


@pytest.mark.parametrize(
    ("age", "shown"),
    [
        pytest.param(timedelta(days=2), "2 days", id="days"),
        pytest.param(timedelta(hours=47), "47 hours", id="hours"),
        pytest.param(timedelta(minutes=90), "90 minutes", id="minutes"),
        pytest.param(timedelta(seconds=90), "90 seconds", id="seconds"),
    ],
)
def test_an_age_is_told_in_a_unit_that_fits(age, shown):
    """The largest of which there are two."""
    miss = replace(MISS, situation="expired", age=age, limit=timedelta())

    assert f"its recording in {FILE} is {shown} old, and max_age is 0 seconds" in explain(miss)


def test_the_test_of_the_command_is_quoted():
    """So that brackets and spaces survive the shell."""
    miss = replace(MISS, test="tests/test_chat.py::test_x[a b's]")

    assert explain(miss).endswith("pytest 'tests/test_chat.py::test_x[a b'\"'\"'s]' --llmock-record=once")


def test_in_ci_the_command_is_for_a_developers_machine():
    """Nothing is recorded where nobody would commit it."""
    assert explain(replace(MISS, in_ci=True)).split("\n")[-1] == (
        "Recording is done on a developer's machine, and the file committed. There: "
        "pytest tests/test_chat.py::test_x --llmock-record=once"
    )


def test_without_a_test_the_record_mode_is_named():
    """A server has no test to run again."""
    assert explain(replace(UNMATCHED, test="")).endswith("\nTo record it: run again with record mode 'new'")


def test_a_failed_runs_recording_that_answers_is_to_be_accepted():
    """What was paid for need not be asked again."""
    miss = replace(MISS, beside=(Beside(f"{FILE}.failed", 2, answers=True),))

    assert explain(miss).split("\n")[1:] == [
        WITHOUT,
        f"{FILE}.failed holds 2 interactions of a failed run, this call among them.",
        f"To take it over: pytest-llmock cassettes accept {FILE}.failed",
    ]


def test_files_beside_that_do_not_answer_are_only_named():
    """A recording that is going on cannot be accepted, and one of another call is of no use."""
    miss = replace(MISS, beside=(Beside("a.failed", 1), Beside("a.1a2b3c4d.recording", 3, answers=True)))

    assert explain(miss).split("\n")[1:] == [
        WITHOUT,
        "a.failed holds 1 interaction of a failed run, not this call.",
        "a.1a2b3c4d.recording holds 3 interactions of a run that was killed or is going on, this call among them.",
        f"{COMMAND}once",
    ]


def document(text, *, answer="Fine.", number=0):
    return (
        f"interaction: 1-{number:032x}\nrequest:\n  operation: chat\n  messages:\n  - user: {text}\nanswer:\n"
        f"  text: {answer}\nrecorded: {{at: now}}\n"
    )


@pytest.mark.parametrize(
    ("asked", "number"),
    [
        pytest.param("Tell me about Paris in spring", 0, id="a word more"),
        pytest.param("Summarise a book", 1, id="other words"),
        pytest.param("What is the weather in Rome at 10:15?", 2, id="another time"),
    ],
)
def test_the_nearest_recording_is_the_one_with_most_words_in_common(asked, number):
    """Its answer does not count, and documents need not be whole."""
    documents = [
        document("Tell me about Paris"),
        document("Summarise the book for me", answer="Tell me about Paris in spring"),
        document("What is the weather in Rome at 09:30?").split("\nanswer:")[0],
    ]

    assert nearest({"messages": [{"user": asked}]}, documents) == number


def test_there_is_no_nearest_of_none():
    """An empty cassette has nothing to show."""
    assert nearest(ASKED, []) is None


def test_of_recordings_equally_near_the_first_is_taken():
    """So that the message is the same each time."""
    assert nearest(ASKED, [document("Zebra"), document("Zebra"), document("Zebra")]) == 0


def test_the_nearest_of_ten_thousand_is_found_without_reading_them_all():
    """A miss is told soon, however large the cassette."""
    subjects = ("river", "mountain", "harbour", "forest", "desert", "island", "glacier")
    documents = [
        document(
            f"Describe the {subjects[n % 7]} called {subjects[n // 7 % 7]}{chr(97 + n % 26)} {'word ' * 20}{n}",
            number=n,
        )
        for n in range(10_000)
    ]
    asked = f"Describe the forest called desertq {'word ' * 20}8998 today"
    request = {"operation": "chat", "messages": [{"user": asked}]}

    assert "forest called desertq" in documents[nearest(request, documents)]
    assert grows_linearly(lambda size: nearest(request, documents[:size]), len(documents))
