"""The period of a report and the one before it, as they stand in a sentence."""

from __future__ import annotations

from analytics.language import say


def all_of(report: str, *, so_far: bool) -> str:
    """Return a window in words: the whole day, the whole week, or all the time."""
    if so_far or report not in {"daily", "weekly"}:
        return say("all the time")
    return say("the whole day") if report == "daily" else say("the whole week")


def before(report: str, *, so_far: bool) -> str:
    """Return when the period before was: the day before, or in the same time before."""
    if so_far:
        return say("in the same hours of the day before")
    if report not in {"daily", "weekly"}:
        return say("in the same time before")
    return say("the day before") if report == "daily" else say("the week before")


def period_before(report: str, *, so_far: bool) -> str:
    """Return what the period before was, without the *in* of `before`."""
    if so_far:
        return say("the same hours of the day before")
    if report not in {"daily", "weekly"}:
        return say("the same time before")
    return before(report, so_far=False)
