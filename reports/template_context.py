"""What a user's template is given: one frozen tree, documented field by field in docs/templates.md.

Every text is inert: printable, on one line, and cut where it may be long. Times are in the zone of
the digest.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from analytics.digest import CoverageState, State, TrendVerdict

Kind = Literal["html", "json", "markdown", "text"]  # what a template makes

# rises when a field goes or changes its meaning; new fields may come without
CONTEXT_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateRow:
    """One workload with one reason."""

    cluster: str  # its name, also where the digest has only one
    namespace: str  # "" for nodes and the like
    kind: str  # of the workload, such as Deployment
    name: str  # of the workload
    workload: str  # cluster (where there are several), namespace, kind and name on one line
    reason: str  # such as BackOff
    failures: int  # in the window
    previous_failures: int | None  # in the period before, none where it has no data
    share: float  # of all failures in the window [0..1]
    episodes: int  # runs of failures without a gap longer than ten minutes
    objects: int  # distinct objects, such as pods; 0 where the store no longer knows them
    first: datetime  # first failure in the window
    last: datetime  # last failure in the window
    span: str  # first and last in words
    rate_per_hour: float  # failures per hour of the window [1/h]
    still_firing: bool  # the last failure is no more than 15 minutes before the window's end
    trend: TrendVerdict  # against the period before
    mark: str  # the trend as glyph and word, "" where there is too little to tell
    buckets: tuple[int, ...]  # failures of each bucket of the histogram
    sparkline: str  # the buckets as a line of characters
    message: str  # the latest message, at most 300 columns
    kubectl: str  # a command that shows more, a line to copy


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateGroup:
    """The rows under one heading."""

    heading: str  # such as New
    rows: tuple[TemplateRow, ...]  # what to look at first comes first


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateSum:
    """Rows and their failures, added up."""

    rows: int  # how many
    failures: int  # of all of them
    words: str  # both in words, "" where there is nothing to say


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateGone:
    """A workload and reason that failed in the period before only."""

    cluster: str  # its name, also where the digest has only one
    namespace: str  # "" for nodes and the like
    kind: str  # of the workload
    name: str  # of the workload
    workload: str  # cluster (where there are several), namespace, kind and name on one line
    reason: str  # such as BackOff
    previous_failures: int  # in the period before


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateBar:
    """One bucket of the histogram."""

    start: datetime  # the bucket begins
    end: datetime  # the next bucket begins
    failures: int  # from start to before end


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateDay:
    """One day of the last 30."""

    start: datetime  # local midnight
    failures: int | None  # of that day, none where nothing is known of it


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateMessage:
    """Messages of one workload and reason that differ only in values."""

    workload: str  # cluster (where there are several), namespace, kind and name on one line
    reason: str  # such as BackOff
    failures: int  # with such a message
    pattern: str  # the message with * for each value, at most 300 columns
    values: str  # what stands behind the *, "" where nothing does


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateNote:
    """A term of the data quality and what is to be said about it."""

    term: str  # such as Coverage
    text: str  # one or more sentences
    alert: bool  # a reader should look twice


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateQuality:
    """What the figures rest on, in numbers."""

    events: int  # whose first occurrence lies in the window
    occurrences: int  # counted in the window, of any meaning
    notices: int  # occurrences that are notices
    noise: int  # occurrences that are noise
    recoveries: int  # occurrences that are recoveries
    suspect_occurrences: int  # implausible, and never counted
    rejected: int  # records refused since the window began
    coverage: CoverageState  # how much of the window was watched, of all clusters
    gaps: int  # stretches of the window in which nobody watched
    silences: int  # long stretches without any event, in clusters that nobody watched


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateDigest:
    """The digest."""

    context_version: int  # of this list: it rises when a field goes or changes its meaning
    id: str  # of the message, the same at every try; of a file, its name
    language: str  # of the words, as BCP 47 has it, such as en or zh-CN
    version: str  # of kubedigest
    marks: tuple[str, ...]  # that it is a test, or may be a second copy
    report: str  # daily, weekly or custom
    period: str  # such as 2026-11-21
    title: str  # such as Daily digest for Saturday 21 November 2026
    scope: str  # clusters and zone, in words
    start: datetime  # the window begins
    end: datetime  # the window has ended
    timezone: str  # IANA name
    so_far: bool  # the window is a day that has not ended yet
    clusters: tuple[str, ...]  # with an event in the window, or watched for a part of it
    silent: tuple[str, ...]  # clusters with earlier data, and none in the window
    state: State  # failures, quiet (not one failure) or no data
    verdict: str  # the one line that says how the period was
    failures: int  # in the window
    previous_failures: int | None  # in the period before, none where it has no data
    comparable: bool  # whether the two may be compared
    workloads: int  # distinct failing workloads
    episodes: int  # runs of failures without a gap longer than ten minutes
    figures: str  # the key figures on one line, "" on a day without failures or data
    meaning: str  # of a day without failures or data, "" of any other
    command: str  # what to do about a day without data, a line to copy
    baseline: str  # why rows cannot be compared, "" where they can
    period_before: str  # what they are compared with, such as the day before
    groups: tuple[TemplateGroup, ...]  # the rows under their headings: new, worse, ongoing
    rows: tuple[TemplateRow, ...]  # the rows of all groups, in the same order
    residual: TemplateSum  # the rows that are not shown
    total: TemplateSum  # all rows: shown and residual
    gone: tuple[TemplateGone, ...]  # what failed in the period before only
    gone_residual: TemplateSum  # what is gone too and not shown; failures of the period before
    gone_words: str  # what is gone, on one line; "" where nothing is
    bucket_minutes: int  # width of a bucket [min]
    histogram: tuple[TemplateBar, ...]  # every bucket of the window, empty ones too
    peak: TemplateBar | None  # the first bucket with the most failures, none without any
    peak_words: str  # the peak in a sentence, "" without any
    days: tuple[TemplateDay, ...]  # the 30 days up to the window's last, oldest first
    days_words: str  # the 30 days in a sentence
    messages: tuple[TemplateMessage, ...]  # most failures first
    notes: tuple[TemplateNote, ...]  # the data quality, in words
    alerts: tuple[str, ...]  # the notes that make the figures less than whole, at most three
    quality: TemplateQuality  # the data quality, in numbers
    footer: str  # version and id, in words
