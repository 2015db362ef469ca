"""Strings are read as Go reads them."""

from __future__ import annotations

import pytest

from reports.sinks.go_url import dollars, pairs, with_dollars, without_dollars


@pytest.mark.parametrize(
    ("text", "expanded", "meant"),
    [
        ("(a|b$Kill)", "(a|b)", "(a|b$Kill)"),
        ("^a$&b", "^a$&b", "^a$&b"),
        ("a$", "a$", "a$"),
        ("$X-${X}.", "x-x.", "x-x."),
        ("${}a${b", "ab", "${}a${b"),
        ("$1a$$b", "ab", "$1a$$b"),
        ("${*}", "", "${*}"),
        ("$(x)", "$(x)", "$(x)"),
        ("$_X y", " y", "$_X y"),
    ],
)
def test_variables(text: str, expanded: str, meant: str) -> None:
    """os.Expand, worked through by hand; only what is set is meant."""
    assert without_dollars(text, {"X": "x"}) == expanded
    assert with_dollars(text, {"X": "x"}) == meant


def test_dollars_are_named_once() -> None:
    """In their order."""
    assert dollars("$b ${a} $b $") == ["$b", "${a}"]


def test_pairs_of_a_query() -> None:
    """A ; or a bad escape drops a pair in Go; a + is a blank in Go only."""
    found = [
        (one.name, one.value, one.meant, one.is_dropped) for one in pairs("a=1%2B+&&b;c=2&d=%z&e")
    ]
    assert found == [
        ("a", "1+ ", "1++", False),
        ("b;c", "2", "2", True),
        ("d", "%z", "%z", True),
        ("e", "", "", False),
    ]
