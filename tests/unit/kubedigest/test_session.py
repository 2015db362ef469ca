"""Which database is opened."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from collector.deadline import Deadline
from kubedigest import session
from kubedigest.configuration import Configuration
from kubedigest.postgres_programs import LocalPostgresError


@pytest.mark.parametrize("url", ["postgresql://nobody@127.0.0.1:1/nothing", None])
def test_programs_of_postgresql_are_looked_for_only_without_an_address(
    url: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A container has none, and need not."""

    def absent(_: object) -> None:
        raise LocalPostgresError("no programs")

    monkeypatch.setattr(session, "LocalPostgres", absent)
    settings = Configuration(database_url=SecretStr(url) if url else None)
    if url is None:
        with pytest.raises(LocalPostgresError):
            session.open_later(settings, Deadline(1.0))
    else:
        engine, _ = session.open_later(settings, Deadline(1.0))
        assert engine.url.host == "127.0.0.1"
