"""Frames as people look at them."""

from __future__ import annotations

from datetime import UTC, datetime

import pandas as pd
import pytest

from analytics.errors import FrameError
from analytics.frequency import failure_frequency
from analytics.heat_map import heat_map
from analytics.window import Window
from kubedigest import frame_context as context
from kubedigest.errors import UsageError
from kubedigest.showing import grid, local, table
from tests.unit.analytics.conftest import build

DAY = Window.daily(datetime(2026, 11, 22, 8, tzinfo=UTC), "Asia/Kolkata")
HOSTILE = '<img src=x onerror="alert(1)">\u202e'


def failing(*rows: tuple[str, str]) -> pd.DataFrame:
    """Make points of (time, workload) that know their window, a day in Kolkata."""
    return noted(build(*({"time": time, "workload": name} for time, name in rows)))


def noted(frame: pd.DataFrame) -> pd.DataFrame:
    """Let the frame know its window."""
    frame.attrs = {context.WINDOW: context.note_window(DAY)}
    return frame


def answer(points: pd.DataFrame, *by: str) -> pd.DataFrame:
    """Count failures; the answer knows the window."""
    return noted(failure_frequency(points, DAY, by=by))


def test_local_times_are_those_of_the_window() -> None:
    """Half past midnight UTC is six in Kolkata; nothing else changes."""
    points = failing(("00:30", "web"))
    found = local(points)
    assert str(found["time"].iloc[0]) == "2026-11-21 06:00:00+05:30"
    assert str(points["time"].dtype) == "datetime64[us, UTC]"
    assert found["time"].iloc[0] == points["time"].iloc[0]
    with pytest.raises(UsageError, match="does not know its window"):
        local(build({"time": "00:30"}))


def test_a_grid_is_a_week() -> None:
    """21 November 2026 is a Saturday; 06:00 in Kolkata has two failures."""
    cells = heat_map(failing(("00:30", "web"), ("00:31", "web"), ("10:00", "api")), DAY)
    found = grid(cells)
    assert found.index.tolist() == ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    assert found.columns.tolist() == list(range(24))
    assert (found.loc["Sat", 6], found.loc["Sat", 15], int(found.to_numpy().sum())) == (2, 1, 3)
    assert grid(cells, "hours").sum(axis=1).tolist() == [0, 0, 0, 0, 0, 24, 0]


def test_a_grid_shows_one_heat_map() -> None:
    """Of groups one has to be picked; other columns are no heat map."""
    cells = heat_map(failing(("00:30", "web"), ("10:00", "api")), DAY, by=["workload"])
    with pytest.raises(UsageError, match="one heat map"):
        grid(cells)
    assert grid(cells[cells["workload"] == "web"]).loc["Sat", 6] == 1
    with pytest.raises(UsageError, match="no column 'share'"):
        grid(cells, "share")
    with pytest.raises(FrameError):
        grid(cells.drop(columns="hour"))


def test_a_table_shows_local_times_and_when_it_failed() -> None:
    """24 characters are the hours of the day in Kolkata: web fails in the seventh and the last."""
    points = failing(("00:30", "web"), ("18:20", "web"), ("10:00", "api"))
    html = table(answer(points, "workload"), points).to_html()
    assert "·" * 6 + "█" + "·" * 16 + "█" in html
    assert "·" * 15 + "█" + "·" * 8 in html
    assert "Sat 21 Nov 06:00" in html
    assert "66.7%" in html


def test_a_row_without_a_known_number_shows_a_dash() -> None:
    """One episode has no time between failures; a total needs no columns in front."""
    points = failing(("00:30", "web"), ("10:00", "api"))
    assert ">–</td>" in table(answer(points, "workload")).to_html()
    assert "·" * 6 + "█" + "·" * 8 + "█" in table(answer(points), points).to_html()


def test_hostile_names_are_inert() -> None:
    """Neither a tag nor a character that turns the line around gets through."""
    html = table(answer(failing(("00:30", HOSTILE)), "workload")).to_html()
    assert "<img" not in html
    assert "\u202e" not in html
    assert "&lt;img" in html
    assert "‹U+202E›" in html


def test_a_table_is_about_failures() -> None:
    """Any other frame has its own display."""
    with pytest.raises(FrameError, match="'failures'"):
        table(failing(("00:30", "web")))
