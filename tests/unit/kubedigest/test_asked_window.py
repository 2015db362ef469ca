"""Which window a notebook asks for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
import pytest

from analytics.errors import WindowError
from analytics.window import Window
from kubedigest.asked_window import asked_window
from kubedigest.errors import UsageError

NOW = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
DAY = Window.between(datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 2, tzinfo=UTC), "UTC")


def asked(what: Any = None, **over: Any) -> Window:
    """Ask in Berlin at the usual moment."""
    return asked_window(what, **{"now": NOW, "timezone": "Europe/Berlin"} | over)


@pytest.mark.parametrize(("what", "period"), [("daily", "2026-11-21"), ("weekly", "2026-W46")])
def test_the_last_complete_period_of_the_zone(what: str, period: str) -> None:
    """As the command line names them."""
    assert asked(what).period == period


def test_a_duration_ends_now_or_at_until() -> None:
    """Without anything it is the last 24 hours."""
    assert (asked().start, asked().end) == (NOW - timedelta(hours=24), NOW)
    assert asked("7d").start == NOW - timedelta(days=7)
    found = asked("90m", until="2026-11-20T06:00")  # in Berlin
    assert found.end == datetime(2026, 11, 20, 5, tzinfo=UTC)
    assert found.hours == 1.5


def test_since_is_a_duration_a_text_or_a_time() -> None:
    """A text without an offset is meant on the local clock."""
    start = datetime(2026, 11, 19, 23, tzinfo=UTC)
    assert asked(since="2026-11-20").start == start
    assert asked(since="2026-11-20T00:00+01:00").start == start
    assert asked(since=start).start == start
    assert asked(since="2h").start == NOW - timedelta(hours=2)


def test_a_timestamp_of_pandas_loses_its_nanoseconds_without_a_warning() -> None:
    """A window has whole microseconds."""
    since = pd.Timestamp("2026-11-20T00:00:00.000001999Z")
    assert asked(since=since).start == datetime(2026, 11, 20, 0, 0, 0, 1, UTC)


def test_a_window_is_taken_as_it_is() -> None:
    """Its own zone counts."""
    assert asked(DAY) is DAY


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"what": "daily", "until": "2026-11-20"}, "either 'daily', or since and until"),
        ({"what": DAY, "since": "24h"}, "either a Window, or since and until"),
        ({"what": "24h", "since": "2026-11-20"}, "either '24h' or since, not both"),
        ({"what": "yesterday"}, "'yesterday' is neither 'daily' nor 'weekly', nor a duration"),
        ({"what": ""}, "'' is neither"),
        ({"since": "0h"}, "'0h' is neither"),
        ({"since": "2026-13-01"}, "since '2026-13-01' is not a time"),
        ({"until": "noon"}, "until 'noon' is not a time"),
    ],
)
def test_what_cannot_be_is_one_sentence(arguments: dict[str, Any], sentence: str) -> None:
    """It names the argument and what to write."""
    with pytest.raises(UsageError, match=sentence):
        asked(**arguments)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"since": datetime(2026, 11, 20)}, "no time zone"),  # noqa: DTZ001 - refused
        ({"since": 3}, "since has to be a text or a datetime, not int"),
        ({"since": "2026-11-23"}, "not before"),
        ({"timezone": "Berlin"}, "Unknown time zone 'Berlin'"),
    ],
)
def test_windows_that_cannot_be(arguments: dict[str, Any], sentence: str) -> None:
    """Naive times are refused at the door."""
    with pytest.raises(WindowError, match=sentence):
        asked(**arguments)
