"""The comments that explain the fields of a class, read from its source."""

from __future__ import annotations

import ast
import inspect
import io
import textwrap
import tokenize


def field_comments(model: type) -> dict[str, str]:
    """Return what the comment above or behind each field says; "" where there is none.

    Fields of base classes come first, as far as the bases have annotations of their own.
    """
    found: dict[str, str] = {}
    for one in reversed(model.__mro__):
        if one.__module__.split(".")[0] in {"analytics", "collector", "kubedigest", "reports"}:
            found.update(_own(one))
    return found


def _own(model: type) -> dict[str, str]:
    source = textwrap.dedent(inspect.getsource(model))
    [definition] = ast.parse(source).body
    if not isinstance(definition, ast.ClassDef):
        raise TypeError(f"{model!r} is no class")
    comments = {
        token.start[0]: token
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type == tokenize.COMMENT
    }
    found = {}
    for node in definition.body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            behind = [comments[n] for n in _lines(node) if n in comments]
            found[node.target.id] = " ".join(
                token.string.lstrip("# ") for token in behind or _above(node.lineno, comments)
            )
    return found


def _lines(node: ast.AnnAssign) -> range:
    return range(node.lineno, (node.end_lineno or node.lineno) + 1)


def _above(line: int, comments: dict[int, tokenize.TokenInfo]) -> list[tokenize.TokenInfo]:
    """Return the comments that stand alone on the lines directly above."""
    found: list[tokenize.TokenInfo] = []
    line -= 1
    while (token := comments.get(line)) and token.line.lstrip().startswith("#"):
        found.insert(0, token)
        line -= 1
    return found
