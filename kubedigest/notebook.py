"""The notebook API: ``import kubedigest as kd`` shows it, and loads it with its first use.

The functions of `analytics.public`, for frames that know their window.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from analytics import grouping, public
from analytics.public import Catalogue, Window
from kubedigest import frame_context as context
from kubedigest.connection import Connection, connect
from kubedigest.demo_store import demo
from kubedigest.errors import UsageError
from kubedigest.frame_context import window_of
from kubedigest.loading import (
    load_coverage,
    load_failures,
    load_messages,
    load_periods,
    load_points,
)
from kubedigest.showing import grid, local, table

__all__ = [
    "PROBLEM",
    "WORKLOAD",
    "Catalogue",
    "Connection",
    "Window",
    "cluster_coverage",
    "connect",
    "coverage",
    "demo",
    "episodes",
    "failure_frequency",
    "grid",
    "heat_map",
    "hotspots",
    "hour_of_day",
    "load_coverage",
    "load_failures",
    "load_messages",
    "load_periods",
    "load_points",
    "local",
    "message_groups",
    "ranking",
    "table",
    "time_histogram",
    "trends",
    "window_of",
]

# lists, since pandas takes a tuple for one name
PROBLEM = [*grouping.PROBLEM]
WORKLOAD = [*grouping.WORKLOAD]

Answer = Callable[..., pd.DataFrame]


def failure_frequency(
    failures: pd.DataFrame, window: Window | None = None, **options: Any
) -> pd.DataFrame:
    """Count failures, episodes and objects per group: `analytics.frequency.failure_frequency`.

    Parameters
    ----------
    failures
        From `load_failures` or `load_points`.
    window
        ``None`` takes the frame's; another has to lie inside it.
    **options
        ``by``, any columns of the frame; ``catalogue``, ``exposed``. Without the latter two the
        frame's own are taken, so that rates are per watched hour.

    Returns
    -------
    pd.DataFrame
        FREQUENCY contract after the columns *by*, most failures first.

    Raises
    ------
    UsageError
        The frame does not know its window, or was not loaded for this one.
    FrameError
        A column is missing or has another dtype.
    """
    chosen = context.chosen_window(failures, window)
    known = {"exposed": context.exposed_of(failures, chosen)}
    return _answer(public.failure_frequency, failures, chosen, known | options)


def time_histogram(
    failures: pd.DataFrame, window: Window | None = None, **options: Any
) -> pd.DataFrame:
    """Count failures per bucket of time: `analytics.histogram.time_histogram`.

    Parameters
    ----------
    failures, window
        As for `failure_frequency`.
    **options
        ``width_minutes`` (60), ``by``, ``catalogue``. [min]

    Returns
    -------
    pd.DataFrame
        HISTOGRAM contract; ``kd.local(...).plot(x="start", y="failures")`` draws it.

    Raises
    ------
    UsageError, FrameError
        As for `failure_frequency`.
    WindowError
        The width does not fit the window.
    """
    return _answer(public.time_histogram, failures, window, options)


def hour_of_day(
    failures: pd.DataFrame, window: Window | None = None, **options: Any
) -> pd.DataFrame:
    """Count failures per hour of the local clock: `analytics.hour_of_day.hour_of_day`.

    Parameters
    ----------
    failures, window
        As for `failure_frequency`.
    **options
        ``by``, ``catalogue``.

    Returns
    -------
    pd.DataFrame
        HOUR_OF_DAY contract; ``.plot.bar(x="hour", y="rate_per_hour")`` draws it.

    Raises
    ------
    UsageError, FrameError
        As for `failure_frequency`.
    """
    return _answer(public.hour_of_day, failures, window, options)


def heat_map(failures: pd.DataFrame, window: Window | None = None, **options: Any) -> pd.DataFrame:
    """Count failures per weekday and hour of the local clock: `analytics.heat_map.heat_map`.

    Parameters
    ----------
    failures, window
        As for `failure_frequency`.
    **options
        ``by``, ``catalogue``.

    Returns
    -------
    pd.DataFrame
        HEAT_MAP contract, 168 rows; `grid` makes seven rows of 24 of it.

    Raises
    ------
    UsageError, FrameError
        As for `failure_frequency`.
    """
    return _answer(public.heat_map, failures, window, options)


def episodes(failures: pd.DataFrame, window: Window | None = None, **options: Any) -> pd.DataFrame:
    """Find the runs of failures without a long gap: `analytics.episodes.episodes`.

    Parameters
    ----------
    failures, window
        As for `failure_frequency`.
    **options
        ``by``, ``gap``, ``catalogue``.

    Returns
    -------
    pd.DataFrame
        EPISODES contract after the columns *by*.

    Raises
    ------
    UsageError, FrameError
        As for `failure_frequency`.
    """
    return _answer(public.episodes, failures, window, options)


def trends(
    points: pd.DataFrame,
    previous_points: pd.DataFrame,
    baseline_points: pd.DataFrame | None = None,
    window: Window | None = None,
    **options: Any,
) -> pd.DataFrame:
    """Tell what is new, rising, steady, falling or gone: `analytics.trends.trends`.

    Parameters
    ----------
    points, previous_points, baseline_points
        Of a window, of the period before it, and of the four weeks, from `load_periods`. Without
        the last nothing is rising or falling: nobody can tell how days differ.
    window
        As for `failure_frequency`.
    **options
        ``by``, ``catalogue``, ``covered``, ``exposed`` and what else it takes.
        What `load_periods` found out is taken where an option is absent.

    Returns
    -------
    pd.DataFrame
        TRENDS contract after the columns *by*.

    Raises
    ------
    UsageError
        As for `failure_frequency`; a frame holds only failures, or the second is of another
        period than that before the first.
    FrameError
        As for `failure_frequency`.
    """
    for frame in (points, previous_points):
        _require_every_meaning(frame, "trends", "load_periods")
    chosen = context.chosen_window(points, window)
    if context.WINDOW in previous_points.attrs:
        asked, found = chosen.previous(), context.window_of(previous_points)
        if found.start > asked.start or found.end < asked.end:
            raise UsageError(
                f"the second frame is of {found.period}, and the period before {chosen.period} is "
                f"{asked.period}; load both with kd.load_periods"
            )
    known: dict[str, Any] = {"exposed": context.exposed_of(points, chosen)}
    if context.COMPARABLE in points.attrs and chosen == window_of(points):
        known["covered"] = points.attrs[context.COMPARABLE]
        if baseline_points is not None:
            known["weeks_covered"] = points.attrs.get(context.WEEKS)
    known["baseline_points"] = baseline_points

    def answer(frame: pd.DataFrame, of: Window, **rest: Any) -> pd.DataFrame:
        return public.trends(frame, previous_points, of, **rest)

    return _answer(answer, points, chosen, known | options)


def ranking(
    frequency: pd.DataFrame, verdicts: pd.Series | None = None, **options: Any
) -> pd.DataFrame:
    """Put what to look at first on top: `analytics.ranking.ranking`.

    Parameters
    ----------
    frequency
        From `failure_frequency`, by any columns.
    verdicts
        Of each of its rows, from `trends`; ``None`` where they are not known.
    **options
        ``catalogue``.

    Returns
    -------
    pd.DataFrame
        The rows of *frequency*, ordered, with ``score`` and its parts. [0..1]

    Raises
    ------
    FrameError
        A column is missing or has another dtype.
    """
    found = public.ranking(frequency, verdicts=verdicts, **options)
    found.attrs = dict(frequency.attrs)
    return found


def hotspots(points: pd.DataFrame, window: Window | None = None, **options: Any) -> pd.DataFrame:
    """Find the nodes, images and namespaces that failures share: `analytics.hotspots.hotspots`.

    Parameters
    ----------
    points
        From `load_points`, every meaning: what did not fail tells how unlikely the rest is. Points
        of some weeks tell more, with *window* the day that is asked about.
    window
        As for `failure_frequency`.
    **options
        ``by``, ``catalogue``.

    Returns
    -------
    pd.DataFrame
        HOTSPOTS contract, the hot places first.

    Raises
    ------
    UsageError
        As for `failure_frequency`, or the frame holds only failures.
    FrameError
        As for `failure_frequency`.
    """
    _require_every_meaning(points, "hotspots", "load_points")
    return _answer(public.hotspots, points, window, options)


def message_groups(messages: pd.DataFrame, **options: Any) -> pd.DataFrame:
    """Fold messages that differ only in values: `analytics.messages.message_groups`.

    Parameters
    ----------
    messages
        From `load_messages`.
    **options
        ``by``.

    Returns
    -------
    pd.DataFrame
        MESSAGE_GROUPS contract after the columns *by*.

    Raises
    ------
    FrameError
        A column is missing or has another dtype.
    """
    return _kept(public.message_groups(messages, **options), messages)


def coverage(spans: pd.DataFrame, window: Window | None = None) -> pd.DataFrame:
    """Tell for each watch what is known of every moment: `analytics.coverage.coverage`.

    Parameters
    ----------
    spans
        From `load_coverage`.
    window
        As for `failure_frequency`.

    Returns
    -------
    pd.DataFrame
        COVERAGE contract: stretches that are watched, recovered, a gap or unknown.

    Raises
    ------
    UsageError, FrameError
        As for `failure_frequency`.
    """
    return _kept(public.coverage(spans, context.chosen_window(spans, window)), spans)


def cluster_coverage(found: pd.DataFrame, window: Window | None = None) -> pd.DataFrame:
    """Tell for each cluster what is known of every moment: `analytics.coverage.cluster_coverage`.

    Parameters
    ----------
    found
        From `coverage`.
    window
        As for `failure_frequency`.

    Returns
    -------
    pd.DataFrame
        CLUSTER_COVERAGE contract.

    Raises
    ------
    UsageError, FrameError
        As for `failure_frequency`.
    """
    return _kept(public.cluster_coverage(found, context.chosen_window(found, window)), found)


def _answer(
    function: Answer, frame: pd.DataFrame, window: Window | None, options: dict[str, Any]
) -> pd.DataFrame:
    chosen = context.chosen_window(frame, window)
    given = {"catalogue": context.catalogue_of(frame)} | options
    found = _kept(function(frame, chosen, **given), frame)
    found.attrs[context.WINDOW] = context.note_window(chosen)
    return found


def _kept(found: pd.DataFrame, frame: pd.DataFrame) -> pd.DataFrame:
    found.attrs = {name: frame.attrs[name] for name in context.RESULT if name in frame.attrs}
    return found


def _require_every_meaning(frame: pd.DataFrame, answer: str, loader: str) -> None:
    if frame.attrs.get(context.ROWS) == "failures":
        raise UsageError(
            f"{answer} needs every event, and this frame holds only failures; load it with "
            f"kd.{loader}"
        )
