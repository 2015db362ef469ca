"""Sentences of a digest: the verdict line, and the command to copy for a row."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence

from analytics.coverage_words import unknown_before, unwatched, watched_throughout
from analytics.digest import Quality, Row
from analytics.names import short_name
from analytics.window import Window

LEAST_BASE = 10  # below it a percentage says more about the base than about the change
TIMES_FROM = 10  # from here on "17 times as many" reads easier than "up 1,650 %"
KIND = re.compile(r"[A-Za-z][A-Za-z0-9]*")


def verdict(
    window: Window,
    clusters: Sequence[str],
    rows: Sequence[Row],
    *,
    failures: int,
    previous_failures: int | None,
    comparable: bool,
    silent: Sequence[str],
    workloads: int,
    quality: Quality,
) -> str:
    """Return the one line that says how the period was.

    Parameters
    ----------
    window
        The period.
    clusters
        Clusters with an event in the window; empty means that there is no data.
    rows
        In the order of the ranking; the first is named.
    failures, workloads
        Totals of the window.
    previous_failures
        Failures of ``window.previous()``, None where too little is known of it. Below 10 the number
        stands instead of a percentage.
    comparable
        The two periods know the same clusters in full; else the number stands without a ratio.
    silent
        Clusters with earlier data and not one event in the window.
    quality
        For the number of events of a quiet period (of occurrences, where retention has settled
        them and no identity is left), the implausible counts left out of it, and the coverage.

    Returns
    -------
    str
        One line of printable text; names from events are cut to 63 characters, and what a
        terminal would obey or hide is spelt out.
    """
    if not clusters:
        return (
            f"No data: not one event between {window.local_start:%Y-%m-%d %H:%M} and "
            f"{window.local_end:%Y-%m-%d %H:%M} ({window.timezone}). "
            f"This is not the same as no failures.{unwatched(window, quality)}"
        )
    who = short_name(clusters[0]) if len(clusters) == 1 else f"{len(clusters)} clusters"
    so_far = " so far" if window.so_far else ""
    # where a cluster is silent or was not watched, a sentence of its own says what is not known
    explained = silent or not all(cluster.whole for cluster in quality.covered)
    doubt = "" if comparable or explained else ", of which not all is known"
    base = f" ({previous_failures or 0:,} {_before(window)}{doubt})"
    missing = f"{_missing(silent)}{unwatched(window, quality)}"
    if not failures:
        earlier = base if previous_failures else ""
        seen = f"{_seen(quality)}{watched_throughout(window, quality)}"
        return f"{who}: no failures{so_far}{earlier}. {seen}{missing}"
    if previous_failures is None:
        change = f", {unknown_before(quality.covered, window.start, _before(window))}"
    elif previous_failures < LEAST_BASE or not comparable:
        change = base
    else:
        change = _ratio(failures, previous_failures, _before(window))
    total = f"{_plural(failures, 'failure')}{so_far} in {_plural(workloads, 'workload')}"
    first = f" Look first at {_first(rows[0], named=len(clusters) > 1)}." if rows else ""
    return f"{who}: {total}{change}.{missing}{first}"


def kubectl_command(row: Row, *, with_context: bool) -> str:
    """Return a shell line that shows more of a row, or "" where its names are not printable.

    Parameters
    ----------
    row
        A row whose ``kubectl`` is not filled yet; every name is quoted for a POSIX shell.
    with_context
        Name the cluster as kubectl's context: needed where a digest covers several clusters.

    Examples
    --------
    >>> import datetime, functools
    >>> row = functools.partial(Row, cluster="prod", reason="BackOff", failures=1, share=1.0,
    ...     episodes=1, objects=1, first=datetime.datetime.min, last=datetime.datetime.min,
    ...     rate_per_hour=1.0, still_firing=False, sparkline=(), message="", kubectl="",
    ...     trend="steady", previous_failures=None)
    >>> kubectl_command(row(namespace="shop", kind="Deployment", name="api"), with_context=False)
    'kubectl -n shop describe deployment/api'
    >>> kubectl_command(row(namespace="", kind="Node", name="$(reboot)"), with_context=True)
    "kubectl --context prod describe 'node/$(reboot)'"
    """
    words = ["kubectl"]
    if with_context:
        words += _option("--context", row.cluster)
    if row.namespace:
        words += _option("-n", row.namespace)
    if KIND.fullmatch(row.kind) and row.name:
        words += ["describe", f"{row.kind.lower()}/{row.name}"]
    else:
        words += ["get", "events"]
        words += [f"--field-selector=involvedObject.name={row.name}"] if row.name else []
    line = shlex.join(words)
    return line if line.isprintable() else ""


def _option(name: str, value: str) -> list[str]:
    # a value that starts with a dash must not be read as an option of its own
    long = {"-n": "--namespace"}.get(name, name)
    return [f"{long}={value}"] if value.startswith("-") else [name, value]


def _before(window: Window) -> str:
    if window.so_far:
        return "in the same hours of the day before"
    return {"daily": "the day before", "weekly": "the week before"}.get(
        window.report, "in the same time before"
    )


def _seen(quality: Quality) -> str:
    """Return how much "no failures" rests on; settled history has occurrences but no events."""
    seen = _plural(quality.events, "event")
    if quality.occurrences and not quality.events:
        seen = _plural(quality.occurrences, "occurrence")
    suspect = _plural(quality.suspect_rows, "implausible count")
    left_out = f" {suspect} not included." if quality.suspect_rows else ""
    return f"{seen} seen.{left_out}"


def _missing(silent: Sequence[str]) -> str:
    if not silent:
        return ""
    who = short_name(silent[0]) if len(silent) == 1 else f"{len(silent)} other clusters"
    return f" No data from {who}."


def _ratio(failures: int, previous: int, before: str) -> str:
    if failures >= TIMES_FROM * previous:
        return f", {failures // previous:,} times as many as {before}"
    percent = round(100 * (failures - previous) / previous)
    if not percent:
        return f", about as many as {before}"
    direction = "up" if percent > 0 else "down"
    return f", {direction} {abs(percent):,} % on {before.removeprefix('in ')}"


def _first(row: Row, *, named: bool) -> str:
    cluster = f"{short_name(row.cluster)} " if named else ""
    namespace = f"{short_name(row.namespace)}/" if row.namespace else ""
    workload = f"{short_name(row.kind)} {short_name(row.name)}".strip() or "no object"
    reason = short_name(row.reason) or "no reason"
    return f"{cluster}{namespace}{workload}, {reason} ({row.failures:,})"


def _plural(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
