"""Tests of the histogram as a picture, read back pixel by pixel."""

from __future__ import annotations

import io
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from reports.picture import HEIGHT, WIDTH, PictureError, histogram_png, require_pictures
from tests.unit.reports.digests import EVERY_DIGEST, at, busy, hourly, peak

if TYPE_CHECKING:
    from analytics.digest import Digest

RED, BLUE = (192, 57, 43), (59, 107, 181)


def columns(digest: Digest, colour: tuple[int, int, int]) -> list[tuple[int, int]]:
    """Return left edge and height of every bar of that colour."""
    picture = Image.open(io.BytesIO(histogram_png(digest))).convert("RGB")
    heights = [sum(picture.getpixel((x, y)) == colour for y in range(HEIGHT)) for x in range(WIDTH)]
    return [
        (x, height) for x, height in enumerate(heights) if height and not heights[max(0, x - 1)]
    ]


@pytest.mark.parametrize("digest", EVERY_DIGEST.values(), ids=EVERY_DIGEST)
def test_every_digest_can_be_drawn(digest: Digest) -> None:
    """A small PNG of the same size, also of a day without a bar."""
    png = histogram_png(digest)
    picture = Image.open(io.BytesIO(png))
    assert (picture.format, picture.size) == ("PNG", (WIDTH, HEIGHT))
    assert len(png) < 20_000


def test_bars_are_as_high_as_their_failures() -> None:
    """Of 16 hours with failures the one with 63 is red; on an axis to 80 it is 236 pixels high."""
    [(_, highest)] = columns(busy(), RED)
    others = [height for _, height in columns(busy(), BLUE)]
    assert len(others) == sum(bar.failures > 0 for bar in busy().histogram) - 1
    assert highest == pytest.approx(300 * 63 / 80, abs=1)
    assert others[2] == pytest.approx(300 * 33 / 80, abs=1)


def test_a_single_failure_is_seen() -> None:
    """One beside a million is two pixels high."""
    bars = hourly(at(0), (1_000_000, 1, *[0] * 22))
    digest = busy(histogram=bars, peak=peak(bars))
    assert [height for _, height in columns(digest, BLUE)] == [2]


def test_a_long_window_is_summed() -> None:
    """A year of days becomes bars of four days."""
    bars = hourly(at(0), (1,) * 365, minutes=24 * 60)
    digest = busy(bucket_minutes=24 * 60, histogram=bars, peak=bars[0], end=bars[-1].end)
    assert len(columns(digest, RED)) == 91
    assert len(columns(digest, BLUE)) == 1


def test_bytes_are_the_same_in_another_process() -> None:
    """The same digest is the same picture, whatever the seed of the hashes."""
    script = (
        "import sys; from reports.picture import histogram_png; "
        "from tests.unit.reports.digests import busy; "
        "sys.stdout.buffer.write(histogram_png(busy()))"
    )
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert found.stdout == histogram_png(busy())


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """One sentence says what to install, or what to leave."""
    monkeypatch.setattr("reports.picture.find_spec", lambda name: None)
    with pytest.raises(PictureError, match=r"^image: true needs .* install kubedigest\[pictures\]"):
        require_pictures()
    with pytest.raises(PictureError):
        histogram_png(busy())
