"""Store -> Digest -> files: the one way that the report command and the demo share."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from functools import partial
from itertools import compress
from pathlib import Path

import pandas as pd
from sqlalchemy import Engine

from analytics.assemble import build_digest
from analytics.digest import Digest
from analytics.history import first_needed
from analytics.links import LinkTemplate
from analytics.load import count_rejected, load_coverage, load_messages, load_places
from analytics.mute_store import load_mutes
from analytics.mutes import holding
from analytics.rollup_source import open_rollup
from analytics.selection import EVERYTHING, Patterns, Selection
from analytics.window import Window
from kubedigest import __version__
from kubedigest.configuration import Configuration, Templates
from kubedigest.documents import render
from kubedigest.errors import Failure
from kubedigest.session import catalogue
from reports.channels.settings import ChannelSettings
from reports.formats import FORMATS

BUILT_IN = Templates()
# reading where more events lie would take longer than all the rest of a report
MOST_EVENTS = 50_000


def make_digest(
    engine: Engine,
    window: Window,
    settings: Configuration,
    *,
    now: datetime,
    top: int = 10,
    selection: Selection = EVERYTHING,
) -> Digest:
    """Bring the roll-up up to date, and build the digest from it.

    What is muted are the failures of the mutes that hold *now*, all through the window: whoever
    mutes something after the night wants it out of the morning's digest of that night. Nodes are
    read while the rest is computed, of a window of at most 50,000 events.
    """
    selection = replace(selection, mutes=holding(load_mutes(engine), now))
    meanings = catalogue(settings)
    with open_rollup(engine, ahead=window) as source, ThreadPoolExecutor(1) as beside:
        is_small = int(source.seen(window)["events"].sum()) <= MOST_EVENTS
        places = beside.submit(load_places, engine, window).result if is_small else None
        return build_digest(
            source,
            window,
            top=top,
            catalogue=meanings,
            messages=partial(load_messages, engine, window),
            rejected=_rejected(engine, window, selection),
            version=__version__,
            spans=load_coverage(engine, first_needed(window), window.end),
            selection=selection,
            places=places,
            links=tuple(LinkTemplate(title=one.title, url=one.url) for one in settings.links),
        )


def channel_digest(
    engine: Engine,
    window: Window,
    settings: Configuration,
    channel: ChannelSettings,
    *,
    now: datetime,
) -> Digest:
    """Build the digest of a window as one channel is to get it: its selection and its top N.

    The window is in the channel's zone already.
    """
    selection = selection_of(channel)
    return make_digest(engine, window, settings, now=now, top=channel.top, selection=selection)


class ChannelDigests:
    """The digests of one run: channels that are told the same of a window share one.

    Parameters
    ----------
    engine
        Of the store.
    now
        Decides what is muted.
    """

    def __init__(self, engine: Engine, now: datetime) -> None:
        self._engine = engine
        self._now = now
        self._built: dict[tuple[Window, Selection, int], Digest] = {}

    def of(self, window: Window, settings: Configuration, channel: ChannelSettings) -> Digest:
        """Return the digest of a window as one channel is to get it; see `channel_digest`."""
        key = (window, selection_of(channel), channel.top)
        if key not in self._built:
            built = channel_digest(self._engine, window, settings, channel, now=self._now)
            self._built[key] = built
        return self._built[key]


def selection_of(channel: ChannelSettings) -> Selection:
    """Return what a channel is told of, without mutes."""
    return Selection(
        include=Patterns(**channel.include.model_dump()),
        exclude=Patterns(**channel.exclude.model_dump()),
        minimum_severity=channel.minimum_severity,
    )


def _rejected(engine: Engine, window: Window, selection: Selection) -> int:
    counts = count_rejected(engine, window.start)
    clusters = pd.DataFrame({"cluster": list(counts)}, dtype="str")
    return sum(compress(counts.values(), selection.holds_clusters(clusters)))


def period_digest(engine: Engine, window: Window, settings: Configuration, now: datetime) -> Digest:
    """Return the digest of a complete day or week; of today so far where only today has data."""
    complete = make_digest(engine, window, settings, now=now)
    is_midnight = Window.daily(now, settings.timezone).end >= now
    if complete.state != "no data" or is_midnight:
        return complete
    so_far = Window.day_so_far(now, settings.timezone)
    today = make_digest(engine, so_far, settings, now=now)
    return complete if today.state == "no data" else today


def write_files(
    digest: Digest, formats: Sequence[str], folder: Path, templates: Templates = BUILT_IN
) -> list[Path]:
    """Write ``<report>-<period>.<suffix>`` for each format; return the paths.

    Raises
    ------
    Failure
        The folder cannot be made or a file cannot be written.
    TemplateError
        A template of the user's makes nothing that could be used.
    """
    written = []
    if folder.exists() and not folder.is_dir():
        raise Failure(f"{folder} is not a folder; digests are written into one")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in formats:
            path = folder / f"{digest.report}-{digest.period}{FORMATS[name].suffix}"
            path.write_text(render(digest, name, templates), encoding="utf-8")
            written.append(path)
    except OSError as error:
        raise Failure(f"cannot write to {folder}: {error.strerror}") from error
    return written
