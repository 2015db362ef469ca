"""The reason catalogue: what an event means, by its reason, component and type."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources

import numpy as np
import pandas as pd

from analytics.errors import CatalogueError

MEANINGS = ("failure", "recovery", "notice", "noise")
ROLES = ("cause", "node", "symptom", "unclear")
FIELDS = ("reason", "component", "type", "meaning", "role")

Key = tuple[str, str, str]  # reason, component, type; "" stands for any


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Meanings by (reason, component, type); an empty component or type stands for any.

    A *failure* is what the figures of a report count. A *recovery* says that something works
    again, a *notice* that something changed which is worth knowing, *noise* is the rest.

    A failure may also have a role, which is one for all failures of a reason:

    - *cause*: something does not run or does not come to be, and no event is nearer to why
    - *node*: a cause where it is told of a Node, and a symptom where it is told of what runs there
    - *symptom*: it passes by itself, or what causes it has an event of its own
    - *unclear*: anything else; also of a reason that is not in the catalogue

    Examples
    --------
    >>> catalogue = Catalogue.load()
    >>> catalogue.meaning("BackOff", "kubelet", "Warning")
    'failure'
    >>> quiet = catalogue.with_overrides([{"reason": "BackOff", "meaning": "noise"}])
    >>> quiet.meaning("BackOff", "kubelet", "Warning")
    'noise'
    >>> catalogue.role("FailedScheduling"), catalogue.role("Unhealthy"), catalogue.role("Unheard")
    ('cause', 'symptom', 'unclear')
    """

    entries: Mapping[Key, str]
    roles: Mapping[str, str] = field(default_factory=dict)  # by reason

    @staticmethod
    def load() -> Catalogue:
        """Return the catalogue that comes with the package."""
        return _shipped()

    def with_overrides(self, entries: Iterable[Mapping[str, str]]) -> Catalogue:
        """Return a catalogue in which *entries* come first.

        Parameters
        ----------
        entries
            Each has ``reason`` and ``meaning``, and may have ``component``, ``type`` and, if it
            means a failure, ``role``. An entry without a component or type also replaces the
            shipped entries that have one, so that naming a reason is enough to change it
            everywhere. A role holds for every component and type of the reason, the last one where
            several are given; without one the reason keeps the role it has.

        Raises
        ------
        CatalogueError
            An entry has an unknown field, no reason, or a meaning or role that there is not, or a
            role without being a failure.
        """
        merged = dict(self.entries)
        added = [_entry(entry, f"entry {number}") for number, entry in enumerate(entries, start=1)]
        for key, _, _ in added:
            for covered in [other for other in merged if _covers(key, other)]:
                del merged[covered]
        new = _catalogue(added)
        return Catalogue(merged | dict(new.entries), dict(self.roles) | dict(new.roles))

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
            (reason, component), (reason, type), (reason). Without an entry a Warning is a failure,
            and any other event is noise unless its reason reads like a failure ("FailedThis",
            "ThatError"): many controllers tell of their failures as Normal.
        """
        for component_key, type_key in ((component, type_), (component, ""), ("", type_), ("", "")):
            found = self.entries.get((reason, component_key, type_key))
            if found is not None:
                return found
        failing = type_ == "Warning" or _reads_like_failure(reason)
        return "failure" if failing else "noise"

    def role(self, reason: str) -> str:
        """Return the role of the failures of a reason, one of ``ROLES``."""
        return self.roles.get(reason, "unclear")

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
    return _catalogue(_entry(row, f"reasons.csv, row {n}") for n, row in enumerate(rows, 1))


def _catalogue(entries: Iterable[tuple[Key, str, str]]) -> Catalogue:
    found = list(entries)
    meanings = {key: meaning for key, meaning, _ in found}
    return Catalogue(meanings, {key[0]: role for key, _, role in found if role})


def _entry(entry: Mapping[str, str], place: str) -> tuple[Key, str, str]:
    unknown = sorted(set(entry) - set(FIELDS))
    if unknown:
        raise CatalogueError(
            f"Reason catalogue, {place}: unknown field {unknown[0][:64]!r}; "
            "the fields are reason, component, type, meaning and role."
        )
    reason, component, type_, meaning, role = (entry.get(name, "") for name in FIELDS)
    if not reason:
        raise CatalogueError(f"Reason catalogue, {place}: the reason is missing; add one.")
    named = f"Reason catalogue, {place} ({reason[:64]!r}): the"
    if meaning not in MEANINGS:
        raise CatalogueError(f"{named} meaning {meaning[:64]!r} is not one of {_list(MEANINGS)}.")
    if role and role not in ROLES:
        raise CatalogueError(f"{named} role {role[:64]!r} is not one of {_list(ROLES)}.")
    if role and meaning != "failure":
        raise CatalogueError(f"{named} role is for failures, and the meaning is {meaning}.")
    return (reason, component, type_), meaning, role


def _list(names: Iterable[str]) -> str:
    return ", ".join(names)


def _covers(key: Key, other: Key) -> bool:
    return all(field in ("", found) for field, found in zip(key, other, strict=True))


def _reads_like_failure(reason: str) -> bool:
    return reason.startswith("Failed") or reason.endswith(("Failed", "Error", "BackOff"))
