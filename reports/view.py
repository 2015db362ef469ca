"""A Digest as the strings and coordinates that text and HTML place; templates compute nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from analytics.digest import Bar, Digest, Row, State
from reports.amounts import amount, change, counted, rate, share
from reports.chart import (
    SPARK_STEP,
    Rectangle,
    axis_marks,
    fold,
    rectangles,
    run_length,
    spark_path,
    sparkline,
)
from reports.inert import printable
from reports.quality import Note, quality_notes
from reports.times import clock, date_label, span, stretch
from reports.width import clip

PLOT_HEIGHT = 160  # pixels of the histogram's bars

NO_FAILURES = "Events came in, and not one of them was a failure."
NO_DATA = (
    "Nothing is known about this window. "
    "Check that the receiver was running, or import the events that cover it."
)

_NAME_COLUMNS = 120
_MESSAGE_COLUMNS = 400
_VERDICT_COLUMNS = 300
_SPARK_COLUMNS = 31  # a month of days, a week of six-hour buckets, a day of 25 hours
_MOST_TICKS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class RowView:
    """One workload with one reason, ready to be read."""

    cluster: str  # "" where the report has only one
    namespace: str
    kind: str
    name: str
    workload: str  # all of the above in one
    reason: str
    failures: str
    share: str
    episodes: str
    objects: str
    rate: str
    span: str
    still_firing: bool
    trend: str
    trend_path: str
    trend_words: str
    message: str
    kubectl: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BarView:
    """One bucket of the histogram."""

    when: str
    failures: str
    rectangle: Rectangle
    is_peak: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A label of an axis: the bucket or value it belongs to, and where it stands."""

    at: int
    label: str
    position: str  # x in per cent or y in pixels


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One key figure: a number and the words that make it a sentence."""

    number: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestView:
    """Everything a page shows, in reading order."""

    state: State
    verdict: str
    title: str
    scope: str
    figures: tuple[Figure, ...]
    before: str  # the period before, in a sentence
    rows: tuple[RowView, ...]
    residual: str  # "" where every row is shown
    residual_failures: str
    total: str
    trend_unit: str  # what one column of a trend stands for
    trend_box: str  # view box of the SVG trends
    peak: str  # "" on a quiet day
    bucket: str
    counts: tuple[int, ...]  # the histogram's bare numbers, for charts of characters
    bars: tuple[BarView, ...]
    ticks: tuple[Mark, ...]
    levels: tuple[Mark, ...]
    notes: tuple[Note, ...]


def digest_view(digest: Digest) -> DigestView:
    """Return *digest* in words: inert, formatted, cut, with every chart laid out."""
    dated = digest.start.date() != (digest.end - timedelta(microseconds=1)).date()
    counts = tuple(bar.failures for bar in digest.histogram)
    merged = run_length(len(counts), _SPARK_COLUMNS)
    return DigestView(
        state=digest.state,
        verdict=_shown(digest.verdict, _VERDICT_COLUMNS),
        title=_shown(digest.title, _NAME_COLUMNS),
        scope=_scope(digest),
        figures=_figures(digest),
        before=_before(digest),
        rows=tuple(_row(row, digest, dated=dated) for row in digest.rows),
        residual=counted(digest.residual.rows, "more row") if digest.residual.rows else "",
        residual_failures=amount(digest.residual.failures),
        total=amount(digest.failures),
        trend_unit=_bucket(digest.bucket_minutes * merged),
        trend_box=f"0 0 {-(-len(counts) // merged) * SPARK_STEP} 24",
        peak=_peak(digest.peak, dated=dated),
        bucket=_bucket(digest.bucket_minutes),
        counts=counts,
        bars=_bars(digest, dated=dated),
        ticks=_ticks(digest.histogram, dated=dated),
        levels=_levels(max(counts, default=0)),
        notes=quality_notes(digest, dated=dated),
    )


def _shown(text: str, columns: int) -> str:
    """Return *text* inert and cut; four characters a column bound what is worth looking at."""
    return clip(printable(text[: columns * 4]), columns)


def _scope(digest: Digest) -> str:
    names = [_shown(name, 40) for name in digest.clusters]
    clusters = ", ".join(names) if len(names) <= 3 else f"{len(names):,} clusters"
    return " · ".join(part for part in (clusters, digest.timezone) if part)


def _figures(digest: Digest) -> tuple[Figure, ...]:
    before = digest.previous_failures
    period = _period_before(digest)
    return (
        Figure(number=amount(digest.failures), words=_noun(digest.failures, "failure")),
        Figure(number=amount(digest.workloads), words=_noun(digest.workloads, "workload")),
        Figure(number=amount(digest.episodes), words=_noun(digest.episodes, "episode")),
        Figure(
            number=change(digest.failures, before),
            words=f"no data {period}" if before is None else f"against {before:,} {period}",
        ),
    )


def _before(digest: Digest) -> str:
    before = digest.previous_failures
    what = "No data" if before is None else counted(before, "failure")
    return f"{what} {_period_before(digest)}."


def _period_before(digest: Digest) -> str:
    if digest.so_far:
        return "in the same hours of the day before"
    return {"daily": "the day before", "weekly": "the week before"}.get(
        digest.report, "in the same time before"
    )


def _noun(number: int, noun: str) -> str:
    return noun if number == 1 else f"{noun}s"


def _row(row: Row, digest: Digest, *, dated: bool) -> RowView:
    cluster = _shown(row.cluster, 40) if len(digest.clusters) > 1 else ""
    namespace, kind, name = (
        _shown(part, _NAME_COLUMNS) for part in (row.namespace, row.kind, row.name)
    )
    if not kind + name:
        name = "no object"
    values = fold(row.sparkline, _SPARK_COLUMNS)
    when = span(row.first, row.last, dated=dated)
    return RowView(
        cluster=cluster,
        namespace=namespace,
        kind=kind,
        name=name,
        workload=_workload(cluster, namespace, kind, name),
        reason=_shown(row.reason, _NAME_COLUMNS) or "no reason",
        failures=amount(row.failures),
        share=share(row.share),
        episodes=counted(row.episodes, "episode"),
        objects=counted(row.objects, "object"),
        rate=rate(row.rate_per_hour),
        span=when,
        still_firing=row.still_firing,
        trend=sparkline(values),
        trend_path=spark_path(values),
        trend_words=f"{counted(row.failures, 'failure')}, {when}",
        message=_shown(row.message, _MESSAGE_COLUMNS),
        kubectl=printable(row.kubectl),
    )


def _workload(cluster: str, namespace: str, kind: str, name: str) -> str:
    owner = f"{namespace}/{kind}" if namespace else kind
    return " ".join(part for part in (cluster, owner, name) if part)


def _bucket(minutes: int) -> str:
    for size, noun in ((24 * 60, "day"), (60, "hour")):
        if minutes % size == 0:
            return noun if minutes == size else f"{minutes // size} {noun}s"
    return f"{minutes} minutes"


def _peak(peak: Bar | None, *, dated: bool) -> str:
    if peak is None:
        return ""
    when = stretch(peak.start, peak.end, dated=dated)
    return f"Peak {when}, {counted(peak.failures, 'failure')}."


def _bars(digest: Digest, *, dated: bool) -> tuple[BarView, ...]:
    counts = [bar.failures for bar in digest.histogram]
    placed = rectangles(counts, top=axis_marks(max(counts, default=0))[-1], height=PLOT_HEIGHT)
    return tuple(
        BarView(
            when=stretch(bar.start, bar.end, dated=dated),
            failures=amount(bar.failures),
            rectangle=rectangle,
            is_peak=bar == digest.peak,
        )
        for bar, rectangle in zip(digest.histogram, placed, strict=True)
    )


def _ticks(bars: tuple[Bar, ...], *, dated: bool) -> tuple[Mark, ...]:
    """Return the labels under the bars: days, or every sixth hour of the clock."""
    starts = [bar.start for bar in bars]
    chosen = _landmarks(starts, dated=dated)
    if len(chosen) < 2:
        chosen = list(range(0, len(bars), max(1, len(bars) // 4)))
        dated = False
    return tuple(
        Mark(
            at=i,
            label=date_label(starts[i]) if dated else clock(starts[i], dated=False),
            position=f"{i * 100 / len(bars):.2f}%",
        )
        for i in chosen[:: run_length(len(chosen), _MOST_TICKS)]
    )


def _landmarks(starts: list[datetime], *, dated: bool) -> list[int]:
    if not dated:
        return [i for i, at in enumerate(starts) if at.hour % 6 == 0 and at.minute == 0]
    days = [i for i in range(1, len(starts)) if starts[i].date() != starts[i - 1].date()]
    has_room = not days or days[0] * _MOST_TICKS >= len(starts)
    return [0, *days] if has_room else days


def _levels(greatest: int) -> tuple[Mark, ...]:
    marks = axis_marks(greatest)
    return tuple(
        Mark(
            at=mark, label=amount(mark), position=str(PLOT_HEIGHT - PLOT_HEIGHT * mark // marks[-1])
        )
        for mark in marks
    )
