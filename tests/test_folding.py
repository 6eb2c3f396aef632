import asyncio
from collections.abc import AsyncGenerator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_llmock.folding import (
    as_backend,
    by_words,
    collect,
    estimate_tokens,
    first,
    fold,
    pieces,
    prompt_text,
    unfold,
)
from pytest_llmock.llm import (
    Choice,
    Completion,
    Delta,
    End,
    Message,
    Origin,
    Prompt,
    Text,
    ToolCall,
    ToolDelta,
    ToolResult,
    Usage,
)

PROMPT = Prompt((Message("user", (Text("Hello"),)),))

words = st.text(max_size=20)
calls = st.builds(ToolCall, words, words, words)
choices = st.builds(
    Choice,
    text=words,
    reasoning=words,
    tool_calls=st.lists(calls, max_size=2).map(tuple),
    finish_reason=st.sampled_from(["stop", "length", "tool_calls", "content_filter"]),
)
usages = st.builds(Usage, st.integers(0, 9), st.integers(0, 9))
origins = st.none() | st.builds(Origin, words, st.just("live"), words)
vectors = st.lists(st.lists(st.floats(-1, 1), max_size=3).map(tuple), min_size=1, max_size=3).map(tuple)
chats = st.builds(Completion, st.lists(choices, min_size=1, max_size=3).map(tuple), usages, origins)
embeddings = st.builds(Completion, st.just(()), usages, origins, vectors)


async def _stream(*deltas: Delta) -> AsyncGenerator[Delta, None]:
    for delta in deltas:
        yield delta


@given(chats | embeddings)
def test_fold_of_unfold_gives_the_completion_back(completion):
    """A completion and its stream say the same."""
    assert asyncio.run(fold(unfold(completion))) == completion
    assert asyncio.run(fold(unfold(completion, in_pieces=True))) == completion


@given(st.text(alphabet="a é\n", min_size=1, max_size=30))
def test_the_pieces_of_a_text_are_three_words_each_and_none_is_lost(text):
    """Words are what stands between spaces, as a model's pieces begin with theirs."""
    groups = pieces(text)

    assert "".join(groups) == text
    assert [group.count(" ") for group in groups[1:-1]] == [3] * len(groups[1:-1])
    assert all(groups)


def test_what_was_made_at_once_is_streamed_by_words():
    """Its first piece keeps what the delta says beside its text; other deltas stay as they are."""
    made = Delta("One two three four", 1, origin=Origin("a", "scripted"), at_once=True)
    others = [Delta("One two three four"), Delta(index=1, end=End("stop"))]

    async def read():
        return [delta async for delta in by_words(_stream(made, *others))]

    assert asyncio.run(read()) == [
        Delta("One two three", 1, origin=Origin("a", "scripted")),
        Delta(" four", 1),
        *others,
    ]


def test_collect_without_an_end_tells_that_the_stream_was_cut():
    """A stream that stops without `end` is not mistaken for a complete answer."""
    completion = collect([Delta("half an ans")])

    assert completion.text == "half an ans"
    assert completion.finish_reason is None


def test_collect_joins_the_pieces_of_each_tool_call():
    """Arguments arrive in pieces; id and name with the first of them."""
    pieces = [
        ToolDelta(0, "call_1", "weather", '{"ci'),
        ToolDelta(0, arguments='ty":1}'),
        ToolDelta(1, "b", "c", "{}"),
    ]

    completion = collect([*(Delta(tool=piece) for piece in pieces), Delta(end=End("tool_calls"))])

    assert completion.tool_calls == (ToolCall("call_1", "weather", '{"city":1}'), ToolCall("b", "c", "{}"))


def test_collect_keeps_extensions_and_choices_apart():
    """Each choice has its own text; what is not modelled is kept."""
    deltas = [Delta("a", 0), Delta("b", 1, extensions={"refusal": "no"}), Delta(index=1, end=End("stop"))]

    completion = collect(deltas)

    assert [choice.text for choice in completion.choices] == ["a", "b"]
    assert completion.extensions == {"refusal": "no"}


async def _text(prompt: Prompt) -> str:
    return f"You said: {prompt.messages[-1].text}"


async def _deltas(prompt: Prompt) -> AsyncGenerator[Delta, None]:
    yield Delta("streamed")
    yield Delta(end=End())


class _Once:
    """An async iterator that is not a generator."""

    def __init__(self) -> None:
        self._left = [Delta("iterated"), Delta(end=End())]

    def __aiter__(self):
        return self

    async def __anext__(self):
        if not self._left:
            raise StopAsyncIteration
        return self._left.pop(0)


@pytest.mark.parametrize(
    ("function", "text"),
    [
        pytest.param(_text, "You said: Hello", id="coroutine"),
        pytest.param(_deltas, "streamed", id="async generator"),
        pytest.param(lambda prompt: _deltas(prompt), "streamed", id="function of a generator"),  # noqa: PLW0108 - the function itself is the case above
        pytest.param(lambda prompt: _Once(), "iterated", id="async iterator"),
        pytest.param(lambda prompt: "plain", "plain", id="plain function"),
        pytest.param(lambda prompt: {"id": 1}, '{"id": 1}', id="data"),
        pytest.param(
            lambda prompt: Completion((Choice("whole", finish_reason="stop"),)), "whole", id="completion"
        ),
    ],
)
def test_any_callable_is_accepted_as_a_backend(function, text):
    """A user may pass a function of any kind wherever a backend is taken."""
    completion = asyncio.run(fold(as_backend(function)(PROMPT)))

    assert completion.text == text
    assert completion.finish_reason == "stop"


def test_an_async_generator_given_as_backend_is_closed_with_it():
    """Whoever stops reading early closes the user's generator too."""
    closed = []

    async def endless(prompt: Prompt) -> AsyncGenerator[Delta, None]:
        try:
            while True:
                yield Delta("x")
        finally:
            closed.append(True)

    async def read_one() -> None:
        deltas = as_backend(endless)(PROMPT)
        await anext(deltas)
        await deltas.aclose()

    asyncio.run(read_one())

    assert closed == [True]


@pytest.mark.parametrize(("text", "tokens"), [("", 1), ("abcd", 1), ("abcde", 2), ("ééé", 2)])
def test_tokens_are_estimated_as_a_quarter_of_the_bytes(text, tokens):
    """The estimate is rounded up and never zero."""
    assert estimate_tokens(text) == tokens


def test_prompt_text_has_every_word_a_model_reads():
    """Messages, tool results and inputs to embed all count."""
    result = Message("tool", (ToolResult("call_1", "sunny"),))

    text = prompt_text(Prompt((*PROMPT.messages, result), inputs=("embed me",)))

    assert text == "Hello\n\nsunny\nembed me"


def test_first_gives_the_head_and_the_whole_stream():
    """Looking at the first delta takes nothing from the stream."""

    async def look() -> tuple[Delta | None, Completion]:
        head, whole = await first(_stream(Delta("a"), Delta("b"), Delta(end=End())))
        return head, await fold(whole)

    head, completion = asyncio.run(look())

    assert head == Delta("a")
    assert completion.text == "ab"


def test_first_of_an_empty_stream_is_none():
    """An empty stream is not an error here."""

    async def look() -> tuple[Delta | None, Completion]:
        head, whole = await first(_stream())
        return head, await fold(whole)

    assert asyncio.run(look()) == (None, Completion())


def test_what_is_no_answer_is_refused_with_its_type():
    """A function that returns something else is told what it may return."""
    with pytest.raises(TypeError, match="returned set, which is no text, JSON data or Completion"):
        asyncio.run(fold(as_backend(lambda prompt: {1})(PROMPT)))
