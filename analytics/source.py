"""Where figures come from: points in a frame, or the roll-up in the database. Both answer alike."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

import numpy as np
import pandas as pd

from analytics.catalogue import Catalogue
from analytics.cells import GAP, cells, pieces
from analytics.frames import KEYS, POINTS
from analytics.grouping import failing, group
from analytics.rolling_up import COUNTS, QUARTER, slots
from analytics.spread import EPOCH, Integers, microseconds, occurrences_in, runs
from analytics.window import Window

REASON = ("cluster", "type", "reason", "component", "counting")
KEY = tuple(column.name for column in KEYS.columns)
OBJECT = ("cluster", "kind", "object_namespace", "object")


class Source(Protocol):
    """What the analytics ask of counted occurrences.

    Keys are numbers of combinations of the KEYS columns, reasons of those of REASON; they mean
    nothing outside of the source.
    """

    @property
    def gap(self) -> timedelta:
        """The longest time between two occurrences of one episode."""

    @property
    def horizon(self) -> datetime | None:
        """What lies before it is known by the hour only."""

    def keys(self, numbers: Integers) -> pd.DataFrame:
        """Return KEYS, and maybe more columns, of these keys, on an index of their numbers."""

    def reasons(self) -> pd.DataFrame:
        """Return the REASON columns of every reason, as text, on an index of their numbers."""

    def cells(self, edges: pd.DatetimeIndex, keys: Integers | None = None) -> pd.DataFrame:
        """Return CELLS of the buckets between *edges*, of these keys or of all."""

    def present(self, window: Window) -> Integers:
        """Return the keys that have an occurrence in the window."""

    def objects(self, window: Window, keys: Integers, groups: Integers) -> Integers:
        """Count the distinct objects in the window of each group of keys, 0 up to the greatest."""

    def totals(self, edges: pd.DatetimeIndex) -> pd.DataFrame:
        """Return ``bucket``, ``reason_id`` and ``occurrences`` (all int64) where there are any."""

    def first_quarters(self) -> dict[str, datetime]:
        """Return the quarter of an hour in which the first occurrence of each cluster lies."""

    def seen(self, window: Window) -> pd.DataFrame:
        """Return ``slot``, ``cluster`` and the figures of `rolling_up.slots` in the window."""


class PointSource:
    """Points in a frame.

    Parameters
    ----------
    points
        POINTS contract; those that reach into the *gap* before a window tell whether an episode
        of its beginning is a new one.
    gap
        Of episodes.
    by
        Columns of *points* that keys have besides those of KEYS.

    Raises
    ------
    FrameError
        A column is missing or has another dtype.
    """

    def __init__(
        self, points: pd.DataFrame, *, gap: timedelta = GAP, by: Sequence[str] = ()
    ) -> None:
        POINTS.check(points)
        self.gap = gap
        self.horizon: datetime | None = None
        more = [column for column in by if column not in KEY]
        keyed, reasoned = group(points, [*KEY, *more]), group(points, REASON)
        named = ((points["kind"] != "") | (points["object"] != "")).to_numpy()
        objects = np.zeros(len(points), dtype=np.int64)
        objects[named] = group(points[named], OBJECT).number + 1
        columns = ["birth", "time", "previous_time", "occurrences", "counted", "suspect", "skewed"]
        self._facts = points[columns].assign(
            key=keyed.number,
            reason_id=reasoned.number,
            object=objects,
            settled=(points["counting"] == "settled").to_numpy(),
        )
        categories = dict.fromkeys(KEY, "category")
        self._keys = keyed.keys.astype(categories)
        self._reasons = reasoned.keys

    def keys(self, numbers: Integers) -> pd.DataFrame:
        """Return KEYS of these keys, and the columns that were asked for."""
        return self._keys.loc[numbers]

    def reasons(self) -> pd.DataFrame:
        """Return the REASON columns of every reason."""
        return self._reasons

    def cells(self, edges: pd.DatetimeIndex, keys: Integers | None = None) -> pd.DataFrame:
        """Return CELLS of the buckets between *edges*."""
        facts = self._facts
        if keys is not None:
            facts = facts[np.isin(facts["key"].to_numpy(), keys)]
        return cells(facts, microseconds(edges), self.gap)

    def present(self, window: Window) -> Integers:
        """Return the keys that have an occurrence in the window."""
        present: Integers = self.cells(edges_of(window))["key"].to_numpy()
        return present

    def objects(self, window: Window, keys: Integers, groups: Integers) -> Integers:
        """Count the distinct objects in the window of each group of keys."""
        return count_objects(self.key_objects(window), keys, groups)

    def key_objects(self, window: Window) -> pd.DataFrame:
        """Return each ``key`` and ``object`` that meet in the window, once."""
        facts = self._facts[(self._facts["object"] != 0).to_numpy()]
        bounds = microseconds(edges_of(window))
        row = np.unique(pieces(runs(facts), bounds, self.gap).row)
        return facts[["key", "object"]].iloc[row].drop_duplicates()

    def totals(self, edges: pd.DatetimeIndex) -> pd.DataFrame:
        """Return occurrences by bucket and reason."""
        found = occurrences_in(self._facts, edges)
        found["reason_id"] = self._facts["reason_id"].to_numpy()[found["row"]]
        return found.groupby(["bucket", "reason_id"])["occurrences"].sum().reset_index()

    def first_quarters(self) -> dict[str, datetime]:
        """Return the quarter of an hour in which the first occurrence of each cluster lies."""
        found = runs(self._facts)
        clusters = self._reasons["cluster"].to_numpy()[self._facts["reason_id"].to_numpy()]
        first = pd.Series(found.time_of(np.ones_like(found.count))).groupby(clusters[found.row])
        quarters = first.min() // QUARTER * QUARTER
        return {str(name): EPOCH + timedelta(microseconds=int(at)) for name, at in quarters.items()}

    def seen(self, window: Window) -> pd.DataFrame:
        """Return what was seen in each five minutes of the window."""
        start, end = microseconds(edges_of(window))
        found = slots(self._facts, int(start), int(end))
        return by_cluster(found, self._reasons["cluster"])


def as_source(
    points: pd.DataFrame | Source, catalogue: Catalogue | None, by: Sequence[str]
) -> Source:
    """Return a source as it is, and the failures of a POINTS frame as one, keyed by *by* too."""
    if isinstance(points, pd.DataFrame):
        return PointSource(failing(points, catalogue), by=by)
    return points


def count_objects(seen: pd.DataFrame, keys: Integers, groups: Integers) -> Integers:
    """Count the distinct objects of each group, given the pairs of key and object."""
    number = pd.Series(groups, index=keys)
    pairs = seen[seen["key"].isin(keys)]
    pairs = pairs.assign(group=pairs["key"].map(number).astype("int64"))
    per_group = pairs[["group", "object"]].drop_duplicates()["group"].to_numpy()
    return np.bincount(per_group, minlength=int(groups.max(initial=-1)) + 1).astype(np.int64)


def by_cluster(found: pd.DataFrame, cluster_of_reason: pd.Series) -> pd.DataFrame:
    """Turn slots by reason into slots by cluster."""
    rules = dict.fromkeys(COUNTS, "sum") | {"first_seen": "min", "last_seen": "max"}
    named = found.assign(cluster=found["reason_id"].map(cluster_of_reason).astype("str"))
    return named.groupby(["slot", "cluster"]).agg(rules).reset_index()


def edges_of(window: Window) -> pd.DatetimeIndex:
    """Return the window as one bucket."""
    return pd.DatetimeIndex([window.start, window.end]).as_unit("us")
