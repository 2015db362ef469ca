"""What every way in which a mail server can end a conversation means."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from reports.smtp import Envelope, Server, deliver
from tests.smtp_servers import DRIBBLE, DROP, SILENT, BadServer, GoodServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from reports.channels.conclusion import Conclusion
    from tests.api_server import tls

PASSWORD = "hunter2-correct-horse"
CODED = "aHVudGVyMi1jb3JyZWN0LWhvcnNl"  # the same in base64

ENVELOPE = Envelope(
    sender="digest@example.org",
    recipients=("ops@example.org", "dev@example.org"),
    content=b"Subject: three\r\n\r\n.one\r\n..two\r\nthree\r\n",
)


def server(port: int, **changes: object) -> Server:
    """Return a server on this machine that is talked to without TLS, with *changes*."""
    values: dict[str, object] = {
        "host": "127.0.0.1",
        "port": port,
        "tls": "none",
        "timeout_seconds": 20.0,
    }
    return Server(**(values | changes))  # type: ignore[arg-type] # the keys are Server's


def test_a_message_arrives_as_it_is() -> None:
    """Lines that start with a dot are the same on the other side."""
    with GoodServer() as good:
        concluded = deliver(server(good.port), ENVELOPE)
    assert concluded.state == "sent"
    assert concluded.reason == f"127.0.0.1:{good.port} took the message: 250 2.0.0 queued as 42"
    [taken] = good.delivered
    assert taken.content == ENVELOPE.content
    assert taken.sender == "digest@example.org"
    assert taken.recipients == ["ops@example.org", "dev@example.org"]


@pytest.mark.parametrize("implicit", [False, True], ids=["starttls", "implicit"])
def test_tls_is_verified_and_the_login_goes_through_it(
    authority: tls.Authority, *, implicit: bool
) -> None:
    """With the authority named, the message and the login are encrypted; umlauts are fine."""
    shown = authority.certificate()
    password = "pässwörd"
    with GoodServer(tls=shown.context(), implicit=implicit, users={"digest": password}) as good:
        kind = "implicit" if implicit else "starttls"
        to = server(good.port, tls=kind, ca_file=shown.ca, username="digest", password=password)
        concluded = deliver(to, ENVELOPE)
    assert concluded.state == "sent", concluded
    [taken] = good.delivered
    assert taken.secure
    assert taken.user == "digest"


@contextmanager
def showing(certificate: tls.Certificate, *, implicit: bool) -> Iterator[GoodServer]:
    """Run a server with that certificate."""
    with GoodServer(tls=certificate.context(), implicit=implicit) as good:
        yield good


@pytest.mark.parametrize("implicit", [False, True], ids=["starttls", "implicit"])
@pytest.mark.parametrize("wrong", ["unknown authority", "other host", "expired"])
def test_a_certificate_that_is_not_trusted_gets_nothing(
    authority: tls.Authority, wrong: str, *, implicit: bool
) -> None:
    """Nothing is sent, and the sentence says what is wrong with the certificate."""
    kind = "implicit" if implicit else "starttls"
    certificate = {
        "unknown authority": lambda: authority.certificate(),
        "other host": lambda: authority.certificate("other", alternative="DNS:mail.example"),
        "expired": authority.expired,
    }[wrong]()
    ca_file = None if wrong == "unknown authority" else certificate.ca
    with showing(certificate, implicit=implicit) as good:
        concluded = deliver(server(good.port, tls=kind, ca_file=ca_file), ENVELOPE)
    assert concluded.state == "not sent"
    assert "is not trusted" in concluded.reason
    assert "ca_file" in concluded.hint
    assert not good.delivered


def test_a_server_without_starttls_gets_nothing() -> None:
    """The connection is not made less safe than configured, and not a word of the login leaves."""
    with BadServer({}) as bad:
        to = server(bad.port, tls="starttls", username="digest", password=PASSWORD)
        concluded = deliver(to, ENVELOPE)
    assert concluded.state == "refused"
    assert "offers no STARTTLS" in concluded.reason
    assert "tls: none" in concluded.hint
    assert [line.split()[0].upper() for line in bad.heard] == ["EHLO"]


def test_what_is_slipped_in_before_tls_is_forgotten(authority: tls.Authority) -> None:
    """An answer that came in the clear with that to STARTTLS is not taken for a safe one."""
    injected = "220 go on\r\n250-mail.test\r\n250 AUTH PLAIN"
    told = {"EHLO": "250-mail.test\r\n250 STARTTLS", "STARTTLS": injected}
    with BadServer(told) as bad:
        to = server(
            bad.port,
            tls="starttls",
            ca_file=authority.ca,
            username="digest",
            password=PASSWORD,
        )
        concluded = deliver(to, ENVELOPE)
    assert concluded.state == "not sent"
    assert not any("AUTH" in line.upper() for line in bad.heard)


@pytest.mark.parametrize(("said", "state"), [("454 not now", "not sent"), ("501 no", "refused")])
def test_starttls_that_is_refused(authority: tls.Authority, said: str, state: str) -> None:
    """Nothing is sent without the TLS that was offered."""
    with BadServer({"EHLO": "250-x\r\n250 STARTTLS", "STARTTLS": said}) as bad:
        concluded = deliver(server(bad.port, tls="starttls", ca_file=authority.ca), ENVELOPE)
    assert (concluded.state, concluded.code) == (state, said[:3])
    assert f"answered STARTTLS with {said}" in concluded.reason
    assert bad.heard[-1] == "STARTTLS"


ENDS: dict[str, tuple[dict[str, str | list[str]], str, str, str]] = {
    # at greeting
    "greeting 421": ({"greeting": "421 too busy"}, "not sent", "421", "greeted with 421 too busy"),
    "greeting 554": ({"greeting": "554 go away"}, "refused", "554", "greeted with 554 go away"),
    "no SMTP": ({"greeting": "HTTP/1.1 400 Bad"}, "not sent", "", "does not answer as a mail"),
    "empty": ({"greeting": ""}, "not sent", "", "an empty line"),
    "greeting lost": ({"greeting": DROP}, "not sent", "", "broke the connection at the connection"),
    # before the message
    "EHLO 421": ({"EHLO": "421 shutting down"}, "not sent", "421", "EHLO with 421"),
    "EHLO and HELO 550": ({"EHLO": "500 ?", "HELO": "550 who"}, "refused", "550", "550 who"),
    "EHLO lost": ({"EHLO": DROP}, "not sent", "", "broke the connection at EHLO"),
    "answers of six digits": ({"RCPT": "250000 fine"}, "not sent", "", "250000 fine"),
    "sender 451": ({"MAIL": "451 later"}, "not sent", "451", "the sender with 451 later"),
    "sender 550": ({"MAIL": "550 not you"}, "refused", "550", "the sender with 550 not you"),
    "sender 530": ({"MAIL": "530 log in"}, "refused", "530", "530 log in"),
    "sender lost": ({"MAIL": DROP}, "not sent", "", "broke the connection at MAIL"),
    "all 450": ({"RCPT": "450 greylisted"}, "not sent", "450", "refused every recipient: 450"),
    "all 550": ({"RCPT": "550 no such user"}, "refused", "550", "refused every recipient: 550"),
    "450 and 550": ({"RCPT": ["550 no user", "450 later"]}, "not sent", "450", "450 later"),
    "recipient lost": ({"RCPT": DROP}, "not sent", "", "broke the connection at RCPT"),
    "DATA 452": ({"DATA": "452 disk full"}, "not sent", "452", "answered DATA with 452"),
    "DATA 554": ({"DATA": "554 no"}, "refused", "554", "answered DATA with 554 no"),
    "DATA 250": ({"DATA": "250 what?"}, "not sent", "250", "answered DATA with 250"),
    "DATA lost": ({"DATA": DROP}, "not sent", "", "broke the connection at DATA"),
    # with the whole message on the other side
    "message 451": ({"message": "451 later"}, "not sent", "451", "the message with 451 later"),
    "message 421": ({"message": "421 going down"}, "not sent", "421", "421 going down"),
    "message 550": ({"message": "550 spam"}, "refused", "550", "the message with 550 spam"),
    "message 552": ({"message": "552 too large"}, "refused", "552", "552 too large"),
    "message 354": ({"message": "354 and?"}, "unclear", "354", "the message with 354"),
    "message garbled": ({"message": "????"}, "unclear", "", "what is no SMTP"),
    "message half confirmed": ({"message": "250_fine"}, "unclear", "", "what is no SMTP"),
    "message lost": ({"message": DROP}, "unclear", "", "did not confirm it"),
    # after the confirmation
    "lost after 250": ({"QUIT": DROP}, "sent", "250", "took the message"),
    "garbled after 250": ({"QUIT": "????"}, "sent", "250", "took the message"),
    "QUIT 500": ({"QUIT": "500 never"}, "sent", "250", "took the message"),
}


@pytest.mark.parametrize(("told", "state", "code", "words"), ENDS.values(), ids=ENDS)
def test_each_end_of_a_conversation(
    told: dict[str, str | list[str]], state: str, code: str, words: str
) -> None:
    """What the server has is never in doubt where it can be known."""
    with BadServer(told) as bad:
        concluded = deliver(server(bad.port), ENVELOPE)
    assert (concluded.state, concluded.code) == (state, code), concluded
    assert words in concluded.reason
    if state in {"sent", "unclear"}:
        assert bad.message.endswith(b"\r\n.\r\n")


def test_a_server_from_before_ehlo_is_greeted_with_helo() -> None:
    """HELO is enough without TLS and login."""
    with BadServer({"EHLO": "502 what?"}) as bad:
        assert deliver(server(bad.port), ENVELOPE).state == "sent"
    assert [line.split()[0].upper() for line in bad.heard][:2] == ["EHLO", "HELO"]


@pytest.mark.parametrize(
    ("at", "how", "state"),
    [("MAIL", SILENT, "not sent"), ("message", SILENT, "unclear"), ("EHLO", DRIBBLE, "not sent")],
)
def test_waiting_ends(at: str, how: str, state: str) -> None:
    """No answer, or one that never ends, is waited for no longer than configured."""
    with BadServer({at: how}) as bad:
        concluded = deliver(server(bad.port, timeout_seconds=2.0), ENVELOPE)
    assert concluded.state == state
    said = at if at != "message" else "the message"
    assert f"gave no answer to {said} within 2 s" in concluded.reason


def test_waiting_for_tls_ends() -> None:
    """A server that takes the connection and says nothing does not hold up the handshake."""
    with BadServer({"greeting": SILENT}) as bad:
        concluded = deliver(server(bad.port, tls="implicit", timeout_seconds=2.0), ENVELOPE)
    assert concluded.state == "not sent"
    assert "gave no answer to the TLS handshake within 2 s" in concluded.reason


def test_waiting_for_a_name_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """A resolver that never answers is waited for no longer than a server."""
    released = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: released.wait(30) and [])
    concluded = deliver(server(25, host="mail.example", timeout_seconds=0.05), ENVELOPE)
    released.set()
    assert concluded.state == "not sent"
    assert concluded.reason == "the name 'mail.example' cannot be resolved"


@pytest.mark.parametrize("line_end", ["\r\n250-x", "y"], ids=["lines", "one line"])
def test_an_answer_without_an_end_is_left(line_end: str) -> None:
    """After 64 KiB it is no answer."""
    endless = "250-x" + f"{'y' * 100}{line_end}" * 2000
    with BadServer({"EHLO": endless}) as bad:
        concluded = deliver(server(bad.port), ENVELOPE)
    assert concluded.state == "not sent"
    assert "an answer without an end" in concluded.reason


def test_a_broken_connection_within_the_message_leaves_nothing() -> None:
    """A server that goes away before the last line of a long message cannot have it."""
    long = replace(ENVELOPE, content=b"Subject: long\r\n\r\n" + (b"y" * 76 + b"\r\n") * 200_000)
    with BadServer({}, leaves_after_bytes=100_000) as bad:
        concluded = deliver(server(bad.port), long)
    assert concluded.state == "not sent"


def test_some_recipients_refused_is_sent_and_says_who() -> None:
    """The others have the message, and somebody finds out."""
    with GoodServer(refused={"dev@example.org": "550 5.1.1 no such user"}) as good:
        concluded = deliver(server(good.port), ENVELOPE)
    assert concluded.state == "sent"
    assert concluded.reason == (
        f"127.0.0.1:{good.port} took the message, but not for "
        "dev@example.org (550 5.1.1 no such user)"
    )
    assert (concluded.code, concluded.hint) == ("550", "check the addresses that were refused")
    [taken] = good.delivered
    assert taken.recipients == ["ops@example.org"]


def test_nobody_listens() -> None:
    """A refused connection is not sent, with the address."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    concluded = deliver(server(port), ENVELOPE)
    assert (concluded.state, concluded.hint) == (
        "not sent",
        "check host and port; a port that speaks TLS from the start wants tls: implicit",
    )
    assert concluded.reason == f"127.0.0.1:{port} refused the connection"


def test_a_name_that_there_is_not() -> None:
    """A name without an address is not sent."""
    concluded = deliver(server(25, host="mail.invalid"), ENVELOPE)
    assert concluded.state == "not sent"
    assert concluded.reason == "the name 'mail.invalid' cannot be resolved"


def test_tls_from_the_start_where_there_is_none() -> None:
    """The hint names the other kind."""
    with BadServer({}) as bad:
        concluded = deliver(server(bad.port, tls="implicit"), ENVELOPE)
    assert concluded.state == "not sent"
    assert "tls: starttls" in concluded.hint


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_an_authority_that_cannot_be_read(tmp_path: Path, content: str | None) -> None:
    """The sentence names the file, and nothing is connected to."""
    path = tmp_path / "ca.pem"
    if content:
        path.write_text(content)
    concluded = deliver(server(1, tls="starttls", ca_file=path), ENVELOPE)
    assert concluded.state == "refused"
    assert str(path) in concluded.reason


LOGINS: dict[str, tuple[dict[str, str | list[str]], str, str]] = {
    "wrong password": ({"AUTH": "535 5.7.8 bad"}, "refused", "535"),
    "not now": ({"AUTH": "454 4.7.0 later"}, "not sent", "454"),
    "echo": ({"AUTH": f"535 no {PASSWORD} {CODED}"}, "refused", "535"),
    "login wrong": (
        {
            "EHLO": "250-x\r\n250 AUTH LOGIN",
            "AUTH": ["334 VXNlcm5hbWU6", "334 UGFzc3dvcmQ6", f"535 bad {CODED}"],
        },
        "refused",
        "535",
    ),
    "half a login": ({"EHLO": "250-x\r\n250 AUTH LOGIN", "AUTH": "504 no"}, "refused", "504"),
    "no login": ({"EHLO": "250 x"}, "refused", ""),
    "another login": ({"EHLO": "250-x\r\n250 AUTH XOAUTH2"}, "refused", ""),
}


@pytest.mark.parametrize(("told", "state", "code"), LOGINS.values(), ids=LOGINS)
def test_a_login_that_fails(told: dict[str, str | list[str]], state: str, code: str) -> None:
    """Nothing is sent, a hint says what to do, and no word of the login comes back."""
    with BadServer(told) as bad:
        to = server(bad.port, username="digest", password=PASSWORD)
        concluded = deliver(to, ENVELOPE)
    assert (concluded.state, concluded.code) == (state, code), concluded
    assert bool(concluded.hint) == (state == "refused")
    assert not any(line.upper().startswith("MAIL") for line in bad.heard)
    assert_no_secret(concluded, to)


@pytest.mark.parametrize("asked", ["334 VXNlcm5hbWU6", "334 x", "334 "])
@pytest.mark.parametrize("offer", ["AUTH LOGIN", "auth login", "AUTH=LOGIN"])
def test_login_in_two_steps_works(asked: str, offer: str) -> None:
    """A server that offers LOGIN only gets user and password one by one, however it asks."""
    told: dict[str, str | list[str]] = {
        "EHLO": f"250-x\r\n250 {offer}",
        "AUTH": [asked, asked, "235 fine"],
    }
    with BadServer(told) as bad:
        concluded = deliver(server(bad.port, username="digest", password=PASSWORD), ENVELOPE)
    assert concluded.state == "sent"
    assert bad.heard[1:4] == ["AUTH LOGIN", "ZGlnZXN0", CODED]


def assert_no_secret(concluded: Conclusion, to: Server) -> None:
    """Neither the password nor its base64 is in what people get to see."""
    for text in (repr(concluded), repr(to)):
        assert PASSWORD not in text
        assert CODED not in text


def test_hostile_answers_are_inert() -> None:
    """What a server says becomes one printable line."""
    with BadServer({"MAIL": "550 \x1b[2J\u202eevil \x07" + "x" * 5000}) as bad:
        concluded = deliver(server(bad.port), ENVELOPE)
    assert concluded.reason.isprintable()
    assert len(concluded.reason) < 400
