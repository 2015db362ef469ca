"""The places that failures share, as rows and in a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import tzinfo

import pandas as pd

from analytics.frames import HOTSPOTS
from reports.amounts import counted, share
from reports.listing import Column, Listing, records

KINDS = {
    "host": "Node",
    "namespace": "Namespace",
    "image": "Image",
    "zone": "Zone",
    "controller": "Controller",
}
COLUMNS = (
    Column(name="cluster"),
    Column(name="namespace", where="data"),
    Column(name="kind"),
    Column(name="name"),
    Column(name="failures"),
    Column(name="share", spare=1, show=lambda part: share(part).replace(" ", "")),
    Column(name="failing_workloads", heading="failing"),
    Column(name="workloads", heading="of workloads"),
    Column(name="expected_workloads", heading="expected"),
    Column(name="ratio", heading="times", spare=2),
    Column(name="objects", where="wide"),
    Column(name="p_value", heading="p", where="wide"),
    Column(name="q_value", heading="q", where="wide"),
)


def hot(found: pd.DataFrame) -> pd.DataFrame:
    """Return the hot places of HOTSPOTS, most failures first, as every answer of `top` is."""
    places = HOTSPOTS.check(found)[found["verdict"] == "hot"]
    return places.sort_values("failures", ascending=False, kind="stable")


def none_hot(found: pd.DataFrame) -> str:
    """Return why not one place of HOTSPOTS is hot; "" where one is, or where nothing failed."""
    verdicts = set(found["verdict"])
    if "hot" in verdicts or not verdicts:
        return ""
    if "even" in verdicts:
        tested = counted(int((found["verdict"] == "even").sum()), "place")
        return f"no hot spot: {tested} tested, and failures spread evenly over them"
    return "no hot spot can be told: too few workloads failed, or there are too few places"


def hot_listing(places: pd.DataFrame, zone: tzinfo) -> Listing:
    """Return places from `hot` as rows of `top`."""
    rows = [one | _identity(one) for one in records(places, zone)]
    return Listing(columns=COLUMNS, rows=rows)


def _identity(place: Mapping[str, object]) -> dict[str, object]:
    shared = str(place["shared"])
    return {
        "namespace": place["name"] if shared == "namespace" else "",
        "kind": KINDS.get(shared, shared),
    }
