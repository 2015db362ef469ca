"""The tables that kubectl prints."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from collector.errors import Unreadable
from collector.json_stream import Broken, Record
from collector.kubectl_text import NO_ROW, EventRow, is_heading, iterate_rows, observation_of
from collector.observation import Observation

TAKEN = datetime(2026, 1, 10, 12, tzinfo=UTC)

PLAIN = """\
LAST SEEN   TYPE      REASON    OBJECT      MESSAGE
119s        Normal    Created   pod/web-0   Created container 服务器  now
36s         Warning   BackOff   pod/web-0   Back-off restarting
"""
WIDE = """\
NAMESPACE   LAST SEEN   TYPE      REASON    OBJECT      SUBOBJECT               SOURCE            MESSAGE               FIRST SEEN   COUNT   NAME
shop        36s         Warning   BackOff   pod/web-0   spec.containers{main}   kubelet, node-1   Back-off restarting   17h          3397    web-0.188923a0640ddd00
shop        40s         Normal    Pulled    pod/web-0                           kubelet, node-1   Already present       40s          1       web-0.x
"""  # noqa: E501
EVENTS = """\
NAMESPACE   LAST SEEN              TYPE      REASON    OBJECT      MESSAGE
shop        5m1s (x3397 over 17h)  Warning   BackOff   Pod/web-0   Back-off restarting
"""
OLD = """\
LAST SEEN   FIRST SEEN   COUNT     NAME                     KIND      SUBOBJECT   TYPE      REASON    SOURCE            MESSAGE
36s         17h          3397      web-0.188923a0640ddd00   Pod                   Warning   BackOff   kubelet, node-1   Back-off restarting
"""  # noqa: E501


def rows(text: str) -> list[EventRow]:
    """Read a table where every line is a row."""
    found = list(iterate_rows(io.StringIO(text)))
    assert all(isinstance(one, Record) for one in found)
    return [one.value for one in found if isinstance(one.value, EventRow)]  # type: ignore[union-attr]


def observed(row: EventRow) -> Observation:
    """Read a row of a text of noon."""
    return observation_of(row, cluster="c", namespace="shop", taken=TAKEN, received=TAKEN)


def test_plain_table() -> None:
    """Wide characters do not shift the columns, and a message keeps its double blanks."""
    created, backed_off = rows(PLAIN)
    assert (created.type, created.reason, created.kind, created.object) == (
        "Normal", "Created", "Pod", "web-0",
    )  # fmt: skip
    assert created.message == "Created container 服务器  now"
    seen = observed(backed_off)
    assert seen.birth == seen.time == TAKEN - timedelta(seconds=36)
    assert (seen.namespace, seen.cumulative, seen.counting) == ("shop", 1, "approximate")
    assert (seen.workload_kind, seen.workload) == ("StatefulSet", "web")


def test_wide_table() -> None:
    """First time, count, source and the event's own name are read; cells may be empty."""
    backed_off, pulled = rows(WIDE)
    seen = observed(backed_off)
    assert (seen.cumulative, seen.component, seen.host) == (3397, "kubelet", "node-1")
    assert seen.time == TAKEN - timedelta(seconds=36)
    assert seen.birth == datetime(2026, 1, 9, 18, 31, 40, tzinfo=UTC)  # as the name says
    assert (pulled.reason, pulled.source, pulled.count) == ("Pulled", "kubelet, node-1", 1)


@pytest.mark.parametrize("text", [EVENTS, OLD, WIDE])
def test_every_version_tells_the_same(text: str) -> None:
    """Count and age of `kubectl events`, of wide and of old tables are those of one event."""
    seen = observed(rows(text)[0])
    assert (seen.cumulative, seen.kind, seen.object) == (3397, "Pod", "web-0")
    assert (seen.reason, seen.type, seen.message) == ("BackOff", "Warning", "Back-off restarting")
    assert TAKEN - timedelta(hours=18) < seen.birth <= TAKEN - timedelta(hours=17)


def test_without_headings() -> None:
    """Rows are known by their form."""
    [row] = rows("shop   5m1s (x3 over 17h)   Normal   Status upgrade   pod/web-0   up 2%\n")
    assert (row.namespace, row.count, row.reason, row.message) == (
        "shop", 3, "Status upgrade", "up 2%",
    )  # fmt: skip
    assert is_heading(PLAIN.splitlines()[0])
    assert not is_heading("LAST SEEN by nobody")


def test_rows_that_are_aligned_otherwise() -> None:
    """What --watch prints later does not keep the columns."""
    late = "1s   Normal   Status upgrade   clusteroperator/etcd   a  b\n"
    assert [row.message for row in rows(PLAIN + late)][-1] == "a  b"


def test_messages_of_several_lines() -> None:
    """Lines that are no row go on with the message; headings may come again."""
    text = PLAIN + "  second line\n\nthird\n" + PLAIN
    assert len(rows(text)) == 4
    assert rows(text)[1].message == "Back-off restarting\n  second line\n\nthird"


def test_lines_that_are_no_rows() -> None:
    """An age that cannot be read, and text of another format, are said with their line."""
    text = PLAIN + 'soon        Warning   BackOff   pod/web-0   hm\n{"kind": "Event"}\nmore\n'
    age, other = [one for one in iterate_rows(io.StringIO(text)) if isinstance(one, Broken)]
    assert (age.line, age.reason) == (4, "its age cannot be read")
    assert (other.line, other.reason, other.raw) == (5, NO_ROW, '{"kind": "Event"}\nmore')


@pytest.mark.parametrize("age", ["<unknown>", "<invalid>"])
def test_a_row_without_a_time(age: str) -> None:
    """It cannot be counted, and the reason says what the table said."""
    [row] = rows(f"{age}   Normal   Created   pod/web-0   x\n")
    with pytest.raises(Unreadable, match=f"its age is {age}"):
        observed(row)


def test_an_age_beyond_time() -> None:
    """It is refused, not an overflow."""
    [row] = rows("999999d   Normal   Created   pod/web-0   x\n")
    with pytest.raises(Unreadable, match="year 1"):
        observed(row)
    assert rows("No resources found in shop namespace.\n") == []


@pytest.mark.shared_data
def test_real_tables(shared_data: Path) -> None:
    """All 12,836 rows of 82 real texts are read, whether they have headings or not."""
    path = shared_data / "kubectl_text" / "cloud-opsbench-boutique.jsonl"
    cases = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    texts = [text for case in cases for text in case["kubectl_get_events"].values()]
    lines = sum(line[:4] != "LAST" for text in texts for line in text.splitlines() if line)
    read = [observed(row) for text in texts for row in rows(text)]
    assert (len(texts), len(read), lines) == (82, 12_836, 12_836)
    assert all(one.reason and one.object for one in read)


def test_an_age_at_the_beginning_of_time() -> None:
    """What is taken away from the birth yet would overflow."""
    [row] = rows("739941d   Normal   Created   pod/web-0   x\n")
    with pytest.raises(Unreadable, match="year 1"):
        observed(row)


def test_a_secret_for_a_kind() -> None:
    """It is in no column."""
    [row] = rows("5m   Normal   Created   AKIAABCDEFGHIJKLMNOP/x   y\n")
    assert (observed(row).kind, observed(row).workload_kind) == ("[REDACTED]", "[REDACTED]")
