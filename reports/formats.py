"""The formats a digest can be written in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from analytics.digest import Digest
from reports.csv_document import render_csv
from reports.html import render_html
from reports.json_document import render_json
from reports.markdown import render_markdown
from reports.text import render_text


class Format(NamedTuple):
    """How a digest becomes the contents of a file."""

    suffix: str
    render: Callable[[Digest], str]


FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        "html": Format(".html", render_html),
        "text": Format(".txt", render_text),
        "markdown": Format(".md", render_markdown),
        "json": Format(".json", render_json),
        "csv": Format(".csv", render_csv),
    }
)
