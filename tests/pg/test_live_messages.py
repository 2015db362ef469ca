"""New points -> messages in a chat on loopback, with a real store between."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from collector.database import connect
from collector.errors import StoreError
from reports.live.live_store import LiveStore
from reports.live.patterns import EventPatterns
from reports.live.rule import QuietHours, Rule, Threshold
from tests.chat_servers.manners import Manner, http
from tests.chat_servers.server import ChatServer
from tests.live_notifications import NOW, HandClock, channel_route, notifier, rows, seen, write

GOOD = Manner(takes=True, answer=http(200, {"ok": True}))
AWAY = Manner(takes=False, answer=http(429, {"error": "too many"}))
REFUSES = Manner(takes=False, answer=http(400, {"error": "bad"}))
BROKEN = Manner(takes=True, answer=b"", ends="reset")  # it is in the chat, and nobody says so
SECOND = timedelta(seconds=1)


@pytest.fixture
def chat() -> Iterator[ChatServer]:
    """Yield a server that takes everything, until it is told otherwise."""
    with ChatServer(GOOD) as server:
        yield server


@pytest.fixture
def clock() -> HandClock:
    """Return a clock that stands still at nine."""
    return HandClock()


def told(chat: ChatServer) -> list[dict[str, Any]]:
    """Return the messages in the chat."""
    return [json.loads(one.body) for one in chat.taken]


def occurrences(chat: ChatServer) -> list[int]:
    """Return how many occurrences each message in the chat tells of: shown and left out."""
    found = []
    for message in told(chat):
        shown = sum(row["failures"] for row in message["rows"])
        assert shown + message["residual"]["failures"] == message["failures"]
        found.append(message["failures"])
    return found


def letters(url: str) -> list[tuple[Any, ...]]:
    """Return what the ledger says of each message."""
    query = "select state, copies, tries, occurrences from public.notification order by created"
    return rows(connect(url), query)


def test_a_failure_is_told_once(database_url: str, chat: ChatServer, clock: HandClock) -> None:
    """With what, where and how often; the second reading finds nothing new."""
    watcher = notifier(database_url, [channel_route(chat.url)], clock)
    watcher.once()
    write(database_url, seen(NOW))
    watcher.once()
    watcher.once()
    [message] = told(chat)
    assert message["type"] == "kubedigest.notification"
    assert message["verdict"] == "BackOff: prod shop/StatefulSet web"
    [row] = message["rows"]
    assert (row["failures"], row["message"]) == (1, "Back-off restarting failed container")
    assert letters(database_url) == [("sent", 1, 1, 1)]


def test_what_was_there_before_the_first_start_is_not_told(
    database_url: str, chat: ChatServer, clock: HandClock
) -> None:
    """And what comes while no process runs is told by the next one."""
    write(database_url, seen(NOW))
    notifier(database_url, [channel_route(chat.url)], clock).once()
    assert told(chat) == []
    write(database_url, seen(NOW, name="other", object="web-1"))
    notifier(database_url, [channel_route(chat.url)], clock).once()
    assert occurrences(chat) == [1]


def test_a_long_transaction_hides_nothing_and_holds_nobody_up(
    database_url: str, chat: ChatServer, clock: HandClock
) -> None:
    """Its points are older than others that were told before it ended; each is told once."""
    watcher = notifier(database_url, [channel_route(chat.url, Rule(group_by=("event",)))], clock)
    watcher.once()
    write(database_url, seen(NOW, name="template"))
    watcher.once()
    columns = "birth, event_id, cumulative, claimed, received, occurrences, source, message"
    with connect(database_url).connect() as long:
        long.execute(
            text(
                f"insert into kubedigest.point ({columns}) "
                "select birth, event_id, 7, claimed, received, 6, source, message "
                "from kubedigest.point"
            )
        )
        write(database_url, seen(NOW, name="quick"))
        watcher.once()
        assert occurrences(chat) == [1, 1]
        long.commit()
    clock.go_on(minutes=11)
    watcher.once()
    watcher.once()
    assert occurrences(chat) == [1, 1, 6]


def test_a_late_point_adds_nothing_to_what_was_told(
    database_url: str, chat: ChatServer, clock: HandClock
) -> None:
    """Five were told; that the third was at some time before is no news."""
    watcher = notifier(database_url, [channel_route(chat.url)], clock)
    watcher.once()
    born = NOW - 60 * SECOND
    write(database_url, seen(NOW, 5, birth=born))
    watcher.once()
    write(database_url, seen(NOW - 30 * SECOND, 3, birth=born))
    clock.go_on(minutes=11)
    watcher.once()
    assert occurrences(chat) == [5]
    write(database_url, seen(clock.moment, 9, birth=born))
    watcher.once()
    assert occurrences(chat) == [5, 4]


def test_what_is_old_imported_or_implausible_is_counted_and_not_told(
    database_url: str, chat: ChatServer, clock: HandClock
) -> None:
    """Of a point that reaches back for an hour, only the last quarter is told."""
    watcher = notifier(database_url, [channel_route(chat.url)], clock)
    watcher.once()
    hour, minute = timedelta(hours=1), timedelta(minutes=1)
    write(
        database_url,
        seen(NOW - 16 * minute, name="old"),
        seen(NOW, name="file", source="file"),
        seen(NOW, 1_000_000, name="absurd", birth=NOW - minute),
        # one at its birth, 60 more in an hour: 15 of them in the last 15 minutes, the edge included
        seen(NOW, 61, name="slow", birth=NOW - hour),
    )
    watcher.once()
    [number] = occurrences(chat)
    assert number in (15, 16)
    query = "select too_old, imported, suspect, noted from kubedigest.live_notifier"
    assert rows(connect(database_url), query) == [(1 + 61 - number, 1, 1_000_000, number)]


def test_a_group_is_told_again_after_its_cool_down(
    database_url: str, chat: ChatServer, clock: HandClock
) -> None:
    """With what came meanwhile, and how many were told before."""
    watcher = notifier(database_url, [channel_route(chat.url)], clock)
    watcher.once()
    write(database_url, *(seen(NOW, name=f"e{n}", object=f"web-{n}") for n in range(3)))
    watcher.once()
    for minute in range(1, 10):
        clock.go_on(minutes=1)
        write(database_url, seen(clock.moment, name=f"later{minute}"))
        watcher.once()
    assert occurrences(chat) == [3]
    clock.go_on(minutes=1)
    watcher.once()
    assert occurrences(chat) == [3, 9]
    assert told(chat)[1]["verdict"] == "BackOff ×9: prod shop/StatefulSet web (3 told before)"
    assert told(chat)[1]["rows"][0]["previous_failures"] == 3


def test_a_group_that_grows_tenfold_is_told_of_earlier(
    database_url: str, chat: ChatServer, clock: HandClock
) -> None:
    """A minute after the first message, and not ten."""
    watcher = notifier(database_url, [channel_route(chat.url)], clock)
    watcher.once()
    write(database_url, seen(NOW))
    watcher.once()
    clock.go_on(seconds=30)
    write(database_url, seen(clock.moment, 10, birth=NOW))
    watcher.once()
    assert occurrences(chat) == [1]
    clock.go_on(seconds=31)
    watcher.once()
    assert occurrences(chat) == [1, 9]


def test_a_storm_is_one_message_that_adds_up(
    database_url: str, chat: ChatServer, clock: HandClock
) -> None:
    """A thousand failures of fifty workloads: ten rows, and a residual of forty."""
    watcher = notifier(database_url, [channel_route(chat.url)], clock)
    watcher.once()
    write(
        database_url,
        *(
            seen(NOW, name=f"e{n}", object=f"w{n % 50}-0", workload=f"w{n % 50}")
            for n in range(1000)
        ),
    )
    watcher.once()
    [message] = told(chat)
    assert (message["failures"], message["workloads"], len(message["rows"])) == (1000, 50, 10)
    assert message["residual"] == {"rows": 40, "failures": 800}
    assert message["verdict"].startswith("1,000 occurrences of 50 workloads; look first at ")


@pytest.mark.parametrize("policy", ["at-least-once", "at-most-once"])
def test_a_chat_that_is_away_gets_all_of_it_later(
    database_url: str, chat: ChatServer, clock: HandClock, policy: str
) -> None:
    """What surely did not arrive waits, together with what comes meanwhile."""
    watcher = notifier(database_url, [channel_route(chat.url, policy=policy)], clock)
    watcher.once()
    chat.behave = AWAY
    for number in range(5):
        write(database_url, seen(clock.moment, name=f"e{number}"))
        watcher.once()
        clock.go_on(seconds=20)
    assert occurrences(chat) == []
    chat.behave = GOOD
    clock.go_on(minutes=10)
    watcher.once()
    assert occurrences(chat) == [5]
    states = [state for state, *_ in letters(database_url)]
    assert set(states[:-1]) == {"not sent"}
    assert states[-1] == "sent"


@pytest.mark.parametrize(
    ("policy", "in_the_chat", "ledger"),
    [
        ("at-most-once", [4], [("unclear", 1, 1, 4)]),
        ("at-least-once", [4, 4], [("sent", 2, 2, 4)]),
    ],
)
def test_what_may_have_arrived(
    database_url: str,
    chat: ChatServer,
    clock: HandClock,
    policy: str,
    in_the_chat: list[int],
    ledger: list[tuple[Any, ...]],
) -> None:
    """It is never sent again, or once more with the same id, and says so; the ledger knows."""
    watcher = notifier(database_url, [channel_route(chat.url, policy=policy)], clock)
    watcher.once()
    chat.behave = BROKEN
    write(database_url, seen(NOW, 4, birth=NOW - 9 * SECOND))
    watcher.once()
    chat.behave = GOOD
    for _ in range(3):
        clock.go_on(minutes=10)
        watcher.once()
    assert occurrences(chat) == in_the_chat
    assert [message["resend"] for message in told(chat)] == [False, True][: len(in_the_chat)]
    assert len({message["id"] for message in told(chat)}) == 1
    assert letters(database_url) == ledger


def test_a_process_that_dies_while_sending_leaves_an_unclear_message(
    database_url: str, chat: ChatServer, clock: HandClock
) -> None:
    """The next process finds it when the lease is over, and sends a copy that says so."""
    route = channel_route(chat.url)
    watcher = notifier(database_url, [route], clock)
    watcher.once()
    write(database_url, seen(NOW))

    class DyingError(BaseException):
        """As a kill: nothing is noted after it."""

    class Dying:
        def __getattr__(self, name: str) -> Any:
            return getattr(route.outlet, name)

        def send(self, *arguments: Any, **options: Any) -> Any:
            raise DyingError

    with pytest.raises(DyingError):
        notifier(database_url, [replace(route, outlet=Dying())], clock).once()
    assert letters(database_url) == [("sending", 0, 1, 1)]
    with connect(database_url).begin() as connection:
        connection.execute(text("update kubedigest.live_letter set lease_until = now()"))
    watcher.once()
    assert occurrences(chat) == [1]
    assert told(chat)[0]["resend"]
    assert letters(database_url) == [("sent", 2, 2, 1)]


def test_a_refusal_waits_and_is_dropped_after_an_hour(
    database_url: str, chat: ChatServer, clock: HandClock
) -> None:
    """Not in silence: the ledger has every refusal, and the last one as dropped."""
    watcher = notifier(database_url, [channel_route(chat.url)], clock)
    watcher.once()
    chat.behave = REFUSES
    write(database_url, seen(NOW))
    for _ in range(8):
        watcher.once()
        clock.go_on(minutes=10)
    states = [state for state, *_ in letters(database_url)]
    assert states[0] == "refused"
    assert states[-1] == "dropped"
    assert states.count("dropped") == 1


def test_two_processes_share_the_work(
    database_url: str, chat: ChatServer, clock: HandClock
) -> None:
    """One reads and tells, the other finds nothing; a notifier of another name has its own."""
    route = channel_route(chat.url)
    one, two = (notifier(database_url, [route], clock) for _ in range(2))
    other = notifier(database_url, [route], clock, name="other")
    for each in (one, two, other):
        each.once()
    write(database_url, seen(NOW))
    for each in (one, two):
        each.once()
    assert occurrences(chat) == [1]
    other.once()
    assert occurrences(chat) == [1, 1]


def mute(url: str, **patterns: str) -> None:
    """Mute what these patterns mean until ten."""
    values = {"cluster": "", "namespace": "", "kind": "", "name": "", "reason": "", **patterns}
    with connect(url).begin() as connection:
        connection.execute(
            text(
                "insert into kubedigest.mute (cluster, namespace, kind, name, reason, because, "
                "created_by, created, expires) values (:cluster, :namespace, :kind, :name, :reason,"
                " 'known', 'ada', :created, :expires)"
            ),
            {**values, "created": NOW - SECOND, "expires": NOW + timedelta(hours=1)},
        )


def test_mutes_are_those_of_the_digest(
    database_url: str, chat: ChatServer, clock: HandClock
) -> None:
    """Also of what waits already; it is counted as muted."""
    watcher = notifier(database_url, [channel_route(chat.url)], clock)
    watcher.once()
    write(database_url, seen(NOW), seen(NOW, name="api", workload="api", object="api-0"))
    watcher.once()
    write(database_url, seen(NOW + SECOND, 3, birth=NOW))
    watcher.once()
    mute(database_url, name="web*")
    clock.go_on(minutes=11)
    write(database_url, seen(clock.moment, 5, birth=NOW))
    watcher.once()
    assert occurrences(chat) == [2]
    query = "select noted, muted from kubedigest.live_notifier"
    assert rows(connect(database_url), query) == [(4, 2)]
    query = "select sum(told), sum(waiting), sum(left_out) from kubedigest.live_group"
    assert rows(connect(database_url), query) == [(2, 0, 2)]


def test_quiet_hours(database_url: str, chat: ChatServer, clock: HandClock) -> None:
    """What is critical is told, the rest waits until ten."""
    quiet = QuietHours(start=time(8), end=time(10), zone=ZoneInfo("UTC"))
    watcher = notifier(database_url, [channel_route(chat.url, Rule(quiet=quiet))], clock)
    watcher.once()
    write(
        database_url,
        seen(NOW, name="critical", reason="FailedScheduling", component="default-scheduler"),
        *(seen(NOW, name=f"e{n}", reason="Unhealthy") for n in range(3)),
    )
    watcher.once()
    assert [message["rows"][0]["reason"] for message in told(chat)] == ["FailedScheduling"]
    clock.go_on(minutes=61)
    watcher.once()
    assert occurrences(chat) == [1, 3]


def test_only_after_so_many_in_so_long(
    database_url: str, chat: ChatServer, clock: HandClock
) -> None:
    """Three in a minute: two are nothing, and neither are two and one much later."""
    threshold = Threshold(occurrences=3, within=timedelta(minutes=1))
    watcher = notifier(database_url, [channel_route(chat.url, Rule(threshold=threshold))], clock)
    watcher.once()
    for name, pause in (("a", 1), ("b", 120), ("c", 20), ("d", 20)):
        write(database_url, seen(clock.moment, name=name))
        watcher.once()
        clock.go_on(seconds=pause)
    assert occurrences(chat) == []
    write(database_url, seen(clock.moment, name="e"))
    watcher.once()
    assert occurrences(chat) == [5]


def test_only_what_is_new(database_url: str, chat: ChatServer, clock: HandClock) -> None:
    """A workload that had the reason yesterday is not told of, and counted as noted."""
    write(database_url, seen(NOW - timedelta(days=1), name="yesterday"))
    rule = Rule(new_after=timedelta(days=7))
    watcher = notifier(database_url, [channel_route(chat.url, rule)], clock)
    watcher.once()
    write(database_url, seen(NOW), seen(NOW, name="api", workload="api", object="api-0"))
    watcher.once()
    assert [message["rows"][0]["name"] for message in told(chat)] == ["api"]
    held = "select held, waiting from kubedigest.live_group where held <> ''"
    assert rows(connect(database_url), held) == [("not new", 1)]


def watched(url: str, start: Any, end: Any) -> None:
    """Note that the cluster was watched for that time."""
    with connect(url).begin() as connection:
        connection.execute(
            text(
                "insert into kubedigest.coverage (cluster, namespace, field_selector, state, "
                "start_time, end_time) values ('prod', '', '', 'watched', :start, :end)"
            ),
            {"start": start, "end": end},
        )


def test_an_end_is_told_where_it_was_watched(
    database_url: str, chat: ChatServer, clock: HandClock
) -> None:
    """A quarter of an hour without it says nothing where nobody looked."""
    rule = Rule(recovered_after=timedelta(minutes=15))
    watcher = notifier(database_url, [channel_route(chat.url, rule)], clock)
    watcher.once()
    write(database_url, seen(NOW, 4, birth=NOW - 9 * SECOND))
    watcher.once()
    watched(database_url, NOW - 60 * SECOND, NOW + timedelta(minutes=10))
    clock.go_on(minutes=16)
    watcher.once()
    assert len(told(chat)) == 1
    watched(database_url, NOW + timedelta(minutes=9), NOW + timedelta(minutes=20))
    watcher.once()
    watcher.once()
    assert [message["verdict"] for message in told(chat)][1:] == [
        "Quiet for 15 minutes: BackOff · shop/StatefulSet web. 4 occurrences since 09:00, the last "
        "at 09:00; watched since without another."
    ]
    assert told(chat)[1]["state"] == "quiet"


def test_rules_choose(database_url: str, chat: ChatServer, clock: HandClock) -> None:
    """By patterns as of file names and of Go, what is included and what is not."""
    rule = Rule(
        include=EventPatterns(namespaces=("sh*",), messages=(r"re:exit code (1|137)\b",)),
        exclude=EventPatterns(names=("canary-*",)),
    )
    watcher = notifier(database_url, [channel_route(chat.url, rule)], clock)
    watcher.once()
    message = "exit code 137"
    write(
        database_url,
        seen(NOW, name="a", message=message),
        seen(NOW, name="b", message="exit code 1370"),
        seen(NOW, name="c", message=message, namespace="pay", object_namespace="pay"),
        seen(NOW, name="d", message=message, object="canary-1", workload="canary-1"),
        seen(NOW, name="e", message=message, type="Normal", reason="Pulled"),
    )
    watcher.once()
    assert occurrences(chat) == [1]
    query = "select noted, unmatched from kubedigest.live_notifier"
    assert rows(connect(database_url), query) == [(1, 4)]


def test_a_database_of_another_server_is_begun_anew(
    database_url: str, chat: ChatServer, clock: HandClock
) -> None:
    """Its commits may have any number: what is there is not told, and what comes is."""
    watcher = notifier(database_url, [channel_route(chat.url)], clock)
    watcher.once()
    with connect(database_url).begin() as connection:
        future = "update kubedigest.live_notifier set seen = '999999999:999999999:'"
        connection.execute(text(future))
    write(database_url, seen(NOW))
    assert watcher.once().was_foreign
    write(database_url, seen(NOW, name="other"))
    watcher.once()
    assert occurrences(chat) == [1]


def test_a_workload_that_says_that_it_works_again(
    database_url: str, chat: ChatServer, clock: HandClock
) -> None:
    """It is believed at once, unless it failed later; another one's word counts for nothing."""
    rule = Rule(recovered_after=timedelta(minutes=15))
    watcher = notifier(database_url, [channel_route(chat.url, rule)], clock)
    node = {"kind": "Node", "object": "n1", "workload_kind": "Node", "workload": "n1",
            "component": "node-controller"}  # fmt: skip
    watcher.once()
    write(database_url, seen(NOW, name="down", reason="NodeNotReady", **node))
    watcher.once()
    ready = {**node, "reason": "NodeReady", "type": "Normal", "component": "kubelet"}
    write(database_url, seen(NOW - SECOND, name="before", **ready))
    write(database_url, seen(NOW + SECOND, name="other", **{**ready, "workload": "n2"}))
    watcher.once()
    assert len(told(chat)) == 1
    clock.go_on(seconds=9)
    write(database_url, seen(clock.moment, name="up", **ready))
    watcher.once()
    watcher.once()
    [_, end] = told(chat)
    assert end["verdict"] == (
        "Works again: NodeReady · shop/Node n1. 1 occurrence since 09:00, the last at 09:00."
    )


def test_a_long_outage_loses_nothing(database_url: str, chat: ChatServer, clock: HandClock) -> None:
    """A day and an hour without the chat, with the tidying in between."""
    watcher = notifier(database_url, [channel_route(chat.url)], clock)
    watcher.once()
    chat.behave = AWAY
    write(database_url, seen(NOW))
    for _ in range(13):
        watcher.once()
        clock.go_on(hours=2)
    chat.behave = GOOD
    watcher.once()
    assert occurrences(chat) == [1]


def test_copies_are_sent_for_as_long_as_a_day(
    database_url: str, chat: ChatServer, clock: HandClock
) -> None:
    """A service that answers 503 for two hours gets it in the end, once."""
    watcher = notifier(database_url, [channel_route(chat.url)], clock)
    watcher.once()
    chat.behave = Manner(takes=False, answer=http(503, {}))
    write(database_url, seen(NOW))
    for _ in range(24):
        watcher.once()
        clock.go_on(minutes=5)
    chat.behave = GOOD
    clock.go_on(minutes=30)
    watcher.once()
    watcher.once()
    assert occurrences(chat) == [1]
    [(state, _, tries, told_of)] = letters(database_url)
    assert (state, told_of) == ("sent", 1)
    assert tries < 20  # it is asked less and less often


def test_only_what_is_refused_for_an_hour_is_dropped(
    database_url: str, chat: ChatServer, clock: HandClock
) -> None:
    """Not what was not sent for longer, and not what is new, which waits together with it."""
    watcher = notifier(database_url, [channel_route(chat.url)], clock)
    watcher.once()
    chat.behave = AWAY
    write(database_url, seen(NOW))
    for _ in range(8):
        watcher.once()
        clock.go_on(minutes=10)
    chat.behave = REFUSES
    watcher.once()
    clock.go_on(minutes=61)
    write(database_url, seen(clock.moment, name="new", workload="new", object="new-0"))
    watcher.once()
    assert "dropped" not in [state for state, *_ in letters(database_url)]
    chat.behave = GOOD
    clock.go_on(minutes=6)
    watcher.once()
    assert occurrences(chat) == [2]


def test_a_database_that_blinks_makes_nothing_unclear(
    database_url: str, chat: ChatServer, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What became of a message is noted as soon as that can be done."""
    watcher = notifier(database_url, [channel_route(chat.url, policy="at-most-once")], clock)
    watcher.once()
    chat.behave = AWAY
    write(database_url, seen(NOW))
    conclude, failures = LiveStore.conclude, [StoreError("away")]

    def blinking(self: LiveStore, *arguments: Any, **options: Any) -> None:
        if failures:
            raise failures.pop()
        conclude(self, *arguments, **options)

    monkeypatch.setattr(LiveStore, "conclude", blinking)
    watcher.once()
    chat.behave = GOOD
    clock.go_on(minutes=10)
    watcher.once()
    assert occurrences(chat) == [1]


def test_an_end_that_was_not_taken_is_told_later(
    database_url: str, chat: ChatServer, clock: HandClock
) -> None:
    """As any other message."""
    rule = Rule(recovered_after=timedelta(minutes=15))
    watcher = notifier(database_url, [channel_route(chat.url, rule)], clock)
    watcher.once()
    write(database_url, seen(NOW))
    watcher.once()
    watched(database_url, NOW - 60 * SECOND, NOW + timedelta(minutes=60))
    clock.go_on(minutes=16)
    chat.behave = AWAY
    watcher.once()
    chat.behave = GOOD
    clock.go_on(minutes=10)
    watcher.once()
    assert [message["state"] for message in told(chat)] == ["failures", "quiet"]


def test_a_novelty_that_comes_many_times_at_once_is_new(
    database_url: str, chat: ChatServer, clock: HandClock
) -> None:
    """And what was held back is new again after a while; the old ones are not told then."""
    rule = Rule(new_after=timedelta(hours=1))
    watcher = notifier(database_url, [channel_route(chat.url, rule)], clock)
    write(database_url, seen(NOW - timedelta(minutes=30), name="old"))
    watcher.once()
    write(database_url, seen(NOW))
    write(database_url, seen(NOW, 3, name="new", workload="new", birth=NOW - 30 * SECOND))
    watcher.once()
    assert [message["rows"][0]["name"] for message in told(chat)] == ["new"]
    clock.go_on(hours=2)
    write(database_url, seen(clock.moment, name="again"))
    watcher.once()
    assert occurrences(chat) == [3, 1]


def test_a_mute_spares_what_it_does_not_mean(
    database_url: str, chat: ChatServer, clock: HandClock
) -> None:
    """Where workloads are told together, a mute of one says nothing of what waits already."""
    watcher = notifier(database_url, [channel_route(chat.url, Rule(group_by=("cluster",)))], clock)
    watcher.once()
    write(database_url, seen(NOW, name="first", workload="api", object="api-0"))
    watcher.once()
    clock.go_on(minutes=1)
    write(
        database_url,
        seen(clock.moment, 5, name="api", workload="api", object="api-0"),
        seen(clock.moment + SECOND),
    )
    watcher.once()
    mute(database_url, name="web*")
    clock.go_on(minutes=10)
    watcher.once()
    assert occurrences(chat) == [1, 6]


def test_a_quiet_rule_may_hold_back_what_is_critical(
    database_url: str, chat: ChatServer, clock: HandClock
) -> None:
    """Until the quiet hours are over."""
    quiet = QuietHours(start=time(8), end=time(10), zone=ZoneInfo("UTC"), critical_waits=True)
    watcher = notifier(database_url, [channel_route(chat.url, Rule(quiet=quiet))], clock)
    watcher.once()
    write(database_url, seen(NOW, reason="FailedScheduling", component="default-scheduler"))
    watcher.once()
    assert told(chat) == []
    clock.go_on(minutes=61)
    watcher.once()
    assert occurrences(chat) == [1]


def test_no_part_of_a_secret_comes_back_in_a_reason(
    database_url: str, chat: ChatServer, clock: HandClock, caplog: pytest.LogCaptureFixture
) -> None:
    """Also where a server repeats the headers that it was sent."""
    route = channel_route(chat.url, headers={"x-key": "S3CRET-VALUE"})
    watcher = notifier(database_url, [route], clock)
    watcher.once()
    chat.behave = Manner(takes=False, answer=http(401, "no: S3CRET-VALUE for SECRET-PATH"))
    write(database_url, seen(NOW))
    watcher.once()
    [(reason,)] = rows(connect(database_url), "select reason from public.notification")
    assert reason.startswith("the service answered 401: no: *** for ***")
    assert "S3CRET" not in caplog.text
