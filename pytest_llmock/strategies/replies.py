"""What models say where JSON was asked for: right answers, and the wrong ones that they really give."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from hypothesis import strategies as st

from pytest_llmock.errors import ShapeError, nearest
from pytest_llmock.llm import JSON
from pytest_llmock.strategies.shapes import from_shape

_FENCES = ("```json\n{}\n```", "```\n{}\n```", "```JSON {}```", "~~~\n{}\n~~~")
_BEFORE = ("Here is the JSON:\n", "Sure! Here you go:\n\n", "Based on your request, I made this:\n")
_AFTER = (
    "",
    "\n\nLet me know if you need more.",
    "\nI hope this helps {smile}!",
    "\n\nNote: [1] is made up.",
)
_REFUSALS = (
    "I'm sorry, but I can't help with that.",
    "As a language model I cannot provide this data.",
    '{"error": "I cannot comply with this request."}',
)
_ANY_OBJECT: JSON = {"type": "object", "properties": {}}
_NOTHING = ("", " ", "\n", "null", "{}", "[]")
_WRONG: tuple[JSON, ...] = (None, "n/a", 0, False, [], {}, "12,50", "1e999")


@dataclass(frozen=True, slots=True)
class _Right:
    """The right answer, and how it is written."""

    value: JSON
    text: str


def _clean(right: _Right) -> st.SearchStrategy[str]:
    return st.just(right.text)


def _fenced(right: _Right) -> st.SearchStrategy[str]:
    return st.sampled_from(_FENCES).map(lambda fence: fence.replace("{}", right.text))


def _prose(right: _Right) -> st.SearchStrategy[str]:
    around = st.tuples(st.sampled_from(_BEFORE), st.sampled_from(_AFTER))
    return around.map(lambda pair: f"{pair[0]}{right.text}{pair[1]}")


def _thinking(right: _Right) -> st.SearchStrategy[str]:
    return st.just(f"<think>They want {{}}, so I say {right.text[:20]}</think>\n{right.text}")


def _missing(right: _Right) -> st.SearchStrategy[str]:
    if not isinstance(right.value, dict) or not right.value:
        return st.just("{}")
    fields = right.value
    return st.sampled_from(sorted(fields)).map(
        lambda left_out: _dumped({name: each for name, each in fields.items() if name != left_out})
    )


def _wrong_type(right: _Right) -> st.SearchStrategy[str]:
    return st.sampled_from(_WRONG).flatmap(lambda wrong: _with_one(right.value, wrong)).map(_dumped)


def _wrapped(right: _Right) -> st.SearchStrategy[str]:
    around: tuple[JSON, ...] = ([right.value], {"result": right.value}, {"data": [right.value]}, right.text)
    return st.sampled_from(around).map(_dumped)


def _truncated(right: _Right) -> st.SearchStrategy[str]:
    return st.integers(0, max(0, len(right.text) - 1)).map(lambda end: right.text[:end])


def _sloppy(right: _Right) -> st.SearchStrategy[str]:
    text = right.text
    return st.sampled_from(
        (
            text.replace('"', "'"),
            text.replace("true", "True").replace("false", "False").replace("null", "None"),
            f"{text[:-1]},{text[-1:]}",
            f"{text[:1]} // as you asked\n{text[1:]}",
            f"{text};",
        )
    )


def _twice(right: _Right) -> st.SearchStrategy[str]:
    return st.sampled_from(("\n", " ", "\n\n", ",")).map(lambda between: right.text + between + right.text)


def _unicode(right: _Right) -> st.SearchStrategy[str]:
    text = right.text
    return st.sampled_from(
        (
            f"\ufeff{text}",
            text.replace(" ", "\u00a0"),
            text.replace('"', "\u201c"),
            f"\u200b{text}\u2028",
            json.dumps(right.value, ensure_ascii=True),
        )
    )


def _refusal(_: _Right) -> st.SearchStrategy[str]:
    return st.sampled_from(_REFUSALS)


def _empty(_: _Right) -> st.SearchStrategy[str]:
    return st.sampled_from(_NOTHING)


_SPOILED: Mapping[str, Callable[[_Right], st.SearchStrategy[str]]] = {
    "clean": _clean,
    "fenced": _fenced,
    "prose": _prose,
    "thinking": _thinking,
    "missing": _missing,
    "wrong_type": _wrong_type,
    "wrapped": _wrapped,
    "truncated": _truncated,
    "sloppy": _sloppy,
    "twice": _twice,
    "unicode": _unicode,
    "refusal": _refusal,
    "empty": _empty,
}
REPLIES = tuple(_SPOILED)


def replies(shape: object = None, *, kinds: Sequence[str] = REPLIES) -> st.SearchStrategy[str]:
    """Texts that a model may answer with when it was asked for JSON of a shape.

    `shape` is an example, a JSON Schema or a type; without one the JSON is any object. `kinds` are some of
    REPLIES: "clean" is the JSON alone, "fenced" stands in a code fence, "prose" between sentences, "thinking"
    behind the model's thoughts, "missing" lacks a field, "wrong_type" has a value of another type, "wrapped"
    is inside of something, "truncated" ends early, "sloppy" is nearly JSON, "twice" comes two times,
    "unicode" has marks and quotes that JSON has not, "refusal" and "empty" have no data at all.

        @given(strategies.replies({"city": "string"}))

    A failing reply shrinks to the kind that stands first and to the smallest JSON in it. Raises ShapeError
    for an unknown kind, and for a shape that is none.
    """
    for kind in kinds:
        if kind not in _SPOILED:
            raise ShapeError(f"The kind of replies is {kind!r}.{nearest(str(kind), REPLIES)}")
    if not kinds:
        raise ShapeError(f"There are no kinds of replies in {kinds!r}.{nearest('', REPLIES)}")
    values = from_shape(_ANY_OBJECT if shape is None else shape)

    pairs = st.tuples(st.sampled_from(tuple(kinds)), values)
    return pairs.flatmap(lambda pair: _SPOILED[pair[0]](_Right(pair[1], _dumped(pair[1]))))


def _dumped(value: JSON) -> str:
    return json.dumps(value, ensure_ascii=False)


def _with_one(value: JSON, wrong: JSON) -> st.SearchStrategy[JSON]:
    """The value with one of its fields, or an item, or itself, being another one."""
    if isinstance(value, dict) and value:
        fields = value
        return st.sampled_from(sorted(fields)).flatmap(
            lambda name: _with_one(fields[name], wrong).map(lambda each: {**fields, name: each})
        )
    if isinstance(value, list) and value:
        items = value
        return st.integers(0, len(items) - 1).flatmap(
            lambda at: _with_one(items[at], wrong).map(lambda each: [*items[:at], each, *items[at + 1 :]])
        )
    return st.just(wrong)
