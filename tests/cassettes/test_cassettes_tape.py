import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pytest_llmock.cassettes.fields import FieldError
from pytest_llmock.cassettes.interaction import Timed
from pytest_llmock.cassettes.tape import answer_of, deltas_of
from pytest_llmock.folding import collect
from pytest_llmock.llm import Delta, End, ToolDelta, Usage

FINISHED = End("stop", Usage(12, 9))
texts = st.sampled_from(["", "a", "Hel", "lo.\n", '{"a":', " 1}", '{"b":[]}', "\ud83d", "😀"])
small = st.integers(0, 2)
usages = st.builds(Usage, small, small, st.booleans(), st.sampled_from([{}, {"cached": 1}]))
ends = st.builds(End, st.sampled_from(["stop", "tool_calls"]), st.none() | usages)
tools = st.builds(ToolDelta, small, texts, texts, texts)
vectors = st.lists(st.floats(-1, 1) | st.integers(0, 1), max_size=3).map(tuple)
extensions = st.sampled_from([{}, {"id": "x"}, {"a": [1, {"b": None}]}])
deltas = st.builds(
    Delta,
    texts,
    st.just(0) | st.integers(-1, 2),
    st.just("") | texts,
    st.none() | tools,
    st.none() | vectors,
    st.none(),
    st.none() | ends,
    st.none() | extensions,
)
timed = st.builds(Timed, st.integers(-1, 10**6), deltas)


def _tape(*pieces):
    return [Timed(ms, delta) for ms, delta in enumerate(pieces, 5)]


@given(st.lists(timed, max_size=6))
@example(_tape(Delta("a", 1), Delta("b")))
@example(_tape(Delta("a", 0, "", ToolDelta(1))))
def test_any_deltas_come_back(recorded):
    """Whatever a backend sends is told again delta by delta, with its times."""
    answer, tape = answer_of(recorded)

    assert deltas_of(answer, json.loads(json.dumps(tape))) == tuple(recorded)


READABLE = {
    "text": (
        _tape(Delta("Hel"), Delta("lo."), Delta(end=FINISHED)),
        {"text": "Hello.", "finish_reason": "stop", "usage": {"input": 12, "output": 9}},
        "3@5 3@6 end@7",
    ),
    "cut": (_tape(Delta("Hel"), Delta()), {"text": "Hel"}, "3@5 0@6"),
    "nothing": ([], {}, ""),
    "json": (_tape(Delta('{"a"'), Delta(":[1]}")), {"json": {"a": [1]}}, "4@5 5@6"),
    "spaced json": (_tape(Delta('{"a": 1}')), {"json": {"a": 1}, "style": "spaced"}, "8@5"),
    "reasoning": (
        _tape(Delta(reasoning="Hm"), Delta("a", reasoning="!", end=End("length"))),
        {"text": "a", "reasoning": "Hm!", "finish_reason": "length"},
        "r2@5 r1,1,end@6",
    ),
    "tool calls": (
        _tape(
            Delta(tool=ToolDelta(0, "c1", "get", "")),
            Delta(tool=ToolDelta(0, arguments='{"city": "')),
            Delta(tool=ToolDelta(0, arguments='Oslo"}')),
            Delta(tool=ToolDelta(1, "c2", "put", "[]")),
            Delta(tool=ToolDelta(2, "c3", "add", '{"x":1}')),
            Delta(end=End("tool_calls")),
        ),
        {
            "tool_calls": [
                {"id": "c1", "name": "get", "arguments": {"city": "Oslo"}, "style": "spaced"},
                {"id": "c2", "name": "put", "arguments": "[]"},
                {"id": "c3", "name": "add", "arguments": {"x": 1}},
            ],
            "finish_reason": "tool_calls",
        },
        "t0:0@5 t0:10@6 t0:6@7 t1:2@8 t2:7@9 end@10",
    ),
    "choices": (
        _tape(Delta("a"), Delta("b", 1), Delta(index=1, end=End()), Delta(end=FINISHED)),
        {
            "choices": [{"text": "a", "finish_reason": "stop"}, {"text": "b", "finish_reason": "stop"}],
            "usage": {"input": 12, "output": 9},
        },
        "1@5 1#1@6 end#1@7 end@8",
    ),
    "vectors": (
        _tape(Delta(vector=(0.5, 1)), Delta(index=1, vector=(), end=End("stop", Usage(3, extensions={"x": 1})))),
        {
            "vectors": [[0.5, 1], []],
            "finish_reason": "stop",
            "usage": {"input": 3, "output": 0, "extensions": {"x": 1}},
        },
        "v@5 v,end#1@6",
    ),
    "extensions": (
        _tape(Delta("a"), Delta(extensions={"id": "x"}, end=End("stop", Usage(1, 1, estimated=True)))),
        {
            "text": "a",
            "finish_reason": "stop",
            "extensions": {"id": "x"},
            "usage": {"input": 1, "output": 1, "estimated": True},
        },
        "1@5 x,end@6",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("recorded", "answer", "tape"), READABLE.values(), ids=READABLE)
def test_an_answer_is_readable_and_its_tape_one_line(recorded, answer, tape):
    """What streams usually do is said by an answer in one piece and a short line."""
    assert answer_of(recorded) == (answer, tape)
    assert deltas_of(answer, tape) == tuple(recorded)


VERBATIM = {
    "id late": [Delta(tool=ToolDelta(0, name="f")), Delta(tool=ToolDelta(0, id="c1"))],
    "usage early": [Delta(end=FINISHED), Delta(index=1, end=End())],
    "two reasons": [Delta(end=End("stop")), Delta(end=End("length"))],
    "extensions twice": [Delta(extensions={"a": 1}), Delta(extensions={"b": 1})],
    "gap in the choices": [Delta("a", 1)],
    "gap in the calls": [Delta(tool=ToolDelta(1, "c", "f", "x"))],
    "vector and text": [Delta(vector=(1.0,)), Delta("a")],
}


@pytest.mark.parametrize("pieces", VERBATIM.values(), ids=VERBATIM)
def test_odd_deltas_are_listed_one_by_one(pieces):
    """What the tape cannot say is written down delta by delta, and nothing twice."""
    recorded = _tape(*pieces)

    answer, tape = answer_of(recorded)

    assert answer == {}
    assert deltas_of({}, tape) == tuple(recorded)
    assert [entry["ms"] for entry in tape] == [ms for ms, _ in recorded]


CALL = {"id": "c", "name": "f", "arguments": "xyz"}
EDITED = {
    "longer": ({"text": "Hello, you"}, "3@5 2@6 end@7", _tape(Delta("Hel"), Delta("lo, you"), Delta(end=End()))),
    "shorter": ({"text": "He"}, "3@5 2@6 end@7", [Timed(5, Delta("He")), Timed(7, Delta(end=End()))]),
    "shorter, joined": ({"text": "He"}, "3@5 2,end@6", _tape(Delta("He"), Delta(end=End()))),
    "emptied": ({"finish_reason": "stop"}, "3@5 r1@6 end@7", [Timed(7, Delta(end=End()))]),
    "thought more": ({"reasoning": "Hmm"}, "r1@5 r1@6", _tape(Delta(reasoning="H"), Delta(reasoning="mm"))),
    "asked for more": (
        {"tool_calls": [CALL]},
        "t0:1@5 t0:1@6",
        _tape(Delta(tool=ToolDelta(0, "c", "f", "x")), Delta(tool=ToolDelta(arguments="yz"))),
    ),
    "asked for less": (
        {"tool_calls": [CALL]},
        "t0:3@5 t0:1@6 t1:9@7",
        _tape(Delta(tool=ToolDelta(0, "c", "f", "xyz"))),
    ),
    "another part": (
        {"text": "Hi", "reasoning": "Hm"},
        "2@5 end@9",
        [Timed(9, Delta(reasoning="Hm")), Timed(9, Delta("Hi")), Timed(9, Delta(end=End()))],
    ),
    "ended": ({"text": "Hi", "finish_reason": "stop"}, "2@5", [Timed(5, Delta("Hi")), Timed(5, Delta(end=End()))]),
    "text for nothing": ({"text": "Hi"}, "", [Timed(0, Delta("Hi"))]),
    "vector gone": ({"vectors": [[1.0]]}, "v@5 v#1@6 1@7", _tape(Delta(vector=(1.0,)))),
    "vector more": ({"vectors": [[1.0], [2.0]]}, "v@5", [Timed(5, Delta(index=i, vector=(i + 1.0,))) for i in (0, 1)]),
    "choice gone": ({"choices": [{"text": "a"}]}, "1@5 1#1@6", _tape(Delta("a"))),
    "extensions gone": ({"text": "a"}, "x@4 1@5", _tape(Delta("a"))),
    "extensions more": ({"text": "a", "extensions": {"b": 1}}, "1@5", _tape(Delta("a", extensions={"b": 1}))),
    "only extensions": ({"choices": [], "extensions": {"b": 1}}, "", [Timed(0, Delta(extensions={"b": 1}))]),
}  # fmt: skip


@pytest.mark.parametrize(("answer", "tape", "expected"), EDITED.values(), ids=EDITED)
def test_an_edited_answer_plays_whatever_the_tape_says(answer, tape, expected):
    """The cuts apply as far as they fit, and the last piece takes the rest."""
    assert deltas_of(answer, tape) == tuple(expected)


@given(st.text(max_size=9), st.text(max_size=9), st.text(max_size=9))
def test_an_edit_is_what_is_told(text, reasoning, edited):
    """Whatever the text was, what stands there now is the answer."""
    answer, tape = answer_of(
        _tape(Delta(text[:3], reasoning=reasoning), Delta(text[3:]), Delta(end=FINISHED))
    )
    answer = {**answer, "text": edited, "reasoning": edited}
    answer.pop("json", None)

    told = collect(delta for _, delta in deltas_of(answer, tape))

    assert (told.text, told.reasoning) == (edited, edited)
    assert told.usage == Usage(12, 9)


BY_HAND = {
    "text": ({"text": "Hi"}, [Delta("Hi"), Delta(end=End())]),
    "everything": (
        {"text": "Hi", "reasoning": "Hm", "tool_calls": [{"name": "f", "arguments": {"a": 1}}], "finish_reason": "length"},
        [
            Delta(reasoning="Hm"),
            Delta("Hi"),
            Delta(tool=ToolDelta(0, "", "f", '{"a":1}')),
            Delta(end=End("length")),
        ],
    ),
    "tool call": (
        {"tool_calls": [{"name": "f"}], "usage": {"input": 1}},
        [Delta(tool=ToolDelta(0, "", "f")), Delta(end=End("tool_calls", Usage(1)))],
    ),
    "choices": (
        {"choices": [{"text": "a"}, {"json": [1], "style": "indent 2"}]},
        [Delta("a"), Delta(end=End()), Delta("[\n  1\n]", 1), Delta(index=1, end=End())],
    ),
    "vectors": (
        {"vectors": [[1], [2.5]], "extensions": {"a": 1}},
        [Delta(vector=(1,), extensions={"a": 1}), Delta(index=1, vector=(2.5,), end=End())],
    ),
    "nothing": ({}, []),
}  # fmt: skip


@pytest.mark.parametrize(("answer", "expected"), BY_HAND.values(), ids=BY_HAND)
def test_an_answer_without_a_tape_comes_part_by_part_and_ends(answer, expected):
    """Who writes an answer by hand need not write a tape."""
    assert deltas_of(answer, None) == tuple(Timed(0, delta) for delta in expected)


def test_an_answer_that_is_not_whole_ends_only_if_it_says_why():
    """A truncated answer without a tape stays truncated."""
    assert deltas_of({"text": "Hi"}, None, whole=False) == (Timed(0, Delta("Hi")),)


WRONG = {
    "step": ({"text": "a"}, "1@5 x1@6", "`deltas` has 'x1@6', which is no step of a tape; such are `5@812`, `r5@812`, `t0:5@812`, `v#1@812` and `5,end@812`"),
    "no time": ({"text": "a"}, "1@", "`deltas` has '1@', which is no step of a tape; such are `5@812`, `r5@812`, `t0:5@812`, `v#1@812` and `5,end@812`"),
    "answer and list": ({"text": "a"}, [{"text": "a"}], "`answer` may not stand beside deltas that are listed one by one: edit those"),
    "unknown field": ({"txt": "a"}, "", "`answer.txt` is no field of a cassette. Did you mean 'text'?"),
    "text and json": ({"text": "a", "json": {}}, "", "`answer.text` may not stand beside `json`: keep one of them"),
    "style": ({"json": {}, "style": "indent 3"}, "", "`answer.style` is 'indent 3', which is no style of JSON. Did you mean 'indent 4'?"),
    "list as text": ({"text": ["a"]}, "", "`answer.text` must be text, but is a list"),
    "reason": ({"finish_reason": "stopped"}, "", "`answer.finish_reason` is 'stopped', which is no finish reason. Did you mean 'stop'?"),
    "call": ({"tool_calls": [{"id": "c"}, 1]}, "", "`answer.tool_calls.1` must be a mapping, but is a whole number"),
    "arguments": ({"tool_calls": [{"arguments": []}]}, "", "`answer.tool_calls.0.arguments` must be text, but is a list"),
    "call's field": ({"tool_calls": [{"argument": 1}]}, "", "`answer.tool_calls.0.argument` is no field of a cassette. Did you mean 'arguments'?"),
    "choice": ({"choices": [{"usage": {}}]}, "", "`answer.choices.0.usage` is no field of a cassette. Known: finish_reason, json, reasoning, style, text, tool_calls."),
    "vector": ({"vectors": [[1, "2"]]}, "", "`answer.vectors.0.1` must be a number, but is text"),
    "usage": ({"usage": {"input": 1.5}}, "", "`answer.usage.input` must be a whole number, but is a number"),
    "estimated": ({"usage": {"estimated": 1}}, "", "`answer.usage.estimated` must be true or false, but is a whole number"),
    "listed": ({}, [{"ms": 1}, 2], "`deltas.1` must be a mapping, but is a whole number"),
    "listed tool": ({}, [{"tool": {"nme": "f"}}], "`deltas.0.tool.nme` is no field of a cassette. Did you mean 'name'?"),
    "listed end": ({}, [{"end": {"finish_reason": None}}], "`deltas.0.end.finish_reason` must be text, but is empty"),
}  # fmt: skip


@pytest.mark.parametrize(("answer", "tape", "problem"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_meant_is_named(answer, tape, problem):
    """A field that is wrong is named, with what would have been right."""
    with pytest.raises(FieldError) as raised:
        deltas_of(answer, tape)

    assert str(raised.value) == problem
