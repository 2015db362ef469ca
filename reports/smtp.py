"""One message to one SMTP server: verified TLS or none, every wait bounded, every end understood.

smtplib would tell neither whether the message had left when a connection broke, nor bound the
wait for an answer that comes byte by byte.
"""

from __future__ import annotations

import re
import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from reports.channels.conclusion import Conclusion
from reports.smtp_dialogue import Dialogue, NoSmtp, Reply

Tls = Literal["starttls", "implicit", "none"]

_TOO_LARGE = 552
_WANTS_LOGIN = 530


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """A message with its addresses, all of them ASCII."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes = field(repr=False)  # with CRLF, each byte below 128


class _EndError(Exception):
    """The conversation is over."""

    def __init__(self, conclusion: Conclusion) -> None:
        super().__init__(conclusion.reason)
        self.conclusion = conclusion


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
        context = _context(server)
    except (OSError, ssl.SSLError):
        return Conclusion(
            state="refused",
            reason=f"the file {str(server.ca_file)!r} holds no certificate that can be read",
            hint="ca_file is the PEM file of the authority that signed the server's certificate",
        )
    dialogue = Dialogue(server.timeout_seconds, secrets=(server.password,))
    try:
        _introduce(dialogue, server, context)
        refused = _address(dialogue, server, envelope)
        _transmit(dialogue, server, envelope)
        return _confirmed(dialogue, server, refused)
    except _EndError as end:
        return end.conclusion
    except NoSmtp as error:
        return Conclusion(
            state="not sent",
            reason=f"{server.address} does not answer as a mail server: {error}",
            hint="check host and port",
        )
    except OSError as error:
        fault = _fault(error, dialogue, server)
        return Conclusion(state="not sent", reason=fault, hint=_fault_hint(error, server))
    finally:
        dialogue.close()


def _context(server: Server) -> ssl.SSLContext | None:
    if server.tls == "none":
        return None
    return ssl.create_default_context(cafile=server.ca_file)


def _introduce(dialogue: Dialogue, server: Server, context: ssl.SSLContext | None) -> None:
    """Connect, greet, make the connection safe and log in, as far as it is configured."""
    implicit = context if server.tls == "implicit" else None
    greeting = dialogue.connect(server.host, server.port, implicit)
    _require(greeting, "greeted with", server, hint="the server takes no mail from this machine")
    features = _greet(dialogue, server)
    if server.tls == "starttls" and context is not None:
        if "STARTTLS" not in features:
            raise _EndError(
                Conclusion(
                    state="refused",
                    reason=f"{server.address} offers no STARTTLS, and nothing is sent without TLS",
                    hint="set tls: implicit where the port speaks TLS from the start (mostly 465), "
                    "or tls: none on a network that you trust",
                )
            )
        _require(dialogue.command("STARTTLS"), "answered STARTTLS with", server)
        dialogue.secure(server.host, context)
        features = _greet(dialogue, server)
    if server.username:
        _log_in(dialogue, server, features.get("AUTH", "").upper().split())


def _greet(dialogue: Dialogue, server: Server) -> dict[str, str]:
    """Return what the server can do, by keyword."""
    reply = dialogue.command(f"EHLO {dialogue.own_name()}")
    if reply.is_permanent:  # a server from before 1995
        reply = dialogue.command(f"HELO {dialogue.own_name()}")
    _require(reply, "answered EHLO with", server)
    features = (line.partition(" ") for line in reply.lines[1:])
    return {keyword.upper(): values for keyword, _, values in features}


def _log_in(dialogue: Dialogue, server: Server, mechanisms: list[str]) -> None:
    user, password = server.username, server.password
    if "PLAIN" in mechanisms:
        reply = dialogue.secret("AUTH PLAIN ", f"\0{user}\0{password}")
    elif "LOGIN" in mechanisms:
        reply = dialogue.command("AUTH LOGIN")
        for word in (user, password):
            if reply.is_half_way:
                reply = dialogue.secret("", word)
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
    _require(reply, "answered the login with", server, hint=hint)


def _address(dialogue: Dialogue, server: Server, envelope: Envelope) -> dict[str, Reply]:
    """Name sender and recipients; return who was refused, where not everybody was."""
    reply = dialogue.command(f"MAIL FROM:<{envelope.sender}>")
    hint = f"the server does not let {envelope.sender} send; check sender"
    if reply.code == _WANTS_LOGIN:
        hint = "the server wants a login or TLS; check username, password and tls"
    _require(reply, "answered the sender with", server, hint=hint)
    replies = {to: dialogue.command(f"RCPT TO:<{to}>") for to in envelope.recipients}
    refused = {to: reply for to, reply in replies.items() if not reply.is_fine}
    if len(refused) == len(replies):
        soft = [reply for reply in refused.values() if not reply.is_permanent]
        hint = "check the addresses, and whether this server sends to them for you"
        _require((soft or list(refused.values()))[0], "refused every recipient:", server, hint=hint)
    return refused


def _transmit(dialogue: Dialogue, server: Server, envelope: Envelope) -> None:
    """Send the message and the line that ends it: the server has nothing without that line."""
    reply = dialogue.command("DATA")
    if not reply.is_half_way:
        raise _ended(reply, "answered DATA with", server)
    body = envelope.content.removesuffix(b"\r\n")
    dialogue.send(re.sub(rb"(?m)^\.", b"..", body) + b"\r\n")
    dialogue.step = "the message"
    dialogue.send(b".\r\n")


def _confirmed(dialogue: Dialogue, server: Server, refused: dict[str, Reply]) -> Conclusion:
    """Return what the answer to the whole message, or none, means."""
    try:
        reply = dialogue.read()
    except (OSError, NoSmtp) as error:
        return Conclusion(
            state="unclear",
            reason=f"{server.address} had the whole message and did not confirm it: "
            f"{_fault(error, dialogue, server)}",
            hint="a copy carries the same Message-ID, so that most mailboxes show it once",
        )
    if not reply.is_fine and not reply.is_permanent and not reply.is_temporary:
        return Conclusion(
            state="unclear",
            reason=f"{server.address} answered the message with {reply.shown}",
            code=str(reply.code),
        )
    hint = "leave out attach, or lower top" if reply.code == _TOO_LARGE else ""
    _require(reply, "answered the message with", server, hint=hint)
    with suppress(OSError, NoSmtp):
        dialogue.command("QUIT")
    return _sent(server, reply, refused)


def _sent(server: Server, reply: Reply, refused: dict[str, Reply]) -> Conclusion:
    if not refused:
        reason = f"{server.address} took the message: {reply.shown}"
        return Conclusion(state="sent", reason=reason, code=str(reply.code))
    who = "; ".join(f"{to} ({answer.shown})" for to, answer in refused.items())
    return Conclusion(
        state="sent",
        reason=f"{server.address} took the message, but not for {who}"[:1000],
        code=str(next(iter(refused.values())).code),
        hint="check the addresses that were refused",
    )


def _require(reply: Reply, what: str, server: Server, *, hint: str = "") -> None:
    """End the conversation unless the answer is a good one."""
    if not reply.is_fine:
        raise _ended(reply, what, server, hint=hint)


def _ended(reply: Reply, what: str, server: Server, *, hint: str = "") -> _EndError:
    """Return the end that an answer makes to the conversation, before the message is taken."""
    return _EndError(
        Conclusion(
            state="refused" if reply.is_permanent else "not sent",
            reason=f"{server.address} {what} {reply.shown}",
            code=str(reply.code),
            hint=hint if reply.is_permanent else "",
        )
    )


def _fault(error: Exception, dialogue: Dialogue, server: Server) -> str:
    if isinstance(error, socket.gaierror):
        return f"the name {server.host!r} cannot be resolved"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the certificate of {server.address} is not trusted: {error.verify_message}"
    if isinstance(error, TimeoutError):
        waited = f"{server.timeout_seconds:g} s"
        return f"{server.address} gave no answer to {dialogue.step} within {waited}"
    if isinstance(error, ConnectionRefusedError):
        return f"{server.address} refused the connection"
    if isinstance(error, ssl.SSLError):
        return f"TLS with {server.address} failed: {error.reason or 'the connection was closed'}"
    if isinstance(error, ConnectionError):
        return f"{server.address} broke the connection at {dialogue.step}"
    if isinstance(error, OSError):
        return f"{server.address} cannot be reached: {error.strerror or 'no reason known'}"
    return f"it answered {dialogue.step} with what is no SMTP"


def _fault_hint(error: OSError, server: Server) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return "name the PEM file of its authority in ca_file; host has to be a name that it is for"
    if isinstance(error, ssl.SSLError) and server.tls == "implicit":
        return "set tls: starttls where the port speaks TLS only when asked (mostly 587)"
    if isinstance(error, TimeoutError | ConnectionError) and server.tls != "implicit":
        return "check host and port; a port that speaks TLS from the start wants tls: implicit"
    return "check host and port"
