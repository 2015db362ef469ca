"""The list of streams that were ever watched."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Engine

from collector.progress import Mark, Stream
from collector.store import Store
from collector.watches import Watch, list_watches
from tests.factories import T0


def test_every_stream_has_its_last_proof(engine: Engine) -> None:
    """By cluster and namespace, whatever the order of the marks; a later proof replaces one."""
    shop = Stream(cluster="prod", namespace="shop", field_selector="type=Warning")
    whole = Stream(cluster="prod")
    assert list_watches(engine) == []
    with Store(engine) as store:
        for hours in (0, 1):
            proved = T0 + timedelta(hours=hours)
            marks = [Mark(stream=s, resource_version="7", proved=proved) for s in (shop, whole)]
            store.write([], marks)
    assert list_watches(engine) == [
        Watch(stream=whole, proved=proved),
        Watch(stream=shop, proved=proved),
    ]
