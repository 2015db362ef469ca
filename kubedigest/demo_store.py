"""A store that holds the demo's five weeks of two clusters."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, text

from collector import migrations
from collector.database import connect as connect_to
from collector.database import statement
from collector.files import EventReader
from collector.importing import Summary, import_items
from collector.progress import Mark, Span, State, Stream
from collector.store import Store
from kubedigest.asked_window import Moment
from kubedigest.connection import Connection, asked_settings, one_sentence
from kubedigest.demo_events import Demo, make_demo
from kubedigest.errors import UsageError
from kubedigest.local_postgres import LocalPostgres, default_home
from kubedigest.progress import ByteProgress
from kubedigest.saying import say
from kubedigest.session import open_private
from kubedigest.times import parse_instant

WEEKS = 5
HOME = "notebook-demo"  # `kubedigest demo` empties and stops its own


def demo(
    url: str | None = None,
    *,
    at: Moment | None = None,
    timezone: str | None = None,
    config: str | Path | None = None,
) -> Connection:
    """Fill a store with the demo: five weeks of events of two made-up clusters.

    Parameters
    ----------
    url
        A database without any event, to be filled. ``None`` fills a private PostgreSQL of the
        notebooks' own, which stops when the connection is closed; your store is not touched.
    at
        The last moment of the story, and what counts as now on this connection; ``None`` for now.
        Yesterday is when most goes wrong. The same moment gives the same events.
    timezone
        IANA name of the zone of days and nights; ``None`` takes the configuration's.
    config
        YAML file; ``None`` takes the usual one.

    Returns
    -------
    Connection
        The clusters were watched for five weeks, but for two breaks of ``prod-eu``.

    Raises
    ------
    UsageError
        The database holds events already, or *at* is no time.
    AddressError, UnreachableError, SchemaError, LocalPostgresError
        The database cannot be used.
    """
    with one_sentence():
        settings = asked_settings(timezone, config)
        now = _moment(at, settings.timezone)
        story = make_demo(now, weeks=WEEKS)
        if url is not None:
            engine = connect_to(url)
            migrations.upgrade(engine)
            _require_empty(engine)
            _fill_watched(engine, story, now)
            return Connection(engine, settings, now=now)
        server = LocalPostgres(default_home() / HOME, durable=False)
        try:
            engine = open_private(server)
            empty(engine)
            _fill_watched(engine, story, now)
        except BaseException:
            server.stop()
            raise
        return Connection(engine, settings, now=now, on_close=server.stop)


def empty(engine: Engine) -> None:
    """Throw away what a demo left in its own database."""
    with engine.begin() as connection:
        connection.execute(text(statement("reset_store")))
    migrations.upgrade(engine)


def fill(engine: Engine, story: Demo, now: datetime) -> None:
    """Import the story, as files with its watch frames would be."""
    with Store(engine) as store:
        for cluster in story.clusters:
            data = b"".join(story.frames(cluster))
            reader = EventReader(cluster, io.BytesIO(data), cluster=cluster, received=now)
            summary = Summary()
            with ByteProgress(cluster, len(data)) as progress:
                import_items(reader, store, summary, progress=progress.of(reader))
            say(f"{cluster}: {summary.read:,} events read, {summary.stored:,} stored")


def _fill_watched(engine: Engine, story: Demo, now: datetime) -> None:
    fill(engine, story, now)
    with Store(engine) as store:
        store.write([], [_mark(story, cluster, now) for cluster in story.clusters])


def _mark(story: Demo, cluster: str, now: datetime) -> Mark:
    """Return what a watch would have proved of the cluster: all but the time of its outages."""
    start = now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(weeks=WEEKS)
    outages = sorted(gap for name, gap in story.outages if name == cluster and gap[0] > start)
    states: list[tuple[State, datetime, datetime]] = []
    for lost, back in outages:
        states += [("watched", start, lost), ("gap", lost, back)]
        start = back
    spans = tuple(Span(*state) for state in [*states, ("watched", start, now)])
    return Mark(stream=Stream(cluster=cluster), resource_version="1", proved=now, spans=spans)


def _moment(at: Moment | None, timezone: str) -> datetime:
    moment = parse_instant(at, "at", timezone) if isinstance(at, str) else at
    if moment is None:
        moment = datetime.now(UTC)
    if moment.tzinfo is None:
        raise UsageError("at needs a time zone, as in 2026-11-22T08:00:00+01:00")
    return moment.astimezone(ZoneInfo(timezone))


def _require_empty(engine: Engine) -> None:
    ever = {"since": datetime(1, 1, 1, tzinfo=UTC), "horizon": datetime(9999, 1, 1, tzinfo=UTC)}
    with engine.connect() as connection:
        if (
            connection.scalar(text(statement("select_oldest_points")), ever | {"most": 1})
            is not None
        ):
            raise UsageError("the database holds events already; the demo would mix with them")
