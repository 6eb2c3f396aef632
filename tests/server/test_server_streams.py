"""The mock API's streams, over real sockets."""

import asyncio
import json
import threading

import httpx
import pytest

from pytest_llmock.choice import Place
from pytest_llmock.errors import BackendError, Failure
from pytest_llmock.llm import Choice, Completion, Delta, End, Origin
from pytest_llmock.wire.sse import SSEDecoder

USERS = {"count": 3, "shape": {"users": [{"id": 0, "name": "string"}]}}
TOKENS = ['{"users": [', '{"id": 1, "na', 'me": "Ada"}', ', {"id": 2, "name": "Eve"}', "]}"]


def decoded(content):
    """The events of a stream: (id, data)."""
    return [(event.id, json.loads(event.data)) for event in SSEDecoder().feed(content)]


def data_of(answer):
    assert answer.status_code == 200, answer.text
    return [data for _, data in decoded(answer.content)]


def streaming(*texts, finish="stop"):
    """A backend that writes these pieces; without `finish` it breaks off."""

    async def backend(prompt):
        for text in texts:
            yield Delta(text)
        if finish:
            yield Delta(end=End(finish))

    return backend


@pytest.fixture
def ask(opened):
    """A session and its stream: `ask("sseMode=…", json=…, backend=…)`."""
    session = opened(settings={"RetryBaseDelaySeconds": 0})

    def ask(query="", *, backend=None, **more):
        if backend is not None:
            session.backends.add("mine", backend)
            query += "&backend=mine"
        method = "POST" if "json" in more else "GET"
        return httpx.request(method, f"{session.url}/api/mock/stream/users?{query}", timeout=30, **more)

    ask.session = session
    return ask


@pytest.mark.parametrize("mode", ["LlmTokens", "CompleteObjects", "ArrayItems"])
def test_a_stream_says_what_the_plain_form_says(ask, mode):
    """The same request, the same records."""
    plain = httpx.post(f"{ask.session.url}/api/mock/users", json=USERS).json()

    events = data_of(ask(f"sseMode={mode}", json=USERS))

    if mode == "LlmTokens":
        assert json.loads(events[-1]["content"]) == plain
        assert (
            "".join(event["chunk"] for event in events[:-1])
            == events[-2]["accumulated"]
            == events[-1]["content"]
        )
    else:
        assert {"users": [event.get("data") or event["item"] for event in events]} == plain
    assert [event["done"] for event in events] == [False] * (len(events) - 1) + [True]


def test_a_stream_has_the_headers_of_an_answer_and_is_not_kept(ask):
    """Who answered, and that it is a stream of events."""
    answer = ask(json=USERS)

    headers = answer.headers
    assert (headers["content-type"], headers["cache-control"]) == ("text/event-stream", "no-cache")
    assert (headers["x-llmock-backend"], headers["x-llmock-source"], headers["x-llmock-attempts"]) == (
        "synthetic",
        "synthetic",
        "1",
    )


@pytest.mark.parametrize(
    ("method", "status", "has_body"),
    [
        ("GET", 200, True),
        ("PUT", 200, True),
        ("DELETE", 200, True),
        ("HEAD", 200, False),
        ("OPTIONS", 204, False),
    ],
)
def test_any_method_is_answered_whatever_it_accepts(ask, method, status, has_body):
    """A client that accepts pictures gets events all the same."""
    url = (
        f"{ask.session.url}/api/mock/stream/users?continuous=true"
        if method == "HEAD"
        else f"{ask.session.url}/api/mock/stream/users"
    )
    answer = httpx.request(method, url, headers={"accept": "image/png"})

    assert (answer.status_code, bool(answer.content)) == (status, has_body)
    assert method == "OPTIONS" or answer.headers["content-type"] == "text/event-stream"


def test_the_settings_choose_the_form(opened):
    """In any spelling."""
    session = opened(settings={"SseMode": "arrayitems"})

    events = data_of(httpx.post(f"{session.url}/api/mock/stream/users", json=USERS))

    assert [event["arrayName"] for event in events] == ["users"] * 3


def test_items_are_there_before_the_backend_has_ended(ask):
    """Each goes as soon as it is complete, while the model is still writing."""
    may_go_on = threading.Event()

    async def backend(prompt):
        yield Delta('[{"id": 1},')
        await asyncio.to_thread(may_go_on.wait, 10)
        yield Delta(' {"id": 2}]', end=End())

    ask.session.backends.add("slow", backend)
    url, seen = f"{ask.session.url}/api/mock/stream/x?sseMode=ArrayItems&backend=slow", []
    with httpx.stream("GET", url, timeout=30) as answer:
        decoder = SSEDecoder()
        for piece in answer.iter_raw():
            seen += decoder.feed(piece)
            may_go_on.set()

    assert [json.loads(event.data)["item"]["id"] for event in seen] == [1, 2]


@pytest.mark.parametrize("mode", ["CompleteObjects", "ArrayItems"])
def test_a_stream_of_a_model_has_its_items(ask, mode):
    """Cut wherever the model cuts."""
    events = data_of(ask(f"sseMode={mode}", backend=streaming(*TOKENS), json=USERS | {"count": 2}))

    assert [event["index"] for event in events] == [0, 1]
    assert events[-1]["done"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("sseMode=Tokens", "sseMode is 'Tokens'. Did you mean 'LlmTokens'?"),
        ("tokensPerSecond=-1", "tokensPerSecond"),
        ("count=x", "count"),
        ("n=2", "n is 2, and a stream has one answer"),
    ],
)
def test_a_wrong_word_is_422_and_nobody_is_asked(ask, query, field):
    """The field is named."""
    answer = ask(query)

    assert answer.status_code == 422
    assert answer.json()["error"]["message"].startswith(field)
    assert ask.session.calls[-1].attempts == []


def test_a_capped_count_is_told(opened):
    """As in the plain form."""
    session = opened(settings={"MaxItems": 2})

    answer = httpx.post(f"{session.url}/api/mock/stream/users?sseMode=ArrayItems", json=USERS)

    assert len(data_of(answer)) == 2
    assert answer.headers["x-llmock-warning"] == "count 3 is above MaxItems and was capped at 2."


@pytest.mark.parametrize(
    ("backend", "status"),
    [(streaming(finish=""), 502), (streaming("no", "pe"), 502), (lambda prompt: 1 / 0, 500)],
    ids=["nothing", "no JSON", "exception"],
)
def test_a_failure_before_the_first_event_is_an_ordinary_error(ask, backend, status):
    """A client sees it by the status."""
    answer = ask("sseMode=ArrayItems", backend=backend, json=USERS)

    assert (answer.status_code, answer.json()["error"]["code"]) == (status, status)
    assert ask.session.calls[-1].status == status


@pytest.mark.parametrize("mode", ["LlmTokens", "CompleteObjects", "ArrayItems"])
@pytest.mark.parametrize(
    ("texts", "finish", "message"),
    [
        (TOKENS[:4], "", "cut off before its end"),
        (TOKENS, "length", "cut off at the token limit"),
        ([*TOKENS[:4], ', {"id": 3}]}'], "stop", "/users/2: has no 'name', which is required"),
        (TOKENS[:4], "stop", "never ends"),
    ],
    ids=["cut", "truncated", "off-shape", "half"],
)
def test_a_stream_that_goes_wrong_ends_in_an_error_event(ask, mode, texts, finish, message):
    """Never in done, and the journal knows."""
    body = {"shape": USERS["shape"]}

    events = data_of(ask(f"sseMode={mode}", backend=streaming(*texts, finish=finish), json=body))

    assert events[-1]["error"]["code"] == 502
    assert message in events[-1]["error"]["message"]
    assert len(events) > 2
    assert not any(event["done"] for event in events[:-1])
    assert (ask.session.calls[-1].status, ask.session.calls[-1].error) == (
        502,
        events[-1]["error"]["message"],
    )


@pytest.mark.parametrize("mode", ["LlmTokens", "CompleteObjects"])
def test_a_recording_that_ends_where_its_reader_had_left_is_cut_off(ask, mode):
    """A replay raises nothing; the stream says it all the same."""

    async def backend(prompt):
        yield Delta('[{"id": 1},', origin=Origin("mine", "replayed"))

    *events, error = data_of(ask(f"sseMode={mode}", backend=backend))

    assert (len(events), error["error"]["message"]) == (1, "The answer was cut off before its end.")


def test_a_users_error_in_the_middle_is_told_and_logged(ask, caplog):
    """The client sees what kind of error it was."""

    async def backend(prompt):
        yield Delta('[{"id": 1},')
        raise ZeroDivisionError("by zero")

    *_, error = data_of(ask("sseMode=ArrayItems", backend=backend))

    assert error["error"]["message"].startswith("ZeroDivisionError: by zero.")
    assert "An error in pytest-llmock or in a backend given to it" in caplog.text


def test_a_backend_that_fails_in_the_middle_is_told_in_an_error_event(ask):
    """With its name and what it said."""

    async def backend(prompt):
        yield Delta('[{"id": 1}, {"id": 2}')
        raise BackendError(Failure("status", "The upstream is tired.", 503))

    *events, error = data_of(ask("sseMode=ArrayItems", backend=backend))

    assert [event["item"]["id"] for event in events] == [1, 2]
    assert error["error"]["message"] == "The upstream is tired."
    assert error["error"]["details"]["status"] == 503


@pytest.mark.parametrize("mode", ["LlmTokens", "CompleteObjects", "ArrayItems"])
def test_an_unusable_answer_of_which_nothing_was_sent_is_asked_again(ask, mode):
    """As in the plain form, with what was wrong."""
    problems = []

    def backend(prompt):
        problems.append(prompt.generation.problems)
        return {"users": [{"id": 1, "name": "Ada"}]} if prompt.generation.problems else ""

    events = data_of(ask(f"sseMode={mode}", backend=backend, json=USERS | {"count": 1}))

    assert events[-1]["done"]
    assert problems == [(), ("The answer is empty.",)]


def test_a_single_record_is_checked_and_asked_again_before_it_is_sent(ask):
    """Nothing of it is sent before it is right."""
    answers = ['{"id": "x"}', '{"id": 5}']

    events = data_of(
        ask("sseMode=CompleteObjects", backend=lambda prompt: answers.pop(0), json={"shape": {"id": 0}})
    )

    assert events == [{"data": {"id": 5}, "index": 0, "total": 1, "done": True}]
    assert len(ask.session.calls[-1].attempts) == 2


def test_the_number_of_corrections_counts_for_streams_too(opened):
    """Zero means that the first answer counts."""
    session = opened(settings={"MaxCorrectionAttempts": 0})
    session.backends.add("prose", lambda prompt: "no")

    answer = httpx.get(f"{session.url}/api/mock/stream/x?backend=prose&sseMode=ArrayItems")

    assert answer.status_code == 502
    assert "Raise MaxCorrectionAttempts" in answer.json()["error"]["message"]
    assert len(session.calls[-1].attempts) == 1


def test_a_template_for_streams_is_the_models_prompt(opened):
    """Without it, that of plain requests."""
    session = opened(
        settings={"CustomPromptTemplate": "plain {path}", "CustomStreamingPromptTemplate": "stream {path}"}
    )
    session.backends.add("mine", lambda prompt: [prompt.messages[-1].text])

    url = f"{session.url}/api/mock/stream/users?backend=mine&sseMode=CompleteObjects"

    assert data_of(httpx.get(url))[0]["data"] == "stream /users"


@pytest.mark.parametrize("mode", ["LlmTokens", "CompleteObjects", "ArrayItems"])
def test_a_client_that_comes_back_gets_what_it_does_not_have(ask, mode):
    """The answer is made again by the same seed; what was there is left out."""
    whole = decoded(ask(f"sseMode={mode}", json=USERS).content)

    for have in {1, len(whole) // 2, len(whole) - 1}:
        again = ask(f"sseMode={mode}", json=USERS, headers={"Last-Event-ID": whole[have - 1][0]})
        assert decoded(again.content) == whole[have:]


def test_a_client_that_has_all_is_told_to_stay_away(ask):
    """204 ends an EventSource; nobody is asked for it."""
    *_, (last, _) = decoded(ask("sseMode=ArrayItems", json=USERS).content)

    by_id = ask("sseMode=ArrayItems", json=USERS, headers={"Last-Event-ID": last})
    by_number = ask("sseMode=ArrayItems", json=USERS, headers={"Last-Event-ID": "3"})

    assert (by_id.status_code, by_number.status_code) == (204, 204)
    assert [len(call.attempts) for call in ask.session.calls] == [1, 0, 0]


def test_another_answer_is_not_spliced_to_the_first(ask):
    """A model that answers otherwise the second time, and a journal without the first: 409, before all."""
    numbers = iter(range(9))

    def backend(prompt):
        return [{"id": next(numbers)}, {"id": 5}]

    (first, _), _ = decoded(ask("sseMode=ArrayItems", backend=backend).content)
    ask.session.reset()
    answer = httpx.get(
        f"{ask.session.url}/api/mock/stream/users?sseMode=ArrayItems&backend=mine",
        headers={"Last-Event-ID": first},
    )

    assert answer.status_code == 409
    assert "another answer" in answer.json()["error"]["message"]


class TestComingBack:
    """A client that has a part of a stream, and asks for the rest."""

    @pytest.fixture
    def both(self, ask):
        """All events of a stream, and those after the one of that number, asked for again."""

        def both(query, have=1, **more):
            whole = decoded(ask(query, **more).content)
            more.pop("backend", None)
            query += "&backend=mine" * ("mine" in ask.session.backends)
            again = ask(query, headers={"Last-Event-ID": whole[have - 1][0]}, **more)
            assert again.status_code == 200, again.text
            return whole[have:], decoded(again.content)

        return both

    @pytest.mark.parametrize("mode", ["LlmTokens", "CompleteObjects", "ArrayItems"])
    def test_it_goes_on_with_the_answer_that_it_began_with(self, ask, both, mode):
        """A model would say something else the second time, and nobody asks it."""
        numbers = iter(range(1, 9))

        async def model(prompt):
            yield Delta(f'[{{"id": {next(numbers)}}}, ')
            yield Delta('{"id": 9}]', end=End())

        rest, again = both(f"sseMode={mode}", backend=model)

        assert again == rest != []
        assert (len(ask.session.calls[-1].attempts), ask.session.calls[-1].source) == (0, "cache")
        assert ask.session.calls[-1].completion.text == '[{"id": 1}, {"id": 9}]'

    @pytest.mark.parametrize("mode", ["LlmTokens", "ArrayItems"])
    def test_it_goes_on_with_an_answer_that_was_asked_for_twice(self, both, mode):
        """Of the first nothing was sent; the second was sent as a whole."""

        def model(prompt):
            return [{"id": 1}, {"id": 2}] if prompt.generation.problems else ""

        rest, again = both(f"sseMode={mode}", backend=model)

        assert again == rest != []

    def test_its_context_is_as_it_was(self, ask, both):
        """What the stream itself left in it would make another answer, and is not left twice."""
        rest, again = both("sseMode=ArrayItems&context=shop", json=USERS)

        assert again == rest
        assert len(ask.session.contexts["shop"].calls) == 1

    def test_its_path_has_the_shape_that_it_had(self, both):
        """Not the one that the stream gave it."""
        rest, again = both("sseMode=CompleteObjects&autoshape=true&count=4")

        assert again == rest

    def test_its_path_has_the_shape_that_it_had_when_that_is_forgotten(self, ask):
        """A shape of its path that no longer stands made the events that the client has."""
        ask('shape=[{"id":0,"nick":"string"}]&autoshape=true&count=3')
        first, *rest = decoded(ask("sseMode=ArrayItems&autoshape=true&count=3").content)
        ask.session.shapes.clear()

        again = ask("sseMode=ArrayItems&autoshape=true&count=3", headers={"Last-Event-ID": first[0]})

        assert decoded(again.content) == rest
        assert rest[0][1]["item"].keys() == {"id", "nick"}

    def test_calls_of_other_apis_are_no_streams(self, ask):
        """They are in the journal too."""
        chat = {"model": "synthetic", "messages": [{"role": "user", "content": "Hi"}]}
        httpx.post(f"{ask.session.url}/v1/chat/completions", json=chat)

        assert ask("sseMode=ArrayItems&count=3", headers={"Last-Event-ID": "1"}).status_code == 200

    def test_a_round_of_a_continuous_stream_is_not_asked_for_again(self, opened):
        """The next one is."""
        session = opened(clock="virtual")
        rounds = []
        session.backends.add(
            "mine", lambda prompt: rounds.append(prompt.generation.variant) or [len(rounds), 0]
        )
        url = f"{session.url}/api/mock/stream/x?backend=mine&sseMode=ArrayItems&continuous=true&maxDuration=3"
        last_round = decoded(httpx.get(url).content)[-3:-1]

        again = decoded(httpx.get(url, headers={"Last-Event-ID": last_round[0][0]}).content)

        assert again[1] == last_round[1]
        assert rounds == [0, 1, 2]

    def test_an_answer_that_broke_off_is_asked_for_again(self, ask):
        """And goes on, if it is the same as far as it came."""
        ends = iter(("", "stop"))

        async def model(prompt):
            yield Delta('[{"id": 1}, {"id": 2}')
            if next(ends):
                yield Delta(", {}]", end=End())

        (first, _), *_ = decoded(ask("sseMode=ArrayItems", backend=model).content)
        again = ask("sseMode=ArrayItems&backend=mine", headers={"Last-Event-ID": first})

        assert [data["item"] for _, data in decoded(again.content)] == [{"id": 2}, {}]

    @pytest.mark.parametrize(
        "other",
        [{"json": {**USERS, "a": 1}}, {"json": USERS, "params": {"a": 1}}, {"content": b"x" * 1_100_000}],
        ids=["body", "query", "too large to be known"],
    )
    def test_another_request_is_no_coming_back(self, ask, other):
        """Somebody is asked."""
        url = f"{ask.session.url}/api/mock/stream/users"
        httpx.post(url, **({"json": USERS} if "json" in other else other))

        httpx.post(url, headers={"Last-Event-ID": "1"}, **other)

        assert len(ask.session.calls[-1].attempts) == 1

    def test_a_recording_is_played_once(self, opened, tmp_path):
        """The second one of the same request is for the next test that asks for it."""
        place = Place(lambda: tmp_path / "cassette.yaml")
        for record in ("once", "none"):
            session, numbers = opened(record=record, place=place), iter(range(9))
            session.backends.add("mine", lambda prompt: [next(numbers), 0], live=True)  # noqa: B023 - called in this round
            url = f"{session.url}/api/mock/stream/x?backend=mine&sseMode=ArrayItems"
            first, *rest = decoded(httpx.get(url).content)
            again = decoded(httpx.get(url, headers={"Last-Event-ID": first[0]}).content)
            other = decoded(httpx.get(url).content)
            session.keep(passed=True)

            assert (again, first[1]["item"], other[0][1]["item"]) == (rest, 0, 1)
            assert (session.failures, session.cassette.unplayed) == ([], [])


def test_answers_made_ahead_are_none_of_a_streams_business(ask):
    """Its client is told."""
    answer = ask(json={"shape": {"$cache": 2, "id": 0}})

    assert answer.headers["x-llmock-warning"] == (
        "$cache has no effect on a stream, whose answer comes as it is made."
    )


def test_a_strange_last_event_id_is_400(ask):
    """It is none of ours."""
    assert ask(headers={"Last-Event-ID": "yesterday"}).status_code == 400


def test_the_same_request_has_the_same_bytes(ask):
    """Ids included."""
    one, other = (ask(json=USERS).content for _ in range(2))

    assert one == other


def test_the_journal_has_the_whole_call(ask):
    """Who was asked, what came, how long it took."""
    ask("sseMode=ArrayItems", backend=streaming(*TOKENS), json=USERS | {"count": 2})

    call = ask.session.calls[-1]
    assert (call.status, call.error, call.backend, call.source) == (200, "", "mine", "scripted")
    assert [delta.text for delta in call.deltas] == [*TOKENS, ""]
    assert (call.attempts[0].outcome, call.seconds > 0) == ("success", True)


def test_a_client_that_leaves_stops_the_backend(ask):
    """Nobody writes for a client that is gone."""
    closed = threading.Event()

    async def endless(prompt):
        try:
            yield Delta("[")
            while True:
                yield Delta('{"id": 1},')
        finally:
            closed.set()

    ask.session.backends.add("endless", endless)
    with httpx.stream(
        "GET", f"{ask.session.url}/api/mock/stream/x?sseMode=ArrayItems&backend=endless"
    ) as answer:
        next(answer.iter_raw())

    assert closed.wait(10)
    assert ask.session.calls[-1].error == "The client left before the answer was complete."


def test_a_long_stream_does_not_fill_the_journal(ask):
    """Its beginning and its end are there, and a warning."""

    async def large(prompt):
        yield Delta("[")
        for _ in range(40):
            yield Delta('{"text": "%s"},' % ("x" * 500_000))
        yield Delta('{"text": ""}]', end=End())

    events = data_of(ask("sseMode=CompleteObjects", backend=large))

    call = ask.session.calls[-1]
    assert (len(events), events[-1]["done"]) == (41, True)
    assert sum(len(delta.text) for delta in call.deltas) <= 16_000_000
    assert call.completion.finish_reason == "stop"
    assert call.warnings == ["The answer was too long for the journal, which has its beginning and its end."]


def test_a_completion_at_its_token_limit_is_no_success(ask):
    """Not even when its JSON is complete."""
    cut = Completion((Choice('[{"id": 1}]', finish_reason="length"),))

    assert ask("sseMode=ArrayItems", backend=lambda prompt: cut).status_code == 502


def test_a_session_that_ends_ends_its_streams(runtime, ask):
    """Nothing goes on behind the test's back."""
    url = f"{ask.session.url}/api/mock/stream/x?continuous=true&interval=1&maxDuration=0"

    with httpx.stream("GET", url, timeout=30) as answer:
        pieces = answer.iter_raw()
        next(pieces)
        runtime.end(ask.session)
        with pytest.raises(httpx.RemoteProtocolError):
            list(pieces)

    assert ask.session.calls[-1].error == "The test t.py::t ended before this answer was complete."


class TestPace:
    """Streams in virtual time."""

    @pytest.fixture
    def timed(self, opened):
        """Seconds of the call, and the data of its events."""

        def timed(query, *, settings=None, seed=0, **more):
            session = opened(settings=settings or {}, clock="virtual", seed=seed)
            answer = httpx.post(f"{session.url}/api/mock/stream/users?{query}", timeout=30, **more)
            return session.calls[-1].seconds, data_of(answer)

        return timed

    def test_the_first_token_comes_after_its_time(self, timed):
        """A minute that nobody waits."""
        seconds, _ = timed("timeToFirstTokenMs=60000", json=USERS)

        assert 60 <= seconds < 62

    def test_tokens_come_at_their_rate(self, timed):
        """Each event waits for the tokens that it is made of."""
        seconds, events = timed("tokensPerSecond=0.1", json=USERS)

        tokens = sum(-(-len(event["chunk"].encode()) // 4) for event in events[:-1])
        assert tokens * 10 <= seconds < tokens * 10 + 2

    def test_a_delay_between_its_bounds_comes_before_each_event(self, timed):
        """As the settings say."""
        settings = {"StreamingChunkDelayMinMs": 10_000, "StreamingChunkDelayMaxMs": 20_000}

        seconds, events = timed("sseMode=ArrayItems", settings=settings, json=USERS)

        assert 30 <= seconds <= 62
        assert len(events) == 3

    def test_waits_depend_on_the_seed_alone(self, timed):
        """To the tenth of a second, which is what the machine takes."""
        one, same, other = (
            timed("sseMode=ArrayItems&timeToFirstTokenMs=90000&jitter=1", seed=seed, json=USERS)[0]
            for seed in (1, 1, 2)
        )

        assert abs(one - same) < 1 < abs(one - other)

    def test_a_pace_changes_nothing_but_the_time(self, timed):
        """Ids and data are the same."""
        slow, fast = timed("tokensPerSecond=5", json=USERS)[1], timed("", json=USERS)[1]

        assert slow == fast

    def test_a_continuous_stream_goes_on_until_its_time_is_over(self, timed):
        """Every round has other records, of the same seed."""
        query = "sseMode=ArrayItems&continuous=true&interval=60000&maxDuration=180"

        seconds, (info, *events, end) = timed(query, json=USERS)

        assert 180 <= seconds < 183
        assert info == {
            "type": "info",
            "message": "Continuous stream",
            "mode": "ArrayItems",
            "intervalMs": 60000,
            "maxDurationSeconds": 180,
        }
        assert end == {"type": "end", "message": "Max duration reached", "eventCount": 9, "done": True}
        assert [event["batchNumber"] for event in events] == [1, 1, 1, 2, 2, 2, 3, 3, 3]
        assert len({event["item"]["name"] for event in events}) > 3

    def test_a_continuous_stream_of_tokens_has_a_content_for_each_answer(self, timed):
        """And is not done before its end."""
        _, events = timed("continuous=true&interval=1000&maxDuration=1", json=USERS)

        assert ["content" in event for event in events].count(True) == 1
        assert [event["done"] for event in events[1:]].count(True) == 1


def test_a_continuous_stream_is_taken_up_in_its_round(opened):
    """The rounds before are not asked for again."""
    session = opened(settings={"EnableContinuousStreaming": True, "SseMode": "ArrayItems"}, clock="virtual")
    url = f"{session.url}/api/mock/stream/users?maxDuration=5"
    whole = decoded(httpx.post(url, json=USERS).content)
    (at,) = (
        index
        for index, (_, data) in enumerate(whole)
        if (data.get("batchNumber"), data.get("index")) == (2, 0)
    )

    again = decoded(httpx.post(url, json=USERS, headers={"Last-Event-ID": whole[at][0]}).content)

    assert again[0] == ("", whole[0][1])
    assert again[1:6] == whole[at + 1 : at + 6]
    assert session.calls[-1].prompt.generation.variant == 3


def test_a_continuous_stream_that_fails_at_once_is_an_ordinary_error(ask):
    """The backend is asked before the stream begins."""
    answer = ask("continuous=true", backend=streaming(finish=""))

    assert answer.status_code == 502


def test_a_continuous_stream_whose_first_answer_is_unusable_is_an_ordinary_error(ask):
    """Nothing of it was told; each answer is in the error."""
    answer = ask("continuous=true&sseMode=ArrayItems", backend=streaming("no", "pe"))

    assert answer.status_code == 502
    assert len(answer.json()["error"]["details"]["attempts"]) == 3


def test_a_continuous_stream_ends_with_an_answer_that_goes_wrong(ask):
    """Its error is the last event."""
    answers = ['[{"id": 1}]', ""]

    def backend(prompt):
        return answers.pop(0) if answers else ""

    *_, error = data_of(ask("continuous=true&interval=1&sseMode=ArrayItems", backend=backend))

    assert error["error"]["code"] == 502
