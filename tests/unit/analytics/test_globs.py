"""Patterns as of file names."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.globs import exactly, matching, says_nothing


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("team-a", [True, False, False, False, False]),
        ("team-?", [True, True, False, False, False]),
        ("team-*", [True, True, False, True, False]),
        ("team-[ab]", [True, True, False, False, False]),
        ("*", [True] * 5),
        ("", [False, False, False, False, True]),
        ("eam-a", [False] * 5),
        ("*-x\n", [False] * 5),
    ],
)
def test_a_pattern_matches_the_whole_text(pattern, expected):
    """Upper case is another name; nothing is left over at an end."""
    frame = pd.DataFrame({"namespace": ["team-a", "team-b", "Team-a", "team-c-x", ""]})
    assert matching(frame, "namespace", [pattern]).tolist() == expected
    categories = frame.astype("category")
    assert matching(categories, "namespace", [pattern]).tolist() == expected


@pytest.mark.parametrize("column", ["workload_kind", "reason"])
def test_words_of_kubernetes_match_in_any_case(column):
    """People write deployment as kubectl does."""
    frame = pd.DataFrame({column: ["BackOff", "FailedMount"]})
    assert matching(frame, column, ["backoff"]).tolist() == [True, False]


def test_any_of_several():
    """And of none, nothing."""
    frame = pd.DataFrame({"cluster": ["a", "b", "c"]})
    assert matching(frame, "cluster", ["a", "c"]).tolist() == [True, False, True]
    assert matching(frame, "cluster", []).tolist() == [False] * 3
    assert matching(frame.iloc[:0], "cluster", ["*"]).tolist() == []


@given(st.text(), st.text())
def test_exactly_is_one_text_and_no_other(text, other):
    """Whatever is in it."""
    frame = pd.DataFrame({"cluster": [text, other]})
    assert matching(frame, "cluster", [exactly(text)]).tolist() == [True, text == other]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [("", True), ("*", True), ("?*", True), ("a*", False), ("[*]", False)],
)
def test_wildcards_alone_say_nothing(pattern, expected):
    """They ask for no particular text."""
    assert says_nothing(pattern) is expected
