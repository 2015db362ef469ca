"""Digest -> plain text of at most 80 columns."""

from __future__ import annotations

import shlex

from analytics.digest import Digest
from reports.chart import block_columns, fold, run_length
from reports.quality import Note
from reports.view import NO_DATA, NO_FAILURES, DigestView, Mark, RowView, digest_view
from reports.width import clip, display_width, ljust, wrap

COLUMNS = 80

_INDENT = 10  # the column of the failures and its distance to the words
_CHART_HEIGHT = 5  # lines
_MESSAGE_LINES = 2
_FIRING = "● still firing"


def render_text(digest: Digest) -> str:
    """Return the digest as text: verdict, top failures, when, data quality."""
    view = digest_view(digest)
    body = {"failures": _failures, "quiet": _quiet, "no data": _no_data}[view.state](view)
    sections = [_head(view), *body, _quality(view.notes)]
    return "\n\n".join("\n".join(section) for section in sections) + "\n"


def _head(view: DigestView) -> list[str]:
    return [
        *wrap(view.verdict, COLUMNS),
        "",
        *wrap(view.title, COLUMNS),
        *wrap(view.scope, COLUMNS),
    ]


def _failures(view: DigestView) -> list[list[str]]:
    figures = " · ".join(f"{figure.number} {figure.words}" for figure in view.figures)
    return [wrap(figures, COLUMNS), _top(view), _when(view)]


def _quiet(view: DigestView) -> list[list[str]]:
    return [_heading("No failures") + wrap(f"{NO_FAILURES} {view.before}", COLUMNS)]


def _no_data(view: DigestView) -> list[list[str]]:
    return [_heading("No data") + wrap(NO_DATA, COLUMNS)]


def _heading(text: str) -> list[str]:
    return [f"── {text} ".ljust(COLUMNS, "─")]


def _top(view: DigestView) -> list[str]:
    lines = _heading(f"Top failures (trend per {view.trend_unit})")
    for row in view.rows:
        lines += ["", *_row(row)]
    lines.append("")
    if view.residual:
        lines += _numbered(view.residual_failures, f"… {view.residual}")
    return lines + _numbered(view.total, "failures in all")


def _numbered(number: str, text: str) -> list[str]:
    """Return the number in its column and *text* beside it; from a million on, below it."""
    if len(number) <= _INDENT - 2:
        return [f"{number:>{_INDENT - 2}}  {text}"]
    return [number, " " * _INDENT + text]


def _row(row: RowView) -> list[str]:
    room = COLUMNS - _INDENT
    flag = _FIRING if row.still_firing else ""
    names = _names(row, room - (display_width(flag) + 2 if flag else 0))
    headline = (ljust(names[0], room - display_width(flag)) + flag).rstrip()
    facts = ", ".join((row.span, row.share, row.episodes, row.objects))
    details = [
        *names[1:],
        *_beside(row.trend, facts, room),
        *wrap(row.message, room, lines=_MESSAGE_LINES),
    ]
    return [
        *_numbered(row.failures, headline),
        *(" " * _INDENT + line for line in details),
        *_command(row.kubectl),
    ]


def _names(row: RowView, room: int) -> list[str]:
    """Return reason and workload, on one line if they fit on one."""
    joined = f"{row.reason} · {row.workload}"
    if display_width(joined) <= room:
        return [joined]
    return [clip(row.reason, room), *wrap(row.workload, COLUMNS - _INDENT)]


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


def _when(view: DigestView) -> list[str]:
    lines = [*_heading(f"When (failures per {view.bucket})"), view.peak, ""]
    gutter = max(len(f"{max(view.counts):,}"), 1) + 2
    merged = run_length(len(view.counts), COLUMNS - gutter)
    counts = fold(view.counts, COLUMNS - gutter)
    width = min(3, (COLUMNS - gutter) // len(counts))
    chart = block_columns(counts, height=_CHART_HEIGHT, width=width)
    labels = [f"{max(counts):,}", *[""] * (_CHART_HEIGHT - 1)]
    for label, line in zip(labels, chart, strict=True):
        lines.append(f"{label:>{gutter - 2}} │{line}")
    lines.append(f"{'0':>{gutter - 2}} └{'─' * (width * len(counts))}")
    ticks = [(mark.at // merged * width, mark) for mark in view.ticks]
    lines.append(" " * gutter + _tick_line(ticks, COLUMNS - gutter))
    return lines


def _tick_line(ticks: list[tuple[int, Mark]], room: int) -> str:
    """Return the labels at their columns; one without room is left out."""
    line = ""
    for column, mark in ticks:
        if column + len(mark.label) <= room and (not line or column > len(line)):
            line = line.ljust(column) + mark.label
    return line


def _quality(notes: tuple[Note, ...]) -> list[str]:
    lines = _heading("Data quality")
    label = max(display_width(note.term) for note in notes) + 4
    for note in notes:
        flag = "! " if note.alert else "  "
        texts = [piece for line in note.lines for piece in wrap(line, COLUMNS - label)]
        terms = [flag + note.term, *[""] * (len(texts) - 1)]
        lines += [
            (ljust(term, label) + text).rstrip() for term, text in zip(terms, texts, strict=True)
        ]
    return lines
