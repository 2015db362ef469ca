"""``kubedigest report --send`` and what can be asked of it afterwards."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import text

from collector.database import connect
from collector.store import Store
from kubedigest import sending
from tests.chat_servers.manners import Manner, http, misbehaving
from tests.chat_servers.server import ChatServer
from tests.e2e.conftest import Ran, RunCommand
from tests.factories import T0, observe

AT = "2026-01-06T09:00:00+00:00"
GOOD = Manner(takes=True, answer=http(200, {"errcode": 0, "errmsg": "ok"}))
WRONG_SECRET = Manner(
    takes=False, answer=http(200, {"errcode": 310000, "errmsg": "sign not match"})
)
BAD = misbehaving(GOOD)
DAY = timedelta(days=1)

Send = Callable[..., Ran]


@pytest.fixture
def filled(database_url: str) -> str:
    """Ten failures on each of ten days up to 5 January 2026, two of them in another namespace."""
    with Store(connect(database_url)) as store:
        for day in range(10):
            birth = T0 - day * DAY + timedelta(hours=6)
            store.write(
                [
                    observe(8, -day * 24 * 60 + 400, name=f"web.{day}", birth=birth),
                    observe(2, -day * 24 * 60 + 400, name=f"api.{day}", birth=birth,
                            namespace="pay", object="api-1", workload="api"),
                ]
            )  # fmt: skip
    return database_url


@pytest.fixture
def chat() -> Iterator[ChatServer]:
    """Yield a chat that takes everything, until it is told otherwise."""
    with ChatServer(GOOD) as server:
        yield server


def channel(server: ChatServer, **settings: object) -> dict[str, object]:
    """Return the settings of a DingTalk robot on loopback."""
    found = {"type": "dingtalk", "url": server.url, "allow_http": True, "allow_private": True}
    return found | settings


@pytest.fixture
def run(run_command: RunCommand, filled: str, tmp_path: Path) -> Callable[..., Ran]:
    """Run ``report`` with channels, at nine in the morning of 6 January."""

    def report(channels: dict[str, dict[str, object]], *arguments: str, at: str = AT) -> Ran:
        path = tmp_path / "config.yaml"
        path.write_text(yaml.safe_dump({"channels": channels}, sort_keys=False))
        words = ["--config", str(path), "report", *arguments]
        return run_command(*words, "--at", at, database=filled)

    return report


def morning(day: int) -> str:
    """Return nine o'clock of a day of January 2026."""
    return f"2026-01-{day:02}T09:00:00+00:00"


def statuses(ran: Ran) -> list[tuple[str, str]]:
    """Return digest and state of each row of ``--status -o json``."""
    return [(row["digest"], row["state"]) for row in json.loads(ran.out)]


def test_a_digest_is_sent_and_said_so(run: Send, chat: ChatServer) -> None:
    """A line on standard error, and nothing on standard output."""
    ran = run({"ops": channel(chat)}, "daily", "--send", "ops")
    assert (ran.code, ran.out, ran.err) == (0, "", "ops: daily 2026-01-05 sent\n")
    body = json.loads(chat.taken[0].body)
    assert "10 failures" in json.dumps(body)


def test_a_second_run_sends_nothing(run: Send, chat: ChatServer) -> None:
    """A CronJob may run a job twice."""
    for _ in range(2):
        ran = run({"ops": channel(chat)}, "daily", "--send", "ops")
    assert (ran.code, ran.err) == (0, "ops: daily 2026-01-05 was sent already\n")
    assert len(chat.taken) == 1


def test_all_channels_are_sent_to_and_one_that_fails_stops_no_other(
    run: Send, chat: ChatServer
) -> None:
    """The exit code says that one has failed, and the line why and what to do."""
    with ChatServer(WRONG_SECRET) as refusing:
        channels = {"bad": channel(refusing), "good": channel(chat)}
        ran = run(channels, "daily", "--send", "all")
    first, second = ran.err.splitlines()
    assert first.startswith("bad: daily 2026-01-05 refused; ")
    assert "310000" in first
    assert second == "good: daily 2026-01-05 sent"
    assert (ran.code, len(chat.taken)) == (1, 1)
    assert "SECRET" not in ran.err


@pytest.mark.long
def test_each_channel_has_days_of_its_own_zone(run: Send, chat: ChatServer) -> None:
    """At 20:00 in UTC it is tomorrow in Tokyo already."""
    channels = {"utc": channel(chat), "tokyo": channel(chat, timezone="Asia/Tokyo")}
    ran = run(channels, "daily", "--send", "all", at="2026-01-05T20:00:00+00:00")
    assert ran.err == "utc: daily 2026-01-04 sent\ntokyo: daily 2026-01-05 sent\n"


def test_a_fallback_stands_in(run: Send, chat: ChatServer) -> None:
    """It is said which one, and the run has failed all the same."""
    with ChatServer(WRONG_SECRET) as refusing:
        channels = {"ops": channel(refusing, fallback="duty"), "duty": channel(chat)}
        ran = run(channels, "daily", "--send", "ops")
        listed = run(channels, "--status", "-o", "json")
    assert ran.err.splitlines()[1] == "duty: daily 2026-01-05 sent in place of ops"
    assert ran.code == 1
    assert "In place of the channel ops" in chat.taken[0].body.decode()
    assert statuses(listed) == [
        ("daily/2026-01-05/duty/ops", "sent"),
        ("daily/2026-01-05/ops", "refused"),
    ]


@pytest.mark.long
def test_missed_days_are_caught_up_and_say_that_they_are_late(run: Send, chat: ChatServer) -> None:
    """Three days without a run, and one that the chat did not take: the oldest comes first."""
    channels = {"ops": channel(chat)}
    run(channels, "daily", "--send", "ops", at=morning(2))
    chat.behave = WRONG_SECRET
    run(channels, "daily", "--send", "ops", at=morning(3))
    chat.behave = GOOD
    ran = run(channels, "daily", "--send", "ops")
    assert ran.err.splitlines() == [
        "ops: daily 2026-01-02 sent",
        "ops: daily 2026-01-03 sent",
        "ops: daily 2026-01-04 sent",
        "ops: daily 2026-01-05 sent",
    ]
    late = ["Late: it could not be sent" in one.body.decode() for one in chat.taken]
    assert late == [False, True, True, True, False]


@pytest.mark.long
@pytest.mark.parametrize(
    ("arguments", "sent"),
    [
        pytest.param((), 4, marks=[pytest.mark.long]),
        (("--catch-up", "1"), 2),
        pytest.param(("--catch-up", "0"), 1, marks=[pytest.mark.long]),
    ],
)
def test_catching_up_has_a_bound(
    run: Send, chat: ChatServer, arguments: tuple[str, ...], sent: int
) -> None:
    """And it never reaches back before the first digest of the channel."""
    channels = {"ops": channel(chat)}
    run(channels, "daily", "--send", "ops", at=morning(2))
    ran = run(channels, "daily", "--send", "ops", *arguments)
    assert len(ran.err.splitlines()) == sent
    new = run({**channels, "new": channel(chat)}, "daily", "--send", "new")
    assert new.err == "new: daily 2026-01-05 sent\n"


@pytest.mark.long
def test_a_late_one_that_fails_does_not_hold_up_the_last(run: Send, chat: ChatServer) -> None:
    """The others that are late wait for the next run."""
    channels = {"ops": channel(chat)}
    run(channels, "daily", "--send", "ops", at=morning(2))
    chat.behave = lambda number: WRONG_SECRET if number == 1 else GOOD
    ran = run(channels, "daily", "--send", "ops")
    lines = [line.split("; ")[0] for line in ran.err.splitlines()]
    assert lines == ["ops: daily 2026-01-02 refused", "ops: daily 2026-01-05 sent"]
    assert run(channels, "daily", "--send", "ops").err.count(" sent\n") == 3


def test_what_is_unclear_is_listed_and_resolved(run: Send, chat: ChatServer) -> None:
    """By a look into the chat: sent again, or marked as sent."""
    channels = {"ops": channel(chat, policy="at-most-once", timeout_seconds=1)}
    chat.behave = BAD["reset after it was taken"]
    ran = run(channels, "daily", "--send", "ops")
    assert ran.code == 1
    assert ran.err.startswith("ops: daily 2026-01-05 unclear; ")
    chat.behave = GOOD
    assert run(channels, "daily", "--send", "ops").code == 1  # until somebody has looked
    assert statuses(run(channels, "--status", "-o", "json")) == [
        ("daily/2026-01-05/ops", "unclear")
    ]
    ran = run(channels, "--resend", "daily/2026-01-05/ops")
    assert (ran.code, ran.err) == (
        0,
        "ops: daily 2026-01-05 sent; there may be 2 copies of it\n",
    )
    assert "Sent again" in chat.taken[1].body.decode()


@pytest.mark.long
def test_what_is_unclear_is_not_forgotten(run: Send, chat: ChatServer) -> None:
    """The runs of later days say so, and send theirs."""
    channels = {"ops": channel(chat, policy="at-most-once")}
    chat.behave = BAD["reset after it was taken"]
    run(channels, "daily", "--send", "ops", at=morning(5))
    chat.behave = GOOD
    ran = run(channels, "daily", "--send", "ops")
    assert (ran.code, ran.err.splitlines()) == (
        0,
        [
            "ops: daily 2026-01-05 sent",
            "ops: daily/2026-01-04/ops is unclear still; see --mark-sent and --resend",
        ],
    )


def test_what_has_arrived_is_marked(run: Send, chat: ChatServer) -> None:
    """Then no run sends it."""
    channels = {"ops": channel(chat, policy="at-most-once")}
    chat.behave = BAD["reset after it was taken"]
    run(channels, "daily", "--send", "ops")
    ran = run(channels, "--mark-sent", "daily/2026-01-05/ops")
    assert (ran.code, ran.err) == (0, "daily/2026-01-05/ops is marked as sent\n")
    assert run(channels, "daily", "--send", "ops").err.endswith("was sent already\n")


def test_what_was_sent_is_shown_again(
    run: Send, chat: ChatServer, filled: str, tmp_path: Path
) -> None:
    """Whatever the store says by now, in any format."""
    channels = {"ops": channel(chat)}
    run(channels, "daily", "--send", "ops")
    with Store(connect(filled)) as store:
        store.write([observe(30, 600, name="late.1", birth=T0 + timedelta(hours=9))])
    shown = run(channels, "--show", "daily/2026-01-05/ops", "--format", "json")
    assert json.loads(shown.out)["failures"] == 10
    written = run(channels, "--show", "daily/2026-01-05/ops", "--format", "html", "--output",
                  str(tmp_path / "again"))  # fmt: skip
    assert written.code == 0
    assert (tmp_path / "again/daily-2026-01-05.html").exists()


def test_status_is_a_table(run: Send, chat: ChatServer) -> None:
    """The first column is what the other options take."""
    channels = {"ops": channel(chat)}
    run(channels, "daily", "--send", "ops")
    heading, row = run(channels, "--status").out.splitlines()
    assert heading.split() == ["DIGEST", "STATE", "COPIES", "TRIES", "CHANGED", "REASON"]
    assert row.split()[:4] == ["daily/2026-01-05/ops", "sent", "1", "1"]
    empty = run(channels, "weekly", "--status")
    assert "nothing was sent since then" in empty.err


@pytest.mark.long
def test_two_zones_of_one_day_are_told_apart(run: Send, chat: ChatServer) -> None:
    """The zone of a channel may change."""
    run({"ops": channel(chat)}, "daily", "--send", "ops")
    moved = {"ops": channel(chat, timezone="Europe/Berlin")}
    run(moved, "daily", "--send", "ops")
    assert len(chat.taken) == 2
    ran = run(moved, "--show", "daily/2026-01-05/ops")
    assert (ran.code, ran.err) == (
        2,
        "kubedigest: there are 2 of daily/2026-01-05/ops, in Europe/Berlin, UTC; "
        "add --timezone ZONE\n",
    )
    shown = run(moved, "--show", "daily/2026-01-05/ops", "--timezone", "Europe/Berlin")
    assert "Europe/Berlin" in shown.out


@pytest.mark.long
def test_a_dry_run_prints_every_payload_and_does_nothing(
    run: Send, chat: ChatServer, filled: str
) -> None:
    """With its secrets masked, and the id that it would have."""
    channels = {"ops": channel(chat, secret="hunter2"), "dev": channel(chat)}
    ran = run(channels, "daily", "--dry-run")
    assert ran.code == 0
    assert ran.out.count("--- daily/2026-01-05/") == 2
    assert "10 failures" in ran.out
    assert not [secret for secret in ("SECRET", "hunter2") if secret in ran.out + ran.err]
    assert chat.connections == 0
    with connect(filled).connect() as connection:
        assert connection.execute(text("select count(*) from public.delivery")).scalar() == 0
    assert run(channels, "daily", "--dry-run").out == ran.out
    run(channels, "daily", "--send", "dev")
    [(sent_id,)] = [(one,) for one in chat.taken_by_id]
    assert sent_id in ran.out


def test_a_window_of_ones_own_is_sent(run: Send, chat: ChatServer) -> None:
    """Each is a digest of its own."""
    words = ("--since", "2026-01-05T06:00", "--until", "2026-01-05T07:00", "--send", "ops")
    for _ in range(2):
        ran = run({"ops": channel(chat)}, *words)
    assert len(chat.taken) == 1
    assert ran.err == "ops: custom 20260105T0600-20260105T0700 was sent already\n"


@pytest.mark.long
def test_send_and_output_may_be_asked_for_together(
    run: Send, chat: ChatServer, tmp_path: Path
) -> None:
    """As a job does that keeps the page and sends the message."""
    ran = run({"ops": channel(chat)}, "daily", "--send", "ops", "--format", "html", "--output",
              str(tmp_path / "out"))  # fmt: skip
    assert ran.code == 0
    assert (tmp_path / "out/daily-2026-01-05.html").exists()
    assert len(chat.taken) == 1


def test_jitter_spreads_the_channels(
    run: Send, chat: ChatServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same channel waits for as long every day."""
    waited: list[float] = []
    real = sending.send

    def send(*arguments: Any, **options: Any) -> bool:
        return real(*arguments, **options, sleep=waited.append)

    monkeypatch.setattr(sending, "send", send)
    run({"ops": channel(chat), "dev": channel(chat)}, "--send", "all", "--jitter", "600")
    assert len(waited) == 2
    assert waited == sorted(waited)
    assert all(wait <= 660 for wait in waited)
    assert max(waited) > 1


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--send", "nobody"), "there is no channel 'nobody'; there are dev, ops"),
        (("--status", "--send", "ops"), "it is either --send or --dry-run or --status"),
        (("--resend", "daily"), "'daily' is no digest that was sent; write REPORT/PERIOD/CHANNEL"),
        (("--show", "daily/2026-01-05/ops"), "nothing is known of daily/2026-01-05/ops"),
        (
            ("--since", "2027-01-01", "--until", "2027-01-02", "--send", "ops"),
            "20270101T0000-20270102T0000 lies in the future",
        ),
        (
            ("--since", "2026-01-06", "--until", "2026-01-07", "--send", "ops"),
            "20260106T0000-20260107T0000 is not over yet",
        ),
        (("--since", "2026-01-06", "--until", "2026-01-05", "--send", "ops"), "is not before"),
        (("daily", "--since", "24h", "--send", "ops"), "it is either daily, or --since"),
        (("--catch-up", "99", "--send", "ops"), "--catch-up"),
    ],
)
def test_what_cannot_be_is_one_sentence(
    run: Send, chat: ChatServer, arguments: tuple[str, ...], sentence: str
) -> None:
    """Before anything is sent."""
    ran = run({"dev": channel(chat), "ops": channel(chat)}, *arguments)
    assert (ran.code, ran.out, chat.connections) == (2, "", 0)
    assert sentence in ran.err


def test_a_report_of_a_day_to_come_is_refused(run: Send, chat: ChatServer) -> None:
    """By the machine's clock, whatever --at says: a digest that is sent is final."""
    ran = run({"ops": channel(chat)}, "daily", "--send", "ops", at="2199-01-01T09:00")
    assert (ran.code, ran.err) == (
        2,
        "kubedigest: 2198-12-31 is not over yet, so that it cannot be sent\n",
    )


def test_without_channels_there_is_nowhere_to_send_to(run: Send) -> None:
    """And it is said where they belong."""
    ran = run({}, "daily", "--send", "all")
    assert (ran.code, ran.err) == (
        2,
        "kubedigest: no channel is configured; add one to channels: in the configuration\n",
    )


def test_a_fallback_has_to_exist(run: Send, chat: ChatServer) -> None:
    """Else nobody would hear of it on the day on which it is needed."""
    ran = run({"ops": channel(chat, fallback="duty")}, "daily", "--send", "ops")
    assert ran.code == 2
    assert "the fallback 'duty' of 'ops' is no channel; channels: ops" in ran.err


def test_a_channel_whose_language_does_not_exist_stops_no_other(
    run: Send, chat: ChatServer
) -> None:
    """It is found out while the message is made."""
    channels = {"bad": channel(chat, language="/nowhere/xx.po"), "good": channel(chat)}
    ran = run(channels, "daily", "--send", "all")
    assert ran.code == 1
    first, second = ran.err.splitlines()
    assert first.startswith("bad: daily 2026-01-05 refused; the message could not be made: ")
    assert second == "good: daily 2026-01-05 sent"
