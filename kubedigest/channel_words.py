"""Channels in words: what is configured, without a secret, and what became of a message."""

from __future__ import annotations

from urllib.parse import urlsplit

from pydantic import SecretStr

from analytics.inert import printable
from kubedigest.configuration import Configuration
from reports.channels.conclusion import Conclusion
from reports.channels.settings import ChannelSettings, Part

_STATES = {
    "sent": "sent",
    "not sent": "not sent, and it may work later",
    "refused": "refused, and it will be the next time, too",
    "unclear": "nobody knows whether it arrived; look into the channel",
}


def listed(name: str, channel: ChannelSettings, settings: Configuration) -> dict[str, str | None]:
    """Return what `channels list` shows of a channel; None where nothing is set."""
    return {
        "name": name,
        "type": channel.type,
        "host": host(channel),
        "timezone": channel.timezone or settings.timezone,
        "language": channel.language,
        "selection": selection(channel),
        "policy": channel.policy,
        "fallback": channel.fallback,
    }


def host(channel: ChannelSettings) -> str | None:
    """Return the host that a channel sends to; of apprise, whose hosts can be tokens, the scheme.

    Returns
    -------
    str or None
        None where the address has none.
    """
    address = getattr(channel, "url", None) or getattr(channel, "host", "")
    text = address.get_secret_value() if isinstance(address, SecretStr) else str(address)
    if channel.type == "apprise":
        return f"{printable(text.partition('://')[0][:20])}://" if "://" in text else None
    try:
        found = urlsplit(text if "://" in text else f"//{text}").hostname
    except ValueError:
        return None
    return printable(found) if found else None


def selection(channel: ChannelSettings) -> str:
    """Return which failures a channel is told of."""
    parts = [_part(channel.include), _part(channel.exclude)]
    words = [parts[0], f"not {parts[1]}" if parts[1] else ""]
    if channel.minimum_severity != "notice":
        words.append(f"{channel.minimum_severity} and above")
    return "; ".join(word for word in words if word) or "all"


def _part(part: Part) -> str:
    lists = {name: getattr(part, name) for name in type(part).model_fields}
    return ", ".join(
        f"{name} {' '.join(map(printable, patterns))}"
        for name, patterns in lists.items()
        if patterns
    )


def conclusion_sentences(name: str, found: Conclusion) -> list[str]:
    """Return what became of a message: state, reason, code, hint, and when to try again."""
    sentences = [f"{name}: {_STATES[found.state]}", f"  why: {found.reason}"]
    if found.code:
        sentences.append(f"  code: {found.code}")
    if found.hint:
        sentences.append(f"  what to do: {found.hint}")
    if found.retry_after_seconds is not None:
        sentences.append(f"  the service asks to wait {found.retry_after_seconds:g} s")
    return sentences
