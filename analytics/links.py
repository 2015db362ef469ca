"""Addresses with fields -> a link a row, whatever the row is called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from string import Formatter
from urllib.parse import quote, urlsplit

from analytics.digest import Link, Row

FIELDS = ("cluster", "namespace", "kind", "name", "reason", "start_ms", "end_ms")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)  # that of analytics.spread brings numpy, here it must not
MOST_CHARACTERS = 2_000  # of an address with its fields, before they are filled in


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkTemplate:
    """A title and an address with ``{field}`` for what differs from row to row."""

    title: str
    url: str


def checked_address(url: str) -> str:
    """Return an address with fields as it is, or say what is wrong with it.

    Parameters
    ----------
    url
        With any of ``FIELDS`` in braces, after the host; a brace that is meant is doubled.

    Raises
    ------
    ValueError
        It is no http or https address, has an unknown field, one in the host, or a password.

    Examples
    --------
    >>> checked_address("https://grafana.example.com/d/x?ns={namespace}")
    'https://grafana.example.com/d/x?ns={namespace}'
    """
    if not url.isprintable() or " " in url or len(url) > MOST_CHARACTERS:
        raise ValueError(f"takes an address of up to {MOST_CHARACTERS:,} characters without spaces")
    try:
        parsed = list(Formatter().parse(url))
    except ValueError as error:
        raise ValueError("has a brace without its partner; a brace that is meant is {{") from error
    for _, name, rule, conversion in parsed:
        if name is not None and (name not in FIELDS or rule or conversion):
            raise ValueError(f"has the unknown field {{{name[:60]}}}; fields: {', '.join(FIELDS)}")
    head = parsed[0][0] if parsed else ""
    if not head.startswith(("http://", "https://")):
        raise ValueError("takes an address that starts with http:// or https://")
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise ValueError("takes a host that is a name or an address") from error
    if not parts.netloc or "{" in parts.netloc or "}" in parts.netloc:
        raise ValueError("takes a host without fields")
    if "@" in parts.netloc:
        raise ValueError("takes no user name or password: whoever gets the digest would read it")
    return url


def links_of(
    row: Row, templates: tuple[LinkTemplate, ...], start: datetime, end: datetime
) -> tuple[Link, ...]:
    """Return the links of a row.

    Parameters
    ----------
    row
        Its names are hostile text: in an address they are percent-encoded, down to the slash.
    templates
        Whose addresses `checked_address` let pass.
    start, end
        Of the window.

    Returns
    -------
    tuple
        One link a template, in their order.
    """
    fields = {
        "cluster": row.cluster,
        "namespace": row.namespace,
        "kind": row.kind,
        "name": row.name,
        "reason": row.reason,
        "start_ms": str(_milliseconds(start)),
        "end_ms": str(_milliseconds(end)),
    }
    return tuple(Link(title=one.title, url=_filled(one.url, fields)) for one in templates)


def _filled(url: str, fields: Mapping[str, str]) -> str:
    # a lone surrogate has no UTF-8, and an event may hold one
    encoded = {name: quote(text, safe="", errors="replace") for name, text in fields.items()}
    return url.format(**encoded)


def _milliseconds(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(milliseconds=1)
