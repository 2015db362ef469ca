"""The reason catalogue: what an event means, by its reason, component and type."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np
import pandas as pd

from analytics.errors import CatalogueError

MEANINGS = ("failure", "recovery", "notice", "noise")
FIELDS = frozenset({"reason", "component", "type", "meaning"})

Key = tuple[str, str, str]  # reason, component, type; "" stands for any


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Meanings by (reason, component, type); an empty component or type stands for any.

    A *failure* is what the figures of a report count. A *recovery* says that something works
    again, a *notice* that something changed which is worth knowing, *noise* is the rest.

    Examples
    --------
    >>> catalogue = Catalogue.load()
    >>> catalogue.meaning("BackOff", "kubelet", "Warning")
    'failure'
    >>> quiet = catalogue.with_overrides([{"reason": "BackOff", "meaning": "noise"}])
    >>> quiet.meaning("BackOff", "kubelet", "Warning")
    'noise'
    """

    entries: Mapping[Key, str]

    @staticmethod
    def load() -> Catalogue:
        """Return the catalogue that comes with the package."""
        return _shipped()

    def with_overrides(self, entries: Iterable[Mapping[str, str]]) -> Catalogue:
        """Return a catalogue in which *entries* come first.

        Parameters
        ----------
        entries
            Each has ``reason`` and ``meaning``, and may have ``component`` and ``type``. An entry
            without a component or type also replaces the shipped entries that have one, so that
            naming a reason is enough to change it everywhere.

        Raises
        ------
        CatalogueError
            An entry has an unknown field, no reason, or a meaning that there is not.
        """
        merged = dict(self.entries)
        added = [_entry(entry, f"entry {number}") for number, entry in enumerate(entries, start=1)]
        for key, _ in added:
            for covered in [other for other in merged if _covers(key, other)]:
                del merged[covered]
        return Catalogue(merged | dict(added))

    def meaning(self, reason: str, component: str, type_: str) -> str:
        """Return the meaning of one event: the most specific entry, else the default.

        Parameters
        ----------
        reason, component, type_
            As the event has them; "" where it has none.

        Returns
        -------
        str
            One of ``MEANINGS``. Entries are tried as (reason, component, type),
            (reason, component), (reason, type), (reason). Without an entry a Warning is a failure
            and any other type is noise; an event without a type is a failure if its reason reads
            like one ("FailedThis", "ThatError").
        """
        for component_key, type_key in ((component, type_), (component, ""), ("", type_), ("", "")):
            found = self.entries.get((reason, component_key, type_key))
            if found is not None:
                return found
        failing = type_ == "Warning" or (not type_ and _reads_like_failure(reason))
        return "failure" if failing else "noise"

    def classify(self, points: pd.DataFrame) -> pd.Series:
        """Return the meaning of each point.

        Parameters
        ----------
        points
            Any frame with the columns ``reason``, ``component`` and ``type`` of POINTS.

        Returns
        -------
        pd.Series
            ``meaning``, categorical with the categories ``MEANINGS`` in that order, on the index
            of *points*. Each distinct combination is looked up once.
        """
        columns = ["reason", "component", "type"]
        number = points.groupby(columns, observed=True, sort=False).ngroup()
        distinct = points[columns].loc[~number.duplicated().to_numpy()]
        # ngroup counts up in order of first appearance when the groups are not sorted
        meanings = [MEANINGS.index(self.meaning(*key)) for key in distinct.itertuples(index=False)]
        codes = np.array(meanings, dtype=np.int8)[number.to_numpy()]
        values = pd.Categorical.from_codes(codes, categories=pd.Index(MEANINGS))
        return pd.Series(values, index=points.index, name="meaning")


@cache
def _shipped() -> Catalogue:
    text = resources.files("analytics").joinpath("reasons.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    return Catalogue(dict(_entry(row, f"reasons.csv, row {n}") for n, row in enumerate(rows, 1)))


def _entry(entry: Mapping[str, str], place: str) -> tuple[Key, str]:
    unknown = sorted(set(entry) - FIELDS)
    if unknown:
        raise CatalogueError(
            f"Reason catalogue, {place}: unknown field {unknown[0][:64]!r}; "
            "the fields are reason, component, type and meaning."
        )
    reason, meaning = entry.get("reason", ""), entry.get("meaning", "")
    if not reason:
        raise CatalogueError(f"Reason catalogue, {place}: the reason is missing; add one.")
    if meaning not in MEANINGS:
        raise CatalogueError(
            f"Reason catalogue, {place} ({reason[:64]!r}): the meaning {meaning[:64]!r} is not "
            f"one of {', '.join(MEANINGS)}."
        )
    return (reason, entry.get("component", ""), entry.get("type", "")), meaning


def _covers(key: Key, other: Key) -> bool:
    return all(field in ("", found) for field, found in zip(key, other, strict=True))


def _reads_like_failure(reason: str) -> bool:
    return reason.startswith("Failed") or reason.endswith(("Failed", "Error", "BackOff"))
