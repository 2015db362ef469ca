"""Groups that are told together -> the Digest that every channel shows: a small one, of now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from analytics.digest import LIVE, Digest, GapResidual, Quality, Residual, Row, State
from analytics.language import names_listed, say, say_number, sentences
from analytics.names import short_name
from analytics.verdict import kubectl_command
from reports.live.live_store import DueGroup
from reports.shortening import shortened
from reports.times import span

_LEAST = timedelta(microseconds=1)
_MOST_NAMES = 3


def live_digest(
    groups: Sequence[DueGroup], now: datetime, timezone: str, *, top: int, version: str
) -> Digest:
    """Return what a message says of groups, in the language in use.

    Parameters
    ----------
    groups
        At least one, what is to be told first comes first.
    now
        Time of the message.
    timezone
        IANA name.
    top
        Most rows; the residual has the others, and shown plus residual is the sum of what waits.
    version
        Of kubedigest.
    """
    zone = ZoneInfo(timezone)
    clusters = tuple(sorted({group.latest.cluster for group in groups}))
    total = sum(group.waiting for group in groups)
    rows = tuple(_row(group, total, zone, with_context=len(clusters) > 1) for group in groups)
    start = min(row.first for row in rows)
    end = max(*(row.last for row in rows), start) + _LEAST
    workloads = {(row.cluster, row.namespace, row.kind, row.name) for row in rows}
    digest = _digest(
        start=start,
        end=end,
        timezone=timezone,
        clusters=clusters,
        state="failures",
        verdict=_verdict(rows, total, len(workloads), clusters),
        version=version,
    )
    digest = replace(digest, failures=total, workloads=len(workloads), rows=rows)
    return shortened(digest, top)


def over_digest(
    groups: Sequence[DueGroup], now: datetime, timezone: str, after: timedelta, *, version: str
) -> Digest:
    """Return a message that groups are over: they said so, or were quiet for so long."""
    zone = ZoneInfo(timezone)
    clusters = tuple(sorted({group.latest.cluster for group in groups}))
    start = min(group.opened for group in groups).astimezone(zone)
    end = max(now.astimezone(zone), start + _LEAST)
    recovered = [group for group in groups if group.recovered_by]
    quiet = [group for group in groups if not group.recovered_by]
    parts = []
    if recovered:
        names = _names(recovered, named=len(clusters) > 1)
        parts.append(say("Works again: {names}.", names=names))
    if quiet:
        parts.append(
            say_number(
                "Quiet for {number} minute: {names}.",
                "Quiet for {number} minutes: {names}.",
                int(after / timedelta(minutes=1)),
                names=_names(quiet, named=len(clusters) > 1),
            )
        )
    total = sum(group.total for group in groups)
    moments = {
        "start": _moment(start, end),
        "end": _moment(max(group.last_time for group in groups).astimezone(zone), end),
    }
    if quiet:
        meaning = say_number(
            "{number} occurrence since {start}, the last at {end}; watched since without another.",
            "{number} occurrences since {start}, the last at {end}; watched since without another.",
            total,
            **moments,
        )
    else:
        meaning = say_number(
            "{number} occurrence since {start}, the last at {end}.",
            "{number} occurrences since {start}, the last at {end}.",
            total,
            **moments,
        )
    return _digest(
        start=start,
        end=end,
        timezone=timezone,
        clusters=clusters,
        state="quiet",
        verdict=sentences(*parts, meaning),
        version=version,
    )


def _digest(
    *,
    start: datetime,
    end: datetime,
    timezone: str,
    clusters: tuple[str, ...],
    state: State,
    verdict: str,
    version: str,
) -> Digest:
    none = Residual(rows=0, failures=0)
    return Digest(
        report=LIVE,
        period=f"{start:%Y%m%dT%H%M%S}-{end:%Y%m%dT%H%M%S}",
        title=say("Live, {time}", time=span(start, end, dated=True)),
        start=start,
        end=end,
        timezone=timezone,
        so_far=False,
        clusters=clusters,
        state=state,
        verdict=verdict,
        failures=0,
        previous_failures=None,
        comparable=False,
        silent=(),
        workloads=0,
        episodes=0,
        rows=(),
        residual=none,
        bucket_minutes=60,
        histogram=(),
        gone=(),
        gone_residual=none,
        daily=(),
        messages=(),
        peak=None,
        quality=Quality(
            events=0,
            occurrences=0,
            notices=0,
            noise=0,
            recoveries=0,
            suspect_rows=0,
            suspect_occurrences=0,
            set_aside_rows=0,
            requests=0,
            approximate=0,
            skewed=0,
            rejected=0,
            first_event=None,
            last_event=None,
            coverage="unknown",
            covered=(),
            gaps=(),
            gap_residual=GapResidual(gaps=0, hours=0.0),
            silences=(),
            version=version,
        ),
    )


def _row(group: DueGroup, total: int, zone: ZoneInfo, *, with_context: bool) -> Row:
    event = group.latest
    row = Row(
        cluster=event.cluster,
        namespace=event.namespace,
        kind=event.workload_kind,
        name=event.workload,
        reason=event.reason,
        failures=group.waiting,
        share=group.waiting / total,
        episodes=0,
        objects=0,
        first=min(group.waiting_since, group.last_time).astimezone(zone),
        last=group.last_time.astimezone(zone),
        rate_per_hour=0.0,
        still_firing=False,
        sparkline=(),
        message=event.message,
        kubectl="",
        trend="steady" if group.told else "new",
        previous_failures=group.told or None,
    )
    return replace(row, kubectl=kubectl_command(row, with_context=with_context))


def _verdict(rows: Sequence[Row], total: int, workloads: int, clusters: tuple[str, ...]) -> str:
    """Return the one line that a notification shows."""
    first = rows[0]
    cluster = f"{short_name(first.cluster)} " if len(clusters) > 1 else ""
    what = f"{cluster}{_named(first.namespace, first.kind, first.name)}"
    reason = short_name(first.reason) or say("no reason")
    if len(rows) == 1:
        where = what if cluster else f"{short_name(clusters[0])} {what}"
        again = (
            say_number("{number} told before", "{number} told before", first.previous_failures)
            if first.previous_failures
            else ""
        )
        times = f" ×{total:,}" if total > 1 else ""
        return f"{reason}{times}: {where}" + (f" ({again})" if again else "")
    return say_number(
        "{number} occurrence of {workloads}; look first at {first}, {reason} ({most}).",
        "{number} occurrences of {workloads}; look first at {first}, {reason} ({most}).",
        total,
        workloads=say_number("{number} workload", "{number} workloads", workloads),
        first=what,
        reason=reason,
        most=f"{first.failures:,}",
    )


def _names(groups: Sequence[DueGroup], *, named: bool) -> str:
    names = [_what(group, named=named) for group in groups[:_MOST_NAMES]]
    more = len(groups) - len(names)
    return names_listed(names + ([say("{number} more", number=f"{more:,}")] if more else []))


def _what(group: DueGroup, *, named: bool) -> str:
    event = group.latest
    cluster = f"{short_name(event.cluster)} " if named else ""
    who = _named(event.namespace, event.workload_kind, event.workload)
    reason = short_name(group.recovered_by or event.reason) or say("no reason")
    return f"{reason} · {cluster}{who}"


def _named(namespace: str, kind: str, name: str) -> str:
    owner = f"{short_name(namespace)}/" if namespace else ""
    who = f"{short_name(kind)} {short_name(name)}".strip() or say("no object")
    return f"{owner}{who}"


def _moment(moment: datetime, other: datetime) -> str:
    return f"{moment:%H:%M}" if moment.date() == other.date() else f"{moment:%Y-%m-%d %H:%M}"
