"""What is new, worse, better or gone, against the period before."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from analytics.catalogue import Catalogue
from analytics.episodes import episodes
from analytics.exposure import Exposure, Watched, since_began
from analytics.frames import EPISODES, POINTS, TRENDS
from analytics.grouping import PROBLEM, group
from analytics.significance import exact_p_value, false_discovery_rates
from analytics.spread import Integers, first_in, microsecond, microseconds, occurrences_before
from analytics.window import Window

Flags = npt.NDArray[np.bool_]

VERDICTS = ("new", "regressed", "rising", "gone", "falling", "steady", "insufficient")

LEAST_EPISODES = 6  # the fewest of which an even split can be told from chance: 2 * 0.5**6 < 0.05
MAX_FALSE_DISCOVERIES = 0.05
LEAST_COVERED_SHARE = 0.95
STEADY_RATIO = 3.0  # the ratio of failures up to which a row without a proven change is steady
SLOTS = 6  # of a period, to see how bursty the episodes are


def trends(
    points: pd.DataFrame,
    previous_points: pd.DataFrame,
    window: Window,
    *,
    by: Sequence[str] = PROBLEM,
    catalogue: Catalogue | None = None,
    covered: Collection[str] | None = None,
    baseline: pd.DataFrame | None = None,
    exposed: Mapping[str, Exposure] | None = None,
) -> pd.DataFrame:
    """Compare each group with the period before.

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
    baseline
        Groups (columns *by*) that failed in the weeks before the previous period. A group among
        them that comes back is "regressed"; ``None`` knows no such group.
    exposed
        How long each cluster was watched, from `exposure.exposures`; other clusters count as
        watched all the time. Used only with ``cluster`` among *by*: without it, clusters that
        were not watched all the time are not covered.

    Returns
    -------
    pd.DataFrame
        TRENDS contract after the columns *by*: one row a group with a failure in either period,
        most failures now first, ties by failures before and then by the columns *by*. ``ratio``
        is that of the failures per hour, NaN without failures before. ``p_value`` and ``q_value``
        are NaN where nothing was tested. ``verdict`` is

        - *new*: failures now, none before; *regressed* where *baseline* has the group
        - *gone*: failures before, none now
        - *rising*, *falling*: the episodes changed, with ``q_value`` of at most 0.05, and the
          failures per hour changed in the same direction
        - *steady*: tested, neither of the two, and the failures per hour changed less than
          threefold: 42 after 5 in a few bursts are not proved to be more, but are not steady
        - *insufficient*: anything else, as a cluster that is not covered, fewer than 6 episodes
          in both periods together, or no failures now in a cluster that was not watched all the
          time: nobody knows that they are gone

    Raises
    ------
    FrameError
        A column is missing or has another dtype.

    Notes
    -----
    Tested are episodes, not failures: one crash loop is many failures and one problem. Given the
    n = k1 + k0 episodes of the two periods of h1 and h0 hours, k1 is binomial with
    p = h1 / (h1 + h0) where the rate did not change; ``p_value`` is twice the smaller tail, at
    most 1 (the exact conditional test of two Poisson rates, Przyborowski and Wilenski 1940).
    Where a cluster was not watched all the time, h1 and h0 are the watched hours, and k1, k0 and
    ``ratio`` leave out episodes that began in the hours between: their number is not known.

    Episodes come in bursts too, which a test of Poisson rates would take for a change. So k1 and
    k0 are first divided by their dispersion, where that is above 1, and rounded: by Pearson's
    chi-square of the episodes in the 6 equal slots of each period around that period's own mean,
    per degree of freedom (quasi-Poisson, McCullagh and Nelder 1989, 6.2.3). What changed from
    one period to the other does not count as dispersion.

    ``q_value`` is that of Benjamini and Hochberg (1995) over all rows that are tested.

    Examples
    --------
    >>> day = Window.daily(pd.Timestamp("2026-11-22T08:00Z").to_pydatetime(), "UTC")
    >>> trends(POINTS.empty(), POINTS.empty(), day, by=("reason",)).columns.tolist()[:3]
    ['reason', 'failures', 'previous_failures']
    """
    if covered is None:
        covered = covered_clusters(points, previous_points, window, exposed=exposed)
    baseline_parts = since_began(previous_points, window.previous(), exposed or {})
    if "cluster" not in by:
        seen = clusters_inside(points, window) | known_before(baseline_parts, exposed or {})
        partly = {name for name, known in (exposed or {}).items() if not _always(known)}
        covered = {""} if seen <= set(covered) - partly else set()
    return compare(
        episodes(points, window, by=by, catalogue=catalogue),
        pd.concat([episodes(*part, by=by, catalogue=catalogue) for part in baseline_parts]),
        window,
        by=by,
        covered=covered,
        baseline=baseline,
        exposed=exposed,
    )


def compare(
    found: pd.DataFrame,
    previous: pd.DataFrame,
    window: Window,
    *,
    by: Sequence[str],
    covered: Collection[str],
    baseline: pd.DataFrame | None = None,
    exposed: Mapping[str, Exposure] | None = None,
) -> pd.DataFrame:
    """Do what `trends` does, from the episodes of the two periods.

    Parameters
    ----------
    found, previous
        EPISODES contract after the columns *by*, of *window* and of ``window.previous()``.
    window, by, baseline, exposed
        As for `trends`.
    covered
        Clusters that are covered; without ``cluster`` among *by* it holds "" where all are.

    Returns
    -------
    pd.DataFrame
        TRENDS contract.
    """
    before = window.previous()
    known = exposed if exposed and "cluster" in by else {}
    clocks = {name: exposure.now for name, exposure in known.items()}
    previous_clocks = {name: exposure.before for name, exposure in known.items()}
    compared = _both(
        _counts(found, window, by, clocks),
        _counts(previous, before, by, previous_clocks),
        list(by),
    )
    cluster = compared["cluster"] if "cluster" in by else pd.Series("", index=compared.index)
    hours = _hours(cluster, clocks, window)
    previous_hours = _hours(cluster, previous_clocks, before)
    compared["ratio"] = _ratio(compared, hours, previous_hours)
    compared["share"] = hours / (hours + previous_hours)
    comparable = cluster.isin(list(covered)).to_numpy(dtype=bool)
    enough = compared["seen_episodes"] + compared["previous_seen_episodes"] >= LEAST_EPISODES
    p_value = _p_values(compared).where(comparable & enough)
    unfinished = [name for name, exposure in known.items() if not exposure.whole]
    unseen = cluster.isin(unfinished) & (compared["failures"] == 0)
    compared = compared.assign(p_value=p_value, q_value=_q_values(p_value))
    regressed = _among(compared, baseline, list(by))
    compared["verdict"] = _verdicts(compared, comparable & ~unseen.to_numpy(), regressed)
    columns = [*by, *(column.name for column in TRENDS.columns)]
    return TRENDS.check(compared[columns])


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


def _counts(
    found: pd.DataFrame, window: Window, by: Sequence[str], clocks: Mapping[str, Watched]
) -> pd.DataFrame:
    """Return failures and episodes of each group, and what of them was seen while watched."""
    EPISODES.check(found)
    groups = group(found, by)
    slot = _slots(found, window, clocks)
    seen = slot >= 0
    cells = np.zeros((len(groups.keys), SLOTS), dtype=np.int64)
    np.add.at(cells, (groups.number[seen], slot[seen]), 1)
    failures = found["failures"].to_numpy()
    mean = cells.mean(axis=1)
    squares = ((cells - mean[:, None]) ** 2).sum(axis=1)
    return groups.keys.assign(
        failures=_summed(groups.number, failures, len(cells)),
        episodes=_summed(groups.number, 1, len(cells)),
        seen_failures=_summed(groups.number, failures * seen, len(cells)),
        seen_episodes=cells.sum(axis=1),
        chi_square=squares / np.where(mean > 0, mean, 1),
    )


def _summed(number: Integers, values: Integers | int, groups: int) -> Integers:
    total = np.zeros(groups, dtype=np.int64)
    np.add.at(total, number, values)
    return total


def _slots(found: pd.DataFrame, window: Window, clocks: Mapping[str, Watched]) -> Integers:
    """Return the slot of watched time in which each episode began, -1 where nobody watched."""
    start = microseconds(found["start"])
    slot = Watched.all_of(window).slots(start, SLOTS)
    for name, clock in clocks.items():
        of_cluster = (found["cluster"] == name).to_numpy()
        slot[of_cluster] = clock.slots(start[of_cluster], SLOTS)
    return slot


def _hours(cluster: pd.Series, clocks: Mapping[str, Watched], window: Window) -> pd.Series:
    hours = {name: clock.hours for name, clock in clocks.items()}
    return cluster.astype("object").map(hours).astype("float64").fillna(window.hours)


def _ratio(compared: pd.DataFrame, hours: pd.Series, previous_hours: pd.Series) -> pd.Series:
    rate = compared["seen_failures"] / hours
    previous_rate = compared["previous_seen_failures"] / previous_hours
    return rate / previous_rate.where(previous_rate > 0)


def _always(known: Exposure) -> bool:
    return known.whole and known.previous_share >= LEAST_COVERED_SHARE


def _both(now: pd.DataFrame, previous: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    figures = ("failures", "episodes", "seen_failures", "seen_episodes", "chi_square")
    names = {name: f"previous_{name}" for name in figures}
    before = previous.rename(columns=names)
    joined = now.merge(before, on=by, how="outer") if by else now.join(before, how="outer")
    counts = [*names, *names.values()]
    joined[counts] = joined[counts].fillna(0)
    whole = [name for name in counts if "chi_square" not in name]
    found = joined.astype(dict.fromkeys(whole, "int64"))
    found = found[(found["failures"] > 0) | (found["previous_failures"] > 0)]
    ascending = [False, False, *(True for _ in by)]
    order = ["failures", "previous_failures", *by]
    return found.sort_values(order, ascending=ascending).reset_index(drop=True)


def _p_values(compared: pd.DataFrame) -> pd.Series:
    counts = ("seen_episodes", "previous_seen_episodes")
    periods = (compared[list(counts)] > 0).sum(axis=1)
    chi_square = compared["chi_square"] + compared["previous_chi_square"]
    # a row with no episode that was seen has no period to be dispersed over
    dispersion = (chi_square / ((SLOTS - 1) * periods).clip(lower=1)).clip(lower=1.0)
    bursts, previous_bursts = (
        (compared[name] / dispersion).round().to_numpy(dtype=np.int64) for name in counts
    )
    share = compared["share"].to_numpy(dtype=np.float64)
    p_value = exact_p_value(bursts, previous_bursts, share)
    return pd.Series(p_value, index=compared.index)


def _q_values(p_value: pd.Series) -> pd.Series:
    tested = p_value.dropna()
    return pd.Series(false_discovery_rates(tested.to_numpy()), index=tested.index).reindex(
        p_value.index
    )


def _among(compared: pd.DataFrame, baseline: pd.DataFrame | None, by: list[str]) -> Flags:
    if baseline is None or not by:
        return np.zeros(len(compared), dtype=bool)
    known = pd.MultiIndex.from_frame(baseline[by].astype("str"))
    return pd.MultiIndex.from_frame(compared[by].astype("str")).isin(known)


def _verdicts(compared: pd.DataFrame, comparable: Flags, known: Flags) -> pd.Series:
    now, before = compared["failures"] > 0, compared["previous_failures"] > 0
    sure = compared["q_value"] <= MAX_FALSE_DISCOVERIES
    episodes_now = compared["seen_episodes"]
    expected = compared["share"] * (episodes_now + compared["previous_seen_episodes"])
    rules = {
        "insufficient": ~comparable,
        "regressed": now & ~before & known,
        "new": now & ~before,
        "gone": before & ~now,
        "rising": sure & (episodes_now > expected) & (compared["ratio"] > 1),
        "falling": sure & (episodes_now < expected) & (compared["ratio"] < 1),
        "steady": compared["q_value"].notna()
        & compared["ratio"].between(1 / STEADY_RATIO, STEADY_RATIO),
    }
    conditions = [np.asarray(rule, dtype=bool) for rule in rules.values()]
    chosen = np.select(conditions, [np.array(name) for name in rules], np.array("insufficient"))
    return pd.Series(chosen, index=compared.index, dtype="str")
