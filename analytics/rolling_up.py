"""Points -> the rows of the roll-up. Pure: what they are read from and written to is elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pandas as pd

from analytics.cells import MICROSECOND, NEVER_BEGUN, NEVER_ENDED, cells, merged, pieces
from analytics.spread import Integers, microseconds, runs

HOUR = timedelta(hours=1) // MICROSECOND
DAY = 24 * HOUR
QUARTER = HOUR // 4
SLOT = timedelta(minutes=5)  # of sightings: two of them in one slot have no silence between
SLOT_MICROSECONDS = SLOT // MICROSECOND
COUNTS = ("events", "suspect_points", "suspect_occurrences", "set_aside_points", "skewed_points")


@dataclass(frozen=True, slots=True, eq=False)
class RolledUp:
    """The roll-up of a stretch of whole hours."""

    hours: pd.DataFrame  # CELLS, bucket is the hour of the stretch
    quarters: pd.DataFrame  # quarter [us since 1970], reason, occurrences
    objects: pd.DataFrame  # day [us since 1970], key, object, hours (a bit for each UTC hour)
    slots: pd.DataFrame  # SLOTS columns


def roll_up(points: pd.DataFrame, start: int, end: int, gap: timedelta) -> RolledUp:
    """Make the rows of the roll-up for [start, end).

    Parameters
    ----------
    points
        One row a point or settled hour: ``key``, ``reason_id``, ``object`` (0 for none) and
        ``occurrences`` (int64); ``birth``, ``time`` and ``previous_time``; ``counted``,
        ``suspect``, ``skewed`` and ``settled`` (bool).
    start, end
        Whole UTC hours [us since 1970].
    gap
        That episodes may have.
    """
    bounds = np.arange(start, end + 1, QUARTER, dtype=np.int64)
    quarters = cells(points, bounds, gap)
    hours = merged(quarters.assign(bucket=quarters["bucket"] // 4))
    return RolledUp(
        hours=hours,
        quarters=_quarters(quarters, points, start),
        objects=_objects(points, bounds[::4], gap),
        slots=slots(points, start, end),
    )


def _quarters(quarters: pd.DataFrame, points: pd.DataFrame, start: int) -> pd.DataFrame:
    reasons = points.drop_duplicates("key").set_index("key")["reason_id"]
    reason = quarters["key"].map(reasons).astype("int64")
    quarter = start + quarters["bucket"] * QUARTER
    summed = quarters["occurrences"].groupby([quarter, reason]).sum()
    return summed.rename_axis(["quarter", "reason_id"]).reset_index()


def _objects(points: pd.DataFrame, bounds: Integers, gap: timedelta) -> pd.DataFrame:
    named = points[(points["object"] != 0).to_numpy()]
    found = pieces(runs(named), bounds, gap)
    hour = bounds[found.bucket]
    seen = pd.DataFrame(
        {
            "day": hour // DAY * DAY,
            "key": named["key"].to_numpy()[found.row],
            "object": named["object"].to_numpy()[found.row],
            "hours": np.int64(1) << hour % DAY // HOUR,
        }
    ).drop_duplicates()
    # different bits of one object: their sum is their union
    return seen.groupby(["day", "key", "object"])["hours"].sum().reset_index()


def slots(points: pd.DataFrame, start: int, end: int) -> pd.DataFrame:
    """Tell for each five minutes of [start, end) and reason what was seen, counted or not.

    Parameters
    ----------
    points
        As for `roll_up`.
    start, end
        Of any length; a slot that they cut holds what lies inside [us since 1970].

    Returns
    -------
    pd.DataFrame
        ``slot`` [us since 1970], ``reason_id``, ``events`` (whose first occurrence lies here),
        ``suspect_points``, ``suspect_occurrences``, ``set_aside_points``, ``skewed_points``,
        ``first_seen`` and ``last_seen`` [us since 1970, the greatest and the least for none]: the
        sightings of `silence.silences`.
    """
    parts = [_at_time(points, start, end), _events(points, start, end)]
    parts.append(_read_together(points, start, end))
    found = pd.concat(parts, ignore_index=True)
    found["slot"] = found.pop("at") // SLOT_MICROSECONDS * SLOT_MICROSECONDS
    rules = dict.fromkeys(COUNTS, "sum") | {"first_seen": "min", "last_seen": "max"}
    return found.groupby(["slot", "reason_id"]).agg(rules).reset_index()


def _seen(at: Integers, reason: Integers, **figures: Integers) -> pd.DataFrame:
    """Return one row a sighting or count; what is not given is nothing."""
    nothing = {name: np.zeros(len(at), dtype=np.int64) for name in COUNTS}
    never = {
        "first_seen": np.full(len(at), NEVER_BEGUN),
        "last_seen": np.full(len(at), NEVER_ENDED),
    }
    return pd.DataFrame({"at": at, "reason_id": reason} | nothing | never | figures)


def _at_time(points: pd.DataFrame, start: int, end: int) -> pd.DataFrame:
    """Return what a point is at its own time."""
    time = microseconds(points["time"])
    inside = (time >= start) & (time < end)
    at, some = time[inside], points[inside]
    counted, suspect = some["counted"].to_numpy(), some["suspect"].to_numpy()
    sighted = (
        counted & (some["occurrences"] > 0).to_numpy()
    )  # what is kept of a pruned event is none
    return _seen(
        at,
        some["reason_id"].to_numpy(),
        suspect_points=suspect.astype(np.int64),
        suspect_occurrences=np.where(suspect, some["occurrences"], 0),
        set_aside_points=(~counted & ~suspect).astype(np.int64),
        skewed_points=some["skewed"].to_numpy().astype(np.int64),
        first_seen=np.where(sighted, at, NEVER_BEGUN),
        last_seen=np.where(sighted, at, NEVER_ENDED),
    )


def _firsts(points: pd.DataFrame) -> pd.DataFrame:
    return points[(points["counted"] & points["previous_time"].isna()).to_numpy()]


def _events(points: pd.DataFrame, start: int, end: int) -> pd.DataFrame:
    """Return the events that begin: at birth, unless their first point claims an earlier time."""
    first = _firsts(points)
    first = first[~first["settled"].to_numpy()]  # an hour of many events that nobody knows any more
    at = np.minimum(microseconds(first["birth"]), microseconds(first["time"]))
    inside = (at >= start) & (at < end)
    reason = first["reason_id"].to_numpy()[inside]
    return _seen(at[inside], reason, events=np.ones(len(reason), dtype=np.int64))


def _read_together(points: pd.DataFrame, start: int, end: int) -> pd.DataFrame:
    """Return the occurrences of first points: they were seen together when the event was read."""
    first = _firsts(points)
    inner = np.arange(start // SLOT_MICROSECONDS + 1, -(-end // SLOT_MICROSECONDS), dtype=np.int64)
    bounds = np.concatenate([[start], inner * SLOT_MICROSECONDS, [end]])
    found = pieces(runs(first), bounds, SLOT)
    reason = first["reason_id"].to_numpy()[found.row]
    return _seen(found.start, reason, first_seen=found.start, last_seen=found.end)
