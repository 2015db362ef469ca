"""When the occurrences of a point lie: the one closed formula, in whole microseconds.

Occurrence k of n between the times t0 and t1 lies at ``t0 + floor(k * (t1 - t0) / n)``; if
``t1 <= t0`` all lie at t1. The first point of an event has one occurrence at the event's birth and
spreads the others from there. No function makes one row per occurrence of a dense point.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from analytics.errors import FrameError
from analytics.window import Window

Integers = npt.NDArray[np.int64]

# Products of a 31-bit count and a span overflow 64 bits, so counts are taken in limbs of 16 bits;
# that is exact up to this span, far above the 400 days after which a life is suspect.
LIMB = 1 << 16
MAX_SPAN_MICROSECONDS = (1 << 63) // (2 * LIMB) - 1
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Runs:
    """Evenly spaced runs of occurrences: one or two for each counted point of a frame."""

    row: Integers  # position of the point in its frame
    start: Integers  # t0 [us since 1970]
    span: Integers  # t1 - t0, 0 where all lie at t0 [us]
    count: Integers  # n, at least 1

    def before(self, instant: Integers | int) -> Integers:
        """Count the occurrences of each run that lie before *instant* [us since 1970]."""
        elapsed = instant - self.start
        inside = (elapsed >= 1) & (elapsed <= self.span)
        divisor = np.where(inside, self.span, 1)
        elapsed_inside = np.where(inside, elapsed, 0)
        high, low = np.divmod(self.count, LIMB)
        quotient, rest = np.divmod(high * elapsed_inside, divisor)
        partial = quotient * LIMB + (rest * LIMB + low * elapsed_inside - 1) // divisor
        return np.where(inside, partial, np.where(elapsed > self.span, self.count, 0))

    def time_of(self, number: Integers) -> Integers:
        """Return the time of occurrence *number* (1 to n) of each run [us since 1970]."""
        high, low = np.divmod(number, LIMB)
        quotient, rest = np.divmod(high * self.span, self.count)
        offset: Integers = quotient * LIMB + (rest * LIMB + low * self.span) // self.count
        return self.start + offset

    def take(self, index: npt.NDArray[Any]) -> Runs:
        """Return the runs that *index* (positions or a mask) picks."""
        return Runs(self.row[index], self.start[index], self.span[index], self.count[index])


def runs(points: pd.DataFrame) -> Runs:
    """Turn the counted points into runs of occurrences; every other point has none."""
    counted = points["counted"].to_numpy(dtype=bool)
    row = np.flatnonzero(counted & (points["occurrences"].to_numpy() > 0))
    count = points["occurrences"].to_numpy(dtype=np.int64)[row]
    time = microseconds(points["time"])[row]
    first = points["previous_time"].isna().to_numpy()[row]
    birth = microseconds(points["birth"])[row]
    start = np.where(first, birth, microseconds(points["previous_time"])[row])
    start = np.where(time > start, start, time)
    at_birth = np.flatnonzero(first & (time > birth))
    count[at_birth] -= 1
    none = np.zeros(len(at_birth), dtype=np.int64)
    found = Runs(
        row=np.concatenate([row, row[at_birth]]),
        start=np.concatenate([start, birth[at_birth]]),
        span=np.concatenate([time - start, none]),
        count=np.concatenate([count, none + 1]),
    )
    found = found.take(found.count > 0)
    if len(found.span) and int(found.span.max()) > MAX_SPAN_MICROSECONDS:
        raise FrameError("POINTS: a counted point reaches over more than 814 days")
    return found


def occurrences_before(points: pd.DataFrame, instant: datetime) -> Integers:
    """Count the occurrences of each point that lie before an instant.

    Parameters
    ----------
    points
        POINTS contract. Points that are not counted have no occurrences.
    instant
        Aware datetime; an occurrence exactly at it is not before it.

    Returns
    -------
    numpy.ndarray
        One int64 for each row of *points*, in its order. [occurrences]

    Raises
    ------
    FrameError
        A counted point reaches over more than 814 days, where the integers would overflow.

    Notes
    -----
    With ``X = instant - t0 >= 1 us`` and ``D = t1 - t0`` the count is
    ``min(n, floor((n * X - 1) / D))``: occurrence k lies before the instant where
    ``floor(k * D / n) < X``, that is where ``k * D < n * X``.

    Examples
    --------
    Ten occurrences between 00:00 and 00:10, one at the end of each minute:

    >>> from analytics.frames import POINTS
    >>> points = POINTS.empty().reindex([0]).assign(
    ...     counted=True, occurrences=10, previous_time=pd.Timestamp("2026-11-21T00:00Z"),
    ...     birth=pd.Timestamp("2026-11-20T00:00Z"), time=pd.Timestamp("2026-11-21T00:10Z"))
    >>> occurrences_before(points, datetime(2026, 11, 21, 0, 5, tzinfo=UTC))
    array([4])
    """
    found = runs(points)
    return per_row(found, found.before(microsecond(instant)), len(points))


def occurrences_in(points: pd.DataFrame, edges: pd.DatetimeIndex) -> pd.DataFrame:
    """Count the occurrences of each point in each bucket.

    Parameters
    ----------
    points
        POINTS contract. Points that are not counted have no occurrences.
    edges
        Strictly increasing edges in UTC; bucket i holds ``edges[i] <= time < edges[i + 1]``.

    Returns
    -------
    pd.DataFrame
        One row for each point and bucket that meet, sorted: ``row`` (position in *points*),
        ``bucket`` (position in *edges*), ``occurrences`` (at least 1), all int64. The size follows
        the smaller of occurrences and buckets of each point, never a full grid.

    Raises
    ------
    FrameError
        A counted point reaches over more than 814 days.

    Examples
    --------
    >>> from analytics.frames import POINTS
    >>> edges = pd.date_range("2026-11-21T00:00Z", periods=3, freq="h")
    >>> points = POINTS.empty().reindex([0]).assign(
    ...     counted=True, occurrences=12, previous_time=edges[0], birth=edges[0], time=edges[2])
    >>> occurrences_in(points, edges)["occurrences"].tolist()  # the last lies at 02:00 itself
    [5, 6]
    """
    found = runs(points)
    bounds = microseconds(edges)
    low, high = found.before(int(bounds[0])), found.before(int(bounds[-1]))
    touching = high > low
    found, low, high = found.take(touching), low[touching], high[touching]
    first = _bucket(bounds, found.time_of(low + 1))
    buckets = _bucket(bounds, found.time_of(high)) - first + 1
    few = high - low < buckets
    parts = pd.concat(
        [
            _by_occurrence(found.take(few), low[few], high[few], bounds),
            _by_bucket(found.take(~few), first[~few], buckets[~few], bounds),
        ]
    )
    return parts.groupby(["row", "bucket"])["occurrences"].sum().reset_index()


def first_in(points: pd.DataFrame, window: Window) -> pd.Series:
    """Return the time of each point's first occurrence inside a window.

    Parameters
    ----------
    points
        POINTS contract. Points that are not counted have no occurrences.
    window
        Half-open.

    Returns
    -------
    pd.Series
        ``first`` on the index of *points* [UTC], NaT where no occurrence lies inside.

    Raises
    ------
    FrameError
        A counted point reaches over more than 814 days.
    """
    found = runs(points)
    low, high = found.before(microsecond(window.start)), found.before(microsecond(window.end))
    inside = high > low
    found, low = found.take(inside), low[inside]
    earliest = np.full(len(points), np.iinfo(np.int64).max, dtype=np.int64)
    np.minimum.at(earliest, found.row, found.time_of(low + 1))
    earliest[earliest == np.iinfo(np.int64).max] = np.iinfo(np.int64).min  # which is NaT
    return pd.Series(timestamps(earliest), index=points.index, name="first")


def per_row(found: Runs, values: Integers, rows: int) -> Integers:
    """Sum *values*, one for each run, over the runs of each row of the frame."""
    total = np.zeros(rows, dtype=np.int64)
    np.add.at(total, found.row, values)
    return total


def expand(lengths: Integers) -> tuple[Integers, Integers]:
    """Return, for ranges of these lengths laid end to end, the range and the place in it."""
    owner = np.repeat(np.arange(len(lengths)), lengths)
    place = np.arange(len(owner)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    return owner, place


def microsecond(moment: datetime) -> int:
    """Return an aware datetime as microseconds since 1970."""
    return (moment - EPOCH) // timedelta(microseconds=1)


def microseconds(times: pd.Series | pd.DatetimeIndex) -> Integers:
    """Return times as microseconds since 1970; NaT is the least integer."""
    return pd.DatetimeIndex(times).as_unit("us").asi8


def timestamps(values: Integers) -> pd.DatetimeIndex:
    """Return microseconds since 1970 as times in UTC."""
    return pd.DatetimeIndex(values.astype("datetime64[us]")).tz_localize("UTC")


def _bucket(bounds: Integers, times: Integers) -> Integers:
    return np.searchsorted(bounds, times, side="right") - 1


def _by_occurrence(found: Runs, low: Integers, high: Integers, bounds: Integers) -> pd.DataFrame:
    owner, place = expand(high - low)
    times = found.take(owner).time_of(low[owner] + 1 + place)
    return pd.DataFrame(
        {"row": found.row[owner], "bucket": _bucket(bounds, times), "occurrences": 1}
    )


def _by_bucket(found: Runs, first: Integers, buckets: Integers, bounds: Integers) -> pd.DataFrame:
    owner, place = expand(buckets)
    many, bucket = found.take(owner), first[owner] + place
    counts = many.before(bounds[bucket + 1]) - many.before(bounds[bucket])
    frame = pd.DataFrame({"row": many.row, "bucket": bucket, "occurrences": counts})
    return frame[frame["occurrences"] > 0]
