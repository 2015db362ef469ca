"""The notebook API, on frames made by hand."""

from __future__ import annotations

import inspect
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
import pytest

import kubedigest as kd
from analytics import public
from kubedigest import frame_context as context
from kubedigest import notebook
from kubedigest.errors import UsageError
from tests.unit.analytics.conftest import build, build_spans

DAY = kd.Window.daily(datetime(2026, 11, 22, 8, tzinfo=UTC), "UTC")
MORNING = kd.Window.between(DAY.start, DAY.start + timedelta(hours=12), "UTC")

AFTERNOON = kd.Window.between(MORNING.end, DAY.end, "UTC")


def frame(*rows: dict[str, Any], **attrs: object) -> pd.DataFrame:
    """Make points that know the day."""
    points = build(*rows)
    points.attrs = {context.WINDOW: context.note_window(DAY), **attrs}
    return points


# web: five at 03:00, 03:05 .. 03:20 as one episode, one at 15:00; api: one at 15:00
FAILURES = frame(
    {"time": "03:20", "previous_time": "02:55", "occurrences": 5, "workload": "web"},
    {"time": "15:00", "workload": "web"},
    {"time": "15:00", "workload": "api", "reason": "Unhealthy"},
)


def test_the_package_shows_what_the_module_has() -> None:
    """Names, order and help; every function has a docstring and forwards its options."""
    assert kd.__all__ == notebook.__all__
    assert set(kd.__all__) <= set(dir(kd))
    for name in kd.__all__:
        assert getattr(kd, name) is getattr(notebook, name)
    with pytest.raises(AttributeError, match="no attribute 'no_such_name'"):
        _ = kd.no_such_name  # type: ignore[attr-defined]


def test_every_function_of_the_analytics_is_there() -> None:
    """What `analytics.public` has, but for the parts that frames carry themselves."""
    functions = {name for name in public.__all__ if inspect.isfunction(getattr(public, name))}
    assert functions - {"exposures"} <= set(kd.__all__)


def test_the_frame_knows_the_window() -> None:
    """Seven failures: five in the morning, two in the afternoon."""
    found = kd.failure_frequency(FAILURES, by=["workload"])
    assert found["workload"].tolist() == ["web", "api"]
    assert found["failures"].tolist() == [6, 1]
    assert found["rate_per_hour"].tolist() == [6 / 24, 1 / 24]
    assert kd.window_of(found) == DAY
    assert kd.time_histogram(FAILURES, width_minutes=720)["failures"].tolist() == [5, 2]
    by_hour = kd.hour_of_day(FAILURES).set_index("hour")["failures"]
    assert by_hour[by_hour > 0].to_dict() == {3: 5, 15: 2}
    assert kd.grid(kd.heat_map(FAILURES)).loc["Sat", [3, 15]].tolist() == [5, 2]
    assert kd.episodes(FAILURES, by=["workload"])["failures"].tolist() == [1, 5, 1]


def test_a_narrower_window_can_be_asked() -> None:
    """The answer knows it."""
    found = kd.failure_frequency(FAILURES, MORNING, by=["workload"])
    assert found["failures"].tolist() == [5]
    assert kd.window_of(found) == MORNING


def test_rates_are_per_watched_hour() -> None:
    """Watched from midnight to six: five failures in six hours, the afternoon's are not seen."""
    spans = build_spans(("watched", "20 00:00", "21 06:00"), ("gap", "21 06:00", "22 00:00"))
    known = frame(
        {"time": "03:20", "previous_time": "02:55", "occurrences": 5},
        {"time": "15:00"},
        coverage=context.note_coverage(spans, DAY),
    )
    [row] = kd.failure_frequency(known, by=["cluster"]).to_dict("records")
    assert (row["failures"], row["rate_per_hour"]) == (6, 5 / 6)
    [plain] = kd.failure_frequency(known, by=["cluster"], exposed=None).to_dict("records")
    assert plain["rate_per_hour"] == 6 / 24


def test_the_overrides_of_the_configuration_count() -> None:
    """A reason that was made noise is no failure in any answer; an option wins."""
    quiet = frame(
        {"time": "03:00"},
        {"time": "04:00", "reason": "Unhealthy"},
        reasons=[{"reason": "BackOff", "component": "", "type": "", "meaning": "noise"}],
    )
    assert kd.failure_frequency(quiet, by=["reason"])["reason"].tolist() == ["Unhealthy"]
    shipped = kd.failure_frequency(quiet, by=["reason"], catalogue=kd.Catalogue.load())
    assert shipped["reason"].tolist() == ["BackOff", "Unhealthy"]


def before(*rows: dict[str, Any]) -> pd.DataFrame:
    """Make points of the day before."""
    points = frame(*rows)
    points.attrs[context.WINDOW] = context.note_window(DAY.previous())
    return points


def test_trends_take_what_the_frames_know() -> None:
    """Comparable clusters have a new row; without them nothing can be called new."""
    old = before({"time": "20 00:30", "workload": "db"}, {"time": "20 23:30", "workload": "db"})
    rows = ({"time": "03:00", "workload": "api"},)
    known = frame(*rows, comparable=["prod"])
    found = kd.trends(known, old, by=["cluster", "workload"])
    assert dict(zip(found["workload"], found["verdict"], strict=True)) == {
        "api": "new",
        "db": "gone",
    }
    unknown = kd.trends(frame(*rows, comparable=[]), old, by=["cluster", "workload"])
    assert set(unknown["verdict"]) == {"insufficient"}
    assert kd.window_of(found) == DAY


def test_trends_refuse_a_frame_of_another_period() -> None:
    """A week before a day would make everything fall."""
    with pytest.raises(UsageError, match="second frame is of 2026-11-21, and the period before"):
        kd.trends(FAILURES, FAILURES)
    with pytest.raises(UsageError, match="second frame"):
        kd.trends(FAILURES, before({"time": "20 00:30"}), window=AFTERNOON)


def test_what_needs_every_event_refuses_failures_alone() -> None:
    """Hot spots of failures alone would be everywhere, and nothing would ever be covered."""
    only = frame({"time": "03:00"}, rows="failures")
    with pytest.raises(UsageError, match=r"hotspots needs every event.*kd\.load_points"):
        kd.hotspots(only)
    with pytest.raises(UsageError, match=r"trends needs every event.*kd\.load_periods"):
        kd.trends(only, before({"time": "20 00:30"}))


def test_hotspots_see_what_did_not_fail() -> None:
    """Four of four workloads on node a fail, one of eight on node b: worked out in `hotspots`."""
    rows = [
        {
            "time": "12:00",
            "workload": f"web-{number}",
            "host": "a" if number < 4 else "b",
            "reason": "FailedMount" if number < 5 else "Pulled",
            "type": "Warning" if number < 5 else "Normal",
        }
        for number in range(12)
    ]
    found = kd.hotspots(frame(*rows), by=["host"])
    assert found[["name", "verdict"]].to_numpy().tolist() == [["a", "hot"], ["b", "insufficient"]]


def test_coverage_is_of_the_frames_window() -> None:
    """Nine hours watched, three a gap, twelve watched."""
    spans = build_spans(
        ("watched", "20 00:00", "21 09:00"),
        ("gap", "09:00", "12:00"),
        ("watched", "12:00", "23 00:00"),
    )
    spans.attrs = {context.WINDOW: context.note_window(DAY)}
    found = kd.cluster_coverage(kd.coverage(spans))
    assert found[["state", "hours"]].to_numpy().tolist() == [
        ["watched", 9.0],
        ["gap", 3.0],
        ["watched", 12.0],
    ]


def test_without_a_window_the_sentence_says_what_to_pass() -> None:
    """A frame from a file has none."""
    nameless = build({"time": "03:00"})
    with pytest.raises(UsageError, match="pass window="):
        kd.time_histogram(nameless)
    assert kd.time_histogram(nameless, DAY, width_minutes=1440)["failures"].tolist() == [1]


def test_inputs_stay_as_they_are() -> None:
    """Neither rows nor attrs of what was passed change."""
    copy = FAILURES.copy()
    kd.failure_frequency(FAILURES, by=["workload"]).attrs[context.WINDOW]["end"] = "x"
    pd.testing.assert_frame_equal(copy, FAILURES)
    assert copy.attrs == FAILURES.attrs


def test_answers_can_be_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """``.plot()`` takes the columns as they are: as many steps as buckets, in local time."""
    monkeypatch.setenv("MPLBACKEND", "Agg")
    pyplot = pytest.importorskip("matplotlib.pyplot")
    hours = kd.local(kd.time_histogram(FAILURES))
    axes = hours.plot(x="start", y="failures")
    assert axes.lines[0].get_ydata().tolist() == hours["failures"].tolist()
    bars = kd.hour_of_day(FAILURES).plot.bar(x="hour", y="rate_per_hour")
    assert [bar.get_height() for bar in bars.patches][3] == 5
    pyplot.close("all")
