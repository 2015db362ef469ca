"""Rows -> CSV, and Digest -> CSV: figures for spreadsheets, texts that no spreadsheet runs."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from numbers import Number

from analytics.coverage_words import only
from analytics.digest import (
    ActiveMute,
    Coverage,
    Digest,
    GapResidual,
    HotSpot,
    Recovery,
    Residual,
    Row,
    Unwatched,
)
from analytics.inert import printable
from analytics.language import ENGLISH, speaking
from analytics.selection_words import selection_words
from reports.trend import section

# Spreadsheets take a cell that starts so for a formula; East Asian ones also in full width.
_FORMULA_STARTS = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")

COLUMNS = (
    "section",
    "period",
    "cluster",
    "namespace",
    "kind",
    "name",
    "reason",
    "rows",
    "failures",
    "previous_failures",
    "trend",
    "share",
    "episodes",
    "objects",
    "first",
    "last",
    "rate_per_hour",
    "still_firing",
    "message",
    "kubectl",
    "comparable",
    "weekday_failures",
    "weeks",
    "links",
    "muted_failures",
)

_GONE = {"section": "gone", "rows": 1, "failures": 0, "trend": "gone"}


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    r"""Return RFC 4180 with line feeds; None and NaN are empty, formulas get an apostrophe.

    >>> csv_text(["name", "failures"], [["=1+1", 3], ["a,b", None], ["-", -1]])
    'name,failures\n\'=1+1,3\n"a,b",\n\'-,-1\n'
    """
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow([_cell(column) for column in columns])
    writer.writerows([_cell(value) for value in row] for row in rows)
    return written.getvalue()


def render_csv(digest: Digest) -> str:
    """Return one line for the whole, each shown row, each gone one, the residuals, and coverage.

    In English, whatever the language in use: machines read it.
    """
    with speaking(ENGLISH):
        return _rendered(digest)


def _rendered(digest: Digest) -> str:
    lines = [
        _total(digest),
        *(_row(row) for row in digest.rows),
        *_residual("residual", digest.residual, "failures"),
        *(_GONE | asdict(gone) for gone in digest.gone),
        *_residual("gone_residual", digest.gone_residual, "previous_failures"),
        *map(_recovery, digest.recovered),
        *map(_place, digest.hot_spots),
        *_selection(digest),
        *map(_muted, digest.muted.mutes),
        *(line for cluster in digest.quality.covered for line in _coverage(cluster)),
        *map(_gap, digest.quality.gaps),
        *_more_gaps(digest.quality.gap_residual),
    ]
    return csv_text(
        COLUMNS,
        ([(line | {"period": digest.period}).get(column) for column in COLUMNS] for line in lines),
    )


def _row(row: Row) -> dict[str, object]:
    links = " ".join(link.url for link in row.links)
    return {"section": section(row.trend), "rows": 1, **asdict(row), "links": links or None}


def _recovery(one: Recovery) -> dict[str, object]:
    """Return when a workload failed last and when it recovered last; its failures are in rows."""
    times = {"first": one.last_failure, "last": one.last}
    words = f"{one.occurrences} times, after {one.failures} failures in the window"
    named = {"section": "recovered", **asdict(one), **times, "message": words}
    return named | {"failures": None}


def _place(one: HotSpot) -> dict[str, object]:
    """Return a hot spot; a failure lies in several places, so the column adds up without them."""
    kind = "Node" if one.shared == "host" else "Namespace"
    words = (
        f"{one.failing_workloads} of {one.cluster_failing_workloads} failing workloads with "
        f"{one.failures} failures; {one.workloads} workloads seen, "
        f"{one.expected_workloads:.2f} expected to fail"
    )
    named = {"cluster": one.cluster, "kind": kind, "name": one.name}
    return {"section": "hot_spot", **named, "message": words}


def _total(digest: Digest) -> dict[str, object]:
    """Return the line of the whole digest: its failures are empty where there is no data."""
    known = digest.state != "no data"
    return {
        "section": "total",
        "rows": len(digest.rows) + digest.residual.rows if known else None,
        "failures": digest.failures if known else None,
        "previous_failures": digest.previous_failures,
        "episodes": digest.episodes if known else None,
        "message": digest.verdict,
        "comparable": digest.comparable,
        "muted_failures": digest.muted.failures,
    }


def _residual(name: str, residual: Residual, figure: str) -> list[dict[str, object]]:
    told = {"section": name, "rows": residual.rows, figure: residual.failures}
    return [told] if residual.rows else []


def _selection(digest: Digest) -> list[dict[str, object]]:
    words = selection_words(digest.selection)
    return [{"section": "selection", "message": words}] if words else []


def _muted(mute: ActiveMute) -> dict[str, object]:
    """Return one line: the patterns of the mute, what it keeps out, and its end as ``last``.

    Its failures stand in a column of their own, since those of the other lines add up to the total.
    """
    told = {"section": "muted", **asdict(mute), "last": mute.expires}
    told |= {"failures": None, "muted_failures": mute.failures}
    return told | {"message": f"{mute.by}: {mute.because}"}


def _coverage(cluster: Coverage) -> list[dict[str, object]]:
    """Return one line a state, with its share of the window."""
    shares = {name: getattr(cluster, name) for name in ("watched", "recovered", "gap", "unknown")}
    named = {"section": "coverage", "cluster": cluster.cluster}
    namespaces = dict.fromkeys(scope.namespace for scope in cluster.scopes if scope.namespace)
    named |= {"namespace": ", ".join(namespaces), "message": only(cluster)}
    return [{**named, "kind": name, "share": share} for name, share in shares.items()]


def _gap(gap: Unwatched) -> dict[str, object]:
    where = {"cluster": gap.cluster, "namespace": ", ".join(gap.namespaces)}
    return {"section": "gap", **where, "rows": 1, "first": gap.start, "last": gap.end}


def _more_gaps(rest: GapResidual) -> list[dict[str, object]]:
    told = {"section": "gap_residual", "rows": rest.gaps, "message": f"{rest.hours:.2f} h"}
    return [told] if rest.gaps else []


def _cell(value: object) -> str:
    if value is None or value != value:  # only NaN and NaT differ from themselves
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Number):
        return str(value)
    text = str(value)
    shown = printable(text)
    # some programs trim a cell before they look whether it is a formula
    is_formula = text.startswith(_FORMULA_STARTS) or shown.lstrip().startswith(_FORMULA_STARTS)
    return f"'{shown}" if is_formula else shown
