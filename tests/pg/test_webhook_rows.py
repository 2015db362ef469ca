"""Rows of webhooks in the store: one with the watch's, or requests where nobody knows better."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, text

from analytics.digest import Digest
from analytics.window import Window
from collector.bodies import Receipt, Templates, read_body
from collector.frames import FrameDecoder, Observed
from collector.observation import Observation, Rejection
from collector.rejected import reread
from collector.store import Store, WriteResult
from kubedigest.cli import kubedigest
from kubedigest.configuration import Configuration
from kubedigest.digesting import make_digest

DATA = Path(__file__).parents[1] / "data"
RECEIVED = datetime(2026, 1, 10, 12, tzinfo=UTC)
DEFAULT = (
    '\n{\n\t"EventType": "Warning",\n\t"EventKind": "Pod",\n\t"EventReason": "BackOff",\n'
    '\t"EventTime": "2026-01-10 11:30:00 +0000 UTC",\n\t"EventMessage": "Back-off \\x"\n}'
)
Tables = dict[str, list[tuple[object, ...]]]


def receive(engine: Engine, *bodies: bytes | str, first: int = 1) -> WriteResult:
    """Do what the receiver does with durable bodies."""
    rows: list[Observation] = []
    with Store(engine) as store:
        for number, body in enumerate(bodies, first):
            receipt = Receipt(f"{number:04}", RECEIVED, "prod", "10.0.0.1")
            found = read_body(body if isinstance(body, bytes) else body.encode(), receipt)
            rows += [one for one in found if isinstance(one, Observation)]
            store.reject(one for one in found if isinstance(one, Rejection))
        return store.write(rows)


def rendered(version: str) -> list[dict[str, object]]:
    """Return bodies of the recommended template and the events that they were rendered from."""
    with gzip.open(DATA / "kube-eventer/recommended-bodies.jsonl.gz", "rt") as lines:
        cases = [json.loads(line) for line in lines]
    return [case for case in cases if case["kube_eventer"] == version]


def watch(engine: Engine, cases: list[dict[str, object]]) -> WriteResult:
    """Store the events as frames of a watch bring them."""
    decoder = FrameDecoder(cluster="prod")
    rows = []
    for case in cases:
        line = json.dumps({"type": "ADDED", "object": case["event"]}).encode()
        result = decoder.frame(line, RECEIVED)
        assert isinstance(result, Observed)
        rows.append(result.observation)
    with Store(engine) as store:
        return store.write(rows)


@pytest.mark.parametrize("version", ["v1.2.0-484d9cd", "1.2.14-0974bca"])
@pytest.mark.parametrize("is_watch_first", [True, False])
def test_the_same_event_by_watch_and_by_the_recommended_body_is_one_row(
    engine: Engine,
    read_tables: Callable[[Engine], Tables],
    counted_total: Callable[[], int],
    version: str,
    is_watch_first: bool,
) -> None:
    """Points, totals and texts are those of either alone, in either order, for both versions.

    The version of today deletes quotes from messages; those of its events keep the lesser text.
    """
    cases = rendered(version)
    ways = [lambda: watch(engine, cases), lambda: receive(engine, *(c["body"] for c in cases))]
    first, second = ways if is_watch_first else reversed(ways)
    first()
    points = "select birth, event_id, cumulative, claimed, occurrences from kubedigest.point"
    with engine.connect() as connection:
        before = sorted(map(tuple, connection.execute(text(points))))
    tables, total = read_tables(engine), counted_total()
    result = second()
    with engine.connect() as connection:
        assert sorted(map(tuple, connection.execute(text(points)))) == before
    assert counted_total() == total > 300
    if version == "v1.2.0-484d9cd":  # its texts are exact too
        assert result.stored == 0 or not is_watch_first  # where a point came from is least too
        assert [row[:13] for row in read_tables(engine)["event"]] == [
            row[:13] for row in tables["event"]
        ]


def test_a_replayed_receipt_adds_nothing_and_two_equal_bodies_are_two(
    engine: Engine, read_tables: Callable[[Engine], Tables], counted_total: Callable[[], int]
) -> None:
    """Also beside the same body of others."""
    assert receive(engine, DEFAULT, DEFAULT).stored == 2
    tables = read_tables(engine)
    assert counted_total() == 2
    assert receive(engine, DEFAULT, DEFAULT).stored == 0
    assert read_tables(engine) == tables
    assert receive(engine, DEFAULT, first=3).stored == 1
    assert counted_total() == 3


def test_requests_are_set_aside_where_exact_rows_tell_the_same(
    engine: Engine, counted_total: Callable[[], int]
) -> None:
    """Within ten minutes of an exact row of the cluster; others still count, and are named so."""
    far = DEFAULT.replace("11:30:00", "09:30:00")
    receive(engine, DEFAULT, far)
    assert counted_total() == 2
    event = {
        "metadata": {"name": "web-0.18ea6d9320c050da", "namespace": "shop"},
        "involvedObject": {"kind": "Pod", "namespace": "shop", "name": "web-0"},
        "reason": "BackOff", "type": "Warning", "count": 5,
        "firstTimestamp": "2026-01-10T11:25:00Z", "lastTimestamp": "2026-01-10T11:30:00Z",
    }  # fmt: skip
    receive(engine, json.dumps(event), first=3)
    query = "select counting, sum(occurrences) filter (where counted) from public.event group by 1"
    with engine.connect() as connection:
        found = {row[0]: row[1] for row in connection.execute(text(query))}
    assert found == {"requests": 1, "exact": 5}
    quality = digest(engine).quality
    assert (quality.requests, quality.set_aside_rows) == (1, 1)


def digest(engine: Engine) -> Digest:
    """Return the digest of the day."""
    now = datetime(2026, 1, 11, 8, tzinfo=UTC)
    window = Window.daily(now, "UTC")
    return make_digest(engine, window, Configuration(timezone="UTC"), now=now)


def test_refused_bodies_are_read_again_once_their_template_is_known(
    engine: Engine, read_tables: Callable[[Engine], Tables], counted_total: Callable[[], int]
) -> None:
    """With the number they had; what is no UTF-8, or no event at all, stays where it is."""
    plain = b"Warning BackOff \xb4\xc5\xc5\xcc"
    receive(engine, plain, b"\xff\xfe", b"")
    assert len(read_tables(engine)["rejected"]) == 3
    assert reread(engine) == (0, 3)
    given = Templates({"plain": "{{ .Type }} {{ .Reason }} {{ .Message }}"})
    assert reread(engine, given) == (1, 2)
    assert counted_total() == 1
    [row] = read_tables(engine)["view"]
    assert "'request:0001'" in row
    assert "'\ufffd\ufffd\ufffd\ufffd'" in row


def test_a_body_that_was_read_in_part_is_not_doubled_when_it_is_read_again(
    engine: Engine, counted_total: Callable[[], int]
) -> None:
    """Its rows have the number of the receipt."""
    good = {"reason": "Failed", "name": "web", "lastTimestamp": "2026-01-10T11:00:00Z"}
    odd = {"reason": "Failed", "involvedObject": {"name": "api"}}
    receive(engine, json.dumps([good, {**odd, "metadata": {}}]))
    assert counted_total() == 1
    assert reread(engine) == (0, 1)
    assert counted_total() == 1


def test_the_command_lists_what_was_refused_with_its_sender(
    engine: Engine, database_url: str
) -> None:
    """And reads it again."""
    receive(engine, b"hello")
    env = {"KUBEDIGEST_DATABASE_URL": database_url}
    ran = CliRunner().invoke(kubedigest, ["db", "rejected", "--no-headers"], env=env)
    assert "10.0.0.1" in ran.output
    assert "receipt 0001" in ran.output
    assert "the body is not JSON" in ran.output
    ran = CliRunner().invoke(kubedigest, ["db", "rejected", "--reread"], env=env)
    assert ran.output.strip() == "read 0 of 1 records now; 1 stay rejected"
