"""Buckets of time cut into whole days, whole hours and what is left of hours at the edges."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from analytics.rolling_up import DAY, HOUR
from analytics.spread import Integers


class Segments(NamedTuple):
    """Stretches of time, each a part of one bucket."""

    bucket: Integers
    start: Integers  # [us since 1970]
    end: Integers

    def joined(self) -> tuple[Integers, Integers]:
        """Return the stretches without their buckets, ascending; neighbours that touch are one."""
        order = np.argsort(self.start, kind="stable")
        start, end = self.start[order], self.end[order]
        reach = np.maximum.accumulate(end)
        apart = np.append(True, start[1:] > reach[:-1]) if len(start) else start.astype(bool)
        last = np.append(np.flatnonzero(apart)[1:], len(start)) - 1
        return start[apart], reach[last[last >= 0]]


class Cut(NamedTuple):
    """What the buckets consist of; the parts of a bucket are apart and fill it."""

    days: Segments
    hours: Segments
    edges: Segments


def cut(bounds: Integers) -> Cut:
    """Cut the buckets between *bounds* into whole UTC days, whole hours, and the rest.

    Parameters
    ----------
    bounds
        Strictly increasing [us since 1970].

    Examples
    --------
    >>> hour = 3_600_000_000
    >>> parts = cut(np.array([hour // 2, 50 * hour]))  # from 00:30 to 02:00 two days later
    >>> [(part.start // (hour // 2)).tolist() for part in parts]
    [[48], [2, 96], [1]]
    """
    bucket = np.arange(len(bounds) - 1)
    whole, edges = aligned(Segments(bucket, bounds[:-1], bounds[1:]), HOUR)
    days, hours = aligned(whole, DAY)
    return Cut(days, hours, edges)


def aligned(parts: Segments, width: int) -> tuple[Segments, Segments]:
    """Return the part of each stretch that is whole multiples of *width*, and what is left of it.

    What is left crosses no multiple of *width*.

    Parameters
    ----------
    parts
        Stretches that are not empty.
    width
        Of the grid [us].
    """
    first, last = -(-parts.start // width) * width, parts.end // width * width
    whole = first < last
    middle = Segments(parts.bucket[whole], first[whole], last[whole])
    # a stretch between two lines of the grid is left as it is, one over a line is cut there
    crosses = first <= last
    head_end = np.where(crosses, first, parts.end)
    tail_start = np.where(crosses, last, parts.end)
    left = Segments(
        np.concatenate([parts.bucket, parts.bucket]),
        np.concatenate([parts.start, tail_start]),
        np.concatenate([head_end, parts.end]),
    )
    some = left.start < left.end
    return middle, Segments(left.bucket[some], left.start[some], left.end[some])


def hour_bits(hours: Segments) -> tuple[Integers, Integers]:
    """Return the UTC day of each stretch of whole hours inside a day, and a bit for each hour.

    Examples
    --------
    >>> hour = 3_600_000_000
    >>> day, bits = hour_bits(Segments(*np.array([[0], [25 * hour], [28 * hour]])))
    >>> (day // hour).tolist(), bits.tolist()  # the hours 1, 2 and 3 of the second day
    ([24], [14])
    """
    day = hours.start // DAY * DAY
    first, count = (hours.start - day) // HOUR, (hours.end - hours.start) // HOUR
    return day, ((np.int64(1) << count) - 1) << first
