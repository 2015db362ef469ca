"""Do the tests of ``analytics`` notice small changes of its code.

A module is changed in memory, one change at a time, each in a process of its own, and the tests of
its own file run until one fails. Nothing is written.
"""

from __future__ import annotations

import argparse
import ast
import gc
import importlib
import json
import os
import re
import sys
import time
import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.mutation.changes import Mutant, mutants
from bench.mutation.importing import put_in_place
from bench.mutation.processes import LATE, Number, finished, told
from bench.mutation.quick import Quick
from bench.mutation.testing import run_quietly

CHECKOUT = Path(__file__).parents[2]
PACKAGE = "analytics"
TESTS = CHECKOUT / "tests" / "unit" / PACKAGE
NEVER_BEFOREHAND = re.compile(
    r"(analytics|reports|kubedigest|tests|bench|conftest|__)\b|py\._|test_"
)
LEAST_TIMEOUT_SECONDS = 20.0
LONGEST_SECONDS = 600.0
TIMES_USUAL = 5
ALL_PASSED = 0


@dataclass(frozen=True, slots=True)
class Module:
    """A module, its mutants, and the tests that should notice them."""

    name: str
    path: Path
    tests: Path
    tree: ast.Module
    mutants: list[Mutant]  # of the tree

    @classmethod
    def named(cls, name: str) -> Module:
        """Read a module of the package, and look for its tests."""
        path = CHECKOUT / PACKAGE / f"{name}.py"
        tests = TESTS / f"test_{name}.py"
        for file in (path, tests):
            if not file.is_file():
                sys.exit(f"There is no {file.relative_to(CHECKOUT)}.")
        tree = ast.parse(path.read_text(encoding="utf-8"))
        return cls(name, path, tests, tree, mutants(tree))

    def judge(self, number: Number) -> int:
        """Return 0 if the tests pass with the mutant of that number; for a process of its own."""
        if number is not None:
            self.mutants[number].apply()
        put_in_place(self.path, f"{PACKAGE}.{self.name}", self.tree)
        return run_quietly(self.tests)


def main(arguments: list[str]) -> int:
    """Print a table and the mutants that no test noticed."""
    parser = argparse.ArgumentParser(prog="./run bench mutation", description=__doc__)
    parser.add_argument("module", nargs="*", help="such as spread; without one all of the package")
    names = parser.parse_args(arguments).module or sorted(
        path.stem.removeprefix("test_") for path in TESTS.glob("test_*.py")
    )
    modules = [Module.named(name) for name in names]
    os.nice(10)
    os.chdir(CHECKOUT)
    print("| module         | mutants | killed | of these late | survived | killed, % | seconds |")
    print("|----------------|--------:|-------:|--------------:|---------:|----------:|--------:|")
    total: Counter[str] = Counter()
    survivors: list[str] = []
    start = time.monotonic()
    for module in modules:
        started = time.monotonic()
        found = _outcomes(module)
        total += Counter(found)
        print(_row(module.name, Counter(found), time.monotonic() - started), flush=True)
        survivors += _survivors(module, found)
    print(_row("all", total, time.monotonic() - start))
    print(*(["", *survivors] if survivors else ["", "None survived."]), sep="\n")
    return 0


def _row(name: str, found: Counter[str], seconds: float) -> str:
    tried, survived = found.total(), found["survived"]
    share = f"{100 - 100 * survived / tried:.1f}" if tried else ""
    return (
        f"| {name:14} | {tried:7} | {tried - survived:6} | {found['late']:13} | {survived:8} "
        f"| {share:>9} | {seconds:7.0f} |"
    )


def _survivors(module: Module, outcomes: Sequence[str]) -> list[str]:
    return [
        f"{PACKAGE}/{module.name}.py:{one.line} {one.function or 'on import'}: "
        f"{one.before}  ->  {one.after}"
        for one, outcome in zip(module.mutants, outcomes, strict=True)
        if outcome == "survived"
    ]


def _outcomes(module: Module) -> list[str]:
    """Return killed, late or survived for each mutant of a module."""
    _load_beforehand(told(lambda: _loaded_by(module)).splitlines())
    started = time.monotonic()
    if dict(finished([None], module.judge, LONGEST_SECONDS))[None] != ALL_PASSED:
        sys.exit(f"The tests of {module.name} fail without a change; nothing can be said of it.")
    timeout = max(LEAST_TIMEOUT_SECONDS, TIMES_USUAL * (time.monotonic() - started))
    codes = _quick_codes(module)
    numbers = [number for number in range(len(module.mutants)) if number not in codes]
    codes |= dict(finished(numbers, module.judge, timeout))
    names = {ALL_PASSED: "survived", LATE: "late"}
    return [names.get(codes[number], "killed") for number in range(len(module.mutants))]


def _quick_codes(module: Module) -> dict[Number, int]:
    """Return the codes of the mutants that need no import."""

    def work() -> str:
        name = f"{PACKAGE}.{module.name}"
        quick = Quick(module.path, name, module.tree, module.mutants, LONGEST_SECONDS)
        run_quietly(module.tests, quick)
        return quick.told()

    text = told(work)
    return dict(json.loads(text)) if text else {}


def _loaded_by(module: Module) -> str:
    """Run the tests of a module, and return the names of all that is loaded then, one a line."""
    module.judge(None)
    return "\n".join(sys.modules)


def _load_beforehand(names: Sequence[str]) -> None:
    """Load once what no mutant changes, for all the processes that are forked off."""
    for name in names:
        if name not in sys.modules and not NEVER_BEFOREHAND.match(name):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                try:
                    importlib.import_module(name)
                except Exception:  # noqa: S112 - what does not load alone loads with its tests
                    continue
    gc.freeze()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
