"""One message to one SMTP server: verified TLS or none, bounded waits, every end understood."""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
from base64 import b64encode
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Literal

from analytics.inert import printable
from reports.addresses import resolve
from reports.channels.conclusion import Conclusion

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

Tls = Literal["starttls", "implicit", "none"]
Answer = tuple[int, bytes]  # from 200 to 599, and the words of all lines

_GO_ON = 354
_WANTS_LOGIN = 530
_TOO_LARGE = 552
_MOST_ANSWER_BYTES = 64 * 1024
_MOST_WORDS = 200
_LINE = re.compile(rb"([2-5]\d\d)(?:([ -])(.*))?\r?\n", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Who takes the message, and how it is talked to."""

    host: str
    port: int
    tls: Tls
    ca_file: Path | None = None  # the only authority that is trusted; None for the machine's
    username: str = ""  # "" for no login
    password: str = field(default="", repr=False)
    timeout_seconds: float  # for each answer

    @property
    def address(self) -> str:
        """Return host and port."""
        return f"{self.host}:{self.port}"

    @property
    def plain(self) -> str:
        """Return the login in one word, as AUTH PLAIN has it."""
        return _coded(f"\0{self.username}\0{self.password}")

    def said(self, words: bytes) -> str:
        """Return what the server said as one printable line in which there is no secret."""
        text = words.decode("utf-8", "replace")
        secrets = (self.plain, _coded(self.password), self.password) if self.password else ()
        for secret in secrets:
            text = text.replace(secret, "***")
        return printable(" ".join(text.split()))[:_MOST_WORDS]


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """A message with its addresses, all of them ASCII."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes = field(repr=False)  # with CRLF, each byte below 128


class _NoSmtpError(Exception):
    """The other side does not speak SMTP."""

    def __init__(self, said: bytes) -> None:
        super().__init__()
        self.said = said


class _EndError(Exception):
    """The conversation is over."""

    def __init__(self, conclusion: Conclusion) -> None:
        super().__init__(conclusion.reason)
        self.conclusion = conclusion


class _Session(smtplib.SMTP):
    """smtplib, and what it lacks: a limit for the look-up of a host and for a whole answer.

    Its own limit is for each byte, and it takes an answer of any length.
    """

    def __init__(self, server: Server, context: ssl.SSLContext) -> None:
        super().__init__(local_hostname="", timeout=server.timeout_seconds)
        self.step = "the connection"  # what is waited for
        self.answer: Answer = 0, b""  # the last
        self._host = server.host  # which starttls checks the certificate for
        self._implicit = context if server.tls == "implicit" else None

    def connect(self, host: str = "", port: int = 0, source_address: object = None) -> Answer:
        """Connect, with TLS from the start where it is so configured; return the greeting."""
        self.sock = self._connected(host, port)
        # the own address as a name: true, and nothing has to be looked up
        own = str(self.sock.getsockname()[0])
        self.local_hostname = f"[IPv6:{own}]" if ":" in own else f"[{own}]"
        if self._implicit is not None:
            self.step = "the TLS handshake"
            self.sock = self._implicit.wrap_socket(self.sock, server_hostname=host)
            self.step = "the connection"
        return self.getreply()

    def _connected(self, host: str, port: int) -> socket.socket:
        try:
            found = resolve(host, port, self.timeout)
        except TimeoutError as error:
            raise socket.gaierror(socket.EAI_AGAIN, "no answer in time") from error
        failed: OSError = TimeoutError()
        for family, address in found:
            connection = socket.socket(family, socket.SOCK_STREAM)
            connection.settimeout(self.timeout)
            try:
                connection.connect(address)
            except OSError as error:
                connection.close()
                failed = error
            else:
                return connection
        raise failed

    def putcmd(self, cmd: str, args: str = "") -> None:
        """Send a command."""
        self.step = cmd.upper()
        super().putcmd(cmd, args)

    def send(self, s: ReadableBuffer | str) -> None:
        """Send all of *s*, or raise the OSError that there was."""
        try:
            super().send(s)
        except smtplib.SMTPServerDisconnected as error:
            raise error.__context__ or ConnectionResetError from None

    def getreply(self) -> Answer:
        """Return the next answer, or raise OSError or _NoSmtpError.

        It is read byte by byte: of what comes after it, nothing is kept beyond STARTTLS.
        """
        until, room = monotonic() + self.timeout, _MOST_ANSWER_BYTES
        said: list[bytes] = []
        while True:
            line = self._line(until, room)
            room -= len(line)
            if not (found := _LINE.fullmatch(line)):
                raise _NoSmtpError(line.strip() or b"an empty line")
            code, mark, words = found.groups(b"")
            said.append(words.strip())
            if mark != b"-":
                self.answer = int(code), b"\n".join(said)
                return self.answer

    def _line(self, until: float, room: int) -> bytes:
        """Return the next line, the whole of it before the moment *until*."""
        if self.sock is None:
            raise ConnectionResetError
        line = b""
        while not line.endswith(b"\n"):
            if (left := until - monotonic()) <= 0:
                raise TimeoutError
            if len(line) >= room:
                raise _NoSmtpError(b"an answer without an end")
            self.sock.settimeout(left)
            if not (byte := self.sock.recv(1)):
                raise ConnectionResetError
            line += byte
        self.sock.settimeout(self.timeout)
        return line


def deliver(server: Server, envelope: Envelope) -> Conclusion:
    """Hand the message over once; never raises for what the network or the server does.

    Returns
    -------
    Conclusion
        "sent" once the server has confirmed the message, also where some recipients were refused:
        the reason names them. "unclear" where the whole message had left and no confirmation
        came. Before that nothing is accepted: "refused" for a permanent answer (5xx), for a
        server without STARTTLS where it is wanted and for one that takes no login; otherwise
        "not sent".
    """
    try:
        context = ssl.create_default_context(cafile=server.ca_file)
    except OSError:
        return Conclusion(
            state="refused",
            reason=f"the file {str(server.ca_file)!r} holds no certificate that can be read",
            hint="ca_file is the PEM file of the authority that signed the server's certificate",
        )
    session = _Session(server, context)
    try:
        _introduce(session, server, context)
        refused = _address(session, server, envelope)
        _transmit(session, server, envelope)
        return _confirmed(session, server, refused)
    except _EndError as end:
        return end.conclusion
    except _NoSmtpError as error:
        return Conclusion(
            state="not sent",
            reason=f"{server.address} does not answer as a mail server: {server.said(error.said)}",
            hint="check host and port",
        )
    except OSError as error:
        fault, hint = _fault(error, session, server), _fault_hint(error, server)
        return Conclusion(state="not sent", reason=fault, hint=hint)
    finally:
        session.close()


def _introduce(session: _Session, server: Server, context: ssl.SSLContext) -> None:
    """Connect, greet, make the connection safe and log in, as far as it is configured."""
    greeting = session.connect(server.host, server.port)
    _require(greeting, "greeted with", server, hint="the server takes no mail from this machine")
    _greet(session, server)
    if server.tls == "starttls":
        if not session.has_extn("starttls"):
            raise _EndError(
                Conclusion(
                    state="refused",
                    reason=f"{server.address} offers no STARTTLS, and nothing is sent without TLS",
                    hint="set tls: implicit where the port speaks TLS from the start (mostly 465), "
                    "or tls: none on a network that you trust",
                )
            )
        try:
            session.starttls(context=context)
        except smtplib.SMTPResponseException:
            raise _ended(session.answer, "answered STARTTLS with", server) from None
        _greet(session, server)
    if server.username:
        _log_in(session, server)


def _greet(session: _Session, server: Server) -> None:
    answer = session.ehlo()
    if answer[0] >= 500:  # a server from before 1995
        answer = session.helo()
    _require(answer, "answered EHLO with", server)


def _log_in(session: _Session, server: Server) -> None:
    """Log in; smtplib's own way knows ASCII only, and fails at a challenge that is no base64."""
    mechanisms = session.esmtp_features.get("auth", "").upper().split()
    if "PLAIN" in mechanisms:
        answer = session.docmd("AUTH", f"PLAIN {server.plain}")
    elif "LOGIN" in mechanisms:
        answer = session.docmd("AUTH", "LOGIN")
        for word in (server.username, server.password):
            if 300 <= answer[0] < 400:
                session.send(f"{_coded(word)}\r\n")
                answer = session.getreply()
    else:
        offered = f"only {' '.join(mechanisms)}" if mechanisms else "no login"
        raise _EndError(
            Conclusion(
                state="refused",
                reason=f"{server.address} offers {offered[:80]}, and PLAIN or LOGIN is needed",
                hint="leave out username and password where the server wants none",
            )
        )
    hint = "check username and password; some services want a password made for applications"
    _require(answer, "answered the login with", server, hint=hint)


def _address(session: _Session, server: Server, envelope: Envelope) -> dict[str, Answer]:
    """Name sender and recipients; return who was refused, where not everybody was."""
    answer = session.mail(envelope.sender)
    hint = f"the server does not let {envelope.sender} send; check sender"
    if answer[0] == _WANTS_LOGIN:
        hint = "the server wants a login or TLS; check username, password and tls"
    _require(answer, "answered the sender with", server, hint=hint)
    answers = {to: session.rcpt(to) for to in envelope.recipients}
    refused = {to: answer for to, answer in answers.items() if answer[0] >= 300}
    if len(refused) == len(answers):
        # one that may be taken later, if there is one
        answer = min(refused.values(), key=lambda answer: answer[0] >= 500)
        hint = "check the addresses, and whether this server sends to them for you"
        _require(answer, "refused every recipient:", server, hint=hint)
    return refused


def _transmit(session: _Session, server: Server, envelope: Envelope) -> None:
    """Send the message with the line that ends it: the server has nothing without that line.

    smtplib's own way does not tell whether that line had left.
    """
    answer = session.docmd("DATA")
    if answer[0] != _GO_ON:
        raise _ended(answer, "answered DATA with", server)
    body = envelope.content.removesuffix(b"\r\n")
    session.send(re.sub(rb"(?m)^\.", b"..", body) + b"\r\n.\r\n")
    session.step = "the message"


def _confirmed(session: _Session, server: Server, refused: dict[str, Answer]) -> Conclusion:
    """Return what the answer to the whole message, or none, means."""
    try:
        answer = session.getreply()
    except (OSError, _NoSmtpError) as error:
        return Conclusion(
            state="unclear",
            reason=f"{server.address} had the whole message and did not confirm it: "
            f"{_fault(error, session, server)}",
            hint="a copy carries the same Message-ID, so that most mailboxes show it once",
        )
    if 300 <= answer[0] < 400:
        return Conclusion(
            state="unclear",
            reason=f"{server.address} answered the message with {_shown(answer, server)}",
            code=str(answer[0]),
        )
    hint = "leave out attach, or lower top" if answer[0] == _TOO_LARGE else ""
    _require(answer, "answered the message with", server, hint=hint)
    with suppress(OSError, _NoSmtpError):
        session.docmd("QUIT")
    return _sent(server, answer, refused)


def _sent(server: Server, answer: Answer, refused: dict[str, Answer]) -> Conclusion:
    if not refused:
        reason = f"{server.address} took the message: {_shown(answer, server)}"
        return Conclusion(state="sent", reason=reason, code=str(answer[0]))
    who = "; ".join(f"{to} ({_shown(answer, server)})" for to, answer in refused.items())
    return Conclusion(
        state="sent",
        reason=f"{server.address} took the message, but not for {who}"[:1000],
        code=str(next(iter(refused.values()))[0]),
        hint="check the addresses that were refused",
    )


def _require(answer: Answer, what: str, server: Server, *, hint: str = "") -> None:
    """End the conversation unless the answer is a good one."""
    if answer[0] >= 300:
        raise _ended(answer, what, server, hint=hint)


def _ended(answer: Answer, what: str, server: Server, *, hint: str = "") -> _EndError:
    """Return the end that an answer makes to the conversation, before the message is taken."""
    is_permanent = answer[0] >= 500
    return _EndError(
        Conclusion(
            state="refused" if is_permanent else "not sent",
            reason=f"{server.address} {what} {_shown(answer, server)}",
            code=str(answer[0]),
            hint=hint if is_permanent else "",
        )
    )


def _shown(answer: Answer, server: Server) -> str:
    return f"{answer[0]} {server.said(answer[1])}".strip()


def _coded(words: str) -> str:
    return b64encode(words.encode()).decode()


def _fault(error: Exception, session: _Session, server: Server) -> str:
    if isinstance(error, socket.gaierror):
        return f"the name {server.host!r} cannot be resolved"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the certificate of {server.address} is not trusted: {error.verify_message}"
    if isinstance(error, TimeoutError):
        waited = f"{server.timeout_seconds:g} s"
        return f"{server.address} gave no answer to {session.step} within {waited}"
    if isinstance(error, ConnectionRefusedError):
        return f"{server.address} refused the connection"
    if isinstance(error, ssl.SSLError):
        return f"TLS with {server.address} failed: {error.reason or 'the connection was closed'}"
    if isinstance(error, ConnectionError):
        return f"{server.address} broke the connection at {session.step}"
    if isinstance(error, OSError):
        return f"{server.address} cannot be reached: {error.strerror or 'no reason known'}"
    return f"it answered {session.step} with what is no SMTP"


def _fault_hint(error: OSError, server: Server) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return "name the PEM file of its authority in ca_file; host has to be a name that it is for"
    if isinstance(error, ssl.SSLError) and server.tls == "implicit":
        return "set tls: starttls where the port speaks TLS only when asked (mostly 587)"
    if isinstance(error, TimeoutError | ConnectionError) and server.tls != "implicit":
        return "check host and port; a port that speaks TLS from the start wants tls: implicit"
    return "check host and port"
