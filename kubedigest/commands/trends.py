"""``kubedigest trends``: what is new, worse, better or gone."""

from __future__ import annotations

from dataclasses import dataclass

import click
import pandas as pd
from sqlalchemy import Engine

from analytics.catalogue import Catalogue
from analytics.changes import changes
from analytics.history import History, first_needed, history
from analytics.load import load_coverage, load_points
from analytics.presence import Presence, presence
from analytics.rollup_source import open_rollup
from analytics.selection import Selection
from analytics.source import KEY, Source
from analytics.trends import VERDICTS, trends
from kubedigest.answering import (
    about,
    is_coloured,
    say_coverage,
    say_heading,
    say_rest,
    show,
)
from kubedigest.saying import say
from kubedigest.session import catalogue, configuration, open_store
from kubedigest.window_options import Asked, Shape, answer_options, window_options
from reports.coverage import some_names
from reports.groupings import GROUPINGS, Grouping
from reports.listing import MISSING, Column, Listing, Row, other_columns, records, significant

COLOURS = {"new": "red", "regressed": "red", "rising": "red", "gone": "green", "falling": "green"}


def _digits(value: float | None) -> str:
    return MISSING if value is None else significant(value, 2)


COLUMNS = (
    Column(name="failures"),
    Column(name="previous_failures", heading="previous"),
    Column(name="episodes", where="wide"),
    Column(name="previous_episodes", heading="previous episodes", where="wide"),
    Column(name="weekday_failures", heading="usual", where="wide", show=_digits),
    Column(name="weekday_episodes", where="data"),
    Column(name="weeks", where="wide"),
    Column(name="baseline", where="data"),
    Column(name="ratio", heading="times", where="wide", show=_digits),
    Column(name="p_value", heading="p", where="wide", show=_digits),
    Column(name="q_value", heading="q", where="wide", show=_digits),
)


@click.command(name="trends")
@window_options
@click.option(
    "--by",
    type=click.Choice(list(GROUPINGS)),
    default="problem",
    show_default=True,
    help="What a row is; a problem is one workload with one reason.",
)
@answer_options
@click.pass_context
def command(ctx: click.Context, by: str, asked: Asked, shape: Shape) -> None:
    """Compare the last complete day or week, or any window, with earlier ones.

    These are the period before, and the same weekday of the last four weeks; a change has to be one
    against both. In the first week nothing is rising or falling.

    What is new comes first, then what is back, rising, gone, falling and steady. Rows without
    enough data to tell are last, marked insufficient.
    """
    settings, window, _ = asked.settle(configuration(ctx))
    engine = open_store(settings)
    spans = load_coverage(engine, first_needed(window), window.end)
    with open_rollup(engine) as source:
        known = presence(source, spans, window, namespace=shape.only)
        compared = _compared(source, spans, known, GROUPINGS[by], catalogue(settings), engine)
    found = compared.found
    failures = int(found["failures"].sum())
    say_heading(known, shape, _in_words(found))
    say_coverage(known, failures=failures)
    if unsure := set(known.clusters) - compared.covered:
        say(f"{some_names(unsure)}: too little is known of the period before to compare with it")
    before = window.previous()
    rows, columns = _rows(found.head(shape.limit), compared, known, GROUPINGS[by])
    listing = Listing(
        rows=rows,
        columns=columns,
        about=about(
            known,
            failures,
            previous_start=before.local_start,
            previous_end=before.local_end,
            previous_clusters=tuple(sorted(compared.before)),
            compared_clusters=tuple(sorted(compared.covered)),
        ),
        paint=_paint,
    )
    show(listing, shape)
    say_rest(found, shape, by)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Compared:
    found: pd.DataFrame  # TRENDS, what is new first
    covered: set[str]  # clusters of which both periods are known well enough
    before: set[str]  # clusters of which something is known of the period before


def _compared(
    source: Source,
    spans: pd.DataFrame,
    known: Presence,
    grouping: Grouping,
    meanings: Catalogue,
    engine: Engine,
) -> _Compared:
    """Compare; what a namespace is compared by is what is known of its whole cluster."""
    selection = Selection.of_namespace(known.namespace)
    seen = selection.spans(spans)
    whole = history(source, known.window, catalogue=meanings, spans=seen)
    # what is known of a cluster tells nothing of a namespace in which it is not watched
    asked = whole.without(known.elsewhere).of(selection, meanings)
    told = set(grouping.by) <= set(KEY)
    found = (
        changes(asked, by=grouping.by)
        if told
        else _by_points(engine, asked, known, grouping, meanings)
    )
    # sorting is stable: within a verdict the most failures stay first
    found = found.sort_values("verdict", key=lambda verdict: verdict.map(VERDICTS.index))
    return _Compared(found=found, covered=set(asked.covered), before=set(asked.known_before))


def _by_points(
    engine: Engine,
    asked: History,
    known: Presence,
    grouping: Grouping,
    meanings: Catalogue,
) -> pd.DataFrame:
    """Compare by what the roll-up does not tell, such as nodes; without the four weeks."""
    now, before = (load_points(engine, one) for one in (asked.window, asked.window.previous()))
    if known.namespace is not None:
        now, before = (frame[frame["namespace"] == known.namespace] for frame in (now, before))
    return trends(
        now,
        before,
        asked.window,
        by=grouping.by,
        catalogue=meanings,
        covered=asked.covered,
        exposed=asked.exposed,
    )


def _in_words(found: pd.DataFrame) -> str:
    counts = found["verdict"].value_counts()
    if counts.empty:
        return "no failures, and none in the period before"
    named = [f"{counts[name]:,} {name}" for name in VERDICTS if name in counts]
    return f"{', '.join(named)}, against the period before and the same weekday of four weeks"


def _rows(
    found: pd.DataFrame, compared: _Compared, known: Presence, grouping: Grouping
) -> tuple[list[Row], list[Column]]:
    rows: list[Row] = [
        grouping.identity(one)
        | {
            name: value if _is_known(name, str(one["cluster"]), compared, known) else None
            for name, value in one.items()
            if name not in grouping.by
        }
        for one in records(found, known.window.zone)
    ]
    columns = [Column(name="verdict"), *grouping.columns, *COLUMNS]
    return rows, [*columns, *other_columns(rows, columns)]


def _is_known(name: str, cluster: str, compared: _Compared, known: Presence) -> bool:
    """Tell whether there is such a figure: a cluster without data in a period has none, not 0."""
    if name.startswith("previous_"):
        return cluster in compared.before
    return name not in ("failures", "episodes") or cluster in known.clusters


def _paint(row: Row, text: str) -> str:
    colour = COLOURS.get(str(row["verdict"]))
    return click.style(text, fg=colour) if colour and is_coloured() else text
