"""Front door: command line, notebook API, configuration, demo, private PostgreSQL.

It computes nothing. The names in ``__all__`` are those of `kubedigest.notebook`, which is loaded
with the first of them: the command line and the collector do without pandas.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubedigest.shadowing import refuse_shadowed_packages

if TYPE_CHECKING:
    from kubedigest.notebook import (
        PROBLEM,
        WORKLOAD,
        Catalogue,
        Connection,
        Window,
        cluster_coverage,
        connect,
        coverage,
        demo,
        episodes,
        failure_frequency,
        grid,
        heat_map,
        hotspots,
        hour_of_day,
        load_coverage,
        load_failures,
        load_messages,
        load_periods,
        load_points,
        local,
        message_groups,
        ranking,
        table,
        time_histogram,
        trends,
        window_of,
    )

__version__ = "0.1.0"

__all__ = [
    "PROBLEM",
    "WORKLOAD",
    "Catalogue",
    "Connection",
    "Window",
    "cluster_coverage",
    "connect",
    "coverage",
    "demo",
    "episodes",
    "failure_frequency",
    "grid",
    "heat_map",
    "hotspots",
    "hour_of_day",
    "load_coverage",
    "load_failures",
    "load_messages",
    "load_periods",
    "load_points",
    "local",
    "message_groups",
    "ranking",
    "table",
    "time_histogram",
    "trends",
    "window_of",
]

refuse_shadowed_packages()


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from kubedigest import notebook

    found: object = getattr(notebook, name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
