"""Which window the options of a command ask for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from kubedigest.configuration import Configuration
from kubedigest.errors import UsageError
from kubedigest.window_options import choose_window

NOW = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
BERLIN = Configuration(timezone="Europe/Berlin")


@pytest.mark.parametrize(
    ("kind", "period"), [(None, "2026-11-21"), ("daily", "2026-11-21"), ("weekly", "2026-W46")]
)
def test_the_last_complete_period_of_the_zone(kind: str | None, period: str) -> None:
    """Without any option the day before."""
    assert choose_window(kind, None, None, BERLIN, NOW).period == period


def test_since_and_until() -> None:
    """A duration before the end, which is now where nothing else is said."""
    window = choose_window(None, "24h", None, BERLIN, NOW)
    assert (window.end, window.hours) == (NOW, 24)
    window = choose_window(None, "2026-11-20T00:00+01:00", "2026-11-20T06:00Z", BERLIN, NOW)
    assert window.start == datetime(2026, 11, 19, 23, tzinfo=UTC)
    assert window.end - window.start == timedelta(hours=7)


@pytest.mark.parametrize(
    ("kind", "since", "until", "sentence"),
    [
        ("daily", "24h", None, "not both"),
        ("weekly", None, "2026-11-20", "not both"),
        (None, None, "2026-11-20", "--until needs --since"),
        (None, "yesterday", None, "neither a duration"),
        (None, "24h", "noon", "--until 'noon' is not a time"),
    ],
)
def test_options_that_cannot_be(
    kind: str | None, since: str | None, until: str | None, sentence: str
) -> None:
    """The sentence says which option it is."""
    with pytest.raises(UsageError, match=sentence):
        choose_window(kind, since, until, BERLIN, NOW)
