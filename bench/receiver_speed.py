"""Durable bodies a second by the real command, beside the bare server and kube-eventer's ceiling.

One `kubedigest receive`, whose database is away, and one waitress that reads a body and answers
without keeping it, one after the other on this machine, posted to by processes of their own over
connections that stay open. `./run bench receiver_speed`.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import selectors
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from waitress import serve

from tests.faults.receiver_process import ReceiverProcess, body_of

if TYPE_CHECKING:
    from wsgiref.types import StartResponse

ROUNDS = 3
CLIENTS = 2  # processes, each with half of the connections
CONNECTIONS = 64
BODIES = 12_000
EVENTER_PER_SECOND = 19.3  # one request after the other, with 50 ms in between
ANSWER = b'{"status":"success"}'
NOWHERE = "postgresql://nobody@127.0.0.1:1/nothing"


def main() -> None:
    """Print one line a figure."""
    with tempfile.TemporaryDirectory(prefix="kubedigest-bench-") as name:
        syncs = _syncs_a_second(Path(name))
        receiver = ReceiverProcess(Path(name, "receiver"), NOWHERE)
        receiver.start()
        receiver.wait_until_it_answers()
        port = _free_port()
        bare = multiprocessing.Process(target=_bare, args=(port,), daemon=True)
        bare.start()
        _wait_for(port)
        kept, plain = [], []
        for _ in range(ROUNDS):
            kept.append(_per_second(receiver.port))
            plain.append(_per_second(port))
        peak = receiver.peak_bytes()
        bare.terminate()
        receiver.kill()
    durable, without = statistics.median(kept), statistics.median(plain)
    print(f"syncs of this disk: {syncs:,.0f}/s")
    print(f"durable bodies: {durable:,.0f}/s, {CONNECTIONS} connections, {peak / 1e6:.0f} MB")
    print(f"  of kube-eventer's {EVENTER_PER_SECOND}/s: {durable / EVENTER_PER_SECOND:,.0f} x")
    print(f"  of the bare server, {without:,.0f}/s: {durable / without:.2f} x")


def _syncs_a_second(folder: Path) -> float:
    descriptor = os.open(folder / "trial", os.O_RDWR | os.O_CREAT)
    started = time.perf_counter()
    for number in range(100):
        os.pwrite(descriptor, body_of(number) * 16, number * 8192)
        os.fdatasync(descriptor)
    os.close(descriptor)
    return 100 / (time.perf_counter() - started)


def _per_second(port: int) -> float:
    with multiprocessing.Pool(CLIENTS) as pool:
        pool.map(abs, range(CLIENTS))  # they are there
        started = time.perf_counter()
        pool.starmap(_post, [(port, CONNECTIONS // CLIENTS, BODIES // CLIENTS)] * CLIENTS)
        return BODIES / (time.perf_counter() - started)


def _post(port: int, connections: int, bodies: int) -> None:
    """Post over many connections, on each the next one as soon as the last one is answered."""
    selector = selectors.DefaultSelector()
    body = body_of(0)
    head = f"POST /eventer/ HTTP/1.1\r\nHost: a\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    left = bodies
    for _ in range(connections):
        one = socket.create_connection(("127.0.0.1", port))
        one.sendall(head + body)
        selector.register(one, selectors.EVENT_READ)
        left -= 1
    answered = 0
    while answered < bodies:
        for key, _ in selector.select():
            one: Any = key.fileobj
            answer = one.recv(4096)
            if not answer.endswith(ANSWER):
                if not answer.startswith(b"HTTP/1.1 200"):
                    sys.exit(f"not kept: {answer!r}")
                continue  # the head came alone
            answered += 1
            if left > 0:
                left -= 1
                one.sendall(head + body)
    for key in list(selector.get_map().values()):
        key.fileobj.close()  # type: ignore[union-attr]


def _bare(port: int) -> None:
    def application(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        environ["wsgi.input"].read()
        start_response("200 OK", [("Content-Length", str(len(ANSWER)))])
        return [ANSWER]

    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    run: Callable[..., None] = serve
    run(application, host="127.0.0.1", port=port, threads=32, connection_limit=1000, _quiet=True)


def _wait_for(port: int) -> None:
    for _ in range(600):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    sys.exit("the bare server does not start")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


if __name__ == "__main__":
    main()
