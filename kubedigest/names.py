"""Names of clusters, namespaces and channels as people may write them."""

from __future__ import annotations

import re
from collections.abc import Callable

from kubedigest.errors import UsageError

MAX_CLUSTER_CHARACTERS = 253
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")  # RFC 1123
_SHOWN_CHARACTERS = 60


def cluster_name(value: str) -> str:
    """Return the name of a cluster; ValueError where it says nothing or could not be read."""
    if not value.strip() or len(value) > MAX_CLUSTER_CHARACTERS or not value.isprintable():
        raise ValueError(f"takes 1 to {MAX_CLUSTER_CHARACTERS} printable characters")
    return value


def channel_name(value: str) -> str:
    """Return the name of a channel; ValueError where it cannot be typed on a command line."""
    if not _LABEL.fullmatch(value):
        raise ValueError("takes up to 63 of a-z, 0-9 and -, and no - at an end")
    return value


def namespace_name(value: str) -> str:
    """Return the name of a namespace; ValueError where no namespace can be called so."""
    if not _LABEL.fullmatch(value):
        raise ValueError(
            f"{value[:_SHOWN_CHARACTERS]!r} is no namespace: up to 63 of a-z, 0-9 and -, and no - "
            "at an end"
        )
    return value


def some_text(value: str) -> str:
    """Return *value*; ValueError where it says nothing or could not be read."""
    if not value.strip() or not value.isprintable():
        raise ValueError("takes printable characters, and at least one")
    return value


def text_or_none(value: str) -> str:
    """Return *value*, which may be empty; ValueError where it could not be read."""
    return some_text(value) if value else value


def checked(option: str, value: str, rule: Callable[[str], str]) -> str:
    """Return what *rule* makes of the value; UsageError naming *option* where it refuses."""
    try:
        return rule(value)
    except ValueError as error:
        raise UsageError(f"{option} {error}") from error
