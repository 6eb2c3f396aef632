"""What models say where JSON was asked for: right answers, and the wrong ones that they really give.

A kind of reply is the forms that a right answer takes in it. Which one it is, is a number that is drawn for
kinds of one form too: Hypothesis calls the reply with the fewest draws the simplest, whatever its kind.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

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
_MOST_FORMS = 2**16
_ANY_OBJECT: JSON = {"type": "object", "properties": {}}
_NOTHING = ("", " ", "\n", "null", "{}", "[]")
_WRONG: tuple[JSON, ...] = (None, "n/a", 0, False, [], {}, "12,50", "1e999")


@dataclass(frozen=True, slots=True)
class _Right:
    """The right answer, and how it is written."""

    value: JSON
    text: str


def _clean(right: _Right) -> Sequence[str]:
    return (right.text,)


def _fenced(right: _Right) -> Sequence[str]:
    return [fence.replace("{}", right.text) for fence in _FENCES]


def _prose(right: _Right) -> Sequence[str]:
    return [f"{before}{right.text}{after}" for before, after in product(_BEFORE, _AFTER)]


def _thinking(right: _Right) -> Sequence[str]:
    return (f"<think>They want {{}}, so I say {right.text[:20]}</think>\n{right.text}",)


def _missing(right: _Right) -> Sequence[str]:
    if not isinstance(right.value, dict) or not right.value:
        return ("{}",)
    fields = right.value
    return [
        _dumped({name: each for name, each in fields.items() if name != left_out})
        for left_out in sorted(fields)
    ]


def _wrong_type(right: _Right) -> Sequence[str]:
    return [_dumped(other) for wrong in _WRONG for other in _with_one(right.value, wrong)]


def _wrapped(right: _Right) -> Sequence[str]:
    around: tuple[JSON, ...] = ([right.value], {"result": right.value}, {"data": [right.value]}, right.text)
    return [_dumped(each) for each in around]


def _truncated(right: _Right) -> Sequence[str]:
    return [right.text[:end] for end in range(max(1, len(right.text)))]


def _sloppy(right: _Right) -> Sequence[str]:
    text = right.text
    return (
        text.replace('"', "'"),
        text.replace("true", "True").replace("false", "False").replace("null", "None"),
        f"{text[:-1]},{text[-1:]}",
        f"{text[:1]} // as you asked\n{text[1:]}",
        f"{text};",
    )


def _twice(right: _Right) -> Sequence[str]:
    return [right.text + between + right.text for between in ("\n", " ", "\n\n", ",")]


def _unicode(right: _Right) -> Sequence[str]:
    text = right.text
    return (
        f"\ufeff{text}",
        text.replace(" ", "\u00a0"),
        text.replace('"', "\u201c"),
        f"\u200b{text}\u2028",
        json.dumps(right.value, ensure_ascii=True),
    )


def _refusal(_: _Right) -> Sequence[str]:
    return _REFUSALS


def _empty(_: _Right) -> Sequence[str]:
    return _NOTHING


_SPOILED: Mapping[str, Callable[[_Right], Sequence[str]]] = {
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

    parts = st.tuples(st.sampled_from(tuple(kinds)), values, st.integers(0, _MOST_FORMS))
    return parts.map(lambda each: _written(*each))


def _written(kind: str, value: JSON, number: int) -> str:
    forms = _SPOILED[kind](_Right(value, _dumped(value)))
    return forms[number % len(forms)]


def _dumped(value: JSON) -> str:
    return json.dumps(value, ensure_ascii=False)


def _with_one(value: JSON, wrong: JSON) -> Iterator[JSON]:
    """The value as often as it has parts, each time with a wrong one in the place of another part."""
    if isinstance(value, dict) and value:
        for name, each in value.items():
            yield from ({**value, name: other} for other in _with_one(each, wrong))
    elif isinstance(value, list) and value:
        for at, each in enumerate(value):
            yield from ([*value[:at], other, *value[at + 1 :]] for other in _with_one(each, wrong))
    else:
        yield wrong
