"""Verdicts on groups, from what was counted of them in the window and in earlier periods."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from analytics.burstiness import dispersion, positions
from analytics.day_to_day import LEAST_PERIODS, variation_weights, varied_tails
from analytics.exposure import Watched
from analytics.frames import PERIOD_COUNTS, TRENDS
from analytics.grouping import group
from analytics.significance import Flags, Floats, exact_tails, false_discovery_rates
from analytics.spread import Integers
from analytics.window import Window

VERDICTS = ("new", "regressed", "rising", "gone", "falling", "steady", "insufficient")

LEAST_EPISODES = 6  # the fewest of which an even split can be told from chance: 2 * 0.5**6 < 0.05
MAX_FALSE_DISCOVERIES = 0.05
CANDIDATE_P_VALUE = MAX_FALSE_DISCOVERIES  # rows above it are no discovery whatever is added
STEADY_RATIO = 2.0  # the ratio of failures up to which a row without a proven change is steady
WEEK_HOURS = 7 * 24 + 1  # the extra hour is the one at the end of summer time
BASELINES = np.array(["none", "previous", "weeks", "both"])
FIGURES = tuple(column.name for column in PERIOD_COUNTS.columns)


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """What was counted in one period, and how well it is known."""

    window: Window
    counts: pd.DataFrame
    """PERIOD_COUNTS contract after the columns to group by; any order, no group twice."""
    covered: Collection[str] = ()
    """Clusters of which this period can be compared with the window; not used of the window
    itself. Without ``cluster`` among the columns, "" where that is so of all clusters."""
    clocks: Mapping[str, Watched] = field(default_factory=dict)
    """When clusters were watched; the others count as watched all the time."""


@dataclass(frozen=True, slots=True, eq=False)
class _Table:
    """One row a group; in two dimensions one column a period: the window, previous, weeks."""

    keys: pd.DataFrame
    figures: Mapping[str, Integers]
    hours: Floats
    usable: Flags

    @property
    def now(self) -> Integers:
        seen: Integers = self.figures["seen_episodes"][:, 0]
        return seen

    def shown(self) -> Flags:
        """Tell which groups failed in the window or the previous period."""
        failed: Flags = self.figures["failures"][:, :2].sum(axis=1) > 0
        return failed

    @property
    def weeks(self) -> Integers:
        covered: Integers = self.usable[:, 2:].sum(axis=1)
        return covered

    def over_weeks(self, name: str) -> Integers:
        total: Integers = (self.figures[name] * self.usable)[:, 2:].sum(axis=1)
        return total

    def baselines(self) -> Flags:
        """Tell whether the previous period, and any week, can be compared."""
        return np.column_stack([self.usable[:, 1], self.weeks > 0])

    def before(self) -> Integers:
        """Return the episodes of the two baselines."""
        seen = self.figures["seen_episodes"]
        return np.column_stack([seen[:, 1], self.over_weeks("seen_episodes")])

    def baseline_lengths(self) -> Floats:
        """Return the watched hours of the two baselines in units of those of the window."""
        weeks = (self.hours * self.usable)[:, 2:].sum(axis=1)
        return np.column_stack([self.hours[:, 1], weeks]) / _positive(self.hours[:, :1])

    def references(self) -> Flags:
        """Tell from which periods to learn how days differ: the weeks.

        The previous period, which may be a Sunday before a Monday, stands in for a second week.
        """
        found = self.usable[:, 1:].copy()
        found[:, 0] &= self.weeks == 1
        return found

    def enough(self) -> Flags:
        """Tell whether there are episodes enough in the window and each of the two baselines."""
        found: Flags = (self.now[:, None] + self.before() >= LEAST_EPISODES) & self.baselines()
        return found

    def tested(self) -> Flags:
        """Tell which groups have a baseline, and episodes enough to compare with each."""
        baselines = self.baselines()
        found: Flags = baselines.any(axis=1) & (self.enough() == baselines).all(axis=1)
        return found

    def ratios(self) -> Floats:
        """Return the failures per hour over those of the two baselines."""
        failures = self.figures["seen_failures"]
        before = np.column_stack([failures[:, 1], self.over_weeks("seen_failures")])
        with np.errstate(divide="ignore", invalid="ignore"):
            ratios: Floats = failures[:, :1] * self.baseline_lengths() / before
        return ratios


@dataclass(frozen=True, slots=True, eq=False)
class _Tails:
    """One-sided p-values against the two baselines (columns); 0 where there is none."""

    upper: Floats
    lower: Floats

    def p_value(self) -> Floats:
        """Return the two-sided p-value of a change in the same direction against both."""
        one_sided = np.minimum(self.upper.max(axis=1), self.lower.max(axis=1))
        both_sides: Floats = np.minimum(1.0, 2 * one_sided)
        return both_sides


def compare(
    now: Period,
    previous: Period,
    weeks: Sequence[Period] = (),
    *,
    by: Sequence[str],
    blocks: pd.DataFrame,
    known: pd.DataFrame | None = None,
    unseen: Collection[str] = (),
) -> pd.DataFrame:
    """Do what `trends.trends` does, from grouped counts.

    Parameters
    ----------
    now, previous, weeks
        Of a window, of ``window.previous()``, and of ``window.baseline()`` as far as it is known.
    by
        The columns to group by.
    blocks
        EPISODE_BLOCKS contract after the columns *by*, of at least the groups that `candidates`
        returns: for the others no verdict depends on it.
    known
        Groups (columns *by*) that failed in ``window.earlier()``; others that failed in one of
        *weeks* count as known too. ``None`` adds no group.
    unseen
        Clusters that were not watched all through the window: no failure of theirs is gone.
        Without ``cluster`` among *by*, "" where there are any.

    Returns
    -------
    pd.DataFrame
        TRENDS contract after the columns *by*.

    Raises
    ------
    FrameError
        A column is missing or has another dtype, or a block lies outside its period.
    """
    periods = [now, previous, *weeks]
    table = _table(periods, by)
    tails = _refined(table, _plain(table), periods, blocks)
    p_value = np.where(table.tested(), tails.p_value(), np.nan)
    q_value = np.full(len(p_value), np.nan)
    is_known = table.figures["failures"][:, 2:].any(axis=1) | _among(table.keys, known)
    is_unseen = _clusters(table.keys).isin(list(unseen)).to_numpy()
    shown = table.shown()
    p_value[~shown] = np.nan
    tested = ~np.isnan(p_value)
    q_value[tested] = false_discovery_rates(p_value[tested])
    found = _described(table).assign(
        p_value=p_value,
        q_value=q_value,
        verdict=_verdicts(table, tails, q_value, is_known, is_unseen),
    )
    order = ["failures", "previous_failures", *by]
    ascending = [False, False, *(True for _ in by)]
    found = found[shown].sort_values(order, ascending=ascending).reset_index(drop=True)
    return TRENDS.check(found[[*by, *(column.name for column in TRENDS.columns)]])


def candidates(
    now: Period, previous: Period, weeks: Sequence[Period] = (), *, by: Sequence[str]
) -> pd.DataFrame:
    """Return the groups whose verdict may depend on how bursty their episodes are.

    Parameters
    ----------
    now, previous, weeks, by
        As for `compare`.

    Returns
    -------
    pd.DataFrame
        The columns *by* of the groups that change significantly (5 %) if every episode is taken
        to be independent; burstiness only raises p-values. Without *by*, one row without columns
        where that is so of the one group there is.
    """
    table = _table([now, previous, *weeks], by)
    found = table.tested() & table.shown() & (_plain(table).p_value() <= CANDIDATE_P_VALUE)
    return table.keys[found].reset_index(drop=True)


def _table(periods: Sequence[Period], by: Sequence[str]) -> _Table:
    names = [*by, *FIGURES]
    counts = [PERIOD_COUNTS.check(period.counts)[names] for period in periods]
    joined = pd.concat(counts, ignore_index=True)
    groups = group(joined, by)
    period = np.repeat(np.arange(len(periods)), [len(one) for one in counts])
    figures = {}
    for name in FIGURES:
        figures[name] = np.zeros((len(groups.keys), len(periods)), dtype=np.int64)
        np.add.at(figures[name], (groups.number, period), joined[name].to_numpy())
    cluster = _clusters(groups.keys)
    hours = np.column_stack([_hours(cluster, one) for one in periods])
    known = [cluster.isin(list(one.covered)).to_numpy() for one in periods[1:]]
    covered = np.column_stack([np.ones(len(cluster), dtype=bool), *known])
    return _Table(groups.keys, figures, hours, covered & (hours > 0) & (hours[:, :1] > 0))


def _clusters(keys: pd.DataFrame) -> pd.Series:
    if "cluster" in keys:
        return keys["cluster"].astype("object")
    return pd.Series("", index=keys.index, dtype="object")


def _hours(cluster: pd.Series, period: Period) -> Floats:
    watched = {name: clock.hours for name, clock in period.clocks.items()}
    hours = cluster.map(watched).astype("float64").fillna(period.window.hours)
    found: Floats = hours.to_numpy().astype(np.float64)
    return found


def _plain(table: _Table) -> _Tails:
    """Test both baselines as if every episode were independent, of the rows that are tested."""
    now, before = table.now[:, None].astype(np.float64), table.before().astype(np.float64)
    row, side = np.nonzero(table.baselines() & table.tested()[:, None])
    upper, lower = np.zeros_like(before), np.zeros_like(before)
    if len(row):
        share = 1 / (1 + table.baseline_lengths()[row, side])
        tails = exact_tails(now[row, 0], before[row, side], share)
        upper[row, side], lower[row, side] = tails
    return _Tails(upper, lower)


def _refined(
    table: _Table, plain: _Tails, periods: Sequence[Period], blocks: pd.DataFrame
) -> _Tails:
    """Test the candidates again, with burstiness and with what their days differ anyway."""
    chosen = np.flatnonzero(table.tested() & (plain.p_value() <= CANDIDATE_P_VALUE))
    if not len(chosen):
        return plain
    bursts = _bursts(table, periods, blocks)[chosen, None]
    now, before, length = (
        table.now[chosen],
        table.before()[chosen],
        table.baseline_lengths()[chosen],
    )
    upper, lower = exact_tails(now[:, None] / bursts, before / bursts, 1 / (1 + length))
    weights = _variation_weights(table)[chosen]
    # without a second period nothing is known of the days, and all the weight is on no variation
    for place in np.flatnonzero(table.references()[chosen].sum(axis=1) >= LEAST_PERIODS):
        upper[place, 1], lower[place, 1] = varied_tails(
            int(now[place]), int(before[place, 1]), float(length[place, 1]), weights[place]
        )
    used = table.baselines()[chosen]
    again = _Tails(plain.upper.copy(), plain.lower.copy())
    again.upper[chosen] = np.where(used, np.maximum(plain.upper[chosen], upper), 0.0)
    again.lower[chosen] = np.where(used, np.maximum(plain.lower[chosen], lower), 0.0)
    return again


def _variation_weights(table: _Table) -> Floats:
    episodes = table.figures["seen_episodes"][:, 1:].astype(np.float64)
    lengths = table.hours[:, 1:] / _positive(table.hours[:, :1])
    return variation_weights(episodes, lengths, table.references())


def _bursts(table: _Table, periods: Sequence[Period], blocks: pd.DataFrame) -> Floats:
    window = periods[0].window
    # the weeks of a longer window are not as long as it is, and have no rhythm in common
    rhythm = (table.weeks >= LEAST_PERIODS) & (window.hours <= WEEK_HOURS)
    clocks = [(period.window, period.clocks) for period in periods]
    return dispersion(blocks, table.keys, clocks, usable=table.usable, rhythm=rhythm)


def _described(table: _Table) -> pd.DataFrame:
    failures, episodes = table.figures["failures"], table.figures["episodes"]
    baselines = table.baselines() @ np.array([1, 2])
    weeks = np.where(table.weeks > 0, table.baseline_lengths()[:, 1], np.nan)
    ratio = table.ratios()[:, 0]
    return table.keys.assign(
        failures=failures[:, 0],
        previous_failures=failures[:, 1],
        episodes=episodes[:, 0],
        previous_episodes=episodes[:, 1],
        ratio=np.where(np.isfinite(ratio), ratio, np.nan),
        weekday_failures=table.over_weeks("seen_failures") / weeks,
        weekday_episodes=table.over_weeks("seen_episodes") / weeks,
        weeks=table.weeks,
        baseline=pd.Series(BASELINES[baselines], index=table.keys.index, dtype="str"),
    )


def _verdicts(
    table: _Table, tails: _Tails, q_value: Floats, known: Flags, unseen: Flags
) -> pd.Series:
    now, before = (table.figures["failures"][:, :2] > 0).T
    compared = table.usable[:, 1]
    last_week = (table.figures["failures"] * table.usable)[:, 2:3].any(axis=1)
    sure = q_value <= MAX_FALSE_DISCOVERIES
    up, down = tails.upper.max(axis=1), tails.lower.max(axis=1)
    ratios, missing = table.ratios(), ~table.baselines()
    usual = table.weeks > 0  # how days differ without a cause, nobody knows before
    alike = (ratios >= 1 / STEADY_RATIO) & (ratios <= STEADY_RATIO) & table.enough()
    rules = {
        "insufficient": missing.all(axis=1) | (~now & unseen),
        "regressed": now & ~before & compared & known & ~last_week,
        "new": now & ~before & compared & ~known,
        "gone": before & ~now,
        "rising": sure & (up < down) & ((ratios > 1) | missing).all(axis=1) & usual,
        "falling": sure & (down < up) & ((ratios < 1) | missing).all(axis=1) & usual,
        "steady": alike.any(axis=1) & (usual | ~sure),
    }
    chosen = np.select(list(rules.values()), [np.array(name) for name in rules], "insufficient")
    return pd.Series(chosen, index=table.keys.index, dtype="str")


def _among(keys: pd.DataFrame, known: pd.DataFrame | None) -> Flags:
    found = np.zeros(len(keys), dtype=bool)
    if known is not None:
        place = positions(known[list(keys.columns)], keys)
        found[place[place >= 0]] = True
    return found


def _positive(hours: Floats) -> Floats:
    """Return hours to divide by: where there are none, nothing is compared."""
    return np.where(hours > 0, hours, 1.0)
