"""What the figures rest on, in sentences: the data quality section of every digest."""

from __future__ import annotations

from dataclasses import dataclass

from analytics.digest import Digest, Gap, Quality
from analytics.inert import printable
from reports.amounts import amount, counted
from reports.times import clock, elapsed, stretch


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
        Note(term="Clusters", lines=(", ".join(map(printable, digest.clusters)) or "none known",)),
        _seen(quality, dated=dated),
        _meanings(digest),
        _suspect(quality),
        *_rows_apart(quality),
        _silences(digest, dated=dated),
        Note(term="Coverage", lines=(_COVERAGE[quality.coverage],)),
        _rejected(quality),
        Note(term="Version", lines=(f"kubedigest {printable(quality.version)}",)),
    )
    return tuple(note for note in notes if note.lines)


_COVERAGE = {
    "unknown": "Unknown: files and webhooks cannot prove that nothing was missed.",
}


def _window(digest: Digest) -> Note:
    end = ", so far: the day has not ended" if digest.so_far else ""
    window = f"{digest.start:%Y-%m-%d %H:%M} to {digest.end:%Y-%m-%d %H:%M}"
    length = elapsed(digest.start, digest.end)
    return Note(term="Window", lines=(f"{window} ({length}), {digest.timezone}{end}",))


def _seen(quality: Quality, *, dated: bool) -> Note:
    if quality.first_event is None or quality.last_event is None:
        return Note(term="Seen", lines=("Not one event.",), alert=True)
    first, last = (clock(at, dated=dated) for at in (quality.first_event, quality.last_event))
    events = counted(quality.events, "event")
    occurrences = counted(quality.occurrences, "occurrence")
    return Note(term="Seen", lines=(f"{events} with {occurrences} between {first} and {last}.",))


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
    seen = digest.quality.first_event is not None
    return Note(term="Silences", lines=lines or (("None.",) if seen else ()), alert=bool(silences))


def _silence(gap: Gap, *, dated: bool) -> str:
    when = stretch(gap.start, gap.end, dated=dated)
    return f"{printable(gap.cluster)}: not one event {when} ({elapsed(gap.start, gap.end)})."


def _rejected(quality: Quality) -> Note:
    if not quality.rejected:
        return Note(term="Rejected", lines=("None.",))
    records = counted(quality.rejected, "record")
    return Note(
        term="Rejected",
        lines=(f"{records} could not be read; see kubedigest db rejected.",),
        alert=True,
    )
