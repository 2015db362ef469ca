"""Processes that are forked off, a few at a time, and killed when they take too long."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence

WORKERS = 2
LATE = -1

Number = int | None  # of a mutant; None for the code as it is


def finished(
    numbers: Sequence[Number], work: Callable[[Number], int], timeout: float
) -> Iterator[tuple[Number, int]]:
    """Work at each number in a process of its own; yield it with the code, LATE after *timeout*."""
    waiting = list(reversed(numbers))
    running: dict[int, tuple[Number, float]] = {}
    while waiting or running:
        while waiting and len(running) < WORKERS:
            number = waiting.pop()
            process = fork(lambda number=number: work(number))  # type: ignore[misc]
            running[process] = (number, time.monotonic())
        process, status = os.waitpid(-1, os.WNOHANG)
        if process:
            yield running.pop(process)[0], os.waitstatus_to_exitcode(status)
            continue
        for process, (number, started) in list(running.items()):
            if time.monotonic() - started > timeout:
                os.kill(process, signal.SIGKILL)
                os.waitpid(process, 0)
                del running[process]
                yield number, LATE
        time.sleep(0.005)


def fork(work: Callable[[], int]) -> int:
    """Start a process that ends with the code which *work* returns."""
    sys.stdout.flush()
    process = os.fork()
    if process:
        return process
    code = 99
    try:
        code = work()
    finally:
        os._exit(code)


def told(work: Callable[[], str]) -> str:
    """Return what *work* returns in a process of its own, "" if it fails."""
    reading, writing = os.pipe()

    def tell() -> int:
        with os.fdopen(writing, "w") as stream:
            stream.write(work())
        return 0

    process = fork(tell)
    os.close(writing)
    with os.fdopen(reading) as stream:
        text = stream.read()
    os.waitpid(process, 0)
    return text
