"""The changes that mutation testing makes, and what it says of a module that has no good tests."""

from __future__ import annotations

import ast
import textwrap

import pytest

from bench.mutation.changes import mutants


def changed(source: str) -> set[str]:
    """Return the module after each of its changes."""
    text = textwrap.dedent(source).strip()
    found = set()
    for number in range(len(mutants(ast.parse(text)))):
        tree = ast.parse(text)
        mutants(tree)[number].apply()
        compile(tree, "changed", "exec")
        found.add(ast.unparse(tree))
    return found


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a < b", {"a <= b", "a >= b", "pass"}),
        ("x = a == b", {"x = a != b"}),
        ("x = a and b", {"x = a or b", "x = a", "x = b"}),
        ("x = a & b", {"x = a | b", "x = a", "x = b"}),
        ("x = not a", {"x = a"}),
        ("x = a + b", {"x = a - b"}),
        ("x = a @ b", {"x = a * b"}),
        ("x = a + 'text'", set()),
        ("x = 5", {"x = 6", "x = 4"}),
        ("x = 0.5", {"x = 1.0", "x = 0.25"}),
        ("x = True", {"x = False"}),
        ("x = a if b else c", {"x = a", "x = c"}),
        ("x = min(a)", {"x = max(a)"}),
        ("x = np.minimum(a, b)", {"x = np.maximum(a, b)"}),
        ("x = sorted(a)", {"x = a"}),
        ("x = a.sort_values(b, ascending=c)", {"x = a.sort_values(b)", "x = a"}),
        ("x = f(a, side=b)", {"x = f(a)"}),
        ("x = a[b:]", {"x = a[:]"}),
        ("x = [a for a in b if c]", {"x = [a for a in b]"}),
        ("x += a", {"pass", "x -= a"}),
        ("x[a] = b", {"pass"}),
        ("raise a", {"pass"}),
        ("if a:\n    b = c", {"if True:\n    b = c", "if False:\n    b = c"}),
        ("x = a\nx = b", {"x = a\npass"}),
        ("x = a", set()),
        ("'''Text.'''\nimport a\nx: int", set()),
    ],
)
def test_every_kind_of_change(source: str, expected: set[str]) -> None:
    """One change at a time, and none of what does nothing when it runs."""
    assert changed(source) == expected


def test_a_function_returns_nothing_and_keeps_its_annotations() -> None:
    """Types are not changed, since no test could notice."""
    source = """
    @cache(size=1)
    def f(a: Literal[1] = b) -> Literal[2]:
        '''Text.'''
        return a
    """
    (found,) = changed(source)
    assert found.endswith("return None")


def test_where_a_change_is() -> None:
    """The line, and the function as it is called; what runs on import is in none."""
    source = "x = 1\nclass A:\n    y = 2\n    def f(self, z=3):\n        return 4 < (\n5)\n"
    found = {(one.line, one.function) for one in mutants(ast.parse(source))}
    assert found == {(1, ""), (3, ""), (4, ""), (5, "A.f"), (6, "A.f")}
