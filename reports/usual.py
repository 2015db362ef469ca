"""What the same weekday of the last weeks says of a row: the second of its two baselines."""

from __future__ import annotations

from analytics.date_words import weekday
from analytics.digest import Digest, Row
from analytics.language import say

LEAST_WEEKS = 2  # of which a mean can be called usual
WHOLE_FROM = 10


def usual_number(row: Row, digest: Digest) -> str:
    """Return what is usual, such as ``130`` or ``2.5``, "" where nothing is known of it."""
    before, weeks = row.weekday_failures, row.weeks
    # of a week, the first of the weeks is the period before, which is shown anyway
    if before is None or not weeks or (digest.report == "weekly" and weeks < LEAST_WEEKS):
        return ""
    return mean(before)


def usual_words(row: Row, digest: Digest) -> str:
    """Return a baseline in words, such as ``usually 130 on a Saturday``, "" without one."""
    number = usual_number(row, digest)
    if not number:
        return ""
    if row.weeks < LEAST_WEEKS:
        return say("{number} a week before", number=number)
    if digest.report == "weekly":
        return say("usually {number} a week", number=number)
    if digest.report == "daily" and not digest.so_far:
        day = weekday(digest.start.weekday())
        return say("usually {number} on a {weekday}", number=number, weekday=day)
    return say("usually {number}", number=number)


def usual_short(row: Row, digest: Digest) -> str:
    """Return the same where there is little room and `usual_hint` stands beside it."""
    number = usual_number(row, digest)
    if not number:
        return ""
    if row.weeks < LEAST_WEEKS:
        return say("{number} a week before", number=number)
    return say("usually {number}", number=number)


def usual_hint(digest: Digest) -> str:
    """Return what “usually” means, "" where no row has it."""
    weeks = [row.weeks for row in digest.rows if usual_number(row, digest)]
    if not weeks or max(weeks) < LEAST_WEEKS:
        return ""
    number = max(weeks)
    if digest.report == "weekly":
        return say("“usually” is the mean of the {number} weeks before.", number=number)
    if digest.report == "daily" and not digest.so_far:
        day = weekday(digest.start.weekday())
        return say(
            "“usually” is a {weekday}, the mean of {number} weeks.", weekday=day, number=number
        )
    return say("“usually” is the same time of the week, the mean of {number} weeks.", number=number)


def mean(number: float) -> str:
    """Return a mean with as many digits as are worth reading.

    >>> [mean(number) for number in (0.0, 0.02, 0.25, 2.0, 9.96, 1330.4)]
    ['0', '<0.1', '0.2', '2', '10', '1,330']
    """
    if 0 < number < 0.05:
        return "<0.1"
    rounded = round(number, 1)
    if rounded >= WHOLE_FROM or rounded == int(rounded):
        return f"{round(number):,}"
    return f"{rounded:.1f}"
