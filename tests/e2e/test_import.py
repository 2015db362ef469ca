"""``kubedigest import`` from the file to the view."""

from __future__ import annotations

import gzip
import json
import random
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from collector.database import connect
from collector.files import EventReader
from collector.importing import Summary, import_items
from collector.store import Store
from tests.e2e.conftest import RunCommand
from tests.pg.conftest import tables

TRACES = sorted((Path(__file__).parents[1] / "data/correlator-traces").glob("*.jsonl.gz"))
RECEIVED = datetime(2026, 2, 1, tzinfo=UTC)


def lines_of(trace: Path) -> tuple[dict[str, int], list[bytes]]:
    """Return what the trace truly holds, and its frames."""
    first, *frames = gzip.decompress(trace.read_bytes()).splitlines()
    return json.loads(first), frames


def import_lines(engine: Engine, lines: list[bytes]) -> Summary:
    """Import JSON lines as a file would be."""
    summary = Summary()
    stream = BytesIO(b"\n".join(lines))
    with Store(engine) as store:
        reader = EventReader("lines", stream, cluster="c", received=RECEIVED)
        import_items(reader, store, summary)
    return summary


def counted(engine: Engine) -> int:
    """Return what the promise to people with SQL adds up to."""
    query = "select coalesce(sum(occurrences) filter (where counted), 0) from public.event"
    with engine.connect() as connection:
        return int(connection.scalar(text(query)) or 0)


@pytest.mark.parametrize("trace", TRACES, ids=lambda path: path.name.split(".")[0])
def test_a_recorded_trace_gives_its_true_total(database_url: str, trace: Path) -> None:
    """In order, shuffled and doubled in small files, and from three importers at once."""
    truth, frames = lines_of(trace)
    engine = connect(database_url)
    import_lines(engine, frames)
    assert counted(engine) == truth["expected_total"]
    with engine.connect() as connection:
        events = connection.scalar(text("select count(*) from kubedigest.event"))
    assert events == truth["expected_series"]
    expected = tables(engine)

    _empty(engine)
    shuffled = frames * 2
    random.Random(1).shuffle(shuffled)
    for start in range(0, len(shuffled), 97):
        import_lines(engine, shuffled[start : start + 97])
    assert tables(engine) == expected

    _empty(engine)
    orders = [random.Random(seed).sample(frames, len(frames)) for seed in range(3)]
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda order: import_lines(engine, order), orders))
    assert tables(engine) == expected


def test_the_summary_adds_up_and_a_second_import_changes_nothing(
    run_command: RunCommand, database_url: str
) -> None:
    """Read = stored + repeated + rejected + ignored; the same file again repeats everything."""
    trace = str(TRACES[4])
    first = run_command("import", trace, "--cluster", "c", "-o", "json", database=database_url)
    again = run_command("import", trace, "--cluster", "c", "-o", "json", database=database_url)
    assert (first.code, again.code) == (0, 0)
    stored, repeated = json.loads(first.out), json.loads(again.out)
    assert list(stored) == ["read", "stored", "repeated", "rejected", "ignored"]
    for summary in (stored, repeated):
        assert summary["read"] == sum(summary.values()) - summary["read"]
    assert stored["stored"] > 0
    assert repeated["stored"] == 0


def test_real_events_are_imported_once(shared_data: Path, database_url: str) -> None:
    """Every file of real events, twice and shuffled: nothing is lost, doubled or left unsaid."""
    engine = connect(database_url)
    for path in sorted((shared_data / "events").glob("*.jsonl")):
        lines = path.read_bytes().splitlines()
        summary = import_lines(engine, lines)
        counts = summary.counts()
        assert counts["read"] == len(lines) == sum(counts.values()) - counts["read"]
        assert counts["rejected"] == 0, summary.reasons
    before = tables(engine)
    for path in sorted((shared_data / "events").glob("*.jsonl")):
        lines = path.read_bytes().splitlines()
        random.Random(3).shuffle(lines)
        assert import_lines(engine, lines).stored == 0
    assert tables(engine) == before


def frame(kind: str, **event: object) -> bytes:
    """Return a watch frame of one scheduler event."""
    base: dict[str, object] = {
        "metadata": {
            "name": "web.1",
            "namespace": "shop",
            "uid": "u",
            "creationTimestamp": "2026-01-05T00:00:01Z",
        },
        "involvedObject": {"kind": "Pod", "namespace": "shop", "name": "web-0"},
        "reason": "FailedScheduling",
        "type": "Warning",
        "eventTime": "2026-01-05T00:00:00.250000Z",
    }
    return json.dumps({"type": kind, "object": base | event}).encode()


def series(count: int, minute: int) -> dict[str, object]:
    """Return a series as the newer API writes it."""
    return {"count": count, "lastObservedTime": f"2026-01-05T00:{minute:02}:00.000000Z"}


def test_a_series_counts_through_re_creation(database_url: str) -> None:
    """1, then series 2, 5; deleted at TTL; created again with series 7: seven, as the API said."""
    engine = connect(database_url)
    frames = [
        frame("ADDED"),
        frame("MODIFIED", series=series(2, 5)),
        frame("MODIFIED", series=series(5, 30)),
        frame("DELETED", series=series(5, 30)),
        frame("ADDED", series=series(7, 59), metadata={
            "name": "web.1", "namespace": "shop", "uid": "other",
            "creationTimestamp": "2026-01-05T00:59:01Z",
        }),
    ]  # fmt: skip
    assert import_lines(engine, frames).counts() == {
        "read": 5, "stored": 4, "repeated": 1, "rejected": 0, "ignored": 0,
    }  # fmt: skip
    assert counted(engine) == 7


def test_old_clients_write_series_count_one_for_a_repeat(database_url: str) -> None:
    """A series is two sightings at least, also where its count says one."""
    engine = connect(database_url)
    import_lines(engine, [frame("ADDED", series=series(1, 1))])
    assert counted(engine) == 2


def test_a_deleted_frame_is_an_observation_and_no_occurrence(database_url: str) -> None:
    """Seen only at its deletion an event still counts; seen before, the deletion adds nothing."""
    engine = connect(database_url)
    import_lines(engine, [frame("DELETED", series=series(3, 9))])
    assert counted(engine) == 3
    import_lines(engine, [frame("DELETED", series=series(3, 9))])
    assert counted(engine) == 3


def test_both_api_groups_give_one_event(database_url: str) -> None:
    """The same event read as core/v1 and as events.k8s.io/v1 is stored once."""
    engine = connect(database_url)
    new = json.loads(frame("ADDED"))["object"]
    new["regarding"] = new.pop("involvedObject")
    new["apiVersion"] = "events.k8s.io/v1"
    new["note"] = ""
    import_lines(engine, [frame("ADDED")])
    summary = import_lines(engine, [json.dumps(new).encode()])
    assert (summary.stored, summary.repeated, counted(engine)) == (0, 1, 1)


def _empty(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(
            text("truncate kubedigest.event, kubedigest.point, kubedigest.exact_slot")
        )
