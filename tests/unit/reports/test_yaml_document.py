"""Tests of YAML that every reader reads the same."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from reports.yaml_document import yaml_text
from tests.unit.reports.hostile import HOSTILE_TEXTS, label

AMBIGUOUS = (
    "", "1e3", "0o14", "0x1F", "1_000", "12:30:45", "2026-11-21", ".5", ".inf", "+1", "~", "null",
    "NULL", "yes", "no", "on", "Off", "y", "N", "true", "=", "<<", "-", "- a", "a: b", "a #b", "!t",
    "&a", "*a", "%a", "@a", "`a", "[a", "{a", "|", ">", "? a", "'", '"', "a'", " a", "a ", "---",
)  # fmt: skip


@pytest.mark.parametrize("text", AMBIGUOUS)
def test_text_that_looks_like_something_else_is_quoted(text: str) -> None:
    """YAML 1.1 and 1.2 have different ideas of numbers and booleans; quotes leave no question."""
    written = yaml_text({"name": text})
    assert written[len("name: ")] in "'\""
    assert yaml.safe_load(written) == {"name": text}


@pytest.mark.parametrize("text", ["checkout-api", "v1.Pod", "Deployment", "kube-system/x_1"])
def test_names_are_bare(text: str) -> None:
    """What can only be text needs no quotes."""
    assert yaml_text([text]) == f"- {text}\n"


@pytest.mark.parametrize("text", HOSTILE_TEXTS, ids=label)
def test_hostile_text_is_exact_and_inert(text: str) -> None:
    """It comes back as it was, and until then no terminal obeys or hides it."""
    written = yaml_text({text: [text, {"name": text}]})
    assert written.replace("\n", "").isprintable()
    assert yaml.safe_load(written) == {text: [text, {"name": text}]}


def test_letters_of_all_scripts_are_readable() -> None:
    """They are no escapes, since they do nothing."""
    assert yaml_text(["订单", "café"]) == '- "订单"\n- "café"\n'


def test_short_numbers_stand_in_one_line() -> None:
    """A sparkline is one; missing values are null; nothing is an alias."""
    line = (0, None, 4)
    assert yaml_text([line, line]) == "- [0, null, 4]\n- [0, null, 4]\n"
    assert yaml_text([("a", "bc")]) == '- - "a"\n  - bc\n'


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(values)
def test_whatever_it_is_it_comes_back(value: object) -> None:
    """The text is printable and YAML's own reader gives the value back."""
    written = yaml_text(value)
    assert written.replace("\n", "").isprintable()
    assert yaml.safe_load(written) == value
