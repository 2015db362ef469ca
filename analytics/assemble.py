"""Points -> Digest: the one place where the figures of a report come together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd

from analytics.catalogue import Catalogue
from analytics.daily import clusters_before, day_edges, failures_by_day
from analytics.digest import Bar, Digest, Gone, MessageGroup, Residual, Row
from analytics.episodes import episodes
from analytics.exposure import Exposure, exposures, since_began
from analytics.frames import MESSAGES, POINTS, SPANS
from analytics.frequency import failure_frequency
from analytics.grouping import PROBLEM, WORKLOAD, failing, group
from analytics.histogram import time_histogram
from analytics.messages import message_groups
from analytics.quality import data_quality, occurrences_inside
from analytics.trends import (
    LEAST_COVERED_SHARE,
    compare_episodes,
    covered_clusters,
    known_before,
)
from analytics.verdict import kubectl_command, verdict
from analytics.window import Window

STILL_FIRING = timedelta(minutes=15)
GROUPS_OF_A_ROW = 3

ReadMessages = Callable[[pd.DataFrame], pd.DataFrame]
Parts = list[tuple[pd.DataFrame, Window]]


def build_digest(
    points: pd.DataFrame,
    previous_points: pd.DataFrame,
    window: Window,
    *,
    daily: pd.DataFrame,
    messages: ReadMessages,
    top: int = 10,
    catalogue: Catalogue | None = None,
    rejected: int,
    version: str,
    spans: pd.DataFrame | None = None,
) -> Digest:
    """Compute every figure of a report.

    Parameters
    ----------
    points
        POINTS contract, every meaning, all that may have an occurrence in *window*.
    previous_points
        The same for ``window.previous()``.
    window
        The period.
    daily
        DAILY contract over ``daily.day_edges(window)``, every meaning.
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
        SPANS contract over both periods and the days of *daily*, from `load.load_coverage`;
        ``None`` for clusters that nobody watched.

    Returns
    -------
    Digest
        The same for the same points in any order. The state is "no data" where neither a counted
        nor a suspect or set aside point lies in the window and nobody watched, "quiet" where
        there is no failure. What a first list brought from before the watch began is part of the
        totals, and no base of a comparison.

    Raises
    ------
    FrameError
        A column is missing or has another dtype.

    Examples
    --------
    >>> from datetime import UTC
    >>> from analytics.frames import DAILY
    >>> window = Window.daily(datetime(2026, 11, 22, 8, tzinfo=UTC), "Europe/Berlin")
    >>> digest = build_digest(POINTS.empty(), POINTS.empty(), window, daily=DAILY.empty(),
    ...     messages=lambda keys: MESSAGES.empty(), rejected=0, version="0.1.0")
    >>> digest.state, digest.failures, len(digest.histogram), len(digest.daily)
    ('no data', 0, 24, 30)
    """
    catalogue = catalogue or Catalogue.load()
    failures = failing(points, catalogue)
    frequency = failure_frequency(failures, window, catalogue=catalogue)
    total = int(frequency["failures"].sum())
    workloads = len(frequency[list(WORKLOAD)].drop_duplicates())
    spans = SPANS.empty() if spans is None else spans
    exposed = exposures(spans, window)
    clusters = _clusters(points, window, exposed)
    earlier = clusters_before(daily, window)
    covered = covered_clusters(
        points, previous_points, window, known_before=earlier, exposed=exposed
    )
    baseline = since_began(previous_points, window.previous(), exposed)
    before = known_before(baseline, exposed)
    # the days end with the window: what they hold of a cluster without an event in it is earlier
    silent = tuple(sorted((before | set(daily["cluster"])) - set(clusters)))
    comparable = before | set(clusters) <= covered and not any(
        min(exposure.share, exposure.previous_share) < LEAST_COVERED_SHARE
        for exposure in exposed.values()
    )
    with_context = len(before.union(clusters, silent)) > 1
    compared = _compared(points, baseline, window, catalogue, covered, before, exposed)
    bucket_minutes = _bucket_minutes(window)
    trend = compared[[*PROBLEM, "verdict", "previous_failures"]]
    shown = frequency.head(top).merge(trend, on=list(PROBLEM))
    read = _failing_messages(messages, shown, catalogue)
    rows = _rows(failures, shown, window, bucket_minutes, catalogue, read)
    rows = tuple(
        replace(row, kubectl=kubectl_command(row, with_context=with_context)) for row in rows
    )
    gone = compared[compared["verdict"] == "gone"]
    histogram = time_histogram(failures, window, width_minutes=bucket_minutes, catalogue=catalogue)
    bars = _bars(histogram, window)
    quality = data_quality(
        points, window, catalogue=catalogue, rejected=rejected, version=version, spans=spans
    )
    previous_failures = _previous_failures(baseline, catalogue) if before else None
    return Digest(
        report=window.report,
        period=window.period,
        title=window.title,
        start=window.local_start,
        end=window.local_end,
        timezone=window.timezone,
        so_far=window.so_far,
        clusters=clusters,
        state="failures" if total else "quiet" if clusters else "no data",
        verdict=verdict(
            window,
            clusters,
            rows,
            failures=total,
            previous_failures=previous_failures,
            comparable=comparable,
            silent=silent,
            workloads=workloads,
            quality=quality,
        ),
        failures=total,
        previous_failures=previous_failures,
        comparable=comparable,
        silent=silent,
        workloads=workloads,
        episodes=int(frequency["episodes"].sum()),
        rows=rows,
        residual=Residual(
            rows=len(frequency) - len(rows), failures=total - sum(row.failures for row in rows)
        ),
        bucket_minutes=bucket_minutes,
        histogram=bars,
        gone=_gone(gone.head(top)),
        gone_residual=Residual(
            rows=len(gone.iloc[top:]), failures=int(gone["previous_failures"].iloc[top:].sum())
        ),
        daily=failures_by_day(daily, day_edges(window), window, catalogue=catalogue, spans=spans),
        messages=_message_groups(read),
        peak=max(bars, key=lambda bar: bar.failures) if total else None,
        quality=quality,
    )


def _clusters(
    points: pd.DataFrame, window: Window, exposed: Mapping[str, Exposure]
) -> tuple[str, ...]:
    """Return the clusters of which something is known: an event, or that there was none."""
    at = (points["time"] >= window.start) & (points["time"] < window.end)
    left_out = at & ~points["counted"]
    present = (occurrences_inside(POINTS.check(points), window) > 0) | left_out.to_numpy()
    watched = {name for name, exposure in exposed.items() if exposure.share}
    return tuple(sorted(watched | set(points["cluster"][present].astype("str"))))


def _previous_failures(parts: Parts, catalogue: Catalogue) -> int:
    return sum(
        int(occurrences_inside(failing(part, catalogue), period).sum()) for part, period in parts
    )


def _bucket_minutes(window: Window) -> int:
    # the extra hour is the one that a window over the end of summer time has
    if window.hours <= 3 * 24 + 1:
        return 60
    return 6 * 60 if window.hours <= 14 * 24 + 1 else 24 * 60


def _bars(histogram: pd.DataFrame, window: Window) -> tuple[Bar, ...]:
    columns = (histogram["start"], histogram["end"], histogram["failures"])
    return tuple(
        Bar(start=_local(start, window), end=_local(end, window), failures=int(failures))
        for start, end, failures in zip(*columns, strict=True)
    )


def _compared(
    points: pd.DataFrame,
    baseline: Parts,
    window: Window,
    catalogue: Catalogue,
    covered: set[str],
    known: set[str],
    exposed: Mapping[str, Exposure],
) -> pd.DataFrame:
    """Return TRENDS; ``previous_failures`` is missing where the cluster is not among *known*."""
    found = compare_episodes(
        episodes(points, window, catalogue=catalogue),
        pd.concat([episodes(part, period, catalogue=catalogue) for part, period in baseline]),
        window,
        by=PROBLEM,
        covered=covered,
        exposed=exposed,
    )
    unknown = ~found["cluster"].isin(list(known))
    counts = found["previous_failures"].astype("Int64").mask(unknown)
    return found.assign(previous_failures=counts)


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
    messages: ReadMessages, shown: pd.DataFrame, catalogue: Catalogue
) -> pd.DataFrame:
    if shown.empty:
        return MESSAGES.empty()
    read = MESSAGES.check(messages(shown[list(PROBLEM)]))
    return read[(catalogue.classify(read) == "failure").to_numpy()]


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
    failures: pd.DataFrame,
    shown: pd.DataFrame,
    window: Window,
    bucket_minutes: int,
    catalogue: Catalogue,
    read: pd.DataFrame,
) -> tuple[Row, ...]:
    keys = shown[list(PROBLEM)]
    latest = _by_problem(read.drop_duplicates(list(PROBLEM)), "message")
    sparklines = _sparklines(failures, keys, window, bucket_minutes, catalogue)
    firing_since = window.end - STILL_FIRING
    return tuple(
        Row(
            cluster=found["cluster"],
            namespace=found["namespace"],
            kind=found["workload_kind"],
            name=found["workload"],
            reason=found["reason"],
            failures=int(found["failures"]),
            share=float(found["share"]),
            episodes=int(found["episodes"]),
            objects=int(found["objects"]),
            first=_local(found["first"], window),
            last=_local(found["last"], window),
            rate_per_hour=float(found["rate_per_hour"]),
            still_firing=bool(found["last"] >= firing_since),
            sparkline=sparklines[tuple(found[key] for key in PROBLEM)],
            message=latest.get(tuple(found[key] for key in PROBLEM), ""),
            kubectl="",
            trend=found["verdict"],
            previous_failures=_known(found["previous_failures"]),
        )
        for found in shown.to_dict("records")
    )


def _sparklines(
    failures: pd.DataFrame,
    keys: pd.DataFrame,
    window: Window,
    bucket_minutes: int,
    catalogue: Catalogue,
) -> dict[tuple[str, ...], tuple[int, ...]]:
    groups = group(failures, PROBLEM)
    shown = groups.keys.reset_index().merge(keys, on=list(PROBLEM))["index"]
    histogram = time_histogram(
        failures[np.isin(groups.number, shown)],
        window,
        width_minutes=bucket_minutes,
        by=PROBLEM,
        catalogue=catalogue,
    )
    lines = histogram.groupby(list(PROBLEM))["failures"].agg(tuple).reset_index()
    return _by_problem(lines, "failures")


def _by_problem(frame: pd.DataFrame, value: str) -> dict[tuple[str, ...], Any]:
    keys = frame[list(PROBLEM)].astype("str").itertuples(index=False, name=None)
    return dict(zip(keys, frame[value], strict=True))


def _local(moment: pd.Timestamp, window: Window) -> datetime:
    return moment.to_pydatetime().astimezone(window.zone)


def _known(count: Any) -> int | None:
    return None if pd.isna(count) else int(count)
