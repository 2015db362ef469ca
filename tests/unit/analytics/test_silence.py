"""Holes that a reader should know of, and pauses that are usual."""

from datetime import timedelta

import pytest

from analytics.silence import silences


def every(minutes, day, *, but=(0, 0)):
    """Make a Normal event every so many minutes, except between the two minutes *but*."""
    return [
        {"time": day.start + timedelta(minutes=m), "type": "Normal", "reason": "Pulled"}
        for m in range(0, 24 * 60, minutes)
        if not but[0] < m < but[1]
    ]


@pytest.mark.parametrize(("minutes", "hole"), [(1, 60), (3, 99), (12, 180), (20, 180)])
def test_a_hole_in_a_busy_cluster_is_found(points, day, minutes, hole):
    """The silence lies between the sightings on both sides."""
    found = silences(points(*every(minutes, day, but=(120, 120 + hole))), day)
    assert len(found) == 1
    assert found["start"][0] == day.start + timedelta(minutes=120)
    assert found["end"][0] - found["start"][0] == timedelta(minutes=hole)


@pytest.mark.parametrize("minutes", [1, 5, 59, 61, 300])
def test_a_steady_cluster_has_no_silence(points, day, minutes):
    """However seldom its events come."""
    assert len(silences(points(*every(minutes, day)), day)) == 0


def test_bursts_every_four_hours_are_usual(points, day):
    """Twenty events within minutes, six times a day, are no broken collector."""
    times = [240 * burst + minute for burst in range(6) for minute in range(20)]
    rows = [{"time": day.start + timedelta(minutes=minute)} for minute in times]
    assert len(silences(points(*rows), day)) == 0


def test_before_the_first_and_after_the_last_sighting_is_no_silence(points, day):
    """Events from 10:00 to 12:00 say nothing about the rest of the day."""
    rows = [{"time": day.start + timedelta(minutes=600 + m)} for m in range(120)]
    assert len(silences(points(*rows), day)) == 0


def test_a_count_that_jumps_across_a_hole_does_not_hide_it(points, day):
    """Nobody saw the 90 occurrences when they happened."""
    jump = {"birth": "20 12:00", "previous_time": "02:00", "time": "05:00", "occurrences": 90}
    found = silences(points(jump, *every(3, day, but=(120, 300))), day)
    assert found["end"].sub(found["start"]).tolist() == [timedelta(hours=3)]


def test_an_event_first_read_after_a_hole_fills_it(points, day):
    """What the API server still held was not lost."""
    recovered = {"birth": "02:00", "time": "05:00", "occurrences": 90}
    assert len(silences(points(recovered, *every(3, day, but=(120, 300))), day)) == 0


def test_each_cluster_has_its_own_silences_longest_first(points, day):
    """A busy neighbour hides nothing, and no more are named than asked for."""
    rows = [
        *({"cluster": "a"} | row for row in every(1, day)),
        *({"cluster": "b"} | row for row in every(1, day, but=(60, 180))),
        *({"cluster": "c"} | row for row in every(1, day, but=(60, 360))),
    ]
    assert silences(points(*rows), day)["cluster"].to_dict() == {0: "c", 1: "b"}
    assert silences(points(*rows), day, most=1)["cluster"].tolist() == ["c"]


def test_suspect_points_are_no_sightings(points, day):
    """An invented event in the hole does not fill it."""
    liar = {"time": "03:00", "counted": False, "suspect": True, "occurrences": 10**9}
    assert len(silences(points(liar, *every(1, day, but=(120, 300))), day)) == 1


def test_one_or_no_sighting(points, day):
    """Without two sightings there is nothing in between."""
    assert len(silences(points(), day)) == 0
    assert len(silences(points({"time": "03:00"}), day)) == 0


@pytest.mark.parametrize(("minutes", "hole", "found"), [(1, 59, 0), (20, 79, 0), (20, 80, 1)])
def test_an_hour_and_four_times_the_usual(points, day, minutes, hole, found):
    """A minute less than an hour, or than four times twenty minutes, is no silence."""
    rows = every(minutes, day, but=(120, 120 + hole))
    rows.append({"time": day.start + timedelta(minutes=120 + hole)})
    assert len(silences(points(*rows), day)) == found


def test_many_holes_do_not_make_holes_usual(points, day):
    """Three of two hours in eighteen busy ones: each five busy minutes are a distance too."""
    rows = [
        {"time": day.start + timedelta(minutes=m)}
        for m in range(0, 24 * 60)
        if not any(start < m < start + 120 for start in (240, 600, 960))
    ]
    assert silences(points(*rows), day)["start"].dt.hour.tolist() == [4, 10, 16]


@pytest.mark.parametrize(("minutes", "found"), [(50, 1), (45, 0)])
def test_twenty_usual_distances_make_one_unusual(points, day, minutes, found):
    """Two times 50 minutes are twenty of five; of 95 minutes the hole is among the longest 5 %."""
    rows = [
        {"time": day.start + timedelta(minutes=start + m)}
        for start in (0, 360)
        for m in range(minutes + 1)
    ]
    assert len(silences(points(*rows), day)) == found


def test_a_later_point_is_a_sighting_at_its_own_time(points, day):
    """One more occurrence, counted at the very start of the window."""
    busy = [{"time": day.start + timedelta(minutes=360 + m)} for m in range(12 * 60)]
    later = {"previous_time": "20 12:00", "time": day.start}
    found = silences(points(*busy, later), day)
    assert found["start"].tolist() == [day.start]
    assert len(silences(points(*busy, later | {"occurrences": 0}), day)) == 0


def test_the_window_is_half_open(points, day):
    """An event at its very start is a sighting, one before it or at its end is not."""
    busy = [{"time": day.start + timedelta(minutes=360 + m)} for m in range(12 * 60)]
    outside = [{"time": day.start - timedelta(microseconds=1)}, {"time": day.end}]
    assert len(silences(points(*busy, *outside), day)) == 0
    found = silences(points(*busy, *outside, {"time": day.start}), day)
    assert found[["start", "end"]].to_numpy().tolist() == [[day.start, busy[0]["time"]]]
    last = {"time": day.end - timedelta(microseconds=1)}
    assert silences(points(*busy, last), day)["end"].tolist() == [last["time"]]


def test_what_is_kept_of_a_pruned_event_is_no_sighting(points, day):
    """An anchor has no occurrence any more."""
    anchor = {"time": "03:00", "occurrences": 0}
    assert len(silences(points(anchor, *every(1, day, but=(120, 300))), day)) == 1


def test_ties_go_by_cluster_and_start_and_five_are_named(points, day):
    """Six silences of an hour, two in each of three clusters."""
    rows = [
        {"cluster": cluster, "time": day.start + timedelta(minutes=m)}
        for cluster in "bca"
        for m in range(24 * 60)
        if not (120 < m < 180 or 600 < m < 660)
    ]
    found = silences(points(*rows), day)
    assert found["cluster"].tolist() == ["a", "a", "b", "b", "c"]
    assert found["start"].dt.hour.tolist() == [2, 10, 2, 10, 2]
    assert found.index.tolist() == [0, 1, 2, 3, 4]
    assert found.columns.tolist() == ["cluster", "start", "end"]
