"""What is muted, in sentences: how much, by whom, why, and until when."""

from __future__ import annotations

from analytics.digest import ActiveMute, Digest
from analytics.inert import printable
from analytics.language import facts_listed, say, say_number
from analytics.mutes import FIELDS
from analytics.names import short_name
from reports.times import date_and_time
from reports.width import clip

MOST_MUTES = 10

_REASON_COLUMNS = 160


def muted_lines(digest: Digest) -> tuple[str, ...]:
    """Return what is muted, and a line for each mute; nothing where nothing is."""
    muted = digest.muted
    if not muted.mutes:
        return ()
    lines = [_head(digest)]
    lines += [mute_line(mute) for mute in muted.mutes[:MOST_MUTES]]
    rest = muted.mutes[MOST_MUTES:]
    if rest:
        lines.append(
            say_number(
                "{number} more mute, with {failures}.",
                "{number} more mutes, with {failures}.",
                len(rest),
                failures=_failures(sum(mute.failures for mute in rest)),
            )
        )
    return tuple(lines)


def muted_words(digest: Digest) -> str:
    """Return what stands beside the number of muted failures."""
    return say_number("muted, in {number} row", "muted, in {number} rows", digest.muted.rows)


def mute_line(mute: ActiveMute) -> str:
    """Return what one mute keeps out, by whom, why, and until when."""
    because = clip(printable(mute.because[: 4 * _REASON_COLUMNS]), _REASON_COLUMNS)
    return say(
        "{what}: {failures} in {rows}, by {who} until {when}: {why}",
        what=_what(mute),
        failures=_failures(mute.failures),
        rows=say_number("{number} row", "{number} rows", mute.rows),
        who=short_name(mute.by),
        when=date_and_time(mute.expires),
        why=because,
    )


def _head(digest: Digest) -> str:
    muted = digest.muted
    if not muted.failures:
        return say_number(
            "{number} failure of the period before is muted.",
            "{number} failures of the period before are muted.",
            muted.previous_failures,
        )
    return say_number(
        "{number} failure in {rows} is muted, and left out of all others.",
        "{number} failures in {rows} are muted, and left out of all others.",
        muted.failures,
        rows=say_number("{number} row", "{number} rows", muted.rows),
    )


def _what(mute: ActiveMute) -> str:
    named = {name: str(getattr(mute, name)) for name in FIELDS}
    return facts_listed(
        f"{_label(name)} {short_name(pattern)}" for name, pattern in named.items() if pattern
    )


def _label(name: str) -> str:
    labels = {
        "cluster": say("cluster"),
        "namespace": say("namespace"),
        "kind": say("kind"),
        "name": say("name"),
        "reason": say("reason"),
    }
    return labels[name]


def _failures(number: int) -> str:
    return say_number("{number} failure", "{number} failures", number)
