"""Digest -> GitHub-flavoured markdown, where foreign text stands in code spans."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape

from analytics.digest import Digest
from analytics.language import facts_listed, say, say_number, sentences
from reports.markdown_spans import code, prose
from reports.plots import Plot
from reports.rows import RowGroup, RowView
from reports.subjects import Subject
from reports.text_chart import column_chart, column_unit, spark_chart, spark_legend
from reports.view import DigestView, Figure, digest_view
from reports.whereabouts import WhereView

_COLUMNS = 80  # of the charts

_BEFORE_PIPE = re.compile(r"(\\*)\|")


def render_markdown(digest: Digest) -> str:
    """Return the digest as markdown: verdict, sections, when, where, messages, data quality."""
    view = digest_view(digest)
    blocks = [
        f"# {prose(view.verdict)}",
        prose(f"{view.title} · {view.scope}"),
        *_what(view),
        *_gone(view),
        *_recovered(view),
        *_when(view),
        *_where(view.where),
        *_messages(view),
        *_quality(view),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


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
    return [figures, prose(view.baseline), *groups, _sums((view.residual, view.total, view.muted))]


def _group(group: RowGroup, view: DigestView) -> list[str]:
    columns = [
        say("Failures"),
        say("Was"),
        say("Usually"),
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
        "\n".join(line for row in group.rows for line in _links(row)),
        _block(commands, "sh") if commands else "",
    ]


def _row(row: RowView) -> list[str]:
    firing = say("● still firing") if row.still_firing else ""
    return [
        row.failures,
        row.before,
        row.usual,
        " ".join(part for part in (row.mark, firing) if part),
        code(row.subject.reason),
        code(row.subject.workload),
        escape(facts_listed((row.span, row.share, row.episodes, row.objects))),
        row.sparkline,
        code(row.message),
    ]


def _links(row: RowView) -> list[str]:
    if not row.links:
        return []
    links = " · ".join(f"[{prose(link.title)}](<{link.url}>)" for link in row.links)
    return [f"- {code(row.subject.reason)} {code(row.subject.workload)}: {links}"]


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


def _recovered(view: DigestView) -> list[str]:
    if not view.recovered:
        return []
    rows = [
        [one.occurrences, one.when, *_names(one.subject), escape(one.after)]
        for one in view.recovered
    ]
    columns = [say("Times"), say("Last"), say("Reason"), say("Workload"), say("After")]
    return [f"## {say('Recovered')}", table(columns, rows), escape(view.more_recovered)]


def _where(where: WhereView | None) -> list[str]:
    if where is None:
        return []
    rows = [
        [place.failures, code(place.place), escape(place.share), escape(place.expected)]
        for place in where.places
    ]
    columns = [say("Failures"), say("Place"), say("Failing there"), say("Expected")]
    blocks = [f"## {say('Where')}\n\n{prose(where.words)}"]
    return blocks + ([table(columns, rows), escape(where.more)] if rows else [])


def _names(subject: Subject) -> list[str]:
    return [code(subject.reason), code(subject.workload)]


def _when(view: DigestView) -> list[str]:
    blocks = []
    plot = view.histogram
    if plot.words:
        unit, chart = column_unit(plot, _COLUMNS), column_chart(plot, _COLUMNS)
        words = sentences(prose(plot.words), say("Failures per {unit}:", unit=unit))
        blocks += [f"## {say('When')}\n\n{words}", _block(chart)]
    if view.week:
        heading = say("Four weeks by hour ({stretch})", stretch=view.week.stretch)
        blocks += [f"## {heading}\n\n{prose(view.week.words)}", _block(view.week.lines())]
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
