"""What a digest is about: the counts of a selection, and what is known of its clusters."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from analytics.catalogue import Catalogue
from analytics.daily import day_edges, occurrences_by_day
from analytics.history import History, history
from analytics.selected_source import select
from analytics.selection import Selection
from analytics.source import Source
from analytics.window import Window


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scope:
    """The same periods three times, and what was seen and watched."""

    whole: History  # of all that the clusters of the selection hold
    selected: History  # of the selection, with what is muted in it
    found: History  # without
    seen: pd.DataFrame  # from `Source.seen`, of whole clusters
    spans: pd.DataFrame  # SPANS of watches that see a part of the selection
    clusters: tuple[str, ...]  # of which something is known: an event, or that there was none

    @property
    def daily(self) -> pd.DataFrame:
        """Return DAILY of what is found, and rows of 0 for all else that the clusters hold.

        So a day on which only others failed is one without failures, and not one without data.
        """
        if self.found is self.whole:
            return self.whole.daily
        mine = occurrences_by_day(self.found.source, day_edges(self.found.window))
        others = self.whole.daily.assign(occurrences=self.whole.daily["occurrences"] * 0)
        return pd.concat([mine, others], ignore_index=True)


def scope_of(
    source: Source,
    window: Window,
    selection: Selection,
    *,
    catalogue: Catalogue,
    spans: pd.DataFrame,
) -> Scope:
    """Read what there is of a selection in a window and in the periods before it.

    Parameters
    ----------
    source
        Points or the roll-up.
    window
        The period.
    selection
        Clusters that it is not about are absent. A cluster that is watched in other namespaces
        only is known by its events in the selection, and by nothing else.
    catalogue
        Says what a failure is, and how severe.
    spans
        SPANS contract over all periods, from `load.load_coverage`.

    Raises
    ------
    FrameError
        A column is missing or has another dtype.
    """
    source = select(source, selection.of_clusters, catalogue)
    inside = selection.spans(spans)
    watched = selection.of_clusters.spans(spans)
    elsewhere = set(watched["cluster"]) - set(inside["cluster"])
    whole = history(source, window, catalogue=catalogue, spans=inside).without(elsewhere)
    found = whole.of(selection, catalogue)
    seen = source.seen(window)
    seen = seen[seen["cluster"].isin(found.present) | ~seen["cluster"].isin(list(elsewhere))]
    left_out = seen["suspect_points"] + seen["set_aside_points"] > 0
    return Scope(
        whole=whole,
        selected=whole.of(selection.without_mutes, catalogue),
        found=found,
        seen=seen,
        spans=inside,
        clusters=tuple(sorted(found.present | set(seen["cluster"][left_out]))),
    )
