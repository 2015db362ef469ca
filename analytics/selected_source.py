"""A part of a source: the same answers, about the keys of a selection only."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pandas as pd

from analytics.catalogue import Catalogue
from analytics.selection import Selection
from analytics.source import REASON, Source
from analytics.spread import Integers
from analytics.window import Window


class SelectedSource:
    """The keys of a selection; what was seen of its clusters stays what it is.

    Parameters
    ----------
    source
        Points or the roll-up.
    selection
        Which keys.
    catalogue
        Says how severe a key is.
    """

    def __init__(self, source: Source, selection: Selection, catalogue: Catalogue) -> None:
        self._source = source
        self._selection = selection
        self._catalogue = catalogue
        self.gap, self.horizon = source.gap, source.horizon
        self.keys, self.reasons, self.objects = source.keys, source.reasons, source.objects

    def cells(self, edges: pd.DatetimeIndex, keys: Integers | None = None) -> pd.DataFrame:
        """Return CELLS of the selection."""
        found = self._source.cells(edges, keys)
        every = found["key"].to_numpy()
        kept = np.isin(every, self._selected(np.unique(every)))
        return found[kept].reset_index(drop=True)

    def present(self, window: Window) -> Integers:
        """Return the keys of the selection with an occurrence in the window."""
        return self._selected(self._source.present(window))

    def totals(self, edges: pd.DatetimeIndex) -> pd.DataFrame:
        """Return occurrences of the selection by bucket and reason.

        Where most keys are taken, the others are counted instead and taken off the whole, which a
        source knows without its keys.
        """
        window = Window.between(edges[0].to_pydatetime(), edges[-1].to_pydatetime(), "UTC")
        every = self._source.present(window)
        chosen = self._selected(every)
        others = np.setdiff1d(every, chosen)
        if len(chosen) <= len(others) or self._is_rounded(window):
            return self._totals(edges, chosen)
        whole, rest = self._source.totals(edges), self._totals(edges, others)
        both = pd.concat([whole, rest.assign(occurrences=-rest["occurrences"])])
        found = both.groupby(["bucket", "reason_id"])["occurrences"].sum()
        return found[found > 0].reset_index()

    def _is_rounded(self, window: Window) -> bool:
        """Tell whether the whole and its keys may be cut differently at the edges of buckets."""
        return self.horizon is not None and window.start < self.horizon

    def _totals(self, edges: pd.DatetimeIndex, keys: Integers) -> pd.DataFrame:
        found = self._source.cells(edges, keys)
        columns = list(REASON)
        reasons = self.reasons()
        known = pd.MultiIndex.from_frame(reasons[columns].astype("str"))
        numbers, place = np.unique(found["key"].to_numpy(), return_inverse=True)
        texts = pd.MultiIndex.from_frame(self.keys(numbers)[columns].astype("str"))
        reason = reasons.index.to_numpy()[known.get_indexer(texts)]
        found = found.assign(reason_id=reason[place])
        return found.groupby(["bucket", "reason_id"])["occurrences"].sum().reset_index()

    def first_quarters(self) -> dict[str, datetime]:
        """Return the quarter of an hour in which the first occurrence of each cluster lies."""
        found = self._source.first_quarters()
        kept = self._selection.holds_clusters(pd.DataFrame({"cluster": list(found)}, dtype="str"))
        return {name: at for (name, at), taken in zip(found.items(), kept, strict=True) if taken}

    def seen(self, window: Window) -> pd.DataFrame:
        """Return what was seen of the clusters that the selection is about."""
        found = self._source.seen(window)
        return found[self._selection.holds_clusters(found)].reset_index(drop=True)

    def _selected(self, keys: Integers) -> Integers:
        return keys[self._selection.holds(self._source.keys(keys), self._catalogue)]


def select(source: Source, selection: Selection, catalogue: Catalogue) -> Source:
    """Return the part of a source that is selected; itself where that is everything."""
    return source if selection.is_everything else SelectedSource(source, selection, catalogue)
