"""The receiver over sockets, with no database: what it answers, keeps, refuses and survives."""

from __future__ import annotations

import gzip
import json
import logging
import socket
import time
import zlib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from collector.bodies import Receipt, Route
from collector.body_file import KeptBody
from collector.body_log import BodyLog
from collector.errors import ListenError, SpoolError
from collector.gated_server import Limits
from collector.receiver_routes import Protection, ReceiverRoute
from tests.receivers import (
    BODY,
    SUCCESS,
    connected,
    exchange,
    outcomes,
    receiver,
    request,
    signed,
    status_of,
)

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
TOKEN = "correct-horse-battery"


def kept(spool: Path) -> list[KeptBody]:
    """Return the bodies that wait, once the receiver is closed."""
    log = BodyLog(spool)
    found: list[KeptBody] = []
    while some := log.take():
        found += some
        log.release()
    log.close()
    return found


@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
@pytest.mark.parametrize(
    "path", ["/", "/eventer", "/eventer/?header=Authorization=x&level=Warning", "/a//b/%2e%2e/c"]
)
def test_a_body_is_kept_whatever_the_method_and_path(
    tmp_path: Path, method: str, path: str
) -> None:
    """Exactly 200, never a redirect; nothing of the query is kept."""
    with receiver(tmp_path, patience_seconds=0) as (running, _):
        answer = exchange(running.address, request(method, path, headers=[("User-Agent", "Go/1")]))
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert answer.endswith(SUCCESS)
    [one] = kept(tmp_path)
    assert one.body == BODY
    assert (one.receipt.cluster, one.receipt.sender) == ("lab", "127.0.0.1 (Go/1)")


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", gzip.compress(BODY)),
        ("gzip", gzip.compress(BODY[:50]) + gzip.compress(BODY[50:])),
        ("deflate", zlib.compress(BODY)),
        ("deflate", zlib.compress(BODY, wbits=-15)),
        ("identity", BODY),
        ("deflate, gzip", gzip.compress(zlib.compress(BODY))),
    ],
)
def test_a_body_is_unpacked(tmp_path: Path, encoding: str, body: bytes) -> None:
    """As its header says."""
    with receiver(tmp_path, patience_seconds=0) as (running, _):
        sent = request(body=body, headers=[("Content-Encoding", encoding)])
        assert status_of(exchange(running.address, sent)) == 200
    assert [one.body for one in kept(tmp_path)] == [BODY]


@pytest.mark.parametrize(
    ("encoding", "body", "status"),
    [
        ("gzip", BODY, 400),
        ("gzip", gzip.compress(BODY)[:-9], 400),
        ("gzip", gzip.compress(b"") * 1000, 400),
        ("deflate", b"\xff\xff\xff", 400),
        ("br", BODY, 415),
        ("gzip, gzip, gzip", gzip.compress(BODY), 415),
        ("gzip", gzip.compress(bytes(1 << 30 >> 4), 9), 413),
        ("gzip", gzip.compress(bytes((1 << 20) + 1)), 413),
    ],
)
def test_what_cannot_be_unpacked_is_refused(
    tmp_path: Path, encoding: str, body: bytes, status: int
) -> None:
    """Also what would fill the memory."""
    with receiver(tmp_path, patience_seconds=0) as (running, _):
        sent = request(body=body, headers=[("Content-Encoding", encoding)])
        assert status_of(exchange(running.address, sent)) == status
    assert kept(tmp_path) == []


HEAD = b"POST /eventer/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"


@pytest.mark.parametrize(
    ("sent", "status", "bodies"),
    [
        (HEAD + b"\r\n", 411, []),
        (HEAD + b"\r\nabc", 411, []),
        (HEAD + b"Content-Length: 0\r\n\r\n", 200, []),
        (HEAD + b"Content-Length: 3\r\n\r\nabc", 200, [b"abc"]),
        (HEAD + b"Content-Length: -1\r\n\r\nabc", 400, []),
        (HEAD + b"Content-Length: +3\r\n\r\nabc", 400, []),
        (HEAD + b"Content-Length: 3x\r\n\r\nabc", 400, []),
        (HEAD + b"Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc", 400, []),
        (HEAD + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", 400, []),
        (HEAD + b"Content-Length: 3, 3\r\n\r\nabc", 400, []),
        (HEAD + b"Content-Length: 99999999999\r\n\r\nabc", 413, []),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", 200, [b"abc"]),
        (
            HEAD + b"Transfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
            200,
            [b"abcde"],
        ),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 200, []),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n-3\r\nabc\r\n0\r\n\r\n", 400, []),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n", 400, []),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n", 400, []),
        (
            HEAD + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
            400,
            [],
        ),
        (HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501, []),
        (HEAD + b"Transfer-Encoding: identity\r\nContent-Length: 3\r\n\r\nabc", 501, []),
        (b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", 400, []),
        (b"POST / HTTP/1.0\r\nContent-Length: 3\r\n\r\nabc", 200, [b"abc"]),
        (b"POST / HTTP/1.0\r\n\r\nabc", 411, []),
        (HEAD + b"Content Length: 3\r\n\r\nabc", 400, []),
        (HEAD + b"Content_Length: 3\r\n\r\nabc", 411, []),
        (HEAD + b"X: " + b"y" * 20_000 + b"\r\n\r\n", 431, []),
        (b"nonsense\r\n\r\n", 400, []),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400, []),
        (b"DELETE / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 405, []),
        (b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 200, []),
        (b"HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 200, []),
        (
            HEAD + b"Expect: 100-continue\r\nContent-Length: 3\r\n\r\nabc",
            100,
            [b"abc"],
        ),
    ],
)
def test_framing(tmp_path: Path, sent: bytes, status: int, bodies: list[bytes]) -> None:
    """An answer comes at once, and 200 means exactly what was kept."""
    with receiver(tmp_path, patience_seconds=0) as (running, _):
        answer = exchange(running.address, sent)
    assert status_of(answer) == status
    assert [one.body for one in kept(tmp_path)] == bodies


def test_two_requests_in_one_packet_are_two(tmp_path: Path) -> None:
    """And both are answered."""
    one = request(headers=[]).replace(b"Connection: close\r\n", b"")
    with receiver(tmp_path, patience_seconds=0) as (running, _):
        answer = exchange(running.address, one + request())
    assert answer.count(b"HTTP/1.1 200 OK") == 2
    assert len(kept(tmp_path)) == 2


def test_what_follows_a_refused_head_is_no_request(tmp_path: Path) -> None:
    """A body that looks like one changes nothing."""
    inner = request()
    route = ReceiverRoute(path="/", cluster="lab", protection=Protection(tokens=[TOKEN]))
    outer = request(body=inner.replace(b"Host", b"Authorization: Bearer " + TOKEN.encode()))
    with receiver(tmp_path, route, patience_seconds=0) as (running, _):
        answer = exchange(running.address, outer)
    assert answer.count(b"HTTP/1.1") == 1
    assert status_of(answer) == 401
    assert kept(tmp_path) == []


def test_a_large_body_is_kept_whole(tmp_path: Path) -> None:
    """Up to the limit, and nothing beyond it."""
    limits = Limits(body_bytes=200_000)
    with receiver(tmp_path, patience_seconds=0, limits=limits) as (running, _):
        fits = request(body=b"x" * 200_000)
        assert status_of(exchange(running.address, fits)) == 200
        assert status_of(exchange(running.address, request(body=b"x" * 200_001))) == 413
        chunk = b"%x\r\n%s\r\n" % (200_001, b"x" * 200_001)
        chunked = HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunk + b"0\r\n\r\n"
        assert status_of(exchange(running.address, chunked)) == 413
    assert [len(one.body) for one in kept(tmp_path)] == [200_000]


# -- the hook proxy


@pytest.mark.parametrize("path", ["/kubewatch/", "/eventer/", "/kubewatch", "/eventer"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_without_a_body_it_answers_as_the_hook_proxy(
    tmp_path: Path, path: str, method: str
) -> None:
    """And keeps nothing."""
    with receiver(tmp_path, patience_seconds=0) as (running, metrics):
        answer = exchange(running.address, request(method, path, body=b""))
        assert outcomes(metrics) == {"empty": 1}
    assert answer.endswith(SUCCESS)
    assert status_of(answer) == 200
    assert b"application/json" in answer


def test_the_daily_table_is_sent_by_a_get_and_nothing_is_destroyed(tmp_path: Path) -> None:
    """A body at that address is a body."""
    sent: list[str] = []
    with receiver(tmp_path, patience_seconds=0, send_statistical=lambda: sent.append("x")) as (
        running,
        _,
    ):
        exchange(running.address, request())
        for path in ("/eventer/statistical", "/eventer/statistical/?x=1"):
            assert exchange(running.address, request("GET", path, b"")).endswith(SUCCESS)
        exchange(running.address, request("POST", "/eventer/statistical"))
    assert sent == ["x", "x"]
    assert len(kept(tmp_path)) == 2


def test_without_a_channel_the_daily_table_is_not_found(tmp_path: Path) -> None:
    """And the answer says what to set."""
    with receiver(tmp_path, patience_seconds=0) as (running, _):
        answer = exchange(running.address, request("GET", "/eventer/statistical", b""))
    assert status_of(answer) == 404
    assert b"statistical_channel" in answer


# -- protection

BEARER = [("Authorization", f"Bearer {TOKEN}")]


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/eventer/", BEARER, 200),
        ("/eventer/", [("authorization", f"bearer {TOKEN}")], 200),
        ("/eventer/deeper", BEARER, 200),
        (f"/hook/{TOKEN}/eventer/", [], 200),
        (f"/hook/{TOKEN}/eventer", [], 200),
        ("/eventer/", [], 401),
        ("/eventer/", [("Authorization", TOKEN)], 401),
        ("/eventer/", [("Authorization", f"Bearer {TOKEN}x")], 401),
        ("/eventer/", [("Authorization", "Bearer other-token-1")], 401),
        ("/eventer/", [("Authorization", "Bearer caf\xe9")], 401),
        ("/hook/other-token-1/eventer/", [], 401),
        (f"/hook/{TOKEN[:-1]}/eventer/", BEARER, 401),
        ("/other/", [("Authorization", "Bearer other-token-1")], 200),
        ("/other/", BEARER, 401),
        ("/eventerx", BEARER, 404),
        ("/", BEARER, 404),
        (f"/hook/{TOKEN}", [], 404),
    ],
)
def test_a_token_opens_its_own_route_only(
    tmp_path: Path, path: str, headers: list[tuple[str, str]], status: int
) -> None:
    """In the header or in the path."""
    routes = [
        ReceiverRoute(path="/eventer/", cluster="a", protection=Protection(tokens=[TOKEN, "old"])),
        ReceiverRoute(path="other", cluster="b", protection=Protection(tokens=["other-token-1"])),
    ]
    with receiver(tmp_path, *routes, patience_seconds=0) as (running, _):
        assert (
            status_of(exchange(running.address, request("POST", path, headers=headers))) == status
        )
    assert len(kept(tmp_path)) == (status == 200)


def test_a_wrong_token_is_refused_before_the_body_is_read(tmp_path: Path) -> None:
    """The answer comes though the body never does."""
    route = ReceiverRoute(path="/", cluster="lab", protection=Protection(tokens=[TOKEN]))
    head = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n"
    with receiver(tmp_path, route, patience_seconds=0) as (running, _):
        assert status_of(exchange(running.address, head)) == 401


def test_signatures(tmp_path: Path) -> None:
    """Those of the body and of now, once; a body that comes again is answered and not kept."""
    protection = Protection(secrets=["an older secret", SECRET])
    route = ReceiverRoute(path="/", cluster="lab", protection=protection)
    with receiver(tmp_path, route, patience_seconds=0) as (running, metrics):

        def status(headers: list[tuple[str, str]], body: bytes = BODY) -> int:
            return status_of(exchange(running.address, request(headers=headers, body=body)))

        assert status(signed(SECRET, BODY)) == 200
        assert status(signed(SECRET, BODY)) == 200
        assert status(signed("an older secret", BODY, number="msg_2")) == 200
        assert status(signed("another secret", BODY, number="msg_3")) == 401
        assert status(signed(SECRET, BODY, number="msg_4"), BODY + b" ") == 401
        assert status(signed(SECRET, BODY, number="msg_5", at=time.time() - 290)) == 200
        assert status(signed(SECRET, BODY, number="msg_6", at=time.time() - 320)) == 401
        assert status(signed(SECRET, BODY, number="msg_7", at=time.time() + 320)) == 401
        assert status([]) == 401
        assert status([("webhook-id", "x"), ("webhook-timestamp", "soon")]) == 401
        several = dict(signed(SECRET, BODY, number="msg_8"))
        several["webhook-signature"] = f"v1a,x v1,AAAA {several['webhook-signature']}"
        assert status(list(several.items())) == 200
        assert outcomes(metrics) == {"durable": 4, "repeated": 1, "unauthorized": 6}
    numbers = [one.receipt.number for one in kept(tmp_path)]
    assert len(set(numbers)) == 4
    assert all(number.startswith("signed-") for number in numbers)


def test_a_peer_that_asks_too_often_is_told_so(tmp_path: Path) -> None:
    """Ten times as often at once as in the long run."""
    with receiver(tmp_path, patience_seconds=0, per_second=0.5) as (running, _):
        statuses = [status_of(exchange(running.address, request())) for _ in range(7)]
    assert statuses == [200] * 5 + [429] * 2


def test_no_secret_is_logged_or_kept(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Neither of a query nor of a path nor of a header, whatever becomes of the request."""
    caplog.set_level(logging.DEBUG)
    canary = "c4n4ry-of-this-test"
    route = ReceiverRoute(path="/e", cluster="lab", protection=Protection(tokens=[canary]))
    with receiver(tmp_path, route, patience_seconds=0) as (running, _):
        for path in (f"/hook/{canary}/e?header=Authorization={canary}", f"/hook/x{canary}/e"):
            for body in (BODY, b"unreadable"):
                sent = request("POST", path, body, [("Authorization", f"Basic {canary}=")])
                assert canary.encode() not in exchange(running.address, sent)
        exchange(running.address, f"POST /{canary} HTTP/9 {canary}\r\n{canary}\r\n\r\n".encode())
        assert canary not in repr(vars(running))
    assert canary not in caplog.text
    for path in tmp_path.iterdir():
        assert canary.encode() not in path.read_bytes()


# -- limits


def test_a_slow_request_is_cut_however_steadily_it_comes(tmp_path: Path) -> None:
    """The deadline is of the whole request, and not of a byte."""
    limits = Limits(request_seconds=1)
    with receiver(tmp_path, patience_seconds=0, limits=limits) as (running, _):
        silent = connected(running.address)
        with connected(running.address) as slow:
            slow.sendall(HEAD + b"Content-Length: 1000\r\n\r\n")
            deadline = time.monotonic() + 30
            try:
                while time.monotonic() < deadline:
                    slow.sendall(b"x")
                    time.sleep(0.1)
            except ConnectionError:
                pass
            assert time.monotonic() < deadline
        assert silent.recv(1) == b""
        silent.close()
        assert status_of(exchange(running.address, request())) == 200
    assert len(kept(tmp_path)) == 1


def test_the_slowest_makes_room(tmp_path: Path) -> None:
    """Where there are as many connections as allowed, the next one is taken all the same."""
    limits = Limits(connections=20)
    with receiver(tmp_path, patience_seconds=0, limits=limits) as (running, _):
        slow = [connected(running.address) for _ in range(40)]
        assert status_of(exchange(running.address, request())) == 200
        for one in slow:
            one.close()


def test_when_the_spool_is_full_nobody_is_told_200(tmp_path: Path) -> None:
    """503 and nothing kept, until there is room."""
    with receiver(tmp_path, patience_seconds=0, spool_limit_bytes=1000) as (running, metrics):
        statuses = [status_of(exchange(running.address, request())) for _ in range(5)]
        assert outcomes(metrics)["dropped"] == statuses.count(503)
    assert statuses[0] == 200
    assert statuses[-1] == 503
    assert len(kept(tmp_path)) == statuses.count(200)


def test_what_was_kept_waits_for_the_next_start(tmp_path: Path) -> None:
    """In order, under the numbers that were given."""
    for start in range(2):
        with receiver(tmp_path, patience_seconds=0) as (running, _):
            for number in range(3):
                exchange(running.address, request(body=b"body %d" % (3 * start + number)))
    found = kept(tmp_path)
    assert [one.body for one in found] == [b"body %d" % number for number in range(6)]
    assert len({one.receipt.number for one in found}) == 6


# -- pages


def test_its_own_pages(tmp_path: Path) -> None:
    """Health, metrics and what it is; with a body the same paths are those of senders."""
    with receiver(tmp_path, patience_seconds=0) as (running, _):
        assert exchange(running.address, request("GET", "/healthz", b"")).endswith(b"ok\n")
        assert status_of(exchange(running.address, request("POST", "/metrics"))) == 200
        metrics = exchange(running.address, request("GET", "/metrics", b"")).decode()
        document = exchange(running.address, request("GET", "/openapi.json", b""))
        assert json.loads(document.partition(b"\r\n\r\n")[2])["openapi"].startswith("3.")
    assert 'kubedigest_receiver_requests_total{outcome="durable"} 1.0' in metrics


def test_ready_says_that_the_database_is_away(tmp_path: Path) -> None:
    """Bodies are taken meanwhile."""
    with receiver(tmp_path, patience_seconds=0) as (running, _):
        assert status_of(exchange(running.address, request())) == 200
        deadline = time.monotonic() + 30
        while not running.ready():
            assert time.monotonic() < deadline
            time.sleep(0.01)
        answer = exchange(running.address, request("GET", "/readyz", b""))
        assert status_of(answer) == 503
        assert b"127.0.0.1" in answer
        assert status_of(exchange(running.address, request())) == 200


# -- starts that fail


def test_a_port_in_use(tmp_path: Path) -> None:
    """The sentence says so, and the spool is free again."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with (
            pytest.raises(ListenError, match="Address already in use"),
            receiver(tmp_path, listen=f"127.0.0.1:{port}"),
        ):
            pass
    BodyLog(tmp_path).close()


def test_a_spool_of_another_process(tmp_path: Path) -> None:
    """Two receivers need two folders."""
    with (
        receiver(tmp_path, patience_seconds=0),
        pytest.raises(SpoolError, match="in use by another process"),
        receiver(tmp_path),
    ):
        pass


def test_a_receipt_goes_through_the_spool_unchanged(tmp_path: Path) -> None:
    """With the route of its sender."""
    route = Route("/eventer/", template="/eventer/", names_cluster=True)
    receipt = Receipt("1", datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC), "prod", "me", route)
    log = BodyLog(tmp_path)
    log.keep(KeptBody(receipt, b"\xff\x00"))
    assert log.take() == [KeptBody(receipt, b"\xff\x00")]
    log.close()
