"""Months and weekdays in the language in use; strftime's follow the locale of the process."""

from __future__ import annotations

from datetime import datetime

from analytics.language import say


def day_of_year(moment: datetime) -> str:
    """Return the day of *moment*, such as ``21 Nov``."""
    return say("{day} {month}", day=moment.day, month=_short_months()[moment.month - 1])


def full_day(moment: datetime) -> str:
    """Return the day of *moment* with its year, such as ``21 November 2026``."""
    month = _months()[moment.month - 1]
    return say("{day} {month} {year}", day=moment.day, month=month, year=moment.year)


def short_weekday(number: int) -> str:
    """Return the weekday of that number, 0 for ``Mon``."""
    return (say("Mon"), say("Tue"), say("Wed"), say("Thu"), say("Fri"), say("Sat"), say("Sun"))[
        number
    ]


def weekday(number: int) -> str:
    """Return the weekday of that number, 0 for ``Monday``."""
    return (
        say("Monday"),
        say("Tuesday"),
        say("Wednesday"),
        say("Thursday"),
        say("Friday"),
        say("Saturday"),
        say("Sunday"),
    )[number]


def _short_months() -> tuple[str, ...]:
    return (
        say("Jan"),
        say("Feb"),
        say("Mar"),
        say("Apr"),
        say("May"),
        say("Jun"),
        say("Jul"),
        say("Aug"),
        say("Sep"),
        say("Oct"),
        say("Nov"),
        say("Dec"),
    )


def _months() -> tuple[str, ...]:
    return (
        say("January"),
        say("February"),
        say("March"),
        say("April"),
        say("May"),
        say("June"),
        say("July"),
        say("August"),
        say("September"),
        say("October"),
        say("November"),
        say("December"),
    )
