"""One request to a chat, over real sockets of loopback."""

from __future__ import annotations

import logging
import socket
import subprocess
import sys
import threading
from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from reports import http_session
from reports.channels.conclusion import Conclusion
from reports.transport import MOST_ANSWER_BYTES, Answer, Request, masked, post
from tests.api_server.tls import Authority
from tests.chat_servers.manners import Manner, http, misbehaving
from tests.chat_servers.server import ChatServer

GOOD = Manner(takes=True, answer=http(200, "ok"))
MISBEHAVING = misbehaving(GOOD)
SECRETS = ("SECRET", "services", "hunter2", "Bearer")


@pytest.fixture(autouse=True)
def direct(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no proxy of the machine come between."""
    for name in ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


def request(url: str) -> Request:
    """Return a request with a secret in each of its parts."""
    return Request(url=url, body=b'{"text":"a"}', headers={"Authorization": "Bearer hunter2"})


def sent(url: str, *, timeout_seconds: float = 10.0) -> Answer | Conclusion:
    """Send it to a server of loopback."""
    return post(request(url), timeout_seconds=timeout_seconds, allow_http=True, allow_private=True)


def concluded(url: str, *, timeout_seconds: float = 10.0) -> Conclusion:
    """Send it, and expect no answer."""
    found = sent(url, timeout_seconds=timeout_seconds)
    assert isinstance(found, Conclusion)
    return found


def test_a_whole_answer_is_handed_on_whatever_its_status() -> None:
    """A whole answer is handed on whatever its status."""
    manner = Manner(takes=False, answer=http(429, "é", headers={"Retry-After": "7"}))
    with ChatServer(manner) as server:
        answer = sent(server.url)
    assert isinstance(answer, Answer)
    assert (answer.status, answer.body, answer.headers["retry-after"]) == (429, "é", "7")
    [heard] = server.heard
    assert heard.line == "POST /services/SECRET-PATH?key=SECRET-KEY HTTP/1.1"
    assert heard.body == b'{"text":"a"}'
    assert heard.headers["host"] == f"127.0.0.1:{server.port}"
    assert heard.headers["authorization"] == "Bearer hunter2"
    assert heard.headers["user-agent"] == "kubedigest"


@pytest.mark.parametrize(
    "name",
    [name for name in MISBEHAVING if name.startswith(("reset", "closed", "cut", "not HTTP"))],
)
def test_a_connection_that_breaks_leaves_it_open_what_became_of_the_message(name: str) -> None:
    """A connection that breaks leaves it open what became of the message."""
    # a reset may come before the first byte is written: then it is known that nothing was sent
    allowed = {"unclear", "not sent"} if name == "reset before reading" else {"unclear"}
    with ChatServer(MISBEHAVING[name]) as server:
        assert concluded(server.url).state in allowed


@pytest.mark.parametrize(
    "manner",
    [
        MISBEHAVING["silent, taken"],
        Manner(takes=True, answer=http(200, "ok" * 1000), drip_seconds=0.05),
        # an answer without a length ends when the connection does, and here that is cut
        Manner(takes=True, answer=b"HTTP/1.1 200 OK\r\n\r\n" + b"o" * 1000, drip_seconds=0.05),
    ],
)
def test_no_server_holds_longer_than_the_time_allows(manner: Manner) -> None:
    """No server holds longer than the time allows."""
    for seconds in (1.0, 5.0, 25.0):
        with ChatServer(manner) as server:
            found = concluded(server.url, timeout_seconds=seconds)
        if server.heard:  # where a loaded machine had no time to send the message, it gets more
            break
    assert (found.state, found.reason.rpartition(": ")[2]) == ("unclear", "no whole answer in time")


@pytest.mark.parametrize("size", [MOST_ANSWER_BYTES, 10_000_000])
def test_a_huge_answer_is_capped(size: int) -> None:
    """A huge answer is capped."""
    with ChatServer(Manner(takes=True, answer=http(200, "o" * size))) as server:
        answer = sent(server.url)
    assert isinstance(answer, Answer)
    assert len(answer.body) == MOST_ANSWER_BYTES


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    "answer",
    [
        CHUNKED + b"2\r\nok\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: two\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\n\r\nok",
        b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok and more",
    ],
)
def test_an_answer_is_whole_however_its_end_is_told(answer: bytes) -> None:
    """An answer is whole however its end is told."""
    with ChatServer(Manner(takes=True, answer=answer)) as server:
        found = sent(server.url)
    assert isinstance(found, Answer)
    assert (found.status, found.body) == (200, "ok")


@pytest.mark.parametrize(
    "answer",
    [
        CHUNKED + b"2\r\nok\r\n",
        CHUNKED + b"5\r\nok",
        CHUNKED + b"two\r\nok\r\n0\r\n\r\n",
        CHUNKED + b"2\r\nok\r\n0\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2, 3\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nServer",
        b"HTTP/1.1 204 No Content\r\n",
        b"HTTP/1.1 103 Early Hints\r\n\r\n",
    ],
)
def test_an_answer_that_is_not_whole_is_none(answer: bytes) -> None:
    """An answer that is not whole is none."""
    with ChatServer(Manner(takes=True, answer=answer)) as server:
        assert concluded(server.url).state == "unclear"


def test_nothing_is_sent_where_nobody_listens() -> None:
    """Nothing is sent where nobody listens."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        port = listener.getsockname()[1]
    found = concluded(f"http://127.0.0.1:{port}/services/SECRET")
    assert found.state == "not sent"
    assert found.reason == f"no connection to 127.0.0.1:{port}: connection refused"


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("error", [ConnectionResetError, BrokenPipeError])
def test_nothing_is_sent_where_the_connection_breaks_before_it_is_made(
    scheme: str, error: type[OSError], monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the request has begun, urllib3 takes these for a reason to read the answer."""

    def broken(*_: object) -> None:
        raise error(1, "It broke")

    monkeypatch.setattr(http_session, "connect", broken)
    found = concluded(f"{scheme}://chat.example/SECRET")
    assert found.state == "not sent"
    assert found.reason == "no connection to chat.example: it broke"


def test_nothing_is_sent_to_a_name_without_an_address() -> None:
    """Nothing is sent to a name without an address."""
    found = concluded("https://no-such-chat.invalid/services/SECRET")
    assert found.state == "not sent"
    assert found.reason == "no connection to no-such-chat.invalid: its name was not found"


@pytest.mark.parametrize("location", ["", "http://["])
def test_a_redirect_is_not_followed(location: str) -> None:
    """A redirect is not followed, wherever it leads, nor is its body, which never ends, read."""
    with ChatServer(GOOD) as other:
        answer = http(307, headers={"Location": location or other.url}, declared=1_000_000)
        with ChatServer(Manner(takes=False, answer=answer, ends="hold")) as server:
            found = concluded(server.url)
    assert (found.state, found.code, other.connections) == ("refused", "307", 0)
    assert found.hint


def test_an_early_refusal_of_a_long_message_is_read() -> None:
    """An early refusal of a long message is read."""
    manner = Manner(takes=False, answer=http(413, "too large"), reads=False)
    with ChatServer(manner) as server:
        long = Request(url=server.url, body=b"x" * 50_000_000, headers={})
        found = post(long, timeout_seconds=10, allow_http=True, allow_private=True)
    # a server that closes on unread data resets; either way nothing wrong is concluded
    assert isinstance(found, Answer) or found.state == "unclear"


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://chat.example/SECRET", "http://"),
        ("ftp://chat.example/SECRET", "is none"),
        ("file:///etc/passwd", "is none"),
        ("chat.example/SECRET", "is none"),
        ("https://", "is none"),
        ("https://chat.example:99999999/SECRET", "is none"),
        ("https://127.0.0.1/SECRET", "private network"),
        ("https://127.1/SECRET", "private network"),
        ("https://localhost/SECRET", "private network"),
        ("https://[::ffff:169.254.169.254]/SECRET", "private network"),
        ("https://user:SECRET@10.0.0.1/", "private network"),
    ],
)
def test_what_must_not_be_reached_is_refused(url: str, reason: str) -> None:
    """What must not be reached is refused."""
    found = post(request(url), timeout_seconds=10)
    assert isinstance(found, Conclusion)
    assert found.state == "refused"
    assert reason in found.reason
    assert found.hint


def test_the_address_that_was_checked_is_the_one_connected_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The address that was checked is the one connected to."""
    asked = []
    with ChatServer(GOOD) as server:

        def rebinding(host: str, port: int, **_: object) -> list[object]:
            asked.append(host)
            address = "127.0.0.1" if len(asked) == 1 else "169.254.169.254"
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

        monkeypatch.setattr(socket, "getaddrinfo", rebinding)
        answer = sent(f"http://chat.example:{server.port}/")
        assert isinstance(answer, Answer)
    assert asked == ["chat.example"]
    assert server.heard[0].headers["host"] == f"chat.example:{server.port}"


def test_the_next_address_is_tried_where_one_does_not_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The next address is tried where one does not answer."""
    with ChatServer(GOOD) as server:

        def both(host: str, port: int, **_: object) -> list[object]:
            six = (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("::1", port, 0, 0))
            return [six, (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

        monkeypatch.setattr(socket, "getaddrinfo", both)
        assert isinstance(sent(f"http://chat.example:{server.port}/"), Answer)


def test_a_name_and_a_password_in_the_url_are_a_login() -> None:
    """A name and a password in the URL are a login."""
    with ChatServer(GOOD) as server:
        url = f"http://user:p%40ss@127.0.0.1:{server.port}/"
        post(
            Request(url=url, body=b"", headers={}),
            timeout_seconds=10,
            allow_http=True,
            allow_private=True,
        )
    expected = b64encode(b"user:p@ss").decode()
    assert server.heard[0].headers["authorization"] == f"Basic {expected}"


def test_nothing_else_of_the_environment_is_heeded(
    trusted: Authority, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Nothing else of the environment is heeded: no login, no authority, no proxy for http."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password hunter2\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "none"))
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for context in (None, trusted.certificate().context()):
        with ChatServer(GOOD, context=context) as server:
            plain = Request(url=server.url, body=b"", headers={})
            post(plain, timeout_seconds=10, allow_http=True, allow_private=True)
        assert set(server.heard[0].headers) == {
            "host",
            "accept-encoding",
            "user-agent",
            "connection",
            "content-length",
        }


def test_an_address_of_ipv6_is_reached() -> None:
    """An address of IPv6 is reached."""
    with ChatServer(GOOD, address="::1") as server:
        assert isinstance(sent(f"http://[::1]:{server.port}/"), Answer)
    assert server.heard[0].headers["host"] == f"[::1]:{server.port}"


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "密钥 SECRET"])
def test_a_header_that_cannot_be_sent_is_refused(value: str) -> None:
    """A header that cannot be sent is refused."""
    with ChatServer(GOOD) as server:
        found = post(
            Request(url=server.url, body=b"", headers={"x-token": value}),
            timeout_seconds=10,
            allow_http=True,
            allow_private=True,
        )
    assert isinstance(found, Conclusion)
    assert (found.state, server.taken) == ("refused", [])


@pytest.fixture
def trusted(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> Iterator[Authority]:
    """Trust the authority of these tests."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.ca))
    http_session.tls_context.cache_clear()
    yield authority
    http_session.tls_context.cache_clear()


def test_a_certificate_is_checked_against_the_name(trusted: Authority) -> None:
    """A certificate is checked against the name."""
    context = trusted.certificate().context()
    with ChatServer(GOOD, context=context) as server:
        assert isinstance(sent(server.url), Answer)
    used = http_session.tls_context()
    assert used.session_stats()["connect_good"] == 1
    assert used.cert_store_stats()["x509_ca"] == 1  # nobody has added those of certifi


@pytest.mark.parametrize("kind", ["unknown", "expired", "other name"])
def test_a_certificate_that_does_not_hold_is_refused(
    kind: str, authority: Authority, request: pytest.FixtureRequest
) -> None:
    """A certificate that does not hold is refused."""
    if kind != "unknown":
        request.getfixturevalue("trusted")
    certificate = {
        "unknown": lambda: authority.certificate(),
        "expired": authority.expired,
        "other name": lambda: authority.certificate("other", alternative="DNS:other.example"),
    }[kind]()
    with ChatServer(GOOD, context=certificate.context()) as server:
        found = concluded(server.url)
    assert found.state == "refused"
    assert "certificate" in found.reason
    assert "SSL_CERT_FILE" in found.hint
    assert server.heard == []


def test_a_server_that_speaks_no_tls_got_nothing() -> None:
    """A server that speaks no TLS got nothing."""
    with ChatServer(Manner(takes=False, answer=b"220 mail\r\n", reads=False)) as server:
        found = concluded(server.url.replace("http:", "https:"))
    assert found.state == "not sent"


@contextmanager
def proxy_to(
    port: int, status: str = "200 OK", address: str = "127.0.0.1"
) -> Iterator[tuple[str, list[bytes]]]:
    """Serve one tunnel to a port of loopback, whatever the name that is asked for."""
    asked: list[bytes] = []
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with closing(socket.create_server((address, 0), family=family)) as listener:

        def pump(source: socket.socket, target: socket.socket) -> None:
            while piece := source.recv(65_536):
                target.sendall(piece)
            target.shutdown(socket.SHUT_WR)

        def serve() -> None:
            client, _ = listener.accept()
            with client:
                head = b""
                while not head.endswith(b"\r\n\r\n"):
                    head += client.recv(1)
                asked.append(head)
                client.sendall(f"HTTP/1.1 {status}\r\n\r\n".encode())
                if not status.startswith("200"):
                    return
                with socket.create_connection(("127.0.0.1", port)) as server:
                    back = threading.Thread(target=pump, args=(server, client))
                    back.start()
                    pump(client, server)
                    back.join()

        thread = threading.Thread(target=serve)
        thread.start()
        host = f"[{address}]" if ":" in address else address
        yield f"http://me:hunter2@{host}:{listener.getsockname()[1]}", asked
        thread.join()


@pytest.mark.parametrize(
    ("prefix", "address"), [("http://", "127.0.0.1"), ("", "127.0.0.1"), ("http://", "::1")]
)
def test_a_proxy_of_the_environment_makes_a_tunnel(
    prefix: str, address: str, trusted: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy of the environment makes a tunnel."""
    certificate = trusted.certificate("chat", alternative="DNS:chat.example")
    with (
        ChatServer(GOOD, context=certificate.context()) as server,
        proxy_to(server.port, address=address) as (proxy, asked),
    ):
        monkeypatch.setenv("HTTPS_PROXY", prefix + proxy.removeprefix("http://"))
        answer = post(request("https://chat.example/SECRET"), timeout_seconds=10)
    assert isinstance(answer, Answer)
    login = b64encode(b"me:hunter2").decode()
    line, *headers = asked[0].decode().splitlines()
    assert line.rpartition(".")[0] == "CONNECT chat.example:443 HTTP/1"  # 1.0 of some Pythons
    assert f"Proxy-Authorization: Basic {login}" in headers
    assert b"SECRET" not in asked[0]


def test_a_proxy_that_refuses_has_sent_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy that refuses has sent nothing."""
    with proxy_to(1, status="407 Proxy Authentication Required") as (proxy, _):
        monkeypatch.setenv("HTTPS_PROXY", proxy)
        found = post(request("https://chat.example/SECRET"), timeout_seconds=10)
    assert isinstance(found, Conclusion)
    assert (found.state, found.reason) == (
        "not sent",
        "no connection to chat.example: the proxy answered 407",
    )


@pytest.mark.parametrize(
    "proxy", ["https://127.0.0.1:9", "socks5://127.0.0.1:9", "http://:9", "http://", "a b"]
)
def test_a_proxy_that_cannot_be_used_is_refused(
    proxy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy that cannot be used is refused."""
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    found = post(request("https://chat.example/SECRET"), timeout_seconds=10)
    assert isinstance(found, Conclusion)
    assert (found.state, "HTTPS_PROXY" in found.reason) == ("refused", True)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "kubernetes.localhost"])
def test_no_proxy_is_asked_for_what_is_private(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxy is asked for what is private."""
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    found = post(request(f"https://{host}/SECRET"), timeout_seconds=10)
    assert isinstance(found, Conclusion)
    assert found.state == "refused"


TELLTALE = {  # what the libraries write into the log of their own accord
    "no first header": b"HTTP/1.1 200 OK\r\n SECRET\r\nx: y\r\n\r\nok",
    "no header": b"HTTP/1.1 200 OK\r\nSECRET\r\nx: SECRET\r\n\r\nok",
    "two lengths": CHUNKED.replace(b"\r\n\r\n", b"\r\nContent-Length: 2\r\n\r\n") + b"0\r\n\r\n",
}


def test_no_secret_is_in_what_is_said(
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """No secret is in what is said."""
    caplog.set_level(logging.DEBUG)
    said = []
    telltale = {name: Manner(takes=True, answer=answer) for name, answer in TELLTALE.items()}
    for manner in (MISBEHAVING | telltale).values():
        with ChatServer(manner) as server:
            said.append(repr(sent(server.url, timeout_seconds=0.5)))
    said += [repr(request("https://a/SECRET")), str(request("https://a/SECRET"))]
    bad = Request(url="https://a b\0/SECRET", body=b"SECRET", headers={"x": "SECRET\n"})
    said += [repr(bad), repr(post(bad, timeout_seconds=1))]
    with proxy_to(1, status="407 SECRET") as (proxy, _):
        monkeypatch.setenv("HTTPS_PROXY", proxy)
        said.append(repr(post(request("https://chat.example/SECRET"), timeout_seconds=10)))
    said += [caplog.text, *(repr(vars(record)) for record in caplog.records), *capfd.readouterr()]
    assert "urllib3" in caplog.text  # which was not silenced, but has nothing to tell
    assert not [one for one in said for secret in SECRETS if secret in one]


def test_what_takes_long_to_import_waits_for_the_first_message() -> None:
    """What takes long to import waits for the first message."""
    code = "import sys, reports.transport; sys.exit('requests' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_preview_masks_what_is_secret() -> None:
    """A preview masks what is secret."""
    shown = masked(
        Request(
            url="https://user:hunter2@chat.example:8443/services/SECRET?key=SECRET",
            body='{"timestamp":"1700000000","sign":"SECRET","text":"<b>\\u202e 密"}'.encode(),
            headers={
                "content-type": "application/json",
                "webhook-id": "msg_1",
                "webhook-signature": "v1,SECRET",
                "Authorization": "Bearer SECRET",
                "X-Team": "SECRET",
            },
        )
    )
    assert shown.splitlines() == [
        "POST https://chat.example:8443/…",
        "content-type: application/json",
        "webhook-id: msg_1",
        "webhook-signature: ***",
        "Authorization: ***",
        "X-Team: ***",
        "",
        "{",
        '  "timestamp": "1700000000",',
        '  "sign": "***",',
        '  "text": "<b>\\u202e 密"',
        "}",
    ]


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b"a\n\x1b[2J", "a\n\\x1b[2J"),
        (b"\x89PNG\xff", "(5 bytes)"),
        (b"[" * 100_000, "[" * 100_000),
    ],
)
def test_a_preview_of_what_is_no_json_is_text(body: bytes, shown: str) -> None:
    """A preview of what is no JSON is text."""
    found = masked(Request(url="https://chat.example/", body=body, headers={}))
    assert found == f"POST https://chat.example/…\n\n{shown}"


def test_a_preview_shortens_pictures() -> None:
    """A preview shortens pictures."""
    body = b'{"image":{"base64":"' + b"QUJD" * 1000 + b'"}}'
    shown = masked(Request(url="https://chat.example/", body=body, headers={}))
    assert "(4,000 characters)" in shown
    assert len(shown) < 200


def test_a_preview_of_an_address_that_is_none_shows_nothing_of_it() -> None:
    """A preview of an address that is none shows nothing of it."""
    shown = masked(Request(url="https://a:SECRET/\0SECRET", body=b"{}", headers={}))
    assert "SECRET" not in shown
