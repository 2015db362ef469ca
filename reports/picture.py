"""The histogram of a digest as a small PNG, for chats that show pictures and no charts."""

from __future__ import annotations

import io
from importlib.util import find_spec
from typing import TYPE_CHECKING

from analytics.digest import Digest
from analytics.errors import AnalyticsError
from reports.chart import axis_marks, run_length, sums
from reports.plots import histogram_plot

if TYPE_CHECKING:
    from PIL import ImageDraw

WIDTH, HEIGHT = 840, 360  # pixels: a phone's width, and low enough to stand under a message

_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 20, 20, 40
_FONT_SIZE = 18
_MOST_BARS = 120
_MOST_MARK = 999_999  # of the axis, before it is written in short
# readable on the white of the picture, whatever the chat's own colours are
_PAPER, _INK, _RULE, _BAR, _PEAK = range(5)
_PALETTE = bytes((255, 255, 255, 31, 41, 55, 209, 213, 219, 59, 107, 181, 192, 57, 43))


class PictureError(AnalyticsError):
    """A picture is asked for that cannot be drawn here."""


def require_pictures() -> None:
    """Raise PictureError where the package that draws is not installed."""
    if find_spec("PIL") is None:
        raise PictureError(
            "image: true needs the package Pillow; install kubedigest[pictures], "
            "or set image: false"
        )


def histogram_png(digest: Digest) -> bytes:
    """Return the failures over the window as a PNG of at most some kilobytes.

    Parameters
    ----------
    digest
        One bar is one bucket of its histogram, or the sum of neighbours where there are many.
        Days are numbers of the month, so that the labels need no font but the one that comes
        with Pillow.

    Returns
    -------
    bytes
        The same for the same digest. The bars with the most failures are red.

    Raises
    ------
    PictureError
        Pillow is not installed.
    """
    require_pictures()
    from PIL import Image, ImageDraw, ImageFont

    plot = histogram_plot(digest, dated=False)
    merged = run_length(len(plot.values), _MOST_BARS)
    counts = sums([value or 0 for value in plot.values], merged)
    image = Image.new("P", (WIDTH, HEIGHT), _PAPER)
    image.putpalette(_PALETTE)
    draw = ImageDraw.Draw(image)
    draw.font = ImageFont.load_default(_FONT_SIZE)
    draw.fontmode = "1"
    top = axis_marks(max(counts, default=0))
    _rules(draw, top)
    _bars(draw, counts, top[-1])
    _ticks(draw, digest, merged, len(counts))
    file = io.BytesIO()
    image.save(file, format="PNG", optimize=True)
    return file.getvalue()


def _rules(draw: ImageDraw.ImageDraw, marks: tuple[int, ...]) -> None:
    for mark in marks:
        y = _y(mark, marks[-1])
        draw.line((_LEFT, y, WIDTH - _RIGHT, y), fill=_INK if mark == 0 else _RULE)
        label = f"{mark:,}" if marks[-1] <= _MOST_MARK else f"{mark:.0e}"
        draw.text((_LEFT - 8, y), label, fill=_INK, anchor="rm")


def _bars(draw: ImageDraw.ImageDraw, counts: tuple[int, ...], top: int) -> None:
    greatest = max(counts, default=0)
    for i, count in enumerate(counts):
        if count:
            left, right = _x(i, len(counts)), _x(i + 1, len(counts))
            gap = max(1, (right - left) // 6)
            y = min(_y(count, top), _y(0, top) - 2)  # one failure is still seen
            box = (left + gap, y, max(left + gap, right - gap), _y(0, top) - 1)
            draw.rectangle(box, fill=_PEAK if count == greatest else _BAR)


def _ticks(draw: ImageDraw.ImageDraw, digest: Digest, merged: int, bars: int) -> None:
    dated = (digest.end - digest.start).days > 1
    free = 0.0
    for i in range(bars):
        start = digest.histogram[i * merged].start
        label = f"{start:%m-%d}" if dated else f"{start:%H:%M}"
        is_mark = start.hour == 0 if dated else start.hour % 3 == 0 and start.minute == 0
        x = _x(i, bars)
        if (is_mark or i == 0) and x >= free and x + draw.textlength(label) <= WIDTH:
            draw.text((x, HEIGHT - _BOTTOM + 8), label, fill=_INK)
            free = x + draw.textlength(label) + 24


def _x(bar: int, bars: int) -> int:
    return _LEFT + (WIDTH - _LEFT - _RIGHT) * bar // bars


def _y(count: int, top: int) -> int:
    return _TOP + round((HEIGHT - _TOP - _BOTTOM) * (1 - count / top))
