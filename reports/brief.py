"""A digest as a chat shows it: one phone screen, with what has to be said in any case."""

from __future__ import annotations

from dataclasses import dataclass

from analytics.digest import LIVE, Digest, State
from analytics.inert import printable
from analytics.language import names_listed, say, sentences
from reports.channels.channel import Letter
from reports.rows import GoneView, RowGroup
from reports.subjects import shown
from reports.view import DigestView, Figure, digest_view

GONE_NAMES = 3
MOST_ALERTS = 3

_ALERT_COLUMNS = 200
_VERSION_COLUMNS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """What a chat message says, in reading order; every text is inert, and markup is still text."""

    marks: tuple[str, ...]  # that it is a test, or may be a copy
    verdict: str
    title: str  # with clusters and zone
    state: State
    figures: str  # key figures on one line, "" on a day without failures or data
    meaning: str  # of a day without failures or without data, "" of any other
    command: str  # what to do about a day without data, a line to copy
    baseline: str
    groups: tuple[RowGroup, ...]
    residual: Figure | None
    total: Figure | None  # None where there is no row, neither shown nor left out
    gone: str  # on one line, "" where nothing is gone
    peak: str  # "" on a quiet day
    alerts: tuple[str, ...]  # what makes the figures less than whole, at most three
    footer: str  # version and id of the digest


def brief(letter: Letter) -> Brief:
    """Return what a chat shows of a letter, with every row of its digest."""
    view = digest_view(letter.digest)
    is_busy = view.state == "failures"
    figures = " · ".join(f"{figure.number} {figure.words}" for figure in view.figures)
    return Brief(
        marks=marks(letter),
        verdict=view.verdict,
        title=f"{view.title} · {view.scope}",
        state=view.state,
        figures=figures if is_busy else "",
        meaning=view.meaning,
        command=view.command,
        baseline=view.baseline,
        groups=view.groups,
        residual=view.residual,
        total=view.total if _has_sums(letter.digest) else None,
        gone=_gone(view, letter.digest.gone_residual.rows),
        peak=view.histogram.words,
        alerts=_alerts(view),
        footer=footer(letter),
    )


def marks(letter: Letter) -> tuple[str, ...]:
    """Return what is out of the ordinary with a letter, in sentences that stand before the rest."""
    test = say("This is a test: the figures are made up.") if letter.is_test else ""
    copy = say("Sent again: an earlier try may have arrived.") if letter.is_resend else ""
    late = say("Late: it could not be sent when it was due.") if letter.is_late else ""
    name = printable(letter.stands_in_for)
    other = say("In place of the channel {name}, which did not take it.", name=name) if name else ""
    return tuple(mark for mark in (test, copy, late, other) if mark)


def footer(letter: Letter) -> str:
    """Return what made a digest, and its id."""
    version = shown(letter.digest.quality.version, _VERSION_COLUMNS)
    if letter.digest.report == LIVE:
        return say("kubedigest {version} · message {id}", version=version, id=letter.id)
    return say("kubedigest {version} · digest {id}", version=version, id=letter.id)


def _has_sums(digest: Digest) -> bool:
    """Tell whether there is a row, shown or not; of a live message, more than its one."""
    rows = len(digest.rows) + digest.residual.rows
    return rows > (1 if digest.report == LIVE else 0)


def _gone(view: DigestView, left_out: int) -> str:
    if not view.gone:
        return ""
    named = [_named(gone) for gone in view.gone[:GONE_NAMES]]
    rest = len(view.gone) - len(named) + left_out
    named += [say("{number} more", number=f"{rest:,}")] if rest else []
    return say("Gone: {names}", names=names_listed(named))


def _named(gone: GoneView) -> str:
    subject = gone.subject
    return f"{subject.reason} · {subject.workload} ({gone.before})"


def _alerts(view: DigestView) -> tuple[str, ...]:
    noted = [note for note in view.notes if note.alert]
    lines = [
        say("{term}: {text}", term=note.term, text=sentences(*note.lines))
        for note in noted[:MOST_ALERTS]
    ]
    return tuple(shown(line, _ALERT_COLUMNS) for line in lines)
