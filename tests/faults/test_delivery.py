"""What is concluded of chats that misbehave, and what becomes of digests whose runs are killed."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Literal, NamedTuple

import pytest

from collector.database import connect
from reports.channels import CHANNELS, open_channel
from reports.channels.channel import Channel, Letter
from reports.channels.conclusion import Conclusion
from reports.ledger import Ledger
from tests.chat_servers.manners import Manner, http, misbehaving
from tests.chat_servers.plain_channel import PlainChannel
from tests.chat_servers.server import ChatServer
from tests.chat_servers.services import SERVICES, Service
from tests.e2e.collect_process import ROOT
from tests.faults.killed_couriers import addresses
from tests.unit.reports.digests import busy

Policy = Literal["at-least-once", "at-most-once"]

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
LETTER = Letter(digest=busy(), id="0123456789ab")
TIMEOUT_SECONDS = 20.0
SHORT_SECONDS = 0.5  # for what would take all of the time
PLAIN = Service(
    good=Manner(takes=True, answer=http(200, "ok")),
    own={"a huge answer": Manner(takes=False, answer=http(200, "x" * 1_000_000))},
)
TABLE = {"plain": PLAIN, **{name: SERVICES[name] for name in SERVICES if name in CHANNELS}}
GOOD = PLAIN.good
FAULTS = tuple(
    misbehaving(GOOD)[name]
    for name in (
        "reset before reading",
        "reset before the answer, not taken",
        "reset after it was taken",
        "closed without an answer, taken",
        "silent, taken",
        "silent, not taken",
        "cut within its body, taken",
        "500, taken",
        "500, not taken",
        "429 without a time",
        "404",
    )
)


def opened(name: str, server: ChatServer, timeout_seconds: float) -> Channel:
    """Return the channel of a service on loopback."""
    if name == "plain":
        return PlainChannel(server.url, timeout_seconds=timeout_seconds)
    from pydantic import TypeAdapter

    from reports.channels.settings import AnyChannelSettings, ChannelSettings

    url = f"http://127.0.0.1:{server.port}" if name == "wecom_app" else server.url
    values = {"type": name, "url": url, "allow_http": True, "allow_private": True}
    values |= {"timeout_seconds": timeout_seconds, **SERVICES[name].settings}
    settings: ChannelSettings = TypeAdapter(AnyChannelSettings).validate_python(values)
    return open_channel(settings)


class Line(NamedTuple):
    """One line of the table."""

    service: str
    fault: str
    takes: bool
    concluded: Conclusion

    @property
    def is_wrong(self) -> bool:
        """Tell whether the conclusion is not what happened; unclear is never wrong."""
        if self.concluded.state == "sent":
            return not self.takes
        return self.takes and self.concluded.state in ("not sent", "refused")


def concluded(service: str) -> Iterator[Line]:
    """Yield what is concluded of everything that a service may do."""
    for fault, manner in TABLE[service].manners.items():
        is_slow = manner.ends == "hold" or manner.drip_seconds
        with ChatServer(manner) as server:
            channel = opened(service, server, SHORT_SECONDS if is_slow else TIMEOUT_SECONDS)
            message = channel.compose(LETTER)[0]
            found = channel.send(message, LETTER, NOW)
        # where the time was too short to connect, nothing was taken
        assert len(server.taken) == manner.takes or (is_slow and not server.taken)
        yield Line(service, fault, bool(server.taken), found)


# what answers by status, by a word, and by a number; the others are asked where there is time
OFTEN = ("webhook", "slack", "dingtalk", "wecom_app")


@pytest.mark.parametrize(
    "service",
    [pytest.param(name, marks=[] if name in OFTEN else [pytest.mark.long]) for name in TABLE],
)
def test_no_conclusion_is_wrong(service: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Sent is sent, not sent is not, and what cannot be known is unclear."""
    lines = list(concluded(service))
    wrong = [line for line in lines if line.is_wrong]
    with capsys.disabled():
        for line in wrong:
            sys.stdout.write(f"\nwrong: {line}\n")
    assert wrong == []
    assert lines[0].concluded.state == "sent"
    waits = {line.fault: line.concluded.retry_after_seconds for line in lines}
    assert waits["429 in 7 seconds"] == 7
    known = [line for line in lines if line.concluded.state != "unclear"]
    assert len(known) >= 6  # to call everything unclear is not the art of it
    said = " ".join(repr(line.concluded) for line in lines)
    assert "SECRET" not in said


class Shaky:
    """Behaves well in little more than half of all cases."""

    def __init__(self, seed: int) -> None:
        self._rng = random.Random(seed)

    def __call__(self, _: int) -> Manner:
        """Return what becomes of the next request."""
        return GOOD if self._rng.random() < 0.55 else self._rng.choice(FAULTS)


class Figures(NamedTuple):
    """What became of the digests of one test."""

    digests: int
    kills: int
    posts: int  # that the server took
    duplicates: int  # copies beyond the first
    unmarked: int  # of them without a word about it
    lost: int  # digests of which nothing is in the chat
    silent: int  # of them with a ledger that says sent, or says nothing
    understated: int  # digests of which more are in the chat than the ledger allows for


def killed(
    database: str,
    policy: Policy,
    *,
    count: int,
    kills: int,
    runs: int = 2,
    behave: Manner | None = None,
) -> Figures:
    """Deliver under faults and kills, or to a server that behaves."""
    with ChatServer(behave or Shaky(seed=7)) as server:
        asked = {"database": database, "url": server.url, "policy": policy, "count": count}
        asked |= {"seed": 11, "kills": kills, "runs": runs}
        ran = subprocess.run(
            [sys.executable, "-m", "tests.faults.killed_couriers", json.dumps(asked)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=280,
            check=False,
        )
    assert ran.returncode == 0, ran.stderr
    said = json.loads(ran.stdout)
    assert set(said["codes"]) == {0}, ran.stderr
    taken = server.taken_by_id
    plain = Counter(
        one.body.split(b"digest ")[1][:12].decode()
        for one in server.taken
        if b"Sent again" not in one.body
    )
    entries = {entry.letter_id: entry for entry in Ledger(connect(database)).entries()}
    assert len(entries) == count
    lost = [one for one in entries if not taken[one]]
    return Figures(
        digests=count,
        kills=said["kills"],
        posts=len(server.taken),
        duplicates=sum(number - 1 for number in taken.values()),
        unmarked=sum(number - 1 for number in plain.values()),
        lost=len(lost),
        silent=sum(entries[one].state == "sent" for one in lost),
        understated=sum(entries[one].copies < number for one, number in taken.items()),
    )


def test_at_most_once_duplicates_nothing(database_url: str) -> None:
    """And what is lost is there to be read."""
    found = killed(database_url, "at-most-once", count=30, kills=8)
    assert (found.duplicates, found.silent, found.understated) == (0, 0, 0)


def test_at_least_once_loses_nothing(database_url: str) -> None:
    """And every copy says that it is one."""
    found = killed(database_url, "at-least-once", count=30, kills=8)
    assert (found.lost, found.unmarked, found.silent, found.understated) == (0, 0, 0, 0)


@pytest.mark.long
@pytest.mark.parametrize("policy", ["at-most-once", "at-least-once"])
def test_three_hundred_digests_under_faults_and_kills(
    policy: Policy, database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The figures that are promised."""
    found = killed(database_url, policy, count=300, kills=100)
    with capsys.disabled():
        sys.stdout.write(f"\n{policy}: {found}\n")
    assert (found.silent, found.understated) == (0, 0)
    if policy == "at-most-once":
        assert found.duplicates == 0
    else:
        assert (found.lost, found.unmarked) == (0, 0)


@pytest.mark.long
def test_a_hundred_runs_at_once_post_once(database_url: str) -> None:
    """Processes, as many as PostgreSQL takes connections."""
    found = killed(database_url, "at-most-once", count=1, kills=0, runs=100, behave=GOOD)
    assert (found.posts, found.lost) == (1, 0)


@pytest.mark.long
def test_the_table_of_conclusions(capsys: pytest.CaptureFixture[str]) -> None:
    """Print fault, truth and conclusion of every service."""
    lines = [line for service in TABLE for line in concluded(service)]
    with capsys.disabled():
        sys.stdout.write("\n")
        for line in lines:
            truth = "taken" if line.takes else "not taken"
            found = line.concluded
            sys.stdout.write(
                f"{line.service:10} {line.fault:38} {truth:10} {found.state:9} {found.code}\n"
            )
        wrong = sum(line.is_wrong for line in lines)
        sys.stdout.write(f"{len(lines)} faults, {wrong} wrong conclusions\n")
    assert not any(line.is_wrong for line in lines)


def test_every_digest_of_the_kills_is_another(database_url: str) -> None:
    """Else they would hide each other's copies."""
    ledger = Ledger(connect(database_url))
    assert len({ledger.letter_id(address) for address in addresses(300)}) == 300
