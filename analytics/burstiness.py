"""How bursty the episodes of a resource are inside its periods."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

import numpy as np
import pandas as pd

from analytics.errors import FrameError
from analytics.exposure import Watched
from analytics.frames import EPISODE_BLOCKS
from analytics.grouping import group
from analytics.significance import Flags, Floats
from analytics.spread import Integers, microsecond, microseconds
from analytics.window import Window

SHORT_WINDOW_HOURS = 3 * 24 + 1  # the extra hour is the one at the end of summer time
FITTING_ROUNDS = 30

Periods = Sequence[tuple[Window, Mapping[str, Watched]]]


def block_length(window: Window) -> timedelta:
    """Return the length of the blocks of time in which episodes are counted.

    Four hours for windows of up to three days, else a day; both from midnight UTC on, so that the
    hours of a roll-up add up to them in every zone.
    """
    return timedelta(hours=4 if window.hours <= SHORT_WINDOW_HOURS else 24)


def block_edges(window: Window, length: timedelta) -> Integers:
    """Return the edges of the blocks that a period meets [us since 1970]."""
    width = length // timedelta(microseconds=1)
    first = microsecond(window.start) // width
    last = -(-microsecond(window.end) // width)
    edges: Integers = np.arange(first, last + 1, dtype=np.int64) * width
    return edges


def dispersion(
    blocks: pd.DataFrame,
    keys: pd.DataFrame,
    periods: Periods,
    *,
    usable: Flags,
    rhythm: Flags,
) -> Floats:
    """Return how much more the episodes of each group scatter than a Poisson process would.

    Parameters
    ----------
    blocks
        EPISODE_BLOCKS contract after the columns of *keys*, in any order.
    keys
        The groups; with a column ``cluster``, its clock says how long each block was watched.
    periods
        The window, the previous period and the weeks, each with the clocks of the clusters that
        were not watched throughout. The first one decides on the length of all blocks.
    usable
        Which of the periods (columns) of each group (row) to use.
    rhythm
        Of each group, whether its own rhythm over the blocks of a period is expected, learned from
        all its periods, or the same number in every watched hour.

    Returns
    -------
    array of float
        At least 1; 1 for groups without a row in *blocks*.

    Raises
    ------
    FrameError
        A column is missing or has another dtype, or a block lies outside its period.

    Notes
    -----
    Pearson's chi-square around what is expected, per degree of freedom (McCullagh and Nelder 1989,
    6.2.3). A period with n episodes in H watched hours expects n h / H in a block of h hours, and
    has one degree of freedom less than it has watched blocks. With a rhythm r the expectation is
    l_p r_b h_pb, fitted to the sums of each period p and each place b in it (iterative
    proportional fitting, Deming and Stephan 1940), with one degree of freedom less for each period
    and each place, and one more.

    Examples
    --------
    >>> day = Window.daily(pd.Timestamp("2026-11-22T08:00Z").to_pydatetime(), "UTC")
    >>> blocks = pd.DataFrame({"reason": ["BackOff"] * 2, "period": [0, 0], "episodes": [9, 3],
    ...     "block": pd.to_datetime(["2026-11-21T00:00Z", "2026-11-21T04:00Z"]).as_unit("us")})
    >>> blocks = blocks.astype({"reason": "str"})
    >>> one = np.ones((1, 1), dtype=bool)  # 2 are expected in each of 6: (49 + 1 + 4 * 4) / 2 / 5
    >>> dispersion(blocks, blocks[["reason"]][:1], [(day, {})], usable=one, rhythm=~one[0])
    array([6.6])
    """
    EPISODE_BLOCKS.check(blocks)
    found = np.ones(len(keys), dtype=np.float64)
    row = positions(blocks[list(keys.columns)], keys)
    here = np.unique(row[row >= 0])
    if not len(here):
        return found
    place = np.searchsorted(here, row[row >= 0])
    cluster = keys["cluster"].iloc[here].astype("str") if "cluster" in keys else None
    hours = _hours(cluster, periods, len(here)) * usable[here, :, None]
    counted = _counted(blocks[row >= 0], place, hours.shape, periods)
    counted = np.where(hours > 0, counted, 0)
    flat = _per_degree(counted, _evenly(counted, hours), with_rhythm=False)
    rhythmic = _per_degree(counted, _rhythmic(counted, hours), with_rhythm=True)
    found[here] = np.maximum(1.0, np.where(rhythm[here], rhythmic, flat))
    return found


def positions(rows: pd.DataFrame, keys: pd.DataFrame) -> Integers:
    """Return at which place of *keys* each row stands, -1 for none; both have the same columns."""
    if not len(keys.columns):
        return np.full(len(rows), 0 if len(keys) else -1, dtype=np.int64)
    number = group(pd.concat([keys, rows[list(keys.columns)]]), list(keys.columns)).number
    place = np.full(int(number.max(initial=-1)) + 1, -1, dtype=np.int64)
    place[number[: len(keys)]] = np.arange(len(keys))
    found: Integers = place[number[len(keys) :]]
    return found


def _origins(periods: Periods) -> tuple[Integers, Integers]:
    """Return the first block of each period [blocks since 1970], and the place that it has.

    The same place is the same time of day; where clocks were turned, but for that hour.
    """
    width = block_length(periods[0][0]) // timedelta(microseconds=1)
    starts = np.array([microsecond(window.start) for window, _ in periods])
    first = starts // width
    alike = first[0] + np.round((starts - starts[0]) / width).astype(np.int64)
    return first, first - alike - (first - alike).min()


def _hours(cluster: pd.Series | None, periods: Periods, groups: int) -> Floats:
    """Return the watched hours of each block: group, period, place."""
    length = block_length(periods[0][0])
    edges = [block_edges(window, length) for window, _ in periods]
    _, places = _origins(periods)
    most = max(place + len(bounds) - 1 for place, bounds in zip(places, edges, strict=True))
    hours = np.zeros((groups, len(periods), most))
    names = np.full(groups, "", dtype=object) if cluster is None else cluster.to_numpy(dtype=object)
    for name in np.unique(names):
        for number, (window, clocks) in enumerate(periods):
            bounds = edges[number].clip(microsecond(window.start), microsecond(window.end))
            clock = clocks.get(str(name), Watched.all_of(window))
            at = slice(places[number], places[number] + len(bounds) - 1)
            hours[names == name, number, at] = clock.hours_between(bounds)
    return hours


def _counted(
    blocks: pd.DataFrame, group: Integers, shape: tuple[int, ...], periods: Periods
) -> Floats:
    period = blocks["period"].to_numpy(dtype=np.int64)
    if ((period < 0) | (period >= len(periods))).any():
        raise FrameError("EPISODE_BLOCKS: there is a period that was not asked for")
    length = block_length(periods[0][0])
    ends = np.array([block_edges(window, length)[[0, -1]] for window, _ in periods])[period]
    start = microseconds(blocks["block"])
    block, rest = np.divmod(start, length // timedelta(microseconds=1))
    if ((start < ends[:, 0]) | (start >= ends[:, 1]) | (rest != 0)).any():
        raise FrameError("EPISODE_BLOCKS: a block is none of its period")
    first, places = _origins(periods)
    counted = np.zeros(shape, dtype=np.float64)
    place = block - first[period] + places[period]
    np.add.at(counted, (group, period, place), blocks["episodes"].to_numpy())
    return counted


def _evenly(counted: Floats, hours: Floats) -> Floats:
    total = hours.sum(axis=2, keepdims=True)
    expected: Floats = counted.sum(axis=2, keepdims=True) * hours / np.where(total > 0, total, 1.0)
    return expected


def _rhythmic(counted: Floats, hours: Floats) -> Floats:
    of_period = counted.sum(axis=2, keepdims=True)
    of_place = counted.sum(axis=1, keepdims=True)
    expected = np.where((of_period > 0) & (of_place > 0), hours, 0.0)
    for _ in range(FITTING_ROUNDS):
        for axis, wanted in ((2, of_period), (1, of_place)):
            total = expected.sum(axis=axis, keepdims=True)
            expected = expected * wanted / np.where(total > 0, total, 1.0)
    return expected


def _per_degree(counted: Floats, expected: Floats, *, with_rhythm: bool) -> Floats:
    cells = expected > 0
    squares = (counted - expected) ** 2 / np.where(cells, expected, 1.0)
    degrees = cells.sum(axis=(1, 2)) - cells.any(axis=2).sum(axis=1)
    if with_rhythm:
        degrees = degrees - cells.any(axis=1).sum(axis=1) + 1
    per_degree: Floats = np.where(cells, squares, 0.0).sum(axis=(1, 2)) / np.maximum(degrees, 1)
    return np.where(degrees > 0, per_degree, 1.0)
