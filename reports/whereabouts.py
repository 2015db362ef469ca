"""Where it fails: the nodes and namespaces that failing workloads share, in words."""

from __future__ import annotations

from dataclasses import dataclass

from analytics.digest import Digest, HotSpot
from analytics.language import say, say_number, sentences
from reports.amounts import amount
from reports.subjects import cluster_name, shown
from reports.usual import mean


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceView:
    """One hot spot."""

    failures: str
    cluster: str  # "" where the report has only one
    kind: str  # node or namespace
    name: str
    share: str  # such as "12 of 14 failing workloads"
    expected: str  # how many there are, and how many would fail by chance

    @property
    def place(self) -> str:
        """Return the place on one line."""
        return " ".join(part for part in (self.cluster, self.kind, self.name) if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class WhereView:
    """The hot spots, or why there is none."""

    places: tuple[PlaceView, ...]
    more: str  # "" where every hot spot is shown
    words: str


def where_view(digest: Digest) -> WhereView | None:
    """Return where failures gather; None on a day without failures."""
    if digest.state != "failures":
        return None
    more = digest.more_hot_spots
    return WhereView(
        places=tuple(_place(one, digest) for one in digest.hot_spots),
        more=say_number("… {number} more place", "… {number} more places", more) if more else "",
        words=_words(digest),
    )


def _words(digest: Digest) -> str:
    unread = "" if digest.nodes_read else say("Nodes were not looked at.")
    if digest.hot_spots:
        what = say("More workloads fail here than elsewhere.")
    elif digest.places_tested:
        what = say_number(
            "No hot spot: {number} place tested, and failures are spread evenly.",
            "No hot spot: {number} places tested, and failures are spread evenly.",
            digest.places_tested,
        )
    else:
        what = say("No hot spot can be told: too few workloads failed, or in too few places.")
    return sentences(what, unread)


def _place(one: HotSpot, digest: Digest) -> PlaceView:
    return PlaceView(
        failures=amount(one.failures),
        cluster=cluster_name(one.cluster) if len(digest.clusters) > 1 else "",
        kind=say("node") if one.shared == "host" else say("namespace"),
        name=shown(one.name),
        share=say(
            "{number} of {all} failing workloads",
            number=amount(one.failing_workloads),
            all=amount(one.cluster_failing_workloads),
        ),
        expected=say_number(
            "{number} workload seen there, of which {expected} would be expected to fail",
            "{number} workloads seen there, of which {expected} would be expected to fail",
            one.workloads,
            expected=mean(one.expected_workloads),
        ),
    )
