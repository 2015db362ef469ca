"""Batches on disk: kept through kills, damage, full disks and rivals."""

from __future__ import annotations

import logging
import random
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.errors import SpoolError, SpoolFull
from collector.observation import Observation, Rejection
from collector.progress import Mark, Span, Stream
from collector.spool import ENTRY_OBSERVATIONS, Spool
from tests.effort import examples
from tests.factories import T0, observe

CHECKOUT = Path(__file__).parents[3]
NOW = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
FILE = "spool.sqlite"
ASIDE = "spool-damaged-20260301T123000Z.sqlite"
PROD, EDGE = Stream(cluster="prod"), Stream(cluster="edge", namespace="shop")
REJECTION = Rejection(
    cluster="prod", source="watch", place="frame 7", reason="no name", raw="{}", received=T0
)


def mark(version: int, stream: Stream = PROD) -> Mark:
    """Return progress up to *version*, proved that many minutes after T0."""
    proved = T0 + timedelta(minutes=version)
    spans = (Span("watched", T0, proved),)
    return Mark(stream=stream, resource_version=str(version), proved=proved, spans=spans)


def fill(spool: Spool, *numbers: int) -> None:
    """Append a batch for each number, with a mark of the same version."""
    for number in numbers:
        spool.append([observe(number)], (), [mark(number)])


def drain(spool: Spool) -> list[int]:
    """Take everything out; return the numbers in the order of their batches."""
    numbers = []
    while (entry := spool.oldest()) is not None:
        numbers += [one.cumulative for one in entry.observations]
        spool.remove(entry)
    assert spool.entries == 0
    return numbers


def versions(spool: Spool) -> dict[Stream, str]:
    """Return the version that each stream resumes from."""
    return {stream: mark.resource_version for stream, mark in spool.latest_marks().items()}


def reopen(folder: Path) -> Spool:
    """Open what another run has left, at a time that is known."""
    return Spool(folder, now=lambda: NOW)


# -- a queue


def test_what_comes_out_is_what_went_in(tmp_path: Path) -> None:
    """Observations, rejections and marks are the same after a restart."""
    observations = [observe(1), observe(2, message="磁盘 😀")]
    with Spool(tmp_path) as spool:
        spool.append(observations, [REJECTION], [mark(5), mark(9, EDGE)])
    with Spool(tmp_path) as spool:
        entry = spool.oldest()
        assert entry is not None
        assert entry.observations == observations
        assert entry.rejections == [REJECTION]
        assert entry.marks == (mark(5), mark(9, EDGE))


def test_batches_leave_in_the_order_they_came(tmp_path: Path) -> None:
    """The oldest stays the oldest until it is removed."""
    with Spool(tmp_path) as spool:
        fill(spool, 1, 2, 3)
        first, again = spool.oldest(), spool.oldest()
        assert first == again
        assert spool.entries == 3
        assert drain(spool) == [1, 2, 3]
        assert spool.oldest() is None


def test_removing_twice_removes_one(tmp_path: Path) -> None:
    """A batch that is gone takes no other with it, also none that came after all had gone."""
    with Spool(tmp_path) as spool:
        fill(spool, 1)
        entry = spool.oldest()
        assert entry is not None
        spool.remove(entry)
        fill(spool, 2)
        spool.remove(entry)
        assert spool.entries == 1
        assert drain(spool) == [2]


def test_a_large_batch_is_split(tmp_path: Path) -> None:
    """Pieces can be drained one by one; the marks are with the last, the rejections there once."""
    count = 2 * ENTRY_OBSERVATIONS + 1  # is halved, and one half again
    with Spool(tmp_path) as spool:
        spool.append([observe(number) for number in range(count)], [REJECTION], [mark(1)])
        assert spool.entries == 3
        marks, rejections, numbers = [], 0, []
        while (entry := spool.oldest()) is not None:
            numbers += [one.cumulative for one in entry.observations]
            rejections += len(entry.rejections)
            marks.append(entry.marks)
            spool.remove(entry)
    assert numbers == list(range(count))
    assert rejections == 1
    assert marks == [(), (), (mark(1),)]


def test_marks_alone_are_a_batch(tmp_path: Path) -> None:
    """Progress without events is kept; nothing at all is not."""
    with Spool(tmp_path) as spool:
        spool.append([], [], [])
        assert spool.entries == 0
        spool.append([], [], [mark(1)])
        assert spool.entries == 1


def test_latest_marks_are_of_what_waits(tmp_path: Path) -> None:
    """Each stream resumes from its last mark, until the batch of that mark is removed."""
    with Spool(tmp_path) as spool:
        spool.append([observe()], (), [mark(1), mark(1, EDGE)])
        fill(spool, 2, 3)
        assert versions(spool) == {PROD: "3", EDGE: "1"}
        first = spool.oldest()
        assert first is not None
        spool.remove(first)
        assert versions(spool) == {PROD: "3"}
        drain(spool)
        assert versions(spool) == {}


def test_disk_space_is_given_back(tmp_path: Path) -> None:
    """A drained spool is as small as a new one."""
    with Spool(tmp_path) as spool:
        new_bytes = spool.size_bytes
        rng = random.Random(4)
        for _ in range(20):
            spool.append([observe(message=rng.randbytes(20_000).hex())])
        assert spool.size_bytes > 20 * 20_000
        drain(spool)
        assert spool.size_bytes <= new_bytes + 8192


# -- who may use it


def test_only_one_process_uses_a_folder(tmp_path: Path) -> None:
    """A second one gets one sentence, and may come when the first has gone."""
    with Spool(tmp_path), pytest.raises(SpoolError, match="in use by another process: give each"):
        Spool(tmp_path)
    Spool(tmp_path).close()


def test_nobody_else_reads_it(tmp_path: Path) -> None:
    """A folder that is made and the files in it are the user's alone."""
    folder = tmp_path / "deep" / "spool"
    with Spool(folder) as spool:
        fill(spool, 1)
        assert folder.stat().st_mode & 0o777 == 0o700
        assert {path.stat().st_mode & 0o077 for path in folder.iterdir()} == {0}


def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    """A file in the way is one sentence with its path."""
    (tmp_path / "file").write_text("")
    with pytest.raises(SpoolError, match=r"file/spool is not a folder that can be written to \("):
        Spool(tmp_path / "file" / "spool")


def test_a_closed_spool_is_not_opened_again(tmp_path: Path) -> None:
    """Without its lock nothing is written."""
    spool = Spool(tmp_path)
    spool.close()
    with pytest.raises(SpoolError, match="is closed"):
        fill(spool, 1)


# -- limits


def test_the_limit_is_never_passed(tmp_path: Path) -> None:
    """What does not fit is refused whole, and fits once something was drained."""
    text = random.Random(5).randbytes(30_000).hex()  # about 30 kB compressed
    with Spool(tmp_path, limit_bytes=5 << 20) as spool:

        def fill_up() -> None:
            for number in range(100):
                spool.append([observe(number, message=text[number:])], (), [mark(number)])

        with pytest.raises(SpoolFull, match=r"has reached its limit of 5 MiB"):
            fill_up()
        kept = spool.entries
        assert spool.size_bytes <= 5 << 20
        assert 25 <= kept < 35
        assert versions(spool) == {PROD: str(kept - 1)}
        oldest = spool.oldest()
        assert oldest is not None
        spool.remove(oldest)
        spool.append([observe(kept, message=text)])
        assert drain(spool) == list(range(1, kept + 1))


def test_a_failing_disk_keeps_what_was_there(tmp_path: Path) -> None:
    """A write that the system refuses is one sentence, and leaves no half batch."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    with Spool(tmp_path) as spool:
        fill(spool, 1)
        large = [observe(message=random.Random(6).randbytes(200_000).hex())]
        most_bytes = (tmp_path / FILE).stat().st_size + 65536
        resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, before[1]))
        try:
            with pytest.raises(SpoolError, match="check its disk and permissions"):
                spool.append(large)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        assert spool.entries == 1
        fill(spool, 2)
        assert drain(spool) == [1, 2]
    assert sorted(path.name for path in tmp_path.glob("*damaged*")) == []


# -- damage


def spooled(folder: Path, batches: int, message_bytes: int = 3000) -> None:
    """Leave a closed spool of that many batches, each of more than a page."""
    rng = random.Random(7)
    with Spool(folder) as spool:
        for number in range(1, batches + 1):
            message = rng.randbytes(message_bytes).hex()
            spool.append([observe(number, message=message)], (), [mark(number)])


def overwrite(path: Path, at: int, size: int) -> None:
    """Put what does not belong there into a file."""
    with path.open("r+b") as file:
        file.seek(at)
        file.write(b"\xa5" * size)


@pytest.mark.parametrize(
    "harm",
    [
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(b"Dear diary,\n" * 500),
        lambda path: path.write_bytes(path.read_bytes()[:100]),
        lambda path: overwrite(path, 0, 100),
    ],
    ids=["empty", "text", "cut", "header"],
)
def test_a_file_that_is_no_spool_is_moved_aside(
    tmp_path: Path, harm: Callable[[Path], object], caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing of it can be read: it is kept, one warning is logged, and a new one begun."""
    spooled(tmp_path, 5)
    harm(tmp_path / FILE)
    harmed = (tmp_path / FILE).read_bytes()
    with caplog.at_level(logging.WARNING), reopen(tmp_path) as spool:
        assert spool.entries == 0
        assert spool.latest_marks() == {}
        fill(spool, 6)
        assert drain(spool) == [6]
    assert (tmp_path / ASIDE).read_bytes() == harmed
    assert [record.getMessage() for record in caplog.records] == [
        f"the spool {tmp_path / FILE} is damaged: it is kept as {ASIDE}, and 0 batches that could"
        " be read go on"
    ]


def test_another_sqlite_file_is_moved_aside(tmp_path: Path) -> None:
    """A file of somebody else's is not written to."""
    with closing(sqlite3.connect(tmp_path / FILE)) as other:
        other.execute("create table diary (entry text)")
    with reopen(tmp_path) as spool:
        fill(spool, 1)
    with closing(sqlite3.connect(tmp_path / ASIDE)) as other:
        assert other.execute("select name from sqlite_master").fetchall() == [("diary",)]


def test_a_second_damaged_file_gets_a_name_of_its_own(tmp_path: Path) -> None:
    """Nothing that was moved aside is overwritten."""
    for text in ("first", "second"):
        (tmp_path / FILE).write_text(text)
        reopen(tmp_path).close()
    assert (tmp_path / ASIDE).read_text() == "first"
    assert (tmp_path / ASIDE.replace(".sqlite", "-2.sqlite")).read_text() == "second"


def test_a_cut_file_keeps_its_beginning(tmp_path: Path) -> None:
    """The batches whose pages are still there go on; marks that count lost ones do not."""
    spooled(tmp_path, 60)
    whole = (tmp_path / FILE).read_bytes()
    (tmp_path / FILE).write_bytes(whole[: len(whole) * 2 // 3 // 4096 * 4096])
    with reopen(tmp_path) as spool:
        resumed = spool.latest_marks()
        kept = drain(spool)
    assert 20 < len(kept) < 60
    assert kept == sorted(kept)
    assert all(int(mark.resource_version) in kept for mark in resumed.values())


@pytest.fixture(scope="module")
def twelve(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the file of a spool of twelve batches."""
    folder = tmp_path_factory.mktemp("twelve")
    spooled(folder, 12, message_bytes=2000)
    return folder / FILE


@given(data=st.data())
@settings(max_examples=examples(6), deadline=None)
def test_damage_anywhere_is_survived(twelve: Path, data: st.DataObject) -> None:
    """Whatever bytes are hit: what comes out went in, and marks only speak of what is there."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copy(twelve, folder)
        size = (folder / FILE).stat().st_size
        at = data.draw(st.integers(0, size - 1))
        overwrite(folder / FILE, at, min(data.draw(st.integers(1, 5000)), size - at))
        logging.disable(logging.WARNING)
        try:
            with reopen(folder) as spool:
                resumed = versions(spool)
                kept = drain(spool)
                fill(spool, 99)
                assert drain(spool) == [99]
        finally:
            logging.disable(logging.NOTSET)
    assert kept == sorted(set(kept))
    assert set(kept) <= set(range(1, 13))
    for version in resumed.values():
        assert kept[: int(version)] == list(range(1, int(version) + 1))


def test_a_damaged_batch_is_kept_apart(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """One bad content is put aside before anything resumes from it; the others go on."""
    spooled(tmp_path, 4)
    content = (tmp_path / FILE).read_bytes()
    with closing(sqlite3.connect(tmp_path / FILE)) as file:
        (third,) = file.execute("select content from batch where batch_id = 3").fetchone()
    overwrite(tmp_path / FILE, content.index(third[100:400]), 50)
    with caplog.at_level(logging.WARNING), reopen(tmp_path) as spool:
        assert spool.entries == 3
        assert versions(spool) == {PROD: "2"}
        assert drain(spool) == [1, 2, 4]
    assert len(caplog.records) == 1
    assert "cannot be read; it is kept in the table 'damaged'" in caplog.text
    with closing(sqlite3.connect(tmp_path / FILE)) as file:
        assert file.execute("select batch_id from damaged").fetchall() == [(3,)]


def test_a_batch_of_another_format_is_kept_apart(tmp_path: Path) -> None:
    """What a later version has written is neither misread nor thrown away."""
    spooled(tmp_path, 2)
    with closing(sqlite3.connect(tmp_path / FILE)) as file, file:
        file.execute("update batch set version = 2 where batch_id = 1")
    with reopen(tmp_path) as spool:
        assert drain(spool) == [2]
    with closing(sqlite3.connect(tmp_path / FILE)) as file:
        assert file.execute("select batch_id, version from damaged").fetchall() == [(1, 2)]


def test_damage_while_it_is_open_is_survived(tmp_path: Path) -> None:
    """A disk that goes bad under a running collector stops nothing."""
    spooled(tmp_path, 100, message_bytes=60_000)  # more than SQLite keeps in memory
    with reopen(tmp_path) as spool:
        overwrite(tmp_path / FILE, 4096, spool.size_bytes - 8192)
        fill(spool, 101)
        kept = drain(spool)
    assert kept[-1:] == [101]
    assert len(kept) < 50


def test_a_replacement_that_was_ready_is_used(tmp_path: Path) -> None:
    """A stop between the two renames of a replacement loses nothing."""
    spooled(tmp_path, 3)
    (tmp_path / FILE).rename(tmp_path / f"{FILE}-new")
    with reopen(tmp_path) as spool:
        assert drain(spool) == [1, 2, 3]


# -- kills

Step = tuple[str, int]
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("append"), st.integers(1, 3)),
        st.tuples(st.just("remove"), st.just(1)),
        st.tuples(st.just("reopen"), st.just(1)),
    ),
    max_size=20,
)


@given(STEPS)
@settings(max_examples=examples(8), deadline=None)
def test_any_sequence_is_a_queue(steps: list[Step]) -> None:
    """Appending, removing and reopening in any order keep every batch, in order."""
    expected: list[int] = []
    appended = 0
    with tempfile.TemporaryDirectory() as name:
        spool = Spool(Path(name))
        try:
            for step, count in steps:
                if step == "append":
                    numbers = range(appended + 1, appended + count + 1)
                    spool.append([observe(number) for number in numbers], (), [mark(numbers[-1])])
                    expected.append(appended := numbers[-1])
                elif step == "reopen":
                    spool.close()
                    spool = Spool(Path(name))
                elif (entry := spool.oldest()) is not None:
                    assert entry.observations[-1].cumulative == expected.pop(0)
                    spool.remove(entry)
                assert spool.entries == len(expected)
            assert versions(spool) == ({PROD: str(expected[-1])} if expected else {})
        finally:
            spool.close()


CHILD = """
import random, sys
from pathlib import Path
from collector.spool import Spool
from tests.factories import observe

def say(line):
    sys.stdout.write(line + "\\n")
    sys.stdout.flush()

spool = Spool(Path(sys.argv[1]))
number, rng = int(sys.argv[2]), random.Random(sys.argv[3])
while True:
    entry = spool.oldest() if rng.random() < 0.3 else None
    if entry is not None:
        say(f"removing {entry.observations[0].cumulative}")
        spool.remove(entry)
    number += 1
    text = rng.randbytes(rng.choice((10, 3000, 100_000))).hex()
    spool.append([observe(number, message=text)])
    say(f"appended {number}")
"""


def kill_while_writing(folder: Path, first: int, rng: random.Random) -> tuple[int, int]:
    """Run a writer and kill it; return the last number that was surely kept, and removed."""
    removed, appended = 0, first
    process = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(folder), str(first), str(rng.random())],
        stdout=subprocess.PIPE,
        text=True,
        cwd=CHECKOUT,
    )
    lines = rng.randrange(1, 60)
    with process:
        assert process.stdout is not None
        for line in process.stdout:
            word, number = line.split()
            if word == "removing":
                removed = int(number)
            else:
                appended = int(number)
            lines -= 1
            if lines == 0:
                time.sleep(rng.random() / 200)  # the writer is somewhere in its next step
                process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    return appended, removed


def kill_rounds(folder: Path, rounds: int, seed: int) -> None:
    """Kill writers one after the other; after each, all that was appended is there."""
    rng = random.Random(seed)
    last = gone = 0
    for _ in range(rounds):
        appended, removing = kill_while_writing(folder, last, rng)
        gone = max(gone, removing)
        with Spool(folder) as spool:
            waiting = [one.cumulative for one in _waiting(folder, spool)]
        # the last append may have been made without its return, the last removal not
        first = waiting[0] if waiting else gone + 1
        last = waiting[-1] if waiting else max(appended, gone)
        assert waiting == list(range(first, last + 1))
        assert gone <= first <= gone + 1
        assert appended <= last <= appended + 1
    assert list(folder.glob("*damaged*")) == []


def _waiting(folder: Path, spool: Spool) -> Iterator[Observation]:
    """Yield what waits, without taking it out: a copy of the folder is drained."""
    with tempfile.TemporaryDirectory() as name:
        shutil.copy(folder / FILE, name)
        with Spool(Path(name)) as copy:
            assert copy.entries == spool.entries
            while (entry := copy.oldest()) is not None:
                yield from entry.observations
                copy.remove(entry)


def test_kills_lose_nothing(tmp_path: Path) -> None:
    """Every batch whose append has returned is there after a SIGKILL, in order, once."""
    kill_rounds(tmp_path, 3, seed=1)


@pytest.mark.long
def test_a_hundred_kills_lose_nothing(tmp_path: Path) -> None:
    """The same for a hundred kills in a row."""
    kill_rounds(tmp_path, 100, seed=2)
