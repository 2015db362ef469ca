"""From the store to the digest, for clusters that a collector watched."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from analytics.window import Window
from collector.progress import Mark, Span, Stream
from collector.store import Store
from kubedigest.configuration import Configuration
from kubedigest.digesting import make_digest
from tests.factories import T0, observe

SETTINGS = Configuration(timezone="UTC")
NOW = T0 + timedelta(days=10, hours=8)


@pytest.fixture
def window() -> Window:
    """Return the tenth day after T0, a midnight."""
    return Window.daily(T0 + timedelta(days=10, hours=8), "UTC")


def watched(since_days: float) -> Mark:
    """Return a watch from so many days after T0 to the tenth morning."""
    start, end = T0 + timedelta(days=since_days), T0 + timedelta(days=10, hours=8)
    span = Span("watched", start, end)
    return Mark(stream=Stream(cluster="prod"), resource_version="7", proved=end, spans=(span,))


def test_the_strip_knows_days_long_before_the_period_before(engine: Engine, window: Window) -> None:
    """Watched for seven of 30 days, and not one event came."""
    with Store(engine) as store:
        store.write([], [watched(3)])
    digest = make_digest(engine, window, SETTINGS, now=NOW)
    assert digest.state == "quiet"
    assert [day.failures for day in digest.daily] == [None] * 23 + [0] * 7


def test_the_first_day_of_a_watch_warns_of_nothing(engine: Engine, window: Window) -> None:
    """Its list brought a failure from before it; a warning would be an error here."""
    night = T0 + timedelta(days=9, hours=1)
    with Store(engine) as store:
        store.write([observe(minutes=(9 * 24 + 1) * 60, birth=night)], [watched(9.5)])
    digest = make_digest(engine, window, SETTINGS, now=NOW)
    assert [(row.failures, row.trend) for row in digest.rows] == [(1, "insufficient")]
    assert "prod has been watched since 12:00." in digest.verdict
