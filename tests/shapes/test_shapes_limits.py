"""JSON text in and out, and the limits on it."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effort import grows_linearly
from pytest_llmock.errors import RequestError, TooLargeError
from pytest_llmock.shapes.limits import (
    DATA,
    SHAPE,
    JSONTextError,
    Limits,
    canonical,
    check_limits,
    decode_json,
    freeze,
    loads,
    place,
    plain,
    thaw,
)

FEW = Limits(depth=5, nodes=10, size=100)

JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner),
    max_leaves=12,
)


def nested(depth):
    """A list in a list in a list …, `depth` of them."""
    value = []
    for _ in range(depth - 1):
        value = [value]
    return value


@settings(max_examples=60, deadline=None)
@given(JSON_VALUES)
def test_canonical_text_of_a_value_reads_back_as_that_value(value):
    """Canonical text loses nothing."""
    assert loads(canonical(value)) == value


def test_canonical_text_sorts_keys_and_keeps_characters():
    """The canonical text has sorted keys, no spaces and no needless escapes."""
    assert canonical({"b": [1, 1.0, True], "a": "é\n"}) == '{"a":"é\\n","b":[1,1.0,true]}'


@settings(max_examples=60, deadline=None)
@given(JSON_VALUES)
def test_a_frozen_value_thaws_as_an_equal_copy(value):
    """Freezing keeps the value, its types and the order of its keys."""
    copy = thaw(freeze(value))

    assert json.dumps(copy) == json.dumps(value)


def test_freezing_tells_values_apart_that_python_calls_equal():
    """1, 1.0 and True are three different JSON values, and so are objects in another order."""
    values = [1, 1.0, True, {"a": 1, "b": 2}, {"b": 2, "a": 1}]

    assert len({freeze(value) for value in values}) == len(values)


def test_freezing_a_subclass_freezes_the_plain_value():
    """What only behaves like JSON is frozen as the JSON it stands for."""

    class Words(dict): ...

    assert thaw(freeze(Words(a=(1, 2)))) == {"a": [1, 2]}


@pytest.mark.parametrize("value", [{"a": {1}}, [float("nan")], ["\ud800"]], ids=["set", "nan", "surrogate"])
def test_plain_refuses_what_json_cannot_say(value):
    """What has no JSON text is an error, never something near it."""
    with pytest.raises(JSONTextError):
        plain(value)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "The request body is not valid JSON: line 1, column 1: the text ends too early."),
        (b'{"a": 1,\n "b" 2}', "The request body is not valid JSON: line 2, column 6: unexpected '2'."),
        (b"[1] 2", "The request body is not valid JSON: line 1, column 5: unexpected '2'."),
        (b"[NaN]", "The request body is not valid JSON: NaN is not a JSON number."),
        (b"-Infinity", "The request body is not valid JSON: -Infinity is not a JSON number."),
        (b"1e999", "The request body is not valid JSON: the number 1e999 is too large."),
        (b"1" * 5000, "The request body is not valid JSON: a whole number has too many digits."),
        (
            b'{"a":1,"b":2,"a":3}',
            "The request body is not valid JSON: the key 'a' stands twice in one object.",
        ),
        (b'["\\ud800"]', "The request body is not valid JSON: a string holds half of a surrogate pair."),
        (b'"\xff"', "The request body is not UTF-8 text: byte 0xff at position 1. JSON is sent as UTF-8."),
        (
            b'\xef\xbb\xbf"\xfe"',
            "The request body is not UTF-8 text: byte 0xfe at position 1. JSON is sent as UTF-8.",
        ),
        ('"\ud800"', "The request body holds half of a surrogate pair. JSON is sent as UTF-8."),
    ],
    ids=[
        "empty",
        "comma",
        "extra",
        "nan",
        "inf",
        "1e999",
        "digits",
        "twice",
        "surrogate",
        "latin-1",
        "bom",
        "str",
    ],
)
def test_text_that_is_no_json_is_refused_with_the_reason(data, message):
    """Everything RFC 8259 does not allow is a 400 that says what and where."""
    with pytest.raises(RequestError) as caught:
        decode_json(data, what="request body")

    assert (caught.value.message, caught.value.status) == (message, 400)


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b'\xef\xbb\xbf{"a": 1}', {"a": 1}),
        (' {"a": "\\ud83d\\ude00"} ', {"a": "😀"}),
        (b'"\xc3\xa9"', "é"),
        (b"1.5e3", 1500.0),
    ],
    ids=["byte order mark", "surrogate pair", "utf-8", "exponent"],
)
def test_json_text_is_decoded(data, value):
    """Bytes and text decode to the same values."""
    assert decode_json(data, what="request body") == value


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"[" * 6 + b"]" * 6, "The shape is nested deeper than 5 levels. Flatten it."),
        (b"[1,2,3,4,5,6,7,8,9,0]", "The shape holds more than 10 values. Send it in parts."),
        (
            b'["x,x,x,x,x,x,x,x,x,x,x,x",1,2,3,4,5,6,7,8,9]',
            "The shape holds more than 10 values. Send it in parts.",
        ),
        (b" " * 101, "The shape has 101 bytes; the limit is 100. Send it in parts."),
        (b"[" * 99, "The shape is nested deeper than 5 levels. Flatten it."),
    ],
    ids=["deep", "wide", "commas in a string", "long", "unclosed"],
)
def test_json_beyond_a_limit_is_too_large(data, message):
    """Each limit is a 413 that names it."""
    limits = FEW if data != b"[" * 99 else Limits(depth=5, nodes=10, size=10**6)
    data = data * 1000 if data == b"[" * 99 else data

    with pytest.raises(TooLargeError) as caught:
        decode_json(data, what="shape", limits=limits)

    assert (caught.value.message, caught.value.status) == (message, 413)


def test_commas_in_strings_count_as_no_values():
    """Long prose is not taken for a wide list, whatever is escaped in it."""
    text = json.dumps(["a,b,c\\", 'd,"e",f,', "g,h,i,j,k,l"])

    assert decode_json(text, what="shape", limits=FEW) == json.loads(text)


def test_a_value_in_memory_has_the_same_limits():
    """Data that never was text is checked as well: depth, values, characters."""
    check_limits([1, "a", {"b": None}], what="answer", limits=FEW)

    for value in (nested(6), list(range(10)), {"a": "x" * 101}):
        with pytest.raises(TooLargeError):
            check_limits(value, what="answer", limits=FEW)


def test_the_deepest_allowed_value_is_allowed():
    """A limit is the last value that passes."""
    check_limits(nested(FEW.depth), what="answer", limits=FEW)
    check_limits([0] * (FEW.nodes - 1), what="answer", limits=FEW)
    check_limits("x" * FEW.size, what="answer", limits=FEW)

    assert decode_json("[" * DATA.depth + "]" * DATA.depth, what="answer") == nested(DATA.depth)


def test_a_circle_in_memory_is_too_deep():
    """A list that contains itself ends at the depth limit."""
    circle = []
    circle.append(circle)

    with pytest.raises(TooLargeError, match="nested deeper than 64 levels"):
        check_limits(circle, what="shape", limits=SHAPE)


@pytest.mark.parametrize(
    ("made", "size"),
    [
        pytest.param(lambda size: b"[" * size, 100_000, id="open"),
        pytest.param(lambda size: b"[" * size + b"]" * size, 100_000, id="closed"),
        pytest.param(lambda size: b'{"a":' * size, 100_000, id="objects"),
        pytest.param(lambda size: b"[" + b'"k",' * size + b"1]", 240_000, id="wide"),
        pytest.param(lambda size: b'"' + b"x" * size + b'"', 16_000_000, id="long"),
    ],
)
def test_hostile_text_is_refused_quickly(made, size):
    """What deep, wide or long text costs grows with its length at most."""

    def refused(size):
        with pytest.raises(TooLargeError):
            decode_json(made(size), what="request body", limits=SHAPE)

    assert grows_linearly(refused, size)


def test_a_place_in_a_text_is_told_in_lines_and_columns():
    """Lines and columns count from one."""
    assert [place("ab\ncd", position) for position in (0, 1, 3, 5)] == [
        "line 1, column 1",
        "line 1, column 2",
        "line 2, column 1",
        "line 2, column 3",
    ]
