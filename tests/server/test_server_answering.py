"""Counts, variants and the cache over HTTP."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import httpx
import pytest

from pytest_llmock.choice import Place
from pytest_llmock.errors import BackendError, Failure

USERS = {"users": [{"id": 0, "name": "string"}], "total": 0}


class Model:
    """A backend that makes as many users as it is asked for; each knows the variant it is of."""

    def __init__(self):
        self.asked, self.fails = [], {}

    def __call__(self, prompt):
        made = prompt.generation
        self.asked.append((made.start, made.variant))
        if failure := self.fails.get((made.start, made.variant)):
            raise BackendError(Failure("protocol", failure))
        first, count = made.start + 1, made.count or 1
        users = [{"id": first + number, "name": f"variant {made.variant}"} for number in range(count)]
        return {"users": users, "total": made.total or count}


@pytest.fixture
def model():
    return Model()


@pytest.fixture
def post(opened, model):
    """Asks a session whose backend is the model: `post(shape, count=…)`; `post.session` is the session."""

    def ask(shape=USERS, path="/users", *, method="POST", timeout=20, **query):
        query = {"backend": "model", **query}
        return httpx.request(
            method, f"{ask.session.url}/api/mock{path}", params=query, json={"shape": shape}, timeout=timeout
        )

    def opened_with(*, live=False, settings=None, **choice):
        ask.session = opened(settings=settings, **choice)
        ask.session.backends.add("model", model, live=live)
        return ask

    return opened_with


def names(answer):
    """The variants of the answers, by the names of their users."""
    return [each["users"][0]["name"][-1] for each in answer.json()]


def test_a_long_list_is_made_in_parts_and_its_ids_go_on(post, model):
    """One call of the client, one list, many attempts."""
    ask = post(settings={"ChunkSize": 30})

    answer = ask(count=100)

    assert [user["id"] for user in answer.json()["users"]] == list(range(1, 101))
    assert (answer.json()["total"], answer.headers["x-llmock-attempts"]) == (100, "4")
    assert [start for start, _ in model.asked] == [0, 30, 60, 90]
    assert [(call.backend, len(call.attempts)) for call in ask.session.calls] == [("model", 4)]


def test_auto_chunk_false_asks_for_all_of_it_at_once(post, model):
    """Whoever wants to see what the model does with it can."""
    ask = post(settings={"ChunkSize": 30})

    answer = ask(count=100, autoChunk="false")

    assert answer.headers["x-llmock-attempts"] == "1"


def test_parts_are_asked_one_after_the_other_where_the_backend_takes_one_call_at_a_time(opened, model):
    """The second is not begun when the first fails."""
    backends = [{"Name": "model", "Provider": "test_server_answering:make", "MaxConcurrentRequests": 1}]
    STAGE["model"], model.fails = model, {(0, 0): "It is down."}
    session = opened(settings={"Backends": backends, "ChunkSize": 2}, record="off")

    answer = httpx.post(f"{session.url}/api/mock/users?count=4", json={"shape": USERS})

    assert answer.json()["error"]["message"] == "Records 1 to 2 of 4: It is down."
    assert {start for start, _ in model.asked} == {0}


STAGE = {}


def make(entry, settings):
    """A provider's backend: the model of the test."""
    return STAGE["model"]


def test_what_was_mended_in_a_list_is_told(post, model):
    """In the header, and in the journal."""
    ask = post()
    ask.session.backends.add("long", lambda prompt: [{"id": 1}, {"id": 2}, {"id": 3}])

    answer = ask([{"id": 0}], backend="long", count=2)

    told = "Backend 'long' gave too many records (1 left out)."
    assert answer.headers["x-llmock-warning"] == told
    assert ask.session.calls[-1].warnings == [told]


def test_a_failing_part_says_its_place_and_who_failed(post, model):
    """The client knows which records could not be had."""
    model.fails = {(10, 0): "It is down."}

    answer = post(settings={"ChunkSize": 10, "EnableRetryPolicy": False})(count=20)

    assert answer.status_code == 502
    assert answer.json()["error"]["message"] == "Records 11 to 20 of 20: It is down."
    assert answer.headers["x-llmock-backend"] == "model"


@pytest.mark.parametrize("shape", [USERS, [{"id": 0}], {"id": 0}], ids=["wrapped", "list", "record"])
def test_the_embedded_generator_makes_lists_at_once_and_the_same_ones(opened, shape):
    """Settings that split other backends' lists change none of its bytes."""
    bodies = []
    for settings in ({"ChunkSize": 7}, {"EnableChunking": False}):
        session = opened(settings=settings)
        bodies.append(httpx.post(f"{session.url}/api/mock/users?count=100", json={"shape": shape}).content)
        assert len(session.calls[-1].attempts) == 1

    assert bodies[0] == bodies[1]


def test_parts_are_recorded_and_replayed_each_by_its_place(post, model, tmp_path):
    """The replay asks nobody."""
    place = Place(lambda: tmp_path / "cassette.yaml")
    settings = {"ChunkSize": 2}
    ask = post(live=True, settings=settings, record="once", place=place)
    recorded = ask(count=5)
    ask.session.keep(passed=True)
    model.fails = dict.fromkeys(model.asked, "It is gone.")

    replayed = post(live=True, settings=settings, place=place)(count=5)

    assert (recorded.headers["x-llmock-source"], replayed.headers["x-llmock-source"]) == (
        "recorded",
        "replayed",
    )
    assert recorded.content == replayed.content


def test_n_is_a_list_of_variants_the_first_of_them_the_answer_itself(post):
    """Each is an answer to the same request."""
    ask = post()

    one, several = ask(), ask(n=3)

    assert several.json()[0] == one.json()
    assert names(several) == ["0", "1", "2"]
    assert several.headers["x-llmock-attempts"] == "3"


def test_one_variant_is_a_list_too(post):
    """A client that counts needs no special case."""
    assert names(post()(n=1)) == ["0"]


def test_variants_of_the_embedded_generator_differ_and_are_always_the_same(opened):
    """The number of a variant is part of its seed."""
    session = opened()
    url = f"{session.url}/api/mock/users?n=4"

    one, other = (httpx.post(url, json={"shape": {"name": "string", "age": 0}}) for _ in range(2))

    assert one.content == other.content
    assert len({str(variant) for variant in one.json()}) == 4


@pytest.mark.parametrize("strategy", ["Sequential", "Parallel", "Streaming", "Auto"])
def test_every_strategy_gives_the_same_list_and_tells_its_times(post, strategy):
    """Two delays of 200 ms, which virtual time spares us."""
    ask = post(settings={"RateLimitStrategy": strategy, "RateLimitDelayRange": "200"}, clock="virtual")

    answer = ask(n=3)

    assert names(answer) == ["0", "1", "2"]
    applied = 200 if strategy in ("Parallel", "Auto") else 400
    assert int(answer.headers["x-llmapi-delay-applied"]) == applied
    assert int(answer.headers["x-llmapi-total-elapsed"]) >= applied
    assert answer.headers.keys() >= {"x-llmapi-request-time", "x-llmapi-avg-time"}


def test_the_mean_of_late_is_not_told_where_nobody_counts(post):
    """EnableRateLimitStatistics is a switch."""
    answer = post(settings={"EnableRateLimitStatistics": False})(n=2)

    assert "x-llmapi-avg-time" not in answer.headers


def test_head_of_a_list_that_would_be_streamed_has_its_length(post):
    """Nobody waits for pauses between pieces that are not sent."""
    ask = post(settings={"RateLimitStrategy": "Streaming", "RateLimitDelayRange": "60000"})

    answer = ask(method="HEAD", n=3)

    assert (answer.status_code, answer.content) == (200, b"")
    assert int(answer.headers["content-length"]) > 0


def test_a_variant_that_fails_fails_the_request_and_says_which(post, model):
    """A list with a hole is none."""
    model.fails = {(0, 1): "It is down."}

    answer = post()(n=3)

    assert answer.status_code == 502
    assert answer.json()["error"]["message"] == "Answer 2 of 3: It is down."


def test_variants_of_long_lists_come_in_parts_too(post, model):
    """Every variant has its records, and a place says both."""
    ask = post(settings={"ChunkSize": 2, "EnableRetryPolicy": False})

    whole = ask(n=2, count=3)
    model.fails = {(2, 1): "It is down."}
    broken = ask(n=2, count=3)

    assert [[user["id"] for user in each["users"]] for each in whole.json()] == [[1, 2, 3]] * 2
    assert broken.json()["error"]["message"] == "Answer 2 of 2: Records 3 to 3 of 3: It is down."


@pytest.mark.parametrize("n", ["0", "-1", "129", "1.5", "x", ""])
def test_a_wrong_n_is_refused(opened, n):
    """The error says what n can be."""
    answer = httpx.get(f"{opened().url}/api/mock/users", params={"n": n})

    assert answer.status_code == 422
    assert answer.json()["error"]["message"] == (
        f"n is '{n}': give a whole number from 1 to 128, to get a list of so many answers."
    )


def test_a_wrong_auto_chunk_is_refused(opened):
    """It is a switch."""
    answer = httpx.get(f"{opened().url}/api/mock/users?autoChunk=perhaps")

    assert answer.status_code == 422
    assert answer.json()["error"]["message"] == "autoChunk is 'perhaps': give true or false."


CACHED = {"$cache": 3, **USERS}


def test_variants_are_made_ahead_and_served_in_turn(post, model):
    """The first request makes three, the next two make nothing."""
    ask = post(settings={"CacheRefreshThresholdPercent": 0})

    answers = [ask(CACHED) for _ in range(3)]

    assert [answer.json()["users"][0]["name"] for answer in answers] == [
        "variant 0",
        "variant 1",
        "variant 2",
    ]
    assert [answer.headers["x-llmock-source"] for answer in answers] == ["scripted", "cache", "cache"]
    assert [answer.headers["x-llmock-attempts"] for answer in answers] == ["3", "0", "0"]
    assert [call.source for call in ask.session.calls] == ["scripted", "cache", "cache"]


def test_a_cached_answer_says_who_made_it(post):
    """Headers and journal name backend and model, as if it were asked now."""
    ask = post(settings={"CacheRefreshThresholdPercent": 0})
    ask(CACHED)

    answer, call = ask(CACHED), ask.session.calls[-1]

    assert answer.headers["x-llmock-backend"] == "model"
    assert (call.selected, call.backend, call.attempts) == ("model", "model", [])


def test_a_refill_is_made_behind_the_request(post, model):
    """Its attempts are those of the request that began it."""
    filled = Event()
    ask = post(settings={"CacheRefreshThresholdPercent": 100})
    ask.session.backends.add(
        "slow", lambda prompt: filled.set() if prompt.generation.variant == 3 else model(prompt)
    )

    ask(CACHED, backend="slow")

    assert filled.wait(10)
    assert len(ask.session.calls) == 1


def test_a_directive_of_the_body_is_the_same(opened):
    """`$cache` stands in the shape or beside it."""
    session = opened()

    for _ in range(2):
        answer = httpx.post(f"{session.url}/api/mock/users", json={"$cache": 2, "shape": USERS})

    assert answer.headers["x-llmock-source"] == "cache"
    assert "$cache" not in answer.text


@pytest.mark.parametrize(
    "change",
    [{"path": "/people"}, {"q": "x"}, {"temperature": "0.5"}, {"count": "2"}, {"backend": "synthetic"}],
    ids=lambda change: next(iter(change)),
)
def test_another_request_has_answers_of_its_own(post, change):
    """Nothing is served that was made for something else."""
    ask = post()
    ask(CACHED)

    assert ask(CACHED, **change).headers["x-llmock-source"] != "cache"
    assert ask(CACHED).headers["x-llmock-source"] == "cache"


def test_n_variants_of_a_cached_request_are_the_next_ones(post):
    """They come from the cache as far as it has them."""
    ask = post(settings={"CacheRefreshThresholdPercent": 0})

    assert names(ask(CACHED, n=2)) == ["0", "1"]
    assert names(ask(CACHED, n=2)) == ["2", "3"]
    assert ask(CACHED).json()["users"][0]["name"] == "variant 4"


def test_clients_at_the_same_time_make_one_generation(post, model):
    """Eight requests, one set of variants, eight of which are left."""
    ask = post(settings={"CacheRefreshThresholdPercent": 0, "MaxCachePerKey": 16})
    wanted = {"$cache": 16, **USERS}

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: ask(wanted), range(8)))

    assert sorted(answer.json()["users"][0]["name"][-1] for answer in answers) == list("01234567")
    assert len(model.asked) == 16


def test_more_than_max_cache_per_key_is_capped_with_a_warning(post, model):
    """As a count above MaxItems is."""
    answer = post()({"$cache": 10, **USERS})

    assert answer.headers["x-llmock-warning"] == "$cache 10 is above MaxCachePerKey and was capped at 5."
    assert len(model.asked) == 5


def test_without_caching_every_request_is_made_anew_and_told(post, model):
    """EnableCaching is a switch."""
    ask = post(settings={"EnableCaching": False})

    answers = [ask(CACHED) for _ in range(2)]

    assert answers[0].content == answers[1].content
    assert answers[1].headers["x-llmock-warning"] == "$cache has no effect: EnableCaching is false."
    assert model.asked == [(0, 0), (0, 0)]


@pytest.mark.parametrize("said", [-1, 1.5, "many", True, None, [1], {}], ids=repr)
@pytest.mark.parametrize("place", ["shape", "body"])
def test_a_wrong_cache_is_refused(opened, said, place):
    """The error names the field, in the shape or beside it."""
    body = {"shape": {"$cache": said, "id": 0}} if place == "shape" else {"$cache": said, "shape": {"id": 0}}

    answer = httpx.post(f"{opened().url}/api/mock/users", json=body)

    assert answer.status_code == 422
    assert answer.json()["error"]["message"].startswith(f"$cache is '{said}': give the number of answers")


@pytest.mark.parametrize("said", [0, "2", 2.0], ids=repr)
def test_a_number_in_any_form_is_one(opened, said):
    """A form can send text only; 0 caches nothing."""
    answer = httpx.post(f"{opened().url}/api/mock/users", json={"shape": {"$cache": said, "id": 0}})

    assert (answer.status_code, answer.headers["x-llmock-attempts"]) == (200, str(max(1, int(said))))


def test_what_could_not_be_made_ahead_is_told_and_the_rest_is_served(post, model):
    """One answer was wanted, and there is one."""
    model.fails = {(0, 1): "It is down."}

    answer = post(settings={"EnableRetryPolicy": False})(CACHED)

    assert answer.status_code == 200
    assert answer.headers["x-llmock-warning"] == (
        "1 of 3 answers for the cache could not be made. It is down."
    )


def test_when_nothing_can_be_made_the_request_fails_as_usual(post, model):
    """The backend's error is the client's."""
    model.fails = {(0, variant): "It is down." for variant in range(3)}

    answer = post()(CACHED)

    assert (answer.status_code, answer.json()["error"]["message"]) == (502, "It is down.")


def test_warnings_of_a_cached_answer_are_told_when_it_is_served(opened):
    """To whom it matters, and to nobody else."""
    session = opened()
    session.backends.add(
        "long", lambda prompt: [{"id": each} for each in range(2 + prompt.generation.variant)]
    )

    def ask():
        body = {"$cache": 2, "shape": [{"id": 0}]}
        return httpx.post(f"{session.url}/api/mock/users?backend=long&count=2", json=body)

    assert "x-llmock-warning" not in ask().headers
    assert ask().headers["x-llmock-warning"] == "Backend 'long' gave too many records (1 left out)."


def test_reset_forgets_the_cache(post, model):
    """By the session, and over HTTP."""
    ask = post()
    sources = []
    for forget in (ask.session.reset, lambda: httpx.post(f"{ask.session.url}/llmock/reset")):
        ask(CACHED)
        forget()
        sources.append(ask(CACHED).headers["x-llmock-source"])
        ask.session.reset()

    assert sources == ["scripted", "scripted"]


@pytest.mark.parametrize("enabled", [True, False])
def test_its_figures_are_in_the_stats_when_wanted(post, enabled):
    """EnableCacheStatistics is a switch; `llmock.cache.stats` is there always."""
    ask = post(settings={"EnableCacheStatistics": enabled, "CacheRefreshThresholdPercent": 0})
    for _ in range(2):
        ask(CACHED)

    stats = httpx.get(f"{ask.session.url}/llmock/stats").json()

    assert (stats.get("cache", {}).get("hits") == 1) is enabled
    assert (ask.session.cache.stats.hits, ask.session.cache.stats.misses) == (1, 1)


def test_where_calls_are_recorded_nothing_is_made_behind_a_request(post, model, tmp_path):
    """What is in a cassette does not depend on when the test ended, and its replay asks nobody."""
    place = Place(lambda: tmp_path / "cassette.yaml")
    settings = {"CacheRefreshThresholdPercent": 100}
    ask = post(live=True, settings=settings, record="once", place=place)
    recorded = [ask(CACHED).content for _ in range(4)]
    ask.session.keep(passed=True)
    ask = post(live=True, settings=settings, place=place)

    replayed = [ask(CACHED).content for _ in range(4)]

    assert replayed == recorded
    assert [variant for _, variant in model.asked] == [0, 1, 2, 3, 4, 5]
    assert (ask.session.failures, ask.session.cassette.unplayed) == ([], [])


def test_a_script_is_not_asked_for_more_than_its_test_asks_for(opened):
    """Its next answer may be meant for another request."""
    session = opened(settings={"CacheRefreshThresholdPercent": 100}, strict=False)

    for _ in range(3):
        httpx.post(f"{session.url}/api/mock/users?backend=scripted", json={"shape": CACHED})

    assert session.cache.stats.refills == 0


def test_a_cache_in_record_mode_none_without_recordings_asks_nobody(post, model):
    """Every variant is refused, and the test fails."""
    ask = post(live=True)

    answer = ask(CACHED)

    assert answer.status_code == 400
    assert model.asked == []
    assert len(ask.session.failures) == 3
