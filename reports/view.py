"""A Digest as the strings and coordinates that the formats place; templates compute nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from analytics.coverage_words import is_too_little_known
from analytics.digest import LIVE, Digest, Residual, State
from analytics.language import ENGLISH, names_listed, say, say_number, sentences, spoken
from analytics.period_words import all_of
from analytics.selection_words import is_within_clusters, part_words
from analytics.verdict import title_of, verdict_of
from reports.amounts import amount, change
from reports.chart import SPARK_HEIGHT, SPARK_STEP, run_length
from reports.muting import muted_words
from reports.plots import Plot, bucket_words, daily_plot, histogram_plot
from reports.quality import Note, quality_notes
from reports.recovered import RecoveryView, more_recovered, recovered_rows
from reports.rows import (
    SPARK_COLUMNS,
    GoneView,
    MessageView,
    RowGroup,
    gone_rows,
    message_rows,
    row_groups,
)
from reports.subjects import cluster_name, shown
from reports.trend import baseline_words, period_before, the_period_before, unmatched
from reports.usual import usual_hint
from reports.week import WeekView, week_view
from reports.whereabouts import WhereView, where_view

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
    usual: str  # what “usually” means, "" where no row has it
    groups: tuple[RowGroup, ...]
    residual: Figure | None  # None where every row is shown
    total: Figure
    muted: Figure | None  # None where nothing is; no part of the total
    spark_unit: str  # what one column of a sparkline stands for
    spark_box: str  # view box of the SVG sparklines
    gone: tuple[GoneView, ...]
    gone_residual: Figure | None
    recovered: tuple[RecoveryView, ...]
    more_recovered: str  # "" where all are shown
    histogram: Plot
    week: WeekView | None  # None where nothing failed in four weeks
    daily: Plot
    where: WhereView | None  # None on a day without failures
    messages: tuple[MessageView, ...]
    messages_residual: Figure | None
    notes: tuple[Note, ...]
    is_live: bool = False  # it has rows, and none of what a day is measured by


def digest_view(digest: Digest) -> DigestView:
    """Return *digest* in words: inert, formatted, cut, with every chart laid out."""
    dated = digest.start.date() != (digest.end - timedelta(microseconds=1)).date()
    merged = run_length(len(digest.histogram), SPARK_COLUMNS)
    messages = message_rows(digest)
    # a live message is written in the language of its channel
    is_said = spoken() is ENGLISH or digest.report == LIVE
    return DigestView(
        state=digest.state,
        verdict=shown(digest.verdict if is_said else verdict_of(digest), _VERDICT_COLUMNS),
        title=shown(digest.title if is_said else title_of(digest)),
        scope=_scope(digest),
        figures=_figures(digest),
        meaning=_meaning(digest),
        command=IMPORT if digest.state == "no data" else "",
        period_before=period_before(digest),
        baseline=baseline_words(digest),
        usual=usual_hint(digest),
        groups=row_groups(digest, dated=dated),
        residual=_more_rows(digest.residual),
        total=_total(digest),
        muted=_muted(digest),
        spark_unit=bucket_words(digest.bucket_minutes * merged),
        spark_box=f"0 0 {-(-len(digest.histogram) // merged) * SPARK_STEP} {SPARK_HEIGHT}",
        gone=gone_rows(digest),
        gone_residual=_more_rows(digest.gone_residual),
        recovered=recovered_rows(digest, dated=dated),
        more_recovered=more_recovered(digest),
        histogram=histogram_plot(digest, dated=dated),
        week=week_view(digest.heat_map),
        daily=daily_plot(digest),
        where=None if digest.report == LIVE else where_view(digest),
        messages=messages[:_MOST_MESSAGES],
        messages_residual=_messages_residual(digest),
        notes=() if digest.report == LIVE else quality_notes(digest, dated=dated),
        is_live=digest.report == LIVE,
    )


def _scope(digest: Digest) -> str:
    number = len(digest.clusters)
    clusters = names_listed(cluster_name(name) for name in digest.clusters)
    if number > 3:
        clusters = say_number("{number} cluster", "{number} clusters", number)
    selection = part_words(digest.selection)
    return " · ".join(part for part in (clusters, selection, digest.timezone) if part)


def _figures(digest: Digest) -> tuple[Figure, ...]:
    failures, workloads, episodes = digest.failures, digest.workloads, digest.episodes
    if digest.report == LIVE:
        return ()  # the verdict has them
    return (
        Figure(number=amount(failures), words=say_number("failure", "failures", failures)),
        Figure(number=amount(workloads), words=say_number("workload", "workloads", workloads)),
        Figure(number=amount(episodes), words=say_number("episode", "episodes", episodes)),
        _compared(digest),
    )


def _compared(digest: Digest) -> Figure:
    """Return the change, or the bare number before where that is less than the whole."""
    before = digest.previous_failures
    if before is None:
        return Figure(number=change(digest.failures, None), words=unmatched(digest))
    if not digest.comparable:
        return Figure(number=amount(before), words=_doubtful_before(digest))
    words = say("against {number} {before}", number=amount(before), before=period_before(digest))
    return Figure(number=change(digest.failures, before), words=words)


def _meaning(digest: Digest) -> str:
    if digest.state == "no data":
        fell_silent = any(cluster.proved for cluster in digest.quality.covered)
        again = say("Start kubedigest collect again.") if fell_silent else ""
        unknown = say("Nothing is known about this window. Import the events that cover it:")
        return sentences(again, unknown)
    if digest.state == "failures" or digest.report == LIVE:
        return ""
    return sentences(_calm(digest), _earlier(digest))


def _earlier(digest: Digest) -> str:
    before = digest.previous_failures
    if before is not None:
        return say_number(
            "{number} failure {before}.",
            "{number} failures {before}.",
            before,
            before=_doubtful_before(digest),
        )
    if is_too_little_known(digest.quality.covered, digest.start):
        return say("Too little known of {period}.", period=the_period_before(digest))
    return say("No data {before}.", before=period_before(digest))


def _calm(digest: Digest) -> str:
    """Return what came in where nothing failed: events, or nothing at all while it was watched."""
    quality = digest.quality
    if digest.muted.failures:
        return say("Every failure of it is muted.")
    if is_within_clusters(digest.selection) and (quality.events or quality.occurrences):
        return say("Events came in, and not one failure of this selection was among them.")
    if quality.occurrences or quality.suspect_rows or quality.set_aside_rows:
        return say("Events came in, and not one of them was a failure.")
    if quality.coverage != "whole":
        return say("Not one event came while it was watched.")
    period = all_of(digest.report, so_far=digest.so_far)
    return say("Watched {period}, and not one event came.", period=period)


def _doubtful_before(digest: Digest) -> str:
    """Return when the number before was, and what is wrong with it.

    Where it is the number of this period that is not whole, that one may be complete.
    """
    before = period_before(digest)
    if digest.comparable:
        return before
    if digest.silent or not all(cluster.whole for cluster in digest.quality.covered):
        return say("{before}, not comparable", before=before)
    return say("{before}, not all known", before=before)


def _more_rows(residual: Residual) -> Figure | None:
    if not residual.rows:
        return None
    words = say_number("… {number} more row", "… {number} more rows", residual.rows)
    return Figure(number=amount(residual.failures), words=words)


def _total(digest: Digest) -> Figure:
    words = say("in all") if digest.report == LIVE else say("failures in all")
    return Figure(number=amount(digest.failures), words=words)


def _muted(digest: Digest) -> Figure | None:
    failures = digest.muted.failures
    return Figure(number=amount(failures), words=muted_words(digest)) if failures else None


def _messages_residual(digest: Digest) -> Figure | None:
    failures = sorted((group.failures for group in digest.messages), reverse=True)
    rest = failures[_MOST_MESSAGES:]
    if not rest:
        return None
    words = say_number("… {number} more message", "… {number} more messages", len(rest))
    return Figure(number=amount(sum(rest)), words=words)
