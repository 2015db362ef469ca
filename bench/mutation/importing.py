"""Modules that are imported from a changed syntax tree; their files stay as they are."""

from __future__ import annotations

import ast
import sys
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from types import CodeType


class _Loader(SourceFileLoader):
    def __init__(self, name: str, path: str, code: CodeType) -> None:
        super().__init__(name, path)
        self.code = code

    def get_code(self, fullname: str) -> CodeType:
        return self.code


class _Finder:
    def __init__(self, name: str, path: Path, code: CodeType) -> None:
        self.name, self.path, self.code = name, path, code

    def find_spec(self, name: str, *_: object) -> ModuleSpec | None:
        if name != self.name:
            return None
        loader = _Loader(name, str(self.path), self.code)
        return spec_from_file_location(name, self.path, loader=loader)


def put_in_place(path: Path, name: str, tree: ast.Module) -> None:
    """Let the next import of the module *name* run *tree*, in this process alone."""
    ast.fix_missing_locations(tree)
    code = compile(tree, str(path), "exec")
    sys.meta_path.insert(0, _Finder(name, path, code))  # type: ignore[arg-type]
