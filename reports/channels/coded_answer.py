"""Answers that carry a number in their body: 0 is success, and HTTP 200 says nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from analytics.inert import printable
from reports.channels.conclusion import Conclusion, State
from reports.channels.statuses import retry_after_seconds
from reports.transport import Answer
from reports.width import clip

_SAID_COLUMNS = 120
_TOKEN = re.compile(r"[\w-]{20,}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Coded:
    """An answer with a number in it."""

    status: int
    code: int
    said: str  # what the service wrote beside the number: foreign text
    document: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What a number means."""

    state: State
    reason: str
    hint: str = ""
    retry_after_seconds: float | None = None


def coded(answer: Answer, names: tuple[str, ...], said: tuple[str, ...]) -> Coded | None:
    """Return the number in the body of an answer, None where there is none.

    Parameters
    ----------
    answer
        What came back, whatever its status.
    names
        Keys that may hold the number, the first one that does counts.
    said
        Keys that may hold the sentence beside it.
    """
    try:
        document = json.loads(answer.body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(document, dict):
        return None
    numbers = [document[name] for name in names if type(document.get(name)) is int]
    if not numbers:
        return None
    texts = [document[name] for name in said if isinstance(document.get(name), str)]
    return Coded(
        status=answer.status, code=numbers[0], said=texts[0] if texts else "", document=document
    )


def concluded(service: str, found: Coded, meanings: Mapping[int, Meaning]) -> Conclusion:
    """Return what a number other than success means.

    What is not in *meanings* is refused: the service said no, and nobody knows that it would say
    yes the next time. With a status from 500 on it is unclear.
    """
    code = str(found.code)
    if meaning := meanings.get(found.code):
        return Conclusion(
            state=meaning.state,
            reason=f"{service}: {meaning.reason}.",
            code=code,
            hint=meaning.hint,
            retry_after_seconds=meaning.retry_after_seconds,
        )
    said = f": {_quoted(found.said)}" if found.said else ""
    if found.status >= 500:
        return Conclusion(
            state="unclear", reason=f"{service} failed with code {code}{said}", code=code
        )
    return Conclusion(
        state="refused",
        reason=f"{service} refused the message with code {code}{said}",
        code=code,
        hint=f"Look the code up in the list of {service}.",
    )


def _quoted(said: str) -> str:
    """Return a foreign sentence to be read, without what in it could be a key or a token."""
    return clip(_TOKEN.sub("***", printable(said[:1000])), _SAID_COLUMNS)


def uncoded(service: str, answer: Answer) -> Conclusion:
    """Return what an answer without a number means: only its status is left to go by."""
    status, what = answer.status, f"{service} answered with HTTP status {answer.status}"
    if status == 429:
        return Conclusion(
            state="not sent",
            reason=f"{what}: too many messages.",
            code=str(status),
            retry_after_seconds=retry_after_seconds(answer),
        )
    if status >= 500:
        return Conclusion(state="unclear", reason=f"{what}.", code=str(status))
    if status >= 300:
        return Conclusion(
            state="refused", reason=f"{what}.", code=str(status), hint="Check the address."
        )
    return Conclusion(
        state="unclear",
        reason=f"{what} and something that is not an answer of {service}.",
        code=str(status),
        hint="Check the address, and what stands between: a proxy may have answered.",
    )
