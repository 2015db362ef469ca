"""Mail addresses: what a configuration may say, and how a header says it in ASCII."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.charset import BASE64, Charset
from email.header import Header
from ipaddress import ip_address
from typing import Annotated

import idna
from pydantic import AfterValidator

from analytics.inert import printable

_LOCAL = re.compile(r"[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*", re.ASCII)
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?", re.IGNORECASE | re.ASCII)
_NAMED = re.compile(r'(?:"(?P<quoted>[^"\\]*)"|(?P<bare>[^"<>\\]*?))\s*<(?P<address>[^<>]*)>')
_MOST_NAME = 100
_MOST_LOCAL = 64
_MOST_DOMAIN = 253


@dataclass(frozen=True, slots=True, kw_only=True)
class MailAddress:
    """Who sends or gets a mail; the address is ASCII."""

    name: str  # "" for none
    local: str
    domain: str  # an internationalised one in its ASCII form

    @property
    def bare(self) -> str:
        """Return the address alone, as the envelope has it."""
        return f"{self.local}@{self.domain}"

    @property
    def header(self) -> str:
        """Return name and address as a header has them, on one line."""
        return f"{_phrase(self.name)} <{self.bare}>" if self.name else self.bare


def parsed(text: str) -> MailAddress:
    """Return the parts of an address.

    Parameters
    ----------
    text
        ``digest@example.org`` or ``Cluster digest <digest@example.org>``. The domain may be an
        internationalised one; the part before the ``@`` may not, since few servers take it.

    Raises
    ------
    ValueError
        It is no such address.

    Examples
    --------
    >>> parsed("Cluster digest <digest@münchen.example>").header
    'Cluster digest <digest@xn--mnchen-3ya.example>'
    """
    found = _NAMED.fullmatch(text.strip())
    name = (found["quoted"] or found["bare"] or "").strip() if found else ""
    local, at, domain = (found["address"] if found else text).strip().rpartition("@")
    ascii_domain = domain_name(domain)
    is_address = at and len(local) <= _MOST_LOCAL and _LOCAL.fullmatch(local) and ascii_domain
    if not is_address or len(name) > _MOST_NAME or printable(name) != name:
        raise ValueError(
            f"{printable(text[:60])!r} is no mail address; "
            "write digest@example.org or Cluster digest <digest@example.org>"
        )
    return MailAddress(name=name, local=local, domain=ascii_domain)


def domain_name(text: str) -> str:
    """Return a name of the DNS in ASCII, "" where *text* is none."""
    try:
        name = text if text.isascii() else idna.encode(text, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        return ""
    labels = name.split(".")
    is_name = len(name) <= _MOST_DOMAIN and all(_LABEL.fullmatch(label) for label in labels)
    return name if is_name else ""


def header_words(text: str) -> str:
    r"""Return *text*, which must be printable, as the words of a header, folded.

    ASCII stays readable, unless a mail reader would take a part of it for an encoded word.

    Examples
    --------
    >>> header_words("3 failures"), header_words("3 ▲ 2")
    ('3 failures', '=?utf-8?b?MyDilrIgMg==?=')
    """
    charset = Charset("us-ascii") if text.isascii() and "=?" not in text else _utf_8()
    return Header(text, charset, maxlinelen=76, header_name="Subject").encode(linesep="\r\n")


def _utf_8() -> Charset:
    """Return UTF-8 in base64, also where a library has changed that for all of the process."""
    charset = Charset("utf-8")
    charset.header_encoding = BASE64
    return charset


def _phrase(name: str) -> str:
    if re.fullmatch(r"[\w ]+", name, re.ASCII):
        return name
    if name.isascii() and "=?" not in name:
        return f'"{name}"'
    # One word whatever its length, against RFC 2047: readers such as Python's before 3.13.2 show
    # a space where a name goes from one word to the next.
    return Header(name, _utf_8()).encode(maxlinelen=0)


def _checked_address(text: str) -> str:
    parsed(text)
    return text


def _checked_host(text: str) -> str:
    try:
        return str(ip_address(text))
    except ValueError:
        pass
    if not (name := domain_name(text)):
        raise ValueError(f"{printable(text[:60])!r} is no name of a host") from None
    return name


AddressText = Annotated[str, AfterValidator(_checked_address)]
HostText = Annotated[str, AfterValidator(_checked_host)]
