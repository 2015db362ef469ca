"""What the status of an answer means where the service says no more, and what it asks for."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

from analytics.inert import printable
from reports.channels.conclusion import Conclusion
from reports.transport import Answer
from reports.width import clip

_QUOTED_COLUMNS = 100
_LEAST_SECRET = 8  # characters; shorter parts of an address are words such as hooks or services


def by_status(
    answer: Answer, *, secret: str, hints: Mapping[int, str] | None = None
) -> Conclusion | None:
    """Return what a status means that is no success, ``None`` for a success.

    Parameters
    ----------
    answer
        The whole answer.
    secret
        The address of the request: no part of it is repeated.
    hints
        What to do about a status.

    Returns
    -------
    Conclusion or None
        429: not sent. Other 4xx and redirects: refused. 408, 5xx and what is not a status of an
        answer: unclear, since the request may have been obeyed.
    """
    status = answer.status
    if 200 <= status < 300:
        return None
    said = excerpt(answer.body, secret)
    reason = f"the service answered {status}{f': {said}' if said else ''}"
    hint = (hints or {}).get(status, "")
    if status == 429:
        return too_many(answer, reason=reason)
    if 300 <= status < 400:
        hint = hint or "Redirects are not followed; configure the address it leads to."
        return Conclusion(state="refused", reason=reason, code=str(status), hint=hint)
    if 400 <= status < 500 and status != 408:
        return Conclusion(state="refused", reason=reason, code=str(status), hint=hint)
    return Conclusion(state="unclear", reason=reason, code=str(status), hint=hint)


def too_many(answer: Answer, *, reason: str) -> Conclusion:
    """Return that a message was not taken, and when the next try may be."""
    return Conclusion(
        state="not sent",
        reason=reason,
        code=str(answer.status),
        retry_after_seconds=retry_after_seconds(answer),
    )


def retry_after_seconds(answer: Answer) -> float | None:
    """Return what the service asks to wait [s], ``None`` where it says nothing readable.

    A date counts from the date of the answer itself, so that no clock but the server's matters.
    """
    asked = answer.headers.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,6})?", asked):
        return float(asked)
    try:
        until = parsedate_to_datetime(asked)
        since = parsedate_to_datetime(answer.headers.get("date", ""))
        return max(0.0, (until - since).total_seconds())
    except (TypeError, ValueError, OverflowError):
        return None


def excerpt(body: str, secret: str) -> str:
    """Return the beginning of what the service said, on one line, without parts of *secret*."""
    shown = body[: 20 * _QUOTED_COLUMNS]
    parts = {part for part in re.split(r"[/?&=#:]", secret) if len(part) >= _LEAST_SECRET}
    for part in sorted(parts, key=lambda part: (-len(part), part)):
        shown = shown.replace(part, "***")
    return clip(printable(" ".join(shown.split())), _QUOTED_COLUMNS)


def answered_code(body: str) -> str:
    """Return the member ``code`` of an answer in JSON, "" where it has none."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    code = document.get("code") if isinstance(document, dict) else None
    return "" if code is None else clip(printable(str(code)), 20)
