"""A rule of live notifications: what it is about, when it tells, and what it tells together."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from types import MappingProxyType
from typing import Literal
from zoneinfo import ZoneInfo

from analytics.digest import Severity
from reports.live.patterns import ANYTHING, EventPatterns
from reports.sinks.live_event import LiveEvent

Meaning = Literal["failure", "recovery", "notice", "noise"]
GroupField = Literal[
    "cluster", "namespace", "workload", "reason", "object", "event", "update", "type", "host"
]
WORKLOAD_AND_REASON: tuple[GroupField, ...] = ("cluster", "namespace", "workload", "reason")

_FIELDS: Mapping[GroupField, tuple[str, ...]] = MappingProxyType(
    {
        "cluster": ("cluster",),
        "namespace": ("namespace",),
        "workload": ("workload_kind", "workload"),
        "reason": ("reason",),
        "object": ("kind", "object_namespace", "object"),
        "event": ("cluster", "namespace", "name", "first_timestamp"),
        "update": ("cluster", "namespace", "name", "first_timestamp", "count"),
        "type": ("type",),
        "host": ("host",),
    }
)
_HASH_DIGITS = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """So many occurrences within so long, before anything is told."""

    occurrences: int
    within: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietHours:
    """A stretch of the local clock in which messages wait; it may reach over midnight."""

    start: time
    end: time
    zone: ZoneInfo
    weekdays: tuple[int, ...] = tuple(range(7))  # of its start, Monday is 0
    critical_waits: bool = False  # otherwise what is critical is told at once

    def hold(self, now: datetime) -> bool:
        """Tell whether *now* lies in them.

        Examples
        --------
        >>> from datetime import UTC
        >>> night = QuietHours(start=time(22), end=time(7), zone=ZoneInfo("Asia/Kolkata"))
        >>> [night.hold(datetime(2026, 11, 28, hour, 45, tzinfo=UTC)) for hour in (0, 1, 16)]
        [True, False, True]
        """
        local = now.astimezone(self.zone)
        clock, today = local.time(), local.weekday()
        if self.start < self.end:
            return self.start <= clock < self.end and today in self.weekdays
        yesterday = (today - 1) % 7
        return (clock >= self.start and today in self.weekdays) or (
            clock < self.end and yesterday in self.weekdays
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What is told, and when; the defaults are those of a rule without any setting."""

    include: EventPatterns = ANYTHING
    exclude: EventPatterns = ANYTHING  # nothing: no pattern of it fits
    types: tuple[str, ...] = ()  # () for all
    meanings: tuple[Meaning, ...] = ("failure",)  # of the catalogue; () for all
    minimum_severity: Severity = "notice"
    new_after: timedelta | None = None  # tell only what has not happened for so long
    threshold: Threshold | None = None
    group_by: tuple[GroupField, ...] = WORKLOAD_AND_REASON
    cool_down: timedelta = timedelta(minutes=10)  # after a message about a group
    quiet: QuietHours | None = None
    recovered_after: timedelta | None = None  # tell that a group is over, after so long without
    observes_mutes: bool = True


def group_hash(event: LiveEvent, fields: Sequence[GroupField]) -> str:
    """Return what is equal for all events that are told together."""
    names = [name for one in fields for name in _FIELDS[one]]
    texts = [str(getattr(event, name)) for name in names]
    parts = [f"{name}={len(text)}:{text}" for name, text in zip(names, texts, strict=True)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:_HASH_DIGITS]


def reaches(threshold: Threshold, recent: Sequence[tuple[datetime, int]]) -> bool:
    """Tell whether so many occurrences lie within so long, up to the latest.

    Parameters
    ----------
    threshold
        What is asked for.
    recent
        Times and how many occurrences each stands for, the latest last.
    """
    if not recent:
        return False
    since = recent[-1][0] - threshold.within
    return sum(number for at, number in recent if at > since) >= threshold.occurrences


@dataclass(frozen=True, slots=True, kw_only=True)
class Grown:
    """When a group that grows is told of before its cool-down is over."""

    times: int = 10  # as many occurrences as were told
    least_pause: timedelta = timedelta(minutes=1)


GROWN = Grown()
