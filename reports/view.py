"""A Digest as the strings and coordinates that the formats place; templates compute nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from analytics.coverage_words import all_of
from analytics.digest import Digest, Residual, State
from reports.amounts import amount, change, counted
from reports.chart import SPARK_HEIGHT, SPARK_STEP, run_length
from reports.plots import Plot, bucket_words, daily_plot, histogram_plot
from reports.quality import Note, quality_notes
from reports.rows import (
    SPARK_COLUMNS,
    GoneView,
    MessageView,
    RowGroup,
    cluster_name,
    gone_rows,
    message_rows,
    row_groups,
    shown,
)
from reports.trend import baseline_words, period_before, unmatched

NO_FAILURES = "Events came in, and not one of them was a failure."
NO_EVENT_WHILE_WATCHED = "Not one event came while it was watched."
START_AGAIN = "Start kubedigest collect again."
NO_DATA = "Nothing is known about this window. Import the events that cover it:"
IMPORT = "kubectl get events -A -o json | kubedigest import -"

_VERDICT_COLUMNS = 300
_MOST_MESSAGES = 10


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
    meaning: str  # of a day without failures or without data, "" of any other
    command: str  # what to do about a day without data, a line to copy
    period_before: str  # what the figures before belong to
    baseline: str  # "" where rows can be compared with the period before
    groups: tuple[RowGroup, ...]
    residual: Figure | None  # None where every row is shown
    total: Figure
    spark_unit: str  # what one column of a sparkline stands for
    spark_box: str  # view box of the SVG sparklines
    gone: tuple[GoneView, ...]
    gone_residual: Figure | None
    histogram: Plot
    daily: Plot
    messages: tuple[MessageView, ...]
    messages_residual: Figure | None
    notes: tuple[Note, ...]


def digest_view(digest: Digest) -> DigestView:
    """Return *digest* in words: inert, formatted, cut, with every chart laid out."""
    dated = digest.start.date() != (digest.end - timedelta(microseconds=1)).date()
    merged = run_length(len(digest.histogram), SPARK_COLUMNS)
    messages = message_rows(digest)
    return DigestView(
        state=digest.state,
        verdict=shown(digest.verdict, _VERDICT_COLUMNS),
        title=shown(digest.title),
        scope=_scope(digest),
        figures=_figures(digest),
        meaning=_meaning(digest),
        command=IMPORT if digest.state == "no data" else "",
        period_before=period_before(digest),
        baseline=baseline_words(digest),
        groups=row_groups(digest, dated=dated),
        residual=_residual(digest.residual, "more row"),
        total=Figure(number=amount(digest.failures), words="failures in all"),
        spark_unit=bucket_words(digest.bucket_minutes * merged),
        spark_box=f"0 0 {-(-len(digest.histogram) // merged) * SPARK_STEP} {SPARK_HEIGHT}",
        gone=gone_rows(digest),
        gone_residual=_residual(digest.gone_residual, "more row"),
        histogram=histogram_plot(digest, dated=dated),
        daily=daily_plot(digest),
        messages=messages[:_MOST_MESSAGES],
        messages_residual=_messages_residual(digest),
        notes=quality_notes(digest, dated=dated),
    )


def _scope(digest: Digest) -> str:
    names = [cluster_name(name) for name in digest.clusters]
    clusters = ", ".join(names) if len(names) <= 3 else f"{len(names):,} clusters"
    return " · ".join(part for part in (clusters, digest.timezone) if part)


def _figures(digest: Digest) -> tuple[Figure, ...]:
    return (
        Figure(number=amount(digest.failures), words=_noun(digest.failures, "failure")),
        Figure(number=amount(digest.workloads), words=_noun(digest.workloads, "workload")),
        Figure(number=amount(digest.episodes), words=_noun(digest.episodes, "episode")),
        _compared(digest),
    )


def _compared(digest: Digest) -> Figure:
    """Return the change, or the bare number before where that is less than the whole."""
    before, period = digest.previous_failures, period_before(digest)
    if before is None:
        return Figure(number=change(digest.failures, None), words=unmatched(digest))
    if not digest.comparable:
        return Figure(number=amount(before), words=f"{period}{_doubt(digest)}")
    return Figure(number=change(digest.failures, before), words=f"against {before:,} {period}")


def _meaning(digest: Digest) -> str:
    if digest.state == "no data":
        fell_silent = any(cluster.proved for cluster in digest.quality.covered)
        return f"{START_AGAIN} {NO_DATA}" if fell_silent else NO_DATA
    if digest.state == "failures":
        return ""
    before = digest.previous_failures
    if before is None:
        return f"{_calm(digest)} {unmatched(digest).capitalize()}."
    what = f"{counted(before, 'failure')} {period_before(digest)}{_doubt(digest)}"
    return f"{_calm(digest)} {what}."


def _calm(digest: Digest) -> str:
    """Return what came in where nothing failed: events, or nothing at all while it was watched."""
    quality = digest.quality
    if quality.occurrences or quality.suspect_rows or quality.set_aside_rows:
        return NO_FAILURES
    if quality.coverage != "whole":
        return NO_EVENT_WHILE_WATCHED
    return f"Watched {all_of(digest.report, so_far=digest.so_far)}, and not one event came."


def _doubt(digest: Digest) -> str:
    """Return what is wrong with the number before: where it is this one, it may be complete."""
    if digest.comparable:
        return ""
    partly = not all(cluster.whole for cluster in digest.quality.covered)
    return ", not comparable" if digest.silent or partly else ", not all known"


def _noun(number: int, noun: str) -> str:
    return noun if number == 1 else f"{noun}s"


def _residual(residual: Residual, noun: str) -> Figure | None:
    if not residual.rows:
        return None
    return Figure(number=amount(residual.failures), words=f"… {counted(residual.rows, noun)}")


def _messages_residual(digest: Digest) -> Figure | None:
    failures = sorted((group.failures for group in digest.messages), reverse=True)
    rest = failures[_MOST_MESSAGES:]
    return _residual(Residual(rows=len(rest), failures=sum(rest)), "more message")
