"""Mutants of functions, in the midst of a test run: nothing is imported or collected again."""

from __future__ import annotations

import ast
import gc
import importlib
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import CodeType, FrameType, FunctionType, ModuleType

import pytest

from bench.mutation.changes import Mutant
from bench.mutation.processes import Number, finished

SURVIVED, KILLED = 0, 1


class Quick:
    """A plugin of pytest that runs the collected tests once for each mutant instead of once.

    Functions that ran while the tests were imported are left out: what they returned then would
    still be that of the code as it was.
    """

    def __init__(
        self, path: Path, name: str, tree: ast.Module, mutants: Sequence[Mutant], timeout: float
    ) -> None:
        self.path, self.name = str(path), name
        self.tree, self.mutants, self.timeout = tree, mutants, timeout
        self.codes: dict[Number, int] = {}
        self._entered: set[str] = set()

    def pytest_sessionstart(self) -> None:
        """Note what runs from here on."""
        sys.setprofile(self._note)

    def _note(self, frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code.co_filename == self.path:
            self._entered.add(frame.f_code.co_qualname.replace(".<locals>", ""))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Fork for the code as it is, and for each mutant if that passes."""

        def work(number: Number) -> int:
            if number is not None:
                self._change(number)
            return _run(session)

        sys.setprofile(None)
        gc.freeze()
        started = time.monotonic()
        if dict(finished([None], work, self.timeout))[None] == SURVIVED:
            usual = time.monotonic() - started
            numbers = [number for number, one in enumerate(self.mutants) if self._is_fresh(one)]
            self.codes = dict(finished(numbers, work, max(20.0, 5 * usual)))
        return True

    def _is_fresh(self, mutant: Mutant) -> bool:
        return bool(mutant.function) and mutant.function not in self._entered

    def told(self) -> str:
        """Return the codes as text."""
        return json.dumps([[number, code] for number, code in self.codes.items()])

    def _change(self, number: int) -> None:
        self.mutants[number].apply()
        code = compile(self.tree, self.name, "exec")
        replace_code(importlib.import_module(self.name), self.mutants[number].function, code)


def replace_code(module: ModuleType, function: str, code: CodeType) -> None:
    """Give a function of a loaded module the code that it has in *code*, the whole module's."""
    found: object = module
    for name in function.split("."):
        found = _unwrapped(vars(found)[name])
        code = next(
            part for part in code.co_consts if isinstance(part, CodeType) and part.co_name == name
        )
        if isinstance(found, FunctionType):
            break
    if not isinstance(found, FunctionType):
        raise TypeError(f"{function} is no function")
    found.__code__ = code
    for value in vars(module).values():
        if hasattr(value, "cache_clear"):
            value.cache_clear()


def _unwrapped(value: object) -> object:
    if isinstance(value, property):
        return value.fget
    value = getattr(value, "__func__", value)
    return getattr(value, "__wrapped__", value)


def _run(session: pytest.Session) -> int:
    for item, following in zip(session.items, [*session.items[1:], None], strict=True):
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if session.testsfailed:
            return KILLED
    return SURVIVED
