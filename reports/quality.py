"""What the figures rest on, in sentences: the data quality section of every digest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from analytics.digest import Digest, Gap, Quality
from analytics.inert import printable
from analytics.silence import SHORTEST
from reports.amounts import amount, counted
from reports.coverage import coverage_lines, needs_a_look
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
        _seen(quality, dated=dated),
        _meanings(digest),
        _suspect(quality),
        *_rows_apart(quality),
        _silences(digest, dated=dated),
        Note(term="Coverage", lines=coverage_lines(digest), alert=needs_a_look(digest)),
        _rejected(digest),
        Note(term="Version", lines=(f"kubedigest {printable(quality.version)}",)),
    )
    return tuple(note for note in notes if note.lines)


def _window(digest: Digest) -> Note:
    end = ", so far: the day has not ended" if digest.so_far else ""
    window = f"{date_and_time(digest.start)} to {date_and_time(digest.end)}"
    length = elapsed(digest.start, digest.end)
    return Note(term="Window", lines=(f"{window} ({length}), {digest.timezone}{end}",))


def _clusters(digest: Digest) -> Note:
    silent = _names(digest.silent)
    parts = (_names(digest.clusters), f"no data from {silent}" if silent else "")
    line = "; ".join(part for part in parts if part)
    return Note(term="Clusters", lines=(line or "none known",), alert=bool(silent))


def _names(clusters: tuple[str, ...]) -> str:
    return ", ".join(map(printable, clusters))


def _seen(quality: Quality, *, dated: bool) -> Note:
    if quality.first_event is None or quality.last_event is None:
        return Note(term="Seen", lines=("Not one event.",), alert=quality.coverage != "whole")
    # old history keeps occurrences and no longer the events that they belonged to
    is_settled = quality.occurrences and not quality.events
    events = "" if is_settled else f"{counted(quality.events, 'event')} with "
    occurrences = counted(quality.occurrences, "occurrence")
    when = between(quality.first_event, quality.last_event, dated=dated)
    return Note(term="Seen", lines=(f"{events}{occurrences} {when}.",))


def _meanings(digest: Digest) -> Note:
    quality = digest.quality
    if not quality.occurrences:
        return Note(term="Of these", lines=())
    failures = counted(digest.failures, "failure")
    parts = (
        counted(quality.notices, "notice"),
        counted(quality.recoveries, "recovery", "recoveries"),
        f"{amount(quality.noise)} noise",
    )
    return Note(term="Of these", lines=(f"{failures}; not counted: {', '.join(parts)}.",))


def _suspect(quality: Quality) -> Note:
    if not quality.suspect_rows:
        return Note(term="Suspect", lines=("None.",))
    points = counted(quality.suspect_rows, "point jumps", "points jump")
    lost = counted(quality.suspect_occurrences, "occurrence")
    return Note(
        term="Suspect", lines=(f"{points} implausibly, by {lost}; not counted.",), alert=True
    )


def _rows_apart(quality: Quality) -> tuple[Note, ...]:
    """Return the notes on figures that are less exact than the rest, where there are any."""
    sentences = (
        ("Set aside", quality.set_aside_rows, "row", "without identity; exact rows cover them."),
        ("Requests", quality.requests, "occurrence", "known only as webhook requests."),
        ("Approximate", quality.approximate, "occurrence", "from rounded times or old roll-ups."),
        ("Clock ahead", quality.skewed, "point", "from the future, read as time of receipt."),
    )
    return tuple(
        Note(term=term, lines=(f"{counted(number, noun)} {rest}",) if number else ())
        for term, number, noun, rest in sentences
    )


def _silences(digest: Digest, *, dated: bool) -> Note:
    silences = digest.quality.silences
    lines = tuple(_silence(gap, dated=dated) for gap in silences)
    none = _no_silence(digest, dated=dated)
    return Note(term="Silences", lines=lines or none, alert=bool(silences))


def _no_silence(digest: Digest, *, dated: bool) -> tuple[str, ...]:
    """Return that there was none, and between which events, where they leave room for one.

    Where every cluster was watched, the coverage says what there is to say.
    """
    first, last = digest.quality.first_event, digest.quality.last_event
    watched = {cluster.cluster for cluster in digest.quality.covered}
    if first is None or last is None or watched.issuperset(digest.clusters):
        return ()
    unseen = max(_true_time(digest.start, first), _true_time(last, digest.end))
    return ("None." if unseen < SHORTEST else f"None {between(first, last, dated=dated)}.",)


def _true_time(start: datetime, end: datetime) -> timedelta:
    return end.astimezone(UTC) - start.astimezone(UTC)


def _silence(gap: Gap, *, dated: bool) -> str:
    when = stretch(gap.start, gap.end, dated=dated)
    return f"{printable(gap.cluster)}: not one event {when} ({elapsed(gap.start, gap.end)})."


def _rejected(digest: Digest) -> Note:
    if not digest.quality.rejected:
        return Note(term="Rejected", lines=("None.",))
    records = counted(digest.quality.rejected, "record")
    since = date_and_time(digest.start)
    return Note(
        term="Rejected",
        lines=(f"{records} refused since {since}; see kubedigest db rejected.",),
        alert=True,
    )
