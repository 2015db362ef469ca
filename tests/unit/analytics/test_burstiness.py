"""How bursty episodes are, by hand."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from analytics.burstiness import block_edges, block_length, dispersion, positions
from analytics.errors import FrameError
from analytics.exposure import Watched
from analytics.frames import EPISODE_BLOCKS
from analytics.spread import microsecond
from analytics.window import Window

KEYS = pd.DataFrame({"cluster": ["prod"]}, dtype="str")


def blocks(*rows, cluster="prod"):
    """Build an EPISODE_BLOCKS frame from (period, start of the block, episodes)."""
    frame = pd.DataFrame(rows, columns=["period", "block", "episodes"])
    frame["block"] = pd.to_datetime(frame["block"], utc=True)
    frame = frame.astype({column.name: column.dtype for column in EPISODE_BLOCKS.columns})
    return frame.assign(cluster=pd.Series([cluster] * len(frame), dtype="str"))


def of_days(day, *counts):
    """Build the blocks of a day and its predecessors from the episodes of each four hours."""
    starts = [day.start, *(day.start - timedelta(days=back) for back in range(1, len(counts)))]
    return blocks(
        *(
            (period, start + timedelta(hours=4 * place), episodes)
            for period, (start, row) in enumerate(zip(starts, counts, strict=True))
            for place, episodes in enumerate(row)
            if episodes
        )
    )


def dispersed(found, windows, *, rhythm=False, clocks=None, usable=None):
    """Return the dispersion of the only group."""
    periods = [(window, clocks or {}) for window in windows]
    used = np.ones((1, len(windows)), dtype=bool) if usable is None else np.array([usable])
    (one,) = dispersion(found, KEYS, periods, usable=used, rhythm=np.array([rhythm]))
    return one


def test_two_periods_by_hand(day):
    """12 in one of six is (10**2 + 5 * 2**2) / 2 = 60, one in two of six is 4: 64 / 10."""
    found = of_days(day, [12], [1, 0, 0, 1])
    assert dispersed(found, [day, day.previous()]) == pytest.approx(6.4)
    assert dispersed(found, [day, day.previous()], usable=[True, False]) == pytest.approx(60 / 5)


def test_even_episodes_are_not_less_than_poisson(day):
    """Two in each block have a chi-square of 0; the dispersion is never below 1."""
    assert dispersed(of_days(day, [2] * 6), [day]) == 1


def test_only_watched_hours_can_have_episodes(day):
    """Watched until 06:00: four hours and two, 2 and 1 of 3 expected, 1 and 2 found: 1/2 + 1.

    On a whole day 1/2 is expected in each of six: (1/4 + 9/4 + 4 * 1/4) / (1/2) / 5.
    """
    clock = Watched(np.array([microsecond(day.start), microsecond(day.start) + 6 * 3600 * 10**6]))
    found = of_days(day, [1, 2])
    assert dispersed(found, [day], clocks={"prod": clock}) == pytest.approx(1.5)
    assert dispersed(found, [day], clocks={"other": clock}) == pytest.approx(7 / 5)
    # of what was not watched nothing was seen: that of 12:00 does not count
    late = of_days(day, [1, 2, 0, 9])
    assert dispersed(late, [day], clocks={"prod": clock}) == pytest.approx(1.5)


def test_one_block_tells_nothing(day):
    """No degree of freedom."""
    first = Window.between(day.start, day.start + timedelta(hours=2), "UTC")
    assert dispersed(of_days(day, [9]), [first]) == 1


def test_a_rhythm_of_its_own_is_no_burst(day):
    """The same hours every day: 26.8 around a flat day, nothing around its own rhythm."""
    found = of_days(day, [0, 12, 0, 4], [0, 6, 0, 2], [0, 9, 0, 3])
    windows = [day, day.previous(), day.previous().previous()]
    assert dispersed(found, windows, rhythm=True) == 1
    assert dispersed(found, windows) == pytest.approx((44 + 22 + 33) / 15)


def test_a_changing_rhythm_by_hand(day):
    """4 and 0 after 0 and 4: 2 are expected in each, 4 * 2**2 / 2 with one degree of freedom."""
    found = of_days(day, [4, 0], [0, 4])
    assert dispersed(found, [day, day.previous()], rhythm=True) == pytest.approx(8)


def test_a_rhythm_follows_the_clock_through_summer_time():
    """Berlin's day begins at 22:00 or 23:00 in UTC: the same block on the grid."""
    zone = "Europe/Berlin"
    windows = [Window.daily(datetime(2026, 10, day, 8, tzinfo=UTC), zone) for day in (27, 20)]
    found = blocks(*((p, f"2026-10-{day} 08:00", 9) for p, day in enumerate((26, 19))))
    assert dispersed(found, windows, rhythm=True) == 1
    assert dispersed(found, windows) > 5


def test_a_rhythm_keeps_its_place_where_the_first_block_goes():
    """Midnight in Baku was 19:00 or 20:00 in UTC: a block ends between the two."""
    zone = "Asia/Baku"  # +05:00 until 25 October 2015, then +04:00: one block less
    windows = [Window.daily(datetime(2015, 10, day, 8, tzinfo=UTC), zone) for day in (28, 21)]
    assert [len(block_edges(window, timedelta(hours=4))) for window in windows] == [7, 8]
    found = blocks(*((p, f"2015-10-{day} 08:00", 9) for p, day in enumerate((27, 20))))
    assert dispersed(found, windows, rhythm=True) == 1


def test_blocks_of_a_long_window_are_days(day):
    """Four hours up to three days, also with an hour more; else days on the grid of UTC."""
    for hours, length in ((1, 4), (72, 4), (73, 4), (74, 24)):
        window = Window.between(day.start, day.start + timedelta(hours=hours), "UTC")
        assert block_length(window) == timedelta(hours=length)
    nepal = Window.weekly(datetime(2026, 11, 22, 8, tzinfo=UTC), "Asia/Kathmandu")
    edges = block_edges(nepal, timedelta(days=1))
    assert len(edges) == 9  # from 18:15: parts of the first and the last day
    assert pd.Timestamp(edges[0], unit="us") == pd.Timestamp("2026-11-08")


@pytest.mark.parametrize(
    "row", [(0, "2026-11-20 20:00", 1), (0, "2026-11-22 00:00", 1), (0, "2026-11-21 01:00", 1),
            (1, "2026-11-21 00:00", 1), (-1, "2026-11-21 00:00", 1)]
)  # fmt: skip
def test_a_block_of_no_period_is_refused(day, row):
    """Before, after, off the grid, or of a period that was not asked for."""
    with pytest.raises(FrameError, match="EPISODE_BLOCKS"):
        dispersed(blocks(row), [day])


def test_groups_without_blocks_and_blocks_without_groups(day):
    """1 for the former; the latter are not looked at."""
    keys = pd.DataFrame({"cluster": ["lab", "prod"]}, dtype="str")
    found = pd.concat([of_days(day, [12]), blocks((0, "2026-11-21", 9), cluster="gone")])
    both = dispersion(found, keys, [(day, {})], usable=np.ones((2, 1), dtype=bool),
                      rhythm=np.zeros(2, dtype=bool))  # fmt: skip
    assert both.tolist() == pytest.approx([1, 12])


def test_positions_of_rows():
    """-1 for none; without columns there is one group or none."""
    keys = pd.DataFrame({"a": ["x", "y"], "b": ["1", "1"]})
    rows = pd.DataFrame({"a": ["y", "x", "y"], "b": ["1", "2", "1"]})
    assert positions(rows, keys).tolist() == [1, -1, 1]
    none = pd.DataFrame(index=range(1))
    assert positions(pd.DataFrame(index=range(3)), none).tolist() == [0, 0, 0]
    assert positions(pd.DataFrame(index=range(2)), none[:0]).tolist() == [-1, -1]
