"""The frozen object that every format of a report shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

SCHEMA_VERSION = 1
LIVE = "live"  # the report that a live message is

State = Literal["failures", "quiet", "no data"]
# whole: every cluster is; unknown: not one was watched
CoverageState = Literal["whole", "partial", "unknown"]
Severity = Literal["notice", "warning", "critical"]  # of a failure, least first
TrendVerdict = Literal["new", "rising", "steady", "falling", "gone", "regressed", "insufficient"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One bucket of a histogram: ``[start, end)`` in the report's zone."""

    start: datetime
    end: datetime
    failures: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One local day of the long trend."""

    start: datetime  # local midnight, report zone
    failures: int | None  # None where nobody watched and the store holds nothing of that day


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatMap:
    """Failures by weekday and hour of the local clock, over the 28 days up to the window's end.

    Seven rows from Monday on with 24 hours each. A rate per hour is failures / hours.
    """

    start: datetime  # local midnight, report zone
    end: datetime
    failures: tuple[tuple[int | None, ...], ...]  # None where no such hour has data
    hours: tuple[tuple[float, ...], ...]  # of the days that have data [h]


@dataclass(frozen=True, slots=True, kw_only=True)
class HotSpot:
    """A node or namespace where more workloads fail than elsewhere in its cluster."""

    cluster: str
    shared: Literal["host", "namespace"]
    name: str  # of the node or namespace
    failures: int  # there, in the window; hot spots overlap, so these do not add up
    failing_workloads: int  # that failed there
    workloads: int  # that were seen there, the failing ones included
    expected_workloads: float  # that would fail there if failing ones were spread evenly
    cluster_failing_workloads: int  # all that failed, wherever it was


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """A workload that failed and then said, after its last failure, that it works again."""

    cluster: str
    namespace: str
    kind: str
    name: str
    reason: str  # of the recovery, such as NodeReady
    occurrences: int  # of the recovery in the window
    last: datetime  # of the recovery, report zone
    failures: int  # of the workload in the window, all reasons; 0 where it only failed before
    last_failure: datetime  # in the window, else in the period before


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageGroup:
    """Messages of one shown row that differ only in values."""

    cluster: str
    namespace: str
    kind: str
    name: str
    reason: str
    pattern: str  # the message with a wildcard * for each value, hostile text
    failures: int
    values: tuple[tuple[str, int], ...]  # of the most varying wildcard: value, failures; at most 3
    distinct_values: int  # how many different values that wildcard stands for


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """One workload and reason that failed in the period before and not in this one."""

    cluster: str
    namespace: str
    kind: str
    name: str
    reason: str
    previous_failures: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Where a row can be looked into, from the configuration."""

    title: str
    url: str  # http or https, what a row says in it percent-encoded


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One workload with one reason: what a reader acts on."""

    cluster: str
    namespace: str  # "" for cluster-scoped objects
    kind: str  # of the workload, such as Deployment or Node
    name: str
    reason: str
    failures: int
    share: float  # of all failures in the window, 0..1
    episodes: int  # runs of failures without a gap longer than ten minutes
    objects: int  # distinct involved objects (pods, claims, ...)
    first: datetime  # of the failures inside the window, report zone
    last: datetime
    rate_per_hour: float  # failures / hours of the window [1/h]
    still_firing: bool  # last failure no longer than 15 minutes before the window's end
    sparkline: tuple[int, ...]  # failures per histogram bucket
    message: str  # the latest message inside the window, hostile text
    kubectl: str  # a line to copy
    trend: TrendVerdict  # against the period before
    previous_failures: int | None  # None where the period before has no data at all
    # a week, in as many watched hours: of the same weekday in the last four weeks, of a week report
    # of these weeks; None where none of them is known
    weekday_failures: float | None = None
    weeks: int = 0  # that weekday_failures is the mean of, 0 to 4
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Residual:
    """What the shown rows leave out; shown plus residual is the total."""

    rows: int
    failures: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A stretch of the window in which not one event of any type was seen."""

    cluster: str
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Unwatched:
    """A stretch of the window in which nobody watched and events may have been lost."""

    cluster: str
    namespaces: tuple[str, ...]  # the only ones concerned; () for all that is watched
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What one watch asked for."""

    namespace: str  # "" for all
    field_selector: str  # "" for every event


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How much of the window a cluster was watched; the four shares add up to 1."""

    cluster: str
    scopes: tuple[Scope, ...]  # what was watched, if only a part; () for the whole cluster
    watched: float  # the watch was alive, 0..1 of the window
    recovered: float  # it was not, and all that happened was fetched afterwards
    gap: float  # it was not, and events may have been lost
    unknown: float  # nothing proves either
    whole: bool  # no gap, and at most ten minutes unknown
    began: datetime  # the first proof; what is older was found by the first list
    proved: datetime | None  # the last proof, where it lies over ten minutes before the end
    earlier: int  # counted occurrences in the window from before the watch began


@dataclass(frozen=True, slots=True, kw_only=True)
class GapResidual:
    """The gaps that are not shown."""

    gaps: int
    hours: float  # all together [h]


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """What the figures rest on."""

    events: int  # event objects whose first occurrence lies in the window
    occurrences: int  # counted occurrences of any meaning in the window
    notices: int  # of them: catalogue meaning notice
    noise: int
    recoveries: int
    suspect_rows: int  # points whose jump is implausible: named, never counted
    suspect_occurrences: int
    set_aside_rows: int  # rows without identity, for times that exact rows cover
    requests: int  # counted occurrences that are webhook requests without identity
    approximate: int  # counted occurrences from rounded sources or from before the horizon
    skewed: int  # points whose time lay more than five minutes ahead of receipt
    rejected: int  # records refused since the window began
    first_event: datetime | None  # any meaning, inside the window
    last_event: datetime | None
    coverage: CoverageState  # of all clusters together
    covered: tuple[Coverage, ...]  # the clusters that were watched; of others nothing is known
    gaps: tuple[Unwatched, ...]  # longest first, at most 10
    gap_residual: GapResidual
    silences: tuple[Gap, ...]  # of clusters that nobody watched: at least an hour, at most 5
    version: str  # of kubedigest


@dataclass(frozen=True, slots=True, kw_only=True)
class Selected:
    """What a digest is about; the defaults are everything. Patterns are as of file names."""

    clusters: tuple[str, ...] = ()  # only these; () for all, as below
    namespaces: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    without_places: bool = False  # some clusters or namespaces, whose names are not told
    without_kinds: tuple[str, ...] = ()
    without_reasons: tuple[str, ...] = ()
    minimum_severity: Severity = "notice"


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiveMute:
    """One mute, and what it keeps out of this digest."""

    id: int
    cluster: str  # patterns; "" for all
    namespace: str
    kind: str
    name: str
    reason: str
    because: str  # why, in the words of who muted
    by: str
    expires: datetime  # report zone
    rows: int
    failures: int
    previous_failures: int  # of the period before


@dataclass(frozen=True, slots=True, kw_only=True)
class Muted:
    """What is muted: counted here, and in no other figure but those of the quality."""

    rows: int = 0
    failures: int = 0  # these and the failures of the digest are all of its selection
    previous_failures: int = 0  # likewise, of the period before
    mutes: tuple[ActiveMute, ...] = ()  # that keep something out, oldest first; they add up


EVERYTHING = Selected()
NOTHING_MUTED = Muted()


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """One report over one window; every figure that any format shows."""

    report: str  # daily, weekly, custom, or live
    period: str  # 2026-11-21, 2026-W47, or 20261121T0000-20261122T0000
    title: str  # "Daily digest for Saturday 21 November 2026"
    start: datetime  # aware, in the report's zone; the window is half-open
    end: datetime
    timezone: str  # IANA name
    so_far: bool  # the window is a day that has not ended yet
    clusters: tuple[str, ...]  # with an event in the window, or watched for a part of it
    state: State
    verdict: str  # one line, also the subject of a mail
    failures: int
    previous_failures: int | None  # the period before, None where it has no data at all
    comparable: bool  # each cluster: known for all of the period before, and seen in this
    silent: tuple[str, ...]  # with earlier data, and neither watched nor an event in this window
    workloads: int  # distinct failing workloads
    episodes: int
    rows: tuple[Row, ...]  # by `ranking.ranking`: what to look at first comes first
    residual: Residual
    bucket_minutes: int  # width of the histogram's buckets
    histogram: tuple[Bar, ...]
    gone: tuple[Gone, ...]  # most failures before first, at most as many as rows are shown
    gone_residual: Residual  # gone workloads and reasons that are not shown
    daily: tuple[Day, ...]  # the 30 local days up to the window's last one, oldest first
    messages: tuple[MessageGroup, ...]  # groups of the shown rows with more than one message
    peak: Bar | None  # first bucket with the most failures, None on a quiet day
    quality: Quality
    heat_map: HeatMap | None = None  # None where not one of its days has data
    hot_spots: tuple[HotSpot, ...] = ()  # the hottest first, at most 5
    more_hot_spots: int = 0  # that are not shown
    places_tested: int = 0  # nodes and namespaces, the hot ones included; 0: too few to tell
    nodes_read: bool = False  # False where nobody looked for nodes, as over too long a window
    recovered: tuple[Recovery, ...] = ()  # most failures before it first, at most 10
    more_recovered: int = 0  # that are not shown
    selection: Selected = EVERYTHING
    muted: Muted = NOTHING_MUTED
