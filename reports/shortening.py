"""A digest with fewer rows, so that it fits where it is sent: whole rows go, and sums stay."""

from __future__ import annotations

from collections.abc import Callable, Sized
from dataclasses import replace
from typing import TypeVar

from analytics.digest import Digest, Residual

Written = TypeVar("Written", bound=Sized)


def shortened(digest: Digest, rows: int) -> Digest:
    """Return *digest* with at most *rows* rows; the residual takes the failures of the others."""
    left_out = digest.rows[rows:]
    if not left_out:
        return digest
    return replace(
        digest,
        rows=digest.rows[:rows],
        residual=Residual(
            rows=digest.residual.rows + len(left_out),
            failures=digest.residual.failures + sum(row.failures for row in left_out),
        ),
    )


def fitting(
    digest: Digest, write: Callable[[Digest], Written], limit: int, *, rows: int | None = None
) -> Written:
    """Return the longest writing of *digest* that is not larger than *limit*.

    Parameters
    ----------
    digest
        With all its rows.
    write
        Turns a digest into text or bytes, which ``len`` measures in the unit of the limit. More
        rows never make it shorter.
    limit
        The greatest length.
    rows
        Most rows to try; ``None`` for all.

    Returns
    -------
    str or bytes
        With as many whole rows as fit.

    Raises
    ------
    ValueError
        Not even a digest without rows fits: the writer has to bound everything else.
    """
    most = len(digest.rows) if rows is None else min(rows, len(digest.rows))
    whole = write(shortened(digest, most))
    if len(whole) <= limit:
        return whole
    least, best = 0, write(shortened(digest, 0))
    if len(best) > limit:
        raise ValueError(f"a digest without rows has {len(best):,}, over the limit of {limit:,}")
    while most - least > 1:
        middle = (least + most) // 2
        written = write(shortened(digest, middle))
        if len(written) <= limit:
            least, best = middle, written
        else:
            most = middle
    return best
