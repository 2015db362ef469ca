"""What the figures rest on, in sentences: the data quality section of every digest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from analytics.digest import Digest, Gap, Quality
from analytics.inert import printable
from analytics.language import names_listed, parts_listed, say, say_number
from analytics.selection_words import is_within_clusters, selection_words
from analytics.silence import SHORTEST
from reports.amounts import amount
from reports.coverage import coverage_lines, needs_a_look
from reports.muting import muted_lines
from reports.times import between, date_and_time, elapsed, stretch


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A term and what is to be said about it; *alert* if a reader should look twice."""

    term: str
    lines: tuple[str, ...]
    alert: bool = False


def quality_notes(digest: Digest, *, dated: bool) -> tuple[Note, ...]:
    """Return the notes in reading order; what did not happen is left out or said in a word."""
    quality = digest.quality
    notes = (
        _window(digest),
        _clusters(digest),
        _selection(digest),
        Note(term=say("Muted"), lines=muted_lines(digest), alert=True),
        _seen(digest, dated=dated),
        _meanings(digest),
        _suspect(quality),
        *_rows_apart(quality),
        _silences(digest, dated=dated),
        Note(term=say("Coverage"), lines=coverage_lines(digest), alert=needs_a_look(digest)),
        _rejected(digest),
        Note(term=say("Version"), lines=(f"kubedigest {printable(quality.version)}",)),
    )
    return tuple(note for note in notes if note.lines)


def _window(digest: Digest) -> Note:
    values = {
        "start": date_and_time(digest.start),
        "end": date_and_time(digest.end),
        "length": elapsed(digest.start, digest.end),
        "timezone": digest.timezone,
    }
    if digest.so_far:
        line = say(
            "{start} to {end} ({length}), {timezone}, so far: the day has not ended", **values
        )
    else:
        line = say("{start} to {end} ({length}), {timezone}", **values)
    return Note(term=say("Window"), lines=(line,))


def _clusters(digest: Digest) -> Note:
    silent = _names(digest.silent)
    no_data = say("no data from {clusters}", clusters=silent) if silent else ""
    line = parts_listed((_names(digest.clusters), no_data))
    return Note(term=say("Clusters"), lines=(line or say("none known"),), alert=bool(silent))


def _names(clusters: tuple[str, ...]) -> str:
    return names_listed(map(printable, clusters))


def _selection(digest: Digest) -> Note:
    words = selection_words(digest.selection)
    whole = say("What was seen and watched, and what was left out of it, is of whole clusters.")
    lines = (words, whole if is_within_clusters(digest.selection) else "")
    return Note(term=say("Selection"), lines=tuple(line for line in lines if line))


def _seen(digest: Digest, *, dated: bool) -> Note:
    quality = digest.quality
    if is_within_clusters(digest.selection):
        return _seen_within(quality, dated=dated)
    if quality.first_event is None or quality.last_event is None:
        nothing = say("Not one event.")
        return Note(term=say("Seen"), lines=(nothing,), alert=quality.coverage != "whole")
    seen = say_number("{number} occurrence", "{number} occurrences", quality.occurrences)
    # old history keeps occurrences and no longer the events that they belonged to
    if quality.events or not quality.occurrences:
        seen = say_number(
            "{number} event with {occurrences}",
            "{number} events with {occurrences}",
            quality.events,
            occurrences=seen,
        )
    when = between(quality.first_event, quality.last_event, dated=dated)
    return Note(term=say("Seen"), lines=(say("{seen} {when}.", seen=seen, when=when),))


def _seen_within(quality: Quality, *, dated: bool) -> Note:
    """Return what was seen of whole clusters, and what of it belongs to the selection."""
    events = say_number(
        "{number} event in all of the clusters.",
        "{number} events in all of the clusters.",
        quality.events,
    )
    if quality.first_event is None or quality.last_event is None:
        none = say("Not one occurrence of the selection.")
        return Note(term=say("Seen"), lines=(events, none))
    mine = say_number(
        "{number} occurrence of the selection {when}.",
        "{number} occurrences of the selection {when}.",
        quality.occurrences,
        when=between(quality.first_event, quality.last_event, dated=dated),
    )
    return Note(term=say("Seen"), lines=(events, mine))


def _meanings(digest: Digest) -> Note:
    quality = digest.quality
    if not quality.occurrences:
        return Note(term=say("Of these"), lines=())
    muted = say_number("{number} muted failure", "{number} muted failures", digest.muted.failures)
    others = (
        muted if digest.muted.failures else "",
        say_number("{number} notice", "{number} notices", quality.notices),
        say_number("{number} recovery", "{number} recoveries", quality.recoveries),
        say("{number} noise", number=amount(quality.noise)),
    )
    line = say_number(
        "{number} failure; not counted: {others}.",
        "{number} failures; not counted: {others}.",
        digest.failures,
        others=names_listed(others),
    )
    return Note(term=say("Of these"), lines=(line,))


def _suspect(quality: Quality) -> Note:
    if not quality.suspect_rows:
        return Note(term=say("Suspect"), lines=(say("None."),))
    line = say_number(
        "{number} point jumps implausibly, by {occurrences}; not counted.",
        "{number} points jump implausibly, by {occurrences}; not counted.",
        quality.suspect_rows,
        occurrences=say_number(
            "{number} occurrence", "{number} occurrences", quality.suspect_occurrences
        ),
    )
    return Note(term=say("Suspect"), lines=(line,), alert=True)


def _rows_apart(quality: Quality) -> tuple[Note, ...]:
    """Return the notes on figures that are less exact than the rest, where there are any."""
    set_aside = say_number(
        "{number} row without identity; exact rows cover them.",
        "{number} rows without identity; exact rows cover them.",
        quality.set_aside_rows,
    )
    requests = say_number(
        "{number} occurrence known only as webhook requests.",
        "{number} occurrences known only as webhook requests.",
        quality.requests,
    )
    approximate = say_number(
        "{number} occurrence from rounded times or old roll-ups.",
        "{number} occurrences from rounded times or old roll-ups.",
        quality.approximate,
    )
    skewed = say_number(
        "{number} point from the future, read as time of receipt.",
        "{number} points from the future, read as time of receipt.",
        quality.skewed,
    )
    return (
        Note(term=say("Set aside"), lines=(set_aside,) if quality.set_aside_rows else ()),
        Note(term=say("Requests"), lines=(requests,) if quality.requests else ()),
        Note(term=say("Approximate"), lines=(approximate,) if quality.approximate else ()),
        Note(term=say("Clock ahead"), lines=(skewed,) if quality.skewed else ()),
    )


def _silences(digest: Digest, *, dated: bool) -> Note:
    silences = digest.quality.silences
    lines = tuple(_silence(gap, dated=dated) for gap in silences)
    none = _no_silence(digest, dated=dated)
    return Note(term=say("Silences"), lines=lines or none, alert=bool(silences))


def _no_silence(digest: Digest, *, dated: bool) -> tuple[str, ...]:
    """Return that there was none, and between which events, where they leave room for one.

    Where every cluster was watched, the coverage says what there is to say.
    """
    first, last = digest.quality.first_event, digest.quality.last_event
    watched = {cluster.cluster for cluster in digest.quality.covered}
    if first is None or last is None or watched.issuperset(digest.clusters):
        return ()
    unseen = max(_true_time(digest.start, first), _true_time(last, digest.end))
    if unseen < SHORTEST:
        return (say("None."),)
    return (say("None {when}.", when=between(first, last, dated=dated)),)


def _true_time(start: datetime, end: datetime) -> timedelta:
    return end.astimezone(UTC) - start.astimezone(UTC)


def _silence(gap: Gap, *, dated: bool) -> str:
    return say(
        "{cluster}: not one event {when} ({length}).",
        cluster=printable(gap.cluster),
        when=stretch(gap.start, gap.end, dated=dated),
        length=elapsed(gap.start, gap.end),
    )


def _rejected(digest: Digest) -> Note:
    if not digest.quality.rejected:
        return Note(term=say("Rejected"), lines=(say("None."),))
    line = say_number(
        "{number} record refused since {time}; see kubedigest db rejected.",
        "{number} records refused since {time}; see kubedigest db rejected.",
        digest.quality.rejected,
        time=date_and_time(digest.start),
    )
    return Note(term=say("Rejected"), lines=(line,), alert=True)
