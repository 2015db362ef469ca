"""Ages as kubectl prints them: rounded down, to one unit of the last one printed.

Source: ``HumanDuration`` in Kubernetes' ``apimachinery/pkg/util/duration``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

AGE_PATTERN = r"(?:\d{1,7}[ydhms]){1,2}"  # to find one; parse_age reads it

_AGE = re.compile(r"(?:(\d{1,3})y)?(?:(\d{1,6})d)?(?:(\d{1,4})h)?(?:(\d{1,5})m)?(?:(\d{1,7})s)?")
_UNITS = (
    timedelta(days=365),
    timedelta(days=1),
    timedelta(hours=1),
    timedelta(minutes=1),
    timedelta(seconds=1),
)


@dataclass(frozen=True, slots=True)
class Age:
    """How long ago something was: at least `age`, and less than `age` + `precision`."""

    age: timedelta
    precision: timedelta


def parse_age(text: str) -> Age | None:
    """Read ``2d3h`` and the like; None for whatever is no age, such as ``<unknown>``."""
    found = _AGE.fullmatch(text) if text else None
    if found is None:
        return None
    age = timedelta()
    precision = _UNITS[-1]
    for number, unit in zip(found.groups(), _UNITS, strict=True):
        if number is not None:
            age += int(number) * unit
            precision = unit
    return Age(age, precision)
