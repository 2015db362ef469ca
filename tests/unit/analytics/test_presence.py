"""Which clusters a window has, and how well each was watched."""

import numpy as np
import pandas as pd

from analytics.frames import POINTS, SPANS
from analytics.presence import presence


def edges(at, *times):
    """Return the edges of buckets."""
    return pd.DatetimeIndex([at(time) for time in times]).as_unit("us")


def test_nobody_watched_and_nothing_is_stored(day, at):
    """Then not one bucket is known to be without a failure."""
    known = presence(POINTS.empty(), SPANS.empty(), day)
    assert not known.is_known
    assert known.is_empty
    assert known.unwatched(edges(at, "00:00", "12:00", "22 00:00")).all()


def test_a_watched_cluster_is_known_without_an_event(spans, day, at):
    """Nobody watched from 6 to 9: of three buckets the one inside that gap is not known."""
    rows = (
        ("watched", "20 00:00", "06:00"),
        ("gap", "06:00", "09:00"),
        ("watched", "09:00", "22 00:00"),
    )
    known = presence(POINTS.empty(), spans(*rows), day)
    assert (known.clusters, known.imported, known.elsewhere) == (("prod",), (), ())
    assert known.is_known
    assert known.watches.coverage == "partial"
    buckets = edges(at, "05:00", "06:30", "08:30", "10:00")
    assert known.unwatched(buckets).tolist() == [False, True, False]
    assert known.unwatched(buckets, "prod").tolist() == [False, True, False]


def test_of_several_clusters_one_that_watches_is_enough(spans, day, at):
    """The gap of one is covered by the other, but not for a group of its own."""
    known = presence(
        POINTS.empty(),
        spans(("watched", "20 00:00", "22 00:00", "a"), ("watched", "20 00:00", "06:00", "b")),
        day,
    )
    buckets = edges(at, "05:00", "07:00", "09:00")
    assert known.unwatched(buckets).tolist() == [False, False]
    assert known.unwatched(buckets, "b").tolist() == [False, True]
    found = [(one.covered[0].cluster, one.coverage) for one in known.by_cluster]
    assert found == [("a", "whole"), ("b", "partial")]


def test_of_an_imported_cluster_nobody_can_know(points, day, at):
    """Its zeros stay zeros, and it is named."""
    known = presence(points({"time": "10:00"}), SPANS.empty(), day)
    assert (known.clusters, known.imported) == (("prod",), ("prod",))
    assert not known.unwatched(edges(at, "00:00", "12:00", "22 00:00")).any()


def test_a_cluster_that_was_imported_before_it_was_watched(points, spans, day):
    """The watch of the day after proves nothing of this one."""
    known = presence(points({"time": "10:00"}), spans(("watched", "22 01:00", "22 02:00")), day)
    assert known.imported == ("prod",)
    assert known.exposed == {}


def test_a_namespace_is_known_by_the_watches_that_see_it(points, spans, day, at):
    """Only shop is watched: of pay nothing is known, whatever happens in shop."""
    watched = spans(("watched", "20 00:00", "22 00:00", "prod", "shop"))
    seen = points({"time": "10:00", "namespace": "shop"})
    shop = presence(seen, watched, day, namespace="shop")
    assert (shop.is_known, shop.watches.coverage, shop.elsewhere) == (True, "whole", ())
    pay = presence(seen, watched, day, namespace="pay")
    assert (pay.is_known, pay.elsewhere, pay.clusters) == (False, ("prod",), ())
    assert pay.is_empty
    assert pay.unwatched(edges(at, "00:00", "12:00"), "prod").all()
    told = presence(points({"time": "10:00", "namespace": "pay"}), watched, day, namespace="pay")
    assert (told.is_known, told.clusters, told.is_empty) == (True, ("prod",), False)
    assert (told.elsewhere, told.imported) == (("prod",), ())


def test_hours_between_times_are_those_of_the_watch(spans, day, at):
    """From 4 to 8 two hours of the gap are left out; before and after nothing is watched."""
    rows = ("watched", "02:00", "05:00"), ("gap", "05:00", "07:00"), ("watched", "07:00", "10:00")
    clock = presence(POINTS.empty(), spans(*rows), day).exposed["prod"].now
    times = edges(at, "00:00", "02:00", "04:00", "08:00", "12:00", "13:00")
    found = clock.hours_between(times.asi8)
    assert found.tolist() == [0, 2, 2, 2, 0]
    assert found.sum() == clock.hours
    nothing = presence(
        POINTS.empty(), spans(("gap", "02:00", "05:00"), ("watched", "20 00:00", "20 01:00")), day
    )
    assert np.array_equal(nothing.exposed["prod"].now.hours_between(times.asi8), np.zeros(5))


def test_a_watch_of_the_whole_cluster_sees_each_namespace(spans, day):
    """The other cluster watches pay only, so that not all of shop is known."""
    rows = ("watched", "20 00:00", "22 00:00", "a"), ("watched", "20 00:00", "22 00:00", "b", "pay")
    shop = presence(POINTS.empty(), spans(*rows), day, namespace="shop")
    assert (shop.clusters, shop.elsewhere) == (("a",), ("b",))
    assert shop.watches.coverage == "partial"
    assert presence(POINTS.empty(), spans(*rows), day, namespace="pay").watches.coverage == "whole"


def test_a_collector_that_died_before_the_window_is_no_watch(spans, day, at):
    """There is no data, and who fell silent is known."""
    known = presence(POINTS.empty(), spans(("watched", "19 00:00", "20 06:00")), day)
    assert not known.is_known
    assert known.unwatched(edges(at, "00:00", "12:00")).all()
    assert known.by_cluster[0].covered[0].proved == at("20 06:00")
