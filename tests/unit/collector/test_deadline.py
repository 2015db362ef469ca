"""When a deadline cuts, and above all when it does not."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from collections.abc import Iterator
from typing import cast

import psycopg2
import pytest
from psycopg2.extensions import connection as Connection  # noqa: N812 - a class by nature

from collector.deadline import Deadline, NoAnswer


class Clock:
    """A clock that stands still until the test moves it; whoever sleeps is then woken."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.asleep = threading.Semaphore(0)
        self._moved = threading.Semaphore(0)

    def monotonic(self) -> float:
        """Return the time."""
        return self.seconds

    def sleep(self, seconds: float) -> None:
        """Wait for the next move."""
        self.asleep.release()
        assert self._moved.acquire(timeout=60)

    def wait_for_sleep(self) -> None:
        """Wait until the watching thread has looked, and sleeps."""
        assert self.asleep.acquire(timeout=60)

    def move(self, seconds: float) -> None:
        """Let time pass for a thread that sleeps."""
        self.seconds += seconds
        self._moved.release()


class Wire:
    """What stands for a connection: one end of a pair of sockets."""

    def __init__(self) -> None:
        self.near, self.far = socket.socketpair()
        self.near.settimeout(60)

    def fileno(self) -> int:
        """Return the descriptor, as psycopg2's connections do."""
        return self.near.fileno()

    def wait(self) -> None:
        """Wait for an answer as libpq does: the end of the stream is an error."""
        if not self.near.recv(1):
            raise psycopg2.OperationalError("server closed the connection unexpectedly")

    def close(self) -> None:
        """Close both ends."""
        self.near.close()
        self.far.close()


@pytest.fixture
def clock() -> Iterator[Clock]:
    """Yield a clock of the test's own; threads that still sleep by it wake in the end."""
    made = Clock()
    yield made
    for _ in range(10):
        made.move(1_000_000)


@pytest.fixture
def deadline(clock: Clock) -> Deadline:
    """Return a deadline of 10 s by that clock."""
    return Deadline(10, monotonic=clock.monotonic, sleep=clock.sleep)


@pytest.fixture
def wire() -> Iterator[Wire]:
    """Yield a connection to somebody who never answers by himself."""
    made = Wire()
    yield made
    made.close()


def let_pass(clock: Clock, seconds: float) -> None:
    """Move the clock once the watching thread sleeps."""
    clock.wait_for_sleep()
    clock.move(seconds)


def as_connection(wire: Wire) -> Connection:
    """Return the wire as what it stands for."""
    return cast("Connection", wire)


def test_silence_is_cut(deadline: Deadline, clock: Clock, wire: Wire) -> None:
    """A block that has waited for as long as is allowed gets one sentence."""

    def wait_for_ever() -> None:
        with deadline.watch(as_connection(wire)):
            let_pass(clock, 10)
            wire.wait()

    with pytest.raises(NoAnswer, match=r"^the database did not answer for 10 s$"):
        wait_for_ever()


def test_an_earlier_end_is_no_deadline(deadline: Deadline, clock: Clock, wire: Wire) -> None:
    """A connection that breaks by itself keeps its own error."""
    wire.far.close()
    with (
        pytest.raises(psycopg2.OperationalError, match="unexpectedly") as caught,
        deadline.watch(as_connection(wire)),
    ):
        wire.wait()
    assert not isinstance(caught.value, NoAnswer)


def test_a_block_that_is_over_is_not_cut(deadline: Deadline, clock: Clock, wire: Wire) -> None:
    """A deadline that comes after its block leaves the next block of the connection alone."""
    with deadline.watch(as_connection(wire)):
        clock.wait_for_sleep()
    clock.seconds = 9
    with deadline.watch(as_connection(wire)):
        clock.move(9)  # 18: the first would be due, the second is at 19
        clock.wait_for_sleep()
        wire.far.send(b"x")
        wire.wait()
    clock.move(1)


def test_a_descriptor_used_anew_is_not_cut(deadline: Deadline, clock: Clock, wire: Wire) -> None:
    """A number that libpq has closed, and somebody else got, is not what is shut down."""
    stranger, friend = socket.socketpair()
    with stranger, friend, deadline.watch(as_connection(wire)):
        os.dup2(stranger.fileno(), wire.fileno())
        let_pass(clock, 10)
        assert wire.far.recv(1) == b""  # the right one was shut down
        friend.send(b"x")
        assert wire.near.recv(1) == b"x"


def test_no_descriptor_is_left(deadline: Deadline, clock: Clock, wire: Wire) -> None:
    """Every block gives its descriptor back, also where it was cut."""
    before = os.dup(0)
    os.close(before)
    with deadline.watch(as_connection(wire)):
        let_pass(clock, 10)
        assert wire.far.recv(1) == b""
    after = os.dup(0)
    os.close(after)
    assert after == before


def test_threads_end_and_begin_again(deadline: Deadline, clock: Clock, wire: Wire) -> None:
    """The thread ends when there is nothing to watch; the next block has another."""
    for _ in range(3):
        before = set(threading.enumerate())
        with deadline.watch(as_connection(wire)):
            clock.wait_for_sleep()
            [watching] = {one for one in threading.enumerate() if one.name == "deadline"} - before
        clock.move(10)
        watching.join(60)
        assert not watching.is_alive()


def test_a_shorter_deadline_wakes_the_thread(wire: Wire) -> None:
    """What begins later may be due earlier."""
    deadline = Deadline(3600)
    other = Wire()

    def wait_for_ever() -> None:
        with deadline.watch(as_connection(other)):
            deadline.seconds = 0.01
            with deadline.watch(as_connection(wire)):
                wire.wait()

    with contextlib.closing(other), pytest.raises(NoAnswer, match=r"for 0\.01 s$"):
        wait_for_ever()
