"""Digest -> plain text of at most 80 columns."""

from __future__ import annotations

import shlex

from analytics.digest import Digest
from analytics.language import facts_listed, say, say_number
from reports.quality import Note
from reports.rows import RowGroup, RowView
from reports.subjects import Subject
from reports.text_chart import column_chart, column_unit, spark_chart, spark_legend
from reports.view import DigestView, digest_view
from reports.whereabouts import WhereView
from reports.width import clip, display_width, ljust, wrap

COLUMNS = 80

_INDENT = 10  # the column of the failures and its distance to the words
_MESSAGE_LINES = 2


def render_text(digest: Digest) -> str:
    """Return the digest as text: verdict, sections, when, where, messages, data quality."""
    view = digest_view(digest)
    sections = [_head(view), *_what(view), _gone(view), _recovered(view), *_when(view)]
    sections += [_where(view.where), _messages(view), _quality(view.notes)]
    return "\n\n".join("\n".join(section) for section in sections if section) + "\n"


def _head(view: DigestView) -> list[str]:
    return [
        *wrap(view.verdict, COLUMNS),
        "",
        *wrap(view.title, COLUMNS),
        *wrap(view.scope, COLUMNS),
    ]


def _what(view: DigestView) -> list[list[str]]:
    if view.meaning:
        title = say("No failures") if view.state == "quiet" else say("No data")
        command = [view.command] if view.command else []
        return [[*_heading(title), *wrap(view.meaning, COLUMNS), *command]]
    figures = " · ".join(f"{figure.number} {figure.words}" for figure in view.figures)
    head = wrap(figures, COLUMNS) + wrap(view.baseline, COLUMNS)
    return [head, *(_group(group, view) for group in view.groups), _sums(view)]


def _heading(text: str) -> list[str]:
    title = f"── {text} "
    return [title + "─" * (COLUMNS - display_width(title))]


def _group(group: RowGroup, view: DigestView) -> list[str]:
    lines = _heading(say("{heading} (by {unit})", heading=group.heading, unit=view.spark_unit))
    for row in group.rows:
        lines += ["", *_row(row)]
    return lines


def _sums(view: DigestView) -> list[str]:
    return [
        line
        for figure in (view.residual, view.total, view.muted)
        if figure
        for line in _numbered(figure.number, figure.words)
    ]


def _numbered(number: str, text: str) -> list[str]:
    """Return the number in its column and *text* beside it; from a million on, below it."""
    if len(number) <= _INDENT - 2:
        return [f"{number:>{_INDENT - 2}}  {text}"]
    return [number, " " * _INDENT + text]


def _row(row: RowView) -> list[str]:
    room = COLUMNS - _INDENT
    firing = say("● still firing") if row.still_firing else ""
    flag = "  ".join(part for part in (_compared(row), firing) if part)
    names = _names(row.subject, room - (display_width(flag) + 2 if flag else 0))
    headline = (ljust(names[0], room - display_width(flag)) + flag).rstrip()
    facts = facts_listed((row.span, row.usual, row.share, row.episodes, row.objects))
    details = [
        *names[1:],
        *_beside(row.sparkline, facts, room),
        *wrap(row.message, room, lines=_MESSAGE_LINES),
    ]
    return [
        *_numbered(row.failures, headline),
        *(" " * _INDENT + line for line in details),
        *_command(row.kubectl),
        *_links(row),
    ]


def _compared(row: RowView) -> str:
    before = say("was {number}", number=row.before) if row.before else ""
    return facts_listed((row.mark, before))


def _names(subject: Subject, room: int) -> list[str]:
    """Return reason and workload, on one line if they fit on one."""
    joined = f"{subject.reason} · {subject.workload}"
    if display_width(joined) <= room:
        return [joined]
    return [clip(subject.reason, room), *wrap(subject.workload, COLUMNS - _INDENT)]


def _beside(left: str, right: str, room: int) -> list[str]:
    joined = f"{left}  {right}"
    return [joined] if display_width(joined) <= room else [left, *wrap(right, room)]


def _command(line: str) -> list[str]:
    """Return *line* broken between its words so that it can be copied as it stands, or nothing."""
    try:
        words = [shlex.quote(word) for word in shlex.split(line)]
    except ValueError:
        return []
    if not words or max(map(display_width, words)) > COLUMNS - 2:
        return []
    lines = [" " * _INDENT + words[0]]
    for i, word in enumerate(words[1:], start=2):
        room = COLUMNS - (2 if i < len(words) else 0)  # a space and the backslash
        if display_width(f"{lines[-1]} {word}") <= room:
            lines[-1] += f" {word}"
        else:
            lines.append(" " * min(_INDENT + 4, COLUMNS - 2 - display_width(word)) + word)
    return [f"{broken} \\" for broken in lines[:-1]] + lines[-1:]


def _links(row: RowView) -> list[str]:
    """Return the links that fit on a line: one that is broken leads nowhere."""
    lines = []
    for link in row.links:
        titled, bare = " " * _INDENT + f"{link.title}: {link.url}", link.url
        fitting = [
            line for line in (titled, titled.strip(), bare) if display_width(line) <= COLUMNS
        ]
        lines += fitting[:1]
    return lines


def _gone(view: DigestView) -> list[str]:
    if not view.gone:
        return []
    lines = _heading(say("Gone (failures {before})", before=view.period_before))
    for gone in view.gone:
        first, *rest = _names(gone.subject, COLUMNS - _INDENT)
        lines += [*_numbered(gone.before, first), *(" " * _INDENT + line for line in rest)]
    if view.gone_residual:
        lines += _numbered(view.gone_residual.number, view.gone_residual.words)
    return lines


def _recovered(view: DigestView) -> list[str]:
    if not view.recovered:
        return []
    lines = _heading(say("Recovered"))
    for one in view.recovered:
        first, *rest = _names(one.subject, COLUMNS - _INDENT)
        words = say("{when}, {after}", when=one.when, after=one.after)
        lines += _numbered(one.occurrences, first)
        lines += [" " * _INDENT + line for line in (*rest, *wrap(words, COLUMNS - _INDENT))]
    return lines + ([" " * _INDENT + view.more_recovered] if view.more_recovered else [])


def _where(where: WhereView | None) -> list[str]:
    if where is None:
        return []
    lines = [*_heading(say("Where")), *wrap(where.words, COLUMNS)]
    room = COLUMNS - _INDENT
    for place in where.places:
        first, *rest = [*wrap(place.place, room), *wrap(place.share, room)]
        lines += ["", *_numbered(place.failures, first)]
        lines += [" " * _INDENT + line for line in (*rest, *wrap(place.expected, room))]
    return lines + ([" " * _INDENT + where.more] if where.more else [])


def _when(view: DigestView) -> list[list[str]]:
    sections = []
    if view.histogram.words:
        unit = column_unit(view.histogram, COLUMNS)
        head = _heading(say("When (failures per {unit})", unit=unit))
        sections.append([*head, view.histogram.words, "", *column_chart(view.histogram, COLUMNS)])
    if view.week:
        head = _heading(say("Four weeks by hour ({stretch})", stretch=view.week.stretch))
        sections.append([*head, *wrap(view.week.words, COLUMNS), "", *view.week.lines()])
    if view.daily.bars:
        lines = _heading(say_number("{number} day", "{number} days", len(view.daily.bars)))
        lines += [*wrap(view.daily.words, COLUMNS), "", spark_chart(view.daily)]
        sections.append(lines + wrap(spark_legend(view.daily), COLUMNS))
    return sections


def _messages(view: DigestView) -> list[str]:
    if not view.messages:
        return []
    room = COLUMNS - _INDENT
    lines = _heading(say("Messages"))
    for message in view.messages:
        details = [
            *_names(message.subject, room)[1:],
            *wrap(message.pattern, room, lines=_MESSAGE_LINES),
            *wrap(f"* {message.values}" if message.values else "", room, lines=_MESSAGE_LINES),
        ]
        lines += ["", *_numbered(message.failures, _names(message.subject, room)[0])]
        lines += [" " * _INDENT + line for line in details]
    residual = view.messages_residual
    return lines + (["", *_numbered(residual.number, residual.words)] if residual else [])


def _quality(notes: tuple[Note, ...]) -> list[str]:
    lines = _heading(say("Data quality"))
    label = max(display_width(note.term) for note in notes) + 4
    for note in notes:
        flag = "! " if note.alert else "  "
        texts = [piece for line in note.lines for piece in wrap(line, COLUMNS - label)]
        terms = [flag + note.term, *[""] * (len(texts) - 1)]
        lines += [
            (ljust(term, label) + text).rstrip() for term, text in zip(terms, texts, strict=True)
        ]
    return lines
