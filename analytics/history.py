"""A window and the earlier periods that it is compared with, as far as they are known."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import pandas as pd

from analytics.catalogue import Catalogue
from analytics.daily import day_edges, occurrences_by_day
from analytics.exposure import LEAST_BASELINE_SHARE, Exposure, exposures
from analytics.key_counts import Counted, count_keys, failing_keys
from analytics.selected_source import SelectedSource
from analytics.selection import Selection
from analytics.source import Source
from analytics.window import Window

LEAST_COVERED_SHARE = 0.95


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class History:
    """What there is of a window, of the period before it, and of the four weeks."""

    source: Source
    window: Window
    now: Counted
    previous: Counted  # only since each cluster was watched, as is each of the weeks
    weeks: tuple[Counted, ...]
    daily: pd.DataFrame  # DAILY, of the days up to the window's last one
    exposed: Mapping[str, Exposure]
    covered: frozenset[str]  # clusters of which the window can be compared with the period before
    weeks_covered: tuple[frozenset[str], ...]  # and with each of the weeks
    earlier: pd.DataFrame  # KEYS that failed in the four weeks before the period before
    known_before: frozenset[str]  # clusters with an occurrence before, or watched well enough
    known_now: frozenset[str]  # clusters of which the window holds an occurrence

    def without(self, clusters: Collection[str]) -> History:
        """Return the same, with some clusters taken for unknown in every period."""
        return replace(
            self,
            covered=self.covered.difference(clusters),
            weeks_covered=tuple(week.difference(clusters) for week in self.weeks_covered),
            known_before=self.known_before.difference(clusters),
            known_now=self.known_now.difference(clusters),
        )

    def of(self, selection: Selection, catalogue: Catalogue) -> History:
        """Return the counts of a selection; what is known of its clusters stays what it is."""
        if selection.is_everything:
            return self
        now, previous, *weeks = (
            one.where(selection.holds(one.keys, catalogue))
            for one in (self.now, self.previous, *self.weeks)
        )
        return replace(
            self,
            source=SelectedSource(self.source, selection, catalogue),
            now=now,
            previous=previous,
            weeks=tuple(weeks),
            earlier=self.earlier[selection.holds(self.earlier, catalogue)],
            known_now=self.known_now | now.clusters,
        )

    @property
    def watched(self) -> set[str]:
        """Return the clusters that were watched for a part of the window."""
        return {name for name, exposure in self.exposed.items() if exposure.share}

    @property
    def present(self) -> set[str]:
        """Return the clusters of which the window holds an occurrence, or that were watched."""
        return {*self.known_now, *self.watched}

    @property
    def comparable(self) -> bool:
        """Tell whether both periods know the same clusters in full."""
        shares = [min(one.share, one.previous_share) for one in self.exposed.values()]
        known = self.known_before | self.present <= self.covered
        return known and all(share >= LEAST_COVERED_SHARE for share in shares)

    @property
    def previous_failures(self) -> int | None:
        """Return the failures of the period before, None where nothing is known of it."""
        return self.previous.failing.occurrences if self.known_before else None

    def silent(self, clusters: Sequence[str]) -> tuple[str, ...]:
        """Return the clusters with earlier data that are not among *clusters*."""
        # the days end with the window: what they hold of a cluster without an event is earlier
        return tuple(sorted((self.known_before | set(self.daily["cluster"])) - set(clusters)))


def history(
    source: Source, window: Window, *, catalogue: Catalogue, spans: pd.DataFrame
) -> History:
    """Read what there is of a window and of the periods before it.

    Parameters
    ----------
    source
        Points or the roll-up.
    window
        The period.
    catalogue
        Says what a failure is.
    spans
        SPANS contract over all periods, from `load.load_coverage`. Of a cluster that was watched,
        what a first list brought from before is part of the window, and no base of a comparison.

    Raises
    ------
    FrameError
        A column is missing or has another dtype.
    """
    before, weeks = window.previous(), window.baseline()
    exposed = exposures(spans, window, weeks=weeks)
    began = {name: exposure.began for name, exposure in exposed.items()}
    windows = [window, before, *weeks]
    since: list[Mapping[str, datetime]] = [{}, *(began for _ in windows[1:])]
    now, previous, *earlier = count_keys(source, windows, catalogue, since=since)
    four_weeks = failing_keys(source, window.earlier(), catalogue, began)
    first = source.first_quarters()
    enough = {name for name, one in exposed.items() if one.has_baseline}
    imported = now.clusters - set(exposed)
    return History(
        source=source,
        window=window,
        now=now,
        previous=previous,
        weeks=tuple(earlier),
        daily=occurrences_by_day(source, day_edges(window)),
        exposed=exposed,
        covered=frozenset(_reached(first, before) & imported | enough),
        weeks_covered=tuple(
            frozenset(_reached(first, week) & imported | _watched_week(exposed, number))
            for number, week in enumerate(weeks)
        ),
        earlier=four_weeks,
        known_before=frozenset(enough | previous.clusters),
        known_now=frozenset(now.clusters),
    )


def first_needed(window: Window) -> datetime:
    """Return the start of the earliest period that a history of *window* looks at."""
    days = day_edges(window)[0].to_pydatetime()
    return min(days, window.earlier().start, *(week.start for week in window.baseline()))


def _reached(first: Mapping[str, datetime], period: Window) -> set[str]:
    """Return the clusters whose data begin before 5 % of a period are over.

    Files and webhooks cannot prove that a cluster was watched: the span of its data stands in.
    """
    latest = period.start + (period.end - period.start) * (1 - LEAST_COVERED_SHARE)
    return {name for name, at in first.items() if at <= latest}


def _watched_week(exposed: Mapping[str, Exposure], number: int) -> set[str]:
    return {
        name
        for name, one in exposed.items()
        if one.share > 0 and one.week_shares[number] >= LEAST_BASELINE_SHARE
    }
