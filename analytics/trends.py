"""What is new, worse, better or gone, against the period before and the same weekdays before it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np
import pandas as pd

from analytics.catalogue import Catalogue
from analytics.changes import clocks_of, compare_counted
from analytics.comparison import VERDICTS
from analytics.exposure import LEAST_BASELINE_SHARE, Exposure, since_began
from analytics.frames import POINTS
from analytics.grouping import PROBLEM, failing, group
from analytics.key_counts import count_keys, failing_keys
from analytics.source import PointSource
from analytics.spread import first_in, microsecond, microseconds, occurrences_before
from analytics.window import Window

__all__ = [
    "VERDICTS",
    "clusters_inside",
    "covered_clusters",
    "covered_weeks",
    "known_before",
    "trends",
]

LEAST_COVERED_SHARE = 0.95


def trends(
    points: pd.DataFrame,
    previous_points: pd.DataFrame,
    window: Window,
    *,
    by: Sequence[str] = PROBLEM,
    catalogue: Catalogue | None = None,
    covered: Collection[str] | None = None,
    exposed: Mapping[str, Exposure] | None = None,
    baseline_points: pd.DataFrame | None = None,
    weeks_covered: Sequence[Collection[str]] | None = None,
) -> pd.DataFrame:
    """Compare each group with the period before and with the same weekday of four weeks.

    Parameters
    ----------
    points
        POINTS contract, every meaning, all that may have an occurrence in *window*. Only counted
        points that *catalogue* calls failures are compared; the others tell what was covered.
    previous_points
        The same for ``window.previous()``.
    window
        The period.
    by
        Columns of POINTS.
    catalogue
        ``None`` takes the one that comes with the package.
    covered
        Clusters for which both periods can be compared. ``None`` takes those of `covered_clusters`.
        Without ``cluster`` among *by*, every cluster seen in the two periods has to be covered.
    exposed
        How long each cluster was watched, from `exposure.exposures` with
        ``weeks=window.baseline()``; other clusters count as watched all the time. Used only with
        ``cluster`` among *by*: without it, clusters that were not watched all the time are not
        covered.
    baseline_points
        The same for ``window.baseline()`` and ``window.earlier()``, from the first start of these
        to the last end, also what *previous_points* holds of it. ``None`` compares with the
        previous period alone.
    weeks_covered
        Clusters for which each of ``window.baseline()`` can be compared. ``None`` takes those of
        `covered_weeks`.

    Returns
    -------
    pd.DataFrame
        TRENDS contract after the columns *by*: one row a group with a failure in the window or the
        previous period, most failures now first, ties by failures before and then by the columns
        *by*. ``ratio`` is that of the failures per hour, NaN without failures before.
        ``weekday_failures`` and ``weekday_episodes`` are the mean of the covered weeks, for as
        many watched hours as the window has, NaN without a covered week. ``baseline`` names what
        there is to compare with, ``weeks`` how many of the four weeks. ``p_value`` and
        ``q_value`` are NaN where nothing was tested. ``verdict`` is

        - *new*: failures now, none in the previous period, none known in the four weeks before
        - *regressed*: failures now, none in the previous period, some in the four weeks before
        - *gone*: failures in the previous period, none now
        - *rising*, *falling*: the episodes changed against both baselines, with ``q_value`` of at
          most 0.05, and the failures per hour changed in the same direction
        - *steady*: neither of the two, and the failures per hour changed less than twofold
          against at least one baseline with 6 episodes in both together: 42 after 5 in a few
          bursts are not proved to be more, but are not steady
        - *insufficient*: anything else, as a cluster without a covered baseline, *new* or
          *regressed* without a covered previous period, fewer than 6 episodes, or no failures now
          in a cluster that was not watched all the time: nobody knows that they are gone

    Raises
    ------
    FrameError
        A column is missing or has another dtype.

    Notes
    -----
    Tested are episodes, not failures: one crash loop is many failures and one problem. Given the
    n = k1 + k0 episodes of the window and a baseline of h1 and h0 hours, k1 is binomial with
    p = h1 / (h1 + h0) where the rate did not change (the exact conditional test of two Poisson
    rates, Przyborowski and Wilenski 1940). Where a cluster was not watched all the time, h1 and h0
    are the watched hours, and k1, k0 and ``ratio`` leave out episodes that began in the hours
    between: their number is not known.

    Episodes come in bursts, which this test takes for a change. Against the previous period k1 and
    k0 are divided by their dispersion (`burstiness.dispersion`). Against the weeks, taken
    together, what days differ without a cause comes in (`day_to_day.variation_weights` and
    ``varied_tails``); where only one week is covered, the dispersion instead. Neither ever lowers
    a p-value.

    A change is one only if it is so against both baselines: the one-sided p-value is the larger of
    the two (intersection-union test, Berger 1982), ``p_value`` twice the smaller side, at most 1.
    So neither a Monday after a Sunday is rising nor a level that was reached days ago. Where one
    baseline is not covered, the other decides alone. ``q_value`` is that of Benjamini and Hochberg
    (1995) over all rows that are tested.

    Examples
    --------
    >>> day = Window.daily(pd.Timestamp("2026-11-22T08:00Z").to_pydatetime(), "UTC")
    >>> trends(POINTS.empty(), POINTS.empty(), day, by=("reason",)).columns.tolist()[:3]
    ['reason', 'failures', 'previous_failures']
    """
    exposed, catalogue = exposed or {}, catalogue or Catalogue.load()
    if covered is None:
        covered = covered_clusters(points, previous_points, window, exposed=exposed)
    loaded = POINTS.empty() if baseline_points is None else baseline_points
    if weeks_covered is None:
        weeks_covered = covered_weeks(points, loaded, window, exposed=exposed)
    if "cluster" not in by:
        covered, weeks_covered = _all_or_none(
            points, previous_points, loaded, window, exposed, covered, weeks_covered
        )
    windows = [window, window.previous(), *window.baseline()]
    frames = [points, previous_points, *(loaded for _ in windows[2:])]
    sources = [PointSource(failing(frame, catalogue), by=by) for frame in frames[:3]]
    sources += [sources[2]] * (len(windows) - 3)
    began = {name: one.began for name, one in exposed.items()}
    counted = [
        count_keys(source, [one], catalogue, since=[since])[0]
        for source, one, since in zip(
            sources, windows, [{}, *(began for _ in windows[1:])], strict=True
        )
    ]
    return compare_counted(
        sources,
        counted,
        by=by,
        covered=[covered, *weeks_covered],
        clocks=clocks_of(exposed, len(windows)),
        known=failing_keys(sources[2], window.earlier(), catalogue, began),
        unseen=[name for name, one in exposed.items() if not one.whole],
    )


def _all_or_none(
    points: pd.DataFrame,
    previous_points: pd.DataFrame,
    loaded: pd.DataFrame,
    window: Window,
    exposed: Mapping[str, Exposure],
    covered: Collection[str],
    weeks_covered: Sequence[Collection[str]],
) -> tuple[set[str], list[set[str]]]:
    """Return "" for each period of which all clusters that were seen can be compared."""
    parts = since_began(previous_points, window.previous(), exposed)
    weeks = [since_began(loaded, week, exposed) for week in window.baseline()]
    seen = clusters_inside(points, window) | known_before(parts, exposed)
    partly = {name for name, known in exposed.items() if not _always(known)}
    before = {""} if seen <= set(covered) - partly else set()
    return before, [
        {""} if seen.union(*(clusters_inside(*part) for part in week)) <= whole else set()
        for week, whole in zip(weeks, _whole_weeks(weeks_covered, exposed), strict=True)
    ]


def covered_clusters(
    points: pd.DataFrame,
    previous_points: pd.DataFrame,
    window: Window,
    *,
    known_before: Collection[str] = (),
    exposed: Mapping[str, Exposure] | None = None,
) -> set[str]:
    """Return the clusters for which *window* can be compared with the period before.

    Parameters
    ----------
    points, previous_points
        POINTS contract, every meaning, of *window* and of ``window.previous()``.
    window
        The period.
    known_before
        Clusters that are known to have data from before the previous period.
    exposed
        How long each cluster was watched, from `exposure.exposures`.

    Returns
    -------
    set of str
        Files and webhooks cannot prove that a cluster was watched, so the span of its data stands
        in: it has to reach over at least 95 % of the previous period and into the window. Of a
        cluster that was watched, at least 80 % of the previous period and some of the window has
        to be.

    Raises
    ------
    FrameError
        A column is missing or has another dtype.
    """
    previous = window.previous()
    reached = set(known_before)
    clusters = group(POINTS.check(previous_points), ("cluster",))
    first = microseconds(first_in(previous_points, previous))
    missing = np.iinfo(np.int64).min
    latest = previous.start + (previous.end - previous.start) * (1 - LEAST_COVERED_SHARE)
    inside = (first != missing) & (first <= microsecond(latest))
    reached |= set(clusters.keys["cluster"].iloc[np.unique(clusters.number[inside])])
    watched = exposed or {}
    imported = (reached & clusters_inside(points, window)) - set(watched)
    return imported | {name for name, exposure in watched.items() if exposure.has_baseline}


def covered_weeks(
    points: pd.DataFrame,
    baseline_points: pd.DataFrame,
    window: Window,
    *,
    known_before: Collection[str] = (),
    exposed: Mapping[str, Exposure] | None = None,
) -> tuple[set[str], ...]:
    """Return for each of ``window.baseline()`` the clusters for which it can be compared.

    Parameters
    ----------
    points, baseline_points
        POINTS contract, every meaning, as for `trends`.
    window
        The period.
    known_before
        Clusters that are known to have data from before all of *baseline_points*.
    exposed
        How long each cluster was watched, from `exposure.exposures` with
        ``weeks=window.baseline()``; without these, no week of a watched cluster is covered.

    Returns
    -------
    tuple of set of str
        As in `covered_clusters`: of a cluster that was watched, at least 80 % of that week and
        some of the window has to be. The data of a cluster that was only imported have to begin
        before 5 % of that week is over, and to reach into the window.

    Raises
    ------
    FrameError
        A column is missing or has another dtype.
    """
    watched, weeks = exposed or {}, window.baseline()
    since = min(window.earlier().start, weeks[-1].start)
    first = first_in(POINTS.check(baseline_points), Window(since, window.start, window.timezone))
    first = first.groupby(baseline_points["cluster"].astype("str")).min().dropna()
    imported = clusters_inside(points, window) - set(watched)
    found = []
    for number, week in enumerate(weeks):
        latest = week.start + (week.end - week.start) * (1 - LEAST_COVERED_SHARE)
        reached = {str(name) for name in first.index[first <= latest]} | set(known_before)
        enough = {
            name
            for name, one in watched.items()
            if one.share > 0 and one.week_shares[number : number + 1] >= (LEAST_BASELINE_SHARE,)
        }
        found.append((reached & imported) | enough)
    return tuple(found)


def clusters_inside(points: pd.DataFrame, window: Window) -> set[str]:
    """Return the clusters with a counted occurrence of any meaning inside *window*."""
    inside = occurrences_before(points, window.end) > occurrences_before(points, window.start)
    return set(points["cluster"][inside].astype("str").unique())


def known_before(
    baseline: Sequence[tuple[pd.DataFrame, Window]], exposed: Mapping[str, Exposure]
) -> set[str]:
    """Return the clusters with an occurrence in the period before, or watched well enough in it.

    Parameters
    ----------
    baseline
        POINTS and their part of the period before, from `exposure.since_began`.
    exposed
        From `exposure.exposures`.
    """
    watched = {name for name, exposure in exposed.items() if exposure.has_baseline}
    return watched.union(*(clusters_inside(part, period) for part, period in baseline))


def _always(known: Exposure) -> bool:
    return known.whole and known.previous_share >= LEAST_COVERED_SHARE


def _whole_weeks(
    weeks_covered: Sequence[Collection[str]], exposed: Mapping[str, Exposure]
) -> list[set[str]]:
    """Take away the clusters that were not watched all through the window or that week."""
    return [
        {
            name
            for name in clusters
            if name not in exposed
            or (exposed[name].whole and exposed[name].week_shares[number] >= LEAST_COVERED_SHARE)
        }
        for number, clusters in enumerate(weeks_covered)
    ]
