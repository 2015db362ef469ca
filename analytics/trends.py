"""What is new, worse, better or gone, against the period before."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from analytics.catalogue import Catalogue
from analytics.episodes import episodes
from analytics.frames import EPISODES, POINTS, TRENDS
from analytics.grouping import PROBLEM, group
from analytics.spread import Integers, first_in, microsecond, microseconds, occurrences_before
from analytics.window import Window

Floats = npt.NDArray[np.float64]
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
          threefold: 42 after 5 in a few bursts are not proven to be more, but are not steady
        - *insufficient*: anything else, as a cluster that is not covered, or fewer than 6 episodes
          in both periods together

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
        covered = covered_clusters(points, previous_points, window)
    before = window.previous()
    if "cluster" not in by:
        seen = clusters_inside(points, window) | clusters_inside(previous_points, before)
        covered = {""} if seen <= set(covered) else set()
    return compare(
        episodes(points, window, by=by, catalogue=catalogue),
        episodes(previous_points, before, by=by, catalogue=catalogue),
        window,
        by=by,
        covered=covered,
        baseline=baseline,
    )


def compare(
    found: pd.DataFrame,
    previous: pd.DataFrame,
    window: Window,
    *,
    by: Sequence[str],
    covered: Collection[str],
    baseline: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Do what `trends` does, from the episodes of the two periods.

    Parameters
    ----------
    found, previous
        EPISODES contract after the columns *by*, of *window* and of ``window.previous()``.
    window, by, baseline
        As for `trends`.
    covered
        Clusters that are covered; without ``cluster`` among *by* it holds "" where all are.

    Returns
    -------
    pd.DataFrame
        TRENDS contract.
    """
    before = window.previous()
    compared = _both(_counts(found, window, by), _counts(previous, before, by), list(by))
    rate = compared["failures"] / window.hours
    previous_rate = compared["previous_failures"] / before.hours
    compared["ratio"] = rate / previous_rate.where(previous_rate > 0)
    cluster = compared["cluster"] if "cluster" in by else pd.Series("", index=compared.index)
    comparable = cluster.isin(list(covered)).to_numpy(dtype=bool)
    enough = compared["episodes"] + compared["previous_episodes"] >= LEAST_EPISODES
    share = window.hours / (window.hours + before.hours)
    p_value = _p_values(compared, share).where(comparable & enough)
    known = _among(compared, baseline, list(by))
    compared = compared.assign(p_value=p_value, q_value=_q_values(p_value))
    compared["verdict"] = _verdicts(compared, comparable, known, share)
    columns = [*by, *(column.name for column in TRENDS.columns)]
    return TRENDS.check(compared[columns])


def exact_p_value(
    episodes: Integers,
    previous_episodes: Integers,
    share: float,
) -> Floats:
    """Return the two-sided p-value of the exact conditional test of two Poisson rates.

    Parameters
    ----------
    episodes, previous_episodes
        Counts of the two periods.
    share
        Of the hours of both periods that lie in the first. [0..1]

    Examples
    --------
    >>> exact_p_value(np.array([14]), np.array([4]), 0.5).round(3)
    array([0.031])
    """
    # half a second to load, which commands that test nothing should not pay
    from scipy.special import bdtr, bdtrc  # type: ignore[import-untyped]

    both = episodes + previous_episodes
    lower = bdtr(episodes, both, share)
    upper = bdtrc(episodes - 1, both, share)
    both_sides: Floats = np.minimum(1.0, 2 * np.minimum(lower, upper))
    return both_sides


def false_discovery_rates(p_values: Floats) -> Floats:
    """Return the q-value of each p-value (Benjamini and Hochberg 1995).

    Parameters
    ----------
    p_values
        Of all tests that were made, in any order, none of them missing. [0..1]

    Returns
    -------
    array of float
        For the k-th smallest of m p-values the least of ``p * m / j`` over the j-th smallest,
        j from k to m, in the order of *p_values*; empty for none. [0..1]

    Examples
    --------
    >>> false_discovery_rates(np.array([0.03, 0.01, 0.02, 0.8])).round(3).tolist()
    [0.04, 0.04, 0.04, 0.8]
    """
    largest_first = np.argsort(p_values)[::-1]
    ranks = np.arange(len(p_values), 0, -1)
    adjusted: Floats = np.empty(len(p_values), dtype=np.float64)
    adjusted[largest_first] = np.minimum.accumulate(p_values[largest_first] * len(p_values) / ranks)
    return adjusted


def covered_clusters(
    points: pd.DataFrame,
    previous_points: pd.DataFrame,
    window: Window,
    *,
    known_before: Collection[str] = (),
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

    Returns
    -------
    set of str
        Files and webhooks cannot prove that a cluster was watched, so the span of its data stands
        in: it has to reach over at least 95 % of the previous period and into the window.

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
    return reached & clusters_inside(points, window)


def clusters_inside(points: pd.DataFrame, window: Window) -> set[str]:
    """Return the clusters with a counted occurrence of any meaning inside *window*."""
    inside = occurrences_before(points, window.end) > occurrences_before(points, window.start)
    return set(points["cluster"][inside].astype("str").unique())


def _counts(found: pd.DataFrame, window: Window, by: Sequence[str]) -> pd.DataFrame:
    """Return, for each group, failures, episodes, and the chi-square of episodes per slot."""
    EPISODES.check(found)
    groups = group(found, by)
    width = (window.end - window.start) / SLOTS
    slot = ((found["start"] - window.start) // width).to_numpy(dtype=np.int64)
    cells = np.zeros((len(groups.keys), SLOTS), dtype=np.int64)
    np.add.at(cells, (groups.number, slot), 1)
    failures = np.bincount(groups.number, weights=found["failures"], minlength=len(cells))
    mean = cells.mean(axis=1)
    squares = ((cells - mean[:, None]) ** 2).sum(axis=1)
    return groups.keys.assign(
        failures=failures.astype(np.int64),
        episodes=cells.sum(axis=1),
        chi_square=squares / np.where(mean > 0, mean, 1),
    )


def _both(now: pd.DataFrame, previous: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    names = {name: f"previous_{name}" for name in ("failures", "episodes", "chi_square")}
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


def _p_values(compared: pd.DataFrame, share: float) -> pd.Series:
    periods = (compared["episodes"] > 0).astype(int) + (compared["previous_episodes"] > 0)
    chi_square = compared["chi_square"] + compared["previous_chi_square"]
    dispersion = (chi_square / ((SLOTS - 1) * periods)).clip(lower=1.0)
    bursts, previous_bursts = (
        (compared[name] / dispersion).round().to_numpy(dtype=np.int64)
        for name in ("episodes", "previous_episodes")
    )
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


def _verdicts(compared: pd.DataFrame, comparable: Flags, known: Flags, share: float) -> pd.Series:
    now, before = compared["failures"] > 0, compared["previous_failures"] > 0
    sure = compared["q_value"] <= MAX_FALSE_DISCOVERIES
    expected = share * (compared["episodes"] + compared["previous_episodes"])
    rules = {
        "insufficient": ~comparable,
        "regressed": now & ~before & known,
        "new": now & ~before,
        "gone": before & ~now,
        "rising": sure & (compared["episodes"] > expected) & (compared["ratio"] > 1),
        "falling": sure & (compared["episodes"] < expected) & (compared["ratio"] < 1),
        "steady": compared["q_value"].notna()
        & compared["ratio"].between(1 / STEADY_RATIO, STEADY_RATIO),
    }
    conditions = [np.asarray(rule, dtype=bool) for rule in rules.values()]
    chosen = np.select(conditions, [np.array(name) for name in rules], np.array("insufficient"))
    return pd.Series(chosen, index=compared.index, dtype="str")
