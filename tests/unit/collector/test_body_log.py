"""Bodies on disk: kept by one sync for many, read in order, forgotten when stored."""

from __future__ import annotations

import errno
import logging
import os
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from collector.bodies import Receipt
from collector.body_file import KeptBody
from collector.body_log import BodyLog
from collector.errors import SpoolError, SpoolFull

T0 = datetime(2026, 1, 2, tzinfo=UTC)


def body(number: int, size: int = 10) -> KeptBody:
    """Return a body of its own."""
    return KeptBody(Receipt(str(number), T0, "lab"), b"%0*d" % (size, number))


def numbers(kept: list[KeptBody]) -> list[int]:
    """Return which they are."""
    return [int(one.receipt.number) for one in kept]


def all_of(log: BodyLog) -> list[int]:
    """Take and release until nothing waits."""
    found = []
    while log.wait(0):
        found += numbers(log.take())
        log.release()
    return found


def test_bodies_come_out_in_their_order_over_many_files(tmp_path: Path) -> None:
    """And a file goes when all of it is released."""
    log = BodyLog(tmp_path, file_bytes=500)
    for number in range(50):
        log.keep(body(number, 100))
    assert log.waiting == 50
    assert len(list(tmp_path.glob("*.bodies"))) > 10
    assert all_of(log) == list(range(50))
    assert (log.waiting, log.size_bytes > 0) == (0, True)
    log.finish()
    assert (list(tmp_path.glob("*.bodies")), log.size_bytes) == ([], 0)
    log.close()


def test_what_is_taken_and_not_released_stays(tmp_path: Path) -> None:
    """The same ones are taken again, here and after a restart."""
    log = BodyLog(tmp_path)
    log.keep(body(1))
    assert numbers(log.take()) == numbers(log.take()) == [1]
    log.keep(body(2))
    assert numbers(log.take()) == [1]
    log.finish()
    log.close()
    log = BodyLog(tmp_path)
    assert log.waiting == 2
    assert all_of(log) == [1, 2]
    log.close()


def test_many_threads_keep_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every body is there once, and several share a sync."""
    syncs = []
    sync = os.fdatasync
    gate = threading.Event()

    def slow(descriptor: int) -> None:
        syncs.append(descriptor)
        if len(syncs) == 2:  # the first body of all; the trial of the start came before
            gate.wait(30)
        sync(descriptor)

    monkeypatch.setattr(os, "fdatasync", slow)
    log = BodyLog(tmp_path)
    threads = [threading.Thread(target=log.keep, args=(body(n),)) for n in range(20)]
    for one in threads:
        one.start()
    while len(log._pending) < 19:
        pass
    gate.set()
    for one in threads:
        one.join()
    assert len(syncs) == 3
    assert sorted(all_of(log)) == list(range(20))
    log.close()


def test_a_full_spool_keeps_nothing_and_takes_more_when_it_is_drained(tmp_path: Path) -> None:
    """What was kept before stays whole."""
    log = BodyLog(tmp_path, limit_bytes=1000, file_bytes=300)
    for number in range(4):
        log.keep(body(number, 100))
    with pytest.raises(SpoolFull, match="has reached its limit"):
        log.keep(body(4, 600))
    assert all_of(log) == list(range(4))
    log.keep(body(5, 400))
    assert all_of(log) == [5]
    log.close()


def test_a_disk_that_is_full_keeps_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next body goes into a file of its own once there is room."""
    log = BodyLog(tmp_path)
    log.keep(body(1))

    def full(descriptor: int, data: bytes, at: int) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "pwrite", full)
        with pytest.raises(SpoolError, match="No space left on device"):
            log.keep(body(2))
    log.keep(body(3))
    assert all_of(log) == [1, 3]
    log.close()


def test_a_sync_that_fails_keeps_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was written is taken back, so that nobody's 503 is stored."""
    log = BodyLog(tmp_path)
    log.keep(body(1))

    def broken(descriptor: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fdatasync", broken)
        with pytest.raises(SpoolError, match="Input/output error"):
            log.keep(body(2))
    log.close()
    log = BodyLog(tmp_path)
    assert all_of(log) == [1]
    log.close()


def test_a_folder_that_cannot_be_used(tmp_path: Path) -> None:
    """It is said at the start, not to the first sender."""
    (tmp_path / "file").write_text("")
    with pytest.raises(SpoolError, match="not a folder that can be written to"):
        BodyLog(tmp_path / "file")
    (tmp_path / "foreign.bodies").write_text("")
    with pytest.raises(SpoolError, match="foreign files"):
        BodyLog(tmp_path)
    (tmp_path / "foreign.bodies").unlink()
    BodyLog(tmp_path).close()


def test_a_folder_without_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same."""

    def full(descriptor: int, data: bytes, at: int) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "pwrite", full)
    with pytest.raises(SpoolError, match="No space left on device"):
        BodyLog(tmp_path)


def test_a_file_of_nothing_but_damage(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """It is said, kept beside, and in nobody's way."""
    caplog.set_level(logging.WARNING)
    (tmp_path / f"{1:016d}.bodies").write_bytes(b"\x00" * 200_000)
    (tmp_path / f"{2:016d}.bodies").write_bytes(b"KDB1" + b"\xff" * 100)
    log = BodyLog(tmp_path)
    log.keep(body(1))
    assert all_of(log) == [1]
    assert caplog.text.count("are no body") == 2
    assert len(list(tmp_path.glob("*.damaged"))) == 2
    log.close()


def test_the_age_is_that_of_the_body_that_is_stored_next(tmp_path: Path) -> None:
    """And 0 while none is."""
    log = BodyLog(tmp_path)
    now = datetime(2026, 1, 2, 0, 1, tzinfo=UTC)
    assert log.oldest_age_seconds(now) == 0
    log.keep(body(1))
    log.take()
    assert log.oldest_age_seconds(now) == 60
    log.release()
    assert log.oldest_age_seconds(now) == 0
    log.close()
