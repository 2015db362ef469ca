"""Digest -> GitHub-flavoured markdown, where foreign text stands in code spans."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape
from itertools import groupby
from typing import NamedTuple

from analytics.digest import Digest
from analytics.language import facts_listed, say, say_number, sentences
from reports.plots import Plot
from reports.rows import RowGroup, RowView, Subject
from reports.text_chart import column_chart, column_unit, spark_chart, spark_legend
from reports.view import DigestView, Figure, digest_view
from reports.width import UNSPACED

_COLUMNS = 80  # of the charts

# Backslashes stop neither a mention nor a mail address from becoming a link on GitHub: both are
# looked for after the text has been parsed. Only code is left alone, so a word with any of these
# becomes code. A colon may end a word or stand in a time of day. Chinese has no spaces: of a run of
# it and of other letters, only the others become code.
_ACTIVE = re.compile(
    r"""[\\`*_{}\[\]<>\#!|~^$@&=]|(?<!\d):(?!$)|:(?!\d|$)|//|www\.""", re.IGNORECASE | re.VERBOSE
)
_MARKER = re.compile(r"[-+]|\d+[.)]")  # of a list
_RUN = re.compile(f"[{UNSPACED}]+|[^{UNSPACED}]+")
_BEFORE_PIPE = re.compile(r"(\\*)\|")


def render_markdown(digest: Digest) -> str:
    """Return the digest as markdown: verdict, sections, when, messages, data quality."""
    view = digest_view(digest)
    blocks = [
        f"# {prose(view.verdict)}",
        prose(f"{view.title} · {view.scope}"),
        *_what(view),
        *_gone(view),
        *_when(view),
        *_messages(view),
        *_quality(view),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def code(text: str) -> str:
    """Return printable *text* as a code span that nothing in it can end; "" for a blank one.

    >>> print(code("a `b`"))
    `` a `b` ``
    """
    text = text.strip()
    if not text:
        return ""
    runs = re.findall("`+", text)
    fence = "`" * (max(map(len, runs), default=0) + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def prose(text: str) -> str:
    """Return printable *text* with every word that markdown or GitHub would act on as code.

    >>> print(prose("2 clusters: 3 failures, ask @all about <b>"))
    2 clusters: 3 failures, ask `@all` about `<b>`
    """
    pieces = [piece for word in text.split() for piece in _pieces(word)]
    written = ""
    for is_active, run in groupby(pieces, key=lambda piece: piece.is_active):
        first, *others = run
        part = first.text + "".join(piece.glue + piece.text for piece in others)
        written += first.glue + (code(part) if is_active else part)
    return written.removeprefix(" ")


class _Piece(NamedTuple):
    """A part of a text that is code or is not."""

    glue: str  # the space before it
    text: str
    is_active: bool


def _pieces(word: str) -> list[_Piece]:
    if _MARKER.fullmatch(word) or not _ACTIVE.search(word):
        return [_Piece(" ", word, _MARKER.fullmatch(word) is not None)]
    runs = _RUN.findall(word)
    return [
        _Piece("" if number else " ", run, bool(_ACTIVE.search(run)))
        for number, run in enumerate(runs)
    ]


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table of cells that are markdown; the first column holds numbers."""
    rule = ["--:", *["---"] * (len(columns) - 1)]
    lines = [columns, rule, *([_cell(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(text: str) -> str:
    """Return *text* with escaped pipes: an odd number of backslashes, however they are counted."""
    return _BEFORE_PIPE.sub(lambda found: found[1] + "\\" * (1 + len(found[1]) % 2) + "|", text)


def _what(view: DigestView) -> list[str]:
    if view.meaning:
        return [prose(view.meaning), _block([view.command], "sh") if view.command else ""]
    figures = " · ".join(f"**{figure.number}** {figure.words}" for figure in view.figures)
    groups = [block for group in view.groups for block in _group(group, view)]
    return [figures, prose(view.baseline), *groups, _sums((view.residual, view.total))]


def _group(group: RowGroup, view: DigestView) -> list[str]:
    columns = [
        say("Failures"),
        say("Was"),
        say("Trend"),
        say("Reason"),
        say("Workload"),
        say("When"),
        say("By {unit}", unit=view.spark_unit),
        say("Message"),
    ]
    commands = [row.kubectl for row in group.rows if row.kubectl]
    return [
        f"## {group.heading}",
        table(columns, map(_row, group.rows)),
        _block(commands, "sh") if commands else "",
    ]


def _row(row: RowView) -> list[str]:
    firing = say("● still firing") if row.still_firing else ""
    return [
        row.failures,
        row.before,
        " ".join(part for part in (row.mark, firing) if part),
        code(row.subject.reason),
        code(row.subject.workload),
        escape(facts_listed((row.span, row.share, row.episodes, row.objects))),
        row.sparkline,
        code(row.message),
    ]


def _sums(figures: Sequence[Figure | None]) -> str:
    return "\n".join(f"- **{figure.number}** {figure.words}" for figure in figures if figure)


def _gone(view: DigestView) -> list[str]:
    if not view.gone:
        return []
    rows = [[gone.before, *_names(gone.subject)] for gone in view.gone]
    meaning = say("Failures {before}, none in this period.", before=view.period_before)
    return [
        f"## {say('Gone')}\n\n{meaning}",
        table([say("Was"), say("Reason"), say("Workload")], rows),
        _sums([view.gone_residual]),
    ]


def _names(subject: Subject) -> list[str]:
    return [code(subject.reason), code(subject.workload)]


def _when(view: DigestView) -> list[str]:
    blocks = []
    plot = view.histogram
    if plot.words:
        unit, chart = column_unit(plot, _COLUMNS), column_chart(plot, _COLUMNS)
        words = sentences(prose(plot.words), say("Failures per {unit}:", unit=unit))
        blocks += [f"## {say('When')}\n\n{words}", _block(chart)]
    if view.daily.bars:
        heading = say_number("{number} day", "{number} days", len(view.daily.bars))
        blocks += [f"## {heading}\n\n{prose(view.daily.words)}"]
        blocks += [_block(_spark(view.daily))]
    return blocks


def _spark(plot: Plot) -> list[str]:
    legend = spark_legend(plot)
    return [spark_chart(plot), *([legend] if legend else [])]


def _messages(view: DigestView) -> list[str]:
    if not view.messages:
        return []
    rows = [
        [message.failures, *_names(message.subject), code(message.pattern), code(message.values)]
        for message in view.messages
    ]
    columns = [say("Failures"), say("Reason"), say("Workload"), say("Message"), say("Values")]
    return [
        f"## {say('Messages')}",
        table(columns, rows),
        _sums([view.messages_residual]),
    ]


def _quality(view: DigestView) -> list[str]:
    lines = [
        f"- {'**!** ' if note.alert else ''}"
        + say("{term}: {text}", term=note.term, text=prose(line))
        for note in view.notes
        for line in note.lines
    ]
    return [f"## {say('Data quality')}", "\n".join(lines)]


def _block(lines: Sequence[str], language: str = "") -> str:
    """Return *lines* as a code block that nothing in them can end."""
    runs = re.findall("`{3,}", "\n".join(lines))
    fence = "`" * (max(map(len, runs), default=2) + 1)
    return "\n".join([f"{fence}{language}", *lines, fence])
