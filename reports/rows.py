"""Rows, gone rows and message groups, ready to be read."""

from __future__ import annotations

from dataclasses import dataclass

from analytics.digest import LIVE, Digest, Gone, MessageGroup, Row
from analytics.inert import printable
from analytics.language import names_listed, say, say_number
from reports.amounts import amount, rate, share
from reports.chart import fold, spark_path, sparkline
from reports.subjects import Subject, cluster_name, shown, subject_of
from reports.times import span
from reports.trend import live_mark, mark, sections, without_baseline
from reports.usual import usual_short, usual_words

__all__ = (
    "GoneView",
    "LinkView",
    "MessageView",
    "RowGroup",
    "RowView",
    "Subject",
    "cluster_name",
    "gone_rows",
    "message_rows",
    "row_groups",
    "shown",
)

SPARK_COLUMNS = 31  # a month of days, a week of six-hour buckets, a day of 25 hours

_MESSAGE_COLUMNS = 300
_VALUE_COLUMNS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkView:
    """Where a row can be looked into."""

    title: str
    url: str  # percent-encoded, http or https


@dataclass(frozen=True, slots=True, kw_only=True)
class RowView:
    """What is known about one subject."""

    subject: Subject
    trend: str  # the key of the verdict, for a colour
    mark: str  # the verdict as glyph and word
    failures: str
    before: str  # failures of the period before, "" where it has no data
    usual: str  # of the same weekday in the last weeks, in words; "" where they are not known
    usual_short: str
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
    links: tuple[LinkView, ...]
    first_key: int  # the place by the time of the first failure, to sort by


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


def _row(row: Row, digest: Digest, *, dated: bool) -> RowView:
    values = fold(row.sparkline, SPARK_COLUMNS)
    when = span(row.first, row.last, dated=dated)
    is_live = digest.report == LIVE
    return RowView(
        subject=subject_of(row, digest),
        trend=row.trend,
        mark=_mark(row, digest),
        failures=amount(row.failures),
        before=_before(row, digest),
        usual=usual_words(row, digest),
        usual_short=usual_short(row, digest),
        share="" if is_live else share(row.share),
        episodes=""
        if is_live
        else say_number("{number} episode", "{number} episodes", row.episodes),
        objects=_objects(row.objects),
        rate="" if is_live else rate(row.rate_per_hour),
        span=when,
        still_firing=row.still_firing,
        sparkline=sparkline(values),
        spark_path=spark_path(values),
        spark_words=say_number(
            "{number} failure, {when}", "{number} failures, {when}", row.failures, when=when
        ),
        message=shown(row.message, _MESSAGE_COLUMNS),
        kubectl=printable(row.kubectl),
        links=tuple(LinkView(title=shown(one.title), url=one.url) for one in row.links),
        first_key=sum(other.first < row.first for other in digest.rows),
    )


def _mark(row: Row, digest: Digest) -> str:
    if digest.report == LIVE:
        return live_mark(row)
    return "" if without_baseline(digest) else mark(row)


def _before(row: Row, digest: Digest) -> str:
    is_compared = row.previous_failures is not None and digest.report != LIVE
    return amount(row.previous_failures or 0) if is_compared else ""


def _objects(number: int) -> str:
    return say_number("{number} object", "{number} objects", number) if number else ""


def _gone(gone: Gone, digest: Digest) -> GoneView:
    return GoneView(subject=subject_of(gone, digest), before=amount(gone.previous_failures))


def _message(group: MessageGroup, digest: Digest) -> MessageView:
    values = [f"{shown(value, _VALUE_COLUMNS)} ×{amount(times)}" for value, times in group.values]
    more = group.distinct_values - len(group.values)
    values += [say("{number} more", number=amount(more))] if more > 0 else []
    return MessageView(
        subject=subject_of(group, digest),
        failures=amount(group.failures),
        pattern=shown(group.pattern, _MESSAGE_COLUMNS),
        values=names_listed(values),
    )
