"""A sink's string as kube-eventer reads it: environment, URL, query; and as it was meant."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote, unquote_plus

from reports.errors import SinkError

_VARIABLE = re.compile(
    r"\$(?:\{(?P<special>[*#$@!?\-0-9])\}|\{(?P<braces>[^}]+)\}|(?P<bad>\{\}|\{)"
    r"|(?P<sign>[*#$@!?\-0-9])|(?P<name>[A-Za-z0-9_]+))"
)
_ESCAPE = re.compile("%(?![0-9A-Fa-f]{2})")
_CONTROL = re.compile("[\x00-\x1f\x7f]")
_SCHEME = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*):")
_HOST = re.compile(
    r"(?:[A-Za-z0-9._~!$&'()*+,;=-]|%[0-9A-Fa-f]{2}|[^\x00-\x7f])+|\[[0-9A-Fa-f:.%]+\]"
)


def without_dollars(text: str, environment: Mapping[str, str]) -> str:
    """Return what Go's os.ExpandEnv makes: variables that are not set vanish.

    >>> without_dollars("a|b$Kill|${X}^$&$", {"X": "y"})
    'a|b|y^$&$'
    """
    return _VARIABLE.sub(lambda found: environment.get(_name(found), ""), text)


def with_dollars(text: str, environment: Mapping[str, str]) -> str:
    """Return the text with the variables that are set, and every other ``$`` as it stands."""
    return _VARIABLE.sub(lambda found: environment.get(_name(found), found[0]), text)


def dollars(text: str) -> list[str]:
    """Return what of the text Go takes for variables, each once."""
    return list(dict.fromkeys(found[0] for found in _VARIABLE.finditer(text)))


def _name(found: re.Match[str]) -> str:
    return next((name for name in found.group("special", "braces", "sign", "name") if name), "")


@dataclass(frozen=True, slots=True)
class Pair:
    """One parameter of a query."""

    name: str
    value: str = field(repr=False)
    meant: str = field(repr=False)  # with a + as it stands
    is_dropped: bool  # by Go, for a ; or a percent sign that escapes nothing
    raw: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Address:
    """A URL in the parts that Go sees."""

    scheme: str
    user: str = field(repr=False)  # with the @, "" without
    host: str
    path: str = field(repr=False)
    query: str | None = field(repr=False)  # None without a ?
    fragment: str = field(repr=False)

    def url(self, query: str | None) -> str:
        """Return what is called, with this query instead."""
        scheme = f"{self.scheme}:" if self.scheme else ""
        slashes = "//" if self.host else ""
        asked = "" if query is None else f"?{query}"
        return f"{scheme}{slashes}{self.user}{self.host}{self.path}{asked}"


def split_address(text: str, what: str) -> Address:
    """Split a URL as net/url does.

    Raises
    ------
    SinkError
        Go refuses it, with which kube-eventer does not start; nothing of the URL is in the
        sentence.
    """
    if _CONTROL.search(text):
        raise SinkError(f"the URL of {what} holds a line break or another control character")
    rest, _, fragment = text.partition("#")
    rest, mark, query = rest.partition("?")
    scheme = ""
    if found := _SCHEME.match(rest):
        scheme, rest = found["scheme"].lower(), rest[found.end() :]
    elif rest.startswith(":"):
        raise SinkError(f"the URL of {what} has no scheme before its colon; write https://…")
    authority, path = "", rest
    if rest.startswith("//"):
        authority, slash, path = rest[2:].partition("/")
        path = slash + path
    if _ESCAPE.search(path) or _ESCAPE.search(authority):
        raise SinkError(f"the URL of {what} holds a % that escapes nothing; write %25")
    user, at, host = authority.rpartition("@")
    _check_host(host, what)
    return Address(scheme, user + at, host, path, query if mark else None, fragment)


def _check_host(host: str, what: str) -> None:
    name, colon, port = host, "", ""
    if not host.endswith("]"):
        name, colon, port = host.rpartition(":") if ":" in host else (host, "", "")
    if port and not (port.isascii() and port.isdigit()):
        raise SinkError(f"the URL of {what} has a port that is no number")
    if name and not _HOST.fullmatch(name):
        raise SinkError(f"the URL of {what} has a host that cannot be read")
    if colon and not name:
        raise SinkError(f"the URL of {what} has a port and no host")


def pairs(query: str) -> Iterator[Pair]:
    """Yield the parameters of a query in their order."""
    for raw in query.split("&"):
        if not raw:
            continue
        name, _, value = raw.partition("=")
        yield Pair(
            name=unquote_plus(name, errors="replace"),
            value=unquote_plus(value, errors="replace"),
            meant=unquote(value, errors="replace"),
            is_dropped=";" in raw or bool(_ESCAPE.search(raw)),
            raw=raw,
        )
