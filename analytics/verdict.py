"""Sentences of a digest: the verdict line, and the command to copy for a row."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from typing import cast

from analytics.coverage_words import is_too_little_known, unwatched, watched_throughout
from analytics.digest import EVERYTHING, Digest, Quality, Row, Selected
from analytics.language import say, say_number, sentences
from analytics.names import short_name
from analytics.period_words import before, period_before
from analytics.selection_words import part_words
from analytics.window import Report, Window

LEAST_BASE = 10  # below it a percentage says more about the base than about the change
MOST_SELECTION_CHARACTERS = 80
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
    selection: Selected = EVERYTHING,
    muted: int = 0,
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
    selection
        What the figures are of, said where it is not everything.
    muted
        Failures of the window that are muted.

    Returns
    -------
    str
        One line of printable text in the language in use; names from events are cut to 63
        characters, and what a terminal would obey or hide is spelt out.
    """
    missing = (_muted(muted), _missing(silent), unwatched(window, quality))
    if not clusters:
        nothing = say(
            "No data: not one event between {start} and {end} ({timezone}). "
            "This is not the same as no failures.",
            start=f"{window.local_start:%Y-%m-%d %H:%M}",
            end=f"{window.local_end:%Y-%m-%d %H:%M}",
            timezone=window.timezone,
        )
        return sentences(nothing, unwatched(window, quality))
    number = len(clusters)
    who = short_name(clusters[0])
    if number > 1:
        who = say_number("{number} cluster", "{number} clusters", number)
    who = _scoped(who, selection)
    # where a cluster is silent or was not watched, a sentence of its own says what is not known
    explained = bool(silent) or not all(cluster.whole for cluster in quality.covered)
    total = _total(failures, workloads, so_far=window.so_far, muted=muted)
    if not failures:
        said = say("{who}: {total}.", who=who, total=total)
        if previous_failures:
            said = _bare(window, who, total, previous_failures, doubt=not (comparable or explained))
        return sentences(said, *_seen(quality), watched_throughout(window, quality), *missing)
    if previous_failures is None:
        said = _unknown(window, who, total, quality)
    elif previous_failures < LEAST_BASE or not comparable:
        said = _bare(window, who, total, previous_failures, doubt=not (comparable or explained))
    else:
        said = _ratio(window, who, total, failures, previous_failures)
    return sentences(said, *missing, _first(rows[0], named=number > 1) if rows else "")


def verdict_of(digest: Digest) -> str:
    """Return the verdict of *digest* in the language in use, from its other fields."""
    return verdict(
        window_of(digest),
        digest.clusters,
        digest.rows,
        failures=digest.failures,
        previous_failures=digest.previous_failures,
        comparable=digest.comparable,
        silent=digest.silent,
        workloads=digest.workloads,
        quality=digest.quality,
        selection=digest.selection,
        muted=digest.muted.failures,
    )


def title_of(digest: Digest) -> str:
    """Return the title of *digest* in the language in use, from its other fields."""
    return window_of(digest).title


def window_of(digest: Digest) -> Window:
    """Return the window that *digest* covers."""
    report = cast("Report", digest.report)
    return Window(digest.start, digest.end, digest.timezone, report, digest.so_far)


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


def _scoped(who: str, selection: Selected) -> str:
    words = part_words(selection)
    if not words:
        return who
    if len(words) > MOST_SELECTION_CHARACTERS:
        words = say("a selection")
    return say("{who}, {selection}", who=who, selection=words)


def _total(failures: int, workloads: int, *, so_far: bool, muted: int) -> str:
    if not failures and muted:
        return say("no failures but muted ones")
    if not failures:
        return say("no failures so far") if so_far else say("no failures")
    where = say_number("{number} workload", "{number} workloads", workloads)
    if so_far:
        return say_number(
            "{number} failure so far in {workloads}",
            "{number} failures so far in {workloads}",
            failures,
            workloads=where,
        )
    return say_number(
        "{number} failure in {workloads}",
        "{number} failures in {workloads}",
        failures,
        workloads=where,
    )


def _bare(window: Window, who: str, total: str, previous: int, *, doubt: bool) -> str:
    when = before(window.report, so_far=window.so_far)
    number = f"{previous:,}"
    if doubt:
        return say(
            "{who}: {total} ({number} {before}, of which not all is known).",
            who=who,
            total=total,
            number=number,
            before=when,
        )
    return say(
        "{who}: {total} ({number} {before}).", who=who, total=total, number=number, before=when
    )


def _unknown(window: Window, who: str, total: str, quality: Quality) -> str:
    if is_too_little_known(quality.covered, window.start):
        period = period_before(window.report, so_far=window.so_far)
        return say(
            "{who}: {total}, too little known of {period}.", who=who, total=total, period=period
        )
    when = before(window.report, so_far=window.so_far)
    return say("{who}: {total}, no data {before}.", who=who, total=total, before=when)


def _ratio(window: Window, who: str, total: str, failures: int, previous: int) -> str:
    when = before(window.report, so_far=window.so_far)
    if failures >= TIMES_FROM * previous:
        return say(
            "{who}: {total}, {times} times as many as {before}.",
            who=who,
            total=total,
            times=f"{failures // previous:,}",
            before=when,
        )
    change = round(100 * (failures - previous) / previous)
    if not change:
        return say("{who}: {total}, about as many as {before}.", who=who, total=total, before=when)
    period = period_before(window.report, so_far=window.so_far)
    percent = f"{abs(change):,}"
    if change > 0:
        return say(
            "{who}: {total}, up {percent} % on {period}.",
            who=who,
            total=total,
            percent=percent,
            period=period,
        )
    return say(
        "{who}: {total}, down {percent} % on {period}.",
        who=who,
        total=total,
        percent=percent,
        period=period,
    )


def _seen(quality: Quality) -> tuple[str, str]:
    """Return how much "no failures" rests on; settled history has occurrences but no events."""
    seen = say_number("{number} event seen.", "{number} events seen.", quality.events)
    if quality.occurrences and not quality.events:
        seen = say_number(
            "{number} occurrence seen.", "{number} occurrences seen.", quality.occurrences
        )
    if not quality.suspect_rows:
        return seen, ""
    left_out = say_number(
        "{number} implausible count not included.",
        "{number} implausible counts not included.",
        quality.suspect_rows,
    )
    return seen, left_out


def _muted(failures: int) -> str:
    if not failures:
        return ""
    return say_number("{number} failure is muted.", "{number} failures are muted.", failures)


def _missing(silent: Sequence[str]) -> str:
    if not silent:
        return ""
    if len(silent) == 1:
        return say("No data from {cluster}.", cluster=short_name(silent[0]))
    return say_number(
        "No data from {number} other cluster.",
        "No data from {number} other clusters.",
        len(silent),
    )


def _first(row: Row, *, named: bool) -> str:
    cluster = f"{short_name(row.cluster)} " if named else ""
    namespace = f"{short_name(row.namespace)}/" if row.namespace else ""
    workload = f"{short_name(row.kind)} {short_name(row.name)}".strip() or say("no object")
    return say(
        "Look first at {workload}, {reason} ({number}).",
        workload=f"{cluster}{namespace}{workload}",
        reason=short_name(row.reason) or say("no reason"),
        number=f"{row.failures:,}",
    )
