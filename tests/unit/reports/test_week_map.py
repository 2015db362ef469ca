"""Tests of the map of a week in characters."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from reports.week_map import COLUMNS, Cell, shade_bounds, week_map
from reports.width import display_width

HOURS = [(weekday, hour) for weekday in range(7) for hour in range(24)]


def week(**cells: int | None) -> dict[tuple[int, int], Cell]:
    """Return a week of hours without a failure, but for those named as ``d5h14``."""
    found = {key: Cell(failures=0, rate_per_hour=0.0, hours=1.0) for key in HOURS}
    for name, failures in cells.items():
        weekday, hour = name.removeprefix("d").split("h")
        rate = None if failures is None else float(failures)
        found[int(weekday), int(hour)] = Cell(failures=failures, rate_per_hour=rate, hours=1.0)
    return found


def test_a_map_says_when_in_shades_and_numbers() -> None:
    """54 is the greatest: 18, 6 and 2 bound the shades below; none and no data differ."""
    lines = week_map(week(d0h0=54, d0h1=19, d0h2=18, d0h3=6, d0h4=2, d0h5=1, d5h23=None, d6h0=7))
    assert lines[0] == ("     00    03    06    09    12    15    18    21      FAILURES")
    assert lines[1] == "Mon  ████▆▆▄▄▂▂▂▂" + "· " * 18 + f"{100:>10}"
    assert lines[6] == "Sat  " + "· " * 23 + "░░" + f"{0:>10}"
    assert lines[7] == "Sun  ▆▆" + "· " * 23 + f"{7:>10}"
    assert lines[8] == ""
    assert lines[9] == "per hour: ▂ ≤ 2  ▄ ≤ 6  ▆ ≤ 18  █ ≤ 54  · none  ░ no data"


def test_what_the_window_does_not_reach_is_blank() -> None:
    """A window of a Tuesday says nothing of other days; one that nobody watched has no total."""
    blank = {key: Cell(failures=0, rate_per_hour=None, hours=0.0) for key in HOURS}
    tuesday = {key: cell for key, cell in week(d1h3=5).items() if key[0] == 1}
    unknown = {(2, hour): Cell(failures=None, rate_per_hour=None, hours=1.0) for hour in range(24)}
    lines = week_map(blank | tuesday | unknown, headers=False)
    assert lines[0] == "Mon"
    assert lines[1] == "Tue  · · · ██" + "· " * 20 + f"{5:>10}"
    assert lines[2] == "Wed  " + "░" * 48 + f"{'-':>10}"
    assert lines[3:7] == ["Thu", "Fri", "Sat", "Sun"]


def test_shades_follow_rates() -> None:
    """Ten failures in twenty hours are fewer than two in one."""
    cells = week(d0h0=2)
    cells[0, 1] = Cell(failures=10, rate_per_hour=0.5, hours=20.0)
    assert week_map(cells)[1].startswith("Mon  ██▆▆")


def test_nothing_failed() -> None:
    """The legend has no shade, and says what a dot is."""
    lines = week_map(week())
    assert lines[1] == "Mon  " + "· " * 24 + f"{0:>10}"
    assert lines[-1] == "per hour: · none"
    assert shade_bounds([0.0]) == shade_bounds([]) == ()


def test_colours_repeat_what_the_shades_say() -> None:
    """Each shade is painted by its number, in the map and in the legend."""
    lines = week_map(week(d0h0=54, d0h1=1), paint=lambda text, shade: f"<{shade}{text}>")
    assert lines[1].startswith("Mon  <4██><1▂▂>· ")
    assert "<1▂> ≤ 2  <2▄> ≤ 6  <3▆> ≤ 18  <4█> ≤ 54" in lines[-1]


cells = st.builds(
    lambda failures, hours: Cell(
        failures=failures if hours else 0,
        rate_per_hour=failures / hours if hours and failures is not None else None,
        hours=hours,
    ),
    st.none() | st.integers(0, 10**9),
    st.sampled_from([0.0, 0.5, 1.0, 4.0]),
)


@given(st.lists(cells, min_size=168, max_size=168))
def test_every_map_fits_and_its_legend_bounds_its_shades(found: list[Cell]) -> None:
    """At most 78 columns; the legend's last number is not below the greatest rate."""
    lines = week_map(dict(zip(HOURS, found, strict=True)))
    assert max(map(display_width, lines)) <= COLUMNS
    greatest = max((cell.rate_per_hour or 0.0 for cell in found), default=0.0)
    if greatest:
        said = lines[9].split("█ ≤ ")[1].split(" ")[0]
        assert greatest <= float(said) <= greatest * 1.011 + 0.001
