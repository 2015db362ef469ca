"""What Go prints is read back."""

from __future__ import annotations

from datetime import UTC, datetime

from collector.go_values import go_map, go_series, go_time, is_clock_reading


def test_times_and_what_else_go_prints() -> None:
    """Year 1 is none; a monotonic reading means the clock of kube-eventer."""
    assert go_time("2026-01-02 11:06:07.123456 +0800 CST") == datetime(
        2026, 1, 2, 3, 6, 7, 123456, tzinfo=UTC
    )
    assert go_time("2026-01-02 00:04:05 -0300 -03") == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert go_time("2026-11-23 01:01:45.16129866 +0800 CST m=+4.537762618") == datetime(
        2026, 11, 22, 17, 1, 45, 161298, tzinfo=UTC
    )
    for text in (
        "0001-01-01 00:00:00 +0000 UTC",
        "",
        "nil",
        "9999-12-31 23:59:59 -2359 CST",
        "x" * 999,
    ):
        assert go_time(text) is None
    assert is_clock_reading("2026-11-23 01:01:45 +0800 CST m=+4.5")
    assert not is_clock_reading("2026-11-23 01:01:45 +0800 CST")
    assert go_series("nil") is None
    series = "&EventSeries{Count:7,LastObservedTime:2026-01-02 11:16:07 +0800 CST,State:,}"
    assert go_series(series) == ("7", "2026-01-02 11:16:07 +0800 CST")
    assert go_map("map[]") == {} == go_map("a:b")
    assert go_map("map[app.kubernetes.io/name:web team:]") == {
        "app.kubernetes.io/name": "web", "team": "",
    }  # fmt: skip
