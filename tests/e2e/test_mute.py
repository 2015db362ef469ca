"""``kubedigest mute``: keep something out of the digests for a while."""

from __future__ import annotations

import csv
import io
import json

import pytest

from collector.database import connect
from collector.store import Store
from tests.e2e.conftest import RunCommand
from tests.factories import observe

AT = ("--at", "2026-01-06T09:00:00+00:00")
WHY = ("--because", "known, ticket 42", "--by", "ann")


@pytest.fixture
def failing(run_command: RunCommand, database_url: str) -> RunCommand:
    """Return the command line of a store in which web and api failed on 5 January."""
    with Store(connect(database_url)) as store:
        store.write([observe(3, 60.0), observe(2, 90.0, name="api.1", workload="api")])
    run_command("db", "status", database=database_url)
    return run_command


def test_a_mute_from_its_beginning_to_its_end(failing: RunCommand) -> None:
    """Added, listed, shown in the digest, lifted, and gone."""
    added = failing("mute", "add", "--name", "web", "--for", "3d", *WHY, *AT)
    number = added.out.strip()
    assert (added.code, number.isdigit()) == (0, True)
    assert "holds until 2026-01-09 09:00 UTC" in added.err
    assert f"kubedigest mute remove {number}" in added.err
    listed = failing("mute", "list", *AT)
    assert listed.out.splitlines()[0].split() == (
        ["ID", "CLUSTER", "NAMESPACE", "KIND", "NAME", "REASON", "UNTIL", "BY", "BECAUSE"]
    )
    assert "web" in listed.out
    digest = json.loads(failing("report", "daily", "--format", "json", *AT).out)
    assert (digest["failures"], digest["muted"]["failures"]) == (2, 3)
    [told] = digest["muted"]["mutes"]
    assert (told["name"], told["by"], told["because"]) == ("web", "ann", "known, ticket 42")
    assert [row["name"] for row in digest["rows"]] == ["api"]
    over = json.loads(
        failing("report", "daily", "--format", "json", "--at", "2026-01-06T08:59:00Z").out
    )
    assert over["muted"]["failures"] == 0  # it did not hold then
    lifted = failing("mute", "remove", number, "--by", "bob", "--at", "2026-01-06T09:30:00Z")
    assert (lifted.code, lifted.out) == (0, f"lifted {number}\n")
    late = ("--at", "2026-01-06T10:00:00Z")
    assert "nothing is muted" in failing("mute", "list", *late).err
    back = json.loads(failing("report", "daily", "--format", "json", *late).out)
    assert (back["failures"], back["muted"]["mutes"]) == (5, [])


def test_the_list_is_for_programs_too(failing: RunCommand) -> None:
    """Every field, also of what is over."""
    failing("mute", "add", "-n", "shop", "--until", "2026-01-07", *WHY, *AT)
    failing("mute", "add", "--reason", "Back*", "--for", "1h", *WHY, *AT)
    at = ("--at", "2026-01-06T12:00:00Z")
    assert len(json.loads(failing("mute", "list", "-o", "json", *at).out)) == 1
    rows = json.loads(failing("mute", "list", "--all", "-o", "json", *at).out)
    assert [(row["state"], row["namespace"], row["reason"]) for row in rows] == [
        ("holds", "shop", ""),
        ("expired", "", "Back*"),
    ]
    assert rows[0]["expires"] == "2026-01-07T00:00:00+00:00"
    found = list(csv.DictReader(io.StringIO(failing("mute", "list", "-o", "csv", *at).out)))
    assert set(found[0]) == set(rows[0])
    assert 'because: "known, ticket 42"' in failing("mute", "list", "-o", "yaml", *at).out
    assert failing("mute", "list", "-o", "json", *AT).out.count('"id"') == 2
    assert "BECAUSE" not in failing("mute", "list", "--no-headers", *at).out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--for", "3d"), "this would mute everything; say what, with --namespace"),
        (("--cluster", "*", "-n", "?*", "--for", "3d"), "this would mute everything"),
        (("-n", "shop"), "say for how long: --for 3d, or --until with an ISO time"),
        (("-n", "shop", "--for", "1d", "--until", "2026-02-01"), "say for how long"),
        (("-n", "shop", "--for", "soon"), "--for 'soon' is not a duration; write 12h, 3d or 2w"),
        (("-n", "shop", "--for", "60w"), "--for 60w is too long; write 12h, 3d or 2w, up to a y"),
        (("-n", "shop", "--until", "soon"), "--until 'soon' is not a time"),
        (("-n", "shop", "--until", "2026-01-01"), "--until 2026-01-01 does not lie within the nex"),
        (("-n", "shop", "--until", "2028-01-01"), "--until 2028-01-01 does not lie within the nex"),
        (("--reason", "a\x1b[2J", "--for", "1d"), "--reason takes printable characters"),
        (("-n", "shop", "--for", "1d", "--because", " "), "--because takes printable characters"),
        (("-n", "shop", "--for", "1d", "--because", "x" * 501), "--because takes up to 500 char"),
        (("-n", "shop", "--for", "1d", "--by", ""), "--by takes printable characters"),
    ],
)
def test_a_mute_that_makes_no_sense_is_refused(
    failing: RunCommand, arguments: tuple[str, ...], sentence: str
) -> None:
    """In one sentence, and nothing is stored."""
    ran = failing("mute", "add", *WHY, *AT, *arguments)
    assert ran.code == 2
    assert sentence in ran.err
    assert "nothing is muted" in failing("mute", "list", *AT).err


def test_because_is_asked_for(failing: RunCommand) -> None:
    """Whoever reads the digest wants to know."""
    ran = failing("mute", "add", "-n", "shop", "--for", "1d", *AT)
    assert (ran.code, "--because" in ran.err) == (2, True)


def test_what_does_not_hold_cannot_be_lifted(failing: RunCommand) -> None:
    """And of several nothing is, where one is wrong."""
    number = failing("mute", "add", "-n", "shop", "--for", "1d", *WHY, *AT).out.strip()
    ran = failing("mute", "remove", number, "99", *AT)
    assert (ran.code, "mute 99 does not hold now, and nothing was lifted" in ran.err) == (2, True)
    assert "shop" in failing("mute", "list", *AT).out


def test_the_name_comes_from_the_environment(
    failing: RunCommand, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As other programs take it."""
    monkeypatch.setenv("LOGNAME", "carol")
    failing("mute", "add", "-n", "shop", "--for", "1d", "--because", "x", *AT)
    [row] = json.loads(failing("mute", "list", "-o", "json", *AT).out)
    assert row["by"] == "carol"
    assert failing("mute", "list", "--all", "--at", "2026-01-01", "-o", "wide").out.count("later")


def test_nothing_was_ever_muted(failing: RunCommand) -> None:
    """A list for people says so, one for programs is empty."""
    assert "nothing was ever muted" in failing("mute", "list", "--all").err
    assert json.loads(failing("mute", "list", "-o", "json").out) == []
