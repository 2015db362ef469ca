"""Deliveries over real HTTP, with the real ledger."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, make_url, text

from analytics.digest import Digest
from analytics.window import Window
from collector.database import connect, engine_on
from collector.retention import prune
from reports.channels.channel import Letter, Message
from reports.channels.conclusion import Conclusion
from reports.delivering import Courier
from reports.errand import Clock, Delivered, Patience
from reports.ledger import Address, Entry, Ledger
from reports.pace import Pace
from reports.stored_digest import from_json, to_json
from tests.chat_servers.manners import Manner, http, misbehaving
from tests.chat_servers.plain_channel import PlainChannel
from tests.chat_servers.server import ChatServer
from tests.faults.proxy import FaultProxy
from tests.unit.reports.digests import busy, quiet

DAY = Window.daily(datetime(2026, 11, 22, 8, tzinfo=UTC), "Europe/Berlin")
OPS = Address(channel="ops", window=DAY)
GOOD = Manner(takes=True, answer=http(200, "ok"))
BAD = misbehaving(GOOD)
QUICK = Patience(
    seconds=30, first_pause_seconds=0.01, longest_pause_seconds=0.02, poll_seconds=0.01
)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """Yield an engine on an empty store."""
    made = connect(database_url)
    yield made
    made.dispose()


@pytest.fixture
def ledger(engine: Engine) -> Ledger:
    """Return its ledger."""
    return Ledger(engine)


class FakeTime:
    """A clock that jumps where somebody sleeps, and remembers for how long."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def clock(self) -> Clock:
        """Return it as a courier wants it."""
        return Clock(
            now=lambda: datetime(2026, 11, 22, 8, tzinfo=UTC) + timedelta(seconds=self.seconds),
            monotonic=lambda: self.seconds,
            sleep=self.slept.append,
        )

    @property
    def seconds(self) -> float:
        """How much time has passed."""
        return sum(self.slept)


def in_turn(*manners: Manner) -> Callable[[int], Manner]:
    """Behave so in turn; the last one goes on for ever."""
    return lambda number: manners[min(number, len(manners) - 1)]


def delivered(
    engine: Engine,
    server: ChatServer,
    *,
    build: Callable[[], Digest] = busy,
    address: Address = OPS,
    patience: Patience = QUICK,
    clock: Clock | None = None,
    parts: int = 1,
    by_hand: bool = False,
    **settings: object,
) -> Delivered:
    """Deliver to a server."""
    channel = PlainChannel(server.url, parts=parts, **settings)
    courier = Courier(engine, patience=patience, clock=clock)
    return courier.deliver(channel, address, build, by_hand=by_hand)


def entry(ledger: Ledger, address: Address = OPS) -> Entry:
    """Return the row."""
    found = ledger.find(address)
    assert found is not None
    return found


def test_a_digest_is_sent_once(engine: Engine, ledger: Ledger) -> None:
    """The second run finds that it is there, and builds nothing."""
    built = []

    def build() -> Digest:
        built.append(1)
        return busy()

    with ChatServer(GOOD) as server:
        first = delivered(engine, server, build=build)
        second = delivered(engine, server, build=build)
    assert (first.outcome, second.outcome) == ("sent", "already sent")
    assert (first.has_failed, second.has_failed) == (False, False)
    assert (len(server.taken), len(built)) == (1, 1)
    row = entry(ledger)
    assert (row.state, row.copies, row.tries, row.parts, row.parts_sent) == ("sent", 1, 1, 1, 1)
    assert server.taken_by_id == {row.letter_id: 1}
    assert row.sent_time is not None


def test_what_was_sent_can_be_read_again(engine: Engine, ledger: Ledger) -> None:
    """The digest itself, whatever the store says later."""
    with ChatServer(GOOD) as server:
        delivered(engine, server)
    stored = ledger.digest(OPS)
    assert stored is not None
    assert from_json(stored) == busy()


def test_a_hundred_parallel_runs_post_once(engine: Engine, ledger: Ledger) -> None:
    """Whoever comes second waits for the first, and then knows."""
    gate = threading.Barrier(100)

    def run(_: int) -> str:
        gate.wait()
        return delivered(engine, server).outcome

    with ChatServer(GOOD) as server, ThreadPoolExecutor(100) as pool:
        outcomes = sorted(pool.map(run, range(100)))
    assert outcomes == [*["already sent"] * 99, "sent"]
    assert len(server.taken) == 1
    assert entry(ledger).copies == 1


def test_periods_zones_and_channels_are_told_apart(engine: Engine, ledger: Ledger) -> None:
    """The same date in another zone is another window, and has another id."""
    tokyo = Window.daily(datetime(2026, 11, 22, 8, tzinfo=UTC), "Asia/Tokyo")
    week = Window.weekly(datetime(2026, 11, 24, tzinfo=UTC), "Europe/Berlin")
    places = [
        OPS,
        Address(channel="ops", window=tokyo),
        Address(channel="ops", window=week),
        Address(channel="dev", window=DAY),
        Address(channel="ops", window=DAY, stands_in_for="dev"),
    ]
    with ChatServer(GOOD) as server:
        found = [delivered(engine, server, address=place).outcome for place in places]
    assert found == ["sent"] * 5
    assert sorted(server.taken_by_id.values()) == [1] * 5
    assert [str(place) for place in places] == [
        "daily/2026-11-21/ops",
        "daily/2026-11-21/ops",
        "weekly/2026-W47/ops",
        "daily/2026-11-21/dev",
        "daily/2026-11-21/ops/dev",
    ]
    assert len(ledger.entries(channel="ops", report="daily")) == 3


def test_an_hour_that_the_clock_shows_twice_is_two_windows(engine: Engine) -> None:
    """Both are called the same."""
    starts = [datetime(2026, 10, 25, hour, tzinfo=UTC) for hour in (0, 1)]
    windows = [
        Window.between(start, start + timedelta(hours=1), "Europe/Berlin") for start in starts
    ]
    with ChatServer(GOOD) as server:
        for window in windows:
            delivered(engine, server, address=Address(channel="ops", window=window))
    assert len(server.taken_by_id) == 2


def test_two_stores_have_different_ids(ledger: Ledger, engine: Engine) -> None:
    """A mailbox that two of them write to must not take one for a copy of the other."""
    first = ledger.letter_id(OPS)
    assert first == Ledger(engine).letter_id(OPS)
    with engine.begin() as connection:
        connection.execute(text("update kubedigest.store_identity set id = gen_random_uuid()"))
    assert Ledger(engine).letter_id(OPS) != first


@pytest.mark.parametrize("policy", ["at-most-once", "at-least-once"])
def test_what_was_surely_not_sent_is_tried_again(
    policy: str, engine: Engine, ledger: Ledger
) -> None:
    """In the same run, under either policy, and not marked as a copy."""
    with ChatServer(in_turn(BAD["429 without a time"], GOOD)) as server:
        found = delivered(engine, server, policy=policy)
    assert (found.outcome, found.copies) == ("sent", 1)
    assert b"Sent again" not in server.taken[0].body
    assert (entry(ledger).tries, entry(ledger).copies) == (2, 1)


def test_at_most_once_leaves_alone_what_is_unclear(engine: Engine, ledger: Ledger) -> None:
    """For good, and it is a failure of every run until somebody has looked."""
    with ChatServer(BAD["reset after it was taken"]) as server:
        first = delivered(engine, server, policy="at-most-once")
        second = delivered(engine, server, policy="at-most-once")
    assert len(server.taken) == 1
    assert (first.outcome, second.outcome, second.has_failed) == ("unclear", "unclear", True)
    row = entry(ledger)
    assert (row.state, row.copies, row.may_be_claimed) == ("unclear", 1, False)
    assert ledger.mark_sent(OPS)
    assert delivered(engine, server, policy="at-most-once").outcome == "already sent"


def test_at_least_once_sends_a_marked_copy(engine: Engine, ledger: Ledger) -> None:
    """The ledger says how many there may be."""
    with ChatServer(in_turn(BAD["reset after it was taken"], GOOD)) as server:
        found = delivered(engine, server, policy="at-least-once")
    assert (found.outcome, found.copies) == ("sent", 2)
    first, second = (one.body.decode() for one in server.taken)
    assert "Sent again: an earlier try may have arrived." in second
    assert "Sent again" not in first
    assert entry(ledger).copies == 2
    assert list(server.taken_by_id.values()) == [2]


def test_a_copy_says_what_was_said_before(engine: Engine) -> None:
    """Not what the store has learnt since."""
    with ChatServer(BAD["reset after it was taken"]) as server:
        delivered(engine, server, build=busy)
        server.behave = GOOD
        delivered(engine, server, build=quiet)
    assert {one.body.decode().splitlines()[0] for one in server.taken} == {busy().verdict}


def test_what_never_left_says_what_is_known_now(engine: Engine) -> None:
    """A late event counts."""
    with ChatServer(BAD["404"]) as server:
        delivered(engine, server, build=busy)
        server.behave = GOOD
        delivered(engine, server, build=quiet)
    assert server.taken[0].body.decode().splitlines()[0] == quiet().verdict


def test_a_refusal_is_tried_once_a_run(engine: Engine, ledger: Ledger) -> None:
    """Whoever mends the configuration gets it with the next one."""
    with ChatServer(BAD["404"]) as server:
        found = delivered(engine, server)
        assert (found.outcome, found.code, found.hint) == ("refused", "404", "look at it")
        assert server.connections == 1
        assert entry(ledger).copies == 0
        server.behave = GOOD
        assert delivered(engine, server).outcome == "sent"
    assert entry(ledger).copies == 1


def test_retry_after_is_waited_for(engine: Engine) -> None:
    """As long as the service asks for, by every process."""
    time = FakeTime()
    with ChatServer(in_turn(BAD["429 in 7 seconds"], GOOD)) as server:
        found = delivered(engine, server, clock=time.clock())
    assert found.outcome == "sent"
    assert time.seconds == pytest.approx(7, abs=0.5)


def test_retry_after_beyond_the_patience_is_written_down(engine: Engine, ledger: Ledger) -> None:
    """Nothing waits for an hour; the next run goes on, and not before its time."""
    patience = Patience(seconds=5)
    with ChatServer(in_turn(BAD["429 in 7 seconds"], GOOD)) as server:
        first = delivered(engine, server, patience=patience, clock=FakeTime().clock())
        second = delivered(engine, server, patience=patience, clock=FakeTime().clock())
        assert len(server.heard) == 1
    assert (first.outcome, second.outcome) == ("not sent", "not sent")
    assert first.next_try == datetime(2026, 11, 22, 8, 0, 7, tzinfo=UTC)
    assert second.next_try is not None
    assert entry(ledger).next_try == second.next_try
    assert entry(ledger).copies == 0


def test_parts_go_on_where_they_stopped(engine: Engine, ledger: Ledger) -> None:
    """What is in the chat is not sent again."""
    refusing = in_turn(GOOD, BAD["404"])
    with ChatServer(refusing) as server:
        first = delivered(engine, server, parts=3)
        assert (first.outcome, entry(ledger).parts_sent, entry(ledger).parts) == ("refused", 1, 3)
        server.behave = GOOD
        second = delivered(engine, server, parts=3, build=quiet)
    assert second.outcome == "sent"
    lines = [one.body.decode().splitlines() for one in server.taken]
    assert [line[-1] for line in lines] == ["part 1", "part 2", "part 3"]
    assert {line[0] for line in lines} == {busy().verdict}
    assert entry(ledger).parts_sent == 3


def test_parts_that_are_cut_anew_are_a_marked_copy(engine: Engine) -> None:
    """As where somebody has changed the settings in between."""
    with ChatServer(in_turn(GOOD, BAD["404"])) as server:
        delivered(engine, server, parts=3)
        server.behave = GOOD
        delivered(engine, server, parts=2)
    bodies = [one.body.decode() for one in server.taken]
    assert [body.splitlines()[-1] for body in bodies] == ["part 1", "part 1", "part 2"]
    assert ["Sent again" in body for body in bodies] == [False, True, True]


@pytest.mark.parametrize(
    ("policy", "outcome", "taken"), [("at-most-once", "unclear", 0), ("at-least-once", "sent", 1)]
)
def test_a_run_that_died_while_sending_is_taken_over_by_policy(
    policy: Any, outcome: str, taken: int, engine: Engine, ledger: Ledger
) -> None:
    """Nobody knows whether it had sent."""
    claim = ledger.claim(OPS, policy=policy, lease_seconds=60)
    assert claim is not None
    assert ledger.begin(claim, digest=to_json(busy()), parts=1, lease_seconds=-1)
    with ChatServer(GOOD) as server:
        found = delivered(engine, server, policy=policy, build=quiet)
    assert (found.outcome, len(server.taken)) == (outcome, taken)
    assert entry(ledger).copies == 1 + taken
    if taken:
        assert "Sent again" in server.taken[0].body.decode()
        assert busy().verdict in server.taken[0].body.decode()
    else:
        assert found.reason == "the run that was sending it ended before it heard an answer"


def test_what_another_version_has_stored_is_built_anew(engine: Engine, ledger: Ledger) -> None:
    """A copy of something else is better than none."""
    claim = ledger.claim(OPS, policy="at-least-once", lease_seconds=60)
    assert claim is not None
    assert ledger.begin(claim, digest='{"schema_version":99}', parts=1, lease_seconds=-1)
    with ChatServer(GOOD) as server:
        assert delivered(engine, server).outcome == "sent"


def test_a_run_that_died_before_it_sent_is_taken_over(engine: Engine, ledger: Ledger) -> None:
    """Surely nothing was sent, so that even at-most-once sends."""
    assert ledger.claim(OPS, policy="at-most-once", lease_seconds=-1) is not None
    with ChatServer(GOOD) as server:
        found = delivered(engine, server, policy="at-most-once")
    assert (found.outcome, found.copies) == ("sent", 1)
    assert b"Sent again" not in server.taken[0].body


def test_a_run_that_was_taken_for_dead_does_not_send(engine: Engine, ledger: Ledger) -> None:
    """It wakes up, and its claim is another's."""
    asleep = ledger.claim(OPS, policy="at-least-once", lease_seconds=-1)
    assert asleep is not None
    with ChatServer(GOOD) as server:
        assert delivered(engine, server).outcome == "sent"
    assert not ledger.begin(asleep, digest="{}", parts=1, lease_seconds=60)
    late = Conclusion(state="sent", reason="")
    assert not ledger.conclude(asleep, late, state="sent", parts_sent=1)
    assert entry(ledger).copies == 1


@pytest.mark.parametrize(("state", "copies"), [("sent", 1), ("not sent", 0), ("unclear", 1)])
def test_a_run_that_was_taken_for_dead_may_still_say_what_became_of_it(
    state: Any, copies: int, ledger: Ledger
) -> None:
    """As long as nobody has claimed it, its word is better than a guess."""
    slow = ledger.claim(OPS, policy="at-most-once", lease_seconds=60)
    assert slow is not None
    assert ledger.begin(slow, digest="{}", parts=1, lease_seconds=-1)
    ledger.settle_abandoned()
    assert (entry(ledger).state, entry(ledger).copies) == ("unclear", 1)
    assert ledger.conclude(slow, Conclusion(state=state, reason=""), state=state, parts_sent=1)
    assert (entry(ledger).state, entry(ledger).copies) == (state, copies)


def test_a_busy_row_is_waited_for_and_then_said(engine: Engine, ledger: Ledger) -> None:
    """A retry of the job must not take it for done."""
    assert ledger.claim(OPS, policy="at-least-once", lease_seconds=600) is not None
    time = FakeTime()
    with ChatServer(GOOD) as server:
        found = delivered(
            engine, server, clock=time.clock(), patience=Patience(seconds=10, poll_seconds=1)
        )
    assert (found.outcome, found.has_failed, time.seconds) == ("busy", True, 10)
    assert server.connections == 0


@pytest.mark.parametrize("parts", [1, 2])
def test_a_database_that_goes_away_after_the_post_is_said(
    parts: int, database_url: str, engine: Engine, ledger: Ledger
) -> None:
    """It was sent, nobody could write it down, and the next run must not take it for nothing."""

    class Unlucky(PlainChannel):
        def send(self, message: Message, letter: Letter, now: datetime) -> Conclusion:
            found = super().send(message, letter, now)
            proxy.close()
            return found

    address = make_url(database_url)
    sockets = Path(str(address.query["host"])) / ".s.PGSQL.5432"
    with ChatServer(GOOD) as server, FaultProxy(sockets) as proxy:
        query = {"host": "127.0.0.1", "port": str(proxy.port)}
        courier = Courier(
            engine_on(address.set(query=query)), patience=QUICK, clock=FakeTime().clock()
        )
        channel = Unlucky(server.url, policy="at-most-once", parts=parts)
        found = courier.deliver(channel, OPS, busy)
        assert (found.outcome, found.has_failed, len(server.taken)) == ("unclear", True, 1)
        assert "the ledger could not be told: the database went away" in found.reason
        assert entry(ledger).state == "sending"
        with engine.begin() as connection:
            connection.execute(text("update kubedigest.delivery set lease_until = now()"))
        assert delivered(engine, server, policy="at-most-once").outcome == "unclear"
        assert len(server.taken) == 1


def test_a_database_that_is_away_for_a_moment_is_waited_for(
    database_url: str, ledger: Ledger
) -> None:
    """Before anything is sent, that costs nothing."""
    address = make_url(database_url)
    sockets = Path(str(address.query["host"])) / ".s.PGSQL.5432"
    with ChatServer(GOOD) as server, FaultProxy(sockets) as proxy:
        proxy.cut_next(1)
        query = {"host": "127.0.0.1", "port": str(proxy.port)}
        channel = PlainChannel(server.url)
        courier = Courier(engine_on(address.set(query=query)), patience=QUICK)
        assert courier.deliver(channel, OPS, busy).outcome == "sent"
        assert proxy.has_cut
    assert entry(ledger).copies == 1


def test_by_hand_another_copy_is_sent(engine: Engine, ledger: Ledger) -> None:
    """Whatever the policy says, and marked as one."""
    with ChatServer(GOOD) as server:
        delivered(engine, server, policy="at-most-once")
        found = delivered(engine, server, policy="at-most-once", by_hand=True)
    assert (found.outcome, found.copies, entry(ledger).copies) == ("sent", 2, 2)
    assert b"Sent again" in server.taken[1].body


def fail() -> Digest:
    """Build no digest."""
    raise ValueError("the store is \x1b[31mbroken")


def test_a_digest_that_cannot_be_built_is_not_sent(engine: Engine, ledger: Ledger) -> None:
    """One sentence, and the next run tries again."""
    with ChatServer(GOOD) as server:
        found = delivered(engine, server, build=fail)
        assert found.reason == "the digest could not be built: the store is \\x1b[31mbroken"
        assert (found.outcome, entry(ledger).state) == ("not sent", "not sent")
        assert delivered(engine, server).outcome == "sent"


def test_a_message_that_cannot_be_made_is_refused(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with a template that has a mistake, or a language that does not exist."""
    with ChatServer(GOOD) as server:
        found = delivered(engine, server, language="/nowhere/xx.po")
        assert found.outcome == "refused"
        assert "the catalogue /nowhere/xx.po cannot be read" in found.reason
        assert server.connections == 0


def test_an_error_while_sending_is_unclear(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may have been on its way."""

    def broken(self: PlainChannel, message: Message, letter: Letter, now: datetime) -> Conclusion:
        raise RuntimeError("a mistake of ours")

    monkeypatch.setattr(PlainChannel, "send", broken)
    with ChatServer(GOOD) as server:
        found = delivered(engine, server, policy="at-most-once")
    assert (found.outcome, found.reason) == ("unclear", "sending it failed: a mistake of ours")


def stand_in(engine: Engine, refusing: ChatServer, other: ChatServer) -> tuple[Delivered, ...]:
    """Deliver to ops, whose fallback is duty."""
    channels = {
        "ops": PlainChannel(refusing.url),
        "duty": PlainChannel(other.url),
    }
    courier = Courier(engine, patience=QUICK)
    return courier.deliver_or_stand_in(channels.__getitem__, OPS, busy, fallback="duty")


def test_a_fallback_stands_in(engine: Engine, ledger: Ledger) -> None:
    """With a row of its own, and it says for whom; its own digest is another matter."""
    duty = Address(channel="duty", window=DAY)
    with ChatServer(BAD["404"]) as refusing, ChatServer(GOOD) as other:
        first, second = stand_in(engine, refusing, other)
        again = stand_in(engine, refusing, other)
        delivered(engine, other, address=duty)
    assert (first.outcome, second.outcome) == ("refused", "sent")
    assert [one.outcome for one in again] == ["refused", "already sent"]
    assert str(second.address) == "daily/2026-11-21/duty/ops"
    bodies = [one.body.decode() for one in other.taken]
    assert "In place of the channel ops, which did not take it." in bodies[0]
    assert "In place of" not in bodies[1]
    assert len(bodies) == 2
    assert len(ledger.entries()) == 3


@pytest.mark.parametrize("name", ["reset after it was taken", "silent, taken"])
def test_a_fallback_does_not_double_what_may_have_arrived(name: str, engine: Engine) -> None:
    """Unclear is no refusal."""
    with ChatServer(BAD[name]) as unclear, ChatServer(GOOD) as other:
        channels = {
            "ops": PlainChannel(unclear.url, timeout_seconds=0.3),
            "duty": PlainChannel(other.url),
        }
        courier = Courier(engine, patience=QUICK)
        [found] = courier.deliver_or_stand_in(channels.__getitem__, OPS, busy, fallback="duty")
    assert found.outcome == "unclear"
    assert other.connections == 0


def test_a_fallback_stands_in_for_a_channel_that_cannot_be_opened(engine: Engine) -> None:
    """As where a package is missing."""

    def opened(name: str) -> PlainChannel:
        if name == "ops":
            raise RuntimeError("a package is missing")
        return PlainChannel(other.url)

    with ChatServer(GOOD) as other:
        courier = Courier(engine, patience=QUICK)
        first, second = courier.deliver_or_stand_in(opened, OPS, busy, fallback="duty")
    assert first.reason == "the channel cannot be used: a package is missing"
    assert (first.outcome, second.outcome, len(other.taken)) == ("refused", "sent", 1)


def test_thirty_messages_keep_within_twenty_a_minute(engine: Engine) -> None:
    """Whoever reserves gets moments of which no minute holds more than twenty."""
    pace = Pace(engine, "robot", 20)
    moments = [pace.reserve(3600.0) for _ in range(30)]
    assert all(moment is not None for moment in moments)
    times = [moment for moment in moments if moment is not None]
    assert all(later - earlier > 60 for earlier, later in zip(times, times[20:], strict=False))
    assert Pace(engine, "robot", 20).reserve(10.0) is None
    assert Pace(engine, "another robot", 20).reserve(10.0) == 0


def test_reservations_of_parallel_runs_do_not_collide(engine: Engine) -> None:
    """One statement reserves, whoever asks."""
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: Pace(engine, "robot", 60).reserve(3600.0), range(16)))
    waits = sorted(wait for wait in found if wait is not None)
    assert len(waits) == 16
    gaps = [later - earlier for earlier, later in pairwise(waits)]
    assert max(waits) > 15 * 1.05 - 5  # the time that the reservations took
    assert all(gap > -0.001 for gap in gaps)


def test_a_blocked_channel_is_waited_for(engine: Engine) -> None:
    """By everybody; a shorter block later does not shorten it."""
    Pace(engine, "robot", 20).block(100.0)
    Pace(engine, "robot", 20).block(1.0)
    assert Pace(engine, "robot", 20).reserve(60.0) is None
    found = Pace(engine, "robot", 20).reserve(200.0)
    assert found == pytest.approx(100, abs=5)
    due = Pace(engine, "robot", 20).next_slot()
    assert due is not None


def test_entries_are_listed_and_narrowed(engine: Engine, ledger: Ledger) -> None:
    """The oldest period first, without what was said."""
    with ChatServer(GOOD) as server:
        for day in (23, 22):
            window = Window.daily(datetime(2026, 11, day, 8, tzinfo=UTC), "Europe/Berlin")
            delivered(engine, server, address=Address(channel="ops", window=window))
    periods = [row.address.window.period for row in ledger.entries()]
    assert periods == ["2026-11-21", "2026-11-22"]
    narrowed = partial(ledger.entries, channel="ops", report="daily", period="2026-11-22")
    assert [row.address.window.period for row in narrowed()] == ["2026-11-22"]
    assert ledger.entries(since=datetime.now(UTC) + timedelta(days=1)) == []


def test_marking_as_sent_needs_a_row_that_nobody_is_at(ledger: Ledger) -> None:
    """A typing mistake marks nothing."""
    assert not ledger.mark_sent(OPS)
    assert ledger.claim(OPS, policy="at-least-once", lease_seconds=60) is not None
    assert not ledger.mark_sent(OPS)


def test_prune_forgets_what_is_older_than_it_keeps(engine: Engine, ledger: Ledger) -> None:
    """The promise of one digest a period holds for as long."""
    with ChatServer(GOOD) as server:
        delivered(engine, server)
    later = datetime.now(UTC) + timedelta(days=1)
    for kept, now in ((1, later - timedelta(days=2)), (0, later)):
        for _ in prune(engine, now=now, keep=timedelta(days=0)):
            pass
        assert len(ledger.entries()) == kept
