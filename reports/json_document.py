"""Digest -> JSON, versioned; and any other plain values -> JSON."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime

from analytics.digest import SCHEMA_VERSION, Digest
from analytics.inert import is_inert


def render_json(digest: Digest) -> str:
    """Return every field of *digest*, in its order, with times as ISO 8601 with offset."""
    return json_text(digest_document(digest))


def digest_document(digest: Digest) -> dict[str, object]:
    """Return every field of *digest* under its name, after the version of these names."""
    return {"schema_version": SCHEMA_VERSION, **asdict(digest)}


def json_text(document: object) -> str:
    """Return *document* as JSON: its text is exact, and escaped where a terminal would obey it."""
    text = json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False, default=_iso)
    return "".join(map(_inert, text)) + "\n"


def compact_json(document: object) -> str:
    """Return what `json_text` does, without its spaces and line ends."""
    text = json.dumps(
        document, ensure_ascii=False, separators=(",", ":"), allow_nan=False, default=_iso
    )
    return "".join(map(_inert, text))


def _iso(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"a document must not hold a {type(value).__name__}")


def _inert(character: str) -> str:
    """Return *character*, as JSON's own escape if a terminal would obey or hide it."""
    if character == "\n" or character == " " or is_inert(character):
        return character
    return json.dumps(character)[1:-1] if not character.isascii() else f"\\u{ord(character):04x}"
