"""Durations and starts of windows as people write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from kubedigest.errors import UsageError
from kubedigest.times import parse_duration, parse_instant, parse_since

END = datetime(2026, 1, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("90s", timedelta(seconds=90)),
        ("90m", timedelta(hours=1.5)),
        ("24h", timedelta(days=1)),
        ("7d", timedelta(days=7)),
        ("2w", timedelta(days=14)),
    ],
)
def test_a_number_and_a_unit(text: str, expected: timedelta) -> None:
    """Seconds to weeks."""
    assert parse_duration(text, "--since") == expected


@pytest.mark.parametrize("text", ["", "h", "0h", "-1h", "1y", "1 h", "1.5h", "9999999d", "999999w"])
def test_anything_else_is_refused(text: str) -> None:
    """The sentence names the option."""
    with pytest.raises(UsageError, match="--since"):
        parse_duration(text, "--since")


def test_a_start_is_a_duration_before_the_end_or_a_time() -> None:
    """Without an offset a time is the zone's."""
    assert parse_since("7d", END, "UTC") == datetime(2026, 1, 1, tzinfo=UTC)
    assert parse_since("2026-01-02", END, "Europe/Berlin") == datetime(2026, 1, 1, 23, tzinfo=UTC)
    assert parse_since("2026-01-02T00:00+02:00", END, "Asia/Tokyo").hour == 22


@pytest.mark.parametrize("text", ["0001-01-01T00:00+14:00", "tomorrow", "2026-13-01", ""])
def test_a_time_that_cannot_be_is_refused(text: str) -> None:
    """The sentence names the option and shows how a time looks."""
    with pytest.raises(UsageError, match=r"--at .* is not a time; write it like 2026-"):
        parse_instant(text, "--at", "UTC")


@pytest.mark.parametrize(
    ("value", "fault"), [("0", "is not a duration"), ("soon", "is not"), ("2m", "is too long")]
)
def test_an_option_with_a_limit_says_what_is_usual(value: str, fault: str) -> None:
    """What cannot be is answered with what that option takes."""
    with pytest.raises(UsageError, match=f"--wait .*{fault}.*; write 50ms or 1s"):
        parse_duration(
            value, "--wait", longest=timedelta(minutes=1), usual="write 50ms or 1s, at most 1m"
        )
