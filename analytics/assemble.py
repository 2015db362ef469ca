"""A source -> Digest: the one place where the figures of a report come together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from analytics.catalogue import Catalogue
from analytics.changes import changes
from analytics.daily import day_edges, failures_by_day
from analytics.digest import Bar, Digest, Gone, MessageGroup, Residual, Row
from analytics.four_weeks import four_weeks
from analytics.frames import MESSAGES, SPANS
from analytics.frequency import frequency
from analytics.grouping import PROBLEM, WORKLOAD
from analytics.history import History
from analytics.key_counts import occurrences_until
from analytics.language import ENGLISH, speaking
from analytics.links import LinkTemplate, links_of
from analytics.messages import message_groups
from analytics.muting import count_muted
from analytics.quality import data_quality
from analytics.ranking import ranking
from analytics.recoveries import recoveries
from analytics.scope import scope_of
from analytics.segments import cut
from analytics.selection import EVERYTHING, Selection
from analytics.source import Source, edges_of
from analytics.spread import Integers, microsecond, microseconds, timestamps
from analytics.verdict import kubectl_command, title_of, verdict_of
from analytics.where import ReadPlaces, whereabouts
from analytics.window import Window

STILL_FIRING = timedelta(minutes=15)
GROUPS_OF_A_ROW = 3
MOST_RECOVERED = 10

ReadMessages = Callable[[pd.DataFrame], pd.DataFrame]


def build_digest(
    source: Source,
    window: Window,
    *,
    messages: ReadMessages,
    top: int = 10,
    catalogue: Catalogue | None = None,
    rejected: int,
    version: str,
    spans: pd.DataFrame | None = None,
    selection: Selection = EVERYTHING,
    places: ReadPlaces | None = None,
    links: tuple[LinkTemplate, ...] = (),
) -> Digest:
    """Compute every figure of a report.

    Parameters
    ----------
    source
        Points of all periods, or the roll-up.
    window
        The period.
    messages
        Called once, with the shown rows as a frame of ``grouping.PROBLEM`` columns; returns the
        MESSAGES contract, the newest of each row first. A row that it leaves out has no message.
    top
        Rows to show, and of those that are gone; the others are in the residuals.
    catalogue
        ``None`` takes the one that comes with the package.
    rejected
        Records refused since the window began.
    version
        Of kubedigest.
    spans
        SPANS contract over all periods, from `load.load_coverage`; ``None`` for clusters that
        nobody watched.
    selection
        What the digest is about, and what is muted in it. Clusters and watches that are none of
        it are absent; what was seen and watched of the others is that of whole clusters.
    places
        Called at most once; returns the PLACES contract of the window, for the nodes that failures
        share. ``None`` looks for hot namespaces only.
    links
        What each row can be looked into with.

    Returns
    -------
    Digest
        The same for points and for the roll-up of the same points. The state is "no data" where
        neither a counted nor a suspect or set aside point lies in the window and nobody watched,
        "quiet" where there is no failure. What a first list brought from before the watch began
        is part of the totals, and no base of a comparison.

    Raises
    ------
    FrameError
        A column is missing or has another dtype.

    Examples
    --------
    >>> from datetime import UTC
    >>> from analytics.frames import POINTS
    >>> from analytics.source import PointSource
    >>> window = Window.daily(datetime(2026, 11, 22, 8, tzinfo=UTC), "Europe/Berlin")
    >>> digest = build_digest(PointSource(POINTS.empty()), window,
    ...     messages=lambda keys: MESSAGES.empty(), rejected=0, version="0.1.0")
    >>> digest.state, digest.failures, len(digest.histogram), len(digest.daily)
    ('no data', 0, 24, 30)
    """
    catalogue = catalogue or Catalogue.load()
    spans = SPANS.empty() if spans is None else spans
    scope = scope_of(source, window, selection, catalogue=catalogue, spans=spans)
    found, spans = scope.found, scope.spans
    every = frequency(found.source, found.now)
    total = int(every["failures"].sum())
    clusters = scope.clusters
    silent = found.silent(clusters)
    compared = _compared(found)
    bucket_minutes = _bucket_minutes(window)
    usual = ["weekday_failures", "weeks"]
    trend = compared[[*PROBLEM, "verdict", "previous_failures", *usual]]
    every = every.merge(trend, on=list(PROBLEM))
    every = ranking(every, verdicts=every["verdict"], catalogue=catalogue)
    shown = every.head(top)
    read = _failing_messages(messages, shown, catalogue, selection)
    began = {name: exposure.began for name, exposure in found.exposed.items()}
    with_context = len(found.known_before.union(clusters, silent)) > 1
    rows = tuple(
        replace(
            row,
            kubectl=kubectl_command(row, with_context=with_context),
            links=links_of(row, links, window.start, window.end),
        )
        for row in _rows(found, shown, bucket_minutes, read)
    )
    gone = compared[compared["verdict"] == "gone"]
    bars = _bars(found.source, window, bucket_minutes, catalogue)
    quality = data_quality(
        scope.selected.now,
        scope.seen,
        clusters=found.known_now,
        estimated=_estimated(scope.selected.source, window),
        rejected=rejected,
        version=version,
        spans=spans,
        earlier=occurrences_until(scope.selected.source, window, began),
    )
    workloads = len(every[list(WORKLOAD)].drop_duplicates())
    daily = failures_by_day(
        scope.daily, day_edges(window), window, catalogue=catalogue, spans=spans
    )
    mine = places and partial(_selected_places, places, selection, catalogue)
    where = whereabouts(found.now, mine, catalogue)
    recovered = recoveries(found.now, found.previous)
    digest = Digest(
        report=window.report,
        period=window.period,
        title="",
        start=window.local_start,
        end=window.local_end,
        timezone=window.timezone,
        so_far=window.so_far,
        clusters=clusters,
        state="failures" if total else "quiet" if clusters else "no data",
        verdict="",
        failures=total,
        previous_failures=found.previous_failures,
        comparable=found.comparable,
        silent=silent,
        workloads=workloads,
        episodes=int(every["episodes"].sum()),
        rows=rows,
        residual=Residual(
            rows=len(every) - len(rows), failures=total - sum(row.failures for row in rows)
        ),
        bucket_minutes=bucket_minutes,
        histogram=bars,
        gone=_gone(gone.head(top)),
        gone_residual=Residual(
            rows=len(gone.iloc[top:]), failures=int(gone["previous_failures"].iloc[top:].sum())
        ),
        daily=daily,
        messages=_message_groups(read),
        peak=max(bars, key=lambda bar: bar.failures) if total else None,
        quality=quality,
        heat_map=four_weeks(found.source, window, daily, catalogue=catalogue, spans=spans),
        hot_spots=where.hot,
        more_hot_spots=where.more,
        places_tested=where.tested,
        nodes_read=where.nodes_read,
        recovered=recovered[:MOST_RECOVERED],
        more_recovered=len(recovered[MOST_RECOVERED:]),
        selection=selection.told,
        muted=count_muted(scope.selected, selection.mutes),
    )
    with speaking(ENGLISH):  # which machines read; a report says both in its reader's language
        return replace(digest, title=title_of(digest), verdict=verdict_of(digest))


def _selected_places(
    places: ReadPlaces, selection: Selection, catalogue: Catalogue
) -> pd.DataFrame:
    every = places()
    return every[selection.holds(every, catalogue)]


def _estimated(source: Source, window: Window) -> int:
    """Count what lies before the horizon at the edges of a window that cut an hour."""
    if source.horizon is None:
        return 0
    left = cut(microseconds(edges_of(window))).edges
    old = np.flatnonzero(left.start < microsecond(source.horizon))
    parts = (timestamps(np.array([left.start[place], left.end[place]])) for place in old)
    return sum(int(source.cells(edges)["occurrences"].sum()) for edges in parts)


def _bucket_minutes(window: Window) -> int:
    # the extra hour is the one that a window over the end of summer time has
    if window.hours <= 3 * 24 + 1:
        return 60
    return 6 * 60 if window.hours <= 14 * 24 + 1 else 24 * 60


def _bars(
    source: Source, window: Window, bucket_minutes: int, catalogue: Catalogue
) -> tuple[Bar, ...]:
    edges = window.edges(bucket_minutes)
    reasons = source.reasons()
    failing = reasons.index[(catalogue.classify(reasons) == "failure").to_numpy()]
    totals = source.totals(edges)
    totals = totals[totals["reason_id"].isin(failing)]
    counts = np.zeros(len(edges) - 1, dtype=np.int64)
    np.add.at(counts, totals["bucket"].to_numpy(), totals["occurrences"].to_numpy())
    return tuple(
        Bar(start=_local(start, window), end=_local(end, window), failures=int(failures))
        for start, end, failures in zip(edges[:-1], edges[1:], counts, strict=True)
    )


def _compared(found: History) -> pd.DataFrame:
    """Return TRENDS; ``previous_failures`` is missing where nothing is known of the cluster."""
    compared = changes(found)
    unknown = ~compared["cluster"].isin(list(found.known_before))
    counts = compared["previous_failures"].astype("Int64").mask(unknown)
    return compared.assign(previous_failures=counts)


def _gone(found: pd.DataFrame) -> tuple[Gone, ...]:
    return tuple(
        Gone(
            cluster=row["cluster"],
            namespace=row["namespace"],
            kind=row["workload_kind"],
            name=row["workload"],
            reason=row["reason"],
            previous_failures=int(row["previous_failures"]),
        )
        for row in found.to_dict("records")
    )


def _failing_messages(
    messages: ReadMessages, shown: pd.DataFrame, catalogue: Catalogue, selection: Selection
) -> pd.DataFrame:
    if shown.empty:
        return MESSAGES.empty()
    read = MESSAGES.check(messages(shown[list(PROBLEM)]))
    failing = (catalogue.classify(read) == "failure").to_numpy()
    return read[failing & selection.holds(read, catalogue)]


def _message_groups(read: pd.DataFrame) -> tuple[MessageGroup, ...]:
    """Return the groups of rows that have more than one message, in the order of the rows."""
    found = message_groups(read)
    keys = list(PROBLEM)
    several = found.groupby(keys)["messages"].transform("sum") > 1
    most = found[several].groupby(keys).head(GROUPS_OF_A_ROW)
    order = read[keys].drop_duplicates().merge(most, on=keys)
    return tuple(
        MessageGroup(
            cluster=row["cluster"],
            namespace=row["namespace"],
            kind=row["workload_kind"],
            name=row["workload"],
            reason=row["reason"],
            pattern=row["pattern"],
            failures=int(row["failures"]),
            values=row["values"],
            distinct_values=int(row["distinct_values"]),
        )
        for row in order.to_dict("records")
    )


def _rows(
    found: History, shown: pd.DataFrame, bucket_minutes: int, read: pd.DataFrame
) -> tuple[Row, ...]:
    window = found.window
    latest = _by_problem(read.drop_duplicates(list(PROBLEM)), "message")
    sparklines = _sparklines(found, shown[list(PROBLEM)], window.edges(bucket_minutes))
    firing_since = window.end - STILL_FIRING
    return tuple(
        Row(
            cluster=row["cluster"],
            namespace=row["namespace"],
            kind=row["workload_kind"],
            name=row["workload"],
            reason=row["reason"],
            failures=int(row["failures"]),
            share=float(row["share"]),
            episodes=int(row["episodes"]),
            objects=int(row["objects"]),
            first=_local(row["first"], window),
            last=_local(row["last"], window),
            rate_per_hour=float(row["rate_per_hour"]),
            still_firing=bool(row["last"] >= firing_since),
            sparkline=sparklines[number],
            message=latest.get(tuple(row[key] for key in PROBLEM), ""),
            kubectl="",
            trend=row["verdict"],
            previous_failures=_known(row["previous_failures"]),
            weekday_failures=float(row["weekday_failures"]) if row["weeks"] else None,
            weeks=int(row["weeks"]),
        )
        for number, row in enumerate(shown.to_dict("records"))
    )


def _sparklines(
    found: History, shown: pd.DataFrame, edges: pd.DatetimeIndex
) -> list[tuple[int, ...]]:
    """Return the failures of each shown row in each bucket."""
    failing = found.now.failing
    named = failing.keys[list(PROBLEM)].astype("str").assign(place=np.arange(len(failing.keys)))
    rows = named.merge(shown.assign(row=np.arange(len(shown))), on=list(PROBLEM))
    keys: Integers = failing.cells["key"].to_numpy()[rows["place"].to_numpy()]
    counts = np.zeros((len(shown), len(edges) - 1), dtype=np.int64)
    if len(keys):
        cells = found.source.cells(edges, keys)
        row_of_key = pd.Series(rows["row"].to_numpy(), index=keys)
        row = cells["key"].map(row_of_key).to_numpy(dtype=np.int64)
        np.add.at(counts, (row, cells["bucket"].to_numpy()), cells["occurrences"].to_numpy())
    return [tuple(line) for line in counts.tolist()]


def _by_problem(frame: pd.DataFrame, value: str) -> dict[tuple[str, ...], Any]:
    keys = frame[list(PROBLEM)].astype("str").itertuples(index=False, name=None)
    return dict(zip(keys, frame[value], strict=True))


def _local(moment: pd.Timestamp, window: Window) -> datetime:
    return moment.to_pydatetime().astimezone(window.zone)


def _known(count: Any) -> int | None:
    return None if pd.isna(count) else int(count)
