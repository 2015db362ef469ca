"""Mutes in the store: who made them, what they keep out, and that they come to an end."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from analytics.mute_store import add_mute, lift_mutes, load_mutes
from analytics.mutes import Mute
from analytics.window import Window
from collector.errors import StoreError
from collector.store import Store
from kubedigest.configuration import Configuration
from kubedigest.digesting import make_digest
from tests.factories import T0, observe

DAY = timedelta(days=1)
KNOWN = Mute(
    id=0, namespace="sh*p", because="known; ticket 42", by="ann", created=T0, expires=T0 + DAY
)
SETTINGS = Configuration(timezone="UTC")


def test_a_mute_is_read_as_it_was_written(engine: Engine) -> None:
    """With the number that the store gave it, the oldest first."""
    later = add_mute(engine, replace(KNOWN, created=T0 + DAY / 2, reason="back*"))
    first = add_mute(engine, KNOWN)
    assert load_mutes(engine) == (first, later)
    assert (first.id != later.id, first.namespace) == (True, "sh*p")
    assert first == replace(KNOWN, id=first.id)


def test_a_mute_is_lifted_once(engine: Engine) -> None:
    """By whoever did it, and only while it holds."""
    mute = add_mute(engine, KNOWN)
    for at, expected in ((T0 - DAY, set()), (T0 + DAY, set()), (T0 + DAY / 2, {mute.id})):
        assert lift_mutes(engine, {mute.id}, now=at, by="bob") == expected
    assert lift_mutes(engine, {mute.id}, now=T0 + DAY / 2, by="eve") == set()
    [lifted] = load_mutes(engine)
    assert (lifted.lifted, lifted.lifted_by) == (T0 + DAY / 2, "bob")


def test_the_table_refuses_a_mute_of_everything(engine: Engine) -> None:
    """Whoever writes it."""
    with pytest.raises(StoreError, match="violates check constraint"):
        add_mute(engine, replace(KNOWN, namespace=""))


def test_a_role_that_may_only_read_is_told_so(engine: Engine) -> None:
    """And sees the mutes all the same."""
    add_mute(engine, KNOWN)
    with engine.begin() as connection:
        name = connection.scalar(text("select current_database()"))
        connection.execute(text(f'alter database "{name}" set default_transaction_read_only = on'))
    engine.dispose()
    with pytest.raises(StoreError, match=r"^this role may only read the store; mute as one that"):
        add_mute(engine, KNOWN)
    assert len(load_mutes(engine)) == 1


def test_what_is_no_error_of_the_driver_is_not_hidden(engine: Engine) -> None:
    """A store without the table is refused in one sentence."""
    with engine.begin() as connection:
        connection.execute(text("drop table kubedigest.mute"))
    with pytest.raises(StoreError, match="mute") as refused:
        load_mutes(engine)
    assert isinstance(refused.value.__cause__, DBAPIError)


@pytest.mark.parametrize(
    ("now", "muted"),
    [(T0 - timedelta(hours=1), 0), (T0, 3), (T0 + DAY - timedelta(seconds=1), 3), (T0 + DAY, 0)],
)
def test_the_rows_of_an_expired_mute_are_back_by_themselves(
    engine: Engine, now: object, muted: int
) -> None:
    """What counts is when the digest is made, not which day it is of."""
    with Store(engine) as store:
        store.write([observe(3, -60.0, birth=T0 - timedelta(hours=2))])
    add_mute(engine, KNOWN)
    window = Window.between(T0 - DAY, T0, "UTC")
    digest = make_digest(engine, window, SETTINGS, now=now)  # type: ignore[arg-type]
    assert (digest.failures, digest.muted.failures) == (3 - muted, muted)
    assert len(digest.rows) == (0 if muted else 1)
    assert [mute.because for mute in digest.muted.mutes] == ["known; ticket 42"] * bool(muted)
