"""docs/troubleshooting.md quotes sentences that the program really says."""

from __future__ import annotations

import ast
import re
from functools import cache

import pytest

from tests.shown import ROOT

PAGE = (ROOT / "docs/troubleshooting.md").read_text(encoding="utf-8")
QUOTES = re.findall(r"^> (.+)$", PAGE, re.MULTILINE)


@cache
def sentences() -> str:
    """Return every text in the code, a line each; … stands for what is put in."""
    found = [(ROOT / "run").read_text(encoding="utf-8")]
    for package in ("analytics", "collector", "kubedigest", "reports"):
        for path in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.JoinedStr):
                    pieces = (
                        one.value if isinstance(one, ast.Constant) else "…" for one in node.values
                    )
                    found.append("".join(map(str, pieces)))
                elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                    found.append(node.value)
    return "\n".join(found)


@pytest.mark.parametrize("quote", QUOTES, ids=lambda quote: quote[:40])
def test_a_quoted_sentence_is_in_the_code(quote: str) -> None:
    """To the letter."""
    assert quote in sentences()


def test_there_is_a_quote_for_most_symptoms() -> None:
    """And none of them twice."""
    assert len(QUOTES) >= 35
    assert len(set(QUOTES)) == len(QUOTES)
