"""The two charts of a digest in characters."""

from __future__ import annotations

from analytics.language import facts_listed, say
from reports.chart import MISSING, NOTHING, block_columns, run_length, sparkline, sums
from reports.plots import Mark, Plot, bucket_words
from reports.width import display_width, ljust

_HEIGHT = 5  # lines


def column_chart(plot: Plot, columns: int) -> list[str]:
    """Return *plot* as columns of blocks over a labelled axis, at most *columns* wide."""
    size = merged(plot, columns)
    counts = sums(_counts(plot), size)
    gutter = _gutter(counts)
    width = min(3, (columns - gutter) // len(counts))
    labels = [f"{max(counts):,}", *[""] * (_HEIGHT - 1)]
    chart = block_columns(counts, height=_HEIGHT, width=width)
    lines = [f"{label:>{gutter - 2}} │{line}" for label, line in zip(labels, chart, strict=True)]
    lines.append(f"{'0':>{gutter - 2}} └{'─' * (width * len(counts))}")
    ticks = [(mark.at // size * width, mark) for mark in plot.ticks]
    return [*lines, " " * gutter + _tick_line(ticks, columns - gutter)]


def column_unit(plot: Plot, columns: int) -> str:
    """Return what one column of `column_chart` stands for, such as ``hour`` or ``5 days``."""
    return bucket_words(plot.bar_minutes * merged(plot, columns))


def spark_chart(plot: Plot) -> str:
    """Return *plot* as one character a value between its first and last label."""
    first, last = plot.bars[0].when, plot.bars[-1].when
    return f"{first} {sparkline(plot.values)} {last}"


def spark_legend(plot: Plot) -> str:
    """Return what the characters of a spark chart that are no bars mean, "" without any."""
    missing = f"{MISSING} {say('no data')}" if plot.has_missing else ""
    nothing = f"{NOTHING} {say('no failures')}" if 0 in plot.values else ""
    return facts_listed((missing, nothing))


def _counts(plot: Plot) -> list[int]:
    return [value or 0 for value in plot.values]


def merged(plot: Plot, columns: int) -> int:
    """Return how many neighbouring bars have to be one column; their sum may need more room."""
    values, size = _counts(plot), 1
    while len(counts := sums(values, size)) > (room := columns - _gutter(counts)):
        size = run_length(len(values), room)
    return size


def _gutter(counts: tuple[int, ...]) -> int:
    return len(f"{max(counts):,}") + 2  # a space and the axis


def _tick_line(ticks: list[tuple[int, Mark]], room: int) -> str:
    """Return the labels at their columns; one without room is left out."""
    line = ""
    for column, mark in ticks:
        end = display_width(line)
        if column + display_width(mark.label) <= room and (not line or column > end):
            line = ljust(line, column) + mark.label
    return line
