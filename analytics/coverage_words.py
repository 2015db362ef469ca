"""What the verdict says of the coverage: nothing, where nobody watched."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Protocol

from analytics.coverage import LONGEST_IDLE
from analytics.digest import Coverage, GapResidual, Quality, Unwatched
from analytics.names import short_name
from analytics.window import Window

LONGEST_DAY = timedelta(hours=25)
NAMED_GAPS = 2
MOST_NAMES = 3
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
PERIODS = {"daily": "the whole day", "weekly": "the whole week"}


class Watched(Protocol):
    """What is known of the coverage of some clusters: a digest's quality, or a part of it."""

    @property
    def covered(self) -> tuple[Coverage, ...]:
        """The clusters that were watched."""

    @property
    def gaps(self) -> tuple[Unwatched, ...]:
        """The longest gaps."""

    @property
    def gap_residual(self) -> GapResidual:
        """The other gaps."""


def unwatched(window: Window, quality: Watched) -> str:
    """Return the sentences on gaps, late beginnings and silent collectors, each after a space.

    Parameters
    ----------
    window
        The period; beyond a day times get their date.
    quality
        For the coverage and the gaps.
    """
    return "".join(f" {text}" for text in (_gaps(window, quality), *_ends(window, quality)) if text)


def watched_throughout(window: Window, quality: Quality) -> str:
    """Return that every cluster was watched all the time, "" where one was not.

    Parameters
    ----------
    window
        The period, for its name.
    quality
        For the coverage.
    """
    if quality.coverage != "whole":
        return ""
    return f" Watched {all_of(window.report, so_far=window.so_far)}{_bounds(quality)}."


def all_of(report: str, *, so_far: bool) -> str:
    """Return a window in words: the whole day, the whole week, or all the time."""
    return "all the time" if so_far else PERIODS.get(report, "all the time")


def unknown_before(covered: Sequence[Coverage], start: datetime, before: str) -> str:
    """Return why there is no number of the period before: no data, or too little of it watched.

    Parameters
    ----------
    covered
        The coverage of each watched cluster.
    start
        Of the window.
    before
        The period before, such as "the day before" or "in the same time before".
    """
    if any(cluster.began < start for cluster in covered):
        return f"too little known of {before.removeprefix('in ')}"
    return f"no data {before}"


def only(cluster: Coverage) -> str:
    """Return the bounds of what was watched, "" for everything.

    Parameters
    ----------
    cluster
        Its scopes: namespaces with all their events stand first, then what field selectors chose.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> from analytics.digest import Scope
    >>> shop = Scope(namespace="shop", field_selector="")
    >>> billing = Scope(namespace="billing", field_selector="type=Warning")
    >>> only(SimpleNamespace(scopes=(billing, shop)))
    'only namespace shop; type=Warning in billing'
    """
    ordered = sorted(cluster.scopes, key=lambda scope: scope.field_selector)
    groups = groupby(ordered, key=lambda scope: scope.field_selector)
    names = {text: [scope.namespace for scope in scopes] for text, scopes in groups}
    parts = [_part(text, namespaces, alone=len(names) == 1) for text, namespaces in names.items()]
    return f"only {'; '.join(_cut(parts))}" if parts else ""


def length(hours: float) -> str:
    """Return a duration in the greatest unit that fits: ``4.5 h``, ``2 min``, ``15 s``."""
    seconds = round(hours * 3600)
    if seconds >= 3600:
        return f"{hours:,.1f} h"
    return f"{round(seconds / 60)} min" if seconds >= 60 else f"{max(1, seconds)} s"


def _part(selector: str, namespaces: Sequence[str], *, alone: bool) -> str:
    named = ", ".join(_cut([short_name(name) for name in sorted(namespaces)]))
    if not selector:
        return f"namespace{'' if len(namespaces) == 1 else 's'} {named}"
    if "" in namespaces:
        return short_name(selector) if alone else f"{short_name(selector)} in all namespaces"
    return f"{short_name(selector)} in {named}"


def _cut(names: Sequence[str]) -> list[str]:
    more = len(names) - MOST_NAMES
    return [*names[:MOST_NAMES], *([f"{more:,} more"] if more > 0 else [])]


def _bounds(quality: Quality) -> str:
    bounds = [only(cluster) for cluster in quality.covered if only(cluster)]
    if not bounds:
        return ""
    return f", {bounds[0]}" if len(quality.covered) == 1 else ", not every cluster as a whole"


def _gaps(window: Window, quality: Watched) -> str:
    names = [cluster.cluster for cluster in quality.covered if cluster.gap]
    if not names:
        return ""
    who = f"{short_name(names[0])} was" if len(names) == 1 else f"{len(names)} clusters were"
    number = len(quality.gaps) + quality.gap_residual.gaps
    if len(names) == 1 and number <= NAMED_GAPS:
        in_order = sorted(quality.gaps, key=lambda gap: gap.start)
        return f"{who} not watched {' and '.join(_gap(gap, window) for gap in in_order)}."
    total = sum(map(_hours, quality.gaps)) + quality.gap_residual.hours
    return f"{who} not watched for {length(total)} in {number:,} gaps."


def _hours(gap: Unwatched) -> float:
    # times of one zone would subtract as clocks do, off by an hour where they change
    return (gap.end.astimezone(UTC) - gap.start.astimezone(UTC)) / HOUR


def _gap(gap: Unwatched, window: Window) -> str:
    part = " in some namespaces" if gap.namespaces else ""
    start = _clock(gap.start, window)
    if _hours(gap) < MINUTE / HOUR:
        return f"for {length(_hours(gap))} at {start}{part}"
    end = f"{gap.end:%H:%M}" if gap.end.date() == gap.start.date() else _clock(gap.end, window)
    return f"{start}–{end}{part}"


def _ends(window: Window, quality: Watched) -> list[str]:
    began = [one for one in quality.covered if one.began - window.start > LONGEST_IDLE]
    proved = [one for one in quality.covered if one.proved is not None]
    return [*_began(began, window), *_proved(proved, window)]


def _began(late: Sequence[Coverage], window: Window) -> list[str]:
    if not late:
        return []
    clocks = [_clock(moment, window) for moment in sorted(one.began for one in late)]
    if len(late) == 1:
        return [f"{short_name(late[0].cluster)} has been watched since {clocks[0]}."]
    since = clocks[0] if clocks[0] == clocks[-1] else f"{clocks[0]} or later"
    return [f"{len(late)} clusters have been watched only since {since}."]


def _proved(silent: Sequence[Coverage], window: Window) -> list[str]:
    if not silent:
        return []
    last = _clock(max(one.proved or window.end for one in silent), window)
    if len(silent) == 1:
        name = short_name(silent[0].cluster)
        return [f"Nothing has been proved of {name} since {last}. Is its collector alive?"]
    return [
        f"Nothing has been proved of {len(silent)} clusters since {last}. "
        "Are their collectors alive?"
    ]


def _clock(moment: datetime, window: Window) -> str:
    is_dated = window.end - window.start > LONGEST_DAY or moment < window.start
    if is_dated:
        return f"{moment:%Y-%m-%d %H:%M}"
    is_end = moment >= window.end and f"{moment:%H:%M}" == "00:00"
    return "24:00" if is_end else f"{moment:%H:%M}"
