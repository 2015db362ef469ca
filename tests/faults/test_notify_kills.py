"""A burst of failures, a chat with a limit that goes away, and a notifier that is killed."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import text

from collector.database import connect
from tests.chat_servers.manners import Manner, http
from tests.chat_servers.server import ChatServer
from tests.e2e.collect_process import ROOT, environment
from tests.live_notifications import rows, seen, write

GOOD = Manner(takes=True, answer=http(200, {}))
AWAY = Manner(takes=False, answer=http(429, {}))
SLOW = Manner(takes=True, answer=http(200, {}), drip_seconds=0.02)  # so that kills find it sending


@pytest.mark.parametrize(
    "policy", ["at-least-once", pytest.param("at-most-once", marks=[pytest.mark.long])]
)
@pytest.mark.parametrize(
    ("failures", "workloads", "per_minute", "kills", "outage_seconds"),
    [
        pytest.param(1_000, 50, 600, 2, 2, id="1,000"),
        pytest.param(
            10_000, 200, 20, 5, 60, id="10,000", marks=[pytest.mark.long, pytest.mark.timeout(900)]
        ),
    ],
)
def test_a_burst_is_told_whatever_happens(
    database_url: str,
    tmp_path: Path,
    policy: str,
    failures: int,
    workloads: int,
    per_minute: int,
    kills: int,
    outage_seconds: int,
) -> None:
    """At-most-once tells nothing twice, at-least-once loses nothing, the ledger knows it all."""
    with ChatServer(SLOW) as chat:
        channel = {"type": "webhook", "url": chat.url, "allow_http": True, "allow_private": True,
                   "per_minute": per_minute, "policy": policy, "timeout_seconds": 5,
                   "top": 100, "max_bytes": 200_000}  # fmt: skip
        config = tmp_path / "config.yaml"
        document = {
            "channels": {"ops": channel},
            "notify": [{"channel": "ops", "cool_down": "2s"}],
        }
        config.write_text(yaml.safe_dump(document))
        run = _starter(config, tmp_path, database_url)
        process = run()
        _wait(lambda: rows(connect(database_url), "select 1 from kubedigest.live_notifier"))
        for part in range(kills + 1):
            _write_part(database_url, part, failures // (kills + 1), failures, workloads, kills)
            if part == kills:
                break
            _wait(lambda: rows(connect(database_url), _SENDING))
            process.send_signal(signal.SIGKILL)
            process.wait()
            with connect(database_url).begin() as connection:  # its lease is over
                connection.execute(
                    text(
                        "update kubedigest.live_letter set lease_until = now() "
                        "where state = 'sending'"
                    )
                )
            process = run()
        chat.behave = AWAY
        time.sleep(outage_seconds)
        chat.behave = GOOD
        _wait(lambda: not _open(database_url), seconds=60 + 6 * outage_seconds)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
        told = [json.loads(one.body) for one in chat.taken]
    _check(database_url, told, failures, policy)


_SENDING = (
    "select 1 from kubedigest.live_letter where state = 'sending' "
    "and lease_until > clock_timestamp()"
)


def _check(url: str, told: list[dict[str, Any]], failures: int, policy: str) -> None:
    """Compare the chat with the ledger, and the ledger with what happened."""
    engine = connect(url)
    [(noted,)] = rows(engine, "select noted from kubedigest.live_notifier")
    assert noted == failures
    for message in told:
        shown = sum(row["failures"] for row in message["rows"])
        assert shown + message["residual"]["failures"] == message["failures"]
    by_id: dict[str, int] = {}
    for message in told:
        assert by_id.setdefault(message["id"], message["failures"]) == message["failures"]
    copies = [message for message in told if message["resend"]]
    counts = dict(
        rows(engine, "select state, sum(occurrences)::bigint from public.notification group by 1")
    )
    lines = [f"{policy}: {len(told)} messages, {len(copies)} of them copies, {counts}"]
    for message in told:
        copy = " (copy)" if message["resend"] else ""
        lines.append(f"  {message['id']} {message['verdict']}{copy}")
    sys.stdout.write("\n".join(lines) + "\n")
    settled = int(counts.get("sent", 0)) + int(counts.get("unclear", 0))
    assert settled == failures  # nothing is left out of the ledger, and nothing stands twice in it
    if policy == "at-most-once":
        assert len(by_id) == len(told)  # nothing is in the chat twice
        assert sum(by_id.values()) >= int(counts["sent"])
    else:
        assert "unclear" not in counts
        assert sum(by_id.values()) == failures  # nothing is lost
        assert len(told) - len(by_id) <= len(copies)  # what is there twice says so


def _starter(config: Path, home: Path, url: str) -> Callable[[], subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "kubedigest", "--config", str(config), "notify"]

    def run() -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment(home, url),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    return run


def _write_part(url: str, part: int, size: int, failures: int, workloads: int, kills: int) -> None:
    first = part * size
    until = failures if part == kills else first + size
    now = datetime.now(UTC)
    write(
        url,
        *(
            seen(now, name=f"e{n}", object=f"w{n % workloads}-0", workload=f"w{n % workloads}")
            for n in range(first, until)
        ),
    )


def _waiting(url: str) -> list[tuple[Any, ...]]:
    return rows(connect(url), "select 1 from kubedigest.live_group where waiting > 0")


def _open(url: str) -> bool:
    """Tell whether something waits, is on its way, or is to be sent again."""
    query = (
        "select 1 from kubedigest.live_letter where state = 'sending' "
        "or (state = 'unclear' and due is not null)"
    )
    noted = rows(connect(url), "select noted from kubedigest.live_notifier")
    return bool(_waiting(url) or rows(connect(url), query)) or not noted[0][0]


def _wait(is_so: Callable[[], Any], *, seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.05)
