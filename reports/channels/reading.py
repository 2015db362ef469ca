"""What a chat message says on a phone: a brief, defused, cut, with its rows in reading order."""

from __future__ import annotations

from dataclasses import dataclass

from analytics.digest import State
from analytics.language import facts_listed, say, sentences
from reports.brief import brief
from reports.channels.channel import Letter
from reports.channels.markup import cut, defused_brief
from reports.rows import RowGroup, RowView
from reports.view import Figure

FULL_ROWS = 5  # those that are read on the first screen; the others are one line each
SAMPLES = 2  # of them, with a message and a line to copy

_VERDICT_COLUMNS = 300
_LINE_COLUMNS = 240
_ALERT_COLUMNS = 160
_REASON_COLUMNS = 60
_WORKLOAD_COLUMNS = 90
_MESSAGE_COLUMNS = 100
_COMMAND_COLUMNS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatRow:
    """One workload with one reason."""

    heading: str  # of the section that begins here, else ""
    failures: str
    reason: str
    workload: str
    change: str  # glyph, word and the number before
    firing: str  # "" where it stopped
    span: str
    message: str  # "" after the first rows
    kubectl: str  # "" after the first rows, or where it could not be copied as it is shown

    @property
    def facts(self) -> str:
        """Return how it compares, whether it goes on, and when it was, on one line."""
        return " · ".join(part for part in (self.change, self.firing, self.span) if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The message in reading order; no text acts in a chat, and each has a bounded length."""

    marks: str  # "" for most messages
    verdict: str
    title: str
    state: State
    figures: str
    meaning: str
    command: str
    baseline: str
    rows: tuple[ChatRow, ...]
    residual: Figure | None
    total: Figure | None
    gone: str
    peak: str
    alerts: tuple[str, ...]
    footer: str

    @property
    def headline(self) -> str:
        """Return what a notification shows: the verdict, after what has to be known before it."""
        return sentences(self.marks, self.verdict)

    @property
    def full(self) -> tuple[ChatRow, ...]:
        """Return the rows that are read on the first screen."""
        return self.rows[:FULL_ROWS]

    @property
    def compact(self) -> tuple[ChatRow, ...]:
        """Return the rows beyond it."""
        return self.rows[FULL_ROWS:]

    @property
    def sums(self) -> tuple[Figure, ...]:
        """Return what the rows leave out, and the total."""
        return tuple(figure for figure in (self.residual, self.total) if figure)


def reading(letter: Letter) -> Reading:
    """Return what a chat shows of a letter, with every row of its digest."""
    words = defused_brief(brief(letter))
    rows = [(group, row) for group in words.groups for row in group.rows]
    return Reading(
        marks=cut(sentences(*words.marks), _VERDICT_COLUMNS),
        verdict=cut(words.verdict, _VERDICT_COLUMNS),
        title=cut(words.title, _LINE_COLUMNS),
        state=words.state,
        figures=cut(words.figures, _LINE_COLUMNS),
        meaning=cut(words.meaning, _LINE_COLUMNS),
        command=words.command,
        baseline=cut(words.baseline, _LINE_COLUMNS),
        rows=tuple(_row(number, group, row) for number, (group, row) in enumerate(rows)),
        residual=words.residual,
        total=words.total,
        gone=cut(words.gone, _LINE_COLUMNS),
        peak=cut(words.peak, _LINE_COLUMNS),
        alerts=tuple(cut(alert, _ALERT_COLUMNS) for alert in words.alerts),
        footer=cut(words.footer, _LINE_COLUMNS),
    )


def _row(number: int, group: RowGroup, row: RowView) -> ChatRow:
    before = say("was {number}", number=row.before) if row.before else ""
    return ChatRow(
        heading=group.heading if row is group.rows[0] else "",
        failures=row.failures,
        reason=cut(row.subject.reason, _REASON_COLUMNS),
        workload=cut(row.subject.workload, _WORKLOAD_COLUMNS),
        change=facts_listed((row.mark, before)),
        firing=say("● still firing") if row.still_firing else "",
        span=row.span,
        message=cut(row.message, _MESSAGE_COLUMNS) if number < SAMPLES else "",
        kubectl=row.kubectl if number < SAMPLES and len(row.kubectl) <= _COMMAND_COLUMNS else "",
    )
