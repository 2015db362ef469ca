"""Numbers as bars of a table: an eighth of a column is the least that is drawn."""

from __future__ import annotations

from collections.abc import Sequence

_EIGHTHS = " ▏▎▍▌▋▊▉"
_FULL = "█"
NO_DATA = "no data"


def bars(values: Sequence[int | None], columns: int) -> list[str]:
    """Return a bar for each value, the greatest *columns* long; None is said in words.

    Parameters
    ----------
    values
        Not negative; None is a stretch that nobody watched.
    columns
        Of the longest bar, at least 1.

    Returns
    -------
    list of str
        What is not 0 has at least an eighth of a column, 0 has nothing.

    Examples
    --------
    >>> bars([0, 1, 6, 16, None], 2)
    ['', '▏', '▊', '██', 'no data']
    """
    greatest = max((value for value in values if value is not None), default=0)
    return [NO_DATA if value is None else _bar(value, greatest, columns) for value in values]


def _bar(value: int, greatest: int, columns: int) -> str:
    if not value:
        return ""
    whole, eighths = divmod(max(1, value * columns * 8 // greatest), 8)
    return _FULL * whole + (_EIGHTHS[eighths] if eighths else "")
