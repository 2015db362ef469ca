"""Column contracts of the frames that travel between functions, checked at the boundary."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from analytics.errors import FrameError


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column: its name, its dtype, its unit, and whether it or its values may be missing."""

    name: str
    dtype: str  # "category", "str", "int64", "float64", "bool", "object" or "datetime64[us, UTC]"
    unit: str = ""
    nullable: bool = False
    optional: bool = False  # a frame may do without it


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """The columns of a frame, in order, and what one row of it is."""

    name: str
    grain: str
    columns: tuple[Column, ...]

    def check(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return *frame* unchanged, or raise FrameError that names the first column that is off.

        Extra columns are allowed; the contract's columns may stand in any order.
        """
        for column in self.columns:
            if column.name not in frame.columns:
                if column.optional:
                    continue
                raise FrameError(f"{self.name}: the column {column.name!r} is missing")
            found = str(frame[column.name].dtype)
            if found != column.dtype:
                raise FrameError(
                    f"{self.name}: the column {column.name!r} has dtype {found}, "
                    f"expected {column.dtype}"
                )
            if not column.nullable and bool(frame[column.name].isna().any()):
                raise FrameError(f"{self.name}: the column {column.name!r} has missing values")
        return frame

    def empty(self) -> pd.DataFrame:
        """Return a frame with these columns and no row."""
        return pd.DataFrame({column.name: pd.Series(dtype=column.dtype) for column in self.columns})


TIME = "datetime64[us, UTC]"

POINTS = Contract(
    name="POINTS",
    grain="one row a point of an event, as in the view public.event",
    columns=(
        Column(name="cluster", dtype="category"),
        Column(name="namespace", dtype="category"),
        Column(name="name", dtype="str"),
        Column(name="birth", dtype=TIME),
        Column(name="time", dtype=TIME),
        Column(name="previous_time", dtype=TIME, nullable=True),
        Column(name="occurrences", dtype="int64", unit="occurrences"),
        Column(name="counted", dtype="bool"),
        Column(name="suspect", dtype="bool"),
        Column(name="counting", dtype="category"),
        Column(name="type", dtype="category"),
        Column(name="reason", dtype="category"),
        Column(name="kind", dtype="category"),
        Column(name="object_namespace", dtype="category"),
        Column(name="object", dtype="str"),
        Column(name="workload_kind", dtype="category"),
        Column(name="workload", dtype="category"),
        Column(name="component", dtype="category"),
        Column(name="host", dtype="category"),
        Column(name="skewed", dtype="bool"),
    ),
)

CELLS = Contract(
    name="CELLS",
    grain="one row a key and bucket of time with an occurrence",
    columns=(
        Column(name="key", dtype="int64", unit="number of a row of KEYS"),
        Column(name="bucket", dtype="int64", unit="place among the edges, from 0"),
        Column(name="occurrences", dtype="int64", unit="occurrences"),
        Column(name="first", dtype="int64", unit="us since 1970"),
        Column(name="last", dtype="int64", unit="us since 1970"),
        Column(name="begun", dtype="int64", unit="episodes that begin here"),
        Column(name="first_begun", dtype="int64", unit="us since 1970, the greatest for none"),
        Column(name="last_begun", dtype="int64", unit="us since 1970, the least for none"),
        Column(name="continued", dtype="bool", unit="the first occurrence begins no episode"),
    ),
)

KEYS = Contract(
    name="KEYS",
    grain="one row a key of the roll-up, by its number: what kind of event of which workload",
    columns=(
        Column(name="cluster", dtype="category"),
        Column(name="namespace", dtype="category"),
        Column(name="workload_kind", dtype="category"),
        Column(name="workload", dtype="category"),
        Column(name="reason", dtype="category"),
        Column(name="component", dtype="category"),
        Column(name="type", dtype="category"),
        Column(name="counting", dtype="category"),
    ),
)

FREQUENCY = Contract(
    name="FREQUENCY",
    grain="one row a group; the grouping columns come first, categories among them as text",
    columns=(
        Column(name="failures", dtype="int64", unit="occurrences"),
        Column(name="episodes", dtype="int64", unit="episodes"),
        Column(name="objects", dtype="int64", unit="involved objects"),
        Column(name="first", dtype=TIME),
        Column(name="last", dtype=TIME),
        Column(name="rate_per_hour", dtype="float64", unit="1/h", nullable=True),
        Column(name="mean_time_between_failures", dtype="float64", unit="s", nullable=True),
        Column(name="share", dtype="float64", unit="0..1"),
    ),
)

RANKING = Contract(
    name="RANKING",
    grain="one row a row of FREQUENCY, what to look at first on top",
    columns=(
        *FREQUENCY.columns,
        Column(name="score", dtype="float64", unit="0..1, the mean of the five parts"),
        Column(name="cause", dtype="float64", unit="0..1"),
        Column(name="spread", dtype="float64", unit="0..1"),
        Column(name="novelty", dtype="float64", unit="0..1"),
        Column(name="rate", dtype="float64", unit="0..1"),
        Column(name="recency", dtype="float64", unit="0..1"),
    ),
)

HISTOGRAM = Contract(
    name="HISTOGRAM",
    grain="one row a bucket, or one row a group and bucket with the grouping columns first",
    columns=(
        Column(name="start", dtype=TIME),
        Column(name="end", dtype=TIME),
        Column(name="failures", dtype="int64", unit="occurrences"),
    ),
)

EPISODES = Contract(
    name="EPISODES",
    grain="one row an episode; the grouping columns come first, categories among them as text",
    columns=(
        Column(name="start", dtype=TIME),
        Column(name="end", dtype=TIME),
        Column(name="failures", dtype="int64", unit="occurrences"),
    ),
)

SILENCES = Contract(
    name="SILENCES",
    grain="one row a stretch without a sighting, longest first",
    columns=(
        Column(name="cluster", dtype="str"),
        Column(name="start", dtype=TIME),
        Column(name="end", dtype=TIME),
    ),
)

_SCOPE = (
    Column(name="cluster", dtype="str"),
    Column(name="namespace", dtype="str", unit="the only one watched, '' for all"),
    Column(name="field_selector", dtype="str", unit="what the watch asked for, '' for all"),
)

_STRETCH = (
    Column(name="state", dtype="str", unit="watched, recovered, gap or unknown"),
    Column(name="start", dtype=TIME),
    Column(name="end", dtype=TIME),
    Column(name="hours", dtype="float64", unit="h"),
    Column(name="share", dtype="float64", unit="0..1 of the window"),
    Column(name="unproven", dtype="bool"),
)

SPANS = Contract(
    name="SPANS",
    grain="one row a span of a watch; one of no length tells when it began or was last proved",
    columns=(
        *_SCOPE,
        Column(name="state", dtype="str", unit="watched, recovered or gap"),
        Column(name="start", dtype=TIME),
        Column(name="end", dtype=TIME),
    ),
)

COVERAGE = Contract(
    name="COVERAGE",
    grain="one row a stretch of one state; those of a watch follow one another without a break",
    columns=(*_SCOPE, *_STRETCH),
)

CLUSTER_COVERAGE = Contract(
    name="CLUSTER_COVERAGE",
    grain="one row a stretch of one state; those of a cluster follow one another without a break",
    columns=(_SCOPE[0], *_STRETCH),
)

PERIOD_COUNTS = Contract(
    name="PERIOD_COUNTS",
    grain="one row a group that failed in the period; the grouping columns come first, as text",
    columns=(
        Column(name="failures", dtype="int64", unit="occurrences"),
        Column(name="episodes", dtype="int64", unit="episodes"),
        Column(name="seen_failures", dtype="int64", unit="occurrences in watched time"),
        Column(name="seen_episodes", dtype="int64", unit="begun in watched time"),
    ),
)

EPISODE_BLOCKS = Contract(
    name="EPISODE_BLOCKS",
    grain="one row a group, period and block in which an episode began in watched time",
    columns=(
        Column(name="period", dtype="int64", unit="0 the window, 1 the previous, 2.. the weeks"),
        Column(name="block", dtype=TIME, unit="start of it: each 4 h or 24 h from midnight UTC"),
        Column(name="episodes", dtype="int64", unit="episodes"),
    ),
)

TRENDS = Contract(
    name="TRENDS",
    grain="one row a group seen in either period; the grouping columns come first, as text",
    columns=(
        Column(name="failures", dtype="int64", unit="occurrences"),
        Column(name="previous_failures", dtype="int64", unit="occurrences"),
        Column(name="episodes", dtype="int64", unit="episodes"),
        Column(name="previous_episodes", dtype="int64", unit="episodes"),
        Column(
            name="ratio", dtype="float64", unit="failures per hour, now / before", nullable=True
        ),
        Column(
            name="weekday_failures", dtype="float64", unit="a week, in as many hours", nullable=True
        ),
        Column(
            name="weekday_episodes", dtype="float64", unit="a week, in as many hours", nullable=True
        ),
        Column(name="weeks", dtype="int64", unit="0..4 that are covered"),
        Column(name="baseline", dtype="str", unit="both, previous, weeks or none"),
        Column(name="p_value", dtype="float64", unit="0..1", nullable=True),
        Column(name="q_value", dtype="float64", unit="0..1", nullable=True),
        Column(name="verdict", dtype="str"),
    ),
)

HOUR_OF_DAY = Contract(
    name="HOUR_OF_DAY",
    grain="one row a clock hour, or one row a group and clock hour with the grouping columns first",
    columns=(
        Column(name="hour", dtype="int64", unit="0..23 on the local clock"),
        Column(name="failures", dtype="int64", unit="occurrences"),
        Column(name="hours", dtype="float64", unit="h of the window, known or not"),
        Column(name="rate_per_hour", dtype="float64", unit="1/h", nullable=True),
    ),
)

HEAT_MAP = Contract(
    name="HEAT_MAP",
    grain="one row an hour of the week, or one row a group and hour with the groups first",
    columns=(
        Column(name="weekday", dtype="int64", unit="0..6 on the local calendar, 0 is Monday"),
        Column(name="hour", dtype="int64", unit="0..23 on the local clock"),
        Column(name="failures", dtype="int64", unit="occurrences"),
        Column(name="hours", dtype="float64", unit="h of the window, known or not"),
        Column(name="rate_per_hour", dtype="float64", unit="1/h", nullable=True),
    ),
)

HOTSPOTS = Contract(
    name="HOTSPOTS",
    grain="one row a place of a cluster with a failure, the hot ones first",
    columns=(
        Column(name="cluster", dtype="str"),
        Column(name="shared", dtype="str", unit="what the place is: host, image, namespace, ..."),
        Column(name="name", dtype="str"),
        Column(name="failures", dtype="int64", unit="occurrences"),
        Column(name="share", dtype="float64", unit="0..1 of the cluster's failures"),
        Column(name="objects", dtype="int64", unit="involved objects that failed"),
        Column(name="workloads", dtype="int64", unit="workloads seen there"),
        Column(name="failing_workloads", dtype="int64", unit="workloads"),
        Column(name="expected_workloads", dtype="float64", unit="failing workloads by chance"),
        Column(name="ratio", dtype="float64", unit="failing workloads / expected", nullable=True),
        Column(name="p_value", dtype="float64", unit="0..1", nullable=True),
        Column(name="q_value", dtype="float64", unit="0..1", nullable=True),
        Column(name="verdict", dtype="str", unit="hot, even or insufficient"),
    ),
)

DAILY = Contract(
    name="DAILY",
    grain="one row a bucket of time, cluster, reason, component and type that has an occurrence",
    columns=(
        Column(name="start", dtype=TIME),
        Column(name="cluster", dtype="str"),
        Column(name="reason", dtype="str"),
        Column(name="component", dtype="str"),
        Column(name="type", dtype="str"),
        Column(name="occurrences", dtype="int64", unit="occurrences"),
    ),
)

MESSAGES = Contract(
    name="MESSAGES",
    grain="one row a point of a shown workload and reason, the newest of each first",
    columns=(
        Column(name="cluster", dtype="str"),
        Column(name="namespace", dtype="str"),
        Column(name="workload_kind", dtype="str"),
        Column(name="workload", dtype="str"),
        Column(name="reason", dtype="str"),
        Column(name="component", dtype="str"),
        Column(name="type", dtype="str"),
        Column(name="object_namespace", dtype="str"),
        Column(name="object", dtype="str"),
        Column(name="message", dtype="str"),
        Column(name="occurrences", dtype="int64", unit="occurrences"),
        Column(name="host", dtype="str", unit="'' where none is known", optional=True),
        Column(name="labels", dtype="str", unit="JSON object, '' for none", optional=True),
    ),
)

PLACES = Contract(
    name="PLACES",
    grain="one row an event, or several of one object, workload and reason",
    columns=(
        Column(name="cluster", dtype="category"),
        Column(name="namespace", dtype="category"),
        Column(name="workload_kind", dtype="category"),
        Column(name="workload", dtype="category"),
        Column(name="reason", dtype="category"),
        Column(name="component", dtype="category"),
        Column(name="type", dtype="category"),
        Column(name="kind", dtype="category"),
        Column(name="object_namespace", dtype="category"),
        Column(name="object", dtype="category"),
        Column(name="host", dtype="category", unit="'' where none is known"),
        Column(name="occurrences", dtype="int64", unit="counted occurrences in a window"),
    ),
)

MESSAGE_GROUPS = Contract(
    name="MESSAGE_GROUPS",
    grain="one row a group and pattern; the grouping columns come first",
    columns=(
        Column(name="pattern", dtype="str"),
        Column(name="failures", dtype="int64", unit="occurrences"),
        Column(name="messages", dtype="int64", unit="distinct messages"),
        Column(name="values", dtype="object", unit="pairs of value and occurrences, most first"),
        Column(name="distinct_values", dtype="int64", unit="values"),
        Column(name="sample", dtype="str"),
    ),
)
