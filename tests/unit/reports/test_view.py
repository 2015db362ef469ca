"""Tests of the digest in words."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from analytics.digest import Digest
from reports.view import digest_view
from reports.width import display_width
from tests.unit.reports.digests import (
    EVERY_DIGEST,
    at,
    busy,
    hourly,
    long_day,
    no_data,
    peak,
    quiet,
    row,
    two_clusters,
)


def test_figures_are_formatted_once() -> None:
    """The strip of figures: failures, workloads, episodes, and the period before."""
    shown = [(figure.number, figure.words) for figure in digest_view(two_clusters()).figures]
    assert shown == [
        ("2,145", "failures"),
        ("2", "workloads"),
        ("1,044", "episodes"),
        ("▼ 12 %", "against 2,438 the week before"),
    ]


def test_no_data_before_is_said() -> None:
    """Without a period before there is no change, and the words say why."""
    view = digest_view(busy(previous_failures=None, report="custom"))
    assert (view.figures[3].number, view.figures[3].words) == (
        "–",
        "no data in the same time before",
    )
    assert view.before == "No data in the same time before."


def test_a_part_of_a_day_is_compared_with_the_same_part() -> None:
    """Today so far stands against the same hours of the day before."""
    view = digest_view(busy(so_far=True))
    assert (view.figures[3].number, view.figures[3].words) == (
        "▲ 38 %",
        "against 155 in the same hours of the day before",
    )


def test_a_row_without_names_says_so() -> None:
    """An event that names no object and no reason is not a blank line."""
    shown = digest_view(busy(rows=(row(namespace="", kind="", name="", reason=""),))).rows[0]
    assert (shown.workload, shown.reason) == ("no object", "no reason")


def test_a_row_says_everything_once() -> None:
    """One row of the busy day, field by field."""
    shown = digest_view(busy()).rows[0]
    assert (shown.workload, shown.reason) == ("shop/Deployment checkout", "BackOff")
    assert (shown.failures, shown.share, shown.rate) == ("120", "56 %", "5.0 per hour")
    assert (shown.episodes, shown.objects, shown.span) == ("3 episodes", "4 objects", "02:10–23:55")
    assert shown.trend == "··▂█▃··············▂▂▃▃▃"
    assert shown.cluster == ""
    assert digest_view(busy()).rows[3].workload == (
        "Node ip-10-0-195-177.eu-central-1.compute.internal"
    )


def test_several_clusters_are_named_in_each_row() -> None:
    """With two clusters a workload says which one it is in, and times carry their day."""
    shown = digest_view(two_clusters()).rows[0]
    assert shown.workload == "生产集群 shop/Deployment checkout"
    assert shown.span == "16 Nov 02:05–22 Nov 13:09"


def test_the_residual_adds_up() -> None:
    """181 failures in the shown rows and 33 in seven more are 214."""
    view = digest_view(busy())
    assert (view.residual, view.residual_failures, view.total) == ("7 more rows", "33", "214")
    assert sum(int(shown.failures) for shown in view.rows) + int(view.residual_failures) == 214
    assert digest_view(two_clusters()).residual == ""


def test_the_peak_is_in_words() -> None:
    """The peak names its bucket, in an hour that comes twice with the zone."""
    assert digest_view(busy()).peak == "Peak 03:00–04:00, 63 failures."
    assert digest_view(long_day()).peak == "Peak 02:00 CET–03:00, 9 failures."
    assert digest_view(two_clusters()).peak == "Peak 22 Nov 12:00–18:00, 1,500 failures."
    assert digest_view(quiet()).peak == ""


@pytest.mark.parametrize(
    ("digest", "labels"),
    [
        (busy(), ["00:00", "06:00", "12:00", "18:00"]),
        (long_day(), ["00:00", "06:00", "12:00", "18:00"]),
        (two_clusters(), [f"{day} Nov" for day in range(16, 23)]),
        (no_data(), ["00:00", "06:00", "12:00", "18:00"]),
    ],
    ids=["day", "25 hours", "week", "no data"],
)
def test_ticks_stand_on_landmarks(digest: Digest, labels: list[str]) -> None:
    """A day has four labels, a week its days; the 25-hour day keeps its clock."""
    assert [mark.label for mark in digest_view(digest).ticks] == labels


def test_a_window_of_four_hours_has_labels() -> None:
    """Where no sixth hour falls into the window, its quarters are labelled."""
    bars = hourly(at(13, 30), (1, 2, 3, 4))
    digest = busy(start=at(13, 30), end=at(17, 30), histogram=bars, peak=peak(bars))
    assert [mark.label for mark in digest_view(digest).ticks] == [
        "13:30",
        "14:30",
        "15:30",
        "16:30",
    ]


def test_a_label_does_not_push_against_the_first_midnight() -> None:
    """A window from 22:00 on shows the next days, not the two hours before them."""
    start = at(22, day=18)
    bars = hourly(start, (1,) * 72)
    digest = busy(start=start, end=start + timedelta(days=3), histogram=bars, peak=bars[0])
    assert [mark.label for mark in digest_view(digest).ticks] == ["19 Nov", "20 Nov", "21 Nov"]


def test_long_trends_are_folded() -> None:
    """72 hourly buckets become 24 columns of three hours, and the page says so."""
    bars = hourly(at(0, day=18), (1,) * 72)
    digest = busy(
        start=at(0, day=18), histogram=bars, peak=bars[0], rows=(row(sparkline=(1,) * 72),)
    )
    view = digest_view(digest)
    assert (view.trend_unit, view.bucket) == ("3 hours", "hour")
    assert view.rows[0].trend == "█" * 24
    assert view.trend_box == "0 0 120 24"


def test_long_texts_are_cut() -> None:
    """A message is cut at 400 columns, a name at 120."""
    view = digest_view(busy(rows=(row(message="宽" * 3000, name="x" * 300),)))
    assert view.rows[0].message == "宽" * 199 + "…"
    assert display_width(view.rows[0].name) == 120


def test_many_clusters_are_counted() -> None:
    """More than three clusters are a number in the line under the title."""
    view = digest_view(busy(clusters=("a", "b", "c", "d")))
    assert view.scope == "4 clusters · Europe/Berlin"


@pytest.mark.parametrize("digest", EVERY_DIGEST.values(), ids=EVERY_DIGEST)
def test_equal_digests_have_equal_views(digest: Digest) -> None:
    """The view depends on nothing but the digest."""
    assert digest_view(digest) == digest_view(replace(digest))
