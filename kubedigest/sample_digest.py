"""A small digest of made-up failures, for messages that only show that a channel works."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, NamedTuple

import pandas as pd

from analytics.assemble import build_digest
from analytics.digest import Digest
from analytics.frames import MESSAGES, POINTS, SPANS
from analytics.source import PointSource
from analytics.window import Window
from kubedigest import __version__

CLUSTER = "example"


class _Problem(NamedTuple):
    kind: str
    workload: str
    reason: str
    message: str
    before: int  # failures the day before
    hours: tuple[int, ...]  # of the day, each with one failure


_PROBLEMS = (
    _Problem("Deployment", "checkout", "BackOff", "Back-off restarting failed container app", 4,
             (2, 3, 3, 3, 4, 9, 14, 19, 23, 23)),
    _Problem("StatefulSet", "database", "FailedMount", "MountVolume.SetUp failed for volume data",
             0, (3, 3, 4)),
    _Problem("CronJob", "backup", "BackoffLimitExceeded",
             "Job has reached the specified backoff limit", 1, (1,)),
    _Problem("Deployment", "search", "Unhealthy", "Readiness probe failed: HTTP 503", 6, ()),
)  # fmt: skip


def sample_digest(now: datetime, timezone: str, *, top: int = 10) -> Digest:
    """Return a digest of the day before *now*, the same for the same day and zone."""
    window = Window.daily(now, timezone)
    return build_digest(
        PointSource(_points(window)),
        window,
        messages=_messages,
        top=top,
        rejected=0,
        version=__version__,
        spans=_watched(window),
    )


def _watched(window: Window) -> pd.DataFrame:
    """Return that the cluster was watched for a month, up to the end."""
    span = {
        "cluster": CLUSTER,
        "namespace": "",
        "field_selector": "",
        "state": "watched",
        "start": window.start - timedelta(days=31),
        "end": window.end,
    }
    frame = pd.DataFrame([span], columns=[column.name for column in SPANS.columns])
    return SPANS.check(frame.astype({column.name: column.dtype for column in SPANS.columns}))


def _points(window: Window) -> pd.DataFrame:
    before = window.previous().start
    rows = []
    for problem in _PROBLEMS:
        hours = [(before, 8 + hour) for hour in range(problem.before)]
        hours += [(window.start, hour) for hour in problem.hours]
        rows += [
            _point(problem, f"{problem.workload}.{number}", start + timedelta(hours=hour))
            for number, (start, hour) in enumerate(hours)
        ]
    frame = pd.DataFrame(rows, columns=[column.name for column in POINTS.columns])
    return POINTS.check(frame.astype({column.name: column.dtype for column in POINTS.columns}))


def _point(problem: _Problem, name: str, time: datetime) -> dict[str, Any]:
    return {
        "cluster": CLUSTER,
        "namespace": "shop",
        "name": name,
        "birth": time,
        "time": time,
        "previous_time": None,
        "occurrences": 1,
        "counted": True,
        "suspect": False,
        "counting": "exact",
        "type": "Warning",
        "reason": problem.reason,
        "kind": "Pod",
        "object_namespace": "shop",
        "object": f"{problem.workload}-0",
        "workload_kind": problem.kind,
        "workload": problem.workload,
        "component": "kubelet",
        "host": "node-1",
        "skewed": False,
    }


def _messages(shown: pd.DataFrame) -> pd.DataFrame:
    """Return the one message of each shown row."""
    names = set(shown["workload"])
    rows = [
        {
            "cluster": CLUSTER,
            "namespace": "shop",
            "workload_kind": problem.kind,
            "workload": problem.workload,
            "reason": problem.reason,
            "component": "kubelet",
            "type": "Warning",
            "object_namespace": "shop",
            "object": f"{problem.workload}-0",
            "message": problem.message,
            "occurrences": len(problem.hours),
        }
        for problem in _PROBLEMS
        if problem.workload in names
    ]
    columns = [column for column in MESSAGES.columns if not column.optional]
    frame = pd.DataFrame(rows, columns=[column.name for column in columns])
    return MESSAGES.check(frame.astype({column.name: column.dtype for column in columns}))
