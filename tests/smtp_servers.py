"""SMTP servers on the loopback: one that does everything right, and one that fails as told."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping

DROP = "drop"  # break the connection instead of an answer
SILENT = "silent"  # never answer
DRIBBLE = "dribble"  # answer with a line that never ends, byte by byte

_USUAL = {
    "greeting": "220 mail.test ready",
    "EHLO": "250-mail.test\r\n250-SIZE 1000000\r\n250 AUTH PLAIN LOGIN",
    "HELO": "250 mail.test",
    "STARTTLS": "220 go on",
    "AUTH": "235 2.7.0 welcome",
    "MAIL": "250 2.1.0 fine",
    "RCPT": "250 2.1.5 fine",
    "DATA": "354 go on",
    "message": "250 2.0.0 queued as 42",
    "QUIT": "221 2.0.0 bye",
}


@dataclass
class Delivered:
    """What a server took."""

    sender: str
    recipients: list[str]
    content: bytes
    secure: bool  # whether the connection was encrypted
    user: str | None


class GoodServer:
    """aiosmtpd in a thread; what it takes is kept.

    Parameters
    ----------
    tls
        Speaks TLS, when asked or from the start.
    implicit
        From the start.
    users
        Names and passwords; without any there is no login.
    refused
        Recipients that it does not take, and how it says so.
    """

    def __init__(
        self,
        *,
        tls: ssl.SSLContext | None = None,
        implicit: bool = False,
        users: Mapping[str, str] | None = None,
        refused: Mapping[str, str] | None = None,
    ) -> None:
        self.delivered: list[Delivered] = []
        self._users = users or {}
        self._refused = refused or {}
        self._starttls = None if implicit else tls
        self._implicit = tls if implicit else None
        self._loop = asyncio.new_event_loop()
        self._server = self._loop.run_until_complete(
            self._loop.create_server(self._protocol, "127.0.0.1", 0, ssl=self._implicit)
        )
        self.port: int = self._server.sockets[0].getsockname()[1]
        self._thread = threading.Thread(target=self._loop.run_forever)

    def __enter__(self) -> GoodServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _stop(self) -> None:
        self._server.close()
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)

    def _protocol(self) -> SMTP:
        login: dict[str, Any] = {}
        if self._users:
            login = {"authenticator": self._authenticate, "auth_require_tls": False}
        return SMTP(
            self,
            hostname="mail.test",
            tls_context=self._starttls,
            require_starttls=self._starttls is not None,
            loop=self._loop,
            **login,
        )

    def _authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _kind: str, data: Any
    ) -> AuthResult:
        user, password = data.login.decode(), data.password.decode()
        return AuthResult(success=self._users.get(user) == password, auth_data=user)

    async def handle_RCPT(  # noqa: N802 # aiosmtpd's name
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        """Take a recipient, or refuse it."""
        if address in self._refused:
            return self._refused[address]
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 fine"

    async def handle_DATA(  # noqa: N802 # aiosmtpd's name
        self, _server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Keep a message."""
        content = envelope.content
        assert isinstance(content, bytes)
        self.delivered.append(
            Delivered(
                sender=str(envelope.mail_from),
                recipients=list(envelope.rcpt_tos),
                content=content,
                secure=session.ssl is not None or self._implicit is not None,
                user=session.auth_data,
            )
        )
        return "250 2.0.0 queued as 42"


@dataclass
class BadServer:
    """Answers one connection, as told where it is told and else well.

    Parameters
    ----------
    answers
        What to say or do at ``greeting``, at a command, or at the whole ``message``. A list is
        used one by one.
    """

    answers: Mapping[str, str | list[str]]
    leaves_after_bytes: int = 0  # of the message, then the connection breaks; 0 for never
    heard: list[str] = field(default_factory=list)
    message: bytes = b""

    def __post_init__(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self._left = {at: list(said) for at, said in self.answers.items() if isinstance(said, list)}
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self) -> BadServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        # a connection that nobody makes ends a server that still waits for one
        socket.create_connection(("127.0.0.1", self.port)).close()
        self._thread.join()
        self._listening.close()

    def _serve(self) -> None:
        connection, _ = self._listening.accept()
        with connection, connection.makefile("rb") as lines:
            try:
                self._talk(connection, lines)
            except OSError:
                return  # the client has gone

    def _talk(self, connection: socket.socket, lines: Any) -> None:
        if not self._answer(connection, lines, "greeting"):
            return
        for line in lines:
            text = line.decode("latin-1").rstrip("\r\n")
            self.heard.append(text)
            at = text.partition(" ")[0].upper()
            if not self._answer(connection, lines, at if at in _USUAL else "AUTH"):
                return
            if at == "DATA" and self._said == _USUAL["DATA"]:
                while not self.message.endswith(b"\r\n.\r\n"):
                    if not (data := lines.readline()):
                        return
                    self.message += data
                    if 0 < self.leaves_after_bytes <= len(self.message):
                        _break(connection)
                        return
                if not self._answer(connection, lines, "message"):
                    return

    def _answer(self, connection: socket.socket, lines: Any, at: str) -> bool:
        """Answer; return whether the connection goes on."""
        told = self._left[at].pop(0) if self._left.get(at) else self.answers.get(at, _USUAL[at])
        self._said = str(told)
        if self._said == DROP:
            _break(connection)
            return False
        if self._said == SILENT:
            lines.read()
            return False
        if self._said == DRIBBLE:
            while True:
                connection.sendall(b"2")
                threading.Event().wait(0.05)
        connection.sendall(self._said.encode() + b"\r\n")
        return True


def _break(connection: socket.socket) -> None:
    """Let the connection be gone without a goodbye once it is closed."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
