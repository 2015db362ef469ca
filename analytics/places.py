"""Where a point lies: the node, namespace, image or zone that its event or its object names."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import cast

import numpy as np
import pandas as pd

from analytics.errors import FrameError
from analytics.grouping import group
from analytics.images import image_of
from analytics.source import OBJECT
from analytics.spread import Integers

# the first label that an event has of these tells the place
LABELS = {
    "zone": ("topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/zone"),
    "controller": ("app.kubernetes.io/managed-by",),
}
SOURCES = {"image": "message", "zone": "labels", "controller": "labels"}


def place(points: pd.DataFrame, column: str) -> pd.Categorical:
    """Return the place of each point, in the sense of *column*.

    Parameters
    ----------
    points
        POINTS contract, with the columns ``message`` (str) or ``labels`` (a JSON object as text)
        where images, zones and controllers are to be found.
    column
        ``host``, ``namespace``, ``image``, ``zone``, ``controller`` or another column of *points*.
        One that *points* has is taken from there, whatever its name.

    Returns
    -------
    pd.Categorical
        One text for each row, missing where it is not known. A point that does not tell its host,
        image, zone or controller has the one that the other points of its object tell, if it is
        the only one; a zone also that of its host. An event about a node lies on that node, and an
        event about an object without a namespace in none.

    Raises
    ------
    FrameError
        *points* has no such column.
    """
    own = _own(points, column)
    told = own.codes >= 0
    if column not in {"host", *SOURCES} or told.all() or not told.any():
        return own
    own = _filled(own, _owner(points, OBJECT, named=("kind", "object")))
    if column == "zone":
        hosts = pd.Series(place(points, "host").astype("object"), index=points.index).fillna("")
        owner = _owner(points.assign(host=hosts), ("cluster", "host"), named=("host",))
        own = _filled(own, owner)
    return own


def _own(points: pd.DataFrame, column: str) -> pd.Categorical:
    if column == "host":
        of_node = (points["kind"] == "Node") & (points["host"] == "")
        return _texts(points["host"].astype("str").mask(of_node, points["object"]))
    if column == "namespace":
        without = (points["kind"] != "") & (points["object_namespace"] == "")
        return _texts(points["namespace"].astype("str").mask(without, ""))
    if column in points.columns:
        return _texts(points[column])
    source = SOURCES.get(column)
    if source is None:
        raise FrameError(f"POINTS: there is no column {column!r} to find hot spots by")
    if source not in points.columns:
        return _texts(pd.Series("", index=points.index))
    return _texts(_each(points[source], image_of if source == "message" else _label(column)))


def _each(texts: pd.Series, rule: Callable[[str], str]) -> pd.Series:
    """Apply a rule once to each distinct text; a missing one stays missing."""
    number, distinct = pd.factorize(texts)
    found = np.array([*(rule(str(text)) for text in distinct), ""], dtype=object)
    return pd.Series(found[number])


def _label(column: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        try:
            labels = json.loads(text)
        except (ValueError, RecursionError):
            return ""
        found = labels if isinstance(labels, dict) else {}
        return next((str(found[key]) for key in LABELS[column] if found.get(key)), "")

    return read


def _texts(column: pd.Series) -> pd.Categorical:
    found = pd.Categorical(column.astype("str"))
    empty = [text for text in found.categories if not text]
    return cast("pd.Categorical", found.remove_categories(empty))


def _owner(points: pd.DataFrame, columns: Sequence[str], named: Sequence[str]) -> Integers:
    known = (points[list(named)] != "").any(axis=1).to_numpy()
    return np.where(known, group(points, columns).number, -1)


def _filled(own: pd.Categorical, owner: Integers) -> pd.Categorical:
    """Give each row without a text the only one that the other rows of its owner have."""
    codes = np.asarray(own.codes)
    known = (codes >= 0) & (owner >= 0)
    owners = int(owner.max()) + 1
    least = np.full(owners + 1, len(own.categories), dtype=np.int64)
    most = np.full(owners + 1, -1, dtype=np.int64)
    np.minimum.at(least, owner[known], codes[known])
    np.maximum.at(most, owner[known], codes[known])
    only = np.where(least == most, most, -1)
    return pd.Categorical.from_codes(np.where(codes < 0, only[owner], codes), own.categories)
