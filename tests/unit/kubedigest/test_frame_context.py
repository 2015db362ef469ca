"""What a frame knows of itself, through everything that pandas does to it."""

from __future__ import annotations

import json
import pickle
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.exposure import exposures
from analytics.window import Window
from kubedigest import frame_context as context
from kubedigest.errors import UsageError
from tests.unit.analytics.conftest import build_spans

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
DAY = Window.daily(NOW, "Europe/Berlin")
UTC_DAY = Window.daily(NOW, "UTC")
BERLIN_AND_OTHERS = [
    DAY,
    Window.weekly(NOW, "Asia/Kathmandu"),
    Window.day_so_far(NOW, "America/St_Johns"),
    Window.between(NOW - timedelta(seconds=1, microseconds=1), NOW, "UTC"),
]


def knowing(window: Window, **attrs: object) -> pd.DataFrame:
    """Make a frame that was loaded for the window."""
    frame = pd.DataFrame({"group": ["a", "a", "b"], "failures": [1, 2, 3]})
    frame.attrs = {context.WINDOW: context.note_window(window), **attrs}
    return frame


@pytest.mark.parametrize("window", BERLIN_AND_OTHERS, ids=lambda window: window.period)
def test_the_window_comes_back_whole(window: Window) -> None:
    """Also through JSON, as Parquet keeps it, and through a pickle."""
    frame = knowing(window)
    assert context.window_of(frame) == window
    assert context.window_of(pickle.loads(pickle.dumps(frame))) == window  # noqa: S301 - its own
    frame.attrs = json.loads(json.dumps(frame.attrs))
    assert context.window_of(frame) == window


def test_what_pandas_makes_of_a_frame_knows_it_too() -> None:
    """Copies are copies: writing into one does not change the other."""
    frame = knowing(DAY)
    made = [
        frame.copy(),
        frame[frame["failures"] > 1],
        frame.head(1).assign(more=1),
        frame.groupby("group").sum(),
        pd.concat([frame, knowing(DAY)]),
    ]
    for one in made:
        assert context.window_of(one) == DAY
        one.attrs[context.WINDOW]["end"] = "gone"
    assert context.window_of(frame) == DAY


def test_frames_of_different_windows_put_together_know_none() -> None:
    """A wrong window would be worse, and the sentence says what to do."""
    both = pd.concat([knowing(DAY), knowing(UTC_DAY)])
    with pytest.raises(UsageError, match=r"does not know its window.*pass window="):
        context.window_of(both)


def test_a_window_has_to_lie_inside_the_frame() -> None:
    """A frame has nothing of the time around it, which would read as no failures."""
    frame = knowing(DAY)
    hour = Window.between(DAY.start, DAY.start + timedelta(hours=1), "UTC")
    assert context.chosen_window(frame, hour) == hour
    assert context.chosen_window(frame, None) == DAY
    for start, end in ((DAY.start - timedelta(hours=1), DAY.end), (DAY.start, NOW)):
        with pytest.raises(UsageError, match="reaches beyond 2026-11-21"):
            context.chosen_window(frame, Window.between(start, end, "UTC"))
    assert context.chosen_window(pd.DataFrame(), hour) == hour


def test_the_catalogue_is_the_shipped_one_or_that_of_the_configuration() -> None:
    """Overrides travel with the frame."""
    assert context.catalogue_of(knowing(DAY)) is None
    quiet = [{"reason": "BackOff", "component": "", "type": "", "meaning": "noise"}]
    found = context.catalogue_of(knowing(DAY, reasons=quiet))
    assert found is not None
    assert found.meaning("BackOff", "kubelet", "Warning") == "noise"


def test_the_share_that_was_watched() -> None:
    """Six hours of the day are a gap; nobody tells of the imported cluster."""
    spans = build_spans(
        ("watched", "20 00:00", "21 03:00"),
        ("gap", "21 03:00", "21 09:00"),
        ("recovered", "21 09:00", "21 10:00"),
        ("watched", "21 10:00", "22 01:00"),
    )
    noted = context.note_coverage(spans, UTC_DAY)
    assert [state for state, *_ in noted["prod"]["window"]] == ["watched", "gap", "watched"]
    shares = context.note_shares(noted, UTC_DAY, ["imported", "prod"])
    assert shares == {"imported": None, "prod": 0.75}
    assert context.note_shares({}, UTC_DAY, ["imported"]) == {"imported": None}


@settings(deadline=None, max_examples=12)
@given(st.lists(st.tuples(st.sampled_from(["watched", "recovered", "gap", ""]), st.integers(1, 9))))
def test_exposures_come_back_as_they_were(stretches: list[tuple[str, int]]) -> None:
    """Hours, shares, watched times and gaps are those of the store's own spans."""
    edges = np.cumsum([0, *(hours for _, hours in stretches)]).tolist()
    begin = datetime(2026, 11, 20, tzinfo=UTC)
    rows = [
        (state, begin + timedelta(hours=start), begin + timedelta(hours=end))
        for (state, _), start, end in zip(stretches, edges, edges[1:], strict=False)
        if state
    ]
    first = next((start for state, start, _ in rows if state != "gap"), None)
    proofs = [("watched", first, first)] if first else []
    spans = build_spans(*proofs, *rows)  # type: ignore[arg-type]
    expected = exposures(spans, UTC_DAY)
    frame = knowing(UTC_DAY, coverage=context.note_coverage(spans, UTC_DAY))
    found = context.exposed_of(frame, UTC_DAY) or {}
    assert found.keys() == expected.keys()
    minutes = np.arange(0, 3 * 1440, 7) * 60_000_000 + int(begin.timestamp()) * 1_000_000
    for name, known in expected.items():
        same = ("share", "previous_share", "whole", "began")
        assert [getattr(found[name], one) for one in same] == [getattr(known, one) for one in same]
        for clock, other in ((found[name].now, known.now), (found[name].before, known.before)):
            assert clock.hours == other.hours
            assert clock.saw(minutes).tolist() == other.saw(minutes).tolist()
