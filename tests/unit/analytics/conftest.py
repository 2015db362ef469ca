"""Builders of small frames; times are clock times of Saturday 21 November 2026, in UTC."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import pytest

from analytics.catalogue import Catalogue
from analytics.digest import Quality
from analytics.frames import POINTS, SPANS, TIME
from analytics.key_counts import count_keys
from analytics.quality import data_quality
from analytics.source import PointSource
from analytics.window import Window

DEFAULTS: dict[str, Any] = {
    "cluster": "prod",
    "namespace": "shop",
    "occurrences": 1,
    "previous_time": None,
    "counted": True,
    "suspect": False,
    "counting": "exact",
    "type": "Warning",
    "reason": "BackOff",
    "kind": "Pod",
    "object_namespace": "shop",
    "object": "checkout-1",
    "workload_kind": "Deployment",
    "workload": "checkout",
    "component": "kubelet",
    "host": "node-1",
    "skewed": False,
}


def clock(text: Any) -> Any:
    """Read "HH:MM[:SS]" as a time of the day, "DD HH:MM" as one of the month."""
    if not isinstance(text, str):
        return text
    day, _, time = text.rpartition(" ")
    return datetime.fromisoformat(f"2026-11-{day or '21'}T{time}").replace(tzinfo=UTC)


def build(*rows: dict[str, Any]) -> pd.DataFrame:
    """Make a POINTS frame; a row without a birth was born at its previous time or its own."""
    full = []
    for number, row in enumerate(rows):
        filled = DEFAULTS | {"name": f"event-{number}"} | row
        filled.setdefault("birth", filled["previous_time"] or filled["time"])
        for column in ("birth", "time", "previous_time"):
            filled[column] = clock(filled[column])
        full.append(filled)
    columns = [column.name for column in POINTS.columns]
    frame = pd.DataFrame(full, columns=columns)
    for column in POINTS.columns:
        values = frame[column.name]
        if column.dtype == TIME:
            values = pd.to_datetime(values, utc=True)
        frame[column.name] = values.astype(column.dtype)
    return POINTS.check(frame)


@pytest.fixture(scope="session")
def points() -> Callable[..., pd.DataFrame]:
    """Build a POINTS frame from rows of what differs from the defaults."""
    return build


def build_spans(*rows: tuple[str, ...]) -> pd.DataFrame:
    """Make a SPANS frame from (state, start, end, cluster, namespace, field selector)."""
    defaults = ("", "", "", "prod", "", "")
    filled = [(*row, *defaults[len(row) :]) for row in rows]
    names = ["state", "start", "end", "cluster", "namespace", "field_selector"]
    frame = pd.DataFrame(filled, columns=names)
    times = {name: pd.to_datetime(frame[name].map(clock), utc=True) for name in ("start", "end")}
    return SPANS.check(frame.assign(**times).astype({c.name: c.dtype for c in SPANS.columns}))


@pytest.fixture(scope="session")
def spans() -> Callable[..., pd.DataFrame]:
    """Build a SPANS frame; cluster "prod" as a whole where a row names nothing else."""
    return build_spans


@pytest.fixture(scope="session")
def at() -> Callable[[str], datetime]:
    """Read a clock time."""
    return clock


@pytest.fixture(scope="session")
def day() -> Window:
    """Return the whole of 21 November 2026 in UTC."""
    return Window.between(clock("00:00"), clock("22 00:00"), "UTC")


@pytest.fixture(scope="session")
def quality_of() -> Callable[..., Quality]:
    """Return the data quality of a window of points."""

    def found(frame: pd.DataFrame, window: Window, **changed: Any) -> Quality:
        source = PointSource(frame)
        [counted] = count_keys(source, [window], Catalogue.load())
        figures = {"estimated": 0, "rejected": 0, "version": "1.2", "earlier": {}}
        figures |= {"spans": SPANS.empty(), "clusters": counted.clusters} | changed
        return data_quality(counted, source.seen(window), **figures)

    return found
