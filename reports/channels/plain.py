"""A chat message as lines of text, for chats that show nothing else."""

from __future__ import annotations

from reports.channels.reading import ChatRow, Reading

ALERT = "! "


def plain_text(read: Reading, *, headline: bool = True, title: bool = True) -> str:
    """Return the message, one line a row after the first ones; a blank line between its parts.

    Parameters
    ----------
    read
        What to say.
    headline, title
        Whether it begins with the verdict, and with what it is about: some services show one of
        them as a title.
    """
    head = [read.headline if headline else "", read.title if title else ""]
    head += [read.figures, read.meaning, read.command, read.baseline]
    parts = [
        head,
        *_rows(read),
        [f"{figure.number} · {figure.words}" for figure in read.sums],
        [read.gone, read.peak, *(ALERT + alert for alert in read.alerts)],
        [read.footer],
    ]
    written = ("\n".join(line for line in part if line) for part in parts)
    return "\n\n".join(part for part in written if part)


def row_lines(row: ChatRow) -> list[str]:
    """Return a row in full: what, how it compares, a message, a line to copy."""
    what = f"{row.failures} · {row.reason} · {row.workload}"
    message = f"“{row.message}”" if row.message else ""  # no foreign text begins a line
    return [line for line in (what, row.facts, message, row.kubectl) if line]


def compact_line(row: ChatRow) -> str:
    """Return a row on one line."""
    parts = (row.failures, row.reason, row.workload, row.facts)
    return " · ".join(part for part in parts if part)


def _rows(read: Reading) -> list[list[str]]:
    """Return each row in full as a part of its own, and the compact ones together."""
    parts = [[_heading(row), *row_lines(row)] for row in read.full]
    compact: list[str] = []
    for row in read.compact:
        compact += [_heading(row), compact_line(row)]
    return [*parts, compact]


def _heading(row: ChatRow) -> str:
    return f"── {row.heading}" if row.heading else ""
