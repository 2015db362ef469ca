"""Commands and answers of SMTP over one socket, each answer whole within its time."""

from __future__ import annotations

import re
import socket
import ssl
from base64 import b64encode
from dataclasses import dataclass
from time import monotonic

from analytics.inert import printable

_MOST_REPLY_BYTES = 64 * 1024
_MOST_WORDS = 200
_LINE = re.compile(rb"(\d{3})(?:([ -])(.*))?", re.DOTALL)


class NoSmtp(Exception):  # noqa: N818 # what it is, and for nobody outside of reports
    """The other side does not speak SMTP."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer of the server."""

    code: int
    lines: tuple[str, ...]  # inert, without a secret

    @property
    def is_fine(self) -> bool:
        """Tell whether the server did what it was told."""
        return 200 <= self.code < 300

    @property
    def is_half_way(self) -> bool:
        """Tell whether the server waits for the rest of the command."""
        return 300 <= self.code < 400

    @property
    def is_temporary(self) -> bool:
        """Tell whether the same may be taken later."""
        return 400 <= self.code < 500

    @property
    def is_permanent(self) -> bool:
        """Tell whether the same would be refused again."""
        return 500 <= self.code < 600

    @property
    def shown(self) -> str:
        """Return code and words, short enough for a sentence."""
        return f"{self.code} {' '.join(self.lines)[:_MOST_WORDS]}".strip()


class Dialogue:
    """A conversation with one server; its owner closes it.

    Parameters
    ----------
    timeout_seconds
        For each answer as a whole, and for each sending.
    secrets
        What no answer may give back.
    """

    def __init__(self, timeout_seconds: float, *, secrets: tuple[str, ...] = ()) -> None:
        self.step = "the connection"  # what is waited for
        self._timeout_seconds = timeout_seconds
        self._secrets = [form for one in secrets if one for form in (_coded(one), one)]
        self._socket: socket.socket | None = None
        self._unread = b""

    def connect(self, host: str, port: int, context: ssl.SSLContext | None) -> Reply:
        """Connect, with TLS from the start where there is a context; return the greeting."""
        self._socket = socket.create_connection((host, port), self._timeout_seconds)
        if context is not None:
            self.secure(host, context)
            self.step = "the connection"
        return self.read()

    def secure(self, host: str, context: ssl.SSLContext) -> None:
        """Speak TLS from here on; what came before it, and was not asked for, is forgotten."""
        self.step = "the TLS handshake"
        plain = self._connected()
        plain.settimeout(self._timeout_seconds)
        self._unread = b""
        self._socket = context.wrap_socket(plain, server_hostname=host)

    def own_name(self) -> str:
        """Return the own address as SMTP has it: true, and no name has to be looked up."""
        address = str(self._connected().getsockname()[0])
        return f"[IPv6:{address}]" if ":" in address else f"[{address}]"

    def command(self, line: str) -> Reply:
        """Send a line and return the answer.

        Raises
        ------
        OSError
            The connection broke, or the answer was not whole in time.
        NoSmtp
            The answer is none.
        """
        self.step = line.partition(" ")[0]
        self.send(line.encode("ascii") + b"\r\n")
        return self.read()

    def secret(self, command: str, words: str) -> Reply:
        """Send a line that ends in *words* as base64, which no answer may give back."""
        coded = _coded(words)
        self._secrets.insert(0, coded)
        self.step = "the login"
        self.send(f"{command}{coded}\r\n".encode("ascii"))
        return self.read()

    def send(self, data: bytes) -> None:
        """Send all of *data*, or raise OSError."""
        connected = self._connected()
        connected.settimeout(self._timeout_seconds)
        connected.sendall(data)

    def close(self) -> None:
        """Close the connection, if there is one."""
        if self._socket is not None:
            self._socket.close()

    def _connected(self) -> socket.socket:
        if self._socket is None:
            raise ConnectionError("not connected")
        return self._socket

    def read(self) -> Reply:
        """Return the next answer; raise as `command` does."""
        until = monotonic() + self._timeout_seconds
        room, lines = _MOST_REPLY_BYTES, []
        while True:
            line = self._line(until, room)
            if (room := room - len(line)) < 0:
                raise NoSmtp("an answer without an end")
            found = _LINE.fullmatch(line.rstrip(b"\r\n"))
            if found is None:
                raise NoSmtp(self._inert(line)[:_MOST_WORDS] or "an empty line")
            code, mark, words = found.groups(b"")
            lines.append(self._inert(words))
            if mark != b"-":
                return Reply(code=int(code), lines=tuple(lines))

    def _line(self, until: float, room: int) -> bytes:
        """Return the next line, the whole of it before the moment *until*."""
        while b"\n" not in self._unread:
            left = until - monotonic()
            if left <= 0:
                raise TimeoutError
            if len(self._unread) > room:
                raise NoSmtp("an answer without an end")
            connected = self._connected()
            connected.settimeout(left)
            if not (data := connected.recv(4096)):
                raise ConnectionResetError
            self._unread += data
        line, _, self._unread = self._unread.partition(b"\n")
        return line + b"\n"

    def _inert(self, words: bytes) -> str:
        text = words.decode("utf-8", "replace").strip()
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return printable(text)


def _coded(words: str) -> str:
    return b64encode(words.encode()).decode()
