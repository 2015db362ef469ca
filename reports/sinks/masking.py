"""The secrets of a sink's string, and texts without them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import unquote, unquote_plus

from reports.sinks.go_url import Address, pairs
from reports.sinks.sink import Sink

MASK = "***"
_WORD = re.compile("[a-z]*")
_SHORTEST = 4  # what is shorter stands in too many texts, and guards nothing
_OPEN = frozenset(  # parameters whose values may be seen
    (
        *("level", "namespaces", "kinds", "reason", "method", "label", "msg_type", "cluster_id"),
        *("region", "to_user", "agent_id", "corp_id", "custom_body_configmap"),
        "custom_body_configmap_namespace",
    )
)


def secrets_of(letter: Address, meant: Address, sink: Sink) -> tuple[str, ...]:
    """Return every text of the string that could let somebody in; the longest first."""
    found: set[str] = set()
    for address in (letter, meant):
        found.add(address.user.rstrip("@"))
        found.update(address.user.rstrip("@").split(":"))
        path, _, joined = address.path.partition("&")
        # a word such as "send" is no key, and stands in sentences
        found.update(part for part in path.split("/") if not _WORD.fullmatch(part))
        found.add(path.strip("/") if path.count("/") > 1 else "")
        found.add(address.fragment)
        query = "&".join(part for part in (address.query or "", joined) if part)
        for pair in pairs(query):
            name = pair.name.removeprefix("amp;")
            if name == "header":
                found.update(value.partition("=")[2] for value in (pair.value, pair.meant))
                found.add(pair.value.partition(" ")[2])
            elif name not in _OPEN:
                found.update((pair.value, pair.meant, pair.raw.partition("=")[2]))
                if "=" not in pair.raw:
                    found.update((name, pair.raw))
    headers = (*sink.request.headers, *sink.request_as_kube_eventer.headers)
    found.update(value for _, value in headers if value != "application/json")
    found |= {unquote(one) for one in found} | {unquote_plus(one) for one in found}
    return tuple(
        sorted((one for one in found if len(one) >= _SHORTEST), key=lambda one: (-len(one), one))
    )


def masked(text: str, secrets: Iterable[str]) -> str:
    """Return the text with a mark in place of each secret."""
    for secret in secrets:
        text = text.replace(secret, MASK)
    return text
