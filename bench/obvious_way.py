"""What people write who want events in PostgreSQL, as a yardstick for watch_speed.

``python -m bench.obvious_way KUBECONFIG DATABASE_URL FRAMES`` prints the seconds it took.
"""

from __future__ import annotations

import sys
import time

import sqlalchemy as sa
from kubernetes import client, config, watch

BATCH_ROWS = 1_000
EVENTS = sa.Table(
    "obvious_event",
    sa.MetaData(),
    *(sa.Column(name, sa.Text) for name in ("uid", "resource_version", "namespace", "name")),
    *(sa.Column(name, sa.Text) for name in ("type", "reason", "message", "component", "host")),
    *(sa.Column(name, sa.Text) for name in ("kind", "object_namespace", "object")),
    *(sa.Column(name, sa.DateTime(timezone=True)) for name in ("first", "last", "event_time")),
    sa.Column("count", sa.Integer),
    sa.UniqueConstraint("resource_version", "uid"),
)


def main(kubeconfig: str, url: str, frames: int) -> None:
    """Watch and store so many frames."""
    engine = sa.create_engine(url)
    EVENTS.drop(engine, checkfirst=True)
    EVENTS.create(engine)
    config.load_kube_config(kubeconfig)
    rows: list[dict[str, object]] = []
    start = time.perf_counter()
    stream = watch.Watch().stream(client.CoreV1Api().list_event_for_all_namespaces)
    for read, frame in enumerate(stream, start=1):
        rows.append(_row(frame["object"]))
        if len(rows) == BATCH_ROWS or read == frames:
            with engine.begin() as connection:
                connection.execute(EVENTS.insert(), rows)
            rows.clear()
        if read == frames:
            break
    print(time.perf_counter() - start)


def _row(event: client.CoreV1Event) -> dict[str, object]:
    involved, source = event.involved_object, event.source
    return {
        "uid": event.metadata.uid,
        "resource_version": event.metadata.resource_version,
        "namespace": event.metadata.namespace,
        "name": event.metadata.name,
        "type": event.type,
        "reason": event.reason,
        "message": event.message,
        "component": source.component if source else None,
        "host": source.host if source else None,
        "kind": involved.kind,
        "object_namespace": involved.namespace,
        "object": involved.name,
        "first": event.first_timestamp,
        "last": event.last_timestamp,
        "event_time": event.event_time,
        "count": event.count,
    }


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
