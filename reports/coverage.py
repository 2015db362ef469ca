"""What was watched, in sentences: shares of the window, gaps, and what nobody can know."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from analytics.coverage_words import length, only, unwatched
from analytics.digest import Coverage, Digest, Unwatched
from analytics.inert import printable
from analytics.language import facts_listed, names_listed, say, say_number
from analytics.names import short_name
from analytics.presence import Presence, Watches
from reports.amounts import amount, share
from reports.times import clock, date_and_time, elapsed, elapsed_seconds, stretch

IMPORTED = "imported events cannot prove that nothing was missed."

_NAMES = 3


def presence_sentences(known: Presence) -> tuple[str, ...]:
    """Return a sentence or two for each cluster that was not watched all the time, as a whole."""
    parts = [_of_cluster(watches, known) for watches in known.by_cluster]
    parts += [f"{short_name(name)}: {_in_part(known)} is not watched." for name in known.elsewhere]
    if known.imported:
        parts.append(f"{some_names(known.imported)}: not watched; {IMPORTED}")
    return tuple(part for part in parts if part)


def some_names(clusters: Collection[str]) -> str:
    """Return the first names of clusters in a sentence, and how many more there are."""
    named = [short_name(name) for name in sorted(clusters)[:_NAMES]]
    more = len(clusters) - len(named)
    return ", ".join([*named, f"{amount(more)} more"] if more else named)


def nothing_sentence(known: Presence) -> str:
    """Return what an answer without a failure means: no data, or how sure it is that none was."""
    where = f" in {_in_part(known)}" if known.namespace is not None else ""
    if not known.is_known:
        return f"no data: not one event{where} lies in the window, and nobody watched"
    whole = known.watches.coverage == "whole" and not (known.imported or known.elsewhere)
    sure = "watched all the time" if whole else "as far as is known"
    return f"{'not one event' if where and known.is_empty else 'no failures'}{where}, {sure}"


def coverage_lines(digest: Digest) -> tuple[str, ...]:
    """Return one line a cluster, one a gap, and what came from before a watch began."""
    quality = digest.quality
    if not quality.covered:
        return (say("Unknown: imported events cannot prove that nothing was missed."),)
    dated = _is_dated(digest)
    lines = [_shares(cluster) for cluster in quality.covered]
    lines += [_gap(gap, dated=dated) for gap in quality.gaps]
    lines += _more_gaps(digest)
    lines += [_silent(cluster, digest) for cluster in quality.covered if cluster.proved]
    lines += [_earlier(cluster, dated=dated) for cluster in quality.covered if cluster.earlier]
    watched = {cluster.cluster for cluster in quality.covered}
    unknown = [name for name in (*digest.clusters, *digest.silent) if name not in watched]
    return (*lines, *map(_unknown, unknown))


def needs_a_look(digest: Digest) -> bool:
    """Tell whether there is a gap or a collector that fell silent."""
    return any(cluster.gap or cluster.proved for cluster in digest.quality.covered)


def _in_part(known: Presence) -> str:
    return f"namespace {short_name(known.namespace or '')}"


def _of_cluster(watches: Watches, known: Presence) -> str:
    [cluster] = watches.covered
    said = unwatched(known.window, watches)
    if not said and not cluster.whole:
        return _shares(cluster)
    asked = any(scope.namespace == known.namespace for scope in cluster.scopes)
    selected = any(scope.field_selector for scope in cluster.scopes)
    bounds = "" if asked and not selected else only(cluster)
    name = short_name(cluster.cluster)
    return " ".join(
        part for part in (said, f"{name} is watched in part: {bounds}." if bounds else "") if part
    )


def _is_dated(digest: Digest) -> bool:
    return digest.start.date() != (digest.end - timedelta(microseconds=1)).date()


def _unknown(cluster: str) -> str:
    return say(
        "{cluster}: unknown; imported events cannot prove that nothing was missed.",
        cluster=printable(cluster),
    )


def _shares(cluster: Coverage) -> str:
    bounds, name = only(cluster), printable(cluster.cluster)
    if bounds:
        name = say("{cluster} ({bounds})", cluster=name, bounds=bounds)
    if cluster.watched == 1:
        return say("{cluster}: watched all the time.", cluster=name)
    parts = (
        say("{share} watched", share=share(cluster.watched)) if cluster.watched else "",
        say("{share} recovered", share=share(cluster.recovered)) if cluster.recovered else "",
        say("{share} gap", share=share(cluster.gap)) if cluster.gap else "",
        say("{share} unknown", share=share(cluster.unknown)) if cluster.unknown else "",
    )
    return say("{cluster}: {shares}.", cluster=name, shares=facts_listed(parts))


def _gap(gap: Unwatched, *, dated: bool) -> str:
    names = [printable(name) for name in gap.namespaces[:_NAMES]]
    more = len(gap.namespaces) - len(names)
    names += [say("{number} more", number=amount(more))] if more else []
    cluster, when = printable(gap.cluster), _when(gap, dated=dated)
    if not names:
        return say("{cluster}: not watched {when}.", cluster=cluster, when=when)
    return say(
        "{cluster}: not watched {when} in {namespaces}.",
        cluster=cluster,
        when=when,
        namespaces=names_listed(names),
    )


def _when(gap: Unwatched, *, dated: bool) -> str:
    lasted = elapsed(gap.start, gap.end)
    if elapsed_seconds(gap.start, gap.end) < 60:  # both ends may read the same
        time = clock(gap.start, dated=dated)
        return say("for {length} at {time}", length=lasted, time=time)
    when = stretch(gap.start, gap.end, dated=dated)
    return say("{when} ({length})", when=when, length=lasted)


def _more_gaps(digest: Digest) -> list[str]:
    rest = digest.quality.gap_residual
    if not rest.gaps:
        return []
    return [
        say_number(
            "And {number} gap more, together {length}.",
            "And {number} gaps more, together {length}.",
            rest.gaps,
            length=length(rest.hours),
        )
    ]


def _silent(cluster: Coverage, digest: Digest) -> str:
    last = cluster.proved or digest.end
    is_inside = last >= digest.start
    return say(
        "{cluster}: nothing proved since {time} (collector silent?).",
        cluster=printable(cluster.cluster),
        time=clock(last, dated=_is_dated(digest)) if is_inside else date_and_time(last),
    )


def _earlier(cluster: Coverage, *, dated: bool) -> str:
    return say_number(
        "{cluster}: {number} occurrence from before the watch began at {time}.",
        "{cluster}: {number} occurrences from before the watch began at {time}.",
        cluster.earlier,
        cluster=printable(cluster.cluster),
        time=clock(cluster.began, dated=dated),
    )
