"""What the verdict says of the coverage: nothing, where nobody watched."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Protocol

from analytics.coverage import LONGEST_IDLE
from analytics.digest import Coverage, GapResidual, Quality, Unwatched
from analytics.language import names_listed, parts_listed, say, say_number, sentences
from analytics.names import short_name
from analytics.period_words import all_of
from analytics.window import Window

LONGEST_DAY = timedelta(hours=25)
NAMED_GAPS = 2
MOST_NAMES = 3
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


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
    """Return the sentences on gaps, late beginnings and silent collectors, "" without any.

    Parameters
    ----------
    window
        The period; beyond a day times get their date.
    quality
        For the coverage and the gaps.
    """
    return sentences(_gaps(window, quality), *_ends(window, quality))


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
    period = all_of(window.report, so_far=window.so_far)
    bounds = [only(cluster) for cluster in quality.covered if only(cluster)]
    if not bounds:
        return say("Watched {period}.", period=period)
    if len(quality.covered) > 1:
        return say("Watched {period}, not every cluster as a whole.", period=period)
    return say("Watched {period}, {bounds}.", period=period, bounds=bounds[0])


def is_too_little_known(covered: Sequence[Coverage], start: datetime) -> bool:
    """Tell why there is no number of the period before: too little of it watched, or no data.

    Parameters
    ----------
    covered
        The coverage of each watched cluster.
    start
        Of the window.
    """
    return any(cluster.began < start for cluster in covered)


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
    return say("only {parts}", parts=parts_listed(_cut(parts))) if parts else ""


def length(hours: float) -> str:
    """Return a duration in the greatest unit that fits: ``4.5 h``, ``2 min``, ``15 s``."""
    seconds = round(hours * 3600)
    if seconds >= 3600:
        return say("{number} h", number=f"{hours:,.1f}")
    if seconds >= 60:
        return say("{number} min", number=round(seconds / 60))
    return say("{number} s", number=max(1, seconds))


def _part(selector: str, namespaces: Sequence[str], *, alone: bool) -> str:
    names = names_listed(_cut([short_name(name) for name in sorted(namespaces)]))
    if not selector:
        number = len(namespaces)
        return say_number("namespace {names}", "namespaces {names}", number, names=names)
    chosen = short_name(selector)
    if "" in namespaces:
        return chosen if alone else say("{selector} in all namespaces", selector=chosen)
    return say("{selector} in {namespaces}", selector=chosen, namespaces=names)


def _cut(names: Sequence[str]) -> list[str]:
    more = len(names) - MOST_NAMES
    rest = [say("{number} more", number=f"{more:,}")] if more > 0 else []
    return [*names[:MOST_NAMES], *rest]


def _gaps(window: Window, quality: Watched) -> str:
    names = [cluster.cluster for cluster in quality.covered if cluster.gap]
    if not names:
        return ""
    number = len(quality.gaps) + quality.gap_residual.gaps
    if len(names) == 1 and number <= NAMED_GAPS:
        in_order = sorted(quality.gaps, key=lambda gap: gap.start)
        times = [_gap(gap, window) for gap in in_order]
        both = len(times) == NAMED_GAPS
        when = say("{first} and {last}", first=times[0], last=times[1]) if both else "".join(times)
        return say("{cluster} was not watched {when}.", cluster=short_name(names[0]), when=when)
    lasted = length(sum(map(_hours, quality.gaps)) + quality.gap_residual.hours)
    if len(names) == 1:
        return say_number(
            "{cluster} was not watched for {length} in {number} gap.",
            "{cluster} was not watched for {length} in {number} gaps.",
            number,
            cluster=short_name(names[0]),
            length=lasted,
        )
    return say_number(
        "{clusters} were not watched for {length} in {number} gap.",
        "{clusters} were not watched for {length} in {number} gaps.",
        number,
        clusters=say_number("{number} cluster", "{number} clusters", len(names)),
        length=lasted,
    )


def _hours(gap: Unwatched) -> float:
    # times of one zone would subtract as clocks do, off by an hour where they change
    return (gap.end.astimezone(UTC) - gap.start.astimezone(UTC)) / HOUR


def _gap(gap: Unwatched, window: Window) -> str:
    start = _clock(gap.start, window)
    if _hours(gap) < MINUTE / HOUR:
        when = say("for {length} at {time}", length=length(_hours(gap)), time=start)
    else:
        is_one_day = gap.end.date() == gap.start.date()
        end = f"{gap.end:%H:%M}" if is_one_day else _clock(gap.end, window)
        when = f"{start}–{end}"
    return say("{when} in some namespaces", when=when) if gap.namespaces else when


def _ends(window: Window, quality: Watched) -> list[str]:
    began = [one for one in quality.covered if one.began - window.start > LONGEST_IDLE]
    proved = [one for one in quality.covered if one.proved is not None]
    return [*_began(began, window), *_proved(proved, window)]


def _began(late: Sequence[Coverage], window: Window) -> list[str]:
    if not late:
        return []
    clocks = [_clock(moment, window) for moment in sorted(one.began for one in late)]
    if len(late) == 1:
        name = short_name(late[0].cluster)
        return [say("{cluster} has been watched since {time}.", cluster=name, time=clocks[0])]
    if clocks[0] == clocks[-1]:
        since = say_number(
            "{number} cluster has been watched only since {time}.",
            "{number} clusters have been watched only since {time}.",
            len(late),
            time=clocks[0],
        )
    else:
        since = say_number(
            "{number} cluster has been watched only since {time} or later.",
            "{number} clusters have been watched only since {time} or later.",
            len(late),
            time=clocks[0],
        )
    return [since]


def _proved(silent: Sequence[Coverage], window: Window) -> list[str]:
    if not silent:
        return []
    last = _clock(max(one.proved or window.end for one in silent), window)
    if len(silent) == 1:
        return [
            say(
                "Nothing has been proved of {cluster} since {time}. Is its collector alive?",
                cluster=short_name(silent[0].cluster),
                time=last,
            )
        ]
    return [
        say_number(
            "Nothing has been proved of {number} cluster since {time}. Is its collector alive?",
            "Nothing has been proved of {number} clusters since {time}. "
            "Are their collectors alive?",
            len(silent),
            time=last,
        )
    ]


def _clock(moment: datetime, window: Window) -> str:
    is_dated = window.end - window.start > LONGEST_DAY or moment < window.start
    if is_dated:
        return f"{moment:%Y-%m-%d %H:%M}"
    is_end = moment >= window.end and f"{moment:%H:%M}" == "00:00"
    return "24:00" if is_end else f"{moment:%H:%M}"
