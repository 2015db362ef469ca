"""As much of a letter as a service takes: the first rows first, then the rest, then more rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from analytics.digest import Digest
from reports.channels.channel import Letter
from reports.shortening import fitting, shortened

FIRST_ROWS = 5  # what a phone shows without scrolling

# What goes beside rows and sums, from what is needed most to what is missed least.
EXTRAS = ("alerts", "command", "baseline", "peak", "gone", "samples")


def fitting_letter(
    letter: Letter, limit: int, write: Callable[[Letter, Sequence[str]], bytes]
) -> bytes:
    """Return the writing of a letter that says most of what fits.

    Parameters
    ----------
    letter
        With all its rows; the residual line has those that are left out.
    limit
        Most bytes.
    write
        Writes a letter with these of the extras.

    Returns
    -------
    bytes
        With as many extras as leave room for the first rows, and then as many rows as fit.

    Raises
    ------
    ValueError
        Not even a letter without rows and extras fits: the writer has to bound everything else.
    """

    def told(digest: Digest, extras: int) -> bytes:
        return write(replace(letter, digest=digest), EXTRAS[:extras])

    first = shortened(letter.digest, FIRST_ROWS)
    extras = len(EXTRAS)
    while extras and len(told(first, extras)) > limit:
        extras -= 1
    return fitting(letter.digest, lambda digest: told(digest, extras), limit)
