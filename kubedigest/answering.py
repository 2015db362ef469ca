"""How the commands that answer a question show what they found, and say what it rests on."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import asdict

import click
import pandas as pd

from analytics.presence import Presence
from kubedigest.saying import say
from kubedigest.window_options import Shape
from reports.amounts import counted
from reports.coverage import nothing_sentence, presence_sentences
from reports.listing import Listing, render_listing
from reports.times import date_and_time, elapsed

USUAL_COLUMNS = 80


def show(listing: Listing, shape: Shape) -> None:
    """Write the rows to standard output."""
    room = terminal_columns() if sys.stdout.isatty() else None
    text = render_listing(listing, shape.output, headers=not shape.no_headers, room=room)
    click.echo(text, nl=False, color=is_coloured())


def say_heading(known: Presence, shape: Shape, found: str) -> None:
    """Say over a table which window it is of, and what was found in all."""
    if not shape.is_table or shape.no_headers:
        return
    start, end = known.window.local_start, known.window.local_end
    window = f"{date_and_time(start)} to {date_and_time(end)} ({elapsed(start, end)})"
    say(f"{window}, {known.window.timezone}: {found if known.is_known else 'no data'}")


def say_coverage(known: Presence, *, failures: int) -> None:
    """Say what was not watched, and what nothing means, whatever the output is."""
    if not failures:
        say(nothing_sentence(known))
    for sentence in presence_sentences(known):
        say(sentence)


def say_rest(found: pd.DataFrame, shape: Shape, noun: str, plural: str = "") -> None:
    """Say how many rows the limit leaves out."""
    rest = found.iloc[shape.limit :]
    if len(rest):
        failures = counted(int(rest["failures"].sum()), "failure")
        rows = counted(len(rest), f"more {noun}", f"more {plural}" if plural else "")
        are = "is" if len(rest) == 1 else "are"
        say(f"{rows} with {failures} {are} not shown; --limit {len(found)} shows all")


def about(known: Presence, failures: int, **more: object) -> Mapping[str, object]:
    """Return what stands over the rows of JSON and YAML: the window, and what is known of it."""
    window = known.window
    return {
        "start": window.local_start,
        "end": window.local_end,
        "timezone": window.timezone,
        "namespace": known.namespace,
        "clusters": known.clusters,
        "state": "failures" if failures else "quiet" if known.is_known else "no data",
        "failures": failures if known.is_known else None,
        **more,
        **asdict(known.watches),
        "imported": known.imported,
        "watched_elsewhere": known.elsewhere,
    }


def is_coloured() -> bool:
    """Tell whether standard output is a terminal whose user has nothing against colours."""
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return sys.stdout.isatty() and not plain


def terminal_columns() -> int:
    """Return how wide standard output is; 80 for what is no terminal."""
    return (
        shutil.get_terminal_size((USUAL_COLUMNS, 24)).columns
        if sys.stdout.isatty()
        else USUAL_COLUMNS
    )
