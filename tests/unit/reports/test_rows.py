"""Tests of rows, gone rows and message groups in words."""

from __future__ import annotations

from reports.rows import gone_rows, message_rows, row_groups
from reports.width import display_width
from tests.unit.reports.digests import (
    at,
    busy,
    hourly,
    long_day,
    message,
    row,
    two_clusters,
)


def test_a_row_without_names_says_so() -> None:
    """An event that names no object and no reason is not a blank line."""
    digest = busy(rows=(row(namespace="", kind="", name="", reason=""),))
    subject = row_groups(digest, dated=False)[0].rows[0].subject
    assert (subject.workload, subject.reason) == ("no object", "no reason")


def test_a_row_says_everything_once() -> None:
    """One row of the busy day, field by field."""
    groups = row_groups(busy(), dated=False)
    shown = groups[1].rows[0]
    assert (shown.subject.workload, shown.subject.reason) == ("shop/Deployment checkout", "BackOff")
    assert (shown.failures, shown.share, shown.rate) == ("120", "56 %", "5.0 per hour")
    assert (shown.before, shown.trend, shown.mark) == ("35", "rising", "▲ rising")
    assert (shown.episodes, shown.objects, shown.span) == ("3 episodes", "4 objects", "02:10–23:55")
    assert shown.sparkline == "··▂█▃··············▂▂▃▃▃"
    assert shown.subject.cluster == ""
    assert groups[2].rows[1].subject.workload == (
        "Node ip-10-0-195-177.eu-central-1.compute.internal"
    )


def test_several_clusters_are_named_in_each_row() -> None:
    """With two clusters a workload says which one it is in, and times carry their day."""
    shown = row_groups(two_clusters(), dated=True)[0].rows[0]
    assert shown.subject.workload == "生产集群 shop/Deployment checkout"
    assert shown.span == "16 Nov 02:05–22 Nov 13:09"


def test_a_missing_baseline_is_said_by_the_row_or_by_the_digest() -> None:
    """One cluster of two without a period before says so itself; where all are, the page does."""
    young = row_groups(two_clusters(), dated=True)[0].rows[1]
    assert (young.mark, young.before) == ("no baseline yet", "")
    assert row_groups(long_day(), dated=False)[0].rows[0].mark == ""


def test_long_sparklines_are_folded() -> None:
    """72 hourly buckets become 24 columns of three hours."""
    bars = hourly(at(0, day=18), (1,) * 72)
    digest = busy(histogram=bars, rows=(row(sparkline=(1,) * 72),))
    assert row_groups(digest, dated=True)[0].rows[0].sparkline == "█" * 24


def test_long_texts_are_cut() -> None:
    """A message is cut at 300 columns, a name at 120."""
    digest = busy(rows=(row(message="宽" * 3000, name="x" * 300),))
    shown = row_groups(digest, dated=False)[0].rows[0]
    assert shown.message == "宽" * 149 + "…"
    assert display_width(shown.subject.name) == 120


def test_what_is_gone_keeps_its_number() -> None:
    """Two rows with the failures of the day before, hostile names as they are."""
    shown = [(gone.before, gone.subject.workload) for gone in gone_rows(busy())]
    assert shown == [
        ("20", "data/PersistentVolumeClaim kafka-data-0"),
        ("9", "<b>team</b>/Pod a|b @all"),
    ]


def test_values_behind_a_wildcard_are_counted() -> None:
    """Three values with their failures, and how many more there are."""
    digest = busy(messages=(message(failures=3), message(values=(), distinct_values=0)))
    shown = message_rows(digest)
    assert shown[0].values == ""
    assert shown[1].values == (
        "checkout-6b8f7d9c5d-x2x9z ×70, checkout-6b8f7d9c5d-bq7kd ×40, "
        "checkout-6b8f7d9c5d-m4t2p ×6, 1 more"
    )


def test_message_groups_start_with_the_most_failures() -> None:
    """Whatever their order was, 118 comes before 29 before 1."""
    digest = busy(messages=busy().messages[::-1])
    assert [shown.failures for shown in message_rows(digest)] == ["118", "29", "1"]
