"""Store -> the frames of a notebook, which know their window."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from sqlalchemy import Engine

from analytics import load
from analytics.daily import clusters_before, day_edges, occurrences_by_day
from analytics.exposure import exposures
from analytics.frames import POINTS
from analytics.grouping import PROBLEM
from analytics.history import first_needed
from analytics.rollup_source import open_rollup
from analytics.spread import occurrences_before
from analytics.trends import covered_clusters, covered_weeks
from analytics.window import Window
from kubedigest import frame_context as context
from kubedigest.asked_window import Moment, asked_window
from kubedigest.connection import Connection, one_sentence
from kubedigest.errors import UsageError
from kubedigest.times import parse_instant

Names = str | Sequence[str] | None


def load_points(
    connection: Connection,
    what: str | Window | None = None,
    *,
    since: Moment | None = None,
    until: Moment | None = None,
    at: Moment | None = None,
    timezone: str | None = None,
    clusters: Names = None,
    namespaces: Names = None,
) -> pd.DataFrame:
    """Read every point of a window, whatever it means.

    Parameters
    ----------
    connection
        From `connect` or `demo`.
    what
        ``"daily"``, ``"weekly"``, a duration such as ``"24h"`` (the default), or a Window.
    since, until
        A duration before the end, or the start itself; the end. Texts in ISO 8601, without an
        offset in *timezone*, or aware datetimes.
    at
        What counts as now; ``None`` for now, in the demo for its last moment.
    timezone
        IANA name of the zone of days and hours; ``None`` takes the connection's.
    clusters, namespaces
        Names to keep, one or several; ``None`` keeps all.

    Returns
    -------
    pd.DataFrame
        POINTS contract, one row a point, by time. Times are in UTC, names are categories. A point
        that only reaches into the window is there whole; the functions cut it. ``attrs`` holds the
        window, the coverage and the overrides of the reason catalogue as JSON can write them.

    Raises
    ------
    UsageError, WindowError
        The window cannot be.
    UnreachableError, Failure
        The database does not answer, or the connection is closed.
    """
    with one_sentence():
        window = _window(connection, what, since, until, at, timezone)
        points = load.load_points(connection.engine, window, clusters=_list(clusters))
        return _noted(_only(points, namespaces), connection, window, rows="points")


def load_failures(
    connection: Connection,
    what: str | Window | None = None,
    *,
    since: Moment | None = None,
    until: Moment | None = None,
    at: Moment | None = None,
    timezone: str | None = None,
    clusters: Names = None,
    namespaces: Names = None,
) -> pd.DataFrame:
    """Read the failures of a window.

    Parameters
    ----------
    connection, what, since, until, at, timezone, clusters, namespaces
        As for `load_points`.

    Returns
    -------
    pd.DataFrame
        POINTS contract, one row a point that is counted, that the reason catalogue calls a
        failure, and that has an occurrence inside the window, by time; and the column
        ``failures``, how many of its occurrences lie inside (int64). Its sum is the total of
        every answer made from the frame.

    Raises
    ------
    UsageError, WindowError
        The window cannot be.
    UnreachableError, Failure
        The database does not answer, or the connection is closed.
    """
    points = load_points(
        connection, what, since=since, until=until, at=at, timezone=timezone,
        clusters=clusters, namespaces=namespaces,
    )  # fmt: skip
    window = context.window_of(points)
    inside = occurrences_before(points, window.end) - occurrences_before(points, window.start)
    failing = connection.catalogue.classify(points) == "failure"
    kept = points.assign(failures=inside)[points["counted"] & failing & (inside > 0)]
    found = _with_seen_categories(kept).reset_index(drop=True)
    found.attrs = {**points.attrs, context.ROWS: "failures"}
    return found


def load_periods(
    connection: Connection,
    what: str | Window | None = None,
    *,
    since: Moment | None = None,
    until: Moment | None = None,
    at: Moment | None = None,
    timezone: str | None = None,
    clusters: Names = None,
    namespaces: Names = None,
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Read a window, the period before it, and the weeks before, for `trends`.

    Parameters
    ----------
    connection, what, since, until, at, timezone, clusters, namespaces
        As for `load_points`.

    Returns
    -------
    tuple of three pd.DataFrame
        POINTS contract, every meaning: of the window; of the day, week or equal time before it;
        and of all the time from four weeks before that up to the window, which holds the same
        weekday of four weeks. The first also knows which clusters can be compared: *namespaces*
        narrows the rows, not what is known of their clusters.

    Raises
    ------
    UsageError, WindowError
        The window cannot be.
    UnreachableError, Failure
        The database does not answer, or the connection is closed.
    """
    with one_sentence():
        window = _window(connection, what, since, until, at, timezone)
        engine, before, start = connection.engine, window.previous(), first_needed(window)
        weeks = Window.between(start, window.start, window.timezone)
        names = _list(clusters)
        points, earlier, long_ago = (
            load.load_points(engine, period, clusters=names) for period in (window, before, weeks)
        )
        exposed = exposures(
            load.load_coverage(engine, start, window.end), window, weeks=window.baseline()
        )
        known = clusters_before(_daily(engine, window), window)
        now, previous, baseline = (
            _noted(_only(frame, namespaces), connection, period, rows="points")
            for frame, period in ((points, window), (earlier, before), (long_ago, weeks))
        )
        comparable = covered_clusters(points, earlier, window, known_before=known, exposed=exposed)
        now.attrs[context.COMPARABLE] = sorted(comparable)
        comparable_weeks = covered_weeks(points, long_ago, window, exposed=exposed)
        now.attrs[context.WEEKS] = [sorted(week) for week in comparable_weeks]
        return now, previous, baseline


def load_coverage(
    connection: Connection,
    what: str | Window | None = None,
    *,
    since: Moment | None = None,
    until: Moment | None = None,
    at: Moment | None = None,
    timezone: str | None = None,
    clusters: Names = None,
) -> pd.DataFrame:
    """Read what is known of how a window was watched, for `coverage`.

    Parameters
    ----------
    connection, what, since, until, at, timezone, clusters
        As for `load_points`.

    Returns
    -------
    pd.DataFrame
        SPANS contract. Empty where events were only ever imported: nobody can tell what a file
        left out.

    Raises
    ------
    UsageError, WindowError
        The window cannot be.
    UnreachableError, Failure
        The database does not answer, or the connection is closed.
    """
    with one_sentence():
        window = _window(connection, what, since, until, at, timezone)
        spans = load.load_coverage(connection.engine, window.start, window.end)
        names = _list(clusters)
        found = spans if names is None else spans[spans["cluster"].isin(names)]
        found = found.reset_index(drop=True)
        found.attrs = {context.WINDOW: context.note_window(window)}
        return found


def load_messages(
    connection: Connection,
    rows: pd.DataFrame,
    window: Window | None = None,
    *,
    most: int = load.MOST_MESSAGES,
) -> pd.DataFrame:
    """Read the messages of some problems, for `message_groups`.

    Parameters
    ----------
    connection
        From `connect` or `demo`.
    rows
        Columns cluster, namespace, workload_kind, workload, reason: a few rows of
        ``failure_frequency(failures, by=kd.PROBLEM)`` or of `trends`.
    window
        ``None`` takes that of *rows*.
    most
        Messages to read of each row, the newest.

    Returns
    -------
    pd.DataFrame
        MESSAGES contract, only what means a failure.

    Raises
    ------
    UsageError
        *rows* lacks a column, or knows no window.
    UnreachableError, Failure
        The database does not answer, or the connection is closed.
    """
    missing = [name for name in PROBLEM if name not in rows.columns]
    if missing:
        raise UsageError(
            f"messages are read for a workload and a reason, and there is no column "
            f"{missing[0]!r}; group by kd.PROBLEM"
        )
    with one_sentence():
        asked = context.chosen_window(rows, window)
        read = load.load_messages(connection.engine, asked, rows[list(PROBLEM)], most=most)
        failing = (connection.catalogue.classify(read) == "failure").to_numpy()
        found = read[failing].reset_index(drop=True)
        found.attrs = {context.WINDOW: context.note_window(asked)}
        return found


def _daily(engine: Engine, window: Window) -> pd.DataFrame:
    with open_rollup(engine) as source:
        return occurrences_by_day(source, day_edges(window))


def _window(
    connection: Connection,
    what: str | Window | None,
    since: Moment | None,
    until: Moment | None,
    at: Moment | None,
    timezone: str | None,
) -> Window:
    if isinstance(what, Window) and (at is not None or timezone is not None):
        raise UsageError("a Window has its times and its zone; leave at and timezone out")
    zone = timezone or connection.timezone
    now = at if at is not None else connection.now
    if isinstance(now, str):
        now = parse_instant(now, "at", zone) or connection.now
    return asked_window(what, since=since, until=until, now=now, timezone=zone)


def _list(names: Names) -> list[str] | None:
    if names is None:
        return None
    return [names] if isinstance(names, str) else list(names)


def _only(points: pd.DataFrame, namespaces: Names) -> pd.DataFrame:
    names = _list(namespaces)
    return points if names is None else points[points["namespace"].isin(names)]


def _with_seen_categories(points: pd.DataFrame) -> pd.DataFrame:
    """Drop the names that no row has, which plots and counts would show as empty."""
    names = [column.name for column in POINTS.columns if column.dtype == "category"]
    return points.assign(**{name: points[name].cat.remove_unused_categories() for name in names})


def _noted(
    points: pd.DataFrame, connection: Connection, window: Window, *, rows: str
) -> pd.DataFrame:
    spans = load.load_coverage(connection.engine, first_needed(window), window.end)
    order = ["time", "cluster", "namespace", "name"]
    found = _with_seen_categories(points).sort_values(order, ignore_index=True)
    coverage = context.note_coverage(spans, window)
    shares = context.note_shares(coverage, window, list(found["cluster"].cat.categories))
    found.attrs = {
        context.WINDOW: context.note_window(window),
        context.ROWS: rows,
        context.REASONS: connection.overrides,
        context.COVERAGE: coverage,
        context.SHARE: shares,
    }
    return found
