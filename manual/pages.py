"""Which files are made from the code, and by what."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from analytics.digest import SCHEMA_VERSION
from manual.licences import licences
from manual.reference import reference
from manual.schema import digest_schema, webhook_schema
from manual.settings import settings

ROOT = Path(__file__).parents[1]

PAGES: Mapping[str, Callable[[], str]] = {
    "docs/licences.md": licences,
    "docs/reference.md": reference,
    "docs/settings.md": settings,
    f"docs/schema/digest-{SCHEMA_VERSION}.json": digest_schema,
    f"docs/schema/webhook-{SCHEMA_VERSION}.json": webhook_schema,
}
