"""Every way in which Kubernetes and Go write a time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.timestamps import name_time, parse_time


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2021-08-03T09:21:09Z", (2021, 8, 3, 9, 21, 9, 0)),
        ("2021-08-03t09:21:09z", (2021, 8, 3, 9, 21, 9, 0)),
        ("2021-08-03 09:21:09Z", (2021, 8, 3, 9, 21, 9, 0)),
        (" 2021-08-03T09:21:09Z\n", (2021, 8, 3, 9, 21, 9, 0)),
        ("2021-08-03T09:21:09.1Z", (2021, 8, 3, 9, 21, 9, 100_000)),
        ("2021-08-03T09:21:09.123456Z", (2021, 8, 3, 9, 21, 9, 123_456)),
        ("2021-08-03T09:21:09.123456789Z", (2021, 8, 3, 9, 21, 9, 123_456)),
        ("2021-08-03T09:21:09.999999999z", (2021, 8, 3, 9, 21, 9, 999_999)),
        ("2021-08-03T17:21:09+08:00", (2021, 8, 3, 9, 21, 9, 0)),
        ("2021-08-03T03:36:09-05:45", (2021, 8, 3, 9, 21, 9, 0)),
        ("2021-05-06 16:50:00 +0800 CST", (2021, 5, 6, 8, 50, 0, 0)),
        ("2021-05-06 16:50:00.25 +0800 CST m=+0.01", (2021, 5, 6, 8, 50, 0, 250_000)),
        ("2021-05-06 08:50:00.123456789 +0000 UTC", (2021, 5, 6, 8, 50, 0, 123_456)),
        ("2021-05-06 05:50:00 -0300 -03", (2021, 5, 6, 8, 50, 0, 0)),
        ("0002-01-01T00:00:00Z", (2, 1, 1, 0, 0, 0, 0)),
        ("9999-12-31T23:59:59Z", (9999, 12, 31, 23, 59, 59, 0)),
    ],
)
def test_time_is_read(text: str, expected: tuple[int, int, int, int, int, int, int]) -> None:
    """The moment is right, in UTC, and cut to microseconds."""
    year, month, day, hour, minute, second, microsecond = expected
    moment = parse_time(text)
    assert moment == datetime(year, month, day, hour, minute, second, microsecond, tzinfo=UTC)
    assert moment is not None
    assert moment.tzinfo is UTC


@pytest.mark.parametrize(
    "value",
    [
        None, "", "null", "<unknown>", 0, 1628000000, True, [], {}, b"2021-08-03T09:21:09Z",
        "0001-01-01T00:00:00Z", "0001-01-01 00:00:00 +0000 UTC", "0002-01-01T00:00:00+08:00",
        "9999-12-31T23:59:59-08:00", "99999-01-01T00:00:00Z", "-2021-01-01T00:00:00Z",
        "2021-08-03", "2021-08-03T09:21:09", "2021-13-03T09:21:09Z", "2021-02-30T09:21:09Z",
        "2021-08-03T25:21:09Z", "2021-08-03T09:21:09+99:00", "2021-W31-2T09:21:09Z",
        "20210803T092109.000Z", "2021-08-03T09:21:09Zjunk", "\ud800" * 30,
        "\u0662021-08-03T09:21:09Z",
    ],
)  # fmt: skip
def test_whatever_else_is_no_time(value: object) -> None:
    """Absent, Go's zero value, out of range or nonsense: None, never an exception."""
    assert parse_time(value) is None


@given(st.text() | st.from_regex(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d{1,12})?.{0,12}"))
def test_text_never_raises(text: str) -> None:
    """A time is aware, in UTC and after year 1, or it is None."""
    moment = parse_time(text)
    assert moment is None or (moment.tzinfo is UTC and moment.year > 1)


@given(
    st.integers(-62_000_000_000_000_000, 253_000_000_000_000_000),  # years 5 to 9987
    st.integers(-14 * 60, 14 * 60),
)
def test_round_trip(microseconds: int, offset_minutes: int) -> None:
    """Whatever offset it is written with, the same moment comes back."""
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)
    zone = timezone(timedelta(minutes=offset_minutes))
    assert parse_time(moment.astimezone(zone).isoformat()) == moment


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        # 0x1697c16e501a4ae4 = 1,627,982,469,xxx,xxx,xxx ns
        (".1697c16e501a4ae4", datetime(2021, 8, 3, 9, 21, 9, 8_734, tzinfo=UTC)),
        ("web-0.d2334c0b4e5a000", None),  # 1999
        ("web-0.ffffffffffffffff", None),  # 2554
        ("web-0.1697C16E501A4AE4", None),
        ("web-0.1697c16e501a4ae", None),  # 1973
        ("bootstrap-finished", None),
        ("1697c16e501a4ae4", None),
        ("a.8a1c7c0e-1111-4222-8333-123456789abc", None),
        ("", None),
    ],
)
def test_time_in_a_name(name: str, expected: datetime | None) -> None:
    """The hex nanoseconds behind the last dot are a time of this century, or nothing."""
    found = name_time(name)
    if expected is None:
        assert found is None
    else:
        assert found is not None
        assert abs(found - expected) < timedelta(seconds=1)


@given(st.integers(946_684_800_000_000, 4_102_444_799_999_999))
def test_time_in_a_name_is_exact(microseconds: int) -> None:
    """Nanoseconds are cut to microseconds, never rounded."""
    found = name_time(f"web-0.{microseconds * 1000 + 999:x}")
    assert found == datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)
