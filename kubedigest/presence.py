"""Whether a window without an event is quiet or unknown."""

from __future__ import annotations

from sqlalchemy import Engine

from analytics.exposure import exposures
from analytics.load import load_coverage
from analytics.window import Window


def watched_clusters(engine: Engine, window: Window) -> set[str]:
    """Return the clusters that were watched for a part of the window."""
    found = exposures(load_coverage(engine, window.start, window.end), window)
    return {name for name, exposure in found.items() if exposure.share}
