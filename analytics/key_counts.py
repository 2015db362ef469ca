"""What a source holds of one period: its keys, which of them fail, and what of it was watched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd

from analytics.catalogue import Catalogue
from analytics.cells import NEVER_BEGUN, NEVER_ENDED
from analytics.exposure import Exposure, Watched
from analytics.frames import CELLS
from analytics.source import Source, edges_of
from analytics.spread import Integers, microsecond, timestamps
from analytics.window import Window


@dataclass(frozen=True, slots=True, eq=False)
class Counted:
    """The keys with an occurrence in a window, every meaning."""

    window: Window
    cells: pd.DataFrame  # CELLS with one bucket: one row a key
    keys: pd.DataFrame  # KEYS and ``meaning``, one row for each of *cells*, on the same index

    @property
    def failing(self) -> Counted:
        """Return those that mean a failure."""
        return self.where((self.keys["meaning"] == "failure").to_numpy())

    def where(self, kept: np.ndarray) -> Counted:
        """Return those rows."""
        cells, keys = self.cells[kept], self.keys[kept]
        return Counted(self.window, cells.reset_index(drop=True), keys.reset_index(drop=True))

    @property
    def clusters(self) -> set[str]:
        """Return the clusters with an occurrence."""
        return set(self.keys["cluster"].astype("str").unique())

    @property
    def occurrences(self) -> int:
        """Return all occurrences."""
        return int(self.cells["occurrences"].sum())


def count_keys(
    source: Source,
    windows: Sequence[Window],
    catalogue: Catalogue,
    *,
    since: Sequence[Mapping[str, datetime]] | None = None,
) -> list[Counted]:
    """Return what each of some windows holds.

    Parameters
    ----------
    source
        Where the occurrences are.
    windows
        In any order; they may overlap.
    catalogue
        Says what a key means.
    since
        For each window, from when on a cluster counts, such as the beginning of its watch; the
        others count all through the window.
    """
    found = [source.cells(edges_of(window)) for window in windows]
    for number, late in enumerate(since or []):
        found[number] = _cut(source, found[number], windows[number], late)
    every = np.unique(np.concatenate([cells["key"].to_numpy() for cells in found]))
    keys = source.keys(every)
    keys = keys.assign(meaning=catalogue.classify(keys))
    place = [np.searchsorted(every, cells["key"].to_numpy()) for cells in found]
    return [
        Counted(window, cells, keys.iloc[rows].reset_index(drop=True))
        for window, cells, rows in zip(windows, found, place, strict=True)
    ]


def failing_keys(
    source: Source, window: Window, catalogue: Catalogue, since: Mapping[str, datetime]
) -> pd.DataFrame:
    """Return the failing KEYS with an occurrence in a window.

    Parameters
    ----------
    source, window, catalogue
        As for `count_keys`.
    since
        From when on a cluster counts; the others count all through the window.
    """
    numbers = source.present(window)
    keys = source.keys(numbers)
    kept = (catalogue.classify(keys) == "failure").to_numpy()
    for name, at in since.items():
        if at > window.start:
            late = (keys["cluster"] == name).to_numpy()
            seen = numbers[:0]
            if at < window.end and late.any():
                rest = Window.between(at, window.end, window.timezone)
                seen = source.cells(edges_of(rest), numbers[late])["key"].to_numpy()
            kept = kept & (~late | np.isin(numbers, seen))
    return keys[kept]


def _cut(
    source: Source, cells: pd.DataFrame, window: Window, since: Mapping[str, datetime]
) -> pd.DataFrame:
    """Leave out what lies before *since*."""
    late = {name: at for name, at in since.items() if at > window.start}
    if not late:
        return cells
    cluster = source.keys(cells["key"].to_numpy())["cluster"].astype("str").to_numpy()
    parts = [cells[~np.isin(cluster, list(late))]]
    for name, at in late.items():
        keys = cells["key"].to_numpy()[cluster == name]
        if at < window.end and len(keys):
            rest = Window.between(at, window.end, window.timezone)
            parts.append(source.cells(edges_of(rest), keys))
    return CELLS.check(pd.concat(parts, ignore_index=True))


def occurrences_until(
    source: Source, window: Window, until: Mapping[str, datetime]
) -> dict[str, int]:
    """Count the occurrences of some clusters in a window, every meaning, up to a time of each.

    Such as the beginning of its watch: what is older was found by the first list.
    """
    counts = {}
    for name, at in until.items():
        if at > window.start:
            edges = pd.DatetimeIndex([window.start, min(at, window.end)]).as_unit("us")
            cells = source.cells(edges)
            mine = source.keys(cells["key"].to_numpy())["cluster"] == name
            counts[name] = int(cells["occurrences"].to_numpy()[mine.to_numpy(dtype=bool)].sum())
    return counts


@dataclass(frozen=True, slots=True, eq=False)
class Starts:
    """What of each key was seen while its cluster was watched; arrays with an entry a key."""

    failures: Integers  # occurrences in watched time
    episodes: Integers  # that began in it; one that began before the window begins with it
    first: Integers  # start of the first and the last of these [us since 1970]
    last: Integers


def watched_starts(source: Source, counted: Counted, clocks: Mapping[str, Watched]) -> Starts:
    """Count what was seen while somebody watched.

    Parameters
    ----------
    source
        Where *counted* came from.
    counted
        Keys in one window.
    clocks
        When clusters were watched; others count as watched all the time.
    """
    cells = counted.cells
    starts = _starts(cells)
    cluster = counted.keys["cluster"].astype("str").to_numpy()
    for name, clock in clocks.items():
        rows = np.flatnonzero(cluster == name)
        if len(rows) and clock.hours < counted.window.hours:
            part = _seen(source, cells["key"].to_numpy()[rows], counted.window, clock)
            for figure in ("failures", "episodes", "first", "last"):
                getattr(starts, figure)[rows] = getattr(part, figure)
    return starts


def _starts(cells: pd.DataFrame) -> Starts:
    continued = cells["continued"].to_numpy()
    first, first_begun = cells["first"].to_numpy(), cells["first_begun"].to_numpy()
    last_begun = cells["last_begun"].to_numpy()
    return Starts(
        failures=cells["occurrences"].to_numpy(copy=True),
        episodes=cells["begun"].to_numpy() + continued,
        first=np.where(continued, first, first_begun),
        last=np.where(last_begun == NEVER_ENDED, first, last_begun),
    )


def _seen(source: Source, keys: Integers, window: Window, clock: Watched) -> Starts:
    """Return what of these keys lies in the watched parts of the window."""
    bounds = microsecond(window.start), microsecond(window.end)
    edges = np.unique(np.concatenate([bounds, clock.edges.clip(*bounds)]))
    cells = source.cells(timestamps(edges), keys)
    # what the window cuts begins with it: the first cell of a key has one start more
    is_first = np.diff(cells["key"].to_numpy(), prepend=-1) != 0
    cells = cells.assign(continued=cells["continued"].to_numpy() & is_first)
    middles = (edges[:-1] + edges[1:]) // 2
    watched = np.searchsorted(clock.edges, middles, side="right") % 2 == 1
    cells = cells[watched[cells["bucket"].to_numpy()]]
    starts = _starts(cells)
    begins = starts.episodes > 0  # a cell of which no episode begins has no start
    place = np.searchsorted(np.sort(keys), cells["key"].to_numpy())
    order = np.argsort(keys, kind="stable")
    total = Starts(
        failures=np.zeros(len(keys), dtype=np.int64),
        episodes=np.zeros(len(keys), dtype=np.int64),
        first=np.full(len(keys), NEVER_BEGUN),
        last=np.full(len(keys), NEVER_ENDED),
    )
    np.add.at(total.failures, order[place], starts.failures)
    np.add.at(total.episodes, order[place], starts.episodes)
    np.minimum.at(total.first, order[place[begins]], starts.first[begins])
    np.maximum.at(total.last, order[place[begins]], starts.last[begins])
    return total


def clocks_now(exposed: Mapping[str, Exposure]) -> dict[str, Watched]:
    """Return when clusters were watched in the window."""
    return {name: exposure.now for name, exposure in exposed.items()}
