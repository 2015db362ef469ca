"""Bodies over sockets into the database."""

from __future__ import annotations

import json
import time
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import text

from collector.bodies import Templates
from collector.body_file import KeptBody
from collector.body_log import BodyLog
from collector.database import connect
from collector.rejected import list_rejected, reread, trim_rejected
from tests.receivers import BODY, exchange, receiver, request, status_of

CAPTURED = Path(__file__).parents[1] / "data/kube-eventer/captured-requests.json"


def rows(database: str, columns: str) -> list[tuple[object, ...]]:
    """Return what people with SQL see."""
    with connect(database).connect() as connection:
        query = text(f"select {columns} from public.event order by 1, 2")
        return [tuple(row) for row in connection.execute(query)]


def test_captured_requests_of_kube_eventer(database_url: str, tmp_path: Path) -> None:
    """Byte for byte: 200 each; 20 rows as they say, and 4 of an unknown template are kept."""
    captured = json.loads(CAPTURED.read_text())
    with receiver(tmp_path, database=database_url) as (running, _):
        for one in captured:
            head = "".join(f"{name}: {value}\r\n" for name, value in one["headers"].items())
            sent = f"{one['method']} {one['path']} HTTP/1.1\r\n{head}Connection: close\r\n\r\n"
            answer = exchange(running.address, (sent + one["body"]).encode())
            assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    found = rows(database_url, "reason, kind, type, counting, occurrences, source, cluster")
    assert Counter(row[:3] for row in found) == {
        ("BackOff", "Pod", "Warning"): 8,
        ("Scheduled", "Pod", "Normal"): 5,
        ("Rebooted", "Node", "Warning"): 5,
        ("FailedScheduling", "Pod", "Warning"): 1,
        ("NoTimes", "Pod", "Warning"): 1,
    }
    assert {row[3:] for row in found} == {("requests", 1, "webhook", "lab")}
    times = rows(database_url, "reason, to_char(time at time zone 'UTC', 'MM-DD HH24:MI:SS.US')")
    assert ("BackOff", "01-02 03:05:05.000000") in times
    assert ("Scheduled", "01-02 03:06:07.123456") in times
    refused = list(list_rejected(connect(database_url)))
    assert len(refused) == 4
    assert {row.sender for row in refused} == {"127.0.0.1 (Go-http-client/1.1)"}
    assert {row.raw for row in refused} == {
        one["body"] for one in captured if one["path"].startswith("/all")
    }


def test_two_equal_bodies_are_two_and_a_spool_that_is_read_again_adds_nothing(
    database_url: str, tmp_path: Path
) -> None:
    """As after a kill between the commit and the removal of the file."""
    with receiver(tmp_path, patience_seconds=0) as (running, _):
        for _ in range(2):
            assert status_of(exchange(running.address, request())) == 200
        assert status_of(exchange(running.address, request(body=b"unreadable"))) == 200
    [file] = tmp_path.glob("*.bodies")
    spooled = file.read_bytes()
    for _ in range(2):
        file.write_bytes(spooled)
        with receiver(tmp_path, database=database_url):
            pass
        assert list(tmp_path.glob("*.bodies")) == []
        assert rows(database_url, "reason, occurrences") == [("BackOff", 1), ("BackOff", 1)]
        assert len(list(list_rejected(connect(database_url)))) == 1


def test_a_body_is_read_again_after_a_fix(database_url: str, tmp_path: Path) -> None:
    """With the template that was missing, at the time it came."""
    body = b"<BackOff|Warning|2026-01-02 11:05:05 +0800 CST|no room>"
    before = time.time()
    with receiver(tmp_path, database=database_url) as (running, _):
        assert status_of(exchange(running.address, request(body=body))) == 200
    engine = connect(database_url)
    assert reread(engine) == (0, 1)
    template = "<{{ .Reason }}|{{ .Type }}|{{ .LastTimestamp }}|{{ .Message }}>"
    assert reread(engine, Templates({"mine": template})) == (1, 0)
    assert rows(database_url, "reason, message") == [("BackOff", "no room")]
    [(received, _)] = rows(database_url, "extract(epoch from received)::float8, reason")
    assert isinstance(received, float)
    assert before - 1 <= received <= time.time()


def test_rejected_bodies_are_capped(database_url: str, tmp_path: Path) -> None:
    """By number and by size; the latest stay, and other records are not counted."""
    engine = connect(database_url)
    with receiver(tmp_path, database=database_url) as (running, _):
        for number in range(12):
            exchange(running.address, request(body=b"unreadable %d" % number))
    assert trim_rejected(engine, most=5) == 7
    left = {row.raw for row in list_rejected(engine)}
    assert left == {f"unreadable {number}" for number in range(7, 12)}
    assert trim_rejected(engine, most=5, most_bytes=45) == 2
    assert trim_rejected(engine, most=5, most_bytes=45) == 0


def test_a_body_that_makes_the_reader_fail_stops_nothing(database_url: str, tmp_path: Path) -> None:
    """Bytes of any kind, between good ones."""
    odd = [b"\x00" * 100, b"\xff\xfe\x00", b"[" * 50_000, b'{"kind":"Event"}', b"{}", b"[]", b" "]
    with receiver(tmp_path, database=database_url) as (running, _):
        for body in [BODY, *odd, BODY]:
            assert status_of(exchange(running.address, request(body=body))) == 200
    assert len(rows(database_url, "reason, occurrences")) == 2
    assert list(tmp_path.glob("*.bodies")) == []


@pytest.mark.parametrize("place", [0, 5, 40, -1])
def test_a_damaged_record_costs_itself_alone(database_url: str, tmp_path: Path, place: int) -> None:
    """The others are stored, and the file is kept beside for whoever wants to look."""
    with receiver(tmp_path, patience_seconds=0) as (running, _):
        for number in range(3):
            exchange(running.address, request(body=BODY.replace(b"body 1", b"body %d" % number)))
    [file] = tmp_path.glob("*.bodies")
    content = bytearray(file.read_bytes())
    second = content.index(b"KDB1", 4)
    third = content.index(b"KDB1", second + 4)
    at = second + place if place >= 0 else third - 1
    content[at] ^= 0xFF
    file.write_bytes(bytes(content))
    with receiver(tmp_path, database=database_url):
        pass
    assert rows(database_url, "message, occurrences") == [("body 0", 1), ("body 2", 1)]
    assert [one.suffix for one in tmp_path.iterdir() if one.suffix != ".lock"] == [".damaged"]


def test_a_record_that_was_cut_off_is_no_body(database_url: str, tmp_path: Path) -> None:
    """Wherever the kill came: nobody was told that it is kept."""
    with receiver(tmp_path, patience_seconds=0) as (running, _):
        exchange(running.address, request())
        exchange(running.address, request())
    [file] = tmp_path.glob("*.bodies")
    content = file.read_bytes()
    second = content.index(b"KDB1", 4)
    for end in range(second, len(content), 7):
        file.write_bytes(content[:end])
        log = BodyLog(tmp_path)
        found: list[KeptBody] = []
        while log.wait(0):
            found += log.take()
            log.release()
        log.close()
        assert [one.body for one in found] == [BODY]
        for one in tmp_path.glob("*.damaged"):
            one.unlink()
