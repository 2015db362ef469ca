"""What failed and recovered, ready to be read."""

from __future__ import annotations

from dataclasses import dataclass

from analytics.digest import Digest, Recovery
from analytics.language import say, say_number
from reports.amounts import amount
from reports.subjects import Subject, subject_of
from reports.times import clock
from reports.trend import period_before


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryView:
    """A subject whose last word is that it works again."""

    subject: Subject  # with the reason of the recovery
    occurrences: str  # such as 2×
    when: str  # of the last recovery
    after: str  # which failures


def recovered_rows(digest: Digest, *, dated: bool) -> tuple[RecoveryView, ...]:
    """Return what recovered, with the failures before that."""
    return tuple(
        RecoveryView(
            subject=subject_of(one, digest),
            occurrences=f"{amount(one.occurrences)}×",
            when=clock(one.last, dated=dated),
            after=_after(one, digest, dated=dated),
        )
        for one in digest.recovered
    )


def more_recovered(digest: Digest) -> str:
    """Return how many are not shown, "" where all are."""
    more = digest.more_recovered
    if not more:
        return ""
    return say_number("… {number} more workload", "… {number} more workloads", more)


def _after(one: Recovery, digest: Digest, *, dated: bool) -> str:
    if not one.failures:
        return say("after failures {before}", before=period_before(digest))
    return say_number(
        "after {number} failure, at {time}",
        "after {number} failures, the last at {time}",
        one.failures,
        time=clock(one.last_failure, dated=dated),
    )
