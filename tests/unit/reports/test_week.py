"""The four weeks by hour, laid out: nothing, no data and little are three things."""

from __future__ import annotations

import re
from dataclasses import replace

from reports.week import HEIGHTS, ROW_HEIGHT, STEP, week_view
from tests.unit.reports.digests import heat_map


def heights(path):
    """Return (weekday, hour, hours, height) of each box of a path."""
    boxes = re.findall(r"M(\d+) (\d+)h(\d+)v-(\d+)h-\d+z", path)
    return [
        ((int(y) + 2) // ROW_HEIGHT - 1, int(x) // STEP, (int(w) + 1) // STEP, int(h))
        for x, y, w, h in boxes
    ]


def test_every_hour_is_drawn_once():
    """Known hours in one of five paths, the others as hatched boxes."""
    view = week_view(heat_map(d5h03=217, d5h04=60, d5h02=18, d0h09=40))
    boxes = [box for shade in view.shades for box in heights(shade.path)]
    hours = sum(length for _, _, length, _ in [*boxes, *heights(view.none)])
    assert hours == 7 * 24 - 12
    assert [(one.x, one.width) for one in view.weekdays[6].unknown] == [("0.00%", "50.00%")]
    assert view.weekdays[6].unknown[0].title == "Sun 00:00–12:00: no data"
    assert heights(view.shades[3].path) == [(5, 3, 1, HEIGHTS[3])]
    assert (0, 9, 1, HEIGHTS[2]) in heights(view.shades[2].path)


def test_the_words_name_the_first_of_the_greatest():
    """By the rate: 217 in four hours are 54.25 an hour."""
    view = week_view(heat_map(d5h03=217, d6h15=217))
    assert view.words == "Most on a Saturday 03:00–04:00: 54.2 per hour on average."
    assert view.stretch == "25 Oct – 21 Nov"
    assert view.weekdays[5].total == "224"
    assert view.weekdays[6].failures[:13] == (*["–"] * 12, "0")


def test_lines_of_characters_fit_a_terminal():
    """With counts of nine digits, too."""
    view = week_view(heat_map(d5h03=999_999_999))
    assert max(map(len, view.lines())) <= 78


def test_without_a_failure_there_is_no_map():
    """Nor without data."""
    empty = heat_map()
    assert week_view(None) is None
    assert week_view(replace(empty, failures=((0,) * 24,) * 7)) is None
    assert week_view(replace(empty, failures=((None,) * 24,) * 7)) is None
