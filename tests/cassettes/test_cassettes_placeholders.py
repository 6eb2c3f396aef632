import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effort import grows_linearly
from pytest_llmock.cassettes.placeholders import normalised, patterns_of
from pytest_llmock.errors import SettingsError

ID, OTHER_ID = "550e8400-e29b-41d4-a716-446655440000", "550e8400-e29b-41d4-a716-446655440001"


def seen(text, *declared):
    request = {"messages": [{"user": text}]}
    return normalised(request, patterns_of(declared))["messages"][0]["user"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param(f"see {ID}.", "see <uuid:1>.", id="uuid"),
        pytest.param(f"file-{ID.upper()}", "file-<uuid:1>", id="uuid after a prefix"),
        pytest.param(f"{ID}, {OTHER_ID}, {ID}", "<uuid:1>, <uuid:2>, <uuid:1>", id="uuids apart"),
        pytest.param(f"a{ID}", f"a{ID}", id="too many digits for a uuid"),
        pytest.param("on 2026-11-22, 1999-01-31", "on <time>, <time>", id="date"),
        pytest.param("2026-11-22T03:01:54.123456Z", "<time>", id="moment"),
        pytest.param("2026-11-22 03:01 +01:00 on", "<time> on", id="moment with zone"),
        pytest.param("20261122T030154Z", "<time>", id="compact moment"),
        pytest.param("at 23:59:59,5 UTC", "at <time>", id="time of day"),
        pytest.param("at 12:30, 2026-13-01, 3026-1-1", "at 12:30, 2026-13-01, 3026-1-1", id="no dates"),
        pytest.param("aa:03:01:54:22", "aa:03:01:54:22", id="hardware address"),
        pytest.param("1763779000 1763779000.123 1763779000123.", "<epoch> <epoch> <epoch>.", id="epoch"),
        pytest.param("1234567890, 2000000000", "1234567890, 2000000000", id="other times"),
        pytest.param("+15637790001 15637790001", "+15637790001 15637790001", id="telephone numbers"),
        pytest.param(
            "order-1763779000 v1.1763779000", "order-1763779000 v1.1763779000", id="numbers of things"
        ),
        pytest.param("/tmp/tmpab12/a.txt, /tmp/tmpab12/b", "<path:1>/a.txt, <path:1>/b", id="below one path"),
        pytest.param("/private/var/folders/zz/y_0/T/tmpq/x", "<path:1>/x", id="macOS"),
        pytest.param("file:///tmp/abc/d", "file://<path:1>/d", id="address of a file"),
        pytest.param("/home/me/tmp/x ./tmp/y", "/home/me/tmp/x ./tmp/y", id="other paths"),
        pytest.param("/tmp/pytest-of-me/pytest-3/popen-gw1/test_x0/a.txt", "<path:1>/a.txt", id="tmp_path"),
        pytest.param("/data/pytest-of-me/pytest-3/a2.txt", "<path:1>/a2.txt", id="base of tmp_path"),
        pytest.param(r"C:\Users\me\AppData\Local\Temp\tmpz\a.txt", r"<path:1>\a.txt", id="Windows"),
        pytest.param(
            r'"C:\\Users\\me\\AppData\\Local\\Temp\\pytest-of-me\\pytest-1\\test_y0\\a"',
            r'"<path:1>\\a"',
            id="Windows tmp_path in JSON",
        ),
        pytest.param(
            "http://localhost:54321/v1, 127.0.0.1:80, [::1]:99, localhost:80",
            "http://localhost:<port:1>/v1, 127.0.0.1:<port:2>, [::1]:<port:3>, localhost:<port:2>",
            id="ports",
        ),
        pytest.param("example.com:8080", "example.com:8080", id="port of another machine"),
        pytest.param("cafe\u0301", "caf\u00e9", id="NFC"),
    ],
)
def test_what_changes_from_run_to_run_gets_a_placeholder(text, shown):
    """Things are numbered by their values, moments are not, and what only looks alike stays."""
    assert seen(text) == shown


@pytest.mark.parametrize(
    ("declared", "shown"),
    [
        pytest.param([r"order=ord_\w+"], "<order:1> and <order:2>, <order:1>, took 12 ms", id="named"),
        pytest.param([r"ord_\w+"], "<…> and <…>, <…>, took 12 ms", id="bare"),
        pytest.param([r"ord_a", r"took \d+ ms"], "<…> and ord_b, <…>, <…>", id="several"),
        pytest.param(
            [r"(?:took=|took )\d+"], "ord_a and ord_b, ord_a, <…> ms", id="bare with an equals sign"
        ),
        pytest.param([r"time=\d+ ms"], "ord_a and ord_b, ord_a, took <time>", id="a moment by its name"),
    ],
)
def test_a_users_pattern_is_replaced_too(declared, shown):
    """A name numbers what it matches by value; without one it does not count at all."""
    assert seen("ord_a and ord_b, ord_a, took 12 ms", *declared) == shown


def test_users_patterns_come_before_the_built_in_ones():
    """What a user has named is not taken apart by us."""
    assert seen(f"run-{ID}/2026-11-22", r"run=run-\S+") == "<run:1>"


@pytest.mark.parametrize(
    ("declared", "message"),
    [
        pytest.param(
            "order=ord_(",
            "Setting 'Normalise': 'order=ord_(' is no regular expression: missing ), unterminated subpattern at "
            "position 4. Write NAME=REGEX or REGEX, and put \\ before a character that stands for itself.",
            id="no regular expression",
        ),
        pytest.param(
            r"\d*",
            r"Setting 'Normalise': '\d*' also matches empty text, which is everywhere. Write + where it has * "
            "or ?.",
            id="matches nothing",
        ),
        pytest.param(
            "order=",
            "Setting 'Normalise': 'order=' also matches empty text, which is everywhere. Write + where it has * "
            "or ?.",
            id="empty",
        ),
    ],
)
def test_a_pattern_that_cannot_be_meant_is_refused(declared, message):
    """The message shows it and says how one is written."""
    with pytest.raises(SettingsError) as caught:
        patterns_of([declared])

    assert caught.value.message == message


def test_every_text_of_a_request_is_replaced_and_keys_are_not():
    """Bodies, arguments and lists are gone through; numbers that are epochs are replaced as well."""
    request = {"body": {ID: [ID, 1763779000.5, 1763779000123, 17, True, None]}, "context": f"of {ID}"}

    assert normalised(request) == {
        "body": {ID: ["<uuid:1>", "<epoch>", "<epoch>", 17, True, None]},
        "context": "of <uuid:1>",
    }


def test_who_answers_and_how_is_never_replaced():
    """A model's name may have a date in it, and a seed may look like a time."""
    request = {"model": "gpt-4o-2024-08-06", "sampling": {"seed": 1763779000}, "count": 1763779000}

    assert normalised(request, patterns_of([r"gpt-\S+"])) == request


def test_the_order_of_keys_does_not_number_the_values():
    """Two mappings that are equal stay equal."""
    one = normalised({"body": {"a": ID, "b": OTHER_ID}})
    other = normalised({"body": {"b": OTHER_ID, "a": ID}})

    assert one == other


@settings(max_examples=50, deadline=None)
@given(
    st.recursive(
        st.text() | st.integers() | st.none(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_placeholders_are_settled(value):
    """To replace a second time changes nothing."""
    once = normalised({"body": value})

    assert normalised(once) == once


@pytest.mark.parametrize("unit", ["/a", "//a", "0123456789abcdef", "12345 ", "1-", "2026-", "C:\\Users\\"])
def test_no_text_makes_it_slow(unit):
    """Eight times the text takes about eight times as long, not sixty-four times."""
    hints = "/tmp/ pytest-of- AppData localhost: "

    assert grows_linearly(lambda size: normalised({"body": hints + unit * size}), 32_000)
