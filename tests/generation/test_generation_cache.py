"""The cache, on a clock that the test moves."""

import asyncio
from dataclasses import replace

import pytest
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from pytest_llmock.clock import SystemClock, VirtualClock
from pytest_llmock.config import Settings
from pytest_llmock.errors import BackendError, DeadlineError, Failure
from pytest_llmock.generation.cache import Cache
from pytest_llmock.generation.entries import CacheStats, Order
from pytest_llmock.generation.variants import Variant, request_key
from pytest_llmock.llm import Generation, Sampling
from pytest_llmock.pool.deadline import deadline_in

MINUTE = 60


class Shop:
    """A cache whose variants are made by a function that can be made to fail or to wait."""

    def __init__(self, **settings):
        self.clock, self.work = VirtualClock(SystemClock()), set()
        self.cache = Cache(Settings(**settings), self.clock, work=self.work)
        self.made, self.fails, self.gate = [], set(), None

    async def make(self, numbers):
        if self.gate is not None:
            await self.gate.wait()
        self.made += numbers
        return [self.outcome(number) for number in numbers]

    def outcome(self, number):
        if number in self.fails:
            return BackendError(Failure("status", f"No {number}."), backend="b")
        return Variant(b"%d" % number, "b", "m", "live")

    async def take(self, count=1, *, size=3, key="key", refills=False, allowed_s=60):
        order = Order(key, f"GET /{key}", size, self.make, self.make if refills else None)
        return await self.cache.take(order, count, deadline_in(allowed_s, self.clock))

    async def got(self, count=1, **options):
        """What a request gets: number and source of each variant."""
        taken = await self.take(count, **options)
        return [(int(variant.body), variant.source) for variant in taken.variants]

    async def rest(self):
        while self.work:
            await asyncio.wait(set(self.work))


def run(coroutine):
    return asyncio.run(asyncio.wait_for(coroutine, 10))


def test_the_first_request_makes_all_and_gets_the_first():
    """The others are there for the next requests, which make nothing."""

    async def scenario(shop):
        return [await shop.got() for _ in range(3)], shop.made

    served, made = run(scenario(Shop()))

    assert served == [[(0, "live")], [(1, "cache")], [(2, "cache")]]
    assert made == [0, 1, 2]


def test_when_none_is_left_others_are_made_for_the_request():
    """Without a refill nothing is made that nobody asked for."""

    async def scenario(shop):
        return [(await shop.got(size=2))[0] for _ in range(5)]

    assert run(scenario(Shop())) == [(0, "live"), (1, "cache"), (2, "live"), (3, "cache"), (4, "live")]


@pytest.mark.parametrize(
    ("percent", "made"),
    [
        pytest.param(0, [4, 4, 4, 8], id="when none is left"),
        pytest.param(50, [4, 4, 7, 7], id="below a half"),
        pytest.param(100, [5, 6, 7, 8], id="always"),
    ],
)
def test_a_refill_begins_when_few_are_left(percent, made):
    """So many are made after one, two, three, four requests for four variants."""

    async def scenario(shop):
        counts = []
        for _ in range(4):
            await shop.take(size=4, refills=True)
            await shop.rest()
            counts.append(len(shop.made))
        return counts

    assert run(scenario(Shop(cache_refresh_threshold_percent=percent))) == made


def test_requests_at_the_same_time_make_one_generation():
    """The first makes them; the others wait and get theirs in their order."""

    async def scenario(shop):
        return await asyncio.gather(*(shop.got() for _ in range(3))), shop.made

    served, made = run(scenario(Shop()))

    assert served == [[(0, "live")], [(1, "cache")], [(2, "cache")]]
    assert made == [0, 1, 2]


def test_requests_for_whom_there_are_too_few_share_them():
    """Five at a time, of two variants: in turn, and no more are made."""

    async def scenario(shop):
        return await asyncio.gather(*(shop.got(size=2) for _ in range(5))), shop.made

    served, made = run(scenario(Shop()))

    assert [number for ((number, _),) in served] == [0, 1, 0, 1, 0]
    assert made == [0, 1]


def test_several_variants_of_one_request_are_different_ones():
    """What is there comes first, what is missing is made."""

    async def scenario(shop):
        return [await shop.got(2), await shop.got(5)]

    assert run(scenario(Shop())) == [
        [(0, "live"), (1, "live")],
        [(2, "cache"), (3, "live"), (4, "live"), (5, "live"), (6, "live")],
    ]


def test_requests_for_several_at_the_same_time_get_different_ones():
    """Who gets too few of what the other makes makes more."""

    async def scenario(shop):
        return await asyncio.gather(shop.got(2, size=3), shop.got(2, size=3))

    one, other = run(scenario(Shop()))

    assert {number for number, _ in one + other} == {0, 1, 2, 3}


def test_keys_have_nothing_to_do_with_one_another():
    """Each has its own variants, from 0 on."""

    async def scenario(shop):
        return [await shop.got(key="a"), await shop.got(key="b"), await shop.got(key="a")]

    assert run(scenario(Shop())) == [[(0, "live")], [(0, "live")], [(1, "cache")]]


@pytest.mark.parametrize(
    ("settings", "waits", "made"),
    [
        pytest.param({}, [14, 14], 3, id="asked for in time"),
        pytest.param({}, [14, 15], 6, id="not asked for in 15 minutes"),
        pytest.param({}, [14, 14, 14, 14, 14], 6, id="an hour old"),
        pytest.param({"cache_absolute_expiration_minutes": None}, [14] * 5, 3, id="for ever"),
        pytest.param({"cache_sliding_expiration_minutes": 1}, [1], 6, id="a minute"),
    ],
)
def test_a_key_is_forgotten_after_a_time(settings, waits, made):
    """After so many minutes between requests."""

    async def scenario(shop):
        await shop.take(size=3)
        for minutes in waits:
            shop.clock.advance(minutes * MINUTE)
            shop.cache.keys  # noqa: B018 - looking is not asking
            await shop.take(0, size=3)
        await shop.take(size=3)
        return len(shop.made)

    assert run(scenario(Shop(**settings))) == made


def test_beyond_max_items_the_key_longest_unasked_goes():
    """What is asked for often stays."""

    async def scenario(shop):
        for key in ("a", "b", "a", "c"):
            await shop.take(key=key)
        return [kept.name for kept in shop.cache.keys], shop.cache.stats.evicted

    assert run(scenario(Shop(max_items=2))) == (["GET /a", "GET /c"], 1)


def test_keys_that_are_over_go_before_those_that_are_not():
    """Nobody is evicted while there is room."""

    async def scenario(shop):
        await shop.take(key="a")
        shop.clock.advance(14 * MINUTE)
        await shop.take(key="b")
        shop.clock.advance(2 * MINUTE)
        await shop.take(key="c")
        return [kept.name for kept in shop.cache.keys], shop.cache.stats

    names, stats = run(scenario(Shop(max_items=2)))

    assert names == ["GET /b", "GET /c"]
    assert (stats.expired, stats.evicted) == (1, 0)


def test_a_priority_of_three_keeps_what_is_there():
    """The new key's answer is made alone, and its client is told."""

    async def scenario(shop):
        await shop.take(key="a")
        return await shop.take(key="b", refills=True), shop.made, len(shop.cache)

    taken, made, ready = run(scenario(Shop(max_items=1, cache_priority=3)))

    assert (made, ready) == ([0, 1, 2, 0], 2)
    assert taken.warnings == (
        "The cache keeps 1 keys (MaxItems) and gives up none (CachePriority 3): this answer is not kept.",
    )


def test_what_fails_beside_an_answer_is_told_and_no_more():
    """One of three could be made, and is served."""

    async def scenario(shop):
        shop.fails = {0, 2}
        return await shop.take()

    taken = run(scenario(Shop()))

    assert [variant.body for variant in taken.variants] == [b"1"]
    assert taken.warnings == ("2 of 3 answers for the cache could not be made. No 0.",)


def test_when_nothing_could_be_made_everybody_who_waits_is_told():
    """The next request tries the same ones again."""

    async def scenario(shop):
        shop.fails = {0, 1, 2}
        errors = await asyncio.gather(shop.take(), shop.take(), return_exceptions=True)
        shop.fails = set()
        return [str(error) for error in errors], await shop.got()

    assert run(scenario(Shop())) == (["No 0.", "No 0."], [(0, "live")])


def test_what_fails_behind_a_request_is_told_to_the_next(caplog):
    """And it stands in the log."""

    async def scenario(shop):
        shop.fails = {1}
        await shop.take(size=1, refills=True)
        await shop.rest()
        shop.fails = set()
        return [await shop.take(size=1), await shop.take(size=1)]

    told, quiet = run(scenario(Shop()))

    assert told.warnings == ("1 of 1 answers for the cache could not be made. No 1.",)
    assert quiet.warnings == ()
    assert caplog.messages == ["GET /key: 1 of 1 answers for the cache could not be made. No 1."]


@pytest.mark.parametrize(
    ("fails", "told"),
    [
        pytest.param({0, 1}, (), id="all: it is raised"),
        pytest.param({1}, ("1 of 2 answers for the cache could not be made. ValueError: a bug",), id="one"),
    ],
)
def test_a_bug_of_a_backend_is_told_too(fails, told):
    """It does not end in silence."""

    async def scenario(shop):
        known = shop.outcome
        shop.outcome = lambda number: ValueError("a bug") if number in fails else known(number)
        return await asyncio.gather(shop.take(size=2), return_exceptions=True)

    (taken,) = run(scenario(Shop()))

    assert getattr(taken, "warnings", ()) == told
    assert isinstance(taken, ValueError) is not bool(told)


def test_a_maker_that_fails_itself_fails_its_request():
    """Whoever waits is told what happened."""

    async def scenario(shop):
        shop.made = None
        await shop.take()

    with pytest.raises(TypeError):
        run(scenario(Shop()))


def test_who_waits_for_others_does_so_no_longer_than_its_own_deadline():
    """What it waited for goes on."""

    async def scenario(shop):
        shop.gate = asyncio.Event()
        first = asyncio.create_task(shop.got())
        await asyncio.sleep(0)
        hasty = asyncio.create_task(shop.take(allowed_s=5))
        await asyncio.sleep(0)
        shop.clock.advance(6)
        with pytest.raises(DeadlineError, match="within 5 s"):
            await hasty
        shop.gate.set()
        return await first

    assert run(scenario(Shop())) == [(0, "live")]


def test_what_nobody_waits_for_any_more_is_not_made():
    """A client that leaves takes its calls along, unless others need them."""

    async def scenario(shop):
        shop.gate = asyncio.Event()
        waiting = [asyncio.create_task(shop.take()) for _ in range(2)]
        await asyncio.sleep(0)
        waiting[0].cancel()
        await asyncio.wait({waiting[0]})
        under_way = len(shop.work)
        waiting[1].cancel()
        await asyncio.wait({waiting[1]})
        await shop.rest()
        return under_way, shop.made, len(shop.work)

    assert run(scenario(Shop())) == (1, [], 0)


def test_who_comes_while_abandoned_calls_clean_up_has_its_own_answer_made():
    """It is the one that it would have got if nobody had left before."""

    class Slow(Shop):
        async def make(self, numbers):
            try:
                return await super().make(numbers)
            except asyncio.CancelledError:
                await asyncio.sleep(0.01)
                raise

    async def scenario(shop):
        shop.gate = asyncio.Event()
        leaving = asyncio.create_task(shop.take())
        await asyncio.sleep(0)
        leaving.cancel()
        await asyncio.wait({leaving})
        shop.gate.set()
        got = [await shop.got(), await shop.got()]
        await shop.rest()
        return got, await shop.got(), shop.made

    made = [[(0, "live")], [(1, "cache")]], [(2, "cache")], [0, 1, 2]
    assert run(scenario(Slow())) == made


def test_work_that_is_cancelled_with_its_session_ends_who_waits_for_it():
    """The test is over: nobody hangs."""

    async def scenario(shop):
        shop.gate = asyncio.Event()
        waiting = asyncio.create_task(shop.take())
        await asyncio.sleep(0)
        for task in shop.work:
            task.cancel()
        await asyncio.wait({waiting})
        return waiting.cancelled()

    assert run(scenario(Shop()))


def test_a_refill_is_work_of_the_session():
    """Whoever ends the session ends it, and nobody waits for it."""

    async def scenario(shop):
        await shop.take(size=1)
        shop.gate = asyncio.Event()
        shop.gate.set()
        await shop.take(size=1, refills=True)
        (refill,) = shop.work
        refill.cancel()
        await asyncio.wait({refill})
        return len(shop.work), shop.made

    assert run(scenario(Shop())) == (0, [0, 1])


def test_a_request_waits_for_the_refill_that_is_under_way():
    """Nothing is made twice."""

    async def scenario(shop):
        await shop.take(size=1, refills=True)
        return await shop.got(size=1), shop.made

    assert run(scenario(Shop())) == ([(1, "cache")], [0, 1])


def test_clearing_forgets_everything_and_what_is_being_made():
    """The next request begins again with the first variant."""

    async def scenario(shop):
        await shop.take(size=2)
        shop.cache.clear()
        emptied = (len(shop.cache), shop.cache.keys, shop.cache.stats)
        return emptied, await shop.got(size=2)

    assert run(scenario(Shop())) == ((0, (), CacheStats()), [(0, "live")])


def test_compressed_answers_come_out_as_they_went_in():
    """And are smaller in between."""

    async def scenario(shop):
        shop.outcome = lambda number: Variant(b"%d" % number * 10_000)
        await shop.take()
        stored = [len(v.body) for entry in shop.cache._entries.values() for v in entry.ready]
        return stored, (await shop.take()).variants[0].body

    stored, body = run(scenario(Shop(enable_cache_compression=True)))

    assert all(size < 100 for size in stored)
    assert body == b"1" * 10_000


@pytest.mark.parametrize("digits", [1, 8, 64])
def test_keys_are_shown_in_as_many_digits_as_wanted(digits):
    """They are told apart by all of them."""

    async def scenario(shop):
        for path in ("/a", "/b"):
            await shop.take(key=request_key(Generation(path=path), Sampling(), "b"))
        return shop.cache

    cache = run(scenario(Shop(cache_key_hash_length=digits)))

    assert [len(kept.key) for kept in cache.keys] == [digits, digits]
    assert repr(cache) == "<cache of 2 keys, 4 answers ready>"


def test_its_figures_as_json():
    """What `/llmock/stats` shows."""

    async def scenario(shop):
        await shop.take(size=2)
        await shop.take(size=2)
        return shop.cache.json()

    assert run(scenario(Shop())) == {
        "hits": 1, "misses": 1, "made": 2, "refills": 0, "failures": 0, "expired": 0, "evicted": 0,
        "keys": [{"key": "key", "request": "GET /key", "ready": 0, "size": 2}],
    }  # fmt: skip


BASE = (Generation(body={"a": 1}, shape={"b": 0}, context="c"), Sampling(), "b")


@pytest.mark.parametrize(
    "change",
    [
        {"method": "POST"}, {"path": "/x"}, {"query": (("a", "1"),)}, {"body": {"a": 2}}, {"shape": {"b": 1}},
        {"count": 1}, {"context": "d"}, {"instructions": "x"},
    ],
    ids=lambda change: next(iter(change)),
)  # fmt: skip
def test_all_that_can_change_the_answer_is_in_the_key(change):
    """Two requests never get one another's answers."""
    generation, sampling, backend = BASE

    assert request_key(replace(generation, **change), sampling, backend) != request_key(*BASE)
    assert request_key(generation, Sampling(temperature=0.1), backend) != request_key(*BASE)
    assert request_key(generation, sampling, "other") != request_key(*BASE)


def test_the_variant_is_not_in_the_key():
    """All variants of a request are kept together."""
    generation, sampling, backend = BASE

    assert request_key(replace(generation, variant=3), sampling, backend) == request_key(*BASE)


class Model(RuleBasedStateMachine):
    """The cache against a plain model of it: dictionaries of numbers."""

    def __init__(self):
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.shop = Shop(max_items=2, cache_absolute_expiration_minutes=40)
        self.now, self.kept = 0, {}

    def teardown(self):
        self.loop.close()

    @rule(key=st.sampled_from("abc"), count=st.integers(1, 4), size=st.integers(1, 3))
    def ask(self, key, count, size):
        """Answers come in the order of their numbers, the ready ones first."""
        known = self.kept.pop(key, None)
        if known is None or self.now - known["used"] >= 15 or self.now - known["created"] >= 40:
            known = {"created": self.now, "ready": [], "next": 0}
        self.make_room()
        self.kept[key] = {**known, "used": self.now, "size": size}
        ready = self.kept[key]["ready"]
        expected = [(number, "cache") for number in ready[:count]]
        missing = count - len(expected)
        made = range(self.kept[key]["next"], self.kept[key]["next"] + (max(size, missing) if missing else 0))
        expected += [(number, "live") for number in made[:missing]]
        self.kept[key].update(ready=[*ready[count:], *made[missing:]], next=made.stop)

        assert self.loop.run_until_complete(self.shop.got(count, key=key, size=size)) == expected

    def make_room(self):
        if len(self.kept) < 2:
            return
        alive = {
            k: e for k, e in self.kept.items() if self.now - e["used"] < 15 and self.now - e["created"] < 40
        }
        self.kept = alive if len(alive) < 2 else dict([*alive.items()][1:])

    @rule(minutes=st.integers(1, 16))
    def wait(self, minutes):
        """Time passes."""
        self.now += minutes
        self.shop.clock.advance(minutes * MINUTE)

    @precondition(lambda self: self.kept)
    @rule()
    def clear(self):
        """Everything is forgotten."""
        self.kept = {}
        self.shop.cache.clear()

    @invariant()
    def holds_what_the_model_holds(self):
        """Keys in the order in which they were asked for, with as many answers ready."""
        held = [(kept.key, kept.ready, kept.size) for kept in self.shop.cache.keys]

        assert held == [(key, len(each["ready"]), each["size"]) for key, each in self.kept.items()]
        assert not self.shop.work


TestModel = Model.TestCase
TestModel.settings = hypothesis_settings(max_examples=40, stateful_step_count=20, deadline=None)
