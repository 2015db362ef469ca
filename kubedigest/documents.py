"""Digest -> the contents of a file, by the built-in template or by one of the user's."""

from __future__ import annotations

from pathlib import Path

from analytics.digest import Digest
from kubedigest.configuration import Templates
from reports.formats import FORMATS
from reports.template_context import Kind


def render(digest: Digest, name: str, templates: Templates) -> str:
    """Return *digest* in the format *name*.

    Raises
    ------
    TemplateError
        The user's template for it makes nothing that could be used.
    """
    kinds: dict[str, tuple[Path | None, Kind]] = {
        "html": (templates.html, "html"),
        "text": (templates.text, "text"),
        "markdown": (templates.markdown, "markdown"),
    }
    path, kind = kinds.get(name, (None, "text"))
    if path is None:
        return FORMATS[name].render(digest)

    from reports.template_digest import document_digest  # needed by few
    from reports.user_templates import made

    return made(path, kind, document_digest(digest))
