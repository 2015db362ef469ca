"""The two charts of a digest in characters."""

from __future__ import annotations

from reports.chart import MISSING, NOTHING, block_columns, fold, run_length, sparkline
from reports.plots import Mark, Plot

_HEIGHT = 5  # lines


def column_chart(plot: Plot, columns: int) -> list[str]:
    """Return *plot* as columns of blocks over a labelled axis, at most *columns* wide."""
    values = [value or 0 for value in plot.values]
    gutter = max(len(f"{max(values):,}"), 1) + 2
    merged = run_length(len(values), columns - gutter)
    counts = fold(values, columns - gutter)
    width = min(3, (columns - gutter) // len(counts))
    labels = [f"{max(counts):,}", *[""] * (_HEIGHT - 1)]
    chart = block_columns(counts, height=_HEIGHT, width=width)
    lines = [f"{label:>{gutter - 2}} │{line}" for label, line in zip(labels, chart, strict=True)]
    lines.append(f"{'0':>{gutter - 2}} └{'─' * (width * len(counts))}")
    ticks = [(mark.at // merged * width, mark) for mark in plot.ticks]
    return [*lines, " " * gutter + _tick_line(ticks, columns - gutter)]


def spark_chart(plot: Plot) -> str:
    """Return *plot* as one character a value between its first and last label."""
    first, last = plot.bars[0].when, plot.bars[-1].when
    return f"{first} {sparkline(plot.values)} {last}"


def spark_legend(plot: Plot) -> str:
    """Return what the characters of a spark chart that are no bars mean, "" without any."""
    parts = [f"{MISSING} no data"] if plot.has_missing else []
    parts += [f"{NOTHING} no failures"] if 0 in plot.values else []
    return ", ".join(parts)


def _tick_line(ticks: list[tuple[int, Mark]], room: int) -> str:
    """Return the labels at their columns; one without room is left out."""
    line = ""
    for column, mark in ticks:
        if column + len(mark.label) <= room and (not line or column > len(line)):
            line = line.ljust(column) + mark.label
    return line
