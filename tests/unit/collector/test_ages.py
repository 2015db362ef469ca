"""Ages as kubectl prints them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.ages import Age, parse_age

SECOND, MINUTE, HOUR, DAY = (
    timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1),
)  # fmt: skip


def printed(age: timedelta) -> str:
    """Print an age as Kubernetes' HumanDuration does."""
    seconds, minutes, hours = age // SECOND, age // MINUTE, age // HOUR
    if seconds < 120:
        return f"{seconds}s"
    if minutes < 10:
        return f"{minutes}m{seconds % 60}s".replace("m0s", "m")
    if minutes < 180:
        return f"{minutes}m"
    if hours < 8:
        return f"{hours}h{minutes % 60}m".replace("h0m", "h")
    if hours < 48:
        return f"{hours}h"
    if hours < 192:
        return f"{hours // 24}d{hours % 24}h".replace("d0h", "d")
    days = hours // 24
    return f"{days}d" if days < 730 else f"{days // 365}y{days % 365}d".replace("y0d", "y")


@pytest.mark.parametrize(
    ("text", "age", "precision"),
    [
        ("0s", timedelta(), SECOND),
        ("119s", timedelta(seconds=119), SECOND),
        ("5m1s", timedelta(minutes=5, seconds=1), SECOND),
        ("17h", timedelta(hours=17), HOUR),
        ("3h10m", timedelta(hours=3, minutes=10), MINUTE),
        ("2d3h", timedelta(days=2, hours=3), HOUR),
        ("10d", timedelta(days=10), DAY),
        ("2y5d", timedelta(days=735), DAY),
    ],
)
def test_parse_age(text: str, age: timedelta, precision: timedelta) -> None:
    """The last unit printed is the precision."""
    assert parse_age(text) == Age(age, precision)


@pytest.mark.parametrize(
    "text", ["", "<unknown>", "<invalid>", "5", "s", "-5s", "5m5m", "5s5m", "1.5h", "5m 1s"]
)
def test_what_is_no_age(text: str) -> None:
    """Anything else is None."""
    assert parse_age(text) is None


@given(st.timedeltas(min_value=timedelta(), max_value=timedelta(days=9000)))
def test_the_true_age_lies_within_the_precision(age: timedelta) -> None:
    """Whatever kubectl prints, the true age is at least that, and less than a unit more."""
    read = parse_age(printed(age))
    assert read is not None
    assert read.age <= age < read.age + read.precision
