"""Bars as characters and as coordinates; the templates only place them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

_BLOCKS = "▁▂▃▄▅▆▇█"
NOTHING = "·"  # a bucket without failures must not look like a low bar
MISSING = "░"  # nor like one without data

SPARK_HEIGHT = 24  # of the view box of an SVG sparkline
SPARK_STEP = 5  # the width of its columns


@dataclass(frozen=True, slots=True, kw_only=True)
class Rectangle:
    """A bar of an SVG chart: x and width in per cent of the plot, y and height in pixels."""

    x: str
    width: str
    y: int
    height: int


def fold(values: Sequence[int], limit: int) -> tuple[int, ...]:
    """Return *values* summed in equal runs, so that at most *limit* of them are left."""
    return sums(values, run_length(len(values), limit))


def fold_known(values: Sequence[int | None], limit: int) -> tuple[int | None, ...]:
    """Return *values* summed in equal runs as `fold` does; a run of None alone stays None.

    >>> fold_known([None, None, None, 2, 0], 3)
    (None, 2, 0)
    """
    size = run_length(len(values), limit)
    runs = [values[i : i + size] for i in range(0, len(values), size)]
    known = [[value for value in run if value is not None] for run in runs]
    return tuple(sum(run) if run else None for run in known)


def sums(values: Sequence[int], size: int) -> tuple[int, ...]:
    """Return the sums of runs of *size* neighbours; the last run may be shorter."""
    return tuple(sum(values[i : i + size]) for i in range(0, len(values), size))


def run_length(count: int, limit: int) -> int:
    """Return how many neighbours of *count* values become one so that *limit* are left."""
    return max(1, -(-count // limit))


def sparkline(values: Sequence[int | None]) -> str:
    """Return one block character a value, scaled to the greatest; None is no data.

    >>> sparkline([None, 0, 1, 4, 8])
    '░·▁▄█'
    """
    levels = _levels([value or 0 for value in values], len(_BLOCKS))
    return "".join(
        MISSING if value is None else _BLOCKS[level - 1] if level else NOTHING
        for value, level in zip(values, levels, strict=True)
    )


def block_columns(values: Sequence[int], *, height: int, width: int) -> list[str]:
    """Return the lines, top first, of a column chart *height* lines high, *width* columns a bar."""
    levels = _levels(values, height * len(_BLOCKS))
    lines = []
    for floor in range((height - 1) * len(_BLOCKS), -1, -len(_BLOCKS)):
        cells = (min(max(level - floor, 0), len(_BLOCKS)) for level in levels)
        blocks = (_BLOCKS[cell - 1] if cell else " " for cell in cells)
        lines.append("".join((block * max(1, width - 1)).ljust(width) for block in blocks).rstrip())
    return lines


def spark_path(values: Sequence[int]) -> str:
    """Return the SVG path of a sparkline, as one outline; a value of zero has no height.

    >>> spark_path([0, 1, 4, 4, 0])
    'M0 24h5v-6h5v-18h10v24h5z'
    """
    levels = _levels(values, SPARK_HEIGHT)
    parts, before = [f"M0 {SPARK_HEIGHT}"], 0
    for level, run in groupby(levels):
        if level != before:
            parts.append(f"v{before - level}")
        parts.append(f"h{SPARK_STEP * len(list(run))}")
        before = level
    return "".join([*parts, f"v{before}" if before else "", "z"])


def axis_marks(greatest: int) -> tuple[int, ...]:
    """Return round numbers from 0 to at least *greatest*, three to six of them."""
    step = 1
    while step * 5 < greatest:
        step = step * 5 // 2 if str(step).startswith("2") else step * 2
    return tuple(range(0, max(2, -(-greatest // step)) * step + 1, step))


def rectangles(values: Sequence[int], *, top: int, height: int) -> tuple[Rectangle, ...]:
    """Return a bar a value on an axis of *height* pixels that ends at *top*."""
    slot = 100 / max(1, len(values))
    levels = [max(1, round(value * height / top)) if value else 0 for value in values]
    return tuple(
        Rectangle(
            x=f"{i * slot + slot * 0.1:.2f}%",
            width=f"{slot * 0.8:.2f}%",
            y=height - level,
            height=level,
        )
        for i, level in enumerate(levels)
    )


def _levels(values: Sequence[int], steps: int) -> list[int]:
    """Return each value in *steps* of the greatest; what is not zero gets at least one step."""
    greatest = max(values, default=0)
    return [-(-value * steps // greatest) if value else 0 for value in values]
