"""``kubedigest db``: upgrade, status, prune, rejected."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import text

from collector import database
from collector.database import connect
from collector.observation import Rejection
from collector.progress import Mark, Stream
from collector.store import Store
from tests.e2e.conftest import RunCommand
from tests.factories import T0, observe

GOOD = {
    "metadata": {"name": "web.1", "namespace": "shop", "creationTimestamp": "2026-01-05T00:00:00Z"},
    "involvedObject": {"kind": "Pod", "name": "web-0"},
    "reason": "BackOff",
    "type": "Warning",
}


def reject(url: str, raw: str) -> None:
    """Put a record into rejected, as an earlier version would have."""
    with Store(connect(url)) as store:
        store.reject(
            [
                Rejection(
                    cluster="c",
                    source="file",
                    place="old.json, record 1 (line 1)",
                    reason="a shape that was not understood",
                    raw=raw,
                    received=T0,
                )
            ]
        )


def test_status_and_upgrade_say_what_is_applied(
    run_command: RunCommand, empty_database_url: str
) -> None:
    """Pending is exit code 1; after the upgrade nothing is left to do."""
    before = run_command("db", "status", database=empty_database_url)
    assert (before.code, "0001_store  pending" in before.out) == (1, True)
    assert "applied 0001_store" in run_command("db", "upgrade").out
    after = run_command("db", "status")
    assert (after.code, "pending" in after.out) == (0, False)
    assert "the schema is up to date" in run_command("db", "upgrade").out


def test_status_names_the_watches(run_command: RunCommand, database_url: str) -> None:
    """Each stream with its last proof; none of a store that was only filled from files."""
    assert "proved until" not in run_command("db", "status", database=database_url).out
    mark = Mark(stream=Stream(cluster="prod", namespace="shop"), resource_version="7", proved=T0)
    with Store(connect(database_url)) as store:
        store.write([], [mark])
    assert run_command("db", "status").out.splitlines()[-1] == (
        "watch prod (namespace shop, core/v1)  proved until 2026-01-05 00:00:00 UTC"
    )


def test_other_commands_upgrade_by_themselves(
    run_command: RunCommand, empty_database_url: str
) -> None:
    """A first command on an empty database needs no step before it."""
    ran = run_command("top", "-o", "json", database=empty_database_url)
    assert (ran.code, json.loads(ran.out)) == (0, [])
    assert "schema: applied 0001_store" in ran.err


def test_prune_says_what_it_did_and_top_shows_the_same(
    run_command: RunCommand, database_url: str
) -> None:
    """Ten failures stay ten, before and after their points have gone."""
    with Store(connect(database_url)) as store:
        store.write([observe(count, count) for count in range(1, 11)])
    at = (T0 + timedelta(days=30)).isoformat()
    top = ("top", "--since", "60d", "--at", at, "-o", "json")
    before = json.loads(run_command(*top, database=database_url).out)
    ran = run_command("db", "prune", "--keep", "7d", "--at", at)
    assert ran.out == "pruned 9 points and 1 idle events; every total stays\n"
    after = json.loads(run_command(*top).out)
    assert [row["failures"] for row in before] == [row["failures"] for row in after] == [10]


def test_rejected_records_are_listed_with_place_and_reason(
    run_command: RunCommand, database_url: str
) -> None:
    """A table for people, JSON with the raw text for tools."""
    reject(database_url, '{"half": ')
    table = run_command("db", "rejected", database=database_url).out
    assert table.splitlines()[0].split() == ["RECEIVED", "CLUSTER", "SENDER", "PLACE", "REASON"]
    assert "old.json, record 1 (line 1)" in table
    [row] = json.loads(run_command("db", "rejected", "-o", "json").out)
    assert (row["raw"], row["reason"]) == ('{"half": ', "a shape that was not understood")


def test_what_can_be_read_now_is_stored_and_leaves_the_list(
    run_command: RunCommand, database_url: str
) -> None:
    """One of two rejected records is an event by now; reading again twice stores it once."""
    reject(database_url, json.dumps(GOOD))
    reject(database_url, '{"half": ')
    first = run_command("db", "rejected", "--reread", database=database_url)
    assert "read 1 of 2 records now; 1 stay rejected" in first.out
    assert "read 0 of 1 records now" in run_command("db", "rejected", "--reread").out
    with connect(database_url).connect() as connection:
        row = connection.execute(text("select name, received from public.event")).one()
    assert (row.name, row.received) == ("web.1", T0)


def test_what_is_too_old_by_now_stays_in_the_list(
    run_command: RunCommand, database_url: str
) -> None:
    """A readable record from before the horizon is refused, and therefore not forgotten."""
    later = json.dumps(GOOD | {"metadata": GOOD["metadata"] | {"name": "late.1"}})  # type: ignore[operator]
    run_command("db", "prune", "--keep", "1d", "--at", "2026-01-10", database=database_url)
    reject(database_url, later)
    assert "read 0 of 1 records now; 1 stay" in run_command("db", "rejected", "--reread").out
    assert len(json.loads(run_command("db", "rejected", "-o", "json").out)) == 1


def test_a_server_that_is_too_old_is_named(
    run_command: RunCommand, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sentence says which version is needed."""
    monkeypatch.setattr(database, "MINIMUM_SERVER_VERSION", 990000)
    ran = run_command("db", "status", database=database_url)
    assert ran.code == 1
    assert "is too old; kubedigest needs 13" in ran.err


def stored(url: str, *minutes: int) -> None:
    """Store failures, one at each of these minutes."""
    with Store(connect(url)) as store:
        store.write(
            [observe(1, at, birth=T0 + timedelta(minutes=at), name=f"{at}.1") for at in minutes]
        )


def test_refresh_makes_stale_hours_anew(run_command: RunCommand, database_url: str) -> None:
    """Two hours of events, and then nothing that is left to do."""
    stored(database_url, 5, 65)
    first = run_command("db", "refresh", database=database_url)
    assert (first.code, first.out) == (0, "rolled up 2 hours\n")
    assert "rolled up to 2026-01-05 02:00 UTC: 2 points" in first.err
    again = run_command("db", "refresh")
    assert (again.code, again.out) == (0, "the roll-up is up to date\n")


def test_rebuild_changes_what_an_episode_is(run_command: RunCommand, database_url: str) -> None:
    """Failures at 00:05 and 00:17 are two episodes, with a gap of a quarter of an hour one."""
    stored(database_url, 5, 17)
    window = ("--since", "2026-01-05T00:00", "--until", "2026-01-06T00:00", "-o", "json")
    (row,) = json.loads(run_command("top", *window, database=database_url).out)
    assert (row["failures"], row["episodes"]) == (2, 2)
    assert run_command("db", "rebuild", "--episode-gap", "15m").out == "rolled up 1 hours\n"
    (row,) = json.loads(run_command("top", *window).out)
    assert (row["failures"], row["episodes"]) == (2, 1)


@pytest.mark.parametrize(
    ("gap", "sentence"),
    [
        ("2h", "--episode-gap 2h is too long; write 1s to 1h"),
        ("500ms", "--episode-gap 500ms is too short; write 1s to 1h"),
        ("soon", "--episode-gap 'soon' is not a duration; write 1s to 1h"),
    ],
)
def test_an_odd_gap_is_refused(
    run_command: RunCommand, database_url: str, gap: str, sentence: str
) -> None:
    """Before anything is forgotten."""
    found = run_command("db", "rebuild", "--episode-gap", gap, database=database_url)
    assert (found.code, found.out) == (2, "")
    assert sentence in found.err


def test_who_may_only_read_is_told_what_to_do(run_command: RunCommand, database_url: str) -> None:
    """A report of what is rolled up works; one of what is not says who can help."""
    stored(database_url, 5)
    run_command("db", "refresh", database=database_url)
    read_only = f"{database_url}&options=-c%20default_transaction_read_only%3Don"
    window = ("--since", "2026-01-05T00:00", "--until", "2026-01-06T00:00")
    assert run_command("top", *window, database=read_only).code == 0
    stored(database_url, 65)
    found = run_command("top", *window, database=read_only)
    assert found.code == 1
    assert "this role may only read; run 'kubedigest db refresh'" in found.err
