"""The formats a digest can be written in; each is imported when it is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import NamedTuple

from analytics.digest import Digest


class Format(NamedTuple):
    """How a digest becomes the contents of a file."""

    suffix: str
    module: str  # of reports
    function: str

    def render(self, digest: Digest) -> str:
        """Return the contents of the file."""
        written: str = getattr(import_module(f"reports.{self.module}"), self.function)(digest)
        return written


FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        "html": Format(".html", "html", "render_html"),
        "text": Format(".txt", "text", "render_text"),
        "markdown": Format(".md", "markdown", "render_markdown"),
        "json": Format(".json", "json_document", "render_json"),
        "csv": Format(".csv", "csv_document", "render_csv"),
        "table": Format(".table.txt", "failure_table", "render_failure_table"),
    }
)
