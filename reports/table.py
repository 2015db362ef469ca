"""Aligned tables in the manner of kubectl, by display width."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from prettytable import PrettyTable

from analytics.inert import printable

USUAL, NARROW = 3, 2  # spaces between two columns


def render_table(
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    headers: bool = True,
    gap: int = USUAL,
) -> str:
    """Return *rows* under upper-case *columns*, set left, *gap* spaces apart."""
    table = PrettyTable(header=False, border=False, align="l")
    table.left_padding_width, table.right_padding_width = 0, gap
    if headers:  # as a row: prettytable prints no header where there are no rows
        table.add_row([printable(column).upper() for column in columns])
    for row in rows:
        table.add_row([printable(str(cell)) for cell in row])
    return "".join(f"{line.rstrip()}\n" for line in table.get_string().splitlines())
