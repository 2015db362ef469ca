"""A digest as the ledger keeps it: text from which the same digest is made again."""

from __future__ import annotations

import json
from dataclasses import asdict, fields, is_dataclass, replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from analytics.digest import SCHEMA_VERSION, Digest
from analytics.errors import AnalyticsError


class StoredDigestError(AnalyticsError):
    """What is stored is no digest of this version."""


def to_json(digest: Digest) -> str:
    """Return every field of *digest* on one line of ASCII, with times in UTC."""
    document = {"schema_version": SCHEMA_VERSION, **asdict(digest)}
    return json.dumps(document, allow_nan=False, separators=(",", ":"), default=_utc)


def from_json(text: str) -> Digest:
    """Return the digest that `to_json` has written, equal to it in every field.

    Parameters
    ----------
    text
        Times come back in the zone of the digest.

    Raises
    ------
    StoredDigestError
        Another version has written it, or it is damaged.
    """
    try:
        document = json.loads(text)
        version = document.pop("schema_version")
        if version != SCHEMA_VERSION:
            raise StoredDigestError(
                f"the digest was stored with layout {version}, and this version reads layout "
                f"{SCHEMA_VERSION}"
            )
        digest = msgspec.convert(document, Digest)
        found: Digest = _localized(digest, ZoneInfo(digest.timezone))
    except (AttributeError, LookupError, TypeError, ValueError, RecursionError, OSError) as error:
        raise StoredDigestError("the stored digest is damaged, or of another version") from error
    return found


def _utc(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    raise TypeError(f"a digest must not hold a {type(value).__name__}")


def _localized(value: Any, zone: ZoneInfo) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(zone)
    if isinstance(value, tuple):
        return tuple(_localized(one, zone) for one in value)
    if is_dataclass(value) and not isinstance(value, type):
        inner = {one.name: _localized(getattr(value, one.name), zone) for one in fields(value)}
        return replace(value, **inner)
    return value
