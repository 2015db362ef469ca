"""What a digest is about, in words."""

import pytest

from analytics.digest import EVERYTHING, Selected
from analytics.selection_words import is_within_clusters, part_words, selection_words

MANY = ("a", "b", "c", "d", "e")


@pytest.mark.parametrize(
    ("selected", "words"),
    [
        (EVERYTHING, ""),
        (Selected(clusters=("prod-*",)), "only clusters prod-*"),
        (Selected(namespaces=MANY), "only namespaces a, b, c, 2 more"),
        (Selected(kinds=("Node",), reasons=("x",)), "only kinds Node; only reasons x"),
        (Selected(without_places=True), "some clusters or namespaces left out"),
        (
            Selected(without_kinds=("Job",), without_reasons=("a*", "b")),
            "without kinds Job; without reasons a*, b",
        ),
        (Selected(minimum_severity="warning"), "no notices"),
        (Selected(minimum_severity="critical"), "only critical failures"),
        (Selected(reasons=("a\x1b[2J",)), "only reasons a\\x1b[2J"),
    ],
)
def test_every_part_is_said(selected, words):
    """And harmless, whatever was configured."""
    assert selection_words(selected) == words


def test_clusters_that_stand_beside_it_are_not_said_again():
    """What is left of everything is nothing."""
    assert part_words(Selected(clusters=("prod",))) == ""
    assert part_words(Selected(clusters=("prod",), kinds=("Job",))) == "only kinds Job"


@pytest.mark.parametrize(
    ("selected", "within"),
    [
        (EVERYTHING, False),
        (Selected(clusters=("prod",)), False),
        (Selected(clusters=("prod",), minimum_severity="warning"), True),
        (Selected(without_places=True), True),
    ],
)
def test_whole_clusters(selected, within):
    """Of what may be left out of them."""
    assert is_within_clusters(selected) is within
