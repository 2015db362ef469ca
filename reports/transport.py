"""One HTTP request to a chat: no redirects, no surprises in the address, every wait bounded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from reports.channels.conclusion import Conclusion

MOST_ANSWER_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What goes over the wire. Its repr shows no address and no header: both may be secrets."""

    url: str = field(repr=False)
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    method: str = "POST"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]  # names in lower case
    body: str  # at most 64 KiB of it


def post(
    request: Request,
    *,
    timeout_seconds: float,
    allow_http: bool = False,
    allow_private: bool = False,
) -> Answer | Conclusion:
    """Send *request* once.

    Returns
    -------
    Answer or Conclusion
        The whole answer, whatever its status; or what is to be concluded from there being none.
        "not sent" where the connection was never made, "unclear" where the request was on its way.

    Notes
    -----
    The host is resolved once and that address is connected to, so that it cannot change between
    the check and the connection. Redirects are not followed. Proxies of the environment are used
    for public addresses only where they are set.
    """
    raise NotImplementedError


def masked(request: Request) -> str:
    """Return *request* to be read: where it goes without what is secret of it, headers, body."""
    raise NotImplementedError
