"""A letter as one message of markdown that fits: verdict, rows, sums, and what else has room."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from analytics.inert import printable
from analytics.language import facts_listed, say
from reports.brief import Brief, brief
from reports.channels.channel import Letter
from reports.channels.fitting_letter import EXTRAS, FIRST_ROWS, fitting_letter
from reports.channels.markdown_text import code, cut, escaped
from reports.rows import RowView
from reports.width import clip

SAMPLES = 3

_SAMPLE_COLUMNS = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class Flavour:
    """How the markdown of a service writes a list."""

    bullet: str
    indent: str  # before the further lines of a row
    line_break: str


# two spaces break a line both in CommonMark and in what came before it
LISTS = Flavour(bullet="- ", indent="  ", line_break="  \n")
LINES = Flavour(bullet="", indent="", line_break="\n")


def fitting_message(
    letter: Letter, flavour: Flavour, limit: int, encode: Callable[[str], bytes] = str.encode
) -> bytes:
    """Return the message of a letter in at most *limit* bytes.

    Parameters
    ----------
    letter
        With all its rows; as many of them as fit are shown, and the residual line has the others.
    flavour
        Of the service.
    limit
        Most bytes, at least 2,000.
    encode
        Makes of the text what is limited, such as the whole body of the request.
    """
    return fitting_letter(
        letter,
        limit,
        lambda told, extras: encode(message(told, flavour, limit, extras=extras)),
    )


def message(
    letter: Letter,
    flavour: Flavour,
    limit: int,
    *,
    extras: Sequence[str] = EXTRAS,
    tabled: bool = False,
) -> str:
    """Return a letter as markdown, with the rows in a table or as lines.

    Only the number of rows is free: every other line is cut to a part of *limit*, so that without
    rows and extras the message is within it.
    """
    said = brief(letter)
    rows = [row for group in said.groups for row in group.rows]
    blocks = [*_head(said, limit)]
    if "baseline" in extras:
        blocks.append([_line(said.baseline, limit)])
    if "command" in extras and letter.digest.rows:
        blocks.append([code(printable(letter.digest.rows[0].kubectl))])
    wanted = SAMPLES if "samples" in extras else 0
    samples = [_line(sample(row), limit) for row in rows[:wanted]]
    if rows and tabled:
        blocks += [["\n".join(_table(said, limit))], _sums(said, limit), _named(rows, samples)]
    else:
        blocks += [*_groups(said, samples, flavour, limit), _sums(said, limit)]
    blocks += _tail(said, extras, limit)
    written = [flavour.line_break.join(line for line in block if line) for block in blocks]
    return "\n\n".join(block for block in written if block)


def preview_line(letter: Letter, columns: int) -> str:
    """Return what a notification shows: that it is a test, and the verdict."""
    said = brief(letter)
    return clip(" ".join((*said.marks, said.verdict)), columns)


def change(row: RowView) -> str:
    """Return how a row compares with before, and whether it goes on."""
    was = say("was {number}", number=row.before) if row.before else ""
    firing = say("● still firing") if row.still_firing else ""
    compared = facts_listed((row.mark, was))
    return " · ".join(part for part in (compared, firing) if part)


def what(row: RowView) -> str:
    """Return reason and workload of a row."""
    return f"{row.subject.reason} · {row.subject.workload}"


def sample(row: RowView) -> str:
    """Return the message of a row, short enough for a phone."""
    return clip(row.message, _SAMPLE_COLUMNS)


def _line(text: str, limit: int, part: int = 8) -> str:
    return cut(escaped(text), limit // part)


def _head(said: Brief, limit: int) -> list[list[str]]:
    facts = said.figures or said.meaning
    command = f"`{said.command}`" if said.command else ""
    return [
        [f"**{_line(mark, limit, 16)}**" for mark in said.marks],
        [f"### {_line(said.verdict, limit, 4)}"],
        [_line(said.title, limit, 12), _line(facts, limit), command],
    ]


def _groups(said: Brief, samples: Sequence[str], flavour: Flavour, limit: int) -> list[list[str]]:
    blocks: list[list[str]] = []
    number = 0
    for group in said.groups:
        lines = []
        for row in group.rows:
            message = samples[number] if number < len(samples) else ""
            lines.append(_row(row, message, flavour, limit, whole=number < FIRST_ROWS))
            number += 1
        # a list begins after an empty line
        blocks += [[f"**{escaped(group.heading)}**"], ["\n".join(lines)]]
    return blocks


def _row(row: RowView, message: str, flavour: Flavour, limit: int, *, whole: bool) -> str:
    """Return the first rows on two or three lines, and each of the others on one."""
    named = what(row) if whole else " · ".join(filter(None, (what(row), change(row))))
    details = " · ".join(filter(None, (change(row), row.span))) if whole else ""
    further = [flavour.indent + line for line in (_line(details, limit), message) if line]
    headline = f"{flavour.bullet}**{row.failures}** {_line(named, limit)}"
    return flavour.line_break.join([headline, *further])


def _named(rows: Sequence[RowView], samples: Sequence[str]) -> list[str]:
    """Return the samples with the reasons that they belong to."""
    named = zip(rows, samples, strict=False)
    return [f"**{escaped(row.subject.reason)}** {text}" for row, text in named if text]


def _table(said: Brief, limit: int) -> list[str]:
    """Return one table, in which a row names each group."""
    heads = (say("Failures"), say("What"), say("Change"), say("When"))
    lines = [heads, ("--:", ":--", ":--", ":--")]
    for group in said.groups:
        lines.append(("", f"**{escaped(group.heading)}**", "", ""))
        lines += [
            (row.failures, _line(what(row), limit), _line(change(row), limit), escaped(row.span))
            for row in group.rows
        ]
    return [f"|{'|'.join(cell or ' ' for cell in line)}|" for line in lines]


def _sums(said: Brief, limit: int) -> list[str]:
    figures = [figure for figure in (said.residual, said.total) if figure]
    return [f"**{figure.number}** {_line(figure.words, limit, 16)}" for figure in figures]


def _tail(said: Brief, extras: Sequence[str], limit: int) -> list[list[str]]:
    alerts = [f"**!** {_line(alert, limit, 12)}" for alert in said.alerts]
    return [
        [
            _line(said.gone, limit) if "gone" in extras else "",
            _line(said.peak, limit, 16) if "peak" in extras else "",
        ],
        alerts if "alerts" in extras else [],
        [_line(said.footer, limit, 12)],
    ]
