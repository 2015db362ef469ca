"""The functions that a notebook, the command line and the digest share, in one place.

Importing this loads pandas; ``import analytics`` alone loads nothing. The functions cannot stand in
``analytics`` itself, where most of their names are those of its modules.
"""

from __future__ import annotations

from analytics.catalogue import Catalogue
from analytics.coverage import cluster_coverage, coverage
from analytics.episodes import episodes
from analytics.exposure import Exposure, exposures
from analytics.frequency import failure_frequency
from analytics.heat_map import heat_map
from analytics.histogram import time_histogram
from analytics.hotspots import hotspots
from analytics.hour_of_day import hour_of_day
from analytics.messages import message_groups
from analytics.ranking import ranking
from analytics.trends import trends
from analytics.window import Window

__all__ = [
    "Catalogue",
    "Exposure",
    "Window",
    "cluster_coverage",
    "coverage",
    "episodes",
    "exposures",
    "failure_frequency",
    "heat_map",
    "hotspots",
    "hour_of_day",
    "message_groups",
    "ranking",
    "time_histogram",
    "trends",
]
