"""Which periods a channel is to get, and when in the morning."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.window import Window
from reports.catch_up import delay_seconds, due
from reports.ledger import Address, Entry

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)


def day(number: int, timezone: str = "UTC") -> Window:
    """Return a day of November 2026."""
    return Window.daily(datetime(2026, 11, number + 1, 12, tzinfo=UTC), timezone)


def entry(window: Window, state: Any = "sent", **changes: Any) -> Entry:
    """Return what the ledger says of a window."""
    values = {
        "address": Address(channel="ops", window=window),
        "letter_id": "1",
        "state": state,
        "policy": "at-least-once",
        **dict.fromkeys(("copies", "tries", "parts", "parts_sent"), 1),
        **dict.fromkeys(("reason", "code", "hint"), ""),
        **dict.fromkeys(("next_try", "sent_time", "lease_until")),
        **dict.fromkeys(("created", "updated"), NOW),
    }
    return Entry(**(values | changes))


def periods(latest: Window, *entries: Entry, days: int = 7) -> list[str]:
    """Return the periods that are due."""
    return [window.period for window in due(latest, entries, days=days)]


def test_a_new_channel_gets_the_last_period_only() -> None:
    """No flood."""
    assert periods(day(21)) == ["2026-11-21"]


def test_missed_days_come_first() -> None:
    """Those after the first day that is known, and not those that were sent."""
    known = (entry(day(16)), entry(day(18)))
    assert periods(day(21), *known) == ["2026-11-17", "2026-11-19", "2026-11-20", "2026-11-21"]


@pytest.mark.parametrize(
    ("days", "expected"), [(0, ["21"]), (1, ["20", "21"]), (3, ["18", "19", "20", "21"])]
)
def test_the_bound_is_in_days(days: int, expected: list[str]) -> None:
    """Before the end of the last period."""
    found = periods(day(21), entry(day(1)), days=days)
    assert [period[-2:] for period in found] == expected


@pytest.mark.parametrize(
    ("state", "policy", "is_due"),
    [
        ("sent", "at-least-once", False),
        ("not sent", "at-most-once", True),
        ("refused", "at-most-once", True),
        ("unclear", "at-least-once", True),
        ("unclear", "at-most-once", False),
        ("sending", "at-least-once", False),
        ("claimed", "at-least-once", False),
    ],
)
def test_what_was_not_sent_is_due_again(state: str, policy: str, is_due: bool) -> None:
    """As far as the policy allows, and nobody is at it."""
    found = periods(day(21), entry(day(20), state, policy=policy))
    assert found == [*(["2026-11-20"] if is_due else []), "2026-11-21"]


def test_a_day_of_another_zone_was_not_missed() -> None:
    """Else a change of the zone would send a week once more."""
    known = [entry(day(number, "Asia/Tokyo")) for number in (18, 19, 20)]
    assert periods(day(21), *known) == ["2026-11-21"]


def test_what_failed_in_another_zone_is_sent_of_that_zone() -> None:
    """It has a row already, and an id."""
    known = (entry(day(19)), entry(day(20, "Asia/Tokyo"), "not sent"))
    first, _ = due(day(21), known, days=7)
    assert first.timezone == "Asia/Tokyo"


def test_weeks_are_caught_up_as_weeks() -> None:
    """What was sent of days says nothing of them, and a stand-in is another's."""
    latest = Window.weekly(NOW, "UTC")
    earlier = latest.previous().previous()
    stand_in = entry(earlier, address=Address(channel="ops", window=earlier, stands_in_for="dev"))
    assert periods(latest, entry(day(1)), stand_in) == ["2026-W46"]
    assert periods(latest, entry(earlier)) == ["2026-W45", "2026-W46"]


def test_a_window_of_ones_own_has_no_earlier_ones() -> None:
    """Whatever was sent."""
    custom = Window.between(NOW - timedelta(hours=1), NOW, "UTC")
    earlier = custom.previous().previous()
    assert due(custom, [entry(earlier)], days=7) == (custom,)


@given(
    st.text("abcdefgh", min_size=1),
    st.integers(0, 86_399),
    st.integers(1, 3600),
    st.sampled_from([0, 1]),
)
def test_jitter_keeps_off_full_and_half_hours(
    channel: str, second: int, within: int, days: int
) -> None:
    """Whenever the job starts; the same channel waits for as long on any day."""
    now = datetime(2026, 11, 22, tzinfo=UTC) + timedelta(seconds=second)
    wait = delay_seconds(channel, now, within=within)
    assert 0 <= wait <= within + 60
    moment = now + timedelta(seconds=wait)
    assert moment.minute not in (0, 30)
    assert wait == delay_seconds(channel, now + timedelta(days=days), within=within)


def test_channels_wait_for_different_times() -> None:
    """Twenty of them do not meet."""
    now = datetime(2026, 11, 22, 9, 5, tzinfo=UTC)
    waits = {round(delay_seconds(f"team-{number}", now, within=600)) for number in range(20)}
    assert len(waits) >= 15
    assert delay_seconds("ops", now, within=0) == 0
