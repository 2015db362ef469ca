"""Tests of what a status means."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.channels.statuses import answered_code, by_status, excerpt, retry_after_seconds
from reports.transport import Answer


def _waiting(text: str, **headers: str) -> Answer:
    return Answer(status=429, headers={"retry-after": text, **headers}, body="")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7.0),
        (" 0.5 ", 0.5),
        ("0", 0.0),
        ("", None),
        ("soon", None),
        ("-1", None),
        ("nan", None),
        ("inf", None),
        ("1e9", None),
        ("9" * 400, None),
    ],
)
def test_seconds(text: str, seconds: float | None) -> None:
    """Plain numbers are read, anything else is not asked for."""
    assert retry_after_seconds(_waiting(text)) == seconds


def test_a_date_counts_from_the_date_of_the_answer() -> None:
    """A minute later by the clock of the server, whatever ours says; the past is now."""
    date = "Sun, 22 Nov 2026 08:00:00 GMT"
    later = _waiting("Sun, 22 Nov 2026 08:01:00 GMT", date=date)
    assert retry_after_seconds(later) == 60.0
    assert retry_after_seconds(_waiting("Sun, 22 Nov 2026 07:00:00 GMT", date=date)) == 0.0
    assert retry_after_seconds(_waiting(date)) is None
    assert retry_after_seconds(_waiting(date, date="yesterday")) is None


@given(st.text(), st.text(), st.integers(0, 999), st.text())
def test_any_answer_is_concluded(waiting: str, date: str, status: int, body: str) -> None:
    """Whatever a server answers, there is a conclusion without control characters, or none."""
    answer = Answer(status=status, headers={"retry-after": waiting, "date": date}, body=body)
    found = by_status(answer, secret="https://x.example/a")
    assert (found is None) == (200 <= status < 300)
    assert found is None or found.reason.isprintable()
    assert answered_code(body).isprintable()


def test_an_excerpt_has_no_part_of_the_address() -> None:
    """Path, query and host are masked; it is one short line."""
    address = "https://chat.example/hooks/T0SECRET0?key=K0SECRET0"
    shown = excerpt("at /hooks/T0SECRET0\n?key=K0SECRET0 \x1b[2J" + "x" * 999, address)
    assert "SECRET" not in shown
    assert shown.startswith("at /hooks/*** ?key=*** \\x1b[2J")
    assert len(shown) <= 100


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ('{"code":5}', "5"),
        ("{}", ""),
        ("[1]", ""),
        ("x", ""),
        ('{"code":null}', ""),
        ("9" * 5000, ""),
    ],
)
def test_code(body: str, code: str) -> None:
    """The member code, where the answer is an object that has one."""
    assert answered_code(body) == code
