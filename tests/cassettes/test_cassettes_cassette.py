"""A cassette in the hands of one test."""

import asyncio
from datetime import timedelta
from decimal import Decimal

import pytest
from decks import END, Clock, Deck, chat, finish

from pytest_llmock.backends.registry import Leaf
from pytest_llmock.errors import BackendError, CassetteError, Failure, RefusedError
from pytest_llmock.folding import fold
from pytest_llmock.journal import Call
from pytest_llmock.llm import Delta
from pytest_llmock.prices import Price

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture
def deck(tmp_path):
    return Deck(tmp_path / "cassettes" / "test_a.yaml")


async def test_a_recording_answers_as_the_model_did(deck):
    """Text, usage, end and boundaries are the same; who answered says that it is a replay."""
    (first,) = await deck.record("hello")

    deltas = await deck.deltas(deck.cassette())

    assert [delta.text for delta in deltas] == ["HELLO ", "1", ""]
    assert deltas[-1].end == END.end
    assert (first.source, deltas[0].origin.source, deltas[0].origin.backend) == ("recorded", "replayed", "up")
    assert deck.live_calls == ["hello"]


@pytest.mark.parametrize(
    ("mode", "live", "left"),
    [
        ("none", [], ["a", "b"]),
        ("once", [], ["a", "b"]),
        ("new", ["c"], ["a", "b", "c"]),
        ("all", ["a", "c"], ["a", "b", "c"]),
        ("rewrite", ["a", "c"], ["a", "c"]),
    ],
)
async def test_each_mode_asks_records_and_keeps_what_its_row_says(deck, mode, live, left):
    """With recordings of a and b, calls of a and c."""
    await deck.record("a", "b")
    deck.live_calls.clear()
    cassette = deck.cassette(mode)

    for text in ("a", "c"):
        try:
            await deck.ask(cassette, text)
        except RefusedError:
            assert mode in {"none", "once"}
    await finish(cassette, passed=True, timeout_s=1)

    assert deck.live_calls == live
    assert [line.split()[-1] for line in deck.text.splitlines() if "- user:" in line] == left


async def test_once_goes_on_recording_into_a_file_of_the_same_run(deck):
    """Two tests, or two workers, share a named cassette that the run began without."""
    await deck.record("a", shared=True, began=deck.clock.now)

    await deck.record("b", shared=True, began=deck.clock.now - 1)

    assert deck.count == 2


async def test_equal_calls_under_way_together_are_told_apart_by_their_order(deck):
    """What was asked first plays first, although it ended last when it was recorded."""
    cassette = deck.cassette("once")
    slow = asyncio.Event()

    async def live(prompt):
        number = len(deck.live_calls)
        deck.live_calls.append("x")
        if number == 0:
            await slow.wait()
        yield Delta(str(number))
        slow.set()
        yield END

    deck.live = live
    await asyncio.gather(*(deck.ask(cassette) for _ in range(3)))
    await finish(cassette, passed=True, timeout_s=1)

    replayed = deck.cassette()
    assert [(await deck.ask(replayed)).text for _ in range(3)] == ["0", "1", "2"]


async def test_slots_are_reserved_when_calls_begin(deck):
    """Five equal calls at once get five recordings, each its own."""
    await deck.record(*["hello"] * 5)
    cassette = deck.cassette()

    answers = await asyncio.gather(*(deck.ask(cassette) for _ in range(5)))

    assert [answer.text for answer in answers] == [f"HELLO {n}" for n in range(1, 6)]
    assert cassette.unplayed == []
    with pytest.raises(RefusedError, match="all its 5 recordings in .* have been played already"):
        await deck.ask(cassette)


async def test_the_last_recording_repeats_when_that_was_chosen(deck):
    """repeat="last" is for clients that ask an unknown number of times."""
    await deck.record("hello", "hello")
    cassette = deck.cassette(repeat=True)

    assert [(await deck.ask(cassette)).text for _ in range(4)] == ["HELLO 1", "HELLO 2", "HELLO 2", "HELLO 2"]


async def test_sequence_gives_the_nth_call_the_nth_recording(deck):
    """Whatever is asked: for tests of transport only."""
    await deck.record("a", "b")
    cassette = deck.cassette(level="sequence")

    assert [(await deck.ask(cassette, text)).text for text in ("x", "y")] == ["A 1", "B 2"]


async def test_a_stream_is_teed_while_it_is_recorded(deck):
    """The caller has the first delta before the model has sent the second."""
    cassette = deck.cassette("once")
    sent = []

    async def live(prompt):
        for number in range(3):
            sent.append(number)
            yield Delta(str(number))
        yield END

    deck.live = live
    got = [(delta.text, list(sent)) async for delta in cassette.answer(deck.leaf, chat("x"), call=None)]

    assert got[0] == ("0", [0])


@pytest.mark.parametrize(
    ("provider", "price", "line"),
    [
        ("openai", Price(Decimal(1000), Decimal(2000)), "cost: 0.013,"),
        ("openai", None, "attempts: 1, plugin"),
        ("python", None, "attempts: 1, plugin"),
    ],
    ids=["priced", "unknown", "free"],
)
async def test_a_recording_says_what_it_cost(deck, provider, price, line):
    """By the price of its backend's settings; what was free, or what nobody knows, is left out."""
    cassette = deck.cassette("once")
    leaf = Leaf("up", deck.live, provider, "m-1", live=True, price=price)

    await fold(cassette.answer(leaf, chat("x"), call=None))
    await finish(cassette)

    assert line in deck.text


async def test_an_abandoned_stream_is_kept_to_the_cut(deck):
    """A client that leaves after one event is replayed the same event, marked truncated."""
    cassette = deck.cassette("once")
    await deck.deltas(cassette, stop=1)
    await finish(cassette, passed=True, timeout_s=1)

    replay = deck.cassette()
    assert [delta.text for delta in await deck.deltas(replay)] == ["HELLO "]
    assert "\ntruncated: true\n" in deck.text
    assert replay.remarks == ["test_a.yaml:5: truncated when it was recorded, and so is this answer."]


async def test_a_stream_that_failed_on_its_way_fails_there_again(deck):
    """Deltas, then the error with its status and Retry-After."""
    failure = Failure("status", "slow down", 429, retry_after_s=7.0, body="{}")
    deck.pieces = lambda _: [Delta("one "), BackendError(failure)]
    cassette = deck.cassette("once")
    with pytest.raises(BackendError):
        await deck.ask(cassette)
    await finish(cassette, passed=True, timeout_s=1)

    deltas = deck.cassette().answer(deck.leaf, chat("hello"), call=None)
    assert (await anext(deltas)).text == "one "
    with pytest.raises(BackendError) as caught:
        await anext(deltas)

    assert caught.value.failure == failure


@pytest.mark.parametrize(
    ("failure", "kept"),
    [
        (Failure("status", "overloaded", 503), True),
        (Failure("status", "too many", 429, 1.5), True),
        (Failure("protocol", "no JSON"), True),
        (Failure("status", "bad key", 401), False),
        (Failure("status", "not yours", 403), False),
        (Failure("connect", "nobody there"), False),
        (Failure("resolve", "no such host"), False),
        (Failure("timeout", "too slow"), False),
        (Failure("key_missing", "no key"), False),
    ],
    ids=lambda value: value.message if isinstance(value, Failure) else "",
)
async def test_only_what_the_provider_said_is_recorded(deck, failure, kept):
    """Retries run in replay too, so 429 and 503 are kept; a wrong key or a dead network is nobody's answer."""
    deck.pieces = lambda _: [BackendError(failure)]
    cassette = deck.cassette("once")
    with pytest.raises(BackendError):
        await deck.ask(cassette)
    await finish(cassette, passed=True, timeout_s=1)

    assert deck.count == int(kept)
    if kept:
        with pytest.raises(BackendError) as caught:
            await deck.ask(deck.cassette())
        assert caught.value.failure == failure


async def test_replay_keeps_the_recorded_pace_when_asked(deck):
    """Speed 1 waits as long as the model did, 2 half as long, 0 not at all."""
    await deck.record("hello")
    waits = []
    for speed in (0, 1, 2):
        deck.clock.slept.clear()
        await deck.ask(deck.cassette(speed=speed))
        waits.append(sum(deck.clock.slept))

    assert waits == pytest.approx([0, 0.03, 0.015], abs=1e-6)


async def test_secrets_are_redacted_where_a_stream_splits_them(deck):
    """The caller gets what the model said, the file a placeholder, and the pieces stay as many as they were."""
    deck.environ["SERVICE_TOKEN"] = "t0ps3cr3t-value"
    deck.pieces = lambda _: [Delta("key t0ps3"), Delta("cr3t-va"), Delta("lue."), END]

    (answer,) = await deck.record("say t0ps3cr3t-value")

    assert answer.text == "key t0ps3cr3t-value."
    assert "t0ps" not in deck.text
    replayed = await deck.deltas(deck.cassette(), "say t0ps3cr3t-value")
    assert [delta.text for delta in replayed] == ["key <redacted:SERVICE_TOKEN>", "", ".", ""]


async def test_nothing_is_asked_when_nothing_could_be_written(deck):
    """Before the first paid call: the place is checked."""
    deck.path.parent.parent.joinpath("cassettes").write_text("a file")
    cassette = deck.cassette("once")

    with pytest.raises(CassetteError, match="Nothing was asked of a live model"):
        await deck.ask(cassette)

    assert deck.live_calls == []


async def test_an_edited_request_is_refused_until_it_has_its_own_key(deck):
    """A recording answers the request it was made for, not the one somebody wrote into the file."""
    await deck.record("hello")
    deck.path.write_text(deck.text.replace("- user: hello", "- user: goodbye"))

    with pytest.raises(CassetteError, match=r":5: the request of this recording was edited"):
        await deck.ask(deck.cassette())


async def test_an_edited_answer_is_played_as_it_was_edited(deck):
    """Hand editing is allowed: lengths that no longer add up do not matter."""
    await deck.record("hello")
    deck.path.write_text(deck.text.replace("text: HELLO 1", "text: Good morning to you"))

    deltas = await deck.deltas(deck.cassette())

    assert "".join(delta.text for delta in deltas) == "Good morning to you"
    assert deltas[-1].end == END.end


async def test_calls_under_way_at_the_end_are_awaited_and_kept(deck):
    """A background call that a test has paid for is complete before the file is written."""
    cassette = deck.cassette("once")
    go = asyncio.Event()

    async def live(prompt):
        await go.wait()
        yield Delta("late")
        yield END

    deck.live = live
    call = asyncio.ensure_future(deck.ask(cassette))
    await asyncio.sleep(0)
    end = asyncio.ensure_future(finish(cassette, timeout_s=5))
    await asyncio.sleep(0)
    go.set()
    await asyncio.gather(call, end)

    assert "text: late" in deck.text


async def test_calls_that_do_not_end_in_time_are_not_waited_for(deck):
    """The deadline holds; what is complete is kept."""
    cassette = deck.cassette("once")
    await deck.ask(cassette)

    async def live(prompt):
        await asyncio.Event().wait()
        yield END

    deck.live = live
    call = asyncio.ensure_future(deck.ask(cassette, "hangs"))
    await asyncio.sleep(0)
    await finish(cassette, passed=True, timeout_s=0.01)
    call.cancel()

    assert deck.count == 1


async def test_what_a_killed_run_left_is_kept_for_accept(deck):
    """A .recording of an earlier run is not lost when the test records again."""
    killed = deck.cassette("once")
    await deck.ask(killed, "paid for")
    (left,) = deck.path.parent.glob("*.recording")
    del killed

    await deck.record("hello")

    assert not left.exists()
    assert deck.count == 1
    assert "paid for" in deck.path.with_name("test_a.yaml.failed").read_text()


async def test_a_server_without_tests_records_at_once_and_in_order(deck):
    """Equal requests are held until the earlier one is complete; others are written when they end."""
    cassette = deck.cassette("once", endless=True)
    gates = [asyncio.Event(), asyncio.Event()]

    async def live(prompt):
        number = len(deck.live_calls)
        deck.live_calls.append("x")
        await gates[min(number, 1)].wait()
        yield Delta(str(number))
        yield END

    deck.live = live
    calls = [asyncio.ensure_future(deck.ask(cassette)) for _ in range(2)]
    other = asyncio.ensure_future(deck.ask(cassette, "other"))
    await asyncio.sleep(0)
    gates[1].set()
    await asyncio.gather(calls[1], other)
    assert deck.count == 1
    gates[0].set()
    await calls[0]

    assert [line for line in deck.text.splitlines() if line.startswith("  text: ")] == [
        '  text: "2"', '  text: "0"', '  text: "1"']  # fmt: skip


@pytest.mark.parametrize(
    ("pieces", "finding"),
    [
        ([Delta("[1]"), END], "error"),
        ([BackendError(Failure("status", "gone", 500))], "error"),
    ],
    ids=["shape", "failure"],
)
async def test_verify_fails_the_test_when_the_model_answers_in_another_way(deck, pieces, finding):
    """The caller gets the recording, the test the difference, the file nothing."""
    deck.pieces = lambda _: [Delta('{"a": 1}'), END]
    await deck.record("hello")
    before, deck.pieces = deck.text, lambda _: pieces

    cassette = deck.cassette("verify")
    answer = await deck.ask(cassette)
    await finish(cassette, passed=True, timeout_s=1)

    assert answer.text == '{"a": 1}'
    assert len(deck.failures) == 1
    assert deck.text == before


async def test_verify_reports_how_similar_other_words_are(deck):
    """Other words of the same kind are no failure: they are scored."""
    await deck.record("hello")

    cassette = deck.cassette("verify")
    await deck.ask(cassette)

    assert deck.failures == []
    assert len(cassette.remarks) == 1
    assert "similar" in cassette.remarks[0]


@pytest.mark.parametrize(("on_expiry", "mode"), [("warn", "none"), ("record", "none"), ("warn", "once")])
async def test_an_expired_recording_that_may_play_says_so(deck, on_expiry, mode):
    """Old answers are told, and where the run may not record they still answer."""
    await deck.record("hello")
    deck.clock.now += 40 * 86_400

    cassette = deck.cassette(mode, max_age=timedelta(days=30), on_expiry=on_expiry)
    answer = await deck.ask(cassette)

    assert answer.source == "replayed"
    assert cassette.remarks == ["test_a.yaml:5: recorded 40 days ago, longer than max_age allows."]


async def test_an_expired_recording_is_refused_when_that_was_chosen(deck):
    """The message says how old it is."""
    await deck.record("hello")
    deck.clock.now += 40 * 86_400

    with pytest.raises(RefusedError, match="is 40 days old, and max_age is 30 days"):
        await deck.ask(deck.cassette(max_age=timedelta(days=30), on_expiry="fail"))


async def test_only_the_expired_one_of_equal_recordings_is_renewed(deck):
    """Its place among its equals is kept."""
    await deck.record("hello")
    deck.clock.now += 40 * 86_400
    await deck.record("hello", "hello", mode="new")
    await deck.record("hello", "hello", "hello", mode="new")

    await deck.record("hello", "hello", "hello", max_age=timedelta(days=30), on_expiry="record")

    assert [line for line in deck.text.splitlines() if line.startswith("  text:")] == [
        "  text: HELLO 4", "  text: HELLO 2", "  text: HELLO 3"]  # fmt: skip


async def test_a_torn_end_is_told_once_and_the_rest_plays(deck):
    """What a killed run could not finish writing does not stand in the way."""
    await deck.record("a", "b")
    deck.path.write_bytes(deck.path.read_bytes()[:-20])
    cassette = deck.cassette()

    assert (await deck.ask(cassette, "a")).text == "A 1"
    assert len(cassette.remarks) == 1


def test_the_clock_of_these_tests_stands_still():
    """What is recorded at the same moment has the same bytes."""
    assert Clock().wall() == 1_700_000_000.0


def hanging(deck, *before):
    """The model says so much, and then nothing more; the event is set when it is waited for."""
    waits = asyncio.Event()

    async def live(prompt):
        deck.live_calls.append("hangs")
        for delta in before:
            yield delta
        waits.set()
        await asyncio.Event().wait()

    deck.live = live
    return waits


async def record_cancelled(deck, *before, call=None, **policy):
    """A call that its caller gives up while it waits, and an equal one after it that is answered."""
    cassette, answering = deck.cassette("once", **policy), deck.live
    waits = hanging(deck, *before)
    asking = asyncio.ensure_future(fold(cassette.answer(deck.leaf, chat("hello"), call=call)))
    await waits.wait()
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    deck.live = answering
    await deck.ask(cassette)
    await finish(cassette)


@pytest.mark.parametrize("before", [(), (Delta("HE"),)], ids=["before anything came", "in the middle"])
async def test_a_call_that_was_cancelled_waits_in_replay_until_it_is_cancelled(deck, before):
    """The next equal call has its own answer, whether the first one has been cancelled yet or not."""
    await record_cancelled(deck, *before)
    cassette = deck.cassette()

    first = asyncio.ensure_future(deck.ask(cassette))
    await asyncio.sleep(0.01)
    second = await deck.ask(cassette)

    assert (second.text, first.done(), deck.count) == ("HELLO 2", False, 2)
    first.cancel()


async def test_a_call_that_nobody_cancels_gets_the_next_recording(deck):
    """It stands for a later call, when the one that was cancelled has not come this time."""
    await record_cancelled(deck)

    answer = await deck.ask(deck.cassette())

    assert answer.text == "HELLO 2"


async def test_a_call_that_was_cancelled_says_so_in_its_file_and_in_the_report(deck):
    """Why a test waits should be easy to find."""
    await record_cancelled(deck)
    cassette = deck.cassette()

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(deck.ask(cassette), 0.01)

    assert "\ncancelled: true\nrecorded: " in deck.text
    assert "truncated" not in deck.text
    assert cassette.remarks == [
        "test_a.yaml:5: cancelled when it was recorded, so it waits until it is cancelled."
    ]


async def test_what_came_before_a_call_was_cancelled_is_played_first(deck):
    """It is marked truncated too."""
    await record_cancelled(deck, Delta("HE"))

    deltas = await deck.deltas(deck.cassette(), stop=1)

    assert [delta.text for delta in deltas] == ["HE"]
    assert "\ntruncated: true\ncancelled: true\n" in deck.text


@pytest.mark.parametrize(
    ("face", "count"), [("openai", 1), ("python", 2)], ids=["a client", "a step of a pattern"]
)
async def test_a_client_that_left_a_server_without_tests_is_forgotten(deck, face, count):
    """The next client would be made to wait; a program that gave up does so again."""
    await record_cancelled(deck, endless=True, call=Call(1, face, "POST", "/x"))

    assert (deck.count, "cancelled" in deck.text) == (count, count > 1)


async def test_a_recording_that_was_cancelled_does_not_repeat(deck):
    """With repeat="last" the last one that was answered does, and without any the call is a miss."""
    await record_cancelled(deck)
    cassette = deck.cassette(repeat=True)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(deck.ask(cassette), 0.01)

    assert [(await deck.ask(cassette)).text for _ in range(3)] == ["HELLO 2"] * 3


async def test_a_recording_that_was_cancelled_is_not_missed_when_nobody_plays_it(deck):
    """In replay the branch that fails may be faster than the one it cancels."""
    await record_cancelled(deck)
    cassette = deck.cassette()

    assert cassette.unplayed == [0, 1]
    assert [number for number, _ in cassette.account()["unplayed"]] == [1]


async def test_verify_does_not_ask_the_model_again_what_was_cancelled(deck):
    """There is no answer to compare."""
    await record_cancelled(deck)
    deck.live_calls.clear()

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(deck.ask(deck.cassette("verify")), 0.01)

    assert (deck.live_calls, deck.failures) == ([], [])


async def test_a_call_that_is_cancelled_after_its_test_leaves_nothing(deck):
    """What the test recorded has its place by then."""
    cassette = deck.cassette("once")
    waits = hanging(deck, Delta("HE"))
    call = asyncio.ensure_future(deck.ask(cassette))
    await waits.wait()

    await finish(cassette, timeout_s=0.01)
    call.cancel()
    await asyncio.gather(call, return_exceptions=True)

    assert list(deck.path.parent.iterdir()) == []
