"""Tests of charts in characters."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from reports.plots import daily_plot, histogram_plot
from reports.text_chart import column_chart, column_unit, spark_chart, spark_legend
from reports.width import display_width
from tests.unit.reports.digests import at, busy, days, hourly, no_data, peak, two_clusters


def test_a_column_chart_has_an_axis() -> None:
    """The greatest value is at the top left, zero at the bottom, the labels below."""
    lines = column_chart(histogram_plot(busy(), dated=False), 80)
    assert lines[0] == "63 │         ██"
    assert lines[5] == " 0 └" + "─" * 72
    assert lines[6].split() == ["00:00", "06:00", "12:00", "18:00"]


def test_a_long_chart_is_folded_into_its_columns() -> None:
    """A hundred hours of one failure each fit 80 columns, as fifty columns of two."""
    bars = hourly(at(0, day=17), (1,) * 100)
    digest = busy(start=at(0, day=17), histogram=bars, peak=peak(bars))
    lines = column_chart(histogram_plot(digest, dated=True), 80)
    assert max(map(display_width, lines)) <= 80
    assert lines[0] == "2 │" + "█" * 50


def test_the_unit_is_that_of_a_column() -> None:
    """24 hours stay hours; a hundred of them are columns of two, a year of days of five."""
    assert column_unit(histogram_plot(busy(), dated=False), 80) == "hour"
    hours = hourly(at(0, day=17), (1,) * 100)
    assert column_unit(histogram_plot(busy(histogram=hours), dated=True), 80) == "2 hours"
    year = hourly(at(0), (1,) * 365, minutes=24 * 60)
    digest = busy(bucket_minutes=24 * 60, histogram=year)
    assert column_unit(histogram_plot(digest, dated=True), 80) == "5 days"


def test_sums_have_room_beside_the_axis() -> None:
    """76 bars of 9 have 38 columns beside "9 │"; 38 pairs of 18 have 37, so three are one."""
    bars = hourly(at(0), (9,) * 76, minutes=24 * 60)
    plot = histogram_plot(busy(bucket_minutes=24 * 60, histogram=bars), dated=True)
    assert column_unit(plot, 80) == "day"
    assert column_unit(plot, 41) == "3 days"
    assert column_chart(plot, 41)[0] == "27 │" + "█" * 25  # and the last, of one day, is lower


@given(st.lists(st.integers(0, 10**15), min_size=1, max_size=400), st.integers(40, 80))
def test_a_chart_is_never_too_wide(counts: list[int], columns: int) -> None:
    """Whatever the counts, axis and bars fit the columns, and every bar is in a column."""
    bars = hourly(at(0), tuple(counts))
    plot = replace(histogram_plot(busy(histogram=bars), dated=True), ticks=())
    assert max(map(display_width, column_chart(plot, columns))) <= columns


def test_a_spark_chart_tells_no_data_from_nothing() -> None:
    """Two days without data, one without failures, then 1 of 8 and 8 of 8."""
    plot = daily_plot(busy(daily=days(at(0), (None, None, 0, 1, 8))))
    assert spark_chart(plot) == "Tue 17 Nov ░░·▁█ Sat 21 Nov"
    assert spark_legend(plot) == "░ no data, · no failures"


def test_a_legend_names_only_what_is_there() -> None:
    """A month of failures needs none, a month without data one word."""
    assert spark_legend(daily_plot(two_clusters())) == ""
    assert spark_legend(daily_plot(no_data())) == "░ no data"
