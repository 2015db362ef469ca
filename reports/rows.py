"""Rows, gone rows and message groups, ready to be read."""

from __future__ import annotations

from dataclasses import dataclass

from analytics.digest import Digest, Gone, MessageGroup, Row
from analytics.inert import printable
from analytics.language import names_listed, say, say_number
from reports.amounts import amount, rate, share
from reports.chart import fold, spark_path, sparkline
from reports.times import span
from reports.trend import mark, sections, without_baseline
from reports.width import clip

SPARK_COLUMNS = 31  # a month of days, a week of six-hour buckets, a day of 25 hours

_NAME_COLUMNS = 120
_CLUSTER_COLUMNS = 40
_MESSAGE_COLUMNS = 300
_VALUE_COLUMNS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One workload with one reason, in words."""

    cluster: str  # "" where the report has only one
    namespace: str
    kind: str
    name: str
    reason: str

    @property
    def workload(self) -> str:
        """Return everything but the reason, on one line."""
        owner = f"{self.namespace}/{self.kind}" if self.namespace else self.kind
        return " ".join(part for part in (self.cluster, owner, self.name) if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class RowView:
    """What is known about one subject."""

    subject: Subject
    trend: str  # the key of the verdict, for a colour
    mark: str  # the verdict as glyph and word
    failures: str
    before: str  # failures of the period before, "" where it has no data
    share: str
    episodes: str
    objects: str  # "" where history has no longer any
    rate: str
    span: str
    still_firing: bool
    sparkline: str
    spark_path: str
    spark_words: str
    message: str
    kubectl: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RowGroup:
    """The rows of one section, most failures first."""

    heading: str
    rows: tuple[RowView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GoneView:
    """A subject that failed in the period before only."""

    subject: Subject
    before: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageView:
    """Messages of one subject that differ only in values."""

    subject: Subject
    failures: str
    pattern: str
    values: str  # what stands behind the wildcard, "" where nothing does


def shown(text: str, columns: int = _NAME_COLUMNS) -> str:
    """Return *text* inert and cut; four characters a column bound what is worth looking at."""
    return clip(printable(text[: columns * 4]), columns)


def row_groups(digest: Digest, *, dated: bool) -> tuple[RowGroup, ...]:
    """Return the rows under their headings."""
    return tuple(
        RowGroup(heading=heading, rows=tuple(_row(row, digest, dated=dated) for row in rows))
        for heading, rows in sections(digest)
    )


def gone_rows(digest: Digest) -> tuple[GoneView, ...]:
    """Return what is gone, with the failures it had before."""
    return tuple(_gone(gone, digest) for gone in digest.gone)


def message_rows(digest: Digest) -> tuple[MessageView, ...]:
    """Return the message groups, most failures first."""
    groups = sorted(digest.messages, key=lambda group: -group.failures)
    return tuple(_message(group, digest) for group in groups)


def cluster_name(name: str) -> str:
    """Return the name of a cluster, short enough for a line that it shares."""
    return shown(name, _CLUSTER_COLUMNS)


def _subject(named: Row | Gone | MessageGroup, digest: Digest) -> Subject:
    namespace, kind, name = (shown(part) for part in (named.namespace, named.kind, named.name))
    return Subject(
        cluster=cluster_name(named.cluster) if len(digest.clusters) > 1 else "",
        namespace=namespace,
        kind=kind,
        name=name if kind + name else say("no object"),
        reason=shown(named.reason) or say("no reason"),
    )


def _row(row: Row, digest: Digest, *, dated: bool) -> RowView:
    values = fold(row.sparkline, SPARK_COLUMNS)
    when = span(row.first, row.last, dated=dated)
    return RowView(
        subject=_subject(row, digest),
        trend=row.trend,
        mark="" if without_baseline(digest) else mark(row),
        failures=amount(row.failures),
        before="" if row.previous_failures is None else amount(row.previous_failures),
        share=share(row.share),
        episodes=say_number("{number} episode", "{number} episodes", row.episodes),
        objects=_objects(row.objects),
        rate=rate(row.rate_per_hour),
        span=when,
        still_firing=row.still_firing,
        sparkline=sparkline(values),
        spark_path=spark_path(values),
        spark_words=say_number(
            "{number} failure, {when}", "{number} failures, {when}", row.failures, when=when
        ),
        message=shown(row.message, _MESSAGE_COLUMNS),
        kubectl=printable(row.kubectl),
    )


def _objects(number: int) -> str:
    return say_number("{number} object", "{number} objects", number) if number else ""


def _gone(gone: Gone, digest: Digest) -> GoneView:
    return GoneView(subject=_subject(gone, digest), before=amount(gone.previous_failures))


def _message(group: MessageGroup, digest: Digest) -> MessageView:
    values = [f"{shown(value, _VALUE_COLUMNS)} ×{amount(times)}" for value, times in group.values]
    more = group.distinct_values - len(group.values)
    values += [say("{number} more", number=amount(more))] if more > 0 else []
    return MessageView(
        subject=_subject(group, digest),
        failures=amount(group.failures),
        pattern=shown(group.pattern, _MESSAGE_COLUMNS),
        values=names_listed(values),
    )
