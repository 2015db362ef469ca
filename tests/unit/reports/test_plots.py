"""Tests of the layout of charts."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from analytics.digest import Digest
from reports.plots import PLOT_HEIGHT, bucket_words, daily_plot, histogram_plot
from tests.unit.reports.digests import (
    at,
    busy,
    days,
    hourly,
    long_day,
    no_data,
    peak,
    quiet,
    two_clusters,
)


def test_the_peak_is_in_words() -> None:
    """The peak names its bucket, in an hour that comes twice with the zone."""
    assert histogram_plot(busy(), dated=False).words == "Peak 03:00–04:00, 63 failures."
    assert histogram_plot(long_day(), dated=False).words == "Peak 02:00 CET–03:00, 9 failures."
    week = histogram_plot(two_clusters(), dated=True)
    assert week.words == "Peak 22 Nov 12:00–18:00, 1,500 failures."
    assert histogram_plot(quiet(), dated=False).words == ""


def test_the_peak_is_marked() -> None:
    """One bar of 24 is the peak, the fourth."""
    parts = [bar.part for bar in histogram_plot(busy(), dated=False).bars]
    assert parts == ["", "", "", "peak", *[""] * 20]


@pytest.mark.parametrize(
    ("digest", "dated", "labels"),
    [
        (busy(), False, ["00:00", "06:00", "12:00", "18:00"]),
        (long_day(), False, ["00:00", "06:00", "12:00", "18:00"]),
        (two_clusters(), True, [f"{day} Nov" for day in range(16, 23)]),
        (no_data(), False, ["00:00", "06:00", "12:00", "18:00"]),
    ],
    ids=["day", "25 hours", "week", "no data"],
)
def test_ticks_stand_on_landmarks(digest: Digest, dated: bool, labels: list[str]) -> None:
    """A day has four labels, a week its days; the 25-hour day keeps its clock."""
    assert [mark.label for mark in histogram_plot(digest, dated=dated).ticks] == labels


def test_a_window_of_four_hours_has_labels() -> None:
    """Where no sixth hour falls into the window, its quarters are labelled."""
    bars = hourly(at(13, 30), (1, 2, 3, 4))
    digest = busy(start=at(13, 30), end=at(17, 30), histogram=bars, peak=peak(bars))
    labels = [mark.label for mark in histogram_plot(digest, dated=False).ticks]
    assert labels == ["13:30", "14:30", "15:30", "16:30"]


def test_a_label_does_not_push_against_the_first_midnight() -> None:
    """A window from 22:00 on shows the next days, not the two hours before them."""
    start = at(22, day=18)
    bars = hourly(start, (1,) * 72)
    digest = busy(start=start, end=start + timedelta(days=3), histogram=bars, peak=bars[0])
    labels = [mark.label for mark in histogram_plot(digest, dated=True).ticks]
    assert labels == ["19 Nov", "20 Nov", "21 Nov"]


def test_days_without_data_are_not_days_without_failures() -> None:
    """No data fills the height as a part of its own; no failures has no bar at all."""
    bars = daily_plot(busy()).bars
    assert [bar.part for bar in bars[:3]] == ["missing", "missing", ""]
    assert [bar.rectangle.height for bar in bars[:3]] == [PLOT_HEIGHT, PLOT_HEIGHT, 0]
    assert [bar.failures for bar in bars[:3]] == ["no data", "no data", "0"]
    assert daily_plot(busy()).has_missing
    assert not daily_plot(two_clusters()).has_missing


def test_the_reported_days_are_marked() -> None:
    """A day marks itself, a week its seven days."""
    parts = [bar.part for bar in daily_plot(busy()).bars]
    assert parts.count("reported") == 1
    assert parts[-1] == "reported"
    week = [bar.part for bar in daily_plot(two_clusters()).bars]
    assert week == [""] * 23 + ["reported"] * 7


def test_weekends_are_marked() -> None:
    """From Friday 23 October to Saturday 21 November there are four weekends and a Saturday."""
    plot = daily_plot(busy())
    assert len(plot.weekends) == 9
    assert plot.weekends[0].x == plot.bars[1].rectangle.x
    assert plot.bars[1].when == "Sat 24 Oct"


@pytest.mark.parametrize(
    ("failures", "words"),
    [
        (
            (3, 0, 8),
            "11 failures in 3 days; least 0 on 20 Nov, most 8 on 21 Nov.",
        ),
        (
            (None, 5, 8),
            "13 failures in 2 days, 1 day without data; least 5 on 20 Nov, most 8 on 21 Nov.",
        ),
        ((None, None, 1), "1 failure on 21 Nov, the only day with data."),
        ((None, None, None), "No data on any of 3 days."),
        ((0, 0, 0), "0 failures in 3 days."),
        ((7, 7), "14 failures in 2 days; 7 on each."),
    ],
)
def test_the_days_are_in_words(failures: tuple[int | None, ...], words: str) -> None:
    """Sum, extremes with their dates, and how many days are unknown."""
    assert daily_plot(busy(daily=days(at(0), failures))).words == words


def test_days_are_labelled_by_their_mondays_and_the_last() -> None:
    """The last day stands at the end of the axis, and no Monday is close to it."""
    marks = [(mark.label, mark.anchor) for mark in daily_plot(busy()).ticks]
    assert marks == [
        ("26 Oct", "start"),
        ("2 Nov", "start"),
        ("9 Nov", "start"),
        ("21 Nov", "end"),
    ]


def test_no_days_make_an_empty_chart() -> None:
    """A digest without a long trend has neither bars nor labels."""
    plot = daily_plot(replace(busy(), daily=()))
    assert (plot.bars, plot.ticks, plot.weekends) == ((), (), ())


def test_buckets_have_words() -> None:
    """Minutes become the unit that a reader thinks in."""
    assert [bucket_words(n) for n in (15, 60, 360, 1440)] == [
        "15 minutes",
        "hour",
        "6 hours",
        "day",
    ]
