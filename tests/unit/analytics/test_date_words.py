"""Days, months and weekdays in words."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from analytics.date_words import day_of_year, full_day, short_weekday, weekday


def test_every_month_and_weekday_has_its_name() -> None:
    """As Python writes them where no locale is set."""
    for number in range(12):
        moment = datetime(2026, number + 1, 9)  # noqa: DTZ001 - a date is all that is needed
        assert day_of_year(moment) == f"9 {moment:%b}"
        assert full_day(moment) == f"9 {moment:%B} 2026"
    for number in range(7):
        day = date(2026, 11, 16) + timedelta(days=number)  # a Monday
        assert (short_weekday(number), weekday(number)) == (f"{day:%a}", f"{day:%A}")
