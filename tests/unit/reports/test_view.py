"""Tests of the digest in words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analytics.digest import Digest
from reports.view import IMPORT, Figure, digest_view
from tests.unit.reports.digests import (
    EVERY_DIGEST,
    at,
    busy,
    coverage,
    half_watched,
    hourly,
    long_day,
    message,
    no_data,
    quiet,
    row,
    second_day,
    two_clusters,
    watched_without_an_event,
)

NO_DATA = "Nothing is known about this window. Import the events that cover it:"


def test_figures_are_formatted_once() -> None:
    """The strip of figures: failures, workloads, episodes, and the period before."""
    shown = [(figure.number, figure.words) for figure in digest_view(two_clusters()).figures]
    assert shown == [
        ("2,145", "failures"),
        ("2", "workloads"),
        ("1,044", "episodes"),
        ("▼ 12 %", "against 2,438 the week before"),
    ]


def test_no_data_before_is_said() -> None:
    """Without a period before there is no change, and the words say why."""
    view = digest_view(busy(previous_failures=None, report="custom"))
    assert (view.figures[3].number, view.figures[3].words) == (
        "–",
        "no data in the same time before",
    )
    calm = digest_view(replace(quiet(), previous_failures=None))
    assert calm.meaning.endswith("No data the day before.")
    watched = digest_view(replace(watched_without_an_event(), previous_failures=None, so_far=True))
    assert watched.meaning.endswith("Too little known of the same hours of the day before.")


def test_days_without_a_table_say_what_they_mean() -> None:
    """Quiet and no data have a sentence each; a day of failures needs none."""
    assert digest_view(quiet()).meaning == (
        "Events came in, and not one of them was a failure. 155 failures the day before."
    )
    assert digest_view(no_data()).meaning == NO_DATA
    assert digest_view(busy()).meaning == ""


def test_a_watched_day_without_an_event_claims_none() -> None:
    """Watched as a whole, or not; another period has another name."""
    whole = watched_without_an_event()
    assert digest_view(whole).meaning == (
        "Watched the whole day, and not one event came. 155 failures the day before."
    )
    assert digest_view(replace(whole, report="weekly")).meaning.startswith("Watched the whole week")
    assert digest_view(replace(whole, so_far=True)).meaning.startswith("Watched all the time, and")
    some = replace(whole, quality=replace(whole.quality, coverage="partial"))
    assert digest_view(some).meaning.startswith("Not one event came while it was watched.")


def test_a_silent_collector_is_to_be_started_again() -> None:
    """More than an import it needs a watch; where one goes on, there is nothing to start."""
    for proved, words in (
        (at(3, day=19), f"Start kubedigest collect again. {NO_DATA}"),
        (None, NO_DATA),
    ):
        dead = coverage(watched=0.0, unknown=1.0, whole=False, proved=proved)
        quality = replace(no_data().quality, covered=(dead,))
        assert digest_view(replace(no_data(), quality=quality)).meaning == words


def test_only_a_day_without_data_has_a_command() -> None:
    """What brings in events is there to copy where there are none."""
    assert digest_view(no_data()).command == IMPORT
    assert digest_view(quiet()).command == digest_view(busy()).command == ""


def test_a_period_partly_known_has_no_ratio() -> None:
    """24 after the 12 that are known is neither twice as many nor an increase by 100 %."""
    partly = replace(second_day(), silent=())
    assert digest_view(partly).figures[3] == Figure(
        number="12", words="the day before, not all known"
    )
    calm = replace(quiet(), comparable=False)
    assert digest_view(calm).meaning.endswith(" 155 failures the day before, not all known.")


def test_a_silent_cluster_forbids_a_ratio() -> None:
    """The 12 of two clusters may be complete; the 24 of one of them are not comparable to them."""
    assert digest_view(second_day()).figures[3] == Figure(
        number="12", words="the day before, not comparable"
    )


def test_a_day_with_a_gap_forbids_a_ratio() -> None:
    """The 155 before may be complete; it is this day that is not."""
    assert digest_view(half_watched()).figures[3] == Figure(
        number="155", words="the day before, not comparable"
    )


def test_objects_that_history_does_not_know_are_left_out() -> None:
    """A row of settled history has failures of no known object, not of none."""
    (settled,) = digest_view(second_day()).groups[0].rows
    assert settled.objects == ""
    assert digest_view(busy()).groups[0].rows[0].objects == "3 objects"


def test_a_part_of_a_day_is_compared_with_the_same_part() -> None:
    """Today so far stands against the same hours of the day before."""
    view = digest_view(busy(so_far=True))
    assert (view.figures[3].number, view.figures[3].words) == (
        "▲ 38 %",
        "against 155 in the same hours of the day before",
    )


def test_the_first_days_are_said_once() -> None:
    """Without a baseline the page says so above the rows."""
    assert digest_view(long_day()).baseline == (
        "First days: no baseline yet, so nothing can be told to be new or worse."
    )
    assert digest_view(busy()).baseline == ""


def test_the_residual_adds_up() -> None:
    """181 failures in the shown rows and 33 in seven more are 214."""
    view = digest_view(busy())
    assert view.residual == Figure(number="33", words="… 7 more rows")
    assert view.total == Figure(number="214", words="failures in all")
    rows = [shown for group in view.groups for shown in group.rows]
    assert sum(int(shown.failures) for shown in rows) + 33 == 214
    assert digest_view(two_clusters()).residual is None


def test_what_is_gone_adds_up() -> None:
    """20 and 9 and 2 in one row more."""
    assert digest_view(busy()).gone_residual == Figure(number="2", words="… 1 more row")
    assert digest_view(quiet()).gone_residual is None


def test_many_message_groups_are_cut() -> None:
    """Ten groups of 12 are shown, the ten with the most failures; 1 and 2 are left."""
    view = digest_view(busy(messages=tuple(message(failures=n) for n in range(1, 13))))
    assert [shown.failures for shown in view.messages] == [str(n) for n in range(12, 2, -1)]
    assert view.messages_residual == Figure(number="3", words="… 2 more messages")


def test_long_sparklines_name_their_column() -> None:
    """72 hourly buckets become 24 columns of three hours, and the page says so."""
    bars = hourly(at(0, day=18), (1,) * 72)
    digest = busy(
        start=at(0, day=18), histogram=bars, peak=bars[0], rows=(row(sparkline=(1,) * 72),)
    )
    view = digest_view(digest)
    assert (view.spark_unit, view.histogram.unit) == ("3 hours", "hour")
    assert view.spark_box == "0 0 120 24"


def test_many_clusters_are_counted() -> None:
    """More than three clusters are a number in the line under the title."""
    view = digest_view(busy(clusters=("a", "b", "c", "d")))
    assert view.scope == "4 clusters · Europe/Berlin"


@pytest.mark.parametrize("digest", EVERY_DIGEST.values(), ids=EVERY_DIGEST)
def test_equal_digests_have_equal_views(digest: Digest) -> None:
    """The view depends on nothing but the digest."""
    assert digest_view(digest) == digest_view(replace(digest))
