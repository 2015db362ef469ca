"""Tests of the sentences about data quality."""

from __future__ import annotations

from dataclasses import replace

from analytics.digest import Gap
from reports.quality import quality_notes
from tests.unit.reports.digests import (
    at,
    busy,
    coverage,
    long_day,
    no_data,
    quiet,
    second_day,
    watched_without_an_event,
)


def test_what_needs_a_second_look_is_marked() -> None:
    """Suspect points, silences and rejected records alert; a quiet day alerts nobody."""
    alerts = {note.term for note in quality_notes(busy(), dated=False) if note.alert}
    assert alerts == {"Suspect", "Silences", "Rejected"}
    assert not any(note.alert for note in quality_notes(quiet(), dated=False))


def test_no_event_is_an_alarm_only_where_nobody_watched() -> None:
    """A day that was watched as a whole is known to have had none."""
    whole = watched_without_an_event()
    some = replace(whole.quality, coverage="partial", covered=(coverage(whole=False),))
    for digest, alert in ((whole, False), (replace(whole, quality=some), True), (no_data(), True)):
        seen = next(note for note in quality_notes(digest, dated=False) if note.term == "Seen")
        assert (seen.lines, seen.alert) == (("Not one event.",), alert)


def test_meanings_add_up() -> None:
    """214 failures, 5,000 notices, 78 recoveries and 600 noise are 5,892 occurrences."""
    notes = {note.term: note.lines[0] for note in quality_notes(busy(), dated=False)}
    assert notes["Seen"] == "1,234 events with 5,892 occurrences between 00:00 and 23:58."
    assert notes["Of these"] == (
        "214 failures; not counted: 5,000 notices, 78 recoveries, 600 noise."
    )


def test_silences_are_named() -> None:
    """Each silence says where, when and how long."""
    notes = {note.term: note.lines for note in quality_notes(busy(), dated=False)}
    assert notes["Silences"] == (
        "prod-eu: not one event 14:10–16:40 (2 h 30 min).",
        "prod-eu: not one event 22:30–24:00 (1 h 30 min).",
    )


def test_a_silence_across_the_clock_change_is_true_time() -> None:
    """From the second 02:15 to midnight of the long day are 21 hours and 45 minutes."""
    notes = {note.term: note.lines for note in quality_notes(long_day(), dated=False)}
    assert notes["Silences"] == ("prod-eu: not one event 02:15 CET–24:00 (21 h 45 min).",)
    assert notes["Window"][0] == "2026-10-25 00:00 to 2026-10-26 00:00 (25 h), Europe/Berlin"


def test_no_silence_is_claimed_for_what_was_seen_only() -> None:
    """An hour or more without events at either end of the window is nothing known to be quiet."""
    partly = {note.term: note for note in quality_notes(second_day(), dated=False)}
    assert partly["Silences"].lines == ("None between 09:14 and 10:10.",)
    assert not partly["Silences"].alert
    for first, words in ((at(0, 59), "None."), (at(1), "None between 01:00 and 23:58.")):
        digest = replace(quiet(), quality=replace(quiet().quality, first_event=first))
        notes = {note.term: note.lines for note in quality_notes(digest, dated=False)}
        assert notes["Silences"] == (words,)


def test_a_cluster_without_data_is_alerted() -> None:
    """A cluster that was there before and is not now stands beside those that are."""
    note = next(n for n in quality_notes(second_day(), dated=False) if n.term == "Clusters")
    assert (note.lines, note.alert) == (("alpha; no data from beta",), True)
    nothing = replace(no_data(), silent=("alpha", "b\x1beta"))
    note = next(n for n in quality_notes(nothing, dated=False) if n.term == "Clusters")
    assert (note.lines, note.alert) == (("no data from alpha, b\\x1beta",), True)


def test_settled_history_has_no_number_of_events() -> None:
    """30 occurrences whose events are forgotten are not 30 occurrences of no event."""
    notes = {note.term: note.lines[0] for note in quality_notes(second_day(), dated=False)}
    assert notes["Seen"] == "30 occurrences between 09:14 and 10:10."


def test_one_event_has_one_time() -> None:
    """First and last event of one minute are seen at it, not between it and itself."""
    one = replace(quiet().quality, events=1, occurrences=1, first_event=at(10), last_event=at(10))
    notes = {
        note.term: note.lines[0]
        for note in quality_notes(replace(quiet(), quality=one), dated=False)
    }
    assert notes["Seen"] == "1 event with 1 occurrence at 10:00."
    assert notes["Silences"] == "None at 10:00."


def test_refused_records_are_counted_since_the_window_began() -> None:
    """The line says since when, as records of later receipt are among them."""
    notes = {note.term: note.lines[0] for note in quality_notes(busy(), dated=False)}
    assert notes["Rejected"] == (
        "3 records refused since 2026-11-21 00:00; see kubedigest db rejected."
    )


def test_nothing_seen_is_not_called_quiet() -> None:
    """Without an event there is nothing to say about silences or meanings, and that is alerted."""
    notes = {note.term: note for note in quality_notes(no_data(), dated=False)}
    assert notes["Seen"].lines == ("Not one event.",)
    assert notes["Seen"].alert
    assert not {"Silences", "Of these"} & set(notes)
    assert notes["Coverage"].lines[0].startswith("Unknown")


def test_what_did_not_happen_takes_no_line() -> None:
    """Rows set aside, requests, approximations and skew are said only where there are any."""
    apart = {"Set aside", "Requests", "Approximate", "Clock ahead"}
    assert apart <= {note.term for note in quality_notes(busy(), dated=False)}
    assert not apart & {note.term for note in quality_notes(quiet(), dated=False)}


def test_a_day_that_has_not_ended_says_so() -> None:
    """The window of today so far is marked."""
    today = replace(busy(), so_far=True, end=at(14, 20))
    window = quality_notes(today, dated=False)[0].lines[0]
    assert window == (
        "2026-11-21 00:00 to 2026-11-21 14:20 (14 h 20 min), Europe/Berlin, "
        "so far: the day has not ended"
    )


def test_hostile_cluster_names_are_inert() -> None:
    """A cluster's name reaches the reader as text."""
    gap = Gap(cluster="a\x1b[2J\nb", start=at(1), end=at(2))
    digest = busy(clusters=("a\x1b[2J\nb",), quality=replace(busy().quality, silences=(gap,)))
    lines = [line for note in quality_notes(digest, dated=False) for line in note.lines]
    assert all(line.isprintable() for line in lines)
