"""Occurrences by key and bucket of time, with the edges of their episodes: a form that merges.

An episode is a run of occurrences of one key without a gap longer than ten minutes. A cell counts
the episodes that begin in it and says whether its first occurrence continues an earlier one, so the
episodes of any stretch of time are the sum over its cells of those that begin, and one more where
the first occurrence of all continues one.
"""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from analytics.frames import CELLS
from analytics.spread import Integers, Runs, expand, runs

GAP = timedelta(minutes=10)
MICROSECOND = timedelta(microseconds=1)
NEVER_BEGUN = np.iinfo(np.int64).max  # first_begun where no episode begins; last_begun: NEVER_ENDED
NEVER_ENDED = np.iinfo(np.int64).min


class Pieces(NamedTuple):
    """Occurrences of one run in one bucket, no two neighbours further apart than the gap."""

    row: Integers  # position of the point in its frame
    bucket: Integers
    start: Integers  # of the first occurrence [us since 1970]
    end: Integers
    occurrences: Integers


def pieces(found: Runs, bounds: Integers, gap: timedelta) -> Pieces:
    """Cut runs at the bounds of buckets and wherever two occurrences lie further apart than *gap*.

    Parameters
    ----------
    found
        From `spread.runs`.
    bounds
        Strictly increasing [us since 1970]; bucket i holds ``bounds[i] <= time < bounds[i + 1]``.
    gap
        The longest distance of neighbours.

    Returns
    -------
    Pieces
        In no order. A run whose occurrences lie at most *gap* apart gives one piece a bucket,
        whatever its count; the occurrences of the others are few, since the bounds limit them, and
        stand for themselves.
    """
    low, high = found.before(int(bounds[0])), found.before(int(bounds[-1]))
    inside = high > low
    found, low, high = found.take(inside), low[inside], high[inside]
    dense = -(-found.span // found.count) <= gap // MICROSECOND
    by_bucket = _by_bucket(found.take(dense), low[dense], high[dense], bounds)
    by_occurrence = _by_occurrence(found.take(~dense), low[~dense], high[~dense], bounds)
    return Pieces(*map(np.concatenate, zip(by_bucket, by_occurrence, strict=True)))


def cells(points: pd.DataFrame, bounds: Integers, gap: timedelta = GAP) -> pd.DataFrame:
    """Count occurrences and episodes of each key in each bucket.

    Parameters
    ----------
    points
        ``key`` (int64), and of POINTS ``counted``, ``occurrences``, ``birth``, ``time`` and
        ``previous_time``. Points that reach into the *gap* before the first bound tell whether an
        episode continues.
    bounds
        Strictly increasing [us since 1970].
    gap
        Two occurrences belong to one episode where the time between them is at most this.

    Returns
    -------
    pd.DataFrame
        CELLS contract, sorted by key and bucket; cells without an occurrence are absent.
    """
    context = np.concatenate([bounds[:1] - gap // MICROSECOND, bounds])
    found = pieces(runs(points), context, gap)
    key = points["key"].to_numpy()[found.row]
    order = np.lexsort((found.start, key))
    key, start, end = key[order], found.start[order], found.end[order]
    begins = begins_episode(key, start, end, gap)
    bucket = found.bucket[order] - 1
    # buckets ascend with the starts of a key, so each cell is one stretch of rows
    made = pd.DataFrame(
        {
            "key": key,
            "bucket": bucket,
            "occurrences": found.occurrences[order],
            "first": start,
            "last": end,
            "begun": begins.astype(np.int64),
            "first_begun": np.where(begins, start, NEVER_BEGUN),
            "last_begun": np.where(begins, start, NEVER_ENDED),
            "continued": ~begins,
        }
    )
    return merged(made[bucket >= 0])


def merged(parts: pd.DataFrame) -> pd.DataFrame:
    """Merge rows of one key and bucket that stand for different stretches of time.

    Parameters
    ----------
    parts
        CELLS contract, but any number of rows for each key and bucket.

    Returns
    -------
    pd.DataFrame
        CELLS contract, sorted by key and bucket.
    """
    key, bucket, first = (parts[name].to_numpy() for name in ("key", "bucket", "first"))
    order = np.lexsort((first, bucket, key))
    ordered = parts.iloc[order]
    key, bucket = key[order], bucket[order]
    heads = np.flatnonzero((np.diff(key, prepend=-1) != 0) | (np.diff(bucket, prepend=-1) != 0))
    found = ordered.iloc[heads][["key", "bucket", "first", "continued"]]
    reduced = {
        name: ufunc.reduceat(ordered[name].to_numpy(), heads)
        for name, ufunc in (
            ("occurrences", np.add),
            ("last", np.maximum),
            ("begun", np.add),
            ("first_begun", np.minimum),
            ("last_begun", np.maximum),
        )
    }
    columns = [column.name for column in CELLS.columns]
    return CELLS.check(found.assign(**reduced)[columns].reset_index(drop=True))


def begins_episode(
    key: Integers, start: Integers, end: Integers, gap: timedelta
) -> npt.NDArray[np.bool_]:
    """Tell which stretches, sorted by key and start, begin further than *gap* behind all before."""
    reach = pd.Series(end).groupby(key).cummax().shift(fill_value=0).to_numpy()
    other_key = np.diff(key, prepend=-1) != 0
    begins: npt.NDArray[np.bool_] = other_key | (start - reach > gap // MICROSECOND)
    return begins


def _by_bucket(found: Runs, low: Integers, high: Integers, bounds: Integers) -> Pieces:
    first = bucket_of(bounds, found.time_of(low + 1))
    owner, place = expand(bucket_of(bounds, found.time_of(high)) - first + 1)
    many, bucket = found.take(owner), first[owner] + place
    low, high = many.before(bounds[bucket]), many.before(bounds[bucket + 1])
    kept = high > low
    many, low, high = many.take(kept), low[kept], high[kept]
    return Pieces(many.row, bucket[kept], many.time_of(low + 1), many.time_of(high), high - low)


def _by_occurrence(found: Runs, low: Integers, high: Integers, bounds: Integers) -> Pieces:
    owner, place = expand(high - low)
    many = found.take(owner)
    times = many.time_of(low[owner] + 1 + place)
    return Pieces(many.row, bucket_of(bounds, times), times, times, np.ones_like(times))


def bucket_of(bounds: Integers, times: Integers) -> Integers:
    """Return the bucket of each time, -1 before the first."""
    return np.searchsorted(bounds, times, side="right") - 1
