"""What is muted, in every format."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analytics.digest import ActiveMute, Digest, Muted, Selected
from reports.brief import brief
from reports.channels.channel import Letter
from reports.formats import FORMATS
from reports.muting import MOST_MUTES, mute_line, muted_lines
from reports.view import digest_view
from reports.width import display_width
from tests.unit.reports.digests import at, busy, quiet
from tests.unit.reports.hostile import HOSTILE_TEXTS


def mute(**changed: object) -> ActiveMute:
    """Return a mute of 40 failures in two rows, until nine on the 24th."""
    values: dict[str, object] = {"id": 1, "cluster": "", "namespace": "shop", "kind": ""}
    values |= {"name": "", "reason": "Back*", "because": "known, ticket 42", "by": "ann"}
    values |= {"expires": at(9, day=24), "rows": 2, "failures": 40, "previous_failures": 3}
    return ActiveMute(**values | changed)  # type: ignore[arg-type]


def muted(*mutes: ActiveMute, digest: Digest | None = None) -> Digest:
    """Return a digest in which some mutes keep something out."""
    sums = {name: sum(getattr(one, name) for one in mutes) for name in ("rows", "failures")}
    before = sum(one.previous_failures for one in mutes)
    whole = Muted(**sums, previous_failures=before, mutes=mutes)
    return replace(digest or busy(), muted=whole)


def test_who_what_why_and_until_when() -> None:
    """One line for each mute, after how much it is in all."""
    digest = muted(mute(), mute(id=2, namespace="", cluster="prod", failures=1, rows=1))
    assert muted_lines(digest) == (
        "41 failures in 3 rows are muted, and left out of all others.",
        "namespace shop, reason Back*: 40 failures in 2 rows, by ann until 2026-11-24 09:00: "
        "known, ticket 42",
        "cluster prod, reason Back*: 1 failure in 1 row, by ann until 2026-11-24 09:00: "
        "known, ticket 42",
    )
    assert muted_lines(busy()) == ()


def test_what_is_muted_of_the_period_before_only() -> None:
    """A row that would be gone."""
    lines = muted_lines(muted(mute(failures=0, rows=0)))
    assert lines[0] == "3 failures of the period before are muted."


def test_more_mutes_than_anybody_reads() -> None:
    """The rest is one line, and adds up."""
    lines = muted_lines(muted(*(mute(id=number, failures=1) for number in range(MOST_MUTES + 2))))
    assert len(lines) == MOST_MUTES + 2
    assert lines[-1] == "2 more mutes, with 2 failures."


@pytest.mark.parametrize("name", ["html", "text", "markdown", "json", "csv"])
def test_every_format_says_it(name: str) -> None:
    """The failures, by whom, why, and until when."""
    text = " ".join(FORMATS[name].render(muted(mute())).split())
    for wanted in ("40", "ann", "ticket 42", "2026-11-24"):
        assert wanted in text, wanted


@pytest.mark.parametrize("name", ["html", "text", "markdown"])
def test_it_stands_beside_the_total(name: str) -> None:
    """And is no part of it."""
    text = FORMATS[name].render(muted(mute()))
    assert "muted, in 2 rows" in text
    assert "muted, in" not in FORMATS[name].render(busy())


def test_a_chat_says_it_first_among_its_alerts() -> None:
    """However many others there are."""
    told = brief(Letter(digest=muted(mute()), id="x"))
    assert told.alerts[0].startswith("Muted: 40 failures in 2 rows are muted")


def test_a_day_of_which_everything_is_muted() -> None:
    """No failures is not what it means."""
    view = digest_view(muted(mute(), digest=quiet()))
    assert view.meaning.startswith("Every failure of it is muted.")
    assert view.muted is not None


def test_a_part_says_what_it_is_of() -> None:
    """In the line under the title, and what the figures of whole clusters are."""
    digest = replace(quiet(), selection=Selected(namespaces=("team-a",), reasons=("x",)))
    view = digest_view(digest)
    assert "only namespaces team-a; only reasons x" in view.scope
    assert view.meaning.startswith(
        "Events came in, and not one failure of this selection was among them."
    )
    notes = {note.term: note.lines for note in view.notes}
    assert notes["Selection"][0] == "only namespaces team-a; only reasons x"
    assert notes["Seen"][0] == "1,234 events in all of the clusters."
    assert "Selection" not in {note.term for note in digest_view(quiet()).notes}


def test_a_part_of_which_nothing_was_seen() -> None:
    """Events of others prove that somebody looked."""
    quality = replace(quiet().quality, occurrences=0, first_event=None, last_event=None)
    digest = replace(quiet(), quality=quality, selection=Selected(kinds=("Job",)))
    [seen] = [note for note in digest_view(digest).notes if note.term == "Seen"]
    assert seen.lines == (
        "1,234 events in all of the clusters.",
        "Not one occurrence of the selection.",
    )
    assert not seen.alert


@pytest.mark.parametrize("text", HOSTILE_TEXTS)
def test_why_may_be_anything(text: str) -> None:
    """It is a line of printable text, as long as one can read."""
    line = mute_line(mute(because=text * 20, by=text, reason=text))
    assert line.isprintable()
    assert display_width(line) < 500
