"""What the verdict says of the coverage: nothing, where nobody watched."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from analytics.coverage import LONGEST_IDLE
from analytics.digest import Coverage, Quality, Unwatched
from analytics.names import short_name
from analytics.window import Window

LONGEST_DAY = timedelta(hours=25)
NAMED_GAPS = 2
HOUR = timedelta(hours=1)
PERIODS = {"daily": "the whole day", "weekly": "the whole week"}


def unwatched(window: Window, quality: Quality) -> str:
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
    period = "all the time" if window.so_far else PERIODS.get(window.report, "all the time")
    return f" Watched {period}{_bounds(quality)}."


def only(cluster: Coverage) -> str:
    """Return the bounds of what was watched, such as "only namespaces a, b"; "" for everything."""
    noun = "namespace" if len(cluster.namespaces) == 1 else "namespaces"
    shown = [short_name(name) for name in cluster.namespaces[:3]]
    more = len(cluster.namespaces) - len(shown)
    shown += [f"{more:,} more"] if more else []
    parts = [f"{noun} {', '.join(shown)}"] if shown else []
    parts += [short_name(selector) for selector in cluster.field_selectors[:3]]
    return ", ".join(f"only {part}" for part in parts)


def _bounds(quality: Quality) -> str:
    bounds = [only(cluster) for cluster in quality.covered if only(cluster)]
    if not bounds:
        return ""
    return f", {bounds[0]}" if len(quality.covered) == 1 else ", not every cluster as a whole"


def _gaps(window: Window, quality: Quality) -> str:
    names = [cluster.cluster for cluster in quality.covered if cluster.gap]
    if not names:
        return ""
    who = f"{short_name(names[0])} was" if len(names) == 1 else f"{len(names)} clusters were"
    number = len(quality.gaps) + quality.gap_residual.gaps
    if len(names) == 1 and number <= NAMED_GAPS:
        in_order = sorted(quality.gaps, key=lambda gap: gap.start)
        return f"{who} not watched {' and '.join(_gap(gap, window) for gap in in_order)}."
    # times of one zone would subtract as clocks do, off by an hour where they change
    ends = ((gap.start.astimezone(UTC), gap.end.astimezone(UTC)) for gap in quality.gaps)
    hours = sum((end - start) / HOUR for start, end in ends)
    total = hours + quality.gap_residual.hours
    return f"{who} not watched for {total:,.1f} h in {number:,} gaps."


def _gap(gap: Unwatched, window: Window) -> str:
    part = " in some namespaces" if gap.namespaces else ""
    return f"{_clock(gap.start, window)}–{_clock(gap.end, window)}{part}"


def _ends(window: Window, quality: Quality) -> list[str]:
    began = [one for one in quality.covered if one.began - window.start > LONGEST_IDLE]
    proved = [one for one in quality.covered if one.proved is not None]
    sentences = [
        f"{short_name(one.cluster)} is watched since {_clock(one.began, window)}."
        for one in began[:1]
    ]
    if len(began) > 1:
        sentences = [f"The watch of {len(began)} clusters began in between."]
    if len(proved) > 1:
        sentences.append(f"Nothing is proven of the end of the window for {len(proved)} clusters.")
    elif proved:
        last = _clock(proved[0].proved or window.end, window)
        name = short_name(proved[0].cluster)
        sentences.append(f"Nothing is proven of {name} since {last}: is its collector alive?")
    return sentences


def _clock(moment: datetime, window: Window) -> str:
    is_dated = window.end - window.start > LONGEST_DAY or moment < window.start
    if is_dated:
        return f"{moment:%Y-%m-%d %H:%M}"
    is_end = moment >= window.end and f"{moment:%H:%M}" == "00:00"
    return "24:00" if is_end else f"{moment:%H:%M}"
