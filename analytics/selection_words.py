"""What a digest is about, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from analytics.digest import Selected
from analytics.language import names_listed, parts_listed, say
from analytics.names import short_name

MOST_NAMES = 3


def selection_words(selected: Selected) -> str:
    """Return what a digest is about, "" for everything.

    Names of clusters and namespaces that are left out are not told: who reads of a part need not
    know what the others are called.

    Examples
    --------
    >>> selection_words(Selected(namespaces=("team-a-*",), minimum_severity="warning"))
    'only namespaces team-a-*; no notices'
    """
    parts = (
        (selected.clusters, say("only clusters {names}", names=_listed(selected.clusters))),
        (selected.namespaces, say("only namespaces {names}", names=_listed(selected.namespaces))),
        (selected.kinds, say("only kinds {names}", names=_listed(selected.kinds))),
        (selected.reasons, say("only reasons {names}", names=_listed(selected.reasons))),
        (selected.without_places, say("some clusters or namespaces left out")),
        (
            selected.without_kinds,
            say("without kinds {names}", names=_listed(selected.without_kinds)),
        ),
        (
            selected.without_reasons,
            say("without reasons {names}", names=_listed(selected.without_reasons)),
        ),
        (selected.minimum_severity == "warning", say("no notices")),
        (selected.minimum_severity == "critical", say("only critical failures")),
    )
    return parts_listed(words for is_said, words in parts if is_said)


def part_words(selected: Selected) -> str:
    """Return what of its clusters a digest is about, where the clusters are named beside it.

    Examples
    --------
    >>> part_words(Selected(clusters=("prod",), kinds=("Node",)))
    'only kinds Node'
    """
    return selection_words(replace(selected, clusters=()))


def is_within_clusters(selected: Selected) -> bool:
    """Tell whether anything of its clusters may be left out."""
    return selected != Selected(clusters=selected.clusters)


def _listed(patterns: Sequence[str]) -> str:
    named = [short_name(pattern) for pattern in patterns[:MOST_NAMES]]
    rest = len(patterns) - len(named)
    return names_listed([*named, say("{number} more", number=f"{rest:,}") if rest else ""])
