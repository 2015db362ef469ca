"""Every occurrence is told once, whatever the order of points, commits, readings and failures."""

from __future__ import annotations

import json
import random
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest

from collector.database import connect
from reports.live.live_metrics import LiveMetrics
from reports.live.notifier import Notifier, NotifierSettings
from reports.live.rule import Rule
from tests.chat_servers.manners import Manner, http
from tests.chat_servers.server import ChatServer
from tests.effort import examples
from tests.live_notifications import NOW, HandClock, channel_route, notifier, rows, seen, write

GOOD = Manner(takes=True, answer=http(200, {}))
AWAY = Manner(takes=False, answer=http(429, {}))


@pytest.mark.parametrize("seed", range(examples(3)))
def test_told_is_what_happened(database_url: str, seed: int) -> None:
    """Counts arrive shuffled, repeated and late; the chat comes and goes, and so do processes."""
    rng = random.Random(seed)
    clock = HandClock()
    events = [(f"e{number}", f"w{rng.randrange(4)}", rng.randrange(1, 30)) for number in range(12)]
    sightings = [
        (name, workload, count)
        for name, workload, most in events
        for count in sorted([*rng.sample(range(1, most + 1), rng.randrange(1, most + 1)), most])
    ]
    rng.shuffle(sightings)
    sightings += rng.sample(sightings, len(sightings) // 3)
    with ChatServer(GOOD) as chat:
        rule = Rule(cool_down=timedelta(seconds=rng.choice((0, 5, 60))))
        route = channel_route(chat.url, rule, max_bytes=100_000, top=100)
        watcher = notifier(database_url, [route], clock)
        watcher.once()
        while sightings:
            batch = [sightings.pop() for _ in range(min(len(sightings), rng.randrange(1, 9)))]
            write(
                database_url,
                *(
                    seen(NOW + timedelta(seconds=count), count, name=name, birth=NOW,
                         workload=workload, object=f"{workload}-0", received=NOW)
                    for name, workload, count in batch
                ),
            )  # fmt: skip
            chat.behave = AWAY if rng.random() < 0.2 else GOOD
            if rng.random() < 0.7:
                watcher.once()
            if rng.random() < 0.2:
                watcher = notifier(database_url, [route], clock)
            clock.go_on(seconds=rng.random())
        chat.behave = GOOD
        for _ in range(3):
            clock.go_on(minutes=6)
            watcher.once()
        told = [json.loads(one.body) for one in chat.taken]
    truth: dict[str, int] = {}
    for _, workload, most in events:
        truth[workload] = truth.get(workload, 0) + most
    found: dict[str, int] = {}
    for message in told:
        for row in message["rows"]:
            found[row["name"]] = found.get(row["name"], 0) + row["failures"]
    assert found == truth
    engine = connect(database_url)
    query = "select sum(total), sum(told), sum(waiting) from kubedigest.live_group"
    assert rows(engine, query) == [(sum(truth.values()), sum(truth.values()), 0)]
    query = "select sum(occurrences) from public.notification where state = 'sent'"
    assert rows(engine, query) == [(sum(truth.values()),)]


def test_three_at_once_tell_each_occurrence_once(database_url: str) -> None:
    """Readers and tellers of three processes, beside a writer of thirty commits."""
    with ChatServer(GOOD) as chat:
        route = channel_route(chat.url, Rule(cool_down=timedelta(0)), max_bytes=100_000, top=100)
        notifiers = [
            Notifier(
                connect(database_url),
                [route],
                settings=NotifierSettings(max_age=timedelta(hours=1)),
                metrics=LiveMetrics([route.name], version="1"),
            )
            for _ in range(3)
        ]
        notifiers[0].once()
        threads = [threading.Thread(target=one.run) for one in notifiers]
        for thread in threads:
            thread.start()
        now = datetime.now(UTC)
        for commit in range(30):
            write(
                database_url,
                *(
                    seen(now, name=f"e{commit}.{n}", workload=f"w{n % 3}", object=f"w{n % 3}-0")
                    for n in range(20)
                ),
            )
        deadline = time.monotonic() + 60
        query = "select coalesce(sum(told), 0)::bigint from kubedigest.live_group"
        open_letters = "select 1 from kubedigest.live_letter where state = 'sending'"
        engine = connect(database_url)
        while rows(engine, query) != [(600,)] or rows(engine, open_letters):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        for one in notifiers:
            one.stop()
        for thread in threads:
            thread.join(30)
        told = [json.loads(one.body) for one in chat.taken]
    assert sum(message["failures"] for message in told) == 600
    assert len({message["id"] for message in told}) == len(told)
    assert rows(engine, "select noted from kubedigest.live_notifier") == [(600,)]
